"""The states of a listing: which steps there are and who may take them."""

from enum import StrEnum, auto
from typing import Final

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.vocabulary import ListingState as S


class By(StrEnum):
    """Who takes a step."""

    OWNER = auto()
    STAFF = auto()
    CLOCK = auto()


TRANSITIONS: Final[dict[tuple[S, S], frozenset[By]]] = {
    (S.DRAFT, S.SUBMITTED): frozenset({By.OWNER, By.STAFF}),
    (S.SUBMITTED, S.DRAFT): frozenset({By.OWNER}),
    (S.SUBMITTED, S.CHANGES_REQUESTED): frozenset({By.STAFF}),
    (S.SUBMITTED, S.PUBLISHED): frozenset({By.STAFF}),
    (S.SUBMITTED, S.REJECTED): frozenset({By.STAFF}),
    (S.CHANGES_REQUESTED, S.SUBMITTED): frozenset({By.OWNER, By.STAFF}),
    (S.PUBLISHED, S.ON_HOLD): frozenset({By.OWNER, By.STAFF}),
    (S.ON_HOLD, S.PUBLISHED): frozenset({By.OWNER, By.STAFF}),
    (S.PUBLISHED, S.EXPIRED): frozenset({By.CLOCK}),
    (S.ON_HOLD, S.EXPIRED): frozenset({By.CLOCK}),
    (S.PUBLISHED, S.CLOSED): frozenset({By.OWNER, By.STAFF}),
    (S.ON_HOLD, S.CLOSED): frozenset({By.OWNER, By.STAFF}),
    (S.EXPIRED, S.PUBLISHED): frozenset({By.OWNER, By.STAFF}),
    (S.DRAFT, S.ARCHIVED): frozenset({By.OWNER, By.STAFF}),
    (S.REJECTED, S.ARCHIVED): frozenset({By.OWNER, By.STAFF}),
    (S.EXPIRED, S.ARCHIVED): frozenset({By.OWNER, By.STAFF}),
    (S.CLOSED, S.ARCHIVED): frozenset({By.OWNER, By.STAFF}),
}
"""Staff submit and archive only for an organisation without an account: services see to it."""

LIVE: Final = frozenset({S.PUBLISHED})
"""States in which a listing is public, indexed and matched."""

ALIVE: Final = frozenset({S.PUBLISHED, S.ON_HOLD})
"""States in which the matches of a listing go on."""


def check_transition(state: S, target: S, by: By) -> None:
    """Raise DomainError unless `by` may take a listing from `state` to `target`."""
    if by not in TRANSITIONS.get((state, target), frozenset()):
        raise DomainError(ErrorCode.LISTING_STEP_NOT_ALLOWED, state=state, target=target)
