"""Questions to the parties of a case how their talks go: which is open, and what it leads to."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.outcomes import ANSWERED_WITHIN
from matchmaker.domain.vocabulary import Side
from matchmaker.models import FollowUp, Match
from matchmaker.queries.match_waits import RUNNING_TALKS

ASKED_IN: Final = RUNNING_TALKS
"""Nobody is asked about a case that ended or whose outcome is confirmed."""


def is_open(follow_up: FollowUp, now: datetime) -> bool:
    """Tell whether a question can be answered, or its answer corrected."""
    match = follow_up.match
    return (
        match.state in ASKED_IN
        and match.follow_up(follow_up.side) is follow_up
        and now < follow_up.asked_at + ANSWERED_WITHIN
    )


def open_follow_up(match: Match, side: Side, now: datetime) -> FollowUp | None:
    """Return the question that one side can answer now."""
    newest = match.follow_up(side)
    return newest if newest is not None and is_open(newest, now) else None


def introduction_of(match: Match) -> int:
    """Return what names the present introduction of a match: its second; 0 without one."""
    return int(match.introduced_at.timestamp()) if match.introduced_at else 0


def linked_follow_up(
    session: Session, reference: str, side: Side, days: int, introduced: int
) -> FollowUp:
    """Return the question that a signed link names; whoever holds the link may see it.

    Raises DomainError FOLLOW_UP_CLOSED where the question was about an introduction before the
    present one.
    """
    found = session.scalar(
        select(FollowUp)
        .join(Match)
        .where(Match.reference == reference, FollowUp.side == side, FollowUp.days == days)
    )
    if found is None or introduction_of(found.match) != introduced:
        raise DomainError(ErrorCode.FOLLOW_UP_CLOSED)
    return found
