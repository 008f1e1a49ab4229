"""Which side of which talks owes the others a word, and since when.

Between the introduction and an agreement, a side is silent since the first thing that somebody
wrote, asked or did for which it has given no sign since. Whoever said the last word is not silent,
unless a question of the centres came after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from matchmaker.database import UtcDateTime
from matchmaker.domain.match_states import NO_REPLY_AFTER, REMINDER_AFTER
from matchmaker.domain.vocabulary import MatchState, MeetingState, Side
from matchmaker.models import AuditEntry, CaseMessage, FollowUp, Match, Meeting
from matchmaker.queries.match_waits import BEFORE_AGREEMENT

_SIGNS: Final = (
    "meeting_proposed",
    "meeting_time_accepted",
    "meeting_declined",
    "meeting_cancelled",
    "nda_accepted",
    "nda_uploaded",
    "nda_refused",
    "outcome_proposed",
    "follow_up_answered",
)
"""Entries whose `side` is the party that did it."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Since when one side has not answered, and when it was reminded of that."""

    since: datetime
    reminded_at: datetime | None

    def lasts(self, now: datetime) -> bool:
        """Tell whether it is long enough to end the talks."""
        return self.since <= now - NO_REPLY_AFTER


def silent_matches(reach: ColumnElement[bool], since: datetime) -> Select[int]:
    """Return the ids of the matches in `reach` of which a side has been silent since then."""
    silences = _silences(reach).subquery()
    return select(silences.c.match_id).where(silences.c.since <= since)


def heard_since_introduction() -> Select[int]:
    """Return the ids of the matches in state introduced in which a party has given a sign."""
    signs = _signs(select(Match.id).where(Match.state == MatchState.INTRODUCED)).subquery()
    return (
        select(signs.c.match_id)
        .join(Match, Match.id == signs.c.match_id)
        .where(signs.c.at > func.coalesce(Match.introduced_at, Match.state_changed_at))
    )


def silences_of(
    session: Session, match_ids: Sequence[int], *, now: datetime
) -> Mapping[int, Mapping[Side, Silence]]:
    """Return the sides that have been silent for 14 days or more, by match."""
    rows = session.execute(_silences(Match.id.in_(match_ids))).all()
    reminders = _reminders(session, match_ids)
    found: dict[int, dict[Side, Silence]] = {}
    for match_id, side, since in rows:
        if since <= now - REMINDER_AFTER:
            told = [at for at in reminders.get((match_id, side), ()) if at >= since]
            found.setdefault(match_id, {})[Side(side)] = Silence(since, max(told, default=None))
    return found


def is_unanswered(session: Session, match: Match, *, now: datetime) -> bool:
    """Tell whether a party has owed an answer for 30 days: to the offer, or in the talks."""
    if match.state is MatchState.OFFERED:
        waits = any(match.answer(side) is None for side in Side)
        return waits and match.state_changed_at <= now - NO_REPLY_AFTER
    silences = silences_of(session, [match.id], now=now).get(match.id, {})
    return any(silence.lasts(now) for silence in silences.values())


def _reminders(
    session: Session, match_ids: Sequence[int]
) -> Mapping[tuple[int, str], list[datetime]]:
    data: Any = AuditEntry.data
    rows = session.execute(
        select(AuditEntry.subject_id, data["side"].as_string(), AuditEntry.at).where(
            AuditEntry.subject_type == "match",
            AuditEntry.subject_id.in_(match_ids),
            AuditEntry.action == "match_reminded",
            data["who"].as_string() == "party",
        )
    )
    found: dict[tuple[int, str], list[datetime]] = {}
    for match_id, side, at in rows:
        found.setdefault((match_id, side), []).append(at)
    return found


def _silences(reach: ColumnElement[bool]) -> Select[int, str, datetime]:
    """Match, side and instant: the first thing since its last sign that a side has not answered."""
    ids = select(Match.id).where(reach, Match.state.in_(BEFORE_AGREEMENT))
    signs = _signs(ids).cte("party_sign")
    last = (
        select(signs.c.match_id, signs.c.side, func.max(signs.c.at).label("at"))
        .group_by(signs.c.match_id, signs.c.side)
        .cte("last_sign")
    )
    asked = union_all(
        select(
            signs.c.match_id,
            case((signs.c.side == Side.OFFER.value, Side.NEED.value), else_=Side.OFFER.value).label(
                "side"
            ),
            signs.c.at,
        ),
        *(
            _event(CaseMessage.match_id, side, CaseMessage.at).where(
                CaseMessage.match_id.in_(ids), CaseMessage.side.is_(None)
            )
            for side in Side
        ),
        _event(FollowUp.match_id, FollowUp.side, FollowUp.asked_at).where(
            FollowUp.match_id.in_(ids)
        ),
    ).cte("asked")
    same_side = and_(asked.c.match_id == last.c.match_id, asked.c.side == last.c.side)
    return (
        select(
            asked.c.match_id,
            asked.c.side,
            func.min(asked.c.at, type_=UtcDateTime()).label("since"),
        )
        .join(last, same_side)
        .where(asked.c.at >= last.c.at)
        .group_by(asked.c.match_id, asked.c.side)
    )


def _signs(ids: Select[int]) -> CompoundSelect[int, str, datetime]:
    """What each side of these matches did, the introduction and meetings being everybody's."""
    introduced = func.coalesce(
        Match.introduced_at, Match.state_changed_at, type_=UtcDateTime()
    ).label("at")
    held = and_(Meeting.match_id.in_(ids), Meeting.state == MeetingState.ACCEPTED)
    return union_all(
        *(_event(Match.id, side, introduced).where(Match.id.in_(ids)) for side in Side),
        _event(CaseMessage.match_id, CaseMessage.side, CaseMessage.at).where(
            CaseMessage.match_id.in_(ids), CaseMessage.side.is_not(None)
        ),
        *(_event(Meeting.match_id, side, Meeting.starts_at).where(held) for side in Side),
        *_recorded_signs(ids),
    )


def _recorded_signs(ids: Select[int]) -> list[Select[int, str, datetime]]:
    """What the trail says that a side did; a step of a party names its sides in a list."""
    data: Any = AuditEntry.data
    of_matches = and_(AuditEntry.subject_type == "match", AuditEntry.subject_id.in_(ids))
    by_party = and_(AuditEntry.action == "match_state_changed", data["by"].as_string() == "party")
    places = [
        (data["side"].as_string(), AuditEntry.action.in_(_SIGNS)),
        (data["by_side"].as_string(), AuditEntry.action == "nda_in_force"),
        *((data[("sides", place)].as_string(), by_party) for place in range(len(Side))),
    ]
    return [
        _event(AuditEntry.subject_id, side, AuditEntry.at).where(
            of_matches, condition, side.in_([each.value for each in Side])
        )
        for side, condition in places
    ]


def _event(match_id: InstrumentedAttribute[int], side: Any, at: Any) -> Select[int, str, datetime]:
    name = literal(side.value, String) if isinstance(side, Side) else type_coerce(side, String)
    return select(match_id.label("match_id"), name.label("side"), at.label("at"))
