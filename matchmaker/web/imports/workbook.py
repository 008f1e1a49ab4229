"""The tables that we hand out: the empty template, and refused rows with what is wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import xlsxwriter
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from matchmaker.domain.listing_records import FIELDS, LISTS, TEXTS
from matchmaker.services.tables import MAX_ROWS
from matchmaker.web.imports.columns import PROBLEMS, REQUIRED, explanation, heading
from matchmaker.web.imports.values import allowed

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""Whatever somebody wrote is text: a cell that begins with = is not computed."""
_WIDE: Final = 40
_NARROW: Final = 20
_MAX_CELL: Final = 32_000


def headings() -> list[str]:
    """Return the headings of the table in the reader's language; * marks what is needed."""
    return [f"{heading(name)} *" if name in REQUIRED else heading(name) for name in FIELDS]


def csv_template() -> bytes:
    """Return a table with headings only, in UTF-8 with the mark that spreadsheets look for."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow(headings())
    return text.getvalue().encode("utf-8-sig")


def xlsx_template(session: Session) -> bytes:
    """Return an empty table with lists of values, and a sheet that explains its columns."""
    return _Book(session).finish()


def xlsx_refused(session: Session, rows: Sequence[tuple[Mapping[str, Any], str]]) -> bytes:
    """Return refused rows, ready to be corrected and sent again: (fields, what is wrong)."""
    return _Book(session, rows).finish()


class _Book:
    """One workbook with the sheets "Listings" and "Explanation"."""

    def __init__(
        self, session: Session, rows: Sequence[tuple[Mapping[str, Any], str]] | None = None
    ) -> None:
        self._buffer = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._buffer, _OPTIONS)
        self._bold = self._book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E3F1EE", "border": 1}
        )
        self._text = self._book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        self._table = self._book.add_worksheet(_sheet_name(_("Listings")))
        self._help_name = _sheet_name(_("Explanation"))
        self._help = self._book.add_worksheet(self._help_name)
        ranges = self._explain(session)
        self._write_table(rows, ranges)

    def finish(self) -> bytes:
        """Return the file."""
        self._book.close()
        return self._buffer.getvalue()

    def _explain(self, session: Session) -> dict[str, tuple[int, int]]:
        """Write the second sheet; return the first and last line of each column's values."""
        sheet, ranges = self._help, {}
        for column, (width, text) in enumerate(
            [(28, _("Column")), (60, _("What to write")), (40, _("Value")), (36, _("Code"))]
        ):
            sheet.set_column(column, column, width, self._text)
            sheet.write_string(0, column, text, self._bold)
        line = 1
        for name, title in zip(FIELDS, headings(), strict=True):
            sheet.write_string(line, 0, title, self._text)
            sheet.write_string(line, 1, explanation(name), self._text)
            values = allowed(session, name)
            for offset, (text, code) in enumerate(values):
                sheet.write_string(line + offset, 2, text, self._text)
                sheet.write_string(line + offset, 3, code, self._text)
            if values and name not in LISTS:
                ranges[name] = (line, line + len(values) - 1)
            line += max(1, len(values))
        sheet.freeze_panes(1, 0)
        return ranges

    def _write_table(
        self,
        rows: Sequence[tuple[Mapping[str, Any], str]] | None,
        ranges: Mapping[str, tuple[int, int]],
    ) -> None:
        sheet = self._table
        names = headings() + ([] if rows is None else [str(PROBLEMS)])
        for column, text in enumerate(names):
            wide = column >= len(FIELDS) or FIELDS[column] in TEXTS
            sheet.set_column(column, column, _WIDE if wide else _NARROW, self._text)
            sheet.write_string(0, column, text, self._bold)
        for column, name in enumerate(FIELDS):
            if name in ranges:
                first, last = ranges[name]
                sheet.data_validation(1, column, MAX_ROWS, column, self._list(first, last))
        for line, (row, problems) in enumerate(rows or (), start=1):
            for column, text in enumerate([*(_cell(row.get(n)) for n in FIELDS), problems]):
                if text:
                    sheet.write_string(line, column, text[:_MAX_CELL], self._text)
        sheet.freeze_panes(1, 0)

    def _list(self, first: int, last: int) -> dict[str, Any]:
        name = self._help_name.replace("'", "''")
        return {
            "validate": "list",
            "source": f"='{name}'!$C${first + 1}:$C${last + 1}",
            "error_type": "warning",
            "error_title": _("Not in the list"),
            "error_message": _("Choose a value from the list, or write its code."),
        }


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(str(part) for part in value)
    return "" if value is None else str(value)


def _sheet_name(text: str) -> str:
    """A name without the characters that spreadsheets forbid in names of sheets."""
    return "".join(char for char in text if char not in "[]:*?/\\'")[:31]
