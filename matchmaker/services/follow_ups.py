"""Asking the parties of a case how their talks go, 30, 90 and 180 days after the introduction.

What is due follows from the rows: a job that was lost or runs twice asks nothing twice. After a
long pause only the newest question that is due is asked. A case that ended is not asked about.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import clean_text
from matchmaker.domain.match_states import By
from matchmaker.domain.outcomes import (
    ANSWERED_WITHIN,
    FOLLOW_UP_DAYS,
    MAX_NOTE,
    STAFF_CALL_AFTER,
    TALKS_GO_ON,
    asked_at,
)
from matchmaker.domain.permissions import SYSTEM, Actor
from matchmaker.domain.vocabulary import (
    DeclineReason,
    FollowUpAnswer,
    MatchState,
    Side,
    TaskKind,
    TaskState,
)
from matchmaker.models import FollowUp, Match, OutreachTask
from matchmaker.queries.follow_ups import ASKED_IN, introduction_of, is_open
from matchmaker.services import audit, match_states
from matchmaker.services.audit import AuditAction
from matchmaker.services.match_notices import tell_reported
from matchmaker.services.match_sides import party_sides, role_in, staff_sides
from matchmaker.services.outreach import finish_task, open_task, tell_organisation

AT_A_TIME: Final = 100
FOR_STAFF: Final = frozenset({FollowUpAnswer.AGREEMENT_SIGNED, FollowUpAnswer.ENDED})
"""What staff record when a party says it."""
CODE: Final = "match_follow_up"
"""Of the mail, the letter and the notice."""


def ask_due(session: Session, *, now: datetime) -> int:
    """Ask both parties of each case for which a question is due; return how many cases."""
    later = dict(pairwise(FOLLOW_UP_DAYS))
    asked = 0
    for day in FOLLOW_UP_DAYS:
        next_day = later.get(day)
        window = [Match.introduced_at <= asked_at(now, day)]
        if next_day is not None:
            window.append(Match.introduced_at > asked_at(now, next_day))
        else:
            window.append(Match.introduced_at > asked_at(now, day) - ANSWERED_WITHIN)
        known = exists().where(FollowUp.match_id == Match.id, FollowUp.days == day)
        matches = session.scalars(
            select(Match)
            .where(Match.state.in_(ASKED_IN), ~known, *window)
            .order_by(Match.id)
            .limit(AT_A_TIME)
            .with_for_update(of=Match, skip_locked=True)
        ).all()
        for match in matches:
            for side in Side:
                _ask(session, match, side, day, now)
        asked += len(matches)
    return asked


def _ask(session: Session, match: Match, side: Side, days: int, now: datetime) -> None:
    match.follow_ups.append(
        FollowUp(side=side, days=days, asked_at=now, note="", recorded_by_staff=False)
    )
    audit.record(session, SYSTEM, AuditAction.FOLLOW_UP_ASKED, match, now=now, side=side, days=days)
    tell_organisation(
        session, SYSTEM, match.listing(side).organisation,
        code=CODE, task=TaskKind.QUESTION, dedupe_key=_key(match, side, days), now=now,
        listing=match.listing(side), match=match, **_facts(match, side, days),
    )  # fmt: skip


def _facts(match: Match, side: Side, days: int) -> dict[str, object]:
    return {
        "reference": match.reference,
        "match_id": match.id,
        "side": side.value,
        "days": days,
        "introduced": introduction_of(match),
    }


def _key(match: Match, side: Side, days: int) -> str:
    """Names a question; a match that was introduced anew is asked anew."""
    return f"follow_up:{match.reference}:{side}:{days}:{introduction_of(match)}"


def let_staff_call(session: Session, *, now: datetime) -> int:
    """Open a task for staff where a party has not answered for 14 days, once; return how many rows.

    An organisation without an account has had this same task from the beginning.
    """
    rows: Sequence[FollowUp] = session.scalars(
        select(FollowUp)
        .join(Match)
        .where(
            FollowUp.answered_at.is_(None),
            FollowUp.reminded_at.is_(None),
            FollowUp.asked_at <= now - STAFF_CALL_AFTER,
            Match.state.in_(ASKED_IN),
        )
        .order_by(FollowUp.id)
        .limit(AT_A_TIME)
        .with_for_update(of=FollowUp, skip_locked=True)
    ).all()
    for row in rows:
        match, side = row.match, row.side
        row.reminded_at = now
        if is_open(row, now):
            open_task(
                session, SYSTEM, match.listing(side).organisation,
                kind=TaskKind.QUESTION, dedupe_key=_key(match, side, row.days), now=now,
                listing=match.listing(side), match=match, code=CODE,
                **_facts(match, side, row.days),
            )  # fmt: skip
    return len(rows)


def answer_follow_up(
    session: Session,
    actor: Actor,
    follow_up: FollowUp,
    *,
    answer: FollowUpAnswer,
    decline_reason: DeclineReason | None = None,
    note: str = "",
    by_link: bool = False,
    now: datetime,
) -> FollowUp:
    """Record how a party says that its talks go; again corrects it, until the next is asked.

    `by_link`: a signed link of the mail stands for the party, whoever is signed in. Staff write
    down what they were told. Raises DomainError: NOT_ALLOWED, FOLLOW_UP_CLOSED, REASON_MISSING (why
    talks ended), TEXT_TOO_LONG.
    """
    match, side = follow_up.match, follow_up.side
    by = By.PARTY if by_link else _answering(actor, follow_up)
    if not is_open(follow_up, now):
        raise DomainError(ErrorCode.FOLLOW_UP_CLOSED)
    ended = answer is FollowUpAnswer.ENDED
    if ended and decline_reason is None:
        raise DomainError(ErrorCode.REASON_MISSING, field="decline_reason")
    text, corrected = clean_text(note), follow_up.answer
    if len(text) > MAX_NOTE:
        raise DomainError(ErrorCode.TEXT_TOO_LONG, field="note", limit=MAX_NOTE, length=len(text))
    follow_up.answer, follow_up.note, follow_up.answered_at = answer, text, now
    follow_up.decline_reason = decline_reason if ended else None
    follow_up.recorded_by_staff = by is By.STAFF
    own = by is By.STAFF or side in party_sides(actor, match)
    follow_up.by_id = actor.user_id if own else None
    match_states.touch(match)
    audit.record(
        session, actor, AuditAction.FOLLOW_UP_ANSWERED, match, now=now,
        side=side, days=follow_up.days, follow_up_answer=answer, by=by,
        reason=follow_up.decline_reason,
    )  # fmt: skip
    _finish_task(session, actor, follow_up, now)
    if by is By.PARTY and answer in FOR_STAFF and answer is not corrected:
        tell_reported(session, actor, match, side, answer, now=now)
    if match.state is MatchState.INTRODUCED and answer in TALKS_GO_ON:
        match_states.move(
            session, actor, match, MatchState.IN_DISCUSSION, by=by, now=now, sides=[side.value]
        )
    return follow_up


def _answering(actor: Actor, follow_up: FollowUp) -> By:
    """Return as what the actor answers for one side."""
    match, side = follow_up.match, follow_up.side
    by = role_in(actor, match)
    sides = staff_sides(actor, match) if by is By.STAFF else party_sides(actor, match)
    if side not in sides:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    return by


def _finish_task(session: Session, actor: Actor, follow_up: FollowUp, now: datetime) -> None:
    key = _key(follow_up.match, follow_up.side, follow_up.days)
    owner = follow_up.match.listing(follow_up.side).organisation_id
    task = session.scalar(
        select(OutreachTask).where(
            OutreachTask.dedupe_key == f"{key}:organisation:{owner}",
            OutreachTask.state == TaskState.OPEN,
        )
    )
    if task is not None:
        finish_task(session, actor, task, note="", now=now)
