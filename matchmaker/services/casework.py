"""How the centres of a match share the work: assign, set a due date, hand over, remind, note."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.clock import local_date
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.match_states import CASE_STATES, RUNNING
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import MatchState, Side, TaskKind
from matchmaker.models import AuditEntry, Centre, Match, MatchComment, User
from matchmaker.queries.actors import load_actor
from matchmaker.queries.match_waits import centre_waits
from matchmaker.queries.silence import silences_of
from matchmaker.services import audit, match_states
from matchmaker.services.audit import AuditAction
from matchmaker.services.match_notices import tell_centres
from matchmaker.services.match_sides import (
    check_side,
    check_staff,
    deciding_centre,
    staff_sides,
)
from matchmaker.services.outreach import tell_organisation

REMINDABLE: Final = (CASE_STATES | {MatchState.OFFERED}) & RUNNING
"""States in which a party can be asked to answer or to say how the talks go."""


def assign(
    session: Session,
    actor: Actor,
    match: Match,
    side: Side,
    assignee: User | None,
    *,
    now: datetime,
) -> Match:
    """Give one side of a match to somebody who decides for it; None gives it to nobody.

    Raises DomainError: NOT_ALLOWED, DECISION_OTHER_SIDE, DECISION_OWN_ORGANISATION (of either
    person).
    """
    check_side(actor, match, side)
    if assignee is not None:
        check_side(load_actor(session, assignee.id, now=now), match, side)
    _give(match, side, assignee)
    audit.record(
        session, actor, AuditAction.MATCH_ASSIGNED, match, now=now,
        side=side, assignee=assignee.id if assignee else None,
    )  # fmt: skip
    return match


def _give(match: Match, side: Side, assignee: User | None) -> None:
    if side is Side.OFFER:
        match.offer_assignee = assignee
    else:
        match.need_assignee = assignee


def set_due(
    session: Session, actor: Actor, match: Match, side: Side, due_on: date | None, *, now: datetime
) -> Match:
    """Say by when the centre of one side wants to have done its part; None takes the date away.

    The day ends at midnight of that centre. Raises DomainError: NOT_ALLOWED, DECISION_OTHER_SIDE,
    DECISION_OWN_ORGANISATION, DATE_PAST.
    """
    check_side(actor, match, side)
    if due_on is not None and due_on < local_date(now, match.centre(side).time_zone):
        raise DomainError(ErrorCode.DATE_PAST, field="due_on")
    if side is Side.OFFER:
        match.offer_due_on = due_on
    else:
        match.need_due_on = due_on
    audit.record(
        session, actor, AuditAction.MATCH_DUE_SET, match, now=now,
        side=side, due_on=due_on.isoformat() if due_on else None,
    )  # fmt: skip
    return match


def comment(
    session: Session, actor: Actor, match: Match, *, note: str, now: datetime
) -> MatchComment:
    """Write a note that the staff of both centres read.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, TEXT_EMPTY.
    """
    check_staff(actor, match)
    if not note.strip():
        raise DomainError(ErrorCode.TEXT_EMPTY, field="note")
    if actor.user_id is None:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    return write_note(session, actor, match, note, now)


def write_note(
    session: Session, actor: Actor, match: Match, note: str, now: datetime
) -> MatchComment:
    """Keep what staff wrote with a step; an empty note, or one by the system, leaves nothing."""
    sides = staff_sides(actor, match)
    own = next((s for s in sides if match.centre_id(s) in actor.centre_ids), sides[0])
    written = MatchComment(
        by_id=actor.user_id,
        centre_id=deciding_centre(session, actor, match.centre_id(own), now=now),
        at=now,
        note=note.strip(),
    )
    if actor.user_id is not None and written.note:
        match.comments.append(written)
        audit.record(session, actor, AuditAction.MATCH_NOTED, match, now=now)
    return written


def hand_over(
    session: Session,
    actor: Actor,
    match: Match,
    side: Side,
    centre: Centre,
    *,
    note: str,
    now: datetime,
) -> Match:
    """Make another centre of the network responsible for one side of a running match.

    What was decided stays; the assignee and the due date of the side go. The staff of the new
    centre and of the other side's are told by mail, the reason stands among the comments. Raises
    DomainError: NOT_ALLOWED, DECISION_OTHER_SIDE, DECISION_OWN_ORGANISATION, NOTE_MISSING,
    CENTRE_UNSUITABLE, MATCH_STEP_NOT_ALLOWED (the match ended).
    """
    check_side(actor, match, side)
    if match.state not in RUNNING:
        raise DomainError(
            ErrorCode.MATCH_STEP_NOT_ALLOWED, state=match.state, target=MatchState.UNDER_REVIEW
        )
    if not note.strip():
        raise DomainError(ErrorCode.NOTE_MISSING, field="note")
    before = match.centre(side)
    if not centre.active or centre.id == before.id:
        raise DomainError(ErrorCode.CENTRE_UNSUITABLE, field="centre")
    write_note(session, actor, match, note, now)
    if side is Side.OFFER:
        match.offer_centre, match.offer_due_on = centre, None
    else:
        match.need_centre, match.need_due_on = centre, None
    _give(match, side, None)
    audit.record(
        session, actor, AuditAction.MATCH_HANDED_OVER, match, now=now,
        side=side, **{"from": before.id, "to": centre.id},
    )  # fmt: skip
    tell_centres(
        session, actor, match, {centre.id, match.centre_id(side.other)}, code="match_handed_over",
        now=now, side=side.value, centre=before.code, to=centre.code,
    )  # fmt: skip
    return match


def remind_centre(
    session: Session, actor: Actor, match: Match, side: Side, *, now: datetime
) -> Match:
    """Remind the centre of one side, by mail, that the match waits for it: its assignee, or all of
    its staff where there is none. At most once on a day of that centre.

    Raises DomainError: NOT_ALLOWED (also for one's own side), DECISION_OWN_ORGANISATION,
    NOTHING_WAITS, REMINDED_TODAY.
    """
    if side in check_staff(actor, match):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    if not centre_waits(match, side):
        raise DomainError(ErrorCode.NOTHING_WAITS)
    own = next(iter(staff_sides(actor, match)))
    today = _note_reminder(session, actor, match, side, who="centre", now=now)
    tell_centres(
        session, actor, match, {match.centre_id(side)}, code="match_centre_reminder", now=now,
        person=match.assignee(side), key=today, side=side.value, centre=match.centre(own).code,
        state=match.state.value,
    )  # fmt: skip
    return match


def remind_party(
    session: Session, actor: Actor, match: Match, side: Side, *, now: datetime
) -> Match:
    """Remind the party of one side to answer, or to say how the talks go: its people by mail, one
    without an account by a task. At most once on a day of its centre.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, NOTHING_WAITS, REMINDED_TODAY.
    """
    own = check_staff(actor, match)[0]
    if match.state not in REMINDABLE or (
        match.state is MatchState.OFFERED and match.answer(side) is not None
    ):
        raise DomainError(ErrorCode.NOTHING_WAITS)
    today = _note_reminder(session, actor, match, side, who="party", now=now)
    listing = match.listing(side)
    tell_organisation(
        session, actor, listing.organisation,
        code="match_party_reminder", task=TaskKind.QUESTION,
        dedupe_key=f"match_party_reminder:{match.reference}:{side}:{today}",
        now=now, listing=listing, match=match, reference=match.reference, match_id=match.id,
        side=side.value, centre=match.centre(own).code, state=match.state.value,
    )  # fmt: skip
    return match


def remind_silent(
    session: Session, actor: Actor, match: Match, side: Side, *, now: datetime
) -> Match:
    """Remind, once for each silence, a party that has given no sign for 14 days or more.

    Raises DomainError: those of `remind_party`, NOTHING_WAITS (it is not silent), REMINDED_ONCE.
    """
    check_staff(actor, match)
    silence = silences_of(session, [match.id], now=now).get(match.id, {}).get(side)
    if silence is None:
        raise DomainError(ErrorCode.NOTHING_WAITS)
    if silence.reminded_at is not None:
        raise DomainError(ErrorCode.REMINDED_ONCE)
    return remind_party(session, actor, match, side, now=now)


def _note_reminder(
    session: Session, actor: Actor, match: Match, side: Side, *, who: str, now: datetime
) -> str:
    """Write down that somebody is reminded, and return the day; refuse a second time on one day."""
    zone = match.centre(side).time_zone
    today = local_date(now, zone)
    for entry in session.scalars(
        select(AuditEntry).where(
            AuditEntry.subject_type == "match",
            AuditEntry.subject_id == match.id,
            AuditEntry.action == AuditAction.MATCH_REMINDED,
        )
    ):
        reminded = (entry.data.get("side"), entry.data.get("who"))
        if reminded == (side, who) and local_date(entry.at, zone) == today:
            raise DomainError(ErrorCode.REMINDED_TODAY)
    match_states.touch(match)
    audit.record(session, actor, AuditAction.MATCH_REMINDED, match, now=now, side=side, who=who)
    return today.isoformat()
