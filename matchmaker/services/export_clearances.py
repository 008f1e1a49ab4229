"""What each side's centre confirms of the export-control class of a match, with its evidence."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from matchmaker.domain.clock import local_date
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.match_states import RUNNING
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import Clearance, ControlClass, MatchState, Side
from matchmaker.models import ExportClearance, ExportEvidence, Match
from matchmaker.queries.match_gate import offered_text
from matchmaker.services import audit, export_notices, match_states
from matchmaker.services.audit import AuditAction
from matchmaker.services.export_catalogues import chosen_version, considered
from matchmaker.services.export_evidence import EvidenceFile, keep_evidence
from matchmaker.services.match_sides import check_side

MAX_NUMBER: Final = 64


def clear_export(
    session: Session,
    actor: Actor,
    match: Match,
    side: Side,
    *,
    control_class: ControlClass,
    clearance: Clearance,
    number: str = "",
    valid_until: date | None = None,
    note: str = "",
    catalogue_version: str = "",
    entries: str = "",
    evidence: EvidenceFile | None = None,
    now: datetime,
) -> ExportClearance:
    """Confirm the export-control class of this match, for the offer's present text, for the
    exporting or the receiving side.

    Whatever is cleared needs the version of the catalogue, and the `number` of the licence or
    registration or a file. `valid_until` is the last day of a licence; `entries` are the numbers of
    that version that were considered, separated by commas. Raises DomainError: NOT_ALLOWED,
    DECISION_OTHER_SIDE, DECISION_OWN_ORGANISATION, CONTROL_CLASS_MISSING, MATCH_STEP_NOT_ALLOWED
    (the match ended), TEXT_EMPTY, TEXT_TOO_LONG, CATALOGUE_VERSION_UNKNOWN,
    CATALOGUE_ENTRY_UNKNOWN, CLEARANCE_EVIDENCE_MISSING, DATE_PAST, those of `keep_evidence`.
    """
    check_side(actor, match, side)
    if actor.user_id is None:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    if match.state not in RUNNING:
        raise DomainError(
            ErrorCode.MATCH_STEP_NOT_ALLOWED, state=match.state, target=MatchState.INTRODUCED
        )
    if control_class is ControlClass.NOT_CHECKED:
        raise DomainError(ErrorCode.CONTROL_CLASS_MISSING, field="control_class")
    country = match.offer.organisation.country
    version = chosen_version(session, country, catalogue_version)
    numbers = considered(session, country, version, entries)
    number = " ".join(number.split())
    _check_number(number)
    if clearance is not Clearance.NONE:
        if not version:
            raise DomainError(ErrorCode.TEXT_EMPTY, field="catalogue_version")
        if not number and evidence is None and not _has_file(session, match, side):
            raise DomainError(ErrorCode.CLEARANCE_EVIDENCE_MISSING, field="number")
        _check_last_day(match, valid_until, now)
    given = match.clearance(side)
    if given is None:
        given = ExportClearance(side=side)
        match.clearances.append(given)
    given.revision = offered_text(match)
    given.control_class, given.clearance = control_class, clearance
    given.number, given.valid_until = number or None, valid_until
    given.catalogue_version, given.entries = version or None, numbers
    given.note, given.at, given.by_id = note.strip(), now, actor.user_id
    match_states.touch(match)
    audit.record(
        session, actor, AuditAction.MATCH_CLEARED, match, now=now, side=side,
        control_class=control_class, clearance=clearance, catalogue_version=version,
        entries=numbers, revision=given.revision.number,
        valid_until=valid_until.isoformat() if valid_until else None,
    )  # fmt: skip
    if evidence is not None:
        keep_evidence(session, actor, evidence, (match, side), now=now)
    export_notices.tell_if_closed(session, actor, match, now=now)
    return given


def _check_number(number: str) -> None:
    if len(number) > MAX_NUMBER:
        raise DomainError(
            ErrorCode.TEXT_TOO_LONG, field="number", limit=MAX_NUMBER, length=len(number)
        )


def _check_last_day(match: Match, valid_until: date | None, now: datetime) -> None:
    if valid_until is not None and valid_until < local_date(now, match.offer_centre.time_zone):
        raise DomainError(ErrorCode.DATE_PAST, field="valid_until")


def _has_file(session: Session, match: Match, side: Side) -> bool:
    """Whether a file of this side was kept with an earlier confirmation of the match."""
    kept = exists().where(ExportEvidence.match_id == match.id, ExportEvidence.side == side)
    return bool(session.scalar(select(kept)))
