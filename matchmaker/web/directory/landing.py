"""The landing path of a match: what fits, and what staff put on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.match_states import ENDINGS
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import LandingStage
from matchmaker.extensions import db
from matchmaker.i18n.locales import current_locale
from matchmaker.models import Match, OrganisationService, OrganisationServiceText
from matchmaker.queries import directory as find
from matchmaker.queries import matches as find_match
from matchmaker.queries.organisations import organisation_name
from matchmaker.queries.sectors import sector_names
from matchmaker.services import landing
from matchmaker.services.match_sides import is_involved, party_sides, staff_sides
from matchmaker.web.commit import commit
from matchmaker.web.directory import presentation
from matchmaker.web.directory.forms import AttachForm
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint(
    "landing", __name__, url_prefix="/<locale:locale>/desk/matches/<reference>/landing"
)


@blueprint.get("/")
@requires(Permission.MATCH_CENTRE_REVIEW)
def path(reference: str) -> ResponseReturnValue:
    """The path of a match as it is, and the services that fit."""
    match = find_match.get_match(db.session, current_actor(), reference)
    if match.reference != reference:
        return redirect(url_for(".path", reference=match.reference))
    return _page(match, AttachForm())


@blueprint.post("/attach")
@requires(Permission.MATCH_CENTRE_REVIEW)
def attach(reference: str) -> ResponseReturnValue:
    """Put a service on the path."""
    match = find_match.get_match(db.session, current_actor(), reference)
    form = AttachForm()
    if form.validate_on_submit():
        stage = LandingStage(form.stage.data) if form.stage.data else None
        try:
            landing.attach(
                db.session, current_actor(), match, form.reference.data or "", stage=stage,
                note=form.note.data or "", now=utc_now(),
            )  # fmt: skip
            commit()
        except DomainError as error:
            if error.code is ErrorCode.NOT_ALLOWED:
                raise
            db.session.rollback()
            match = find_match.get_match(db.session, current_actor(), reference)
            form.add_error(error)
            return _page(match, form), 409
        flash(_("The service is on the landing path."), "success")
        return redirect(url_for(".path", reference=reference))
    return _page(match, form), 400


@blueprint.post("/detach/<service>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def detach(reference: str, service: str) -> ResponseReturnValue:
    """Take a service off the path."""
    match = find_match.get_match(db.session, current_actor(), reference)
    landing.detach(db.session, current_actor(), match, service, now=utc_now())
    commit()
    flash(_("The service is taken off the landing path."), "success")
    return redirect(url_for(".path", reference=reference))


@blueprint.get("/attach")
@requires(Permission.MATCH_CENTRE_REVIEW)
def reopen(reference: str) -> ResponseReturnValue:
    """The address of a form, opened anew: the page on which it stands."""
    return redirect(url_for(".path", reference=reference))


def _page(match: Match, form: AttachForm) -> str:
    actor, settings = current_actor(), current_app.config["SETTINGS"]
    sectors = sector_names(db.session, current_locale())
    may_change = (
        bool(staff_sides(actor, match))
        and not is_involved(actor, match)
        and match.state not in ENDINGS
    )
    steps = find.landing_steps(db.session, match)
    found = landing.suggestions(db.session, match, settings.index_folder)
    return render_template(
        "directory/landing.html",
        match=match,
        form=form,
        ways=presentation.ways(steps),
        suggestions=found if may_change else [],
        reasons={
            each.service.reference: presentation.reason_texts(each.likeness, sectors)
            for each in found
        },
        text=lambda service: find.service_text(service, current_locale()),
        organisation_name=organisation_name,
        may_change=may_change,
    )


@dataclass(frozen=True, slots=True)
class Landing:
    """The path of a match for one reader. `staff`: whether it can be changed from here."""

    ways: Sequence[Sequence[presentation.Station]]
    staff: bool

    @staticmethod
    def text(service: OrganisationService) -> OrganisationServiceText:
        """Return the text of a service for this reader."""
        return find.service_text(service, current_locale())

    organisation_name = staticmethod(organisation_name)


def landing_of(match: Match) -> Landing:
    """Return the path of a match as far as the reader may see it: staff all of it, the parties
    what is public of it from the introduction on."""
    actor = current_actor()
    if staff_sides(actor, match) and not is_involved(actor, match):
        return Landing(presentation.ways(find.landing_steps(db.session, match)), staff=True)
    if party_sides(actor, match):
        steps = find.landing_steps_for_parties(db.session, match)
        return Landing(presentation.ways(steps), staff=False)
    return Landing((), staff=False)


@blueprint.app_context_processor
def _for_pages() -> dict[str, object]:
    """The pages of matches and cases show the path by a part of ours."""
    return {"landing_of": landing_of}
