"""The facets of the search page: their headings and the labels of their values."""

from collections.abc import Callable, Mapping
from typing import Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from matchmaker.domain.vocabulary import (
    ListingKind,
    PartnershipType,
    StageOfDevelopment,
)
from matchmaker.extensions import db
from matchmaker.i18n.countries import place_name
from matchmaker.i18n.formats import language_name
from matchmaker.i18n.labels import label
from matchmaker.i18n.locales import current_locale
from matchmaker.queries.sectors import sector_names

HEADINGS: Final[Mapping[str, LazyString]] = {
    "kind": _l("Kind"),
    "sector": _l("Sector"),
    "country": _l("Country or region"),
    "stage": _l("Stage of development"),
    "trl": _l("Technology readiness level"),
    "partnership_type": _l("Type of partnership"),
    "language": _l("Language"),
}


def labellers() -> Mapping[str, Callable[[str], str]]:
    """Return for each facet the function that names a value in the reader's language."""
    sectors = sector_names(db.session, current_locale())
    return {
        "kind": lambda value: str(label(ListingKind(value))),
        "sector": lambda value: sectors.get(value, value),
        "country": place_name,
        "stage": lambda value: str(label(StageOfDevelopment(value))),
        "trl": lambda value: _("TRL %(level)s", level=value),
        "partnership_type": lambda value: str(label(PartnershipType(value))),
        "language": language_name,
    }
