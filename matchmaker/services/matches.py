"""What staff decide about matches: approve, reject, stop, reopen.

How people make matches is in `pairs`, asking the parties and introducing them in `introductions`,
the talks that follow in `talk_steps`, how centres share the work in `casework`; their verbs are
offered here too.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.match_states import ENDINGS, By
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import MatchState, RejectReason, Side, Verdict
from matchmaker.models import Match, MatchDecision
from matchmaker.services import audit, match_states
from matchmaker.services.audit import AuditAction
from matchmaker.services.casework import (
    assign,
    comment,
    hand_over,
    remind_centre,
    remind_party,
    set_due,
    write_note,
)
from matchmaker.services.export_clearances import clear_export
from matchmaker.services.introductions import (
    answer,
    introduce,
    offer_to_parties,
)
from matchmaker.services.match_notices import tell_decided, tell_to_review
from matchmaker.services.match_sides import (
    check_alive,
    check_side,
    check_staff,
    deciding_centre,
    is_readable,
)
from matchmaker.services.pairs import express_interest, pair
from matchmaker.services.talk_steps import take_step

__all__ = [
    "answer",
    "assign",
    "clear_export",
    "comment",
    "decide",
    "express_interest",
    "hand_over",
    "introduce",
    "offer_to_parties",
    "pair",
    "remind_centre",
    "remind_party",
    "reopen",
    "set_due",
    "stop",
    "take_step",
]

JUDGED = frozenset({MatchState.SUGGESTED, MatchState.UNDER_REVIEW})
STOPPABLE = frozenset({MatchState.APPROVED, MatchState.OFFERED})


def decide(
    session: Session,
    actor: Actor,
    match: Match,
    side: Side,
    *,
    verdict: Verdict,
    reason: RejectReason | None = None,
    note: str = "",
    read_in_original: bool = False,
    seen: tuple[int, int] | None = None,
    now: datetime,
) -> Match:
    """Record what the centre of one side decides; it may change its mind until both have decided.

    `seen` are the numbers of the revisions of the offer and the need that the person read, None
    where nobody looked at a page. A rejection ends the match; two approvals approve it.
    Raises DomainError: NOT_ALLOWED, DECISION_OTHER_SIDE, DECISION_OWN_ORGANISATION,
    DECISION_TOO_LATE, MATCH_STEP_NOT_ALLOWED (it ended), TEXT_REVISED, REASON_MISSING,
    NOTE_MISSING, TEXT_NOT_READABLE.
    """
    check_side(actor, match, side)
    match_states.follow_revisions(session, actor, match, now=now)
    if match.state not in JUDGED:
        _refuse_decision(match, verdict)
    if seen is not None and seen != (match.offer_revision.number, match.need_revision.number):
        raise DomainError(ErrorCode.TEXT_REVISED)
    note = note.strip()
    if verdict is Verdict.REJECT:
        _check_reason(reason, note)
    else:
        reason = None
        _check_read(actor, match, read_in_original=read_in_original)
    centre_id = deciding_centre(session, actor, match.centre_id(side), now=now)
    decision = match.decision(side)
    if decision is None:
        decision = MatchDecision(side=side, centre_id=centre_id)
        match.decisions.append(decision)
    decision.verdict, decision.reason, decision.note = verdict, reason, note
    decision.read_in_original = read_in_original
    decision.at, decision.by_id, decision.centre_id = now, actor.user_id, centre_id
    decision.acting_for_id = None if centre_id == match.centre_id(side) else match.centre_id(side)
    match_states.touch(match)
    audit.record(
        session, actor, AuditAction.MATCH_DECIDED, match, now=now,
        side=side, verdict=verdict, reason=reason, centre=decision.centre_id,
        acting_for=decision.acting_for_id, read_in_original=read_in_original,
        revisions=[match.offer_revision.number, match.need_revision.number],
        **({} if actor.system else match_states.teaching(match)),
    )  # fmt: skip
    _follow_decision(session, actor, match, verdict, now)
    tell_decided(session, actor, match, side, verdict, now=now)
    return match


def _refuse_decision(match: Match, verdict: Verdict) -> None:
    if match.state in ENDINGS:
        target = MatchState.APPROVED if verdict is Verdict.APPROVE else MatchState.REJECTED
        raise DomainError(ErrorCode.MATCH_STEP_NOT_ALLOWED, state=match.state, target=target)
    raise DomainError(ErrorCode.DECISION_TOO_LATE)


def _check_reason(reason: RejectReason | None, note: str) -> None:
    if reason is None:
        raise DomainError(ErrorCode.REASON_MISSING, field="reason")
    if reason is RejectReason.OTHER and not note:
        raise DomainError(ErrorCode.NOTE_MISSING, field="note")


def _check_read(actor: Actor, match: Match, *, read_in_original: bool) -> None:
    readable = all(
        is_readable(actor, revision) for revision in (match.offer_revision, match.need_revision)
    )
    if not (readable or read_in_original or actor.system):
        raise DomainError(ErrorCode.TEXT_NOT_READABLE, field="read_in_original")


def _follow_decision(
    session: Session, actor: Actor, match: Match, verdict: Verdict, now: datetime
) -> None:
    """Take the match where its decisions lead."""
    if verdict is Verdict.REJECT:
        match_states.move(session, actor, match, MatchState.REJECTED, by=By.STAFF, now=now)
        return
    if match.state is MatchState.SUGGESTED:
        match_states.move(session, actor, match, MatchState.UNDER_REVIEW, by=By.STAFF, now=now)
    given = [match.decision(side) for side in Side]
    if all(one is not None and one.verdict is Verdict.APPROVE for one in given):
        match_states.move(session, actor, match, MatchState.APPROVED, by=By.SYSTEM, now=now)


def stop(
    session: Session,
    actor: Actor,
    match: Match,
    *,
    reason: RejectReason,
    note: str = "",
    now: datetime,
) -> Match:
    """End a match that both sides approved, before the introduction. What was decided stays.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, NOTE_MISSING,
    MATCH_STEP_NOT_ALLOWED.
    """
    check_staff(actor, match)
    if match.state not in STOPPABLE:
        raise DomainError(
            ErrorCode.MATCH_STEP_NOT_ALLOWED, state=match.state, target=MatchState.REJECTED
        )
    _check_reason(reason, note.strip())
    match_states.move(
        session, actor, match, MatchState.REJECTED, by=By.STAFF, now=now, reason=reason
    )
    write_note(session, actor, match, note, now)
    return match


def reopen(session: Session, actor: Actor, match: Match, *, note: str, now: datetime) -> Match:
    """Take an ended match back into review, with a reason for the colleagues; both sides decide
    and both parties answer again.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, NOTE_MISSING,
    MATCH_LISTING_NOT_LIVE, MATCH_STEP_NOT_ALLOWED.
    """
    check_staff(actor, match)
    if not note.strip():
        raise DomainError(ErrorCode.NOTE_MISSING, field="note")
    check_alive(match)
    match_states.move(session, actor, match, MatchState.UNDER_REVIEW, by=By.STAFF, now=now)
    match_states.start_again(session, match)
    write_note(session, actor, match, note, now)
    session.flush()
    tell_to_review(session, actor, [match], now=now)
    return match
