"""The history of the demonstration: cases of the last months, played through the services' verbs.

A file gives each case its offer, its need and dated steps. All steps are taken in the order of
their days, with `now` in the past and the clock's own work in between, so that every rule holds and
the audit trail tells the story. It is played once, and leaves no mail.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from matchmaker.domain.permissions import SYSTEM, Actor
from matchmaker.domain.vocabulary import AppointmentRole, ListingState, MatchState, Side, TaskState
from matchmaker.models import (
    Appointment,
    Centre,
    Listing,
    Match,
    Notification,
    OutgoingMail,
    OutreachTask,
    SiteSetting,
    User,
)
from matchmaker.queries.actors import load_actor
from matchmaker.services import deadlines, follow_ups, listings
from matchmaker.services.history_steps import STEPS, Scene
from matchmaker.services.outreach import finish_task, members
from matchmaker.services.seeding import new_user, organisation_keys

Row = Mapping[str, Any]

PUBLISHED_BEFORE: Final = 20
"""Days from the publication of a listing to its first case."""
_LOADED: Final = "history"
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_CLOCK_EVERY: Final = 3
"""Days between two rounds of what time brings."""
_RENEW_BEFORE: Final = timedelta(days=10)
_CALLED_AFTER: Final = timedelta(days=3)
_STILL_OPEN: Final = timedelta(days=10)
"""Tasks for staff that are younger are left for the demonstration's people to do."""
_UNREAD: Final = timedelta(days=7)


def load_staff(session: Session, rows: Iterable[Row], *, password: str, now: datetime) -> int:
    """Write the accounts of the centres' staff that are missing; `password` is a hash."""
    new = 0
    for row in rows:
        if session.scalar(select(User.id).where(User.email == row["email"])) is not None:
            continue
        person = new_user(
            session, email=row["email"], name=row["name"], locale=row["locale"],
            password=password, now=now,
        )  # fmt: skip
        person.time_zone = row["time_zone"]
        centre = session.scalars(select(Centre).where(Centre.code == row["centre"])).one()
        session.add(Appointment(user=person, centre=centre, role=AppointmentRole(row["role"])))
        new += 1
    session.flush()
    return new


def first_days(cases: Iterable[Row]) -> dict[str, int]:
    """Return how many days ago each listing has to be public, by its own number."""
    days: dict[str, int] = {}
    for case in cases:
        ago = max(step["ago"] for step in case["steps"]) + PUBLISHED_BEFORE
        for key in (case["offer"], case["need"]):
            days[key] = max(ago, days.get(key, 0))
    return days


def load_history(session: Session, cases: Sequence[Row], *, folder: Path, now: datetime) -> int:
    """Play the cases, unless that was done before; return how many.

    `folder` is the upload folder. A pair that people of the demonstration work on already is left
    to them. The listings and accounts are there. Raises DomainError where a rule forbids a step.
    """
    if session.get(SiteSetting, _LOADED) is not None:
        return 0
    session.add(SiteSetting(key=_LOADED, value={}))
    last_mail = session.scalar(select(func.max(OutgoingMail.id))) or 0
    last_note = session.scalar(select(func.max(Notification.id))) or 0
    play = _Play(session, folder, now, _listings(session))
    taken = [case for case in cases if play.is_free(case)]
    steps = sorted(
        (
            (play.at(step), place, step)
            for place, case in enumerate(taken)
            for step in case["steps"]
        ),
        key=lambda each: each[:2],
    )
    for at, place, step in steps:
        play.clock(at)
        play.take(taken[place], step, at)
    play.clock(now)
    session.flush()
    session.execute(delete(OutgoingMail).where(OutgoingMail.id > last_mail))
    old = (Notification.id > last_note, Notification.at < now - _UNREAD)
    session.execute(update(Notification).where(*old).values(read_at=Notification.at))
    return len(taken)


def _listings(session: Session) -> dict[str, Listing]:
    """Return the demonstration's listings by their own numbers."""
    owned = Listing.organisation_id.in_(organisation_keys(session).values())
    return {row.own_number or "": row for row in session.scalars(select(Listing).where(owned))}


@dataclass(slots=True)
class _Play:
    """What is known while the history is played."""

    session: Session
    folder: Path
    now: datetime
    listings: Mapping[str, Listing]
    matches: dict[str, Match] = field(default_factory=dict)
    actors: dict[int, Actor] = field(default_factory=dict)
    day: datetime | None = None

    def is_free(self, case: Row) -> bool:
        """Tell whether both listings are public and nobody has worked on the pair.

        A listing must not expire, and lapse all its suggestions, once the engine made some.
        """
        offer, need = self.listings.get(case["offer"]), self.listings.get(case["need"])
        if offer is None or need is None:
            return False
        if {offer.state, need.state} != {ListingState.PUBLISHED}:
            return False
        if any(step["do"] == "expire" for step in case["steps"]):
            known = select(Match.id).where(or_(Match.offer == offer, Match.need == need))
            return self.session.scalar(known.limit(1)) is None
        state = self.session.scalar(
            select(Match.state).where(Match.offer_id == offer.id, Match.need_id == need.id)
        )
        return state in (None, MatchState.SUGGESTED)

    def at(self, step: Row) -> datetime:
        """Return the instant of a step: so many days before today, at a time in the network."""
        day = self.now.astimezone(_ZONE).date() - timedelta(days=step["ago"])
        return datetime.combine(day, time.fromisoformat(step["at"]), _ZONE).astimezone(UTC)

    def clock(self, at: datetime) -> None:
        """Let time pass until `at`."""
        if self.day is None:
            self.day = at
        while self.day + timedelta(days=_CLOCK_EVERY) <= at:
            self.day += timedelta(days=_CLOCK_EVERY)
            self._round(self.day)

    def _round(self, day: datetime) -> None:
        self.session.flush()
        for listing in self.listings.values():
            last = listing.valid_until
            if last is not None and last <= (day + _RENEW_BEFORE).date():
                listings.renew(self.session, SYSTEM, listing, now=day)
        deadlines.remind_parties(self.session, now=day)
        deadlines.end_unanswered(self.session, now=day)
        follow_ups.ask_due(self.session, now=day)
        follow_ups.let_staff_call(self.session, now=day)
        if day < self.now - _STILL_OPEN:
            self._call(day)

    def _call(self, day: datetime) -> None:
        """Let staff do what they were asked to do some days ago for the cases of the history."""
        for task in self.session.scalars(
            select(OutreachTask).where(
                OutreachTask.state == TaskState.OPEN,
                OutreachTask.match_id.in_([match.id for match in self.matches.values()]),
                OutreachTask.created_at <= day - _CALLED_AFTER,
            )
        ).all():
            staff = self._staff(task.centre_id)[0]
            finish_task(self.session, self._actor(staff), task, note="", now=day)

    def take(self, case: Row, step: Row, at: datetime) -> None:
        """Take one step of a case."""
        offer, need = self.listings[case["offer"]], self.listings[case["need"]]
        key = f"{case['offer']} {case['need']}"
        side, *rest = str(step["by"]).split()
        known, listing = self.matches.get(key), offer if side == Side.OFFER else need
        scene = Scene(
            session=self.session, offer=offer, need=need, known=known,
            actor=self._who(listing, known, Side(side), rest), step=step,
            folder=self.folder, now=at, side=Side(side), instant=self.at,
        )  # fmt: skip
        self.matches[key] = STEPS[step["do"]](scene)
        self.session.flush()

    def _who(self, listing: Listing, match: Match | None, side: Side, words: list[str]) -> Actor:
        """Return who acts: "offer" and "need" alone are the parties' people, "offer centre" the
        first of the staff of that side's centre, "offer centre 2" the second."""
        if not words:
            return self._actor(members(self.session, listing.organisation)[0])
        centre_id = match.centre_id(side) if match is not None else listing.centre_id
        staff = self._staff(centre_id or listing.organisation.centre_id)
        return self._actor(staff[(int(words[1]) - 1 if len(words) > 1 else 0) % len(staff)])

    def _staff(self, centre_id: int) -> Sequence[User]:
        return self.session.scalars(
            select(User)
            .join(Appointment)
            .where(Appointment.centre_id == centre_id)
            .order_by(User.id)
        ).all()

    def _actor(self, person: User) -> Actor:
        if person.id not in self.actors:
            self.actors[person.id] = load_actor(self.session, person.id, now=self.now)
        return self.actors[person.id]
