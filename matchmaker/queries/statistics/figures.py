"""Counting. Two kinds of figures, which pages and files name apart:

- **how far** the listings first submitted, and the matches begun, in the period have come by now
  (`how_far`, the groups, the matrix, what staff say to suggestions);
- **what happened** in the period, whenever it began (`happened`, the months, stays that ended, ends
  with their reasons, agreements by the day of signing).

Months begin at midnight of the period's time zone.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Final, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.match_states import CLOSED, ENDINGS
from matchmaker.domain.months import Month
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import (
    Band,
    MatchOrigin,
    RejectReason,
    TechnologyContractType,
)
from matchmaker.domain.vocabulary import MatchState as S
from matchmaker.models import Listing, Match
from matchmaker.queries.statistics.rows import STAGES, Case, Contract, ListingRow, Reader, Wanted

NO_SECTOR: Final = ""
Key = TypeVar("Key", bound=Hashable)
_DAY: Final = timedelta(days=1)
FEWEST: Final = 3
"""So many agreements of other centres are added up; the worth of fewer is theirs alone."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many listings were submitted and published, and how many matches reached each stage."""

    submitted: int = 0
    published: int = 0
    reached: Mapping[S, int] = field(default_factory=Counter)

    def count(self, stage: S) -> int:
        return self.reached.get(stage, 0)


@dataclass(frozen=True, slots=True)
class Stay:
    """How long matches stayed in a state: days, of stays that ended; quartiles with the median."""

    ended: int = 0
    quartiles: tuple[float, float, float] | None = None
    now: int = 0
    """How many matches are in the state now."""


@dataclass(frozen=True, slots=True)
class Endings:
    """Matches that ended, by the state they ended in, and why; None: no reason was recorded."""

    states: Mapping[S, int]
    rejections: Mapping[str | None, int]
    declines: Mapping[str | None, int]


@dataclass(frozen=True, slots=True)
class Contracts:
    """Agreements in one currency (None: no value was told); amounts in hundredths.

    Amounts of fewer than three agreements of other centres are not for the reader: they are None,
    and `hidden` says so.
    """

    agreements: int
    total: int | None
    middle: int | None
    """The median, rounded to a hundredth."""
    technology_total: int | None
    """Of the agreements that tell the part paid for technology; None: none does."""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What staff said to matches of the engine: approved once is approved."""

    suggested: int = 0
    approved: int = 0
    irrelevant: int = 0
    """Rejected for a reason that speaks of relevance."""
    rejected_otherwise: int = 0

    @property
    def judged(self) -> int:
        return self.approved + self.irrelevant + self.rejected_otherwise


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures for one question."""

    how_far: Funnel
    happened: Funnel
    by_pair: Mapping[tuple[str, str], Funnel]
    """By country of the offer and of the need; only matches."""
    by_sector: Mapping[str, Funnel]
    """By code of the upper level; what has several counts in each, what has none in NO_SECTOR."""
    by_centre: Mapping[int, Funnel]
    """A match counts for each of its centres, once."""
    by_month: Mapping[Month, Funnel]
    stays: Mapping[S, Stay]
    endings: Endings
    contracts: Mapping[str | None, Contracts]
    contract_types: Mapping[tuple[TechnologyContractType, str | None], Contracts]
    judged: Mapping[Band | None, Judged]


def network_figures(session: Session, actor: Actor, wanted: Wanted) -> Figures:
    """Count what is wanted in the whole network. Raises DomainError NOT_ALLOWED."""
    if not actor.may(Permission.STATISTICS_NETWORK_READ):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    reader = Reader(session, wanted)
    listings, cases = reader.listings(), reader.cases()
    holds = wanted.period.holds
    submitted = [one for one in listings if holds(one.submitted_at)]
    begun = [one for one in cases if holds(one.began_at)]
    by_month = _by_month(listings, cases, wanted)
    agreed = [
        (one.contract, actor.system or bool(one.centre_ids & actor.acting_centre_ids))
        for one in cases
        if one.contract is not None and wanted.period.holds_day(one.contract.signed_on)
    ]
    return Figures(
        how_far=_funnel(submitted, begun),
        happened=_sum(by_month.values()),
        by_pair=_grouped([], begun, _no_listing, lambda one: [one.countries]),
        by_sector=_grouped(submitted, begun, _sectors, _sectors),
        by_centre=_grouped(
            submitted, begun, lambda one: [one.centre_id or 0], lambda one: one.centre_ids
        ),
        by_month=by_month,
        stays=_stays(cases, wanted),
        endings=_endings(cases, wanted),
        contracts=_contracts(agreed, lambda one: one.currency),
        contract_types=_contract_types(agreed),
        judged=_judged(begun),
    )


def first_month(session: Session, zone: str) -> Month | None:
    """Return the month of the first listing or match, None where there is neither."""
    found = [
        at
        for at in (
            session.scalar(select(func.min(Listing.submitted_at))),
            session.scalar(select(func.min(Match.created_at))),
        )
        if at is not None
    ]
    return Month.at(min(found), zone) if found else None


def _funnel(listings: Sequence[ListingRow], cases: Iterable[Case]) -> Funnel:
    return Funnel(
        submitted=len(listings),
        published=sum(one.published_at is not None for one in listings),
        reached=Counter(stage for case in cases for stage in case.reached),
    )


def _sum(funnels: Iterable[Funnel]) -> Funnel:
    together = list(funnels)
    reached: Counter[S] = Counter()
    for one in together:
        reached.update(one.reached)
    return Funnel(
        sum(one.submitted for one in together), sum(one.published for one in together), reached
    )


def _grouped(
    listings: Iterable[ListingRow],
    cases: Iterable[Case],
    of_listing: Callable[[ListingRow], Iterable[Key]],
    of_case: Callable[[Case], Iterable[Key]],
) -> dict[Key, Funnel]:
    """Return the funnel of each group that has anything."""
    parts: dict[Key, tuple[list[ListingRow], list[Case]]] = defaultdict(lambda: ([], []))
    for listing in listings:
        for key in of_listing(listing):
            parts[key][0].append(listing)
    for case in cases:
        for key in of_case(case):
            parts[key][1].append(case)
    return {key: _funnel(*part) for key, part in parts.items()}


def _no_listing(_listing: ListingRow) -> list[tuple[str, str]]:
    return []


def _sectors(one: ListingRow | Case) -> Iterable[str]:
    return one.sectors or [NO_SECTOR]


def _by_month(
    listings: Iterable[ListingRow], cases: Iterable[Case], wanted: Wanted
) -> dict[Month, Funnel]:
    """Return for each month of the period what was first submitted, published and reached in it."""
    period = wanted.period
    counts: dict[str | S, Counter[Month]] = defaultdict(Counter)

    def note(name: str | S, at: datetime | None) -> None:
        if at is not None and period.holds(at):
            counts[name][Month.at(at, period.zone)] += 1

    for listing in listings:
        note("submitted", listing.submitted_at)
        note("published", listing.published_at)
    for case in cases:
        for stage, at in case.reached.items():
            note(stage, at)
    return {
        month: Funnel(
            counts["submitted"][month],
            counts["published"][month],
            Counter({stage: counts[stage][month] for stage in STAGES}),
        )
        for month in period.months
    }


def _stays(cases: Iterable[Case], wanted: Wanted) -> dict[S, Stay]:
    """Return the stays that ended in the period, for each state that is no end."""
    days: dict[S, list[float]] = defaultdict(list)
    now: Counter[S] = Counter()
    for case in cases:
        for state, since, until in case.stays():
            if until is None:
                now[state] += 1
            elif wanted.period.holds(until):
                days[state].append((until - since) / _DAY)
    return {
        state: Stay(len(days[state]), _quartiles(days[state]), now[state])
        for state in S
        if state not in CLOSED
    }


def _quartiles(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Return the quartiles with linear interpolation between the values (Hyndman and Fan's 7)."""
    if not values:
        return None
    if len(values) == 1:
        return (values[0],) * 3
    lower, middle, upper = quantiles(values, n=4, method="inclusive")
    return lower, middle, upper


def _endings(cases: Iterable[Case], wanted: Wanted) -> Endings:
    """Return every ending in the period; a match that ended twice in it counts twice."""
    ends = [
        step
        for case in cases
        for step in case.steps
        if step.after in ENDINGS and wanted.period.holds(step.at)
    ]
    return Endings(
        states=Counter(step.after for step in ends),
        rejections=Counter(step.reason for step in ends if step.after is S.REJECTED),
        declines=Counter(step.reason for step in ends if step.after is S.DECLINED),
    )


Agreed = tuple[Contract, bool]
"""A contract, and whether it is one of the reader's own centres."""


def _contracts(
    contracts: Iterable[Agreed], group: Callable[[Contract], Key]
) -> dict[Key, Contracts]:
    return {key: _worth(members) for key, members in _groups(contracts, group).items()}


def _contract_types(
    contracts: Sequence[Agreed],
) -> dict[tuple[TechnologyContractType, str | None], Contracts]:
    """Return what the contracts of each type and currency are worth. Where a type is hidden that
    could be reckoned from the sum of its currency, the other types of that currency are too."""
    by_type = _groups(contracts, lambda one: (one.contract_type, one.currency))
    worth = {key: _worth(members) for key, members in by_type.items()}
    for currency in {currency for _type, currency in worth}:
        left_out = [
            one
            for key, members in by_type.items()
            if key[1] == currency and worth[key].hidden
            for one in members
        ]
        if _is_few(left_out):
            for key in by_type:
                if key[1] == currency:
                    worth[key] = _hide(worth[key])
    return worth


def _groups(
    contracts: Iterable[Agreed], group: Callable[[Contract], Key]
) -> dict[Key, list[Agreed]]:
    groups: dict[Key, list[Agreed]] = defaultdict(list)
    for one in contracts:
        groups[group(one[0])].append(one)
    return groups


def _is_few(contracts: Iterable[Agreed]) -> bool:
    """Whether a sum would tell what single agreements of other centres are worth: who knows the
    own ones can take them away from it."""
    return 0 < sum(not own for _contract, own in contracts) < FEWEST


def _hide(one: Contracts) -> Contracts:
    return Contracts(one.agreements, None, None, None, hidden=True)


def _worth(contracts: Sequence[Agreed]) -> Contracts:
    """Return what contracts of one currency are worth together."""
    told = [one for one in contracts if one[0].value is not None]
    technology = [one for one in contracts if one[0].technology_value is not None]
    values = [one.value for one, _own in told if one.value is not None]
    parts = [one.technology_value for one, _own in technology if one.technology_value is not None]
    worth = Contracts(
        agreements=len(contracts),
        total=sum(values) if values else None,
        middle=round(median(values)) if values else None,
        technology_total=sum(parts) if parts and not _is_few(technology) else None,
    )
    return _hide(worth) if _is_few(told) else worth


def _judged(cases: Iterable[Case]) -> dict[Band | None, Judged]:
    """Return what staff said to the engine's matches, by how strong the engine thought them."""
    groups: dict[Band | None, Counter[str]] = defaultdict(Counter)
    for case in cases:
        if case.origin is MatchOrigin.SUGGESTED:
            groups[case.band]["suggested"] += 1
            groups[case.band][_verdict(case)] += 1
    return {
        band: Judged(
            suggested=counts["suggested"],
            approved=counts["approved"],
            irrelevant=counts["irrelevant"],
            rejected_otherwise=counts["rejected_otherwise"],
        )
        for band, counts in groups.items()
    }


def _verdict(case: Case) -> str:
    if S.APPROVED in case.reached:
        return "approved"
    reasons = [step.reason for step in case.steps if step.after is S.REJECTED]
    if not reasons:
        return "open"
    last = reasons[-1]
    teaches = last is not None and RejectReason(last).teaches
    return "irrelevant" if teaches else "rejected_otherwise"
