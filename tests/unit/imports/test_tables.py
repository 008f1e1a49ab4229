"""Tables as people upload them: good, broken, and made to break something."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter
from openpyxl import Workbook

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.services import tables
from matchmaker.services.tables import heading_key, read_table

HEADINGS = {
    "title": "title",
    "标题": "title",
    "kind": "kind",
    "needed by": "needed_by",
    "wrong": "",
}


def xlsx(*lines: list[Any]) -> bytes:
    """A workbook with these lines."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in lines:
        sheet.append(line)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"title,kind\nBagasse boards,offer\n",
        b"\xef\xbb\xbfTitle *;KIND\r\nBagasse boards;offer\r\n",
        b"title\tkind\nBagasse boards\toffer",
        "title,kind\nBagasse boards,offer".encode("utf-16"),
        "标题,kind\nBagasse boards,offer".encode("gb18030"),
        b'\n"title","kind"\n\n"Bagasse boards","offer"\n',
    ],
)
def test_csv_in_the_forms_that_spreadsheets_write(content: bytes) -> None:
    ((_number, row),) = read_table(content, HEADINGS)
    assert row == {"title": "Bagasse boards", "kind": "offer"}


def test_row_numbers_are_those_of_the_spreadsheet() -> None:
    rows = read_table(xlsx(["title"], [], ["one"], [None], ["two"]), HEADINGS)
    assert [number for number, _row in rows] == [3, 5]


def test_numbers_and_dates_become_text() -> None:
    content = xlsx(
        ["title", "kind", "needed by"],
        [7.0, 7.5, datetime(2027, 3, 31)],  # noqa: DTZ001 - spreadsheets have no zones
        ["x", True, date(2027, 3, 31)],
    )
    rows = [row for _number, row in read_table(content, HEADINGS)]
    assert rows[0] == {"title": "7", "kind": "7.5", "needed_by": "2027-03-31"}
    assert rows[1]["needed_by"] == "2027-03-31"


@pytest.mark.parametrize("start", "=+-@")
def test_what_looks_like_a_formula_is_text(start: str) -> None:
    cell = f'{start}HYPERLINK("https://evil.example")'
    quoted = cell.replace('"', '""')
    ((_number, row),) = read_table(f'title\n"{quoted}"\n'.encode(), HEADINGS)
    assert row["title"] == cell
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"strings_to_formulas": False})
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, "title")
    sheet.write_string(1, 0, cell)
    book.close()
    ((_number, row),) = read_table(buffer.getvalue(), HEADINGS)
    assert row["title"] == cell


def test_a_real_formula_is_never_computed() -> None:
    content = xlsx(["title", "kind"], ["=1+1", "offer"])
    ((_number, row),) = read_table(content, HEADINGS)
    assert row["title"] == ""


def test_columns_of_our_own_are_left_out() -> None:
    ((_number, row),) = read_table(b"title,wrong,\nBoards,too long,x\n", HEADINGS)
    assert row == {"title": "Boards"}


def _archive(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", ErrorCode.SPREADSHEET_NO_ROWS),
        (b"title\n", ErrorCode.SPREADSHEET_NO_ROWS),
        (b"\n\n,,\n", ErrorCode.SPREADSHEET_NO_ROWS),
        (xlsx(["title", "kind"]), ErrorCode.SPREADSHEET_NO_ROWS),
        (b"title,colour\nx,y\n", ErrorCode.SPREADSHEET_COLUMN_UNKNOWN),
        (b"title,Title\nx,y\n", ErrorCode.SPREADSHEET_COLUMN_TWICE),
        ("title,标题\nx,y\n".encode(), ErrorCode.SPREADSHEET_COLUMN_TWICE),
        (b"kind\noffer\n", ErrorCode.SPREADSHEET_COLUMN_MISSING),
        (b"\x00\x01\x02binary\xff", ErrorCode.SPREADSHEET_UNREADABLE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, ErrorCode.SPREADSHEET_UNREADABLE),
        (b"PK\x03\x04broken", ErrorCode.SPREADSHEET_UNREADABLE),
        (_archive(a=b"x"), ErrorCode.SPREADSHEET_UNREADABLE),
        (xlsx(["title"], ["x"])[:-200], ErrorCode.SPREADSHEET_UNREADABLE),
        (b'title\n"' + b"x" * 200_000 + b'"\n', ErrorCode.SPREADSHEET_UNREADABLE),
    ],
)
def test_bad_tables(content: bytes, code: ErrorCode) -> None:
    with pytest.raises(DomainError) as raised:
        read_table(content, HEADINGS)
    assert raised.value.code is code


def test_zip_bomb_is_not_unpacked() -> None:
    bomb = _archive(**{"xl/workbook.xml": b"0" * (tables.MAX_UNPACKED + 1)})
    assert len(bomb) < 200_000
    with pytest.raises(DomainError) as raised:
        read_table(bomb, HEADINGS)
    assert raised.value.code is ErrorCode.SPREADSHEET_UNREADABLE


def test_too_many_rows() -> None:
    assert len(read_table(b"title\na\nb\n", HEADINGS, most=2)) == 2
    with pytest.raises(DomainError) as raised:
        read_table(b"title\na\n\nb\nc\n", HEADINGS, most=2)
    assert raised.value.code is ErrorCode.SPREADSHEET_TOO_MANY_ROWS
    assert raised.value.data == {"limit": 2}


def test_heading_key() -> None:
    assert heading_key("  Your  OWN\nnumber * ") == "your own number"
    assert heading_key("ＴＩＴＬＥ") == "title"
