"""The steps of a listing that need no form: take back, edit, pause, renew, end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.extensions import db
from matchmaker.services import listings
from matchmaker.web.commit import commit
from matchmaker.web.permissions import current_actor
from matchmaker.web.posting.blueprint import MINE, blueprint, own_listing, writers_only
from matchmaker.web.posting.forms import ConfirmForm
from matchmaker.web.posting.overview import shown_text

_AT_ONCE: Final[dict[str, tuple[Callable[..., Any], LazyString]]] = {
    "take-back": (
        listings.take_back,
        _l("You can go on writing. Submit it again when it is ready."),
    ),
    "revise": (
        listings.start_revision,
        _l("You are working on a copy. Readers see the published text until the centre agrees."),
    ),
    "hold": (listings.hold, _l("The listing is paused: readers no longer see it.")),
    "resume": (listings.resume, _l("The listing is public again.")),
    "renew": (listings.renew, _l("The listing is renewed for a year from today.")),
}
_CONFIRMED: Final[dict[str, tuple[Callable[..., Any], LazyString, LazyString, LazyString]]] = {
    "close": (
        listings.close,
        _l("Close this listing"),
        _l(
            "Readers no longer see it and we no longer look for partners. Introductions that were "
            "already made go on. This cannot be taken back."
        ),
        _l("The listing is closed."),
    ),
    "archive": (
        listings.archive,
        _l("Put this listing in the archive"),
        _l("It disappears from your list. This cannot be taken back."),
        _l("The listing is in the archive."),
    ),
    "discard": (
        listings.discard_revision,
        _l("Throw your edit away"),
        _l("The published text stays as it is. What you wrote in this edit is lost."),
        _l("The edit is thrown away."),
    ),
}


@blueprint.post(f"{MINE}/<any('take-back', revise, hold, resume, renew):verb>")
@writers_only
def move(reference: str, verb: str) -> ResponseReturnValue:
    """Take a step that can be taken back."""
    listing = own_listing(reference, lock=True)
    act, message = _AT_ONCE[verb]
    act(db.session, current_actor(), listing, now=utc_now())
    target = url_for(".tasks", reference=listing.reference)
    commit()
    flash(str(message), "success")
    return redirect(target)


@blueprint.route(f"{MINE}/<any(close, archive, discard):verb>", methods=["GET", "POST"])
@writers_only
def confirm(reference: str, verb: str) -> ResponseReturnValue:
    """Ask before a step that cannot be taken back, then take it."""
    actor = current_actor()
    act, heading, warning, message = _CONFIRMED[verb]
    form = ConfirmForm()
    listing = own_listing(reference, lock=form.is_submitted())
    asks_reason = verb == "close" and listing.organisation_id not in actor.organisation_ids
    if form.validate_on_submit():
        given = {"reason": form.reason.data or ""} if asks_reason else {}
        try:
            act(db.session, actor, listing, now=utc_now(), **given)
        except DomainError as error:
            if error.field is None:
                raise
            db.session.rollback()
            listing = own_listing(reference)
            form.add_error(error)
        else:
            gone = verb == "archive"
            target = url_for(".mine") if gone else url_for(".tasks", reference=listing.reference)
            commit()
            flash(str(message), "success")
            return redirect(target)
    return render_template(
        "posting/confirm.html",
        form=form,
        listing=listing,
        text=shown_text(listing),
        heading=heading,
        warning=warning,
        asks_reason=asks_reason,
    )
