"""The columns of the table: their headings in every language, and what to write in them."""

from __future__ import annotations

from typing import Final

from flask_babel import LazyString, force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from matchmaker.domain.languages import LOCALES
from matchmaker.domain.listing_content import MAX_OWN_NUMBER, MAX_SITE
from matchmaker.domain.listing_records import ALIASES, FIELDS, LISTS
from matchmaker.domain.vocabulary import TEXT_LIMITS, CodeField, TextField
from matchmaker.i18n.formats import number
from matchmaker.i18n.labels import label
from matchmaker.i18n.locales import GETTEXT_NAME
from matchmaker.services.tables import IGNORED, heading_key

REQUIRED: Final = frozenset({"kind", "language", "title"})
PROBLEMS: Final = _l("What is wrong")
"""The heading of the column that we add to refused rows; it is not read."""

_HEADINGS: Final[dict[str, LazyString]] = {
    "own_number": _l("Your own number"),
    "kind": _l("Kind"),
    "language": _l("Language of this text"),
    "stage_of_development": _l("Stage of development"),
    "trl": _l("Technology readiness level (TRL)"),
    "ipr_status": _l("Protection of the intellectual property"),
    "price_type": _l("Kind of price"),
    "price_min": _l("Price from"),
    "price_max": _l("Price up to"),
    "budget_min": _l("Budget from"),
    "budget_max": _l("Budget up to"),
    "currency": _l("Currency"),
    "needed_by": _l("Needed by"),
    "site": _l("Site"),
}
_HELP: Final[dict[str, LazyString]] = {
    "own_number": _l(
        "The number under which you keep it. Bringing in the same number again updates the listing "
        "instead of making a second one."
    ),
    "kind": _l("Whether you offer technology, look for it, or have a place to use it."),
    "language": _l("The language in which this row is written."),
    "title": _l("One line that says what it is. All can read it."),
    "summary": _l("Two or three sentences. All can read it."),
    "description": _l("Only members of verified organisations can read it."),
    "material": _l("What is it made of, or which raw material do you want to use?"),
    "method": _l("How is it done today, or how should it be done?"),
    "efficacy": _l("What must it achieve: how much, how fast, how pure, at what cost?"),
    "product": _l("Which product should come out of it?"),
    "application": _l("Where and by whom will it be used?"),
    "confidential_detail": _l(
        "Only partners to whom you were introduced can read it, and the staff of both centres."
    ),
    "sectors": _l("Up to three of the sectors below, with semicolons between them."),
    "keywords": _l("Words by which specialists would look for it, with semicolons between them."),
    "ipc_codes": _l("If you know them, with semicolons between them, like C13B; C13B 20/16."),
    "partnership_types": _l("Any of the values below, with semicolons between them."),
    "transfer_modes": _l("Any of the values below, with semicolons between them."),
    "ip_types": _l("Offers only: any of the values below, with semicolons between them."),
    "target_countries": _l(
        "Where you look for partners: names or codes, with semicolons between them. Empty means "
        "everywhere."
    ),
    "technology_areas": _l("Scenarios only: any of the values below, with semicolons between."),
    "stage_of_development": _l(
        "Of an offer: how far it is. Of a need: from which stage on you would take it."
    ),
    "trl": _l("Offers only: a number from 1 to 9."),
    "ipr_status": _l("Offers only: one of the values below."),
    "price_type": _l("Offers only: one of the values below."),
    "price_min": _l("Offers only: an amount like 1200000 or 1200000.50, without a currency."),
    "price_max": _l("Offers only: an amount like 1200000 or 1200000.50, without a currency."),
    "budget_min": _l("Needs only: an amount like 1200000 or 1200000.50, without a currency."),
    "budget_max": _l("Needs only: an amount like 1200000 or 1200000.50, without a currency."),
    "currency": _l("Needed with a price or a budget: one of the codes below."),
    "needed_by": _l("Needs only: a date, like 2027-03-31."),
    "site": _l("Scenarios only: where it takes place: a town, a plant, a farm, a port."),
}
_LIMITS: Final[dict[str, int]] = {
    **{field.value: limit for field, limit in TEXT_LIMITS.items()},
    "own_number": MAX_OWN_NUMBER,
    "site": MAX_SITE,
}


def heading(field: str) -> str:
    """Return the heading of a column in the language of this moment."""
    if field in LISTS:
        return str(label(LISTS[field]))
    if field in set(TextField):
        return str(label(TextField(field)))
    return str(_HEADINGS[field])


def explanation(field: str) -> str:
    """Return what to write in a column, with its limit where it has one."""
    said = str(_HELP.get(field, ""))
    limit = _LIMITS.get(field)
    if limit is None:
        return said
    most = str(_("Up to %(count)s characters", count=number(limit)))
    return f"{said}\n{most}" if said else most


def error_heading(field: str | None) -> str:
    """Return the heading of the column that an error is about; '' for the whole row."""
    if field in set(CodeField):
        return str(label(CodeField(field)))
    return heading(field) if field in FIELDS else ""


def all_headings() -> dict[str, str]:
    """Return the fields by their headings in all languages of the site, and by their names.

    The keys are as `services.tables.heading_key` writes them.
    """
    found = {heading_key(name): name for name in FIELDS}
    found |= {heading_key(alias): name for alias, name in ALIASES.items()}
    for locale in LOCALES:
        with force_locale(GETTEXT_NAME[locale]):
            found |= {heading_key(heading(name)): name for name in FIELDS}
            found[heading_key(str(PROBLEMS))] = IGNORED
    return found
