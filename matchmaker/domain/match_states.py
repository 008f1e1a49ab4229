"""The states of a match: which steps there are, who may take them, and when time takes them."""

from datetime import timedelta
from enum import StrEnum, auto
from itertools import pairwise
from typing import Final

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.vocabulary import MatchState as S


class By(StrEnum):
    """Who takes a step. A system step follows from others' decisions and is never pressed."""

    STAFF = auto()
    PARTY = auto()
    SYSTEM = auto()
    CLOCK = auto()


TALKS: Final[tuple[S, ...]] = (
    S.INTRODUCED,
    S.IN_DISCUSSION,
    S.NDA,
    S.NEGOTIATING,
    S.AGREEMENT,
    S.OUTCOME_CONFIRMED,
)
"""After the introduction, in order; nda and negotiating may be left out."""

AGREED: Final = frozenset({S.AGREEMENT, S.OUTCOME_CONFIRMED})
"""States in which the recorded agreement counts."""
STAFF_ONLY: Final = AGREED
BEFORE_INTRODUCTION: Final = frozenset({S.SUGGESTED, S.UNDER_REVIEW, S.APPROVED, S.OFFERED})
ENDINGS: Final = frozenset({S.REJECTED, S.DECLINED, S.WITHDRAWN, S.NO_REPLY, S.LAPSED})
CLOSED: Final = ENDINGS | {S.OUTCOME_CONFIRMED}
RUNNING: Final = frozenset(S) - CLOSED
CASE_STATES: Final = frozenset(TALKS)
"""States in which the parties see each other's case tier."""

NO_REPLY_AFTER: Final = timedelta(days=30)
REMINDER_AFTER: Final = timedelta(days=14)


def _steps() -> dict[tuple[S, S], frozenset[By]]:
    staff, both = frozenset({By.STAFF}), frozenset({By.STAFF, By.PARTY})
    steps = {
        (S.SUGGESTED, S.UNDER_REVIEW): both,
        (S.UNDER_REVIEW, S.APPROVED): frozenset({By.SYSTEM}),
        (S.APPROVED, S.UNDER_REVIEW): frozenset({By.SYSTEM}),
        (S.APPROVED, S.OFFERED): staff,
        (S.OFFERED, S.INTRODUCED): staff,
    }
    for state in BEFORE_INTRODUCTION:
        steps[state, S.REJECTED] = staff
        steps[state, S.LAPSED] = frozenset({By.SYSTEM, By.CLOCK})
    for place, state in enumerate(TALKS[:-1]):
        for later in TALKS[place + 1 :]:
            steps[state, later] = staff if later in STAFF_ONLY else both
    for earlier, state in pairwise(TALKS):
        steps[state, earlier] = staff if state in STAFF_ONLY else both
    for state in (S.OFFERED, *TALKS[:-1]):
        steps[state, S.DECLINED] = both
        steps[state, S.WITHDRAWN] = both
    for state in (S.OFFERED, *TALKS[:-2]):  # who has agreed owes no answer
        steps[state, S.NO_REPLY] = frozenset({By.CLOCK, By.STAFF})
    for ending in ENDINGS:
        steps[ending, S.UNDER_REVIEW] = staff
        steps[ending, S.SUGGESTED] = frozenset({By.SYSTEM})
    return steps


TRANSITIONS: Final[dict[tuple[S, S], frozenset[By]]] = _steps()


def check_transition(state: S, target: S, by: By) -> None:
    """Raise DomainError unless `by` may take a match from `state` to `target`."""
    if by not in TRANSITIONS.get((state, target), frozenset()):
        raise DomainError(ErrorCode.MATCH_STEP_NOT_ALLOWED, state=state, target=target)
