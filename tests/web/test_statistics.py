"""The pages and files of the statistics: an empty site, odd questions, safe cells."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from matchmaker.domain.clock import local_date, utc_now
from matchmaker.domain.vocabulary import ListingKind, ListingState, MatchState
from matchmaker.models import CentreName, Outcome, User
from matchmaker.web.statistics.cells import Amount, Column, Kind, Table
from matchmaker.web.statistics.exports import csv_file, xlsx_file
from tests.factories import (
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_organisation,
    make_sectors,
)

Login = Callable[[User], FlaskClient]
PAGES = ("/en/desk/statistics/", "/en/desk/statistics/report")
NOTHING = "Nothing to count in this period."


@pytest.fixture
def staff(session: Session) -> User:
    make_sectors(session)
    return make_appointment(session, make_centre(session, head_office=True))


def add_agreement(session: Session) -> None:
    """A match that was agreed this month, of a seller whose name stands nowhere."""
    now = utc_now()
    seller = make_organisation(session, name="Hidden Mill of Nanning")
    buyer = make_organisation(session)
    offer = make_listing(session, seller, state=ListingState.PUBLISHED)
    need = make_listing(session, buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED)
    for listing in (offer, need):
        listing.submitted_at = listing.published_at = now
    match = make_match(session, offer, need, state=MatchState.AGREEMENT)
    match.created_at = match.state_changed_at = now
    outcome = Outcome(
        contract_type="licence", contract_value=123_456_789, currency="THB",
        signed_on=local_date(now, "Asia/Shanghai"), recorded_at=now,
    )  # fmt: skip
    match.outcomes.append(outcome)


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_site_shows_zeros_and_says_so(
    client: FlaskClient, login: Login, staff: User, page: str
) -> None:
    answer = login(staff).get(page)
    assert answer.status_code == 200
    numbers = re.findall(r"<dd>([^<]*)</dd>", answer.text.split("key-figures", 1)[1])[:6]
    assert numbers == ["0", "0", "0", "0", "0", "–"]
    assert answer.text.count(NOTHING) >= 8
    page_text = re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text)
    assert "nan" not in page_text.lower().replace("nanning", "")


@pytest.mark.parametrize("page", PAGES)
def test_charts_have_names_and_no_style(
    session: Session, client: FlaskClient, login: Login, staff: User, page: str
) -> None:
    add_agreement(session)
    text = login(staff).get(page).text
    assert "Hidden Mill" not in text
    assert "THB 1,234,567.89" in text
    drawings = re.findall(r"<svg class=\"chart\".*?</svg>", text, re.DOTALL)
    assert len(drawings) >= 6
    for drawing in drawings:
        named = re.search(r'role="img" aria-labelledby="([^"]+)"', drawing)
        assert named is not None
        assert f'<title id="{named[1]}">' in drawing
        assert "style=" not in drawing
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids)), "each id once"


@pytest.mark.parametrize(
    "question",
    [
        "first=2026-99&last=x", "first=&last=", "centre=nowhere", "sector=%00", "origin=robot",
        "flow=rejected", "offer_country=XX&need_country=1", f"first={'9' * 500}",
        "first=0001-01&last=9999-12", "unknown=1",
    ],
)  # fmt: skip
def test_an_odd_question_restricts_nothing(
    client: FlaskClient, login: Login, staff: User, question: str
) -> None:
    browser = login(staff)
    for page in PAGES:
        assert browser.get(f"{page}?{question}").status_code == 200
    answer = browser.get(f"/en/desk/statistics/files/funnel.csv?{question}")
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["all.csv", "funnel.zip", "nothing.csv", "funnel.exe"])
def test_there_is_no_such_file(client: FlaskClient, login: Login, staff: User, name: str) -> None:
    assert login(staff).get(f"/en/desk/statistics/files/{name}").status_code == 404


def test_files_are_downloads_with_a_name(
    session: Session, client: FlaskClient, login: Login, staff: User
) -> None:
    add_agreement(session)
    browser = login(staff)
    one = browser.get("/en/desk/statistics/files/contracts.csv")
    assert one.headers["Content-Disposition"].startswith("attachment; filename=")
    assert one.headers["X-Content-Type-Options"] == "nosniff"
    lines = list(csv.reader(io.StringIO(one.data.decode("utf-8-sig"))))
    assert one.data.startswith(b"\xef\xbb\xbf")
    assert lines[1][:4] == ["THB – Thai Baht", "1", "1234567.89", "1234567.89"]
    book = load_workbook(io.BytesIO(browser.get("/en/desk/statistics/files/all.xlsx").data))
    with zipfile.ZipFile(
        io.BytesIO(browser.get("/en/desk/statistics/files/all.zip").data)
    ) as archive:
        assert len(archive.namelist()) == len(book.sheetnames)
    assert book.worksheets[0].title == "0 About these figures"
    money = next(sheet for sheet in book.worksheets if "currency" in sheet.title)
    assert money["C2"].value == pytest.approx(1234567.89)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_name_is_never_computed(app: Flask, text: str) -> None:
    table = Table(
        "sectors", "Title [:*?/\\] " * 5, "", [Column(text, Kind.TEXT), Column("Number")],
        [[text, 1]],
    )  # fmt: skip
    with app.test_request_context("/en/"):
        lines = list(csv.reader(io.StringIO(csv_file(table).decode("utf-8-sig"))))
        book = load_workbook(io.BytesIO(xlsx_file([table, table], [(text, text)])))
    assert lines == [[f"'{text}", "Number"], [f"'{text}", "1"]]
    for sheet in book.worksheets:
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_centres_of_one_name_keep_their_rows(
    session: Session, client: FlaskClient, login: Login, staff: User
) -> None:
    for country in ("TH", "VN"):
        centre = make_centre(session, country=country)
        session.flush()
        name = session.get_one(CentreName, (centre.id, "en"))
        name.name = "=Twin"
        owner = make_organisation(session, country=country)
        listing = make_listing(session, owner, state=ListingState.SUBMITTED)
        listing.submitted_at = utc_now()
    answer = login(staff).get("/en/desk/statistics/files/centres.csv")
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [line[:2] for line in lines[1:]] == [["'=Twin", "1"], ["'=Twin", "1"]]


def test_an_amount_is_written_exactly() -> None:
    table = Table(
        "contracts", "", "", [Column("", Kind.TEXT), Column("", Kind.MONEY)],
        [["CNY", Amount(10**17 + 7, "CNY")]],
    )  # fmt: skip
    assert b"1000000000000000.07" in csv_file(table)
