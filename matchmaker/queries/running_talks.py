"""The talks that a centre's staff look after, in one list: who, where they stand, what is next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from matchmaker.domain.match_states import CASE_STATES
from matchmaker.domain.outcomes import FOLLOW_UP_DAYS
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import MatchState, MeetingState, Side
from matchmaker.models import CaseMessage, Centre, Listing, Match, Meeting, Organisation
from matchmaker.queries.case_tiers import organisation_name
from matchmaker.queries.follow_ups import ASKED_IN
from matchmaker.queries.match_waits import RUNNING_TALKS, assignee_column, centre_column
from matchmaker.queries.matches import TITLES, Title, title_of
from matchmaker.queries.silence import Silence, silences_of, silent_matches
from matchmaker.queries.talks import unread_counts

PAGE_SIZE: Final = 25
SILENT_DAYS: Final = (14, 30)
"""A party is reminded after 14 days; after 30 the talks may be ended."""

_PARTIES: Final = tuple(
    option
    for assignee, listing in (
        (Match.offer_assignee, Match.offer),
        (Match.need_assignee, Match.need),
    )
    for option in (
        joinedload(assignee),
        joinedload(listing).joinedload(Listing.organisation).selectinload(Organisation.texts),
    )
)


class TalkOrder(StrEnum):
    """What of the list comes first."""

    QUIET = auto()
    """What was written in longest ago, counted from the introduction where nobody wrote."""
    STATE = auto()
    """What has been in its state for longest."""
    MEETING = auto()
    """The next meeting."""
    NEW = auto()
    """The last introduction."""


@dataclass(frozen=True, slots=True)
class TalkFilter:
    """What of the talks to show. Empty parts do not restrict; without a state all that run."""

    state: MatchState | None = None
    side: Side | None = None
    """The side that a centre of the reader looks after."""
    centre_id: int | None = None
    """That centre."""
    partner_id: int | None = None
    """The centre of the other side."""
    person_id: int | None = None
    nobody: bool = False
    silent_days: int = 0
    order: TalkOrder = TalkOrder.QUIET


@dataclass(frozen=True, slots=True)
class LastMessage:
    """When somebody wrote last; `side` is the party, None for staff of a centre."""

    at: datetime
    side: Side | None


@dataclass(frozen=True, slots=True)
class TalkRow:
    """One case as its list shows it. No text of its thread is in it."""

    match: Match
    titles: Mapping[Side, Title]
    parties: Mapping[Side, str]
    last: LastMessage | None
    unread: int
    meeting: Meeting | None
    """The next one that both sides agreed on."""
    asked_next: datetime | None
    """When the parties are asked next how their talks go."""
    silent: Mapping[Side, Silence]

    def may_end(self, now: datetime) -> bool:
        """Tell whether a side has been silent for long enough to end the talks."""
        return any(silence.lasts(now) for silence in self.silent.values())


@dataclass(frozen=True, slots=True)
class TalkPage:
    rows: Sequence[TalkRow]
    total: int


def running_talks(
    session: Session,
    actor: Actor,
    wanted: TalkFilter,
    *,
    now: datetime,
    number: int = 1,
    size: int = PAGE_SIZE,
) -> TalkPage:
    """Return a page (from 1) of the talks in which the actor takes part as staff of a centre.

    Staff who belong to one of the organisations find its talks among their own matches.
    """
    condition = _condition(actor, wanted, now)
    total = session.scalar(select(func.count()).select_from(Match).where(condition)) or 0
    matches = session.scalars(
        select(Match)
        .where(condition)
        .options(*TITLES, *_PARTIES, selectinload(Match.outcomes))
        .order_by(*_order(wanted.order, now), Match.id)
        .offset((number - 1) * size)
        .limit(size)
    ).all()
    return TalkPage(_rows(session, actor, matches, now), total)


def partner_centres(session: Session, actor: Actor) -> list[Centre]:
    """Return the centres of the other side in all those talks, by code."""
    mine = _condition(actor, TalkFilter(), None)
    others = [
        select(centre_column(side.other)).where(
            mine, centre_column(side).in_(actor.acting_centre_ids)
        )
        for side in Side
    ]
    return list(
        session.scalars(
            select(Centre).where(or_(*(Centre.id.in_(ids) for ids in others))).order_by(Centre.code)
        )
    )


def _condition(actor: Actor, wanted: TalkFilter, now: datetime | None) -> ColumnElement[bool]:
    states = RUNNING_TALKS if wanted.state is None else CASE_STATES & {wanted.state}
    own = actor.acting_centre_ids if actor.may(Permission.MATCH_CENTRE_REVIEW) else frozenset()
    sides = [wanted.side] if wanted.side else list(Side)
    parts = [
        Match.state.in_(states),
        _not_involved(actor),
        or_(*(_on_side(wanted, side, own) for side in sides)),
    ]
    if wanted.silent_days and now is not None:
        reach = and_(*parts)
        parts.append(Match.id.in_(silent_matches(reach, now - timedelta(days=wanted.silent_days))))
    return and_(*parts)


def _on_side(wanted: TalkFilter, side: Side, own: frozenset[int]) -> ColumnElement[bool]:
    centres = own if wanted.centre_id is None else own & {wanted.centre_id}
    parts: list[ColumnElement[bool]] = [centre_column(side).in_(centres)]
    if wanted.partner_id is not None:
        parts.append(centre_column(side.other) == wanted.partner_id)
    if wanted.nobody:
        parts.append(assignee_column(side).is_(None))
    elif wanted.person_id is not None:
        parts.append(assignee_column(side) == wanted.person_id)
    return and_(*parts)


def _not_involved(actor: Actor) -> ColumnElement[bool]:
    own = select(Listing.id).where(Listing.organisation_id.in_(actor.organisation_ids))
    return and_(Match.offer_id.not_in(own), Match.need_id.not_in(own))


def _order(order: TalkOrder, now: datetime) -> tuple[ColumnElement[Any], ...]:
    introduced = func.coalesce(Match.introduced_at, Match.state_changed_at)
    if order is TalkOrder.STATE:
        return (Match.state_changed_at.asc(),)
    if order is TalkOrder.NEW:
        return (introduced.desc(),)
    if order is TalkOrder.MEETING:
        meeting = (
            select(func.min(Meeting.starts_at))
            .where(Meeting.match_id == Match.id, *_ahead(now))
            .scalar_subquery()
        )
        return (meeting.is_(None), meeting)
    written = (
        select(func.max(CaseMessage.at)).where(CaseMessage.match_id == Match.id).scalar_subquery()
    )
    return (func.coalesce(written, introduced),)


def _ahead(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Meeting.state == MeetingState.ACCEPTED, Meeting.starts_at >= now)


def _rows(session: Session, actor: Actor, matches: Sequence[Match], now: datetime) -> list[TalkRow]:
    ids = [match.id for match in matches]
    last, meetings = _last_messages(session, ids), _next_meetings(session, ids, now)
    unread = unread_counts(session, actor, ids)
    silences = silences_of(session, ids, now=now)
    return [
        TalkRow(
            match=match,
            titles={
                Side.OFFER: title_of(match.offer_revision, actor.locale),
                Side.NEED: title_of(match.need_revision, actor.locale),
            },
            parties={
                side: organisation_name(match.listing(side).organisation, actor.locale)
                for side in Side
            },
            last=last.get(match.id),
            unread=unread.get(match.id, 0),
            meeting=meetings.get(match.id),
            asked_next=_asked_next(match, now),
            silent=silences.get(match.id, {}),
        )
        for match in matches
    ]


def _last_messages(session: Session, ids: Sequence[int]) -> dict[int, LastMessage]:
    newest = (
        select(func.max(CaseMessage.id))
        .where(CaseMessage.match_id.in_(ids))
        .group_by(CaseMessage.match_id)
    )
    rows = session.execute(
        select(CaseMessage.match_id, CaseMessage.at, CaseMessage.side).where(
            CaseMessage.id.in_(newest)
        )
    )
    return {match_id: LastMessage(at, side) for match_id, at, side in rows}


def _next_meetings(session: Session, ids: Sequence[int], now: datetime) -> dict[int, Meeting]:
    rows = session.scalars(
        select(Meeting)
        .where(Meeting.match_id.in_(ids), *_ahead(now))
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
    )
    return {meeting.match_id: meeting for meeting in rows}


def _asked_next(match: Match, now: datetime) -> datetime | None:
    if match.state not in ASKED_IN or match.introduced_at is None:
        return None
    due = (match.introduced_at + timedelta(days=days) for days in FOLLOW_UP_DAYS)
    return next((at for at in due if at > now), None)
