"""The landing path of a match: which services fit, and those that staff put on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.landing import landing_stage
from matchmaker.domain.match_states import ENDINGS
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import CodeField, LandingStage, MatchState
from matchmaker.matching import landing
from matchmaker.matching.documents import Reason
from matchmaker.matching.likeness import Likeness, nearest
from matchmaker.models import LandingStep, Match, OrganisationService
from matchmaker.queries import directory as find
from matchmaker.queries.documents import member_documents
from matchmaker.queries.small_indexes import directory_index
from matchmaker.services import audit
from matchmaker.services.audit import AuditAction
from matchmaker.services.match_sides import check_staff
from matchmaker.services.small_indexes import rows_for

MAX_NOTE: Final = 1000
MOST: Final = 8
LEAST_SCORE: Final = 15
"""Below it nothing speaks for a service but perhaps its place."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A service that may fit a match, and where on its path it would stand."""

    service: OrganisationService
    stage: LandingStage
    likeness: Likeness


def suggestions(session: Session, match: Match, folder: Path) -> list[Suggestion]:
    """Return the services that fit a match best, best first: none that stand on its path
    already, and none of the parties themselves.

    `folder` is `Settings.index_folder`. Their texts are compared with those of both listings, and
    sector, place and stage count besides. Empty while the worker has made no index.
    """
    index = directory_index(folder)
    if index is None:
        return []
    documents = [
        document
        for each in member_documents(session, [match.offer_id, match.need_id]).values()
        for document in each
    ]
    taken = {step.service_id for step in find.landing_steps(session, match)}
    parties = {match.offer.organisation_id, match.need.organisation_id}
    services = {
        service.reference: service
        for service in find.public_services(session, index.groups())
        if service.id not in taken and service.organisation_id not in parties
    }
    wanted = _wanted(match)

    def forms(group: str) -> Sequence[Reason] | None:
        service = services.get(group)
        return None if service is None else landing.fits(wanted, _served(service))

    rows = rows_for(session, documents, index, None)
    return [
        Suggestion(services[found.group], stage_of(services[found.group]), found)
        for found in nearest(index, documents, rows, top=MOST, forms=forms)
        if found.score >= LEAST_SCORE
    ]


def stage_of(service: OrganisationService) -> LandingStage:
    """Return where a service stands on a path unless staff say otherwise."""
    return landing_stage(service.organisation.organisation_type, service.kind)


def _wanted(match: Match) -> landing.Landing:
    sectors = dict.fromkeys(
        code
        for revision in (match.need_revision, match.offer_revision)
        for code in revision.values(CodeField.SECTOR)
    )
    need, offer = match.need.organisation, match.offer.organisation
    return landing.Landing(
        sectors=tuple(sectors),
        stage=match.offer_revision.stage_of_development,
        need_country=need.country,
        need_province=need.province or "",
        offer_country=offer.country,
    )


def _served(service: OrganisationService) -> landing.Served:
    owner = service.organisation
    return landing.Served(
        sectors=tuple(sector.sector_code for sector in service.sectors),
        stage_from=service.stage_from,
        stage_to=service.stage_to,
        country=owner.country,
        province=owner.province or "",
        places=tuple(place.place for place in service.places),
    )


def attach(
    session: Session,
    actor: Actor,
    match: Match,
    reference: str,
    *,
    stage: LandingStage | None = None,
    note: str = "",
    now: datetime,
) -> LandingStep:
    """Put a service of the directory on the path of a match; the parties read `note`.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, NOT_FOUND (no such public service),
    LANDING_STEP_EXISTS, TEXT_TOO_LONG, MATCH_STEP_NOT_ALLOWED (the match ended).
    """
    _check_open(actor, match)
    if actor.user_id is None:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    service = find.public_service(session, reference)
    if service is None:
        raise DomainError(ErrorCode.NOT_FOUND, field="reference")
    note = note.strip()
    if len(note) > MAX_NOTE:
        raise DomainError(ErrorCode.TEXT_TOO_LONG, field="note", limit=MAX_NOTE, length=len(note))
    if session.scalar(_step(match, service.reference)) is not None:
        raise DomainError(ErrorCode.LANDING_STEP_EXISTS, field="reference")
    step = LandingStep(
        match=match, service=service, stage=stage or stage_of(service),
        attached_by_id=actor.user_id, note=note, at=now,
    )  # fmt: skip
    session.add(step)
    audit.record(
        session, actor, AuditAction.MATCH_LANDING_ATTACHED, match,
        now=now, service=service.reference, stage=step.stage,
    )  # fmt: skip
    return step


def detach(session: Session, actor: Actor, match: Match, reference: str, *, now: datetime) -> None:
    """Take a service off the path of a match; one that is not on it changes nothing.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, MATCH_STEP_NOT_ALLOWED.
    """
    _check_open(actor, match)
    step = session.scalar(_step(match, reference))
    if step is None:
        return
    session.delete(step)
    audit.record(
        session, actor, AuditAction.MATCH_LANDING_DETACHED, match, now=now, service=reference
    )


def _check_open(actor: Actor, match: Match) -> None:
    check_staff(actor, match)
    if match.state in ENDINGS:
        raise DomainError(
            ErrorCode.MATCH_STEP_NOT_ALLOWED, state=match.state, target=MatchState.UNDER_REVIEW
        )


def _step(match: Match, reference: str) -> Select[LandingStep]:
    return (
        select(LandingStep)
        .join(OrganisationService)
        .where(LandingStep.match_id == match.id, OrganisationService.reference == reference)
    )
