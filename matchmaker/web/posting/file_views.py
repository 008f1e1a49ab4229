"""The files of a listing: add, describe, remove, and open those that one may open."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.extensions import db
from matchmaker.models import Listing, RevisionAttachment
from matchmaker.queries import listings as find
from matchmaker.services import attachments
from matchmaker.services.listing_access import EDITABLE
from matchmaker.web.commit import commit
from matchmaker.web.files import hand_out, upload_folder
from matchmaker.web.forms import conflict_page
from matchmaker.web.permissions import current_actor, public
from matchmaker.web.posting.blueprint import MINE, blueprint, own_listing, writers_only
from matchmaker.web.posting.forms import FileForm, UploadForm
from matchmaker.web.posting.steps import version_of


@blueprint.route(f"{MINE}/files", methods=["GET", "POST"])
@writers_only
def files(reference: str) -> ResponseReturnValue:
    """The files of a listing, and a form to add one."""
    listing = own_listing(reference, lock=request.method == "POST")
    if not _editable(listing):
        if request.method == "POST":
            raise DomainError(ErrorCode.LISTING_NOT_EDITABLE)
        return redirect(url_for(".tasks", reference=listing.reference))
    form = UploadForm()
    if form.validate_on_submit():
        try:
            _add(listing, form)
        except DomainError as error:
            db.session.rollback()
            listing = own_listing(reference)
            form.add_error(error)
        else:
            target = url_for(".files", reference=listing.reference)
            commit()
            flash(_("The file is saved."), "success")
            return redirect(target)
    return render_template(
        "posting/files.html",
        form=form,
        listing=listing,
        shown=listing.newest.attachments,
        most=attachments.MAX_FILES,
        megabytes=attachments.MAX_MEGABYTES,
    )


@blueprint.route(f"{MINE}/files/<token>", methods=["GET", "POST"])
@writers_only
def describe_file(reference: str, token: str) -> ResponseReturnValue:
    """What a file shows, and who may open it."""
    listing = own_listing(reference, lock=request.method == "POST")
    shown = _own_file(listing, token)
    values = {"caption": shown.caption, "confidential": shown.confidential}
    number = version_of(values)
    form = FileForm(data={**values, "version": str(number)})
    if form.validate_on_submit():
        if form.is_stale(number):
            return conflict_page(form, values, number)
        attachments.change_attachment(
            db.session,
            current_actor(),
            listing,
            token,
            caption=form.caption.data or "",
            confidential=bool(form.confidential.data),
            now=utc_now(),
        )
        target = url_for(".files", reference=listing.reference)
        commit()
        return redirect(target)
    return render_template("posting/file.html", form=form, listing=listing, shown=shown)


@blueprint.post(f"{MINE}/files/<token>/remove")
@writers_only
def remove_file(reference: str, token: str) -> ResponseReturnValue:
    """Take a file away from the listing."""
    listing = own_listing(reference, lock=True)
    attachments.remove_attachment(db.session, current_actor(), listing, token, now=utc_now())
    target = url_for(".files", reference=listing.reference)
    commit()
    flash(_("The file is removed."))
    return redirect(target)


@blueprint.get("/listings/<reference>/files/<token>")
@public
def file(reference: str, token: str) -> ResponseReturnValue:
    """Hand out a file, as a download, to whoever may read it."""
    shown = find.readable_attachment(db.session, current_actor(), reference, token)
    return hand_out(shown.attachment)


def _add(listing: Listing, form: UploadForm) -> None:
    upload = form.file.data
    attachments.add_attachment(
        db.session,
        current_actor(),
        listing,
        content=upload.stream.read(attachments.MAX_BYTES + 1),
        filename=upload.filename or "",
        folder=upload_folder(),
        caption=form.caption.data or "",
        confidential=bool(form.confidential.data),
        now=utc_now(),
    )


def _own_file(listing: Listing, token: str) -> RevisionAttachment:
    for shown in listing.newest.attachments:
        if shown.attachment.token == token and _editable(listing):
            return shown
    raise DomainError(ErrorCode.NOT_FOUND)


def _editable(listing: Listing) -> bool:
    return listing.working is not None and listing.working.state in EDITABLE
