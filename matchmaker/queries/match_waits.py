"""What each side of a match waits for, and since when: as SQL for lists, in Python for one match.

The parties' and the centres' own next steps count; a match that ended waits for nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Label, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload, selectinload

from matchmaker.database import UtcDateTime
from matchmaker.domain.export_control import Gate
from matchmaker.domain.match_states import REMINDER_AFTER, TALKS
from matchmaker.domain.vocabulary import Answer, FollowUpAnswer, MatchState, Side, Wait
from matchmaker.models import (
    AuditEntry,
    FollowUp,
    Listing,
    Match,
    MatchDecision,
    Outcome,
    PartyAnswer,
)
from matchmaker.queries.match_gate import gate_of

JUDGED: Final = frozenset({MatchState.SUGGESTED, MatchState.UNDER_REVIEW})
RUNNING_TALKS: Final = frozenset(TALKS[:-1])
BEFORE_AGREEMENT: Final = RUNNING_TALKS - {MatchState.AGREEMENT}
NO_NEWS_AFTER: Final[timedelta] = REMINDER_AFTER
CLEARED_IN: Final = frozenset({MatchState.APPROVED, MatchState.OFFERED})
"""The export is cleared once both centres want the match, before they may introduce it."""
_NO_NEWS: Final = (
    "match_assigned",
    "match_reminded",
    "match_due_set",
    "match_handed_over",
    "match_cleared",
    "follow_up_asked",
)
"""What centres arrange among themselves says nothing about the talks."""
_WHO_CLEARS: Final[Mapping[Gate, Side]] = {
    Gate.NOT_CHECKED: Side.OFFER,
    Gate.NEEDS_LICENCE_INTENT: Side.OFFER,
    Gate.NEEDS_LICENCE: Side.OFFER,
    Gate.NEEDS_CONFIRMATION: Side.NEED,
}


def centre_column(side: Side) -> InstrumentedAttribute[int]:
    """Return the column with the centre of one side."""
    return Match.offer_centre_id if side is Side.OFFER else Match.need_centre_id


def assignee_column(side: Side) -> InstrumentedAttribute[int | None]:
    """Return the column with who of the centre of one side works on a match."""
    return Match.offer_assignee_id if side is Side.OFFER else Match.need_assignee_id


def waits_of(match: Match, side: Side, *, news_at: datetime, now: datetime) -> tuple[Wait, ...]:
    """Return what one side of a match waits for; `news_at` is when something was last heard."""
    state = match.state
    found = {
        Wait.DECISION: state in JUDGED and match.decision(side) is None,
        Wait.ASKING: state is MatchState.APPROVED,
        Wait.ANSWER: state is MatchState.OFFERED and match.answer(side) is None,
        Wait.CLEARANCE: state in CLEARED_IN and clearing_side(match, now) is side,
        Wait.INTRODUCTION: state is MatchState.OFFERED and _agreed(match),
        Wait.NEWS: state in RUNNING_TALKS and news_at <= now - NO_NEWS_AFTER,
        Wait.OUTCOME: state in BEFORE_AGREEMENT and _signed(match, side),
        Wait.CONFIRMATION: state is MatchState.AGREEMENT and _confirms(match, side),
        Wait.ENDING: state in RUNNING_TALKS and _told(match, side) is FollowUpAnswer.ENDED,
    }
    return tuple(wait for wait, waits in found.items() if waits)


def _told(match: Match, side: Side) -> FollowUpAnswer | None:
    """What a party said last of its talks."""
    asked = match.follow_up(side)
    return asked.answer if asked is not None else None


def _signed(match: Match, side: Side) -> bool:
    if match.report(side) is not None:
        return True
    return _told(match, side) is FollowUpAnswer.AGREEMENT_SIGNED


def _confirms(match: Match, side: Side) -> bool:
    """Whether the centre of one side is the one that should look at a recorded agreement."""
    outcome = match.outcome
    if outcome is None:
        return False
    one_centre = match.offer_centre_id == match.need_centre_id
    return one_centre or outcome.recorded_centre_id != match.centre_id(side)


def centre_waits(match: Match, side: Side) -> bool:
    """Tell whether the centre of one side has something to do before the introduction."""
    waits = waits_of(match, side, news_at=match.state_changed_at, now=match.state_changed_at)
    return bool(set(waits) - {Wait.ANSWER})


def _agreed(match: Match) -> bool:
    answers = (match.answer(side) for side in Side)
    return all(given is not None and given.answer is Answer.YES for given in answers)


def clearing_side(match: Match, now: datetime) -> Side | None:
    """Return the side whose centre has to clear the export next, None where nothing is missing."""
    return _WHO_CLEARS.get(gate_of(match, now=now))


def waits_for(wait: Wait, side: Side, uncleared: set[int], now: datetime) -> ColumnElement[bool]:
    """The matches of which one side waits for something; `uncleared` are the ids of those whose
    export the side has to clear, from `uncleared_ids`."""
    if wait is Wait.DECISION:
        return undecided_by(side)
    if wait is Wait.ASKING:
        return Match.state == MatchState.APPROVED
    if wait is Wait.ANSWER:
        return and_(Match.state == MatchState.OFFERED, ~_has(PartyAnswer, side))
    if wait is Wait.CLEARANCE:
        return Match.id.in_(uncleared)
    if wait is Wait.INTRODUCTION:
        return both_agreed()
    if wait is Wait.NEWS:
        return and_(Match.state.in_(RUNNING_TALKS), last_news() <= now - NO_NEWS_AFTER)
    return _outcome_waits(wait, side)


def _outcome_waits(wait: Wait, side: Side) -> ColumnElement[bool]:
    if wait is Wait.ENDING:
        return and_(Match.state.in_(RUNNING_TALKS), _has_told(side, FollowUpAnswer.ENDED))
    if wait is Wait.OUTCOME:
        proposed = exists().where(
            Outcome.match_id == Match.id,
            Outcome.recorded_at.is_(None),
            Outcome.closed_at.is_(None),
            Outcome.proposed_side == side,
        )
        signed = _has_told(side, FollowUpAnswer.AGREEMENT_SIGNED)
        return and_(Match.state.in_(BEFORE_AGREEMENT), or_(proposed, signed))
    by_other = exists().where(
        Outcome.match_id == Match.id,
        Outcome.recorded_at.is_not(None),
        Outcome.closed_at.is_(None),
        or_(
            Match.offer_centre_id == Match.need_centre_id,
            Outcome.recorded_centre_id.is_distinct_from(centre_column(side)),
        ),
    )
    return and_(Match.state == MatchState.AGREEMENT, by_other)


def _has_told(side: Side, answer: FollowUpAnswer) -> ColumnElement[bool]:
    """The matches of which one side's answer to the last question is this."""
    newer = aliased(FollowUp)
    return exists().where(
        FollowUp.match_id == Match.id,
        FollowUp.side == side,
        FollowUp.answer == answer,
        ~exists().where(
            newer.match_id == FollowUp.match_id, newer.side == side, newer.days > FollowUp.days
        ),
    )


def undecided_by(side: Side) -> ColumnElement[bool]:
    """The matches that the centre of one side has yet to decide."""
    return and_(Match.state.in_(JUDGED), ~_has(MatchDecision, side))


def _has(model: type[MatchDecision] | type[PartyAnswer], side: Side) -> ColumnElement[bool]:
    return exists().where(model.match_id == Match.id, model.side == side)


def both_agreed() -> ColumnElement[bool]:
    """The matches whose parties have both said yes and that are not introduced yet."""
    agreed = (
        select(func.count())
        .where(PartyAnswer.match_id == Match.id, PartyAnswer.answer == Answer.YES)
        .scalar_subquery()
    )
    return and_(Match.state == MatchState.OFFERED, agreed == len(Side))


def uncleared_ids(
    session: Session, mine: ColumnElement[bool], now: datetime
) -> dict[Side, set[int]]:
    """Return the ids of the matches among `mine` whose export one side has to clear.

    The gate is computed in one place, in Python; between approval and introduction there are only
    the matches that people work on.
    """
    rows = session.scalars(
        select(Match)
        .where(mine, Match.state.in_(CLEARED_IN))
        .options(
            joinedload(Match.offer).joinedload(Listing.organisation),
            joinedload(Match.offer).selectinload(Listing.export_checks),
            joinedload(Match.offer).selectinload(Listing.revisions),
            joinedload(Match.offer_centre),
            joinedload(Match.need).joinedload(Listing.organisation),
            selectinload(Match.clearances),
        )
    )
    found: dict[Side, set[int]] = {side: set() for side in Side}
    for match in rows:
        side = clearing_side(match, now)
        if side is not None:
            found[side].add(match.id)
    return found


def since() -> Label[datetime]:
    """Since when a match waits: its state, for an introduction the last yes, for talks the last
    news."""
    answered = (
        select(func.max(PartyAnswer.at)).where(PartyAnswer.match_id == Match.id).scalar_subquery()
    )
    expression: ColumnElement[Any] = case(
        (Match.state.in_(RUNNING_TALKS), last_news()),
        (both_agreed(), func.coalesce(answered, Match.state_changed_at)),
        else_=Match.state_changed_at,
    )
    return func.coalesce(expression, Match.state_changed_at, type_=UtcDateTime()).label("since")


def last_heard(session: Session, match: Match) -> datetime:
    """Return when something was last heard of one match."""
    heard = session.scalar(select(last_news()).where(Match.id == match.id))
    return heard or match.state_changed_at


def last_news() -> ColumnElement[datetime]:
    """When something was last heard of a match."""
    heard = (
        select(func.max(AuditEntry.at))
        .where(
            AuditEntry.subject_type == literal("match"),
            AuditEntry.subject_id == Match.id,
            AuditEntry.action.not_in(_NO_NEWS),
        )
        .scalar_subquery()
    )
    return func.coalesce(heard, Match.state_changed_at, type_=UtcDateTime())
