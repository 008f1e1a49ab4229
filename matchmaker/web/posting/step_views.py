"""The pages of the steps: each saves on its own."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.vocabulary import TextField
from matchmaker.extensions import db
from matchmaker.i18n.locales import current_locale
from matchmaker.models import Listing
from matchmaker.queries.sectors import sector_choices
from matchmaker.services.listing_access import EDITABLE
from matchmaker.web.commit import commit
from matchmaker.web.forms import MoneyField, conflict_page, options
from matchmaker.web.permissions import current_actor
from matchmaker.web.posting.blueprint import MINE, blueprint, own_listing, writers_only
from matchmaker.web.posting.fields import language_choices
from matchmaker.web.posting.forms import SectorsForm, StepForm, TextForm
from matchmaker.web.posting.overview import request_rows, step_url
from matchmaker.web.posting.steps import (
    Step,
    find_step,
    save_step,
    saved_values,
    steps_of,
    version_of,
)


@blueprint.route(f"{MINE}/edit/<key>", methods=["GET", "POST"])
@writers_only
def step(reference: str, key: str) -> ResponseReturnValue:
    """One step of a listing: show it, save it, go on."""
    listing = own_listing(reference, lock=request.method == "POST")
    found = find_step(listing.kind, key)
    if found is None:
        abort(404)
    if listing.working is None or listing.working.state not in EDITABLE:
        if request.method == "POST":
            raise DomainError(ErrorCode.LISTING_NOT_EDITABLE)
        return redirect(url_for(".tasks", reference=listing.reference))
    values = saved_values(listing, found.fields(listing.kind))
    version = version_of(values)
    form = step_form(found, listing, values, version)
    if form.validate_on_submit():
        if form.is_stale(version):
            return conflict_page(form, readable(form, values), version)
        try:
            save_step(db.session, current_actor(), listing, found, form, now=utc_now())
        except DomainError as error:
            db.session.rollback()
            listing = own_listing(reference)
            add_problem(form, error)
        else:
            target = next_page(listing, found)
            commit()
            return redirect(target)
    return render_template(
        "posting/step.html",
        form=form,
        step=found,
        fields=found.fields(listing.kind),
        listing=listing,
        requests=[row for row in request_rows(listing) if row.url == step_url(listing, found)],
    )


def step_form(found: Step, listing: Listing, values: dict[str, Any], version: int) -> StepForm:
    """Return the form of a step, filled with what is saved."""
    form = found.form[listing.kind](data={**values, "version": str(version)})
    mark_language(form, listing.newest.original_language)
    if isinstance(form, TextForm):
        form.language.choices = language_choices()
    if isinstance(form, SectorsForm):
        form.sector.choices = options(_sector_labels())
    return form


def _sector_labels() -> Iterator[tuple[str, str]]:
    """Yield (code, label) of every sector; a child is named after its parent."""
    sectors = sector_choices(db.session, current_locale())
    names = {sector.code: sector.name for sector in sectors}
    for sector in sectors:
        if sector.parent_code is None:
            yield sector.code, sector.name
        else:
            yield (
                sector.code,
                _("%(parent)s: %(child)s", parent=names[sector.parent_code], child=sector.name),
            )


def mark_language(form: StepForm, language: str) -> None:
    """Tell the browser in which language the text fields are written."""
    for field in TextField:
        if field.value in form:
            control = form[field.value]
            control.render_kw = {**(control.render_kw or {}), "lang": language}


def readable(form: StepForm, values: dict[str, Any]) -> dict[str, Any]:
    """Return saved values, and leave typed ones in the form, as people write amounts."""
    shown = dict(values)
    for field in form:
        if isinstance(field, MoneyField):
            shown[field.name] = hundredths_as_text(values[field.name])
            field.data = hundredths_as_text(field.data)
    return shown


def hundredths_as_text(value: int | None) -> str:
    """Return an amount of hundredths as a plain decimal number."""
    return "" if value is None else f"{Decimal(value) / 100:f}"


def add_problem(form: StepForm, error: DomainError) -> None:
    """Show a broken rule; where it is the language, ask which one it is."""
    if error.code is ErrorCode.LANGUAGE_DIFFERS:
        error.field = "language_choice"
        form.ask_language(str(error.data["detected"]), str(error.data["declared"]))
    form.add_error(error)


def next_page(listing: Listing, found: Step) -> str:
    """Return where to go after a step: on, back to the check page, or away for now."""
    if request.form.get("after") == "later":
        flash(_("Your draft is saved. Come back to it whenever you like."), "success")
        return url_for(".mine")
    if request.args.get("back") == "check":
        return url_for(".check", reference=listing.reference)
    steps = steps_of(listing.kind)
    place = steps.index(found) + 1
    if place < len(steps):
        return step_url(listing, steps[place])
    return url_for(".tasks", reference=listing.reference)
