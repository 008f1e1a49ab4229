"""Asking both parties, clearing the export, and introducing them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.export_control import Gate
from matchmaker.domain.match_states import (
    By,
)
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import (
    Answer,
    DeclineReason,
    MatchState,
    Side,
    TaskKind,
    TaskState,
)
from matchmaker.models import Match, OutreachTask, PartyAnswer
from matchmaker.queries.match_gate import gate_of
from matchmaker.services import audit, match_states
from matchmaker.services.audit import AuditAction
from matchmaker.services.match_notices import tell_answered
from matchmaker.services.match_sides import (
    check_alive,
    check_side,
    check_staff,
    party_sides,
)
from matchmaker.services.outreach import finish_task, members, tell_organisation
from matchmaker.services.talk_steps import lesson


def offer_to_parties(session: Session, actor: Actor, match: Match, *, now: datetime) -> Match:
    """Ask both parties about an approved match; one that said yes already is not asked again.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, MATCH_LISTING_NOT_LIVE,
    TEXT_REVISED (then the centres decide again), MATCH_STEP_NOT_ALLOWED.
    """
    check_staff(actor, match)
    if match.state is MatchState.APPROVED:
        check_alive(match)
        if any(match_states.newer_revision(match, side) for side in Side):
            raise DomainError(ErrorCode.TEXT_REVISED)
    match_states.move(session, actor, match, MatchState.OFFERED, by=By.STAFF, now=now)
    match.offered_at = now
    for side in Side:
        if match.answer(side) is None:
            _tell(
                session, actor, match, side,
                code="match_offered", task=TaskKind.CONSENT, now=now,
            )  # fmt: skip
    return match


def _tell(
    session: Session,
    actor: Actor,
    match: Match,
    side: Side,
    *,
    code: str,
    task: TaskKind,
    now: datetime,
) -> None:
    """Tell the organisation of one side; the mail reads titles and contacts when it is sent."""
    listing = match.listing(side)
    tell_organisation(
        session,
        actor,
        listing.organisation,
        code=code,
        task=task,
        dedupe_key=f"{code}:{match.reference}:{side}:{int(now.timestamp())}",
        now=now,
        listing=listing,
        match=match,
        reference=match.reference,
        match_id=match.id,
        side=side.value,
    )


def answer(
    session: Session,
    actor: Actor,
    match: Match,
    side: Side,
    *,
    answer: Answer,
    decline_reason: DeclineReason | None = None,
    note: str = "",
    now: datetime,
) -> Match:
    """Record whether a party wants the introduction; a no ends the match.

    The party answers for itself; staff of its centre record what one without an account said.
    Raises DomainError: NOT_ALLOWED, DECISION_OTHER_SIDE, DECISION_OWN_ORGANISATION,
    ORGANISATION_HAS_ACCOUNT, REASON_MISSING, MATCH_STEP_NOT_ALLOWED.
    """
    by = _answering(session, actor, match, side)
    if match.state is not MatchState.OFFERED:
        target = MatchState.INTRODUCED if answer is Answer.YES else MatchState.DECLINED
        raise DomainError(ErrorCode.MATCH_STEP_NOT_ALLOWED, state=match.state, target=target)
    if answer is Answer.NO and decline_reason is None:
        raise DomainError(ErrorCode.REASON_MISSING, field="decline_reason")
    given = match.answer(side)
    if given is None:
        given = PartyAnswer(side=side)
        match.answers.append(given)
    given.answer = answer
    given.decline_reason = decline_reason if answer is Answer.NO else None
    given.note, given.at, given.by_id = note.strip(), now, actor.user_id
    given.recorded_by_staff = by is By.STAFF
    match_states.touch(match)
    audit.record(
        session, actor, AuditAction.MATCH_ANSWERED, match, now=now, side=side, answer=answer,
        reason=given.decline_reason, recorded_by_staff=given.recorded_by_staff,
    )  # fmt: skip
    _finish_consent_tasks(session, actor, match, side, now)
    tell_answered(session, actor, match, side, answer, now=now)
    if answer is Answer.NO:
        match_states.move(
            session, actor, match, MatchState.DECLINED, by=by, now=now,
            side=side, reason=decline_reason, **lesson(actor, match, decline_reason),
        )  # fmt: skip
    return match


def _answering(session: Session, actor: Actor, match: Match, side: Side) -> By:
    """Return as what the actor answers for a side."""
    if side in party_sides(actor, match) and not actor.system:
        return By.PARTY
    check_side(actor, match, side)
    if members(session, match.listing(side).organisation) and not actor.system:
        raise DomainError(ErrorCode.ORGANISATION_HAS_ACCOUNT)
    return By.STAFF


def _finish_consent_tasks(
    session: Session, actor: Actor, match: Match, side: Side, now: datetime
) -> None:
    for task in session.scalars(
        select(OutreachTask).where(
            OutreachTask.match_id == match.id,
            OutreachTask.organisation_id == match.listing(side).organisation_id,
            OutreachTask.kind == TaskKind.CONSENT,
            OutreachTask.state == TaskState.OPEN,
        )
    ):
        finish_task(session, actor, task, note="", now=now)


def introduce(session: Session, actor: Actor, match: Match, *, now: datetime) -> Match:
    """Introduce the parties: both get the other's contact, and the case tier opens to them.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, MATCH_STEP_NOT_ALLOWED,
    MATCH_LISTING_NOT_LIVE, CONSENT_NOT_GIVEN, GATE_CLOSED (with the gate's reason).
    """
    check_staff(actor, match)
    if match.state is not MatchState.OFFERED:
        raise DomainError(
            ErrorCode.MATCH_STEP_NOT_ALLOWED, state=match.state, target=MatchState.INTRODUCED
        )
    check_alive(match)
    answers = [match.answer(side) for side in Side]
    if not all(one is not None and one.answer is Answer.YES for one in answers):
        raise DomainError(ErrorCode.CONSENT_NOT_GIVEN)
    gate = gate_of(match, now=now)
    if gate is not Gate.OPEN:
        raise DomainError(ErrorCode.GATE_CLOSED, gate=gate)
    match_states.move(session, actor, match, MatchState.INTRODUCED, by=By.STAFF, now=now)
    match.introduced_at = now
    for side in Side:
        _tell(
            session, actor, match, side,
            code="match_introduced", task=TaskKind.INTRODUCTION, now=now,
        )  # fmt: skip
    return match
