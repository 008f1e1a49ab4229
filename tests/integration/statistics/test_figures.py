"""Every figure, counted a second time: naively, from the rows of matches, listings and trail."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError
from matchmaker.domain.months import Month, Period
from matchmaker.domain.permissions import SYSTEM, VISITOR
from matchmaker.domain.vocabulary import (
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
    make_centre,
    make_listing,
    make_match,
    make_organisation,
    make_sectors,
)
from tests.integration.statistics.second_count import (
    EDGES,
    FIRST,
    LAST,
    ZONES,
    Naive,
    Network,
    quartile,
)


@pytest.fixture
def network(session: Session) -> Network:
    return Network(session)


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
        outcome = Outcome(
            contract_type=TechnologyContractType.LICENCE, contract_value=10**15, currency="CNY",
            signed_on=day, recorded_at=NOW,
        )  # fmt: skip
        match = make_match(session, offer, need, state=state)
        match.outcomes.append(outcome)
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
