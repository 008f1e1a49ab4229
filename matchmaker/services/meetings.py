"""Meetings: proposing times, taking one, declining, proposing others, cancelling."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.listing_content import clean_text
from matchmaker.domain.match_states import By
from matchmaker.domain.meeting_times import checked_times, zone_of
from matchmaker.domain.permissions import Actor
from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import MeetingState, Side
from matchmaker.models import Match, Meeting, MeetingAcceptance, MeetingTime
from matchmaker.queries.meetings import RUNNING, agreed_sides, running_meetings
from matchmaker.queries.talks import Talk
from matchmaker.services import audit, talk_notices
from matchmaker.services.case_messages import open_talk
from matchmaker.services.outreach import members

MAX_TITLE: Final = 200
MAX_PLACE: Final = 500
MAX_NOTE: Final = 1000
MINUTES: Final = (15, 30, 45, 60, 90, 120, 180, 240)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is proposed. `times` are instants; `interpret` the two languages, None without one."""

    title: str
    times: Sequence[datetime]
    minutes: int
    time_zone: str
    place: str = ""
    interpret: tuple[str, str] | None = None


def propose_meeting(
    session: Session, actor: Actor, match: Match, plan: Plan, *, now: datetime
) -> Meeting:
    """Propose a meeting with up to three times.

    Raises DomainError: those of `open_talk`, TEXT_EMPTY, TEXT_TOO_LONG, UNKNOWN_CODE,
    LANGUAGES_SAME, TIME_ZONE_UNKNOWN, and those of `checked_times`.
    """
    talk = open_talk(session, actor, match)
    meeting = Meeting(
        reference=new_reference(Prefix.MEETING), match=match, sequence=0, created_at=now
    )
    _apply(meeting, talk, plan, actor, now)
    session.add(meeting)
    session.flush()
    _record(session, actor, meeting, audit.AuditAction.MEETING_PROPOSED, now, side=talk.side)
    _tell(session, actor, meeting, "match_meeting_proposed", now)
    return meeting


def propose_again(
    session: Session, actor: Actor, meeting: Meeting, plan: Plan, *, seen: int, now: datetime
) -> Meeting:
    """Propose other times, or another place, for a meeting that was neither declined nor cancelled.
    Whoever accepted before is asked again; a time that was agreed goes out of all calendars.

    `seen` is the version of the meeting that the person saw. Raises DomainError: those of
    `propose_meeting`, MEETING_CHANGED.
    """
    talk = _open(session, actor, meeting, seen, RUNNING)
    meeting.sequence += 1 if meeting.state is MeetingState.ACCEPTED else 0
    meeting.acceptances.clear()
    meeting.times.clear()
    session.flush()
    _apply(meeting, talk, plan, actor, now)
    _record(session, actor, meeting, audit.AuditAction.MEETING_PROPOSED, now, side=talk.side)
    _tell(session, actor, meeting, "match_meeting_proposed", now)
    return meeting


def _apply(meeting: Meeting, talk: Talk, plan: Plan, actor: Actor, now: datetime) -> None:
    title = " ".join(clean_text(plan.title).split())
    place = clean_text(plan.place)
    if not title:
        raise DomainError(ErrorCode.TEXT_EMPTY, field="title")
    for name, text, limit in (("title", title, MAX_TITLE), ("place", place, MAX_PLACE)):
        _check_length(name, text, limit)
    if plan.minutes not in MINUTES:
        raise DomainError(ErrorCode.UNKNOWN_CODE, field="minutes", value=plan.minutes)
    zone_of(plan.time_zone)
    _check_languages(plan.interpret)
    meeting.times = [MeetingTime(starts_at=each) for each in checked_times(plan.times, now=now)]
    meeting.title, meeting.place = title, place
    meeting.minutes, meeting.time_zone = plan.minutes, plan.time_zone
    meeting.interpreter = plan.interpret is not None
    meeting.interpret_from, meeting.interpret_to = plan.interpret or (None, None)
    meeting.state, meeting.starts_at = MeetingState.PROPOSED, None
    meeting.proposed_by_id, meeting.side = actor.user_id or 0, talk.side
    meeting.changed_at = now
    flag_modified(meeting, "changed_at")  # other times alone raise the version too


def _check_length(name: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise DomainError(ErrorCode.TEXT_TOO_LONG, field=name, limit=limit, length=len(text))


def _check_languages(interpret: tuple[str, str] | None) -> None:
    if interpret is None:
        return
    for name, language in zip(("interpret_from", "interpret_to"), interpret, strict=True):
        if language not in TEXT_LANGUAGES:
            raise DomainError(ErrorCode.UNKNOWN_CODE, field=name, value=language)
    if interpret[0] == interpret[1]:
        raise DomainError(ErrorCode.LANGUAGES_SAME, field="interpret_to")


def accept_time(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    starts_at: datetime,
    *,
    seen: int,
    now: datetime,
) -> Meeting:
    """Take one of the proposed times for the actor's side; with both sides the meeting is agreed.

    Where staff propose, the side that answers first chooses. `seen` is the version of the meeting
    that the person saw. Raises DomainError: those of `open_talk`, NOT_ALLOWED, MEETING_CHANGED
    (somebody was quicker, or that time is not proposed), TIME_PAST.
    """
    talk = _open(session, actor, meeting, seen, {MeetingState.PROPOSED})
    side = answering_side(session, talk, meeting)
    if side is None:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    chosen = {meeting.starts_at} if meeting.starts_at else {e.starts_at for e in meeting.times}
    if starts_at not in chosen:
        raise DomainError(ErrorCode.MEETING_CHANGED)
    if starts_at <= now:
        raise DomainError(ErrorCode.TIME_PAST)
    meeting.starts_at, meeting.changed_at = starts_at, now
    meeting.acceptances.append(MeetingAcceptance(side=side, by_id=actor.user_id, at=now))
    _record(session, actor, meeting, audit.AuditAction.MEETING_TIME_ACCEPTED, now, side=side)
    if agreed_sides(meeting) == frozenset(Side):
        meeting.state = MeetingState.ACCEPTED
        meeting.sequence += 1 if meeting.invited_for is not None else 0
        meeting.invited_for = starts_at
        _record(
            session, actor, meeting, audit.AuditAction.MEETING_AGREED, now,
            starts_at=starts_at.isoformat(),
        )  # fmt: skip
        _tell(session, actor, meeting, "match_meeting_accepted", now)
    return meeting


def decline_meeting(
    session: Session, actor: Actor, meeting: Meeting, *, note: str = "", seen: int, now: datetime
) -> Meeting:
    """Say no to a proposal; the note tells why.

    Raises DomainError: those of `open_talk`, NOT_ALLOWED, MEETING_CHANGED, TEXT_TOO_LONG.
    """
    talk = _open(session, actor, meeting, seen, {MeetingState.PROPOSED})
    side = answering_side(session, talk, meeting)
    if side is None:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    _close(meeting, actor, side, note, now)
    meeting.state = MeetingState.DECLINED
    _record(session, actor, meeting, audit.AuditAction.MEETING_DECLINED, now, side=side)
    _tell(session, actor, meeting, "match_meeting_declined", now)
    return meeting


def cancel_meeting(
    session: Session, actor: Actor, meeting: Meeting, *, note: str = "", seen: int, now: datetime
) -> Meeting:
    """Call off a meeting: an agreed one either side or staff, a proposal only its own side.

    Raises DomainError: those of `open_talk`, NOT_ALLOWED, MEETING_CHANGED, TEXT_TOO_LONG.
    """
    talk = _open(session, actor, meeting, seen, RUNNING)
    if not may_cancel(talk, meeting):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    _close(meeting, actor, talk.side, note, now)
    meeting.state = MeetingState.CANCELLED
    _record(session, actor, meeting, audit.AuditAction.MEETING_CANCELLED, now, side=talk.side)
    _tell(session, actor, meeting, "match_meeting_cancelled", now)
    return meeting


def call_off(
    session: Session, actor: Actor, match: Match, side: Side | None, *, now: datetime
) -> None:
    """Cancel the meetings of a case that just ended, except those whose time is over; `side` is the
    party that ended it. Only what stands in calendars is told: of the ending itself everybody is.
    """
    for meeting in running_meetings(session, match):
        if is_over(meeting, now):
            continue
        _close(meeting, actor, side, "", now)
        meeting.state = MeetingState.CANCELLED
        _record(session, actor, meeting, audit.AuditAction.MEETING_CANCELLED, now, side=side)
        if meeting.invited_for is not None:
            _tell(session, actor, meeting, "match_meeting_cancelled", now)


def is_over(meeting: Meeting, now: datetime) -> bool:
    """Tell whether a meeting was agreed on and its time is over: nobody calls that off any more."""
    if meeting.state is not MeetingState.ACCEPTED or meeting.starts_at is None:
        return False
    return meeting.starts_at + timedelta(minutes=meeting.minutes) <= now


def answering_side(session: Session, talk: Talk, meeting: Meeting) -> Side | None:
    """Return the side for which somebody may take or decline a time, None where there is none.

    A party answers for itself; staff of its centre for one whose organisation has no account.
    """
    for side in talk.sides:
        speaks = talk.by is By.PARTY or not members(session, talk.match.listing(side).organisation)
        if speaks and side not in agreed_sides(meeting):
            return side
    return None


def may_cancel(talk: Talk, meeting: Meeting) -> bool:
    """Tell whether somebody who takes part may call a meeting off."""
    if meeting.state is MeetingState.ACCEPTED or talk.by is By.STAFF:
        return meeting.state in RUNNING
    return meeting.state is MeetingState.PROPOSED and meeting.side is talk.side


def _open(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    seen: int,
    states: frozenset[MeetingState] | set[MeetingState],
) -> Talk:
    """Lock the match, read the meeting anew, and check that it is as the person saw it."""
    talk = open_talk(session, actor, meeting.match)
    session.refresh(meeting)
    if meeting.lock_version != seen or meeting.state not in states:
        raise DomainError(ErrorCode.MEETING_CHANGED)
    return talk


def _close(meeting: Meeting, actor: Actor, side: Side | None, note: str, now: datetime) -> None:
    text = clean_text(note)
    _check_length("note", text, MAX_NOTE)
    meeting.note, meeting.changed_at = text, now
    meeting.closed_by_id, meeting.closed_side = actor.user_id, side
    if meeting.invited_for is not None:
        meeting.sequence += 1


def _record(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    action: audit.AuditAction,
    now: datetime,
    **data: object,
) -> None:
    audit.record(session, actor, action, meeting.match, now=now, meeting=meeting.reference, **data)


def _tell(session: Session, actor: Actor, meeting: Meeting, code: str, now: datetime) -> None:
    """What changes calendars is for everybody, also for who pressed it."""
    session.flush()
    everybody = code in {"match_meeting_accepted", "match_meeting_cancelled"} or (
        meeting.invited_for is not None
    )
    talk_notices.tell_all(
        session, meeting.match, code=code, now=now,
        event=f"{meeting.reference}:{meeting.lock_version}",
        but=None if everybody else actor.user_id, meeting=meeting.reference,
    )  # fmt: skip
