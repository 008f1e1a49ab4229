"""The desk of a centre's staff: what waits for them and since when, how much, and how old it is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from matchmaker.domain.clock import local_date
from matchmaker.domain.match_states import RUNNING
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import MatchState, Side, Wait
from matchmaker.models import Appointment, AuditEntry, Centre, Match, User
from matchmaker.queries import match_waits
from matchmaker.queries.match_waits import assignee_column, centre_column, waits_of
from matchmaker.queries.matches import TITLES, Title, title_of

PAGE_SIZE: Final = 25
AGES: Final[Mapping[str, tuple[int, int | None]]] = {
    "0-7": (0, 7),
    "8-14": (8, 14),
    "15-30": (15, 30),
    "31": (31, None),
}
"""Whole days in the present state: from, to (None: no end)."""


@dataclass(frozen=True, slots=True)
class DeskFilter:
    """What of the running matches to show. Empty parts do not restrict."""

    wait: Wait | None = None
    everything: bool = False
    """Also what waits for nobody here: for the other centre, or for time."""
    person_id: int | None = None
    nobody: bool = False
    """Only sides that are assigned to nobody."""
    state: MatchState | None = None
    side: Side | None = None
    centre_id: int | None = None
    age: str = ""
    overdue: bool = False
    reminded: bool = False


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One match: what its sides of this centre wait for, and since when."""

    match: Match
    titles: Mapping[Side, Title]
    since: datetime
    waits: Mapping[Side, tuple[Wait, ...]]
    overdue: tuple[Side, ...]
    reminded_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeskPage:
    rows: Sequence[DeskRow]
    total: int


@dataclass(frozen=True, slots=True)
class Load:
    """What one person, or one centre, has on the desk."""

    by_state: Mapping[MatchState, int] = field(default_factory=dict)
    oldest: datetime | None = None
    overdue: int = 0

    @property
    def total(self) -> int:
        return sum(self.by_state.values())


class Desk:
    """The matches of the centres for which somebody decides, at one moment."""

    def __init__(self, session: Session, actor: Actor, *, now: datetime) -> None:
        self._session = session
        self._actor = actor
        self._now = now
        reviews = actor.may(Permission.MATCH_CENTRE_REVIEW)
        self.centre_ids: frozenset[int] = actor.acting_centre_ids if reviews else frozenset()
        mine = or_(*(centre_column(side).in_(self.centre_ids) for side in Side))
        self._uncleared = match_waits.uncleared_ids(session, mine, now)
        self._today = _today_of(session, self.centre_ids, now)

    def page(self, wanted: DeskFilter, *, number: int = 1, size: int = PAGE_SIZE) -> DeskPage:
        """Return a page (from 1) of what is wanted, what has waited longest first."""
        condition = self._condition(wanted)
        total = self._session.scalar(select(func.count()).where(condition)) or 0
        since = match_waits.since()
        rows = self._session.execute(
            select(Match, since, match_waits.last_news())
            .where(condition)
            .options(*TITLES, selectinload(Match.outcomes), selectinload(Match.follow_ups))
            .order_by(since, Match.id)
            .offset((number - 1) * size)
            .limit(size)
        ).all()
        return DeskPage([self._row(match, at, news_at) for match, at, news_at in rows], total)

    def _row(self, match: Match, since: datetime, news_at: datetime) -> DeskRow:
        own = [side for side in Side if match.centre_id(side) in self.centre_ids]
        return DeskRow(
            match=match,
            titles={
                Side.OFFER: title_of(match.offer_revision, self._actor.locale),
                Side.NEED: title_of(match.need_revision, self._actor.locale),
            },
            since=since,
            waits={side: waits_of(match, side, news_at=news_at, now=self._now) for side in own},
            overdue=tuple(side for side in own if self._is_overdue(match, side)),
            reminded_at=self._reminded_at(match, own),
        )

    def _is_overdue(self, match: Match, side: Side) -> bool:
        due = match.due_on(side)
        return due is not None and due < self._today[match.centre_id(side)]

    def _reminded_at(self, match: Match, sides: Iterable[Side]) -> datetime | None:
        statement = select(func.max(AuditEntry.at)).where(
            AuditEntry.subject_id == match.id,
            AuditEntry.at >= match.state_changed_at,
            or_(*(_reminder(side) for side in sides)),
        )
        return self._session.scalar(statement)

    def counts(self) -> tuple[Mapping[Wait, int], Mapping[Wait, int]]:
        """Return how many matches wait for each thing: of the centres, and of the actor alone."""
        mine = DeskFilter(person_id=self._actor.user_id)
        names = [(scope, wait) for scope in (DeskFilter(), mine) for wait in Wait]
        sums = [
            func.sum(cast(case((self._waits(scope, wait), 1), else_=0), Integer))
            for scope, wait in names
        ]
        values = self._session.execute(
            select(*sums).select_from(Match).where(self._in_reach())
        ).one()
        found = [int(value or 0) for value in values]
        kinds = len(Wait)
        return (
            dict(zip(Wait, found[:kinds], strict=True)),
            dict(zip(Wait, found[kinds:], strict=True)),
        )

    def count(self, wanted: DeskFilter) -> int:
        """Return how many matches are wanted."""
        return self._session.scalar(select(func.count()).where(self._condition(wanted))) or 0

    def load(self, wanted: DeskFilter) -> Load:
        """Return how much is wanted by state, the oldest of it, and what is overdue."""
        rows = self._session.execute(
            select(Match.state, func.count(), func.min(Match.state_changed_at))
            .where(self._condition(wanted))
            .group_by(Match.state)
        ).all()
        late = DeskFilter(
            everything=True, overdue=True, person_id=wanted.person_id, nobody=wanted.nobody,
            centre_id=wanted.centre_id,
        )  # fmt: skip
        return Load(
            by_state={state: count for state, count, _oldest in rows},
            oldest=min((oldest for _state, _count, oldest in rows), default=None),
            overdue=self.count(late),
        )

    def ages(self, wanted: DeskFilter) -> Mapping[MatchState, Mapping[str, int]]:
        """Return how many of the wanted matches are in each state for how long, by the names of
        `AGES`."""
        names = list(AGES)
        sums = [func.sum(cast(case((self._aged(name), 1), else_=0), Integer)) for name in names]
        rows = self._session.execute(
            select(Match.state, *sums).where(self._condition(wanted)).group_by(Match.state)
        ).all()
        return {row[0]: dict(zip(names, map(int, row[1:]), strict=True)) for row in rows}

    def _in_reach(self) -> ColumnElement[bool]:
        mine = or_(*(centre_column(side).in_(self.centre_ids) for side in Side))
        return and_(Match.state.in_(RUNNING), mine)

    def _condition(self, wanted: DeskFilter) -> ColumnElement[bool]:
        parts: list[ColumnElement[bool]] = [Match.state.in_(RUNNING)]
        if wanted.state is not None:
            parts.append(Match.state == wanted.state)
        if wanted.age:
            parts.append(self._aged(wanted.age))
        waits = [wanted.wait] if wanted.wait else list(Wait)
        if wanted.everything and wanted.wait is None:
            parts.append(or_(*(self._on_side(wanted, side) for side in _sides(wanted))))
        else:
            parts.append(or_(*(self._waits(wanted, wait) for wait in waits)))
        return and_(*parts)

    def _waits(self, wanted: DeskFilter, wait: Wait) -> ColumnElement[bool]:
        return or_(
            *(
                and_(
                    self._on_side(wanted, side),
                    match_waits.waits_for(wait, side, self._uncleared[side], self._now),
                )
                for side in _sides(wanted)
            )
        )

    def _on_side(self, wanted: DeskFilter, side: Side) -> ColumnElement[bool]:
        """The matches whose `side` is one of those wanted."""
        centres = self.centre_ids
        if wanted.centre_id is not None:
            centres &= {wanted.centre_id}
        parts: list[ColumnElement[bool]] = [centre_column(side).in_(centres)]
        if wanted.nobody:
            parts.append(assignee_column(side).is_(None))
        elif wanted.person_id is not None:
            parts.append(assignee_column(side) == wanted.person_id)
        if wanted.overdue:
            parts.append(self._late(side))
        if wanted.reminded:
            parts.append(
                exists().where(
                    AuditEntry.subject_id == Match.id,
                    AuditEntry.at >= Match.state_changed_at,
                    _reminder(side),
                )
            )
        return and_(*parts)

    def _late(self, side: Side) -> ColumnElement[bool]:
        """Each centre's day ends at its own midnight."""
        due = Match.offer_due_on if side is Side.OFFER else Match.need_due_on
        by_day: dict[date, list[int]] = {}
        for centre_id, today in self._today.items():
            by_day.setdefault(today, []).append(centre_id)
        late = [and_(centre_column(side).in_(ids), due < day) for day, ids in by_day.items()]
        return or_(*late) if late else centre_column(side).in_(())

    def _aged(self, age: str) -> ColumnElement[bool]:
        first, last = AGES[age]
        begun = Match.state_changed_at
        parts: list[ColumnElement[bool]] = [begun <= self._now - timedelta(days=first)]
        if last is not None:
            parts.append(begun > self._now - timedelta(days=last + 1))
        return and_(*parts)


def _sides(wanted: DeskFilter) -> Sequence[Side]:
    return [wanted.side] if wanted.side else list(Side)


def _reminder(side: Side) -> ColumnElement[bool]:
    """The entries that say that the centre of one side was reminded."""
    data: Any = AuditEntry.data
    return and_(
        AuditEntry.subject_type == "match",
        AuditEntry.action == "match_reminded",
        data["who"].as_string() == "centre",
        data["side"].as_string() == side.value,
    )


def _today_of(session: Session, centre_ids: Collection[int], now: datetime) -> dict[int, date]:
    zones = session.execute(
        select(Centre.id, Centre.time_zone).where(Centre.id.in_(centre_ids))
    ).all()
    return {centre_id: local_date(now, zone) for centre_id, zone in zones}


def people_on(session: Session, centre_ids: Collection[int]) -> list[User]:
    """Return who works for one of the centres, or has something of theirs assigned, by name."""
    assigned = [
        select(assignee_column(side)).where(
            centre_column(side).in_(centre_ids),
            assignee_column(side).is_not(None),
            Match.state.in_(RUNNING),
        )
        for side in Side
    ]
    appointed = select(Appointment.user_id).where(Appointment.centre_id.in_(centre_ids))
    return list(
        session.scalars(
            select(User)
            .where(or_(User.id.in_(appointed), *(User.id.in_(ids) for ids in assigned)))
            .order_by(User.name, User.id)
        )
    )
