"""What a party reads of the history of its match: its own side, and what concerns both.

What the centres decide, write and arrange among themselves stays with them, and so does what the
other party answered before the introduction, and why it declined.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.match_states import ENDINGS, By
from matchmaker.domain.vocabulary import MatchState, Side
from matchmaker.models import AuditEntry, Match

_SHOWN: Final = (
    "match_interest",
    "match_answered",
    "match_state_changed",
    "match_handed_over",
    "match_reminded",
    "follow_up_answered",
    "outcome_proposed",
)


@dataclass(frozen=True, slots=True)
class PartyEvent:
    """One thing that happened. `ours`: whether this party did it, or it concerns its side; None
    where the centres or the clock did it."""

    at: datetime
    action: str
    ours: bool | None
    data: Mapping[str, Any]


def party_story(session: Session, match: Match, side: Side) -> list[PartyEvent]:
    """Return what the party of `side` may read of the history, the oldest first: all since it was
    told of the match, and before that only that somebody expressed interest."""
    entries = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.subject_type == "match",
            AuditEntry.subject_id == match.id,
            AuditEntry.action.in_(_SHOWN),
        )
        .order_by(AuditEntry.id)
    ).all()
    start = next((place for place, entry in enumerate(entries) if _tells(entry, side)), None)
    told = [
        _event(entry, side)
        for place, entry in enumerate(entries)
        if _may_read(entry, match, side)
        and (entry.action == "match_interest" or (start is not None and place >= start))
    ]
    return [event for event in told if _says_something(event)]


def _tells(entry: AuditEntry, side: Side) -> bool:
    """Whether the party learns of the match with this entry."""
    if entry.action == "match_interest":
        return bool(entry.data["side"] == side)
    return entry.action == "match_state_changed" and entry.data["to"] == MatchState.OFFERED


def _may_read(entry: AuditEntry, match: Match, side: Side) -> bool:
    data = entry.data
    if entry.action == "match_interest":
        return data["side"] == side or match.offered_at is not None
    if entry.action == "match_reminded":
        return bool(data["side"] == side and data["who"] == "party")
    return entry.action == "match_state_changed" or bool(data["side"] == side)


def _event(entry: AuditEntry, side: Side) -> PartyEvent:
    data = dict(entry.data)
    if entry.action != "match_state_changed":
        return PartyEvent(entry.at, entry.action, bool(data["side"] == side), data)
    by_party = data.get("by") == By.PARTY
    sides = data.get("sides") or [data.get("side")]
    ours = side.value in sides if by_party else None
    if not ours:
        data.pop("reason", None)
    return PartyEvent(entry.at, entry.action, ours, data)


def _says_something(event: PartyEvent) -> bool:
    """Leave out steps of the review, and a decline that the party's own answer tells already."""
    if event.action != "match_state_changed":
        return True
    before, after = event.data["from"], event.data["to"]
    if before == MatchState.OFFERED and after == MatchState.DECLINED:
        return event.ours is not True
    if after == MatchState.UNDER_REVIEW:
        return before in ENDINGS
    return bool(after != MatchState.SUGGESTED)
