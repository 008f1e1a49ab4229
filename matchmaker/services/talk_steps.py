"""The talks after an introduction: a step on, a step back, or an end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.match_states import (
    CASE_STATES,
    NO_REPLY_AFTER,
    STAFF_ONLY,
    By,
    check_transition,
)
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import DeclineReason, MatchState, Side
from matchmaker.models import Match, MatchComment
from matchmaker.queries.case_tiers import nda_in_force
from matchmaker.queries.silence import is_unanswered
from matchmaker.services import audit, match_states
from matchmaker.services.casework import write_note
from matchmaker.services.match_sides import party_sides, role_in, staff_sides

ENDS_OF_TALKS: Final = frozenset({MatchState.DECLINED, MatchState.WITHDRAWN, MatchState.NO_REPLY})
ENDS_OF_ASKING: Final = ENDS_OF_TALKS - {MatchState.DECLINED}
"""While the parties are asked, one declines by its answer."""
WITH_REASON: Final = frozenset({MatchState.DECLINED, MatchState.WITHDRAWN})
"""How a party ends a match: it is asked why."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """Why one side ends a match, and which one it is."""

    reason: DeclineReason | None = None
    side: Side | None = None


def take_step(
    session: Session,
    actor: Actor,
    match: Match,
    target: MatchState,
    *,
    decline_reason: DeclineReason | None = None,
    declined_by: Side | None = None,
    note: str = "",
    now: datetime,
) -> Match:
    """Take the talks after an introduction forward, one step back, or end them.

    Also withdraws a match whose parties were asked. `declined_by` is the side that declines or
    withdraws where staff write it down, without it their own; `note` is for the centres. Raises
    DomainError: NOT_ALLOWED, REASON_MISSING (a decline, or a party that withdraws), SIDE_MISSING
    (staff of both sides say which), NOT_SILENT (nobody owes an answer for 30 days), NDA_MISSING
    (nobody says alone that there is an agreement), OUTCOME_MISSING (an agreement is recorded and
    confirmed with what it says, in `outcomes`), MATCH_STEP_NOT_ALLOWED.
    """
    by = By.STAFF if actor.system else role_in(actor, match)
    _check_target(session, match, target, by, now)
    sides = party_sides(actor, match) if by is By.PARTY else staff_sides(actor, match)
    leaving = Leaving()
    if target in WITH_REASON:
        named = declined_by if by is By.STAFF else sides[0]
        leaving = _leaving(target, decline_reason, named, sides, by)
    if by is By.STAFF:
        write_note(session, actor, match, note, now)
    elif note.strip():
        _write_note(session, actor, match, note, sides=sides, now=now)
    if match.outcome is not None:
        match.outcome.confirmed_at = None
        match.outcome.confirmed_by_id = match.outcome.confirmed_centre_id = None
    return match_states.move(
        session, actor, match, target, by=by, now=now, sides=[side.value for side in sides],
        reason=leaving.reason, side=leaving.side, **lesson(actor, match, leaving.reason),
    )  # fmt: skip


def _check_target(
    session: Session, match: Match, target: MatchState, by: By, now: datetime
) -> None:
    if target not in (
        CASE_STATES | ENDS_OF_TALKS if match.state in CASE_STATES else ENDS_OF_ASKING
    ):
        raise DomainError(ErrorCode.MATCH_STEP_NOT_ALLOWED, state=match.state, target=target)
    if target is MatchState.NDA and nda_in_force(session, match) is None:
        raise DomainError(ErrorCode.NDA_MISSING, field="target")
    if target in STAFF_ONLY and match.state is not MatchState.OUTCOME_CONFIRMED:
        check_transition(match.state, target, by)
        raise DomainError(ErrorCode.OUTCOME_MISSING, field="target")
    if target is MatchState.NO_REPLY:
        check_transition(match.state, target, by)
        if not is_unanswered(session, match, now=now):
            raise DomainError(ErrorCode.NOT_SILENT, field="target", days=NO_REPLY_AFTER.days)


def _leaving(
    target: MatchState,
    reason: DeclineReason | None,
    named: Side | None,
    sides: tuple[Side, ...],
    by: By,
) -> Leaving:
    """Check why a side ends a match, and find which one it is."""
    if reason is None:
        if target is MatchState.DECLINED or by is By.PARTY:
            raise DomainError(ErrorCode.REASON_MISSING, field="decline_reason")
        return Leaving()
    side = named or (sides[0] if len(sides) == 1 else None)
    if side is None:
        raise DomainError(ErrorCode.SIDE_MISSING, field="declined_by")
    return Leaving(reason, side)


def lesson(actor: Actor, match: Match, reason: DeclineReason | None) -> dict[str, object]:
    """Return what the entry of a decline says of the pair, where its reason speaks of how they
    fit."""
    teaches = reason is not None and reason.teaches and not actor.system
    return match_states.teaching(match) if teaches else {}


def _write_note(
    session: Session,
    actor: Actor,
    match: Match,
    note: str,
    *,
    sides: tuple[Side, ...],
    now: datetime,
) -> None:
    """Keep what a party wrote with a step: only staff of both centres read it."""
    match.comments.append(
        MatchComment(
            by_id=actor.user_id, centre_id=match.centre_id(sides[0]), at=now, note=note.strip()
        )
    )
    audit.record(
        session, actor, audit.AuditAction.MATCH_NOTED, match, now=now, by=By.PARTY,
        sides=[side.value for side in sides],
    )  # fmt: skip
