"""Matches as staff and auditors see them: the queue, one match, its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_states import LIVE
from matchmaker.domain.match_states import BEFORE_INTRODUCTION
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import parse_reference
from matchmaker.domain.vocabulary import (
    Answer,
    Band,
    CodeField,
    MatchState,
    Side,
    TextOrigin,
)
from matchmaker.models import (
    Appointment,
    AuditEntry,
    Centre,
    Listing,
    ListingCode,
    ListingRevision,
    ListingText,
    Match,
    Organisation,
    Sector,
    User,
)
from matchmaker.queries.case_tiers import text_for
from matchmaker.queries.match_waits import JUDGED, both_agreed, centre_column, undecided_by

PAGE_SIZE: Final = 25
_UNSCORED: Final = 101
"""Pairs that people made stand above those that the engine scored."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What of the queue to show. Empty parts do not restrict; without a state all that is open."""

    state: MatchState | None = None
    waiting: bool = False
    """Only what waits for one of the actor's centres."""
    mine: bool = False
    band: Band | None = None
    sector: str = ""
    offer_country: str = ""
    need_country: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Title:
    """A title in the language chosen for the reader."""

    text: str
    language: str
    machine: bool


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One match of the queue. `waits` are the sides on which the actor's centres have to act."""

    match: Match
    titles: Mapping[Side, Title]
    waits: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue; `after` leads to the next, None at the end."""

    rows: Sequence[QueueRow]
    total: int
    after: str | None


def queue(
    session: Session, actor: Actor, wanted: QueueFilter, *, after: str = "", size: int = PAGE_SIZE
) -> QueuePage:
    """Return a page of the matches that the actor may see, the strongest first.

    `after` is what the page before gave: pages neither skip nor repeat a match when others are
    decided meanwhile.
    """
    statement = _filtered(actor, wanted)
    total = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    place = func.coalesce(Match.score, _UNSCORED)
    statement = statement.where(_beyond(session, after)).order_by(place.desc(), Match.id)
    matches = list(session.scalars(statement.options(*TITLES).limit(size + 1)))
    more, matches = len(matches) > size, matches[:size]
    rows = [_queue_row(actor, match) for match in matches]
    return QueuePage(rows, total, _cursor(matches[-1]) if more else None)


def _shown(
    revision: InstrumentedAttribute[ListingRevision], listing: InstrumentedAttribute[Listing]
) -> tuple[ORMOption, ...]:
    """Load what a row of the queue shows of one side, without the long texts."""
    texts = selectinload(revision).selectinload(ListingRevision.texts)
    return (
        texts.load_only(ListingText.language, ListingText.origin, ListingText.title),
        joinedload(listing).joinedload(Listing.organisation),
    )


TITLES = (
    *_shown(Match.offer_revision, Match.offer),
    *_shown(Match.need_revision, Match.need),
    selectinload(Match.decisions),
    selectinload(Match.answers),
    joinedload(Match.offer_assignee),
    joinedload(Match.need_assignee),
)


def _cursor(match: Match) -> str:
    return f"{_UNSCORED if match.score is None else match.score}.{match.reference}"


def _beyond(session: Session, after: str) -> ColumnElement[bool]:
    score, _dot, reference = after.partition(".")
    if not score.isdecimal() or len(score) > 4 or int(score) > _UNSCORED:
        return true()
    row = session.scalar(select(Match.id).where(Match.reference == reference))
    place = func.coalesce(Match.score, _UNSCORED)
    return or_(place < int(score), and_(place == int(score), Match.id > (row or 0)))


def _filtered(actor: Actor, wanted: QueueFilter) -> Select[Match]:
    states = {wanted.state} if wanted.state else BEFORE_INTRODUCTION
    statement = select(Match).where(visible(actor), Match.state.in_(states))
    if wanted.mine:
        statement = statement.where(
            or_(Match.offer_assignee_id == actor.user_id, Match.need_assignee_id == actor.user_id)
        )
    if wanted.band:
        statement = statement.where(Match.band == wanted.band)
    if wanted.waiting:
        statement = statement.where(waits_for(actor))
    revisions = (Match.offer_revision_id, Match.need_revision_id)
    if wanted.sector:
        codes = select(Sector.code).where(
            or_(Sector.code == wanted.sector, Sector.parent_code == wanted.sector)
        )
        statement = statement.where(
            exists().where(
                ListingCode.revision_id.in_(revisions),
                ListingCode.field == CodeField.SECTOR,
                ListingCode.value.in_(codes),
            )
        )
    if wanted.language:
        statement = statement.where(
            exists().where(
                ListingRevision.id.in_(revisions),
                ListingRevision.original_language == wanted.language,
            )
        )
    return _in_countries(statement, wanted)


def _in_countries(statement: Select[Match], wanted: QueueFilter) -> Select[Match]:
    for country, column in (
        (wanted.offer_country, Match.offer_id),
        (wanted.need_country, Match.need_id),
    ):
        if country:
            listing, owner = aliased(Listing), aliased(Organisation)
            statement = statement.where(
                exists().where(
                    listing.id == column,
                    owner.id == listing.organisation_id,
                    owner.country == country,
                )
            )
    return statement


def visible(actor: Actor) -> ColumnElement[bool]:
    """The matches of the actor's centres; for auditors and the system all of them."""
    if actor.system or actor.may(Permission.MATCH_AUDIT_READ):
        return true()
    if not actor.may(Permission.MATCH_CENTRE_REVIEW):
        return false()
    return or_(
        Match.offer_centre_id.in_(actor.acting_centre_ids),
        Match.need_centre_id.in_(actor.acting_centre_ids),
    )


def waits_for(actor: Actor) -> ColumnElement[bool]:
    """The matches in which one of the actor's centres has the next step."""
    undecided = [
        and_(centre_column(side).in_(actor.acting_centre_ids), undecided_by(side)) for side in Side
    ]
    return or_(*undecided, Match.state == MatchState.APPROVED, both_agreed())


def waiting_sides(actor: Actor, match: Match) -> tuple[Side, ...]:
    """Return the sides on which the actor's centres have the next step."""
    own = tuple(side for side in Side if match.centre_id(side) in actor.acting_centre_ids)
    if match.state in JUDGED:
        return tuple(side for side in own if match.decision(side) is None)
    if match.state is MatchState.APPROVED:
        return own
    agreed = all(a and a.answer is Answer.YES for a in (match.answer(side) for side in Side))
    return own if match.state is MatchState.OFFERED and agreed else ()


def _queue_row(actor: Actor, match: Match) -> QueueRow:
    titles = {
        Side.OFFER: title_of(match.offer_revision, actor.locale),
        Side.NEED: title_of(match.need_revision, actor.locale),
    }
    return QueueRow(match, titles, waiting_sides(actor, match))


def title_of(revision: ListingRevision, locale: str) -> Title:
    """Return the title in the reader's language, else English, else the original."""
    text = text_for(revision, locale)
    return Title(text.title, text.language, text.origin is TextOrigin.MACHINE)


def get_match(session: Session, actor: Actor, reference: str) -> Match:
    """Return a match of one of the actor's centres (auditors: any); NOT_FOUND otherwise."""
    match = session.scalar(
        select(Match).where(Match.reference == parse_reference(reference), visible(actor))
    )
    if match is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return match


def get_matches(session: Session, actor: Actor, references: Sequence[str]) -> list[Match]:
    """Return those of the matches that the actor may see, the strongest first."""
    place = func.coalesce(Match.score, _UNSCORED)
    return list(
        session.scalars(
            select(Match)
            .where(Match.reference.in_(references), visible(actor))
            .order_by(place.desc(), Match.id)
        )
    )


def live_listing(session: Session, reference: str) -> Listing:
    """Return a published listing by its reference; NOT_FOUND otherwise."""
    listing = session.scalar(
        select(Listing).where(
            Listing.reference == parse_reference(reference), Listing.state.in_(LIVE)
        )
    )
    if listing is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return listing


def colleagues(session: Session, actor: Actor, match: Match, side: Side) -> list[User]:
    """Return who works for the centre of one side or with the actor, by name: the side may be
    given to them."""
    return list(
        session.scalars(
            select(User)
            .where(
                User.id.in_(
                    select(Appointment.user_id).where(
                        Appointment.centre_id.in_({match.centre_id(side), *actor.centre_ids})
                    )
                ),
                User.active,
            )
            .order_by(User.name, User.id)
        )
    )


def centre_names(session: Session, locale: str) -> dict[int, str]:
    """Return the name of each centre by its id: in `locale`, else English, else its code."""
    names = {}
    for centre in session.scalars(select(Centre).options(selectinload(Centre.names))):
        by_language = {name.language: name.name for name in centre.names}
        names[centre.id] = by_language.get(locale) or by_language.get("en") or centre.code
    return names


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One audit entry. `who` is the name of staff; a party is not named, the system has none.

    `notes` are what was written with it, for those who may read it.
    """

    at: datetime
    action: str
    data: Mapping[str, Any]
    who: str = ""
    party: bool = False
    assignee: str = ""
    notes: tuple[str, ...] = ()


def history(session: Session, match: Match, *, notes: bool = False) -> list[HistoryLine]:
    """Return the audit entries of a match, the oldest first; with `notes`, which only staff of its
    centres read, what people wrote stands where they wrote it."""
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_type == "match", AuditEntry.subject_id == match.id)
        .order_by(AuditEntry.id)
    ).all()
    named = {entry.actor_id for entry in entries} | {e.data.get("assignee") for e in entries}
    people = select(User).options(selectinload(User.appointments))
    users = {
        user.id: user
        for user in session.scalars(people.where(User.id.in_([n for n in named if n is not None])))
    }
    written = _written(match) if notes else {}
    return [_history_line(entry, users, written) for entry in entries]


def _written(match: Match) -> dict[tuple[str, str | None, datetime], tuple[str, ...]]:
    """Return what was written to a match by (action, side, instant)."""
    found: dict[tuple[str, str | None, datetime], tuple[str, ...]] = {}
    for action, rows in (
        ("match_decided", match.decisions),
        ("match_answered", match.answers),
        ("match_cleared", match.clearances),
    ):
        found |= {(action, row.side, row.at): (row.note,) for row in rows if row.note}
    for row in match.comments:
        key = ("match_noted", None, row.at)
        found[key] = (*found.get(key, ()), row.note)
    return found


def _history_line(
    entry: AuditEntry,
    users: Mapping[int, User],
    written: Mapping[tuple[str, str | None, datetime], tuple[str, ...]],
) -> HistoryLine:
    user = users.get(entry.actor_id or 0)
    assignee = users.get(entry.data.get("assignee") or 0)
    staff = user is not None and bool(user.appointments) and entry.data.get("by") != "party"
    return HistoryLine(
        at=entry.at,
        action=entry.action,
        data=entry.data,
        who=user.name if user is not None and staff else "",
        party=user is not None and not staff,
        assignee=assignee.name if assignee else "",
        notes=written.get((entry.action, entry.data.get("side"), entry.at), ()),
    )


def own_colleagues(session: Session, actor: Actor) -> list[User]:
    """Return who works for the actor's centres, by name."""
    return list(
        session.scalars(
            select(User)
            .where(
                User.id.in_(
                    select(Appointment.user_id).where(Appointment.centre_id.in_(actor.centre_ids))
                ),
                User.active,
            )
            .order_by(User.name, User.id)
        )
    )
