"""The filter of the statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from matchmaker.domain.months import Month, Period
from matchmaker.domain.vocabulary import MatchOrigin
from matchmaker.domain.vocabulary import MatchState as S
from matchmaker.i18n.countries import country_choices, place_name
from matchmaker.i18n.labels import label
from matchmaker.models import Centre
from matchmaker.queries.sectors import SectorChoice
from matchmaker.queries.statistics import STAGES, Wanted
from matchmaker.web.forms import FilterForm
from matchmaker.web.statistics.cells import month_name, stage_name

USUAL_MONTHS: Final = 12
MOST_MONTHS: Final = 120


class StatisticsForm(FilterForm):
    """Which figures to show. Unknown values do not restrict; months the wrong way round are
    swapped."""

    first = SelectField(_l("First month"), validate_choice=False)
    last = SelectField(_l("Last month"), validate_choice=False)
    centre = SelectField(_l("Centre"), validate_choice=False)
    offer_country = SelectField(_l("Country or region of the offer"), validate_choice=False)
    need_country = SelectField(_l("Country or region of the need"), validate_choice=False)
    sector = SelectField(_l("Sector"), validate_choice=False)
    origin = SelectField(_l("Origin of the match"), validate_choice=False)
    flow = SelectField(_l("Stage that the matrix counts"), validate_choice=False)

    def fill(
        self,
        *,
        centres: Mapping[str, str],
        sectors: Sequence[SectorChoice],
        earliest: Month,
        latest: Month,
    ) -> None:
        """Set the choices in the language of this moment; `centres` are names by code.

        Without a choice, the period is the last twelve months, or as many as there are.
        """
        everything = ("", _("All"))
        count = (latest.year - earliest.year) * 12 + latest.number - earliest.number + 1
        months = [latest.plus(-back) for back in range(min(max(count, 1), MOST_MONTHS))]
        self.first.choices = [(str(month), month_name(month)) for month in months]
        self.last.choices = [(str(month), month_name(month)) for month in months]
        known = {str(month) for month in months}
        if self.first.data not in known:
            self.first.data = str(months[:USUAL_MONTHS][-1])
        if self.last.data not in known:
            self.last.data = str(latest)
        self.centre.choices = [everything, *centres.items()]
        self.offer_country.choices = [everything, *country_choices(others=False)]
        self.need_country.choices = [everything, *country_choices(others=False)]
        self._sectors = {one.code: one.name for one in sectors}
        self.sector.choices = [
            everything,
            *((one.code, f"– {one.name}" if one.parent_code else one.name) for one in sectors),
        ]
        self.origin.choices = [
            everything,
            *((origin.value, label(origin)) for origin in MatchOrigin),
        ]
        self.flow.choices = [(stage.value, stage_name(stage)) for stage in STAGES]
        for name in ("centre", "offer_country", "need_country", "sector", "origin"):
            self[name].data = self._chosen(name)

    def wanted(self, centres: Mapping[str, Centre], zone: str) -> Wanted:
        """Return what to count, with the months of `zone`."""
        months = [Month.parse(field.data) for field in (self.first, self.last)]
        first, last = [month for month in months if month is not None]
        centre = centres.get(self.centre.data)
        return Wanted(
            period=Period(first, last, zone),
            centre_id=centre.id if centre else None,
            offer_country=self.offer_country.data,
            need_country=self.need_country.data,
            sector=self.sector.data,
            origin=MatchOrigin(self.origin.data) if self.origin.data else None,
        )

    def stage(self) -> S:
        """Return the stage that the matrix counts."""
        chosen = self.flow.data
        return S(chosen) if chosen in STAGES else S.SUGGESTED

    def restrictions(self) -> list[tuple[str, str]]:
        """Return (name, choice) of what restricts the figures besides the period."""
        said: dict[str, Callable[[str], object]] = {
            "offer_country": place_name,
            "need_country": place_name,
            "sector": lambda code: self._sectors[code],
            "origin": lambda code: label(MatchOrigin(code)),
        }
        return [
            (str(self[name].label.text), str(say(self[name].data)))
            for name, say in said.items()
            if self[name].data
        ]

    def _chosen(self, name: str) -> str:
        """Return what was chosen for a field if it is one of its choices, else nothing."""
        choices: Sequence[Any] = self[name].choices
        value = self[name].data or ""
        return value if value in {choice[0] for choice in choices} else ""
