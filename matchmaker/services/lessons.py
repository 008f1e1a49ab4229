"""What staff's decisions and parties' declines teach the engine, read from the audit trail alone.

A pair is one example, whatever the number of decisions about it:

- the last verdict of each side counts; approvals, and rejections that speak of relevance, teach;
- stopping an approved match for such a reason rejects it for both sides;
- so does a party that declines or withdraws because the two do not fit, whatever the centres
  approved;
- a pair that one centre approves and the other rejects for such a reason teaches nothing;
- reopening an ended match takes back what was decided until somebody decides again;
- what a demonstration brought along, and what was decided while the engine did not know both texts,
  teaches nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matchmaker.domain.match_states import ENDINGS, By
from matchmaker.domain.vocabulary import MatchState, RejectReason, Side, Verdict
from matchmaker.matching.examples import Example
from matchmaker.matching.pair_features import PairFeatures
from matchmaker.models import AuditEntry, Match
from matchmaker.services.audit import SEEDED, AuditAction

SETTLED: Final = timedelta(minutes=10)
"""Entries younger than this are left for the next time: an earlier one may still be committed."""
_BY_PARTIES: Final = (MatchState.DECLINED, MatchState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A pair that teaches, and the audit entry with its last verdict."""

    entry_id: int
    example: Example


@dataclass(slots=True)
class _Taught:
    """What the sides of a match last said: whether it approves, None where it teaches nothing."""

    sides: dict[str, bool | None] = field(default_factory=dict)
    entry_id: int = 0
    data: dict[str, Any] = field(default_factory=dict)


def last_settled(session: Session, now: datetime) -> int:
    """Return the id of the newest audit entry that can be learnt from; 0 for none."""
    return (
        session.scalar(select(func.max(AuditEntry.id)).where(AuditEntry.at <= now - SETTLED)) or 0
    )


def read_lessons(session: Session, until: int) -> list[Lesson]:
    """Return what the entries up to this id teach, in the order of the matches' ids."""
    entries = session.execute(
        select(AuditEntry.id, AuditEntry.subject_id, AuditEntry.action, AuditEntry.data)
        .where(
            AuditEntry.subject_type == Match.__tablename__,
            AuditEntry.action.in_([AuditAction.MATCH_DECIDED, AuditAction.MATCH_STATE_CHANGED]),
            AuditEntry.id <= until,
        )
        .order_by(AuditEntry.id)
    )
    matches: dict[int, _Taught] = {}
    for entry_id, match_id, action, data in entries:
        taught = matches.setdefault(match_id, _Taught())
        if action == AuditAction.MATCH_DECIDED:
            _take_decision(taught, entry_id, data)
        else:
            _take_step(taught, entry_id, data)
    return list(_lessons(matches))


def _take_decision(taught: _Taught, entry_id: int, data: dict[str, Any]) -> None:
    side = data["side"]
    if data.get(SEEDED) or not data.get("features"):
        taught.sides.pop(side, None)
        return
    if data["verdict"] == Verdict.APPROVE:
        taught.sides[side] = True
    else:
        taught.sides[side] = False if _teaches(data.get("reason")) else None
    taught.entry_id, taught.data = entry_id, data


def _take_step(taught: _Taught, entry_id: int, data: dict[str, Any]) -> None:
    stopped = data["to"] == MatchState.REJECTED and _teaches(data.get("reason"))
    declined = data["to"] in _BY_PARTIES and data.get("features")
    if declined and not data.get(SEEDED):
        taught.data = data
    if (declined or (stopped and taught.data)) and not data.get(SEEDED):
        taught.sides = dict.fromkeys((side.value for side in Side), False)
        taught.entry_id = entry_id
    elif data["from"] in ENDINGS and data.get("by") == By.STAFF:
        taught.sides.clear()


def _teaches(reason: str | None) -> bool:
    return reason in {each.value for each in RejectReason if each.teaches}


def _lessons(matches: dict[int, _Taught]) -> Iterable[Lesson]:
    for match_id, taught in sorted(matches.items()):
        verdicts = set(taught.sides.values()) - {None}
        if len(verdicts) != 1:
            continue
        try:
            features = PairFeatures.of(taught.data["features"])
        except (KeyError, TypeError, ValueError):  # an older or newer program wrote it
            continue
        (approved,) = verdicts
        example = Example(
            key=match_id,
            offer=taught.data["offer"],
            need=taught.data["need"],
            approved=bool(approved),
            features=features,
        )
        yield Lesson(taught.entry_id, example)
