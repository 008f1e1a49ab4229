"""Bringing in a table on the pages: template, report, drafts, refused rows."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import xlsxwriter
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from matchmaker.domain.languages import LOCALES
from matchmaker.domain.listing_records import FIELDS
from matchmaker.domain.vocabulary import CodeField, ListingKind
from matchmaker.models import ImportBatch, Listing, Organisation, SectorName, User
from matchmaker.services.tables import heading_key
from matchmaker.web.imports import forms
from matchmaker.web.imports.columns import all_headings, heading
from tests.factories import (
    make_appointment,
    make_centre,
    make_membership,
    make_organisation,
    make_sectors,
    make_user,
)

Login = Callable[[User], FlaskClient]
TEXT = "A press that makes building boards from the fibre left after sugar milling."


@pytest.fixture
def owner(session: Session) -> tuple[Organisation, User]:
    make_sectors(session)
    make_centre(session, head_office=True)
    organisation = make_organisation(session)
    return organisation, make_membership(session, organisation)


def table(lines: Sequence[Sequence[str]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"strings_to_formulas": False})
    sheet = book.add_worksheet()
    for row, line in enumerate(lines):
        for column, text in enumerate(line):
            sheet.write_string(row, column, text)
    book.close()
    return buffer.getvalue()


def send(client: FlaskClient, content: bytes, **more: Any) -> TestResponse:
    return client.post(
        "/en/my/import",
        data={"table": FileStorage(io.BytesIO(content), "my table.xlsx"), **more},
        content_type="multipart/form-data",
    )


def report(client: FlaskClient, answer: TestResponse) -> str:
    assert answer.status_code == 302, answer.text
    return client.get(answer.location).text


LINES = [
    ["kind", "language", "title", "description", "sectors", "trl", "own_number"],
    ["offer", "en", "Boards of bagasse", TEXT, "Sugar cane", "TRL 6", "1"],
    ["nonsense", "en", "Broken row", TEXT, "nowhere", "6", "2"],
]


def test_the_whole_way(login: Login, session: Session, owner: tuple[Organisation, User]) -> None:
    organisation, person = owner
    client = login(person)
    page = client.get("/en/my/import").text
    assert organisation.reference in page
    answer = send(client, table(LINES), organisation=organisation.reference)
    page = report(client, answer)
    assert "What would become of the table" in page
    assert "Bring in 1 draft" in page
    assert "Broken row" in page
    assert "“nonsense” is not among the allowed values." in page
    assert session.scalars(select(Listing)).all() == []
    only = client.get(answer.location + "?only=problems").text
    assert "Broken row" in only
    assert "Boards of bagasse" not in only
    applied = client.post(answer.location)
    page = report(client, applied)
    assert "1 row was brought in as a draft." in page
    (listing,) = session.scalars(select(Listing)).all()
    assert f"/en/my/listings/{listing.reference}" in page
    assert listing.newest.values(CodeField.SECTOR) == ("sugar_cane",)
    assert listing.newest.trl == 6
    client.post(answer.location)
    assert len(session.scalars(select(Listing)).all()) == 1


def test_refused_rows_come_back_to_be_corrected(
    login: Login, owner: tuple[Organisation, User]
) -> None:
    organisation, person = owner
    client = login(person)
    evil = ["=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)"]
    lines = [LINES[0], *([*LINES[2][:2], text, *LINES[2][3:6], text] for text in evil)]
    answer = send(client, table(lines), organisation=organisation.reference)
    assert answer.status_code == 302
    got = client.get(answer.location + "/refused.xlsx")
    assert got.headers["Content-Disposition"].startswith("attachment")
    sheet = load_workbook(io.BytesIO(got.data)).worksheets[0]
    titles = [sheet.cell(row, FIELDS.index("title") + 1) for row in range(2, 6)]
    assert [cell.value for cell in titles] == evil
    assert {cell.data_type for cell in titles} == {"s"}
    wrong = sheet.cell(2, len(FIELDS) + 1).value
    assert isinstance(wrong, str)
    assert "Kind: “nonsense” is not among the allowed values." in wrong
    again = report(client, send(client, got.data, organisation=organisation.reference))
    assert "=cmd|" in again


def test_formulas_stay_text(
    login: Login, session: Session, owner: tuple[Organisation, User]
) -> None:
    organisation, person = owner
    client = login(person)
    line = ["offer", "en", '=HYPERLINK("https://evil.example","x")', TEXT, "", "", ""]
    answer = send(client, table([LINES[0], line]), organisation=organisation.reference)
    client.post(answer.location)
    (listing,) = session.scalars(select(Listing)).all()
    assert listing.newest.original is not None
    assert listing.newest.original.title == '=HYPERLINK("https://evil.example","x")'


def test_headings_and_values_in_another_language(
    login: Login, session: Session, owner: tuple[Organisation, User], app: Flask
) -> None:
    organisation, person = owner
    session.add(SectorName(sector_code="sugar_cane", language="zh-Hans", name="甘蔗"))
    client = login(person)
    names = ("kind", "language", "title", "description", "sectors", "currency", "price_min")
    with app.test_request_context("/zh-Hans/"):
        headings = [heading(name) for name in names]
    text = "用糖厂榨糖后剩下的纤维压制建筑板材的设备与工艺。"
    sectors = "甘蔗、Machinery and high-end equipment"
    row = ["技术供给", "简体中文", "蔗渣制板技术", text, sectors, "人民币", "1200.50"]
    page = report(client, send(client, table([headings, row]), organisation=organisation.reference))
    assert "Bring in 1 draft" in page, page
    batch = session.scalars(select(ImportBatch)).one()
    assert batch.rows[0][1] == {
        "kind": "offer",
        "language": "zh-Hans",
        "title": "蔗渣制板技术",
        "description": text,
        "sectors": ["sugar_cane", "machinery"],
        "currency": "CNY",
        "price_min": "1200.50",
    }


@pytest.mark.parametrize("locale", LOCALES)
def test_template_can_be_filled_in_and_read(
    login: Login, session: Session, owner: tuple[Organisation, User], locale: str
) -> None:
    organisation, person = owner
    client = login(person)
    got = client.get(f"/{locale}/my/import/template.xlsx")
    assert got.headers["Content-Disposition"] == "attachment; filename=listings.xlsx"
    book = load_workbook(io.BytesIO(got.data))
    sheet, explanation = book.worksheets
    assert sheet.max_row == 1
    assert len(sheet.data_validations.dataValidation) == 7
    first = sheet.data_validations.dataValidation[0]
    found = re.search(r"\$C\$(\d+):\$C\$(\d+)", str(first.formula1))
    assert found is not None
    kinds = [explanation.cell(row, 4).value for row in range(int(found[1]), int(found[2]) + 1)]
    labels = [explanation.cell(row, 3).value for row in range(int(found[1]), int(found[2]) + 1)]
    assert kinds == [kind.value for kind in ListingKind]
    row = {"kind": str(labels[0]), "language": "English", "title": "Boards", "description": TEXT}
    for column, name in enumerate(FIELDS, start=1):
        sheet.cell(2, column, row.get(name))
    buffer = io.BytesIO()
    book.save(buffer)
    answer = send(client, buffer.getvalue(), organisation=organisation.reference)
    assert answer.status_code == 302, answer.text
    assert session.scalars(select(ImportBatch)).one().report[0]["outcome"] == "created"


def test_csv_template(login: Login, owner: tuple[Organisation, User]) -> None:
    got = login(owner[1]).get("/zh-Hans/my/import/template.csv")
    assert got.data.startswith(b"\xef\xbb\xbf")
    assert "标题" in got.text
    assert got.mimetype == "text/csv"


def test_no_heading_means_two_columns(app: Flask) -> None:
    for locale in LOCALES:
        with app.test_request_context(f"/{locale}/"):
            found = all_headings()
            for name in FIELDS:
                assert found[heading_key(heading(name))] == name, (locale, name)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "We could not read this spreadsheet"),
        (b"title\n", "has headings but no rows"),
        (b"title,colour\na,b\n", "The column “colour” is not in the template"),
        (b"kind\noffer\n", "The column “Title” is missing"),
        (b"title,Title\na,b\n", "There are two columns for “Title”"),
    ],
)
def test_bad_files(
    login: Login, owner: tuple[Organisation, User], content: bytes, sentence: str
) -> None:
    page = send(login(owner[1]), content, organisation=owner[0].reference)
    assert page.status_code == 200
    assert sentence in page.text
    assert 'href="#table"' in page.text


def test_large_file(
    login: Login, owner: tuple[Organisation, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "MAX_MEGABYTES", 0)
    page = send(login(owner[1]), table(LINES), organisation=owner[0].reference)
    assert "The file is too large: it may have up to 0 megabytes." in page.text


def test_no_file_and_no_organisation(login: Login, owner: tuple[Organisation, User]) -> None:
    page = login(owner[1]).post("/en/my/import", data={"organisation": ""})
    assert "Choose a file." in page.text
    assert "Choose an organisation." in page.text
    page = send(login(owner[1]), table(LINES), organisation="G-0000-0000")
    assert 'href="#organisation"' in page.text


def test_trust_language(login: Login, owner: tuple[Organisation, User]) -> None:
    client = login(owner[1])
    content = table([LINES[0], ["offer", "th", "Boards of bagasse", TEXT, "", "", ""]])
    refused = report(client, send(client, content, organisation=owner[0].reference))
    assert "This text seems to be in English, not in Thai." in refused
    assert "There is nothing to bring in." in refused
    trusted = send(client, content, organisation=owner[0].reference, trust_language="y")
    assert "Bring in 1 draft" in report(client, trusted)


def test_whose_report(login: Login, session: Session, owner: tuple[Organisation, User]) -> None:
    answer = send(login(owner[1]), table(LINES), organisation=owner[0].reference)
    colleague = make_membership(session, owner[0])
    client = login(colleague)
    for page in (answer.location, answer.location + "/refused.xlsx"):
        assert client.get(page).status_code == 404
    assert client.post(answer.location).status_code == 404


def test_who_may(
    client: FlaskClient, login: Login, session: Session, owner: tuple[Organisation, User]
) -> None:
    assert client.get("/en/my/import").status_code == 302
    assert login(make_user(session)).get("/en/my/import").status_code == 403
    unverified = make_membership(session, make_organisation(session, verified=False))
    assert login(unverified).get("/en/my/import").status_code == 403
    staff = make_appointment(session, owner[0].centre)
    page = login(staff).get("/en/my/import")
    assert page.status_code == 200
    assert owner[0].reference not in page.text, "it acts for itself"
    page = send(login(staff), table(LINES), organisation=owner[0].reference)
    assert page.status_code == 200
    assert session.scalars(select(ImportBatch)).all() == []
