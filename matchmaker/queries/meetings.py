"""The meetings of a case, for those who take part in its talks."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.references import parse_reference
from matchmaker.domain.vocabulary import MeetingState, Side
from matchmaker.models import Match, Meeting
from matchmaker.queries.talks import Talk

RUNNING: Final = frozenset({MeetingState.PROPOSED, MeetingState.ACCEPTED})


def meetings(session: Session, talk: Talk) -> Sequence[Meeting]:
    """Return the meetings of a case, the newest first."""
    return session.scalars(
        select(Meeting)
        .where(Meeting.match_id == talk.match.id)
        .order_by(Meeting.id.desc())
        .options(selectinload(Meeting.times), selectinload(Meeting.acceptances))
    ).all()


def get_meeting(session: Session, talk: Talk, reference: str) -> Meeting:
    """Return a meeting of a case by its reference. Raises DomainError NOT_FOUND."""
    meeting = session.scalar(
        select(Meeting).where(
            Meeting.reference == parse_reference(reference), Meeting.match_id == talk.match.id
        )
    )
    if meeting is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return meeting


def running_meetings(session: Session, match: Match) -> Sequence[Meeting]:
    """Return the meetings of a case that were neither declined nor cancelled."""
    return session.scalars(
        select(Meeting)
        .where(Meeting.match_id == match.id, Meeting.state.in_(RUNNING))
        .order_by(Meeting.id)
    ).all()


def meeting_by_reference(session: Session, reference: str) -> Meeting | None:
    """Return a meeting for a mail about it; there is no actor."""
    return session.scalar(select(Meeting).where(Meeting.reference == reference))


def agreed_sides(meeting: Meeting) -> frozenset[Side]:
    """Return the sides that take the chosen time. Who proposes takes each of its own times."""
    own = {meeting.side} if meeting.side is not None else set()
    return frozenset(own | {each.side for each in meeting.acceptances})


def is_waiting(meeting: Meeting, side: Side) -> bool:
    """Tell whether an answer of this side is wanted."""
    return meeting.state is MeetingState.PROPOSED and side not in agreed_sides(meeting)


def zones(match: Match) -> dict[Side, str]:
    """Return the time zone of each side: its centre's."""
    return {side: match.centre(side).time_zone for side in Side}
