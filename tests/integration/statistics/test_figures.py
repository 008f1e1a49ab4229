"""Every figure, counted a second time: naively, from the rows of matches, listings and trail."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError
from matchmaker.domain.months import Month, Period
from matchmaker.domain.permissions import SYSTEM, VISITOR
from matchmaker.domain.vocabulary import (
    Band,
    ListingKind,
    ListingState,
    MatchOrigin,
    MatchState,
    TechnologyContractType,
)
from matchmaker.models import AuditEntry, Listing, Match, Outcome, Sector, User
from matchmaker.queries.statistics import STAGES, Figures, Funnel, Wanted, network_figures
from tests.factories import (
    NOW,
    actor_of,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_organisation,
    make_sectors,
)
from tests.factories.histories import walk

EDGES: Final = [
    datetime(2026, 3, 31, 14, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 31, 15, 0, tzinfo=UTC),  # April begins in Dili
    datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 31, 16, 0, tzinfo=UTC),  # … in Shanghai
    datetime(2026, 3, 31, 16, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 31, 17, 0, tzinfo=UTC),  # … in Bangkok
    datetime(2026, 3, 31, 17, 30, tzinfo=UTC),  # … in Yangon
    datetime(2026, 4, 1, 0, 0, tzinfo=UTC),
]
ZONES: Final = ("Asia/Shanghai", "Asia/Bangkok", "Asia/Dili", "UTC")
COUNTRIES: Final = ("CN", "TH", "TL", "VN")
FIRST, LAST = Month(2025, 6), Month(2026, 11)


class Network:
    """Four centres, listings of four countries, and 120 matches over the last eighteen months."""

    def __init__(self, session: Session) -> None:
        self.session, self.chance = session, Random(20261123)
        make_sectors(session)
        self.centres = {
            country: make_centre(
                session, country=country, head_office=country == "CN", time_zone=zone
            )
            for country, zone in zip(COUNTRIES, (*ZONES[:3], "Asia/Bangkok"), strict=True)
        }
        self.staff = make_appointment(session, self.centres["CN"])
        self.sectors = list(session.scalars(select(Sector.code).order_by(Sector.code)))
        offers = [self._listing(ListingKind.OFFER) for _ in range(14)]
        needs = [self._listing(self._need()) for _ in range(14)]
        pairs = self.chance.sample([(o, n) for o in offers for n in needs], k=120)
        for place, (offer, need) in enumerate(pairs):
            self._match(offer, need, EDGES[place] if place < len(EDGES) else None)
        session.flush()
        session.expire_all()

    def _need(self) -> ListingKind:
        return self.chance.choice((ListingKind.DEMAND, ListingKind.SCENARIO))

    def _moment(self) -> datetime:
        return datetime(2025, 6, 3, tzinfo=UTC) + timedelta(minutes=self.chance.randrange(770_000))

    def _listing(self, kind: ListingKind) -> Listing:
        owner = make_organisation(self.session, country=self.chance.choice(COUNTRIES))
        listing = make_listing(
            self.session, owner, kind=kind,
            state=self.chance.choice((ListingState.PUBLISHED, ListingState.SUBMITTED)),
            sectors=self.chance.sample(self.sectors, k=self.chance.randrange(3)),
        )  # fmt: skip
        listing.submitted_at = self._moment()
        if listing.published_at:
            listing.published_at = listing.submitted_at + timedelta(days=self.chance.randrange(50))
        if self.chance.random() < 0.5:
            self._sent_back(listing)
        return listing

    def _sent_back(self, listing: Listing) -> None:
        """It was submitted twice: the first time counts, and only the trail knows it."""
        assert listing.submitted_at is not None
        for days in (35, 0):
            self.session.add(
                AuditEntry(
                    at=listing.submitted_at - timedelta(days=days),
                    action="listing_state_changed", subject_type="listing", subject_id=listing.id,
                    data={"from": "draft", "to": "submitted", "by": "owner"},
                )
            )  # fmt: skip

    def _match(self, offer: Listing, need: Listing, at: datetime | None) -> None:
        origin = self.chance.choice(
            (MatchOrigin.SUGGESTED, MatchOrigin.SUGGESTED, MatchOrigin.INTEREST, MatchOrigin.MANUAL)
        )
        suggested = origin is MatchOrigin.SUGGESTED
        match = make_match(
            self.session, offer, need, origin=origin,
            state=MatchState.SUGGESTED if suggested else MatchState.UNDER_REVIEW,
        )  # fmt: skip
        match.band = self.chance.choice(list(Band)) if suggested else None
        match.created_at = at or self._moment()
        walk(self.session, match, self.chance, until=NOW)


@pytest.fixture
def network(session: Session) -> Network:
    return Network(session)


# The second count.


class Naive:
    """Counts row by row, from what the tables hold; shares no code with what it checks."""

    order: Final = (
        "suggested", "under_review", "approved", "offered", "introduced", "in_discussion",
        "nda", "agreement", "outcome_confirmed",
    )  # fmt: skip

    def __init__(self, session: Session, wanted: Wanted) -> None:
        self.wanted, self.zone = wanted, ZoneInfo(wanted.period.zone)
        self.parents = {
            code: parent or code
            for code, parent in session.execute(select(Sector.code, Sector.parent_code))
        }
        self.entries: dict[tuple[str, int, str], list[AuditEntry]] = {}
        for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
            key = (entry.subject_type, entry.subject_id, entry.action)
            self.entries.setdefault(key, []).append(entry)
        self.arrivals: dict[tuple[int, str], datetime | None] = {}
        self.matches = [m for m in session.scalars(select(Match)) if self.fits(m)]
        self.listings = [one for one in session.scalars(select(Listing)) if self.shown(one)]

    def month(self, at: datetime) -> str:
        return at.astimezone(self.zone).strftime("%Y-%m")

    def inside(self, at: datetime) -> bool:
        return str(self.wanted.period.first) <= self.month(at) <= str(self.wanted.period.last)

    def sectors(self, *listings: Listing) -> set[str]:
        codes = [c for one in listings for c in one.newest.codes if c.field == "sector"]
        return {code.value for code in codes}

    def tops(self, *listings: Listing) -> set[str]:
        return {self.parents[code] for code in self.sectors(*listings)} or {""}

    def in_sector(self, *listings: Listing) -> bool:
        codes, sector = self.sectors(*listings), self.wanted.sector
        return not sector or sector in codes | {self.parents[code] for code in codes}

    def fits(self, match: Match) -> bool:
        w = self.wanted
        return (
            (w.centre_id is None or w.centre_id in (match.offer_centre_id, match.need_centre_id))
            and w.offer_country in ("", match.offer.organisation.country)
            and w.need_country in ("", match.need.organisation.country)
            and w.origin in (None, match.origin)
            and self.in_sector(match.offer, match.need)
        )

    def shown(self, listing: Listing) -> bool:
        w = self.wanted
        country = w.offer_country if listing.kind == "offer" else w.need_country
        return (
            w.centre_id in (None, listing.centre_id)
            and country in ("", listing.organisation.country)
            and self.in_sector(listing)
        )

    def trail(self, kind: str, row_id: int, action: str) -> list[AuditEntry]:
        return self.entries.get((kind, row_id, action), [])

    def submitted(self, listing: Listing) -> datetime:
        trail = self.trail("listing", listing.id, "listing_state_changed")
        times = [entry.at for entry in trail if entry.data["to"] == "submitted"]
        assert listing.submitted_at is not None
        return min(times) if times else listing.submitted_at

    def moves(self, match: Match) -> list[AuditEntry]:
        return self.trail("match", match.id, "match_state_changed")

    def history(self, match: Match) -> list[tuple[datetime, str]]:
        moves = self.moves(match)
        start = moves[0].data["from"] if moves else match.state.value
        return [(match.created_at, start), *((m.at, m.data["to"]) for m in moves)]

    def arrival(self, match: Match, stage: str) -> datetime | None:
        """When a match first was in a stage's state or a later one."""
        if (match.id, stage) not in self.arrivals:
            times = [
                at
                for at, state in self.history(match)
                if self.place(state) >= self.order.index(stage)
            ]
            self.arrivals[match.id, stage] = min(times, default=None)
        return self.arrivals[match.id, stage]

    def place(self, state: str) -> int:
        if state == "negotiating":
            return self.order.index("nda")
        return self.order.index(state) if state in self.order else 0

    def funnel(self, listings: list[Listing], matches: list[Match]) -> dict[str, int]:
        counted = {
            stage: sum(self.arrival(match, stage) is not None for match in matches)
            for stage in self.order
        }
        published = sum(one.published_at is not None for one in listings)
        return {"submitted": len(listings), "published": published, **counted}

    def of_period(self) -> tuple[list[Listing], list[Match]]:
        return (
            [one for one in self.listings if self.inside(self.submitted(one))],
            [match for match in self.matches if self.inside(match.created_at)],
        )

    def month_funnel(self, month: str) -> dict[str, int]:
        def here(at: datetime | None) -> bool:
            return at is not None and self.month(at) == month

        counts = {
            stage: sum(here(self.arrival(match, stage)) for match in self.matches)
            for stage in self.order
        }
        return {
            "submitted": sum(here(self.submitted(one)) for one in self.listings),
            "published": sum(here(one.published_at) for one in self.listings),
            **counts,
        }

    def stays(self, state: str) -> tuple[list[float], int]:
        days, now = [], 0
        for match in self.matches:
            history = self.history(match)
            for place, (since, name) in enumerate(history):
                last = place == len(history) - 1
                now += last and name == state
                if not last and name == state and self.inside(history[place + 1][0]):
                    days.append((history[place + 1][0] - since).total_seconds() / 86400)
        return sorted(days), now

    def endings(self) -> dict[str, Counter[Any]]:
        found: dict[str, Counter[Any]] = {
            "states": Counter(), "rejected": Counter(), "declined": Counter(),
        }  # fmt: skip
        ends = {"rejected", "declined", "withdrawn", "no_reply", "lapsed"}
        for match in self.matches:
            for move in self.moves(match):
                if move.data["to"] in ends and self.inside(move.at):
                    found["states"][move.data["to"]] += 1
                    if move.data["to"] in found:
                        found[move.data["to"]][self.reason(match, move)] += 1
        return found

    def reason(self, match: Match, move: AuditEntry) -> str | None:
        if move.data.get("reason"):
            return str(move.data["reason"])
        refusals = [
            entry.data["reason"]
            for entry in self.trail("match", match.id, "match_decided")
            if entry.data["verdict"] == "reject" and entry.id < move.id
        ]
        return refusals[-1] if refusals else None

    def outcomes(self) -> list[Outcome]:
        return [
            match.outcome
            for match in self.matches
            if match.outcome is not None
            and match.state in {"agreement", "outcome_confirmed"}
            and str(self.wanted.period.first)
            <= match.outcome.signed_on.strftime("%Y-%m")
            <= str(self.wanted.period.last)
        ]

    def judged(self, band: Band | None) -> tuple[int, int, int, int]:
        counts = [0, 0, 0, 0]
        for match in self.of_period()[1]:
            if match.origin != "suggested" or match.band != band:
                continue
            counts[0] += 1
            rejections = [m for m in self.moves(match) if m.data["to"] == "rejected"]
            if self.arrival(match, "approved"):
                counts[1] += 1
            elif rejections:
                irrelevant = self.reason(match, rejections[-1]) in {
                    "not_relevant", "wrong_sector", "stage_mismatch",
                }  # fmt: skip
                counts[2 if irrelevant else 3] += 1
        return counts[0], counts[1], counts[2], counts[3]


def quartile(values: list[float], part: Fraction) -> float:
    """The usual interpolation, as spreadsheets' QUARTILE.INC does it."""
    place = part * (len(values) - 1)
    low = floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + float(place - low) * (values[high] - values[low])


def plain(funnel: Funnel) -> dict[str, int]:
    return {
        "submitted": funnel.submitted,
        "published": funnel.published,
        **{stage.value: funnel.count(stage) for stage in STAGES},
    }


def grouped(naive: Naive, key: Callable[..., Any], listed: bool = True) -> dict[Any, Any]:
    """The naive funnel of each group; `key` names the groups of a match or a listing."""
    listings, matches = naive.of_period()
    listings = listings if listed else []
    names = {name for row in (*listings, *matches) for name in key(row)}
    return {
        name: naive.funnel(
            [one for one in listings if name in key(one)],
            [match for match in matches if name in key(match)],
        )
        for name in names
    }


def check_all(session: Session, figures: Figures, wanted: Wanted) -> None:
    """Compare every figure."""
    naive = Naive(session, wanted)
    assert plain(figures.how_far) == naive.funnel(*naive.of_period())
    months = [str(month) for month in wanted.period.months]
    assert {str(month): plain(one) for month, one in figures.by_month.items()} == {
        month: naive.month_funnel(month) for month in months
    }
    together = [naive.month_funnel(month) for month in months]
    assert plain(figures.happened) == {
        name: sum(one[name] for one in together) for name in together[0]
    }
    check_groups(figures, naive)
    check_stays(figures, naive)
    ends = naive.endings()
    assert dict(figures.endings.states) == ends["states"]
    assert dict(figures.endings.rejections) == ends["rejected"]
    assert dict(figures.endings.declines) == ends["declined"]
    check_contracts(figures, naive)
    bands = {m.band for m in naive.of_period()[1] if m.origin == "suggested"}
    assert {
        band: (one.suggested, one.approved, one.irrelevant, one.rejected_otherwise)
        for band, one in figures.judged.items()
    } == {band: naive.judged(band) for band in bands}


def check_groups(figures: Figures, naive: Naive) -> None:
    def pair(row: Match) -> list[tuple[str, str]]:
        return [(row.offer.organisation.country, row.need.organisation.country)]

    def tops(row: Match | Listing) -> set[str]:
        return naive.tops(*((row.offer, row.need) if isinstance(row, Match) else (row,)))

    def centres(row: Match | Listing) -> set[int | None]:
        if isinstance(row, Match):
            return {row.offer_centre_id, row.need_centre_id}
        return {row.centre_id}

    for mapping, key, listed in (
        (figures.by_pair, pair, False),
        (figures.by_sector, tops, True),
        (figures.by_centre, centres, True),
    ):
        assert {name: plain(one) for name, one in mapping.items()} == grouped(naive, key, listed)  # type: ignore[attr-defined]


def check_stays(figures: Figures, naive: Naive) -> None:
    running = set(Naive.order) - {"outcome_confirmed"} | {"negotiating"}
    assert {state.value for state in figures.stays} == running
    for state, stay in figures.stays.items():
        days, now = naive.stays(state.value)
        assert (stay.ended, stay.now) == (len(days), now)
        if days:
            parts = [quartile(days, Fraction(part, 4)) for part in (1, 2, 3)]
            assert stay.quartiles == pytest.approx(parts)
        else:
            assert stay.quartiles is None


def check_contracts(figures: Figures, naive: Naive) -> None:
    outcomes = naive.outcomes()
    for mapping, key in (
        (figures.contracts, lambda one: one.currency),
        (figures.contract_types, lambda one: (one.contract_type, one.currency)),
    ):
        assert set(mapping) == {key(one) for one in outcomes}
        for name, found in mapping.items():  # type: ignore[attr-defined]
            mine = [one for one in outcomes if key(one) == name]
            values = sorted(one.contract_value for one in mine if one.contract_value is not None)
            parts = [one.transaction_value for one in mine if one.transaction_value is not None]
            assert found.agreements == len(mine)
            assert found.total == (sum(values) if values else None)
            assert found.technology_total == (sum(parts) if parts else None)
            if values:
                low, high = values[(len(values) - 1) // 2], values[len(values) // 2]
                assert abs(found.middle - Fraction(low + high, 2)) <= Fraction(1, 2)
            else:
                assert found.middle is None


def test_every_figure_under_every_filter(network: Network) -> None:
    session = network.session
    whole = Period(FIRST, LAST, "Asia/Shanghai")
    spring = Period(Month(2026, 3), Month(2026, 4), "Asia/Shanghai")
    sector = network.session.scalar(select(Sector.code).where(Sector.parent_code.is_not(None)))
    top = network.session.scalar(select(Sector.parent_code).where(Sector.code == sector))
    questions = [
        Wanted(whole),
        Wanted(spring),
        Wanted(Period(LAST, FIRST, "UTC")),
        *(Wanted(Period(Month(2026, 4), Month(2026, 4), zone)) for zone in ZONES),
        *(
            Wanted(Period(FIRST, LAST, centre.time_zone), centre_id=centre.id)
            for centre in network.centres.values()
        ),
        *(Wanted(whole, origin=origin) for origin in MatchOrigin),
        Wanted(whole, offer_country="CN"),
        Wanted(whole, need_country="TH"),
        Wanted(spring, offer_country="TH", need_country="CN", origin=MatchOrigin.SUGGESTED),
        Wanted(whole, sector=sector or ""),
        Wanted(whole, sector=top or ""),
    ]
    for wanted in questions:
        check_all(session, network_figures(session, SYSTEM, wanted), wanted)


def test_the_network_has_something_of_everything(network: Network) -> None:
    """Without that, the comparison above would compare nothing with nothing."""
    wanted = Wanted(Period(FIRST, LAST, "Asia/Shanghai"))
    figures = network_figures(network.session, SYSTEM, wanted)
    assert all(figures.how_far.count(stage) > 0 for stage in STAGES)
    assert all(stay.ended > 1 for stay in figures.stays.values())
    assert len(figures.endings.states) == 5
    assert len(figures.endings.rejections) > 3
    assert len(figures.contracts) > 2
    reopened = network.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "match_state_changed")
    )
    assert any(entry.data["from"] in {"rejected", "lapsed", "declined"} for entry in reopened)


def test_a_month_begins_at_midnight_of_the_zone(session: Session) -> None:
    make_sectors(session)
    make_centre(session, head_office=True)
    seller, buyer = (make_organisation(session) for _ in range(2))
    for at in EDGES:
        offer = make_listing(session, seller, state=ListingState.PUBLISHED)
        need = make_listing(session, buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED)
        make_match(session, offer, need).created_at = at
    april = Month(2026, 4)
    begun = {}
    for zone in (*ZONES, "Asia/Yangon"):
        figures = network_figures(session, SYSTEM, Wanted(Period(april, april, zone)))
        begun[zone] = figures.how_far.count(MatchState.SUGGESTED)
    assert begun == {
        "Asia/Dili": 7, "Asia/Shanghai": 5, "Asia/Bangkok": 3, "Asia/Yangon": 2, "UTC": 1,
    }  # fmt: skip


def test_an_agreement_counts_by_the_day_of_signing_while_it_stands(session: Session) -> None:
    make_sectors(session)
    make_centre(session, head_office=True)
    seller, buyer = (make_organisation(session) for _ in range(2))
    for state, day in (
        (MatchState.AGREEMENT, date(2026, 10, 31)),
        (MatchState.AGREEMENT, date(2026, 11, 1)),
        (MatchState.OUTCOME_CONFIRMED, date(2026, 11, 30)),
        (MatchState.NEGOTIATING, date(2026, 11, 2)),
        (MatchState.WITHDRAWN, date(2026, 11, 2)),
    ):
        offer = make_listing(session, seller, state=ListingState.PUBLISHED)
        need = make_listing(session, buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED)
        make_match(session, offer, need, state=state).outcome = Outcome(
            contract_type=TechnologyContractType.LICENCE, contract_value=10**15, currency="CNY",
            signed_on=day, recorded_at=NOW,
        )  # fmt: skip
    november = Month(2026, 11)
    wanted = Wanted(Period(november, november, "Asia/Shanghai"))
    found = network_figures(session, SYSTEM, wanted).contracts
    assert {code: (one.agreements, one.total) for code, one in found.items()} == {
        "CNY": (2, 2 * 10**15)
    }


def test_nobody_else_counts(session: Session) -> None:
    with pytest.raises(DomainError):
        network_figures(session, VISITOR, Wanted(Period(FIRST, LAST, "UTC")))


# The files and the pages show these figures.


def test_the_files_hold_the_figures(
    network: Network, client: FlaskClient, login: Callable[[User], FlaskClient]
) -> None:
    centre = network.centres["TH"]
    browser = login(network.staff)
    address = f"/en/desk/statistics/files/all.zip?first=2026-01&last=2026-04&centre={centre.code}"
    answer = browser.get(address)
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        files = {
            name.removesuffix(".csv"): list(
                csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig")))
            )
            for name in archive.namelist()
        }
    wanted = Wanted(Period(Month(2026, 1), Month(2026, 4), centre.time_zone), centre_id=centre.id)
    figures = network_figures(network.session, actor_of(network.session, network.staff), wanted)
    assert ["Months begin at midnight in", "Bangkok (GMT+07:00)"] in files["about"]
    expected = list(plain(figures.how_far).values())
    assert [int(row[1]) for row in files["funnel"][1:]] == expected
    assert [row[1:] for row in files["months"][1:-1]] == [
        [str(value) for value in plain(one).values()] for one in figures.by_month.values()
    ]
    matrix = files["matrix"]
    assert int(matrix[-1][-1]) == figures.how_far.count(MatchState.SUGGESTED)
    assert [int(row[-1]) for row in matrix[1:]] == [
        sum(int(cell) for cell in row[1:-1]) for row in matrix[1:]
    ]
    values = {row[0][:3]: row[2] for row in files["contracts"][1:] if row[2]}
    assert values == {
        code: f"{one.total // 100}.{one.total % 100:02}"
        for code, one in figures.contracts.items()
        if code and one.total is not None
    }
    assert sum(int(row[1]) for row in files["rejections"][1:]) == figures.endings.states.get(
        MatchState.REJECTED, 0
    )
