"""What others said when they turned a listing down, by reason, for its owner: never who said it.

Read from the audit trail: the last ending of each match. One that opened again says nothing.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import (
    DeclineReason,
    MatchState,
    RejectReason,
    Side,
    Verdict,
)
from matchmaker.models import AuditEntry, Listing, Match

STAFF_ADVISE: Final = frozenset(
    {RejectReason.TOO_VAGUE, RejectReason.STAGE_MISMATCH, RejectReason.WRONG_SECTOR}
)
"""Why staff reject a match for reasons that its owners can do something about."""
Reason = DeclineReason | RejectReason
_BY_PARTIES: Final = (MatchState.DECLINED, MatchState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Said:
    """A reason and how often it was given; not when, which would tell by whom."""

    reason: Reason
    times: int


def said_of(session: Session, actor: Actor, listing: Listing) -> list[Said]:
    """Return why parties declined a listing or withdrew, and what staff found of it, the most
    frequent first.

    Only its organisation reads it, and its centre.
    """
    owner = listing.organisation
    if not (owner.id in actor.organisation_ids or owner.centre_id in actor.acting_centre_ids):
        return []
    ended = {
        match_id: (state, Side.OFFER if offer_id == listing.id else Side.NEED)
        for match_id, state, offer_id in session.execute(
            select(Match.id, Match.state, Match.offer_id).where(
                or_(Match.offer_id == listing.id, Match.need_id == listing.id),
                Match.state.in_([*_BY_PARTIES, MatchState.REJECTED]),
            )
        )
    }
    entries: dict[int, list[AuditEntry]] = {}
    for entry in _entries(session, ended):
        entries.setdefault(entry.subject_id, []).append(entry)
    reasons = [
        reason
        for match_id, (state, own) in ended.items()
        if (reason := _last_reason(entries.get(match_id, ()), state, own)) is not None
    ]
    # Members of the two enumerations may be equal strings.
    times = Counter((type(reason), reason) for reason in reasons)
    told = [Said(reason, count) for (_kind, reason), count in times.items()]
    return sorted(told, key=lambda said: (-said.times, said.reason.value))


def _entries(session: Session, match_ids: Iterable[int]) -> Iterable[AuditEntry]:
    return session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.subject_type == Match.__tablename__,
            AuditEntry.subject_id.in_(list(match_ids)),
            AuditEntry.action.in_(["match_state_changed", "match_decided"]),
        )
        .order_by(AuditEntry.id)
    )


def _last_reason(entries: Iterable[AuditEntry], state: MatchState, own: Side) -> Reason | None:
    """The reason of the last ending, where it is one for this side."""
    last = None
    for entry in entries:
        if _ends(entry, state):
            last = entry
    if last is None or not last.data.get("reason"):
        return None
    if state in _BY_PARTIES:
        theirs = last.data.get("side") == own.other
        return DeclineReason(last.data["reason"]) if theirs else None
    reason = RejectReason(last.data["reason"])
    return reason if reason in STAFF_ADVISE else None


def _ends(entry: AuditEntry, state: MatchState) -> bool:
    """Whether an entry says why a match ended: a decision to reject says it before the step."""
    data: dict[str, Any] = entry.data
    if entry.action == "match_decided":
        return state is MatchState.REJECTED and bool(data["verdict"] == Verdict.REJECT)
    return bool(data["to"] == state and data.get("reason"))
