"""Reading a table that somebody uploads: XLSX or CSV, into one dict of texts a row."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from matchmaker.domain.errors import DomainError, ErrorCode

MAX_ROWS: Final = 2000
MAX_UNPACKED: Final = 100 * 1024 * 1024
"""Bytes that a workbook may unpack to: a small file can hold a bomb."""
MAX_CELL: Final = 20_000
_XLSX: Final = b"PK\x03\x04"
_ENCODINGS: Final = ("utf-8-sig", "utf-16", "gb18030")


def read_table(content: bytes, headings: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """Return (line number as the spreadsheet shows it, field -> text) for each row with content.

    `headings` maps a heading, case-folded, to its field. Raises DomainError:
    SPREADSHEET_UNREADABLE, SPREADSHEET_COLUMN_UNKNOWN, SPREADSHEET_COLUMN_MISSING (no title),
    SPREADSHEET_NO_ROWS, SPREADSHEET_TOO_MANY_ROWS.
    """
    lines = _xlsx(content) if content.startswith(_XLSX) else _csv(content)
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if any(line))
    first = next(numbered, None)
    if first is None:
        raise DomainError(ErrorCode.SPREADSHEET_NO_ROWS)
    fields = _fields(first[1], headings)
    rows: list[tuple[int, dict[str, str]]] = []
    for number, line in numbered:
        if len(rows) == MAX_ROWS:
            raise DomainError(ErrorCode.SPREADSHEET_TOO_MANY_ROWS, limit=MAX_ROWS)
        rows.append(
            (number, {field: text for field, text in zip(fields, line, strict=False) if field})
        )
    if not rows:
        raise DomainError(ErrorCode.SPREADSHEET_NO_ROWS)
    return rows


def _fields(line: Sequence[str], headings: Mapping[str, str]) -> list[str]:
    fields = []
    for heading in line:
        if heading and heading.casefold() not in headings:
            raise DomainError(ErrorCode.SPREADSHEET_COLUMN_UNKNOWN, heading=heading[:80])
        fields.append(headings[heading.casefold()] if heading else "")
    if "title" not in fields:
        raise DomainError(ErrorCode.SPREADSHEET_COLUMN_MISSING, field_name="title")
    return fields


def _csv(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:8192], ",;\t")
    except csv.Error:
        dialect = csv.excel
    try:
        for line in csv.reader(io.StringIO(text, newline=""), dialect):
            yield [cell.strip()[:MAX_CELL] for cell in line]
    except csv.Error:
        raise DomainError(ErrorCode.SPREADSHEET_UNREADABLE) from None


def _decoded(content: bytes) -> str:
    for encoding in _ENCODINGS:
        if encoding == "utf-16" and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise DomainError(ErrorCode.SPREADSHEET_UNREADABLE)


def _xlsx(content: bytes) -> Iterable[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise DomainError(ErrorCode.SPREADSHEET_UNREADABLE)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return [
            [_text(value) for value in row]
            for row in sheet.iter_rows(values_only=True, max_row=MAX_ROWS + 2)
        ]
    except (
        zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, IndexError,
        SyntaxError,
    ):  # fmt: skip
        raise DomainError(ErrorCode.SPREADSHEET_UNREADABLE) from None


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()[:MAX_CELL]
