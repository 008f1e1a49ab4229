"""The forms of the directory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField

from matchmaker.domain.countries import CHINA, MEMBERS
from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.vocabulary import (
    LandingStage,
    OrganisationServiceKind,
    StageOfDevelopment,
)
from matchmaker.i18n.countries import country_choices, province_choices
from matchmaker.models import Organisation, OrganisationService
from matchmaker.queries.directory import MOST_WORDS, DirectoryFilter
from matchmaker.queries.organisations import organisation_name
from matchmaker.queries.sectors import SectorChoice
from matchmaker.services.directory import MAX_DESCRIPTION, MAX_TITLE, ServiceDetails
from matchmaker.services.landing import MAX_NOTE
from matchmaker.web.forms import (
    BaseForm,
    Choice,
    FilterForm,
    Length,
    Required,
    VersionedForm,
    enum_choices,
    options,
)
from matchmaker.web.posting.fields import CleanLength, language_choices


class DirectoryForm(FilterForm):
    """What to show of the directory."""

    q = StringField(_l("Word in any language"))
    kind = SelectField(_l("Kind of service"), validate_choice=False)
    country = SelectField(_l("Country or region"), validate_choice=False)
    sector = SelectField(_l("Sector"), validate_choice=False)

    def fill(self, sectors: Sequence[SectorChoice]) -> None:
        """Set the choices in the language of this moment."""
        everything = _("All")
        self.kind.choices = enum_choices(OrganisationServiceKind, empty=everything)
        self.country.choices = options([("", everything), *country_choices(others=False)])
        self.sector.choices = options(
            [("", everything), *((choice.code, choice.name) for choice in sectors)]
        )
        self._sectors = {choice.code for choice in sectors}

    def wanted(self) -> DirectoryFilter:
        """Return what was chosen; a value that does not exist means all."""
        kind, country = self.kind.data or "", self.country.data or ""
        return DirectoryFilter(
            words=(self.q.data or "")[:MOST_WORDS],
            kind=OrganisationServiceKind(kind) if kind in set(OrganisationServiceKind) else None,
            country=country if country in MEMBERS else "",
            sector=self.sector.data if self.sector.data in self._sectors else "",
        )


class TextForm(VersionedForm):
    """What a service says in one language."""

    title = StringField(
        _l("Title"),
        [Required(_l("Write a title.")), CleanLength(MAX_TITLE)],
        description=_l("For example: “Pilot line for bagasse fibre, 200 kg a day”."),
    )
    description = TextAreaField(_l("What you offer, and on which terms"),
                                [CleanLength(MAX_DESCRIPTION)])  # fmt: skip


class DetailsForm(VersionedForm):
    """What a service says beside its texts."""

    kind = SelectField(
        _l("Kind of service"),
        [Required(_l("Choose the kind of service.")), Choice(set(OrganisationServiceKind))],
        validate_choice=False,
    )
    sectors = SelectMultipleField(
        _l("Sectors"), validate_choice=False, description=_l("Tick none if it is for all sectors.")
    )
    countries = SelectMultipleField(
        _l("Countries or regions that it serves"),
        validate_choice=False,
        description=_l("Tick none if it serves all."),
    )
    provinces = SelectMultipleField(
        _l("Provinces of China that it serves"), validate_choice=False,
        description=_l("Only where it does not serve all of China."),
    )  # fmt: skip
    languages = SelectMultipleField(_l("Languages in which you work"), validate_choice=False)
    stage_from = SelectField(
        _l("First stage of development that it takes"), [Choice(set(StageOfDevelopment))],
        validate_choice=False,
    )  # fmt: skip
    stage_to = SelectField(
        _l("Last stage of development that it takes"), [Choice(set(StageOfDevelopment))],
        validate_choice=False,
    )  # fmt: skip

    def fill(self, sectors: Sequence[SectorChoice]) -> None:
        """Set the choices in the language of this moment."""
        self.kind.choices = enum_choices(OrganisationServiceKind, empty=_("Choose one"))
        self.sectors.choices = options((choice.code, choice.name) for choice in sectors)
        self.countries.choices = options(country_choices(others=False))
        self.provinces.choices = options(province_choices(CHINA))
        self.languages.choices = language_choices()
        for stage in (self.stage_from, self.stage_to):
            stage.choices = enum_choices(StageOfDevelopment, empty=_("Any"))

    def details(self) -> ServiceDetails:
        """Return what was typed; codes are checked where it is saved."""
        places = [*(self.countries.data or ()), *(self.provinces.data or ())]
        return ServiceDetails(
            kind=OrganisationServiceKind(self.kind.data),
            sectors=self.sectors.data or (),
            places=places,
            languages=self.languages.data or (),
            stage_from=_stage(self.stage_from.data),
            stage_to=_stage(self.stage_to.data),
        )


class NewServiceForm(DetailsForm):
    """A service with its original text."""

    organisation = SelectField(_l("Organisation"), validate_choice=False)
    language = SelectField(
        _l("Language in which you write"), [Choice(TEXT_LANGUAGES)], validate_choice=False
    )
    title = StringField(
        _l("Title"),
        [Required(_l("Write a title.")), CleanLength(MAX_TITLE)],
        description=_l("For example: “Pilot line for bagasse fibre, 200 kg a day”."),
    )
    description = TextAreaField(_l("What you offer, and on which terms"),
                                [CleanLength(MAX_DESCRIPTION)])  # fmt: skip

    def offer(self, organisations: Sequence[Organisation], locale: str) -> None:
        """Set the organisations for which it may be, and the languages."""
        self.organisation.choices = options(
            (each.reference, organisation_name(each, locale).name) for each in organisations
        )
        self.language.choices = language_choices()


def details_of(service: OrganisationService) -> dict[str, Any]:
    """Return the values with which the form of a service begins."""
    places = [row.place for row in service.places]
    return {
        "kind": service.kind.value,
        "sectors": [row.sector_code for row in service.sectors],
        "countries": [place for place in places if "-" not in place],
        "provinces": [place for place in places if "-" in place],
        "languages": [row.language for row in service.languages],
        "stage_from": service.stage_from.value if service.stage_from else "",
        "stage_to": service.stage_to.value if service.stage_to else "",
        "version": str(service.lock_version),
    }


class AttachForm(BaseForm):
    """A service to be put on the landing path of a match."""

    reference = StringField(
        _l("Number of the service"),
        [Required(_l("Enter the number of the service."))],
        description=_l("It stands on its page in the directory, like V-7K3F-9QXM."),
    )
    stage = SelectField(_l("Stage on the path"), [Choice(set(LandingStage))], validate_choice=False)
    note = TextAreaField(_l("Note for the parties"), [Length(MAX_NOTE)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stage.choices = enum_choices(LandingStage, empty=_("As the service says"))


def _stage(code: str | None) -> StageOfDevelopment | None:
    return StageOfDevelopment(code) if code else None
