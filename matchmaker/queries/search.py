"""Search and browse over the public tier of published listings: results and facets with counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from matchmaker.domain.vocabulary import ListingKind, StageOfDevelopment
from matchmaker.models import Listing, Membership, PublicFacet, PublicListing, Sector

Conditions = Sequence[ColumnElement[bool]]
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
PAGE_SIZE: Final = 20

COLUMN_FACETS: Final[Mapping[str, InstrumentedAttribute[Any]]] = {
    "kind": PublicListing.kind,
    "country": PublicListing.country,
    "stage": PublicListing.stage_of_development,
    "trl": PublicListing.trl,
}
VALUE_FACETS: Final = frozenset({"sector", "partnership_type", "language"})
"""Facets kept in PublicFacet rows under the same name. A listing of a sector has a row for the
sector above it too, so that a sector stands for its children."""
FACETS: Final[tuple[str, ...]] = (
    "kind", "sector", "country", "stage", "trl", "partnership_type", "language",
)  # fmt: skip


@dataclass(frozen=True)
class SearchRequest:
    """What somebody looks for: the chosen values of each facet, and where the page begins."""

    chosen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    after: str | None = None
    """The cursor of the last result of the page before, as `SearchPage.next_cursor` gave it."""

    def without(self, facet: str) -> "SearchRequest":
        """Return the request without what was chosen in one facet."""
        return replace(self, chosen={k: v for k, v in self.chosen.items() if k != facet})


@dataclass(frozen=True)
class FacetValue:
    value: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class SearchPage:
    """One page of results."""

    listings: Sequence[PublicListing]
    total: int
    facets: Mapping[str, Sequence[FacetValue]]
    next_cursor: str | None


def results(
    session: Session, request: SearchRequest, ranking: Sequence[str] | None = None
) -> SearchPage:
    """Return a page of the public listings that fit `request`.

    `ranking` holds the references that a text search found, best first; None browses all, newest
    first. Pages hang on the last result of the page before, so that what is published meanwhile
    shifts nothing.
    """
    conditions = _conditions(request, ranking)
    if ranking is None:
        listings, next_cursor = _newest(session, conditions, request.after)
    else:
        listings, next_cursor = _ranked(session, conditions, request.after, ranking)
    return SearchPage(
        listings=listings,
        total=session.scalars(
            select(func.count()).select_from(PublicListing).where(*conditions)
        ).one(),
        facets={name: _facet(session, request, ranking, name) for name in FACETS},
        next_cursor=next_cursor,
    )


def newest(session: Session, *, limit: int) -> Sequence[PublicListing]:
    """Return the listings that were published last."""
    order = (PublicListing.published_at.desc(), PublicListing.listing_id.desc())
    return session.scalars(_loaded().order_by(*order).limit(limit)).all()


def public_listing(session: Session, reference: str) -> PublicListing | None:
    """Return the public tier of a published listing."""
    return session.scalar(_loaded().where(PublicListing.reference == reference))


def published_since(
    session: Session,
    request: SearchRequest,
    ranking: Sequence[str] | None,
    *,
    since: datetime,
    besides: int | None = None,
) -> Sequence[PublicListing]:
    """Return the public listings that fit `request` and were published at or after `since`, the
    newest first, without those of the organisations of the person `besides`.

    `ranking` holds the references that a text search found; None takes all.
    """
    own = (
        select(Listing.id)
        .join(Membership, Membership.organisation_id == Listing.organisation_id)
        .where(Membership.user_id == besides)
    )
    return session.scalars(
        select(PublicListing)
        .where(
            *_conditions(request, ranking),
            PublicListing.published_at >= since,
            PublicListing.listing_id.not_in(own),
        )
        .order_by(PublicListing.published_at.desc(), PublicListing.listing_id.desc())
    ).all()


def published_count(session: Session) -> Mapping[ListingKind, int]:
    """Return how many listings of each kind are published."""
    rows = session.execute(select(PublicListing.kind, func.count()).group_by(PublicListing.kind))
    return {row[0]: row[1] for row in rows}


def _loaded() -> Select[PublicListing]:
    return select(PublicListing).options(
        selectinload(PublicListing.texts), selectinload(PublicListing.facets)
    )


def _ranked(
    session: Session,
    conditions: Conditions,
    after: str | None,
    ranking: Sequence[str],
) -> tuple[Sequence[PublicListing], str | None]:
    fitting = set(session.scalars(select(PublicListing.reference).where(*conditions)))
    order = [reference for reference in ranking if reference in fitting]
    start = ranking.index(after) + 1 if after in ranking else 0
    later = set(ranking[start:])
    rest = [reference for reference in order if reference in later]
    page = rest[:PAGE_SIZE]
    rows = {
        row.reference: row
        for row in session.scalars(_loaded().where(PublicListing.reference.in_(page)))
    }
    return [rows[reference] for reference in page], page[-1] if len(rest) > PAGE_SIZE else None


def _newest(
    session: Session, conditions: Conditions, after: str | None
) -> tuple[Sequence[PublicListing], str | None]:
    statement = _loaded().where(*conditions)
    position = _parse_cursor(after)
    if position is not None:
        at, listing_id = position
        statement = statement.where(
            (PublicListing.published_at < at)
            | ((PublicListing.published_at == at) & (PublicListing.listing_id < listing_id))
        )
    rows = session.scalars(
        statement.order_by(
            PublicListing.published_at.desc(), PublicListing.listing_id.desc()
        ).limit(PAGE_SIZE + 1)
    ).all()
    page = rows[:PAGE_SIZE]
    return page, _cursor(page[-1]) if len(rows) > PAGE_SIZE else None


def _cursor(row: PublicListing) -> str:
    """A place in the order, which stays valid when the listing itself goes."""
    since = row.published_at - _EPOCH
    return f"{since // timedelta(microseconds=1)}-{row.listing_id}"


def _parse_cursor(cursor: str | None) -> tuple[datetime, int] | None:
    microseconds, _, listing_id = (cursor or "").partition("-")
    if not (microseconds.isdecimal() and listing_id.isdecimal() and len(listing_id) < 10):
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(microseconds)), int(listing_id)
    except (OverflowError, ValueError):  # more digits than Python reads
        return None


def _conditions(request: SearchRequest, ranking: Sequence[str] | None) -> Conditions:
    conditions: list[ColumnElement[bool]] = []
    if ranking is not None:
        conditions.append(PublicListing.reference.in_(ranking))
    for name, values in request.chosen.items():
        if not values:
            continue
        if name in COLUMN_FACETS:
            conditions.append(COLUMN_FACETS[name].in_(_typed(name, values)))
        elif name in VALUE_FACETS:
            conditions.append(
                PublicListing.listing_id.in_(
                    select(PublicFacet.listing_id).where(
                        PublicFacet.field == name, PublicFacet.value.in_(values)
                    )
                )
            )
    return conditions


def _typed(name: str, values: frozenset[str]) -> list[object]:
    """The values as the column has them; those that it cannot have are left out."""
    if name == "trl":
        return [int(value) for value in values if value in set("123456789")]
    if name == "kind":
        return [ListingKind(value) for value in values if value in set(ListingKind)]
    if name == "stage":
        return [StageOfDevelopment(v) for v in values if v in set(StageOfDevelopment)]
    return list(values)


def _facet(
    session: Session, request: SearchRequest, ranking: Sequence[str] | None, name: str
) -> Sequence[FacetValue]:
    """Count the values of one facet among what all the other choices leave."""
    conditions = _conditions(request.without(name), ranking)
    chosen = request.chosen.get(name, frozenset())
    if name in COLUMN_FACETS:
        column = COLUMN_FACETS[name]
        rows = session.execute(
            select(column, func.count()).where(column.is_not(None), *conditions).group_by(column)
        )
    else:
        rows = session.execute(
            select(PublicFacet.value, func.count())
            .join(PublicListing, PublicListing.listing_id == PublicFacet.listing_id)
            .where(PublicFacet.field == name, *conditions)
            .group_by(PublicFacet.value)
        )
    counts = dict.fromkeys(chosen, 0) | {str(value): count for value, count in rows}
    return [
        FacetValue(value, counts[value], value in chosen)
        for value in sorted(counts, key=_order(session, name, counts))
    ]


def _order(session: Session, name: str, counts: Mapping[str, int]) -> Callable[[str], Any]:
    """Steps of a scale stand in their order, sectors in that of their list, all else by count."""
    if name == "sector":
        order = list(session.scalars(select(Sector.code).order_by(Sector.position)))
    elif name == "stage":
        order = [stage.value for stage in StageOfDevelopment]
    elif name == "trl":
        order = list("123456789")
    else:
        return lambda value: (-counts[value], value)
    places = {value: place for place, value in enumerate(order)}
    return lambda value: (places.get(value, len(places)), value)
