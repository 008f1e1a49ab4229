"""A revision as staff read it: its texts side by side, its details in words, its changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from matchmaker.domain.listing_content import CODE_KINDS, COLUMNS, Tier, belongs, text_fields
from matchmaker.domain.vocabulary import (
    CodeField,
    TextField,
    TextOrigin,
)
from matchmaker.i18n.countries import place_name
from matchmaker.i18n.formats import language_name, listed, long_date, money, number
from matchmaker.i18n.labels import label
from matchmaker.models import Listing, ListingRevision, ListingText
from matchmaker.web.moderation.differences import marked, marked_values

STAFF_FIELDS: Final[tuple[TextField, ...]] = text_fields(Tier.MEMBER)
"""The fields that staff read before a match is under review: all but the confidential one."""

_COLUMN_LABELS: Final[dict[str, LazyString]] = {
    "stage_of_development": _l("Stage of development"),
    "trl": _l("Technology readiness level (TRL)"),
    "ipr_status": _l("State of intellectual property"),
    "price_type": _l("Kind of price"),
    "price_min": _l("Price from"),
    "price_max": _l("Price up to"),
    "budget_min": _l("Budget from"),
    "budget_max": _l("Budget up to"),
    "needed_by": _l("Needed by"),
    "site": _l("Site"),
    "video_url": _l("Video"),
    "anonymous": _l("Published without the owner's name"),
    "confidential_after": _l("Confidential detail is shown"),
    "wished_valid_until": _l("Last day that the owner wishes"),
}
_WANTED_STAGE: Final = _l("Wanted from this stage on")
_AMOUNTS: Final = frozenset({"price_min", "price_max", "budget_min", "budget_max"})

Names = Mapping[str, str]
"""Names of sectors by their codes."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One field of a text. `version` is for the reader; None where only the original is shown."""

    field: TextField
    label: str
    original: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What a new version changes in one field, marked; `language` is that of the passage."""

    label: str
    marked: Markup
    language: str | None = None


def passages(original: ListingText, version: ListingText | None) -> list[Passage]:
    """Return the fields that were written, in the order of the page."""
    other = version if version is not None and version.language != original.language else None
    return [
        Passage(
            field=field,
            label=str(label(field)),
            original=original.get(field),
            version=other.get(field) if other is not None else None,
        )
        for field in STAFF_FIELDS
        if original.get(field) or (other is not None and other.get(field))
    ]


def detail_rows(
    listing: Listing, revision: ListingRevision, sectors: Names
) -> list[tuple[str, str]]:
    """Return (label, words) of all that is not text and was given."""
    details = _details(listing, revision, sectors)
    return [(name, listed(values)) for name, values in details.items() if values]


def has_secret(revision: ListingRevision) -> bool:
    """Tell whether something is written or attached that only the parties of a case read."""
    written = any(text.get(TextField.CONFIDENTIAL_DETAIL) for text in revision.texts)
    return written or any(shown.confidential for shown in revision.attachments)


def changes(
    listing: Listing, old: ListingRevision, new: ListingRevision, sectors: Names
) -> list[Change]:
    """Return what differs between two revisions, field by field. Of the confidential detail and
    files it says only that they changed."""
    return [
        *_text_changes(old, new),
        *_detail_changes(_details(listing, old, sectors), _details(listing, new, sectors)),
        *_file_changes(old, new),
    ]


def _text_changes(old: ListingRevision, new: ListingRevision) -> Iterator[Change]:
    languages = dict.fromkeys(text.language for text in (*new.texts, *old.texts))
    for language in languages:
        before, after = old.text(language), new.text(language)
        if after is not None and after.origin is TextOrigin.MACHINE:
            continue
        for field in STAFF_FIELDS:
            was = before.get(field) if before else ""
            now = after.get(field) if after else ""
            if was != now:
                yield Change(
                    _("%(field)s (%(language)s)", field=label(field),
                      language=language_name(language)),
                    marked(was, now, language),
                    language,
                )  # fmt: skip
        secret = TextField.CONFIDENTIAL_DETAIL
        if (before.get(secret) if before else "") != (after.get(secret) if after else ""):
            yield Change(str(label(secret)), Markup("<ins>{}</ins>").format(_("Changed")))


def _detail_changes(
    old: Mapping[str, tuple[str, ...]], new: Mapping[str, tuple[str, ...]]
) -> Iterator[Change]:
    for name in {**new, **old}:
        before, after = old.get(name, ()), new.get(name, ())
        if before != after:
            yield Change(name, marked_values(before, after))


def _file_changes(old: ListingRevision, new: ListingRevision) -> Iterator[Change]:
    before, after = (
        tuple(shown.attachment.filename for shown in revision.attachments if not shown.confidential)
        for revision in (old, new)
    )
    if before != after:
        yield Change(_("Files"), marked_values(before, after))
    hidden = [
        {shown.attachment_id for shown in revision.attachments if shown.confidential}
        for revision in (old, new)
    ]
    if hidden[0] != hidden[1]:
        yield Change(_("Confidential files"), Markup("<ins>{}</ins>").format(_("Changed")))


def _details(
    listing: Listing, revision: ListingRevision, sectors: Names
) -> dict[str, tuple[str, ...]]:
    """Each detail of this kind of listing by its label, in words; empty where nothing is given."""
    rows = {
        str(label(field)): tuple(_code_words(field, sectors)(v) for v in revision.values(field))
        for field in CodeField
        if belongs(field, listing.kind)
    }
    rows[_("Original language")] = (language_name(revision.original_language),)
    for name in COLUMNS:
        if name == "confidential_after" and not has_secret(revision):
            continue
        if name in _COLUMN_LABELS and belongs(name, listing.kind):
            words = _column_words(name, getattr(revision, name), revision)
            rows[_column_label(name, listing)] = (words,) if words else ()
    return rows


def _column_label(name: str, listing: Listing) -> str:
    wanted = name == "stage_of_development" and listing.kind.is_need
    return str(_WANTED_STAGE if wanted else _COLUMN_LABELS[name])


def _code_words(field: CodeField, sectors: Names) -> Callable[[str], str]:
    if field is CodeField.SECTOR:
        return lambda code: sectors.get(code, code)
    if field is CodeField.TARGET_COUNTRY:
        return place_name
    kind = CODE_KINDS.get(field)
    if kind is None:
        return str
    known = {member.value for member in kind}
    return lambda code: str(label(kind(code))) if code in known else code


def _column_words(name: str, value: Any, revision: ListingRevision) -> str:
    if value is None or value == "":
        return ""
    if name in _AMOUNTS:
        return money(value, revision.currency)
    if isinstance(value, bool):
        return _("Yes") if value else ""
    if isinstance(value, StrEnum):
        return str(label(value))
    if isinstance(value, date):
        return long_date(value)
    return number(value) if isinstance(value, int) else str(value)
