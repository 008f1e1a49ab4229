"""Where the parts of each chart stand. Templates draw them as SVG without any script or style.

Lengths are units of the drawing, which is `WIDTH` wide and grows with the page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _

from matchmaker.domain.months import Month
from matchmaker.domain.vocabulary import MatchState as S
from matchmaker.i18n.formats import number
from matchmaker.queries.statistics import Figures, Funnel
from matchmaker.web.statistics.cells import Kind, Table, month_name, shown, stage_name

WIDTH: Final = 340
_BAR: Final = 255
"""The longest bar: its number stands behind it."""
_LETTER: Final = 6.6
_MOST_BARS: Final = 12
_MOST_MONTH_NAMES: Final = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar under its name, with its number behind it. `start` > 0 in ranges; `mark` in those."""

    name: str
    text: str
    width: float
    start: float = 0
    mark: float | None = None
    gap: bool = False
    """Whether another kind of things begins here."""


@dataclass(frozen=True, slots=True)
class Bars:
    code: str
    title: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Point:
    """A month of a line. `text` is its number, where it is written; `name` likewise."""

    x: float
    y: float
    text: str
    name: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Line:
    code: str
    title: str
    most: str
    points: Sequence[Point]

    @property
    def path(self) -> str:
        return " ".join(f"{point.x},{point.y}" for point in self.points)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a stacked bar; `kind` chooses its pattern."""

    kind: str
    x: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Stack:
    name: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Stacks:
    code: str
    title: str
    legend: Sequence[tuple[str, str]]
    """(kind, what it means)."""
    stacks: Sequence[Stack]


Chart = Bars | Stacks


def charts_of(figures: Figures, tables: Mapping[str, Table]) -> dict[str, Chart]:
    """Return the chart that stands beside each table, by its code; one of zeros is left out."""
    found: dict[str, Chart | None] = {
        "funnel": _funnel(figures.how_far, tables["funnel"]),
        "times": _times(figures, tables["times"]),
        "suggestions": _suggestions(tables["suggestions"]),
        "contract_types": _agreements(tables["contract_types"]),
        **{code: _counted(tables[code]) for code in ("rejections", "declines", "endings")},
        **{code: _introduced(tables[code]) for code in ("sectors", "centres")},
    }
    return {code: chart for code, chart in found.items() if chart is not None}


def lines_of(by_month: Mapping[Month, Funnel]) -> list[Line]:
    """Return what happened month by month, each kind with a scale of its own."""
    months = list(by_month.items())
    return [
        _line("published", _("Listings published"), [(m, one.published) for m, one in months]),
        *(
            _line(stage.value, stage_name(stage), [(m, one.count(stage)) for m, one in months])
            for stage in (S.APPROVED, S.INTRODUCED, S.AGREEMENT)
        ),
    ]


def _funnel(funnel: Funnel, table: Table) -> Bars | None:
    """Listings and matches have a scale each: there are many more pairs than listings."""
    listings, matches = table.rows[:2], table.rows[2:]
    bars = [
        Bar(
            _short(str(name)),
            f"{number(_int(count))} · {shown(share, Kind.SHARE)}",
            _length(_int(count), most),
            gap=rows is matches and place == 0,
        )
        for rows, most in ((listings, funnel.submitted), (matches, funnel.count(S.SUGGESTED)))
        for place, (name, count, share) in enumerate(rows)
    ]
    return _bars(table.code, table.title, bars)


def _times(figures: Figures, table: Table) -> Bars | None:
    """The middle half of the stays as a bar, the median as a mark."""
    rows = [
        (str(row[0]), stay.quartiles)
        for row, stay in zip(table.rows, figures.stays.values(), strict=True)
        if stay.quartiles is not None
    ]
    longest = max((quartiles[2] for _name, quartiles in rows), default=0)
    bars = [
        Bar(
            _short(name),
            _("%(days)s days", days=shown(middle, Kind.DAYS)),
            max(1.5, _length(upper, longest) - _length(lower, longest)),
            start=_length(lower, longest),
            mark=_length(middle, longest),
        )
        for name, (lower, middle, upper) in rows
    ]
    return _bars(table.code, _("The middle half of the stays, and the median"), bars)


def _counted(table: Table) -> Bars | None:
    rows = table.rows[:-1] if table.total else table.rows
    return _simple(table.code, table.title, [(str(row[0]), _int(row[1])) for row in rows])


def _introduced(table: Table) -> Bars | None:
    column = next(
        place
        for place, column in enumerate(table.columns)
        if column.heading == stage_name(S.INTRODUCED)
    )
    return _simple(
        table.code,
        f"{table.title}: {stage_name(S.INTRODUCED)}",
        [(str(row[0]), _int(row[column])) for row in table.rows],
    )


def _agreements(table: Table) -> Bars | None:
    """Agreements may be counted across currencies, their values may not."""
    counts: dict[str, int] = {}
    for row in table.rows:
        counts[str(row[0])] = counts.get(str(row[0]), 0) + _int(row[2])
    return _simple(table.code, _("Agreements by type of contract"), list(counts.items()))


def _simple(code: str, title: str, rows: Sequence[tuple[str, int]]) -> Bars | None:
    """Return bars for what is not zero, the longest first."""
    some = sorted((row for row in rows if row[1]), key=lambda row: -row[1])[:_MOST_BARS]
    most = some[0][1] if some else 0
    return _bars(
        code,
        title,
        [Bar(_short(name), number(count), _length(count, most)) for name, count in some],
    )


def _bars(code: str, title: str, bars: Sequence[Bar]) -> Bars | None:
    return Bars(code, title, bars) if any(bar.width for bar in bars) else None


def _suggestions(table: Table) -> Stacks | None:
    legend = [
        (kind, table.columns[column].heading)
        for kind, column in (("solid", 3), ("hatched", 4), ("open", 5))
    ]
    stacks = []
    for row in table.rows:
        judged, x, parts = _int(row[2]), 0.0, []
        for (kind, _meaning), cell in zip(legend, row[3:6], strict=True):
            count = _int(cell)
            if count:
                width, text = WIDTH * count / judged, number(count)
                fits = width > (len(text) + 1) * 7.5
                parts.append(Part(kind, round(x, 1), round(width, 1), text if fits else ""))
                x += width
        if parts:
            stacks.append(Stack(_short(f"{row[0]} ({number(judged)})"), parts))
    return Stacks(table.code, table.title, legend, stacks) if stacks else None


def _line(code: str, title: str, values: Sequence[tuple[Month, int]]) -> Line:
    left, right, top, bottom = 12.0, WIDTH - 12.0, 18.0, 84.0
    most = max((value for _month, value in values), default=0)
    step = (right - left) / max(1, len(values) - 1)
    peak = next((place for place, (_m, value) in enumerate(values) if value == most), 0)
    named = _named(len(values))
    points = []
    for place, (month, value) in enumerate(values):
        x = left + place * step if len(values) > 1 else WIDTH / 2
        y = bottom - (bottom - top) * value / most if most else bottom
        written = place in {peak, len(values) - 1} and most > 0
        points.append(
            Point(
                round(x, 1),
                round(y, 1),
                number(value) if written else "",
                month_name(month) if place in named else "",
                _anchor(place, len(values)),
            )
        )
    return Line(code, title, number(most), points)


def _named(count: int) -> set[int]:
    """Return at which months of a line their names stand: the first, the last, and between."""
    steps = min(_MOST_MONTH_NAMES, count) - 1
    return {round(part * (count - 1) / steps) for part in range(steps + 1)} if steps else {0}


def _anchor(place: int, count: int) -> str:
    if count == 1 or 0 < place < count - 1:
        return "middle"
    return "start" if place == 0 else "end"


def _length(value: float, most: float) -> float:
    """Return the length of a bar; what is not zero can be seen."""
    return round(max(1.5, _BAR * value / most), 1) if value and most else 0.0


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _short(text: str) -> str:
    """Return a name that fits above its bar; the table has it in full."""
    room = float(WIDTH)
    for place, letter in enumerate(text):
        wide = unicodedata.east_asian_width(letter) in "WF"
        room -= 0 if unicodedata.combining(letter) else _LETTER * (1.8 if wide else 1)
        if room < 0:
            return f"{text[: max(1, place - 2)]}…"
    return text
