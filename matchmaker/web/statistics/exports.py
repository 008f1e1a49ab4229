"""The tables as files: CSV for one, a ZIP of them for all, XLSX for either."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import xlsxwriter
from flask_babel import gettext as _

from matchmaker.web.csv_text import csv_text
from matchmaker.web.statistics.cells import Amount, Cell, Column, Kind, Table

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FORMATS: Final = {
    Kind.TEXT: "@",
    Kind.NUMBER: "#,##0",
    Kind.SHARE: "0.0%",
    Kind.DAYS: "#,##0.0",
    Kind.MONEY: "#,##0.00",
}
_WIDE: Final = 36
_NARROW: Final = 14
_MAX_NAME: Final = 31
"""What spreadsheets allow for the name of a sheet."""

About = Sequence[tuple[str, str]]
"""What was counted: (name, value)."""


def csv_file(table: Table) -> bytes:
    """Return one table in UTF-8 with the mark that spreadsheets look for; numbers are plain."""
    headings = [column.full or column.heading for column in table.columns]
    rows = [[_plain(cell, column) for cell, column in _cells(row, table)] for row in table.rows]
    return csv_text([headings, *rows])


def zip_file(tables: Sequence[Table], about: About) -> bytes:
    """Return all tables as CSV, and what was counted."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("about.csv", csv_text([list(line) for line in about]))
        for table in tables:
            archive.writestr(f"{table.code}.csv", csv_file(table))
    return buffer.getvalue()


def xlsx_file(tables: Sequence[Table], about: About) -> bytes:
    """Return a workbook: what was counted, then a sheet for each table."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, _OPTIONS)
    bold = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E3F1EE", "border": 1}
    )
    formats = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
    sheet = book.add_worksheet(_sheet_name(0, _("About these figures")))
    sheet.set_column(0, 1, _WIDE)
    for line, (name, value) in enumerate(about):
        sheet.write_string(line, 0, name, bold)
        sheet.write_string(line, 1, value, formats[Kind.TEXT])
    for number, table in enumerate(tables, start=1):
        _write(book.add_worksheet(_sheet_name(number, table.title)), table, bold, formats)
    book.close()
    return buffer.getvalue()


def _write(sheet: Any, table: Table, bold: Any, formats: dict[Kind, Any]) -> None:
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, _WIDE if column.kind is Kind.TEXT else _NARROW)
        sheet.write_string(0, place, column.full or column.heading, bold)
    for line, row in enumerate(table.rows, start=1):
        for place, (cell, column) in enumerate(_cells(row, table)):
            if isinstance(cell, str):
                sheet.write_string(line, place, cell, formats[Kind.TEXT])
            elif cell is not None:
                value = cell.hundredths / 100 if isinstance(cell, Amount) else cell
                sheet.write_number(line, place, value, formats[column.kind])
    sheet.freeze_panes(1, 1)


def _cells(row: Sequence[Cell], table: Table) -> list[tuple[Cell, Column]]:
    return list(zip(row, table.columns, strict=True))


def _plain(cell: Cell, column: Column) -> str:
    """Return a cell as programs read it."""
    if cell is None:
        return ""
    if isinstance(cell, Amount):
        return f"{Decimal(cell.hundredths) / 100:.2f}"
    return f"{cell:.4f}" if column.kind in {Kind.SHARE, Kind.DAYS} else str(cell)


def _sheet_name(number: int, text: str) -> str:
    """A name without the characters that spreadsheets forbid; the number makes it unlike others."""
    kept = "".join(char for char in f"{number} {text}" if char not in "[]:*?/\\'")
    return kept[:_MAX_NAME]
