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

_OF_OWN_SIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "match_answered": ("answer", "reason", "recorded_by_staff"),
    "match_handed_over": ("to",),
    "match_reminded": (),
    "follow_up_answered": ("follow_up_answer",),
    "outcome_proposed": (),
}
"""What only the party reads whose side it concerns, with the data that it reads of it."""
_OF_BOTH: Final[Mapping[str, tuple[str, ...]]] = {
    "match_interest": (),
    "match_state_changed": ("from", "to", "reason", "listing"),
    "nda_accepted": (),
    "nda_uploaded": (),
    "nda_refused": (),
    "nda_in_force": (),
    "meeting_proposed": ("meeting",),
    "meeting_agreed": ("meeting", "starts_at"),
    "meeting_declined": ("meeting",),
    "meeting_cancelled": ("meeting",),
    "outcome_recorded": ("contract_type", "signed_on"),
    "outcome_changed": (),
}
_SHOWN: Final = {**_OF_OWN_SIDE, **_OF_BOTH}
_STAFF_ALONE: Final = frozenset({"evidence", "note"})
"""Parts of a recorded agreement that the parties do not read."""


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
            AuditEntry.action.in_(list(_SHOWN)),
        )
        .order_by(AuditEntry.id)
    ).all()
    start = next((place for place, entry in enumerate(entries) if _tells(entry, side)), None)
    return [
        _event(entry, side)
        for place, entry in enumerate(entries)
        if _may_read(entry, match, side)
        and _says_something(entry, side)
        and (entry.action == "match_interest" or (start is not None and place >= start))
    ]


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
    return entry.action in _OF_BOTH or bool(data["side"] == side)


def _event(entry: AuditEntry, side: Side) -> PartyEvent:
    data = {name: entry.data[name] for name in _SHOWN[entry.action] if name in entry.data}
    ours = _ours(entry, side)
    if entry.action == "match_state_changed" and not ours:
        data.pop("reason", None)
    return PartyEvent(entry.at, entry.action, ours, data)


def _ours(entry: AuditEntry, side: Side) -> bool | None:
    data = entry.data
    if entry.action != "match_state_changed":
        return bool(data["side"] == side) if data.get("side") else None
    sides = data.get("sides") or [data.get("side")]
    return side.value in sides if data.get("by") == By.PARTY else None


def _says_something(entry: AuditEntry, side: Side) -> bool:
    """Leave out steps of the review, and what the entry before tells already: the party's own
    decline, an agreement that came into force or was recorded."""
    data = entry.data
    if entry.action == "outcome_changed":
        return bool(set(data["changed"]) - _STAFF_ALONE)
    if entry.action != "match_state_changed":
        return True
    before, after = data["from"], data["to"]
    if before == MatchState.OFFERED and after == MatchState.DECLINED:
        return _ours(entry, side) is not True
    if after == MatchState.UNDER_REVIEW:
        return before in ENDINGS
    if after == MatchState.AGREEMENT:
        return bool(before == MatchState.OUTCOME_CONFIRMED)
    return bool(after != MatchState.SUGGESTED) and "nda" not in data
