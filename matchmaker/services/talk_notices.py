"""Telling those who take part in the talks of a case what happened there. One place tells."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.vocabulary import Side
from matchmaker.models import Appointment, CaseMessage, Match, User
from matchmaker.services.notifications import notify
from matchmaker.services.outreach import members


def participants(session: Session, match: Match) -> dict[User, Side]:
    """Return who is told of what happens in a case, each with the side that they stand on.

    The people of both organisations; of each centre whoever works on the match or wrote in the
    thread, and for an organisation without an account everybody: they speak for it.
    """
    found: dict[User, Side] = {}
    for side in Side:
        people = members(session, match.listing(side).organisation)
        for person in people or _staff(session, match.centre_id(side)):
            found.setdefault(person, side)
    for side in Side:
        assignee = match.assignee(side)
        if assignee is not None and assignee.active:
            found.setdefault(assignee, side)
    for person in _writers(session, match):
        found.setdefault(person, _side_of_staff(match, person))
    return found


def _staff(session: Session, centre_id: int) -> list[User]:
    return list(
        session.scalars(
            select(User)
            .join(Appointment)
            .where(Appointment.centre_id == centre_id, User.active, User.confirmed_at.is_not(None))
            .order_by(User.id)
        )
    )


def _writers(session: Session, match: Match) -> list[User]:
    """Staff who wrote in the thread and still work for a centre."""
    wrote = select(CaseMessage.author_id).where(
        CaseMessage.match_id == match.id, CaseMessage.side.is_(None)
    )
    return list(
        session.scalars(
            select(User)
            .where(User.id.in_(wrote), User.active, User.appointments.any())
            .order_by(User.id)
        )
    )


def _side_of_staff(match: Match, person: User) -> Side:
    centres = {appointment.centre_id for appointment in person.appointments}
    return next((side for side in Side if match.centre_id(side) in centres), Side.OFFER)


def tell(
    session: Session,
    match: Match,
    person: User,
    side: Side,
    *,
    code: str,
    event: str,
    now: datetime,
    **data: object,
) -> None:
    """Tell one person once of an event in the talks of a match.

    `code` names the mail, `event` what happened (it makes the mail unique), `data` what the mail
    needs besides. Nothing confidential is in it: the mail leads to the page.
    """
    notify(
        session, [person], code, key=f"{code}:{match.reference}:{event}", now=now,
        reference=match.reference, match_id=match.id, side=side.value,
        time_zone=person.time_zone, **data,
    )  # fmt: skip


def tell_all(
    session: Session,
    match: Match,
    *,
    code: str,
    event: str,
    now: datetime,
    but: int | None = None,
    **data: object,
) -> None:
    """Tell everybody who takes part in the talks, except the person with the id `but`."""
    for person, side in participants(session, match).items():
        if person.id != but:
            tell(session, match, person, side, code=code, event=event, now=now, **data)
