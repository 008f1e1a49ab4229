"""What staff are told of matches: new ones to review, decisions, answers, and each other's work."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import Answer, FollowUpAnswer, Side, Verdict
from matchmaker.models import Centre, Match, User
from matchmaker.queries.actors import load_actor
from matchmaker.queries.centres import staff_for
from matchmaker.services.match_sides import is_involved
from matchmaker.services.notifications import notify, notify_unless_told


def tell_centres(
    session: Session,
    actor: Actor,
    match: Match,
    centre_ids: Collection[int],
    *,
    code: str,
    now: datetime,
    person: User | None = None,
    key: str = "",
    **data: object,
) -> None:
    """Tell those who decide for centres, or one `person` of them; not whoever does it, nor people
    of the two organisations. `key` names the event, else it is this moment."""
    people = {u.id: u for centre_id in centre_ids for u in staff_for(session, centre_id, now=now)}
    chosen = [person] if person is not None and person.id in people else list(people.values())
    others = [user for user in chosen if user.id != actor.user_id]
    told = [u for u in others if not is_involved(load_actor(session, u.id, now=now), match)]
    notify(
        session, told, code, now=now,
        key=f"{code}:{match.reference}:{data['side']}:{key or now.isoformat()}",
        reference=match.reference, match_id=match.id, **data,
    )  # fmt: skip


def tell_decided(
    session: Session, actor: Actor, match: Match, side: Side, verdict: Verdict, *, now: datetime
) -> None:
    """Tell the other side's centre what the centre of one side decided."""
    other = side.other
    if match.centre_id(other) == match.centre_id(side):
        return
    tell_centres(
        session, actor, match, {match.centre_id(other)}, code="match_decided", now=now,
        person=match.assignee(other), side=other.value, verdict=verdict.value,
        centre=match.centre(side).code,
    )  # fmt: skip


def tell_answered(
    session: Session, actor: Actor, match: Match, side: Side, answer: Answer, *, now: datetime
) -> None:
    """Tell whoever works on a match, else its centres, what a party answered."""
    tell_both_centres(
        session, actor, match, "match_answered", side=side, answer=answer.value, now=now
    )


def tell_reported(
    session: Session,
    actor: Actor,
    match: Match,
    side: Side,
    answer: FollowUpAnswer,
    *,
    now: datetime,
) -> None:
    """Tell whoever works on a match, else its centres, that a party reports a signed agreement, or
    that its talks have ended: staff record either."""
    tell_both_centres(
        session, actor, match, "match_reported", side=side, answer=answer.value, now=now
    )


def tell_both_centres(
    session: Session,
    actor: Actor,
    match: Match,
    code: str,
    *,
    side: Side = Side.OFFER,
    now: datetime,
    **data: str,
) -> None:
    """Tell whoever works on each side of a match, else the staff of that side's centre, each person
    once. `side` is the one that it is about."""
    for each in (side, side.other):
        tell_centres(
            session, actor, match, {match.centre_id(each)}, code=code, now=now,
            person=match.assignee(each), side=side.value, **data,
        )  # fmt: skip


def tell_to_review(
    session: Session, actor: Actor, matches: Iterable[Match], *, now: datetime
) -> None:
    """Tell the centres of new matches that some wait for them: not of each one by itself."""
    first: dict[int, Match] = {}
    for match in matches:
        for side in Side:
            first.setdefault(match.centre_id(side), match)
    for centre_id, match in first.items():
        centre = session.get_one(Centre, centre_id)
        notify_unless_told(
            session,
            [u for u in staff_for(session, centre_id, now=now) if u.id != actor.user_id],
            "review_waiting",
            key=f"review_waiting:{centre.code}:{match.reference}:{now.isoformat()}",
            now=now,
            subject=centre.code,
            centre=centre.code,
        )
