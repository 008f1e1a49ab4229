"""Telling those who take part in the talks of a case what happened there. One place tells."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.vocabulary import Side
from matchmaker.models import CaseMessage, Match, User
from matchmaker.queries.actors import load_actor
from matchmaker.queries.centres import staff_for
from matchmaker.queries.talks import talk_of
from matchmaker.services.notifications import notify
from matchmaker.services.outreach import members


def participants(session: Session, match: Match, *, now: datetime) -> dict[User, Side]:
    """Return who is told of what happens in a case, each with the side that they stand on.

    The people of both organisations; of each centre whoever works on the match or wrote in the
    thread, and for an organisation without an account everybody: they speak for it. Nobody who may
    not read the talks (any more): centres hand over, and people leave.
    """
    wanted: list[tuple[User, Side | None]] = []
    for side in Side:
        people = members(session, match.listing(side).organisation)
        wanted += [
            (each, side) for each in people or staff_for(session, match.centre_id(side), now=now)
        ]
    for side in Side:
        assignee = match.assignee(side)
        if assignee is not None and assignee.active:
            wanted.append((assignee, side))
    wanted += [(writer, None) for writer in _writers(session, match)]
    found: dict[User, Side] = {}
    for person, stands_on in wanted:
        talk = talk_of(load_actor(session, person.id, now=now), match)
        if talk is not None:
            own = stands_on if stands_on in talk.sides else None
            found.setdefault(person, own or talk.sides[0])
    return found


def _writers(session: Session, match: Match) -> list[User]:
    """Staff who wrote in the thread."""
    wrote = select(CaseMessage.author_id).where(
        CaseMessage.match_id == match.id, CaseMessage.side.is_(None)
    )
    return list(
        session.scalars(select(User).where(User.id.in_(wrote), User.active).order_by(User.id))
    )


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
    for person, side in participants(session, match, now=now).items():
        if person.id != but:
            tell(session, match, person, side, code=code, event=event, now=now, **data)
