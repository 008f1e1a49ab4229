"""The slim rows that the figures are counted from: listings, and matches with their history."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from matchmaker.domain.match_states import CLOSED
from matchmaker.domain.months import Period
from matchmaker.domain.vocabulary import (
    Band,
    CodeField,
    ListingKind,
    ListingState,
    MatchOrigin,
    TechnologyContractType,
    Verdict,
)
from matchmaker.domain.vocabulary import MatchState as S
from matchmaker.models import (
    AuditEntry,
    Listing,
    ListingCode,
    ListingRevision,
    Match,
    Organisation,
    Outcome,
)
from matchmaker.queries.sectors import sector_parents

STAGES: Final[tuple[S, ...]] = (
    S.SUGGESTED,
    S.UNDER_REVIEW,
    S.APPROVED,
    S.OFFERED,
    S.INTRODUCED,
    S.IN_DISCUSSION,
    S.NDA,
    S.AGREEMENT,
    S.OUTCOME_CONFIRMED,
)
"""The stages of the funnel. `suggested` is the beginning of every match, whoever made it; `nda` is
an NDA or a negotiation, both optional. A match has reached a stage when it was ever in its state or
in a later one, even if it went back, ended or was opened again."""

_PLACE: Final = {stage: place for place, stage in enumerate(STAGES)} | {S.NEGOTIATING: 6}
AGREED: Final = (S.AGREEMENT, S.OUTCOME_CONFIRMED)
"""States in which what is written about the outcome counts."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which listings and matches to count. Empty parts do not restrict.

    A match belongs to the centres of both its sides and to the sectors of both its listings, by
    their upper level. The country of the offer restricts offers, that of the need restricts needs;
    the origin restricts matches alone.
    """

    period: Period
    centre_id: int | None = None
    offer_country: str = ""
    need_country: str = ""
    sector: str = ""
    """Of either level; an upper one includes those below it."""
    origin: MatchOrigin | None = None


@dataclass(frozen=True, slots=True)
class ListingRow:
    """One listing: when it was first submitted and first published."""

    submitted_at: datetime | None
    published_at: datetime | None
    centre_id: int | None
    sectors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Step:
    """A change of state. `reason` is the code that goes with a rejection or a decline."""

    at: datetime
    before: S
    after: S
    reason: str | None


@dataclass(frozen=True, slots=True)
class Contract:
    """The agreement of a match that is agreed now. Amounts are hundredths of the currency."""

    signed_on: date
    contract_type: TechnologyContractType
    currency: str | None
    value: int | None
    technology_value: int | None


@dataclass(frozen=True, slots=True)
class Case:
    """One match with the states that it went through."""

    began_at: datetime
    state: S
    origin: MatchOrigin
    band: Band | None
    centre_ids: frozenset[int]
    countries: tuple[str, str]
    """Of the offer and of the need."""
    sectors: frozenset[str]
    steps: Sequence[Step] = ()
    contract: Contract | None = None
    reached: Mapping[S, datetime] = field(init=False)
    """When it first came to each stage of the funnel, or past it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reached", _reached(self.visits()))

    def visits(self) -> Iterator[tuple[datetime, S]]:
        """Yield when it came into which state, the beginning included."""
        yield self.began_at, self.steps[0].before if self.steps else self.state
        for step in self.steps:
            yield step.at, step.after

    def stays(self) -> Iterator[tuple[S, datetime, datetime | None]]:
        """Yield each stay in a state that is not an end: state, since, until (None: still)."""
        visits = list(self.visits())
        ends: list[datetime | None] = [*(at for at, _state in visits[1:]), None]
        for (since, state), until in zip(visits, ends, strict=True):
            if state not in CLOSED:
                yield state, since, until


def _reached(visits: Iterator[tuple[datetime, S]]) -> dict[S, datetime]:
    first: dict[S, datetime] = {}
    for at, state in visits:
        for stage in STAGES[: _PLACE.get(state, 0) + 1]:
            first.setdefault(stage, at)
    return first


class Reader:
    """Reads the rows of one question, with the sectors that both kinds share."""

    def __init__(self, session: Session, wanted: Wanted) -> None:
        self._session = session
        self._wanted = wanted
        self._parents = sector_parents(session)

    def listings(self) -> list[ListingRow]:
        """Return the listings wanted that were ever submitted, of any time."""
        newest = (
            select(ListingRevision.listing_id, func.max(ListingRevision.id).label("revision_id"))
            .group_by(ListingRevision.listing_id)
            .subquery()
        )
        first = _first_submissions().subquery()
        submitted_at = func.coalesce(
            first.c.at, Listing.submitted_at, type_=Listing.submitted_at.type
        )
        rows = self._session.execute(
            select(
                Listing.centre_id, Listing.published_at, submitted_at.label("submitted_at"),
                newest.c.revision_id,
            )
            .join(Organisation, Organisation.id == Listing.organisation_id)
            .join(newest, newest.c.listing_id == Listing.id)
            .outerjoin(first, first.c.listing_id == Listing.id)
            .where(submitted_at.is_not(None), *self._of_listings())
        ).all()  # fmt: skip
        codes = self._codes()
        return [
            ListingRow(row.submitted_at, row.published_at, row.centre_id, self._tops(own))
            for row in rows
            if self._in_sector(own := codes.get(row.revision_id, frozenset()))
        ]

    def _of_listings(self) -> Iterator[ColumnElement[bool]]:
        wanted = self._wanted
        if wanted.centre_id is not None:
            yield Listing.centre_id == wanted.centre_id
        if wanted.offer_country:
            yield or_(
                Listing.kind != ListingKind.OFFER, Organisation.country == wanted.offer_country
            )
        if wanted.need_country:
            yield or_(
                Listing.kind == ListingKind.OFFER, Organisation.country == wanted.need_country
            )

    def cases(self) -> list[Case]:
        """Return the matches wanted, of any time."""
        seller, buyer = aliased(Organisation), aliased(Organisation)
        offer, need = aliased(Listing), aliased(Listing)
        statement = (
            select(Match.id)
            .join(offer, offer.id == Match.offer_id)
            .join(need, need.id == Match.need_id)
            .join(seller, seller.id == offer.organisation_id)
            .join(buyer, buyer.id == need.organisation_id)
            .where(*self._of_matches(seller.country, buyer.country))
        )
        rows = self._session.execute(
            statement.with_only_columns(
                Match.id, Match.created_at, Match.state, Match.origin, Match.band,
                Match.offer_centre_id, Match.need_centre_id,
                Match.offer_revision_id, Match.need_revision_id,
                seller.country.label("offer_country"), buyer.country.label("need_country"),
            ).order_by(Match.id)
        ).all()  # fmt: skip
        steps = self._steps(statement.scalar_subquery())
        contracts, codes = self._contracts(), self._codes()
        return [
            Case(
                began_at=row.created_at,
                state=row.state,
                origin=row.origin,
                band=row.band,
                centre_ids=frozenset({row.offer_centre_id, row.need_centre_id}),
                countries=(row.offer_country, row.need_country),
                sectors=self._tops(own),
                steps=steps.get(row.id, ()),
                contract=contracts.get(row.id),
            )
            for row in rows
            if self._in_sector(
                own := codes.get(row.offer_revision_id, frozenset())
                | codes.get(row.need_revision_id, frozenset())
            )
        ]

    def _of_matches(self, offer_country: Any, need_country: Any) -> Iterator[ColumnElement[bool]]:
        wanted = self._wanted
        if wanted.centre_id is not None:
            yield or_(
                Match.offer_centre_id == wanted.centre_id, Match.need_centre_id == wanted.centre_id
            )
        if wanted.offer_country:
            yield offer_country == wanted.offer_country
        if wanted.need_country:
            yield need_country == wanted.need_country
        if wanted.origin is not None:
            yield Match.origin == wanted.origin

    def _steps(self, match_ids: Any) -> dict[int, list[Step]]:
        """Return the changes of state by match, in their order, from the audit trail."""
        entries = self._session.execute(
            select(AuditEntry.subject_id, AuditEntry.at, AuditEntry.action, AuditEntry.data)
            .where(
                AuditEntry.subject_type == "match",
                AuditEntry.action.in_(["match_state_changed", "match_decided"]),
                AuditEntry.subject_id.in_(match_ids),
            )
            .order_by(AuditEntry.id)
        )
        steps: dict[int, list[Step]] = defaultdict(list)
        refusals: dict[int, str] = {}
        for match_id, at, action, data in entries:
            if action == "match_decided":
                if data["verdict"] == Verdict.REJECT:
                    refusals[match_id] = data["reason"]
                continue
            after, reason = S(data["to"]), data.get("reason")
            if after is S.REJECTED:
                # Who decides against a match gives the reason there; who stops one, here.
                reason = reason or refusals.get(match_id)
            steps[match_id].append(Step(at, S(data["from"]), after, reason))
        return steps

    def _contracts(self) -> dict[int, Contract]:
        """Return the agreements that count now, by match."""
        rows = self._session.scalars(
            select(Outcome)
            .join(Match, Match.id == Outcome.match_id)
            .where(
                Match.state.in_(AGREED),
                Outcome.recorded_at.is_not(None),
                Outcome.closed_at.is_(None),
            )
        )
        return {
            row.match_id: Contract(
                row.signed_on, row.contract_type, row.currency,
                row.contract_value, row.transaction_value,
            )
            for row in rows
        }  # fmt: skip

    def _codes(self) -> dict[int, frozenset[str]]:
        """Return the sectors of every revision."""
        found: dict[int, set[str]] = defaultdict(set)
        for revision_id, value in self._session.execute(
            select(ListingCode.revision_id, ListingCode.value).where(
                ListingCode.field == CodeField.SECTOR
            )
        ):
            found[revision_id].add(value)
        return {revision_id: frozenset(codes) for revision_id, codes in found.items()}

    def _tops(self, codes: frozenset[str]) -> frozenset[str]:
        return frozenset(self._parents.get(code, code) for code in codes)

    def _in_sector(self, codes: frozenset[str]) -> bool:
        sector = self._wanted.sector
        return not sector or sector in codes or sector in self._tops(codes)


def _first_submissions() -> Any:
    return (
        select(AuditEntry.subject_id.label("listing_id"), func.min(AuditEntry.at).label("at"))
        .where(
            and_(
                AuditEntry.subject_type == "listing",
                AuditEntry.action == "listing_state_changed",
                AuditEntry.data["to"].as_string() == ListingState.SUBMITTED.value,
            )
        )
        .group_by(AuditEntry.subject_id)
    )
