"""Versions of a listing in further languages, written beside the original."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.vocabulary import GUIDING_FIELDS, TextField
from matchmaker.extensions import db
from matchmaker.i18n.formats import language_name
from matchmaker.models import Listing
from matchmaker.services import listings
from matchmaker.services.listing_access import EDITABLE
from matchmaker.web.commit import commit
from matchmaker.web.forms import conflict_page, options
from matchmaker.web.permissions import current_actor
from matchmaker.web.posting.blueprint import MINE, blueprint, own_listing, writers_only
from matchmaker.web.posting.forms import AddLanguageForm, VersionForm
from matchmaker.web.posting.step_views import add_problem, mark_language
from matchmaker.web.posting.steps import chosen_language, text_values, version_of


@blueprint.get(f"{MINE}/languages")
@writers_only
def languages(reference: str) -> ResponseReturnValue:
    """The languages in which a listing can be read, and a way to add one."""
    listing = own_listing(reference)
    if not _editable(listing):
        return redirect(url_for(".tasks", reference=listing.reference))
    form = AddLanguageForm(formdata=request.args if "language" in request.args else None)
    present = {text.language for text in listing.newest.texts}
    form.language.choices = options(
        [
            ("", _("Choose a language")),
            *((code, language_name(code)) for code in TEXT_LANGUAGES if code not in present),
        ]
    )
    wanted = form.language.data or ""
    if wanted in TEXT_LANGUAGES:
        return redirect(url_for(".version", reference=listing.reference, language=wanted))
    if "language" in request.args:
        form.language.errors = [_("Choose a language.")]
    return render_template("posting/languages.html", listing=listing, form=form)


@blueprint.route(f"{MINE}/languages/<language>", methods=["GET", "POST"])
@writers_only
def version(reference: str, language: str) -> ResponseReturnValue:
    """Write or correct the version in one language, side by side with the original."""
    listing = own_listing(reference, lock=request.method == "POST")
    if language not in TEXT_LANGUAGES or language == listing.newest.original_language:
        abort(404)
    if not _editable(listing):
        if request.method == "POST":
            raise DomainError(ErrorCode.LISTING_NOT_EDITABLE)
        return redirect(url_for(".tasks", reference=listing.reference))
    values = text_values(listing.newest.text(language))
    number = version_of(values)
    form = VersionForm(data={**values, "version": str(number)})
    mark_language(form, language)
    if form.validate_on_submit():
        if form.is_stale(number):
            return conflict_page(form, values, number)
        try:
            _save(listing, language, form)
        except DomainError as error:
            db.session.rollback()
            listing = own_listing(reference)
            add_problem(form, error)
        else:
            target = url_for(".languages", reference=listing.reference)
            commit()
            flash(_("The version in %(language)s is saved.", language=language_name(language)))
            return redirect(target)
    return render_template(
        "posting/version.html",
        form=form,
        listing=listing,
        original=listing.newest.original,
        language=language,
        fields=_fields(listing, language),
        exists=listing.newest.text(language) is not None,
    )


@blueprint.post(f"{MINE}/languages/<language>/remove")
@writers_only
def remove_version(reference: str, language: str) -> ResponseReturnValue:
    """Remove the version in one language."""
    listing = own_listing(reference, lock=True)
    listings.remove_language(db.session, current_actor(), listing, language, now=utc_now())
    target = url_for(".languages", reference=listing.reference)
    commit()
    flash(_("The version in %(language)s is removed.", language=language_name(language)))
    return redirect(target)


def _save(listing: Listing, declared: str, form: VersionForm) -> None:
    language, confirmed = chosen_language(form, declared)
    texts = {field: form[field.value].data or "" for field in TextField}
    existing = listing.newest.text(declared)
    session, actor, now = db.session, current_actor(), utc_now()
    if existing is None or language != declared:
        if existing is not None:
            listings.remove_language(session, actor, listing, declared, now=now)
        listings.add_language(
            session, actor, listing, language, texts, confirmed=confirmed, now=now
        )
    else:
        listings.save_text(session, actor, listing, language, texts, confirmed=confirmed, now=now)


def _editable(listing: Listing) -> bool:
    return listing.working is not None and listing.working.state in EDITABLE


def _fields(listing: Listing, language: str) -> list[TextField]:
    """The fields worth asking: those of its kind, and any other one that has a text."""
    original, text = listing.newest.original, listing.newest.text(language)
    return [
        field
        for field in TextField
        if listing.kind.is_need
        or field not in GUIDING_FIELDS
        or (original is not None and original.get(field))
        or (text is not None and text.get(field))
    ]
