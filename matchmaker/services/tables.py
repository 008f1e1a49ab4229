"""Reading a table that somebody uploads: XLSX or CSV, into one dict of texts a row."""

import csv
import io
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.vocabulary import TextField

MAX_ROWS: Final = 500
"""A page checks them in some seconds; the command line takes longer files."""
MAX_LINES: Final = 20_000
"""Lines looked at, empty ones included: a single cell far below makes a sheet of a million."""
MAX_COLUMNS: Final = 100
MAX_UNPACKED: Final = 60 * 1024 * 1024
"""Bytes that a workbook may unpack to: a small file can hold a bomb."""
MAX_CELL: Final = 20_000
IGNORED: Final = ""
"""What `headings` maps a column to that we write ourselves and do not read."""
_XLSX: Final = b"PK\x03\x04"
_ENCODINGS: Final = ("utf-8-sig", "utf-16", "gb18030")
_DELIMITERS: Final = (",", ";", "\t")
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, SyntaxError, EOFError, OSError,
    KeyError, IndexError, ValueError, TypeError, AttributeError, RuntimeError,
)  # fmt: skip
"""What openpyxl raises for a workbook that is none; RuntimeError for one with a password."""


def read_table(
    content: bytes,
    headings: Mapping[str, str],
    *,
    needed: Sequence[str] = (TextField.TITLE,),
    most: int = MAX_ROWS,
) -> list[tuple[int, dict[str, str]]]:
    """Return (line number as the spreadsheet shows it, field -> text) for each row with content.

    `headings` maps a heading, as `heading_key` writes it, to its field or IGNORED; `needed` are the
    fields without which it is no such table. Raises DomainError: SPREADSHEET_UNREADABLE,
    SPREADSHEET_COLUMN_UNKNOWN, SPREADSHEET_COLUMN_TWICE, SPREADSHEET_COLUMN_MISSING,
    SPREADSHEET_NO_ROWS, SPREADSHEET_TOO_MANY_ROWS (more than `most`).
    """
    lines = _xlsx(content) if content.startswith(_XLSX) else _csv(content)
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if any(line))
    first = next(numbered, None)
    if first is None:
        raise DomainError(ErrorCode.SPREADSHEET_NO_ROWS)
    fields = _fields(first[1], headings, needed)
    rows: list[tuple[int, dict[str, str]]] = []
    for number, line in numbered:
        if len(rows) == most:
            raise DomainError(ErrorCode.SPREADSHEET_TOO_MANY_ROWS, limit=most)
        rows.append(
            (number, {field: text for field, text in zip(fields, line, strict=False) if field})
        )
    if not rows:
        raise DomainError(ErrorCode.SPREADSHEET_NO_ROWS)
    return rows


def heading_key(heading: str) -> str:
    """Return a heading without the differences that nobody sees: case, width, spaces, marks."""
    return " ".join(unicodedata.normalize("NFKC", heading).casefold().split()).rstrip("* ")


def _fields(line: Sequence[str], headings: Mapping[str, str], needed: Sequence[str]) -> list[str]:
    fields: list[str] = []
    for heading in line:
        field = headings.get(heading_key(heading)) if heading else IGNORED
        if field is None:
            raise DomainError(ErrorCode.SPREADSHEET_COLUMN_UNKNOWN, value=heading[:80])
        if field and field in fields:
            raise DomainError(ErrorCode.SPREADSHEET_COLUMN_TWICE, value=heading[:80])
        fields.append(field)
    for field in needed:
        if field not in fields:
            raise DomainError(ErrorCode.SPREADSHEET_COLUMN_MISSING, value=field)
    return fields


def _csv(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
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


def _xlsx(content: bytes) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - a second of each start otherwise

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size <= MAX_UNPACKED:
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            cells = book.worksheets[0].iter_rows(
                values_only=True, max_row=MAX_LINES, max_col=MAX_COLUMNS
            )
            for line in cells:
                yield [_text(value) for value in line]
            return
    except _BROKEN:
        pass
    raise DomainError(ErrorCode.SPREADSHEET_UNREADABLE)


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
