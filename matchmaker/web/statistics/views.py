"""The dashboard, the report for print, and the files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from flask import Blueprint, Response, abort, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.config import Settings
from matchmaker.domain.clock import local_date, utc_now
from matchmaker.domain.months import Month
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import MatchState
from matchmaker.extensions import db
from matchmaker.i18n.formats import long_date
from matchmaker.i18n.locales import current_locale
from matchmaker.i18n.times import zone_name
from matchmaker.models import Centre
from matchmaker.queries.centres import centres_by_id
from matchmaker.queries.matches import centre_names
from matchmaker.queries.sectors import sector_choices, sector_names
from matchmaker.queries.statistics import Figures, Wanted, first_month, network_figures
from matchmaker.web.files import guarded
from matchmaker.web.permissions import current_actor, requires
from matchmaker.web.statistics.cells import Names, Table, month_name, shown
from matchmaker.web.statistics.charts import WIDTH, charts_of, lines_of
from matchmaker.web.statistics.exports import XLSX, csv_file, xlsx_file, zip_file
from matchmaker.web.statistics.forms import StatisticsForm
from matchmaker.web.statistics.tables import all_tables

blueprint = Blueprint("statistics", __name__, url_prefix="/<locale:locale>/desk/statistics")
ALL: Final = "all"


@blueprint.get("/")
@requires(Permission.STATISTICS_NETWORK_READ)
def index() -> ResponseReturnValue:
    """Key figures, charts and tables."""
    return _page("statistics/index.html")


@blueprint.get("/report")
@requires(Permission.STATISTICS_NETWORK_READ)
def report() -> ResponseReturnValue:
    """The same figures on paper."""
    return _page("statistics/report.html")


@blueprint.get("/files/<table>.<any(csv, xlsx, zip):kind>")
@requires(Permission.STATISTICS_NETWORK_READ)
def file(table: str, kind: str) -> ResponseReturnValue:
    """One table, or all of them, as a file."""
    answer = Answer(utc_now())
    tables = [one for one in answer.tables if table in {ALL, one.code}]
    if not tables or kind == ("csv" if table == ALL else "zip"):
        abort(404)
    if kind == "csv":
        content, mimetype = csv_file(tables[0]), "text/csv; charset=utf-8"
    elif kind == "zip":
        content, mimetype = zip_file(tables, answer.about), "application/zip"
    else:
        content, mimetype = xlsx_file(tables, answer.about), XLSX
    response = Response(content, mimetype=mimetype)
    period = answer.wanted.period
    name = f"statistics-{table}-{period.first}-{period.last}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return guarded(response)


def _page(template: str) -> str:
    answer = Answer(utc_now())
    tables = {one.code: one for one in answer.tables}
    return render_template(
        template,
        filters=answer.form,
        figures=answer.figures,
        tables=tables,
        charts=charts_of(answer.figures, tables),
        lines=lines_of(answer.figures.by_month),
        contracts=tables["contracts"],
        about=answer.about,
        period=answer.period,
        zone=answer.zone_name,
        kept=answer.kept,
        centre=answer.centre_name,
        today=local_date(answer.now, answer.zone),
        matrix_most=_largest(tables["matrix"]),
        chart_width=WIDTH,
        shown=shown,
        states=MatchState,
    )


def _largest(matrix: Table) -> int:
    """Return the largest number inside the matrix, its sums apart; at least 1."""
    inner = [cell for row in matrix.rows[:-1] for cell in row[1:-1] if isinstance(cell, int)]
    return max([1, *inner])


@dataclass
class Answer:
    """What one request asks for, and the figures; each part is made once."""

    now: datetime

    def __post_init__(self) -> None:
        names = centre_names(db.session, current_locale())
        centres = {one.code: one for one in centres_by_id(db.session, names)}
        self._names = names
        chosen = centres.get(request.args.get("centre", ""))
        self.centre: Centre | None = chosen
        settings: Settings = current_app.config["SETTINGS"]
        self.zone = chosen.time_zone if chosen else settings.time_zone
        latest = Month.at(self.now, self.zone)
        self.form = StatisticsForm(request.args)
        self.form.fill(
            centres={code: names[one.id] for code, one in centres.items()},
            sectors=sector_choices(db.session, current_locale()),
            earliest=first_month(db.session, self.zone) or latest,
            latest=latest,
        )
        g.pop("form", None)
        self.wanted: Wanted = self.form.wanted(centres, self.zone)

    @cached_property
    def figures(self) -> Figures:
        return network_figures(db.session, current_actor(), self.wanted)

    @cached_property
    def tables(self) -> list[Table]:
        names = Names(self._names, sector_names(db.session, current_locale()))
        return all_tables(self.figures, names, self.form.stage())

    @property
    def centre_name(self) -> str:
        """The centre, or ''."""
        return self._names[self.centre.id] if self.centre else ""

    @property
    def period(self) -> str:
        period = self.wanted.period
        first, last = month_name(period.first), month_name(period.last)
        return first if first == last else _("%(first)s to %(last)s", first=first, last=last)

    @property
    def zone_name(self) -> str:
        return zone_name(self.zone, self.now)

    @property
    def about(self) -> list[tuple[str, str]]:
        """What was counted, for a reader who has only the paper or the file."""
        return [
            (_("Period"), self.period),
            (_("Centre"), self.centre_name or _("All centres of the network")),
            *self.form.restrictions(),
            (_("Months begin at midnight in"), self.zone_name),
            (_("Counted on"), long_date(local_date(self.now, self.zone))),
        ]

    @property
    def kept(self) -> dict[str, Any]:
        """The filter as it stands in addresses."""
        return {name: value for name, value in self.form.data.items() if value}
