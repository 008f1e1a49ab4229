"""Matches that went through states as chance wills, by steps that are allowed, on the trail."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from matchmaker.domain.match_states import ENDINGS, TRANSITIONS, By
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import (
    DeclineReason,
    MatchState,
    RejectReason,
    Side,
    TechnologyContractType,
    Verdict,
)
from matchmaker.models import Match, Outcome
from matchmaker.services import match_states, matches

_JUDGED: Final = frozenset({MatchState.SUGGESTED, MatchState.UNDER_REVIEW})
_FORWARD: Final = 0.8
"""How often a match takes a step that does not end it."""
_STAYS: Final = {
    **dict.fromkeys(ENDINGS, 0.85), MatchState.AGREEMENT: 0.3, MatchState.OUTCOME_CONFIRMED: 0.9
}  # fmt: skip
"""How often nothing more happens to a match in a state."""
_STEPS: Final = 14


def walk(session: Session, match: Match, chance: Random, *, until: datetime) -> None:
    """Let a match that has just begun go on from its beginning, in days and weeks, to `until`."""
    now = match.created_at
    for _step in range(_STEPS):
        now += timedelta(days=chance.choice((0, 1, 2, 5, 9, 16, 33)), minutes=chance.randrange(999))
        if now >= until or chance.random() < _STAYS.get(match.state, 0):
            return
        if match.state in _JUDGED:
            _decide(session, match, chance, now)
        else:
            _move(session, match, chance, now)
        if match.state is MatchState.AGREEMENT:
            _agree(session, match, chance, now)


def _decide(session: Session, match: Match, chance: Random, now: datetime) -> None:
    """Both centres approve, or one rejects; some matches just lapse."""
    if chance.random() < 0.1:
        match_states.move(session, SYSTEM, match, MatchState.LAPSED, by=By.CLOCK, now=now)
        return
    for side in chance.sample(list(Side), k=chance.choice((1, 2))):
        approves = chance.random() < _FORWARD + 0.15
        matches.decide(
            session, SYSTEM, match, side,
            verdict=Verdict.APPROVE if approves else Verdict.REJECT,
            reason=None if approves else chance.choice(list(RejectReason)),
            note="Known to us.", now=now,
        )  # fmt: skip
        now += timedelta(hours=chance.randrange(1, 30))
        if match.state not in _JUDGED:
            return


def _move(session: Session, match: Match, chance: Random, now: datetime) -> None:
    targets = [target for start, target in TRANSITIONS if start is match.state]
    good = [target for target in targets if target not in ENDINGS]
    ends = [target for target in targets if target in ENDINGS]
    some = good if good and (not ends or chance.random() < _FORWARD) else ends
    target = some[min(chance.randrange(len(some)) for _ in range(2))]  # rather the nearest
    by = min(TRANSITIONS[match.state, target])
    reasons = {MatchState.REJECTED: RejectReason, MatchState.DECLINED: DeclineReason}.get(target)
    reason = {"reason": chance.choice(list(reasons))} if reasons else {}
    if match.state in ENDINGS:
        match_states.start_again(session, match)
    match_states.move(session, SYSTEM, match, target, by=by, now=now, **reason)


def _agree(session: Session, match: Match, chance: Random, now: datetime) -> None:
    """Write down what was agreed, some time before; once for a match."""
    if match.outcome is not None:
        return
    told = chance.random() < 0.8
    value = chance.randrange(10_000, 900_000_000) if told else None
    match.outcomes.append(
        Outcome(
            contract_type=chance.choice(list(TechnologyContractType)),
            contract_value=value,
            currency=chance.choice(("CNY", "USD", "THB", "VND")) if told else None,
            transaction_value=value // 2 if value and chance.random() < 0.5 else None,
            signed_on=(now - timedelta(days=chance.randrange(20)))
            .astimezone(ZoneInfo("Asia/Shanghai"))
            .date(),
            recorded_at=now,
        )
    )
    session.flush()
