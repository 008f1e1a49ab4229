"""Catalogues of controlled technology: bringing one in, and finding entries for an offer.

The engine only shows which entries are like an offer. Which class it has, people say.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import canonical
from matchmaker.domain.listing_content import clean_text
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import ControlClass
from matchmaker.matching.documents import Document
from matchmaker.matching.likeness import Likeness, nearest
from matchmaker.matching.semantic import Encoder
from matchmaker.models import ExportCatalogue, ExportCatalogueEntry, ListingRevision
from matchmaker.queries.documents import revision_documents
from matchmaker.queries.export_control import (
    catalogue_in_force,
    catalogue_versions,
    entries_by_number,
)
from matchmaker.queries.small_indexes import catalogue_index
from matchmaker.services import audit
from matchmaker.services.audit import AuditAction
from matchmaker.services.small_indexes import rows_for
from matchmaker.services.tables import heading_key, read_table

MAX_ROWS: Final = 10_000
MAX_VERSION: Final = 64
MAX_TITLE: Final = 300
MAX_NUMBER: Final = 64
MAX_NAME: Final = 500
MAX_KEYWORDS: Final = 2000
MAX_ENTRIES: Final = 1000
"""Characters of the numbers that were considered."""
MOST_LIKELY: Final = 5
_COLUMNS: Final = {
    "number": ("number", "entry number", "no.", "编号", "条目编号"),
    "name": ("name", "技术名称", "名称"),
    "keywords": ("keywords", "关键词", "控制要点"),
    "class": ("class", "control class", "类别", "管制类别"),
    "language": ("language", "语言"),
}
_HEADINGS: Final = {
    heading_key(heading): field for field, headings in _COLUMNS.items() for heading in headings
}
_CLASSES: Final = frozenset(ControlClass) - {ControlClass.NOT_CHECKED}


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not taken in, by its number in the table, and why."""

    row: int
    error: DomainError


@dataclass(frozen=True, slots=True)
class CatalogueReport:
    """What became, or would become, of a file. `replaced` is the version that is in force so
    far."""

    catalogue: ExportCatalogue
    numbers: int
    rows: int
    refused: Sequence[Refused]
    replaced: str


@dataclass(frozen=True, slots=True)
class LikelyEntry:
    """An entry that an offer is like, in the languages in which the catalogue has it."""

    entries: Sequence[ExportCatalogueEntry]
    likeness: Likeness


def import_catalogue(
    session: Session,
    actor: Actor,
    content: bytes,
    *,
    country: str,
    version: str,
    title: str,
    now: datetime,
) -> CatalogueReport:
    """Bring in a version of a country's catalogue from a table (XLSX or CSV) and put it in force.

    Rows that are wrong are left out and told. Checks made by an older version stay and are shown
    as to be reviewed. For a dry run roll back. Raises DomainError: NOT_ALLOWED, TEXT_EMPTY,
    TEXT_TOO_LONG, CATALOGUE_VERSION_EXISTS, SPREADSHEET_NO_ROWS (no row is right), and those of
    `read_table`.
    """
    if not actor.may(Permission.EXPORT_CATALOGUE_MANAGE):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    version, title = _clean("version", version, MAX_VERSION), _clean("title", title, MAX_TITLE)
    table = read_table(content, _HEADINGS, needed=("number", "name", "class"), most=MAX_ROWS)
    known = select(ExportCatalogue.id).where(
        ExportCatalogue.country == country, ExportCatalogue.version == version
    )
    if session.scalar(known) is not None:
        raise DomainError(ErrorCode.CATALOGUE_VERSION_EXISTS, field="version")
    entries, refused = _entries(table)
    if not entries:
        raise refused[0].error
    before = catalogue_in_force(session, country)
    if before is not None:
        before.in_force = False
        session.flush()  # one catalogue in force at a time
    catalogue = ExportCatalogue(
        country=country, version=version, title=title, in_force=True,
        imported_at=now, by_id=actor.user_id, entries=entries,
    )  # fmt: skip
    session.add(catalogue)
    audit.record(
        session, actor, AuditAction.EXPORT_CATALOGUE_IMPORTED, catalogue,
        now=now, country=country, version=version, entries=len(entries),
    )  # fmt: skip
    numbers = len({entry.number for entry in entries})
    replaced = before.version if before is not None else ""
    return CatalogueReport(catalogue, numbers, len(entries), refused, replaced)


def _entries(
    table: Sequence[tuple[int, dict[str, str]]],
) -> tuple[list[ExportCatalogueEntry], list[Refused]]:
    entries: dict[tuple[str, str], ExportCatalogueEntry] = {}
    refused = []
    for number, row in table:
        try:
            entry = _entry(row, entries)
        except DomainError as error:
            refused.append(Refused(number, error))
        else:
            entries[entry.number, entry.language] = entry
    return list(entries.values()), refused


def _entry(row: dict[str, str], known: Collection[tuple[str, str]]) -> ExportCatalogueEntry:
    given = row.get("language", "") or "en"
    language = canonical(given)
    if language is None:
        raise DomainError(ErrorCode.UNKNOWN_CODE, field="language", value=given[:40])
    control_class = row.get("class", "").strip().lower().replace(" ", "_").replace("-", "_")
    if control_class not in _CLASSES:
        raise DomainError(ErrorCode.UNKNOWN_CODE, field="class", value=control_class[:40])
    number = _clean("number", row.get("number", ""), MAX_NUMBER)
    if (number, language) in known:
        raise DomainError(ErrorCode.CATALOGUE_ENTRY_TWICE, field="number", value=number)
    keywords = clean_text(row.get("keywords", ""))
    if len(keywords) > MAX_KEYWORDS:
        raise _too_long("keywords", keywords, MAX_KEYWORDS)
    return ExportCatalogueEntry(
        number=number,
        name=_clean("name", row.get("name", ""), MAX_NAME),
        keywords=keywords,
        control_class=ControlClass(control_class),
        language=language,
    )


def _clean(field: str, text: str, limit: int) -> str:
    text = " ".join(clean_text(text).split())
    if not text:
        raise DomainError(ErrorCode.TEXT_EMPTY, field=field)
    if len(text) > limit:
        raise _too_long(field, text, limit)
    return text


def _too_long(field: str, text: str, limit: int) -> DomainError:
    return DomainError(ErrorCode.TEXT_TOO_LONG, field=field, limit=limit, length=len(text))


def likely_entries(
    session: Session,
    revision: ListingRevision,
    folder: Path,
    encoder: Encoder | None,
    catalogue: ExportCatalogue | None,
) -> list[LikelyEntry]:
    """Return the entries that an offer's text is most like, across languages, best first.

    `folder` is `Settings.index_folder`. What is written in confidence is not read. Empty where
    there is no catalogue, or the worker has made no index of it yet. It decides nothing.
    """
    index = catalogue_index(folder, catalogue.id) if catalogue is not None else None
    documents: list[Document] = revision_documents(revision)
    if index is None or catalogue is None or not documents:
        return []
    rows = rows_for(session, documents, index, encoder)
    found = nearest(index, documents, rows, top=MOST_LIKELY)
    entries = entries_by_number(session, catalogue.id, [one.group for one in found])
    return [
        LikelyEntry(entries[one.group], one)
        for one in found
        if one.group in entries and _says_why(one)
    ]


def _says_why(likeness: Likeness) -> bool:
    """Whether anything in the texts speaks for it: an entry without a reason is no help."""
    return any(reason.left and reason.amount > 0 for reason in likeness.reasons)


def chosen_version(session: Session, country: str, version: str) -> str:
    """Return the version of a country's catalogue that staff named; where some were brought in, it
    must be one of them. Raises DomainError CATALOGUE_VERSION_UNKNOWN, TEXT_TOO_LONG."""
    version = " ".join(version.split())
    if len(version) > MAX_VERSION:
        raise _too_long("catalogue_version", version, MAX_VERSION)
    known = catalogue_versions(session, country)
    if version and known and version not in known:
        raise DomainError(
            ErrorCode.CATALOGUE_VERSION_UNKNOWN, field="catalogue_version", value=version
        )
    return version


def considered(session: Session, country: str, version: str, numbers: str) -> list[str]:
    """Return the numbers of entries that staff typed, separated by commas, without repetition.

    Where this version is at hand they are checked. Raises DomainError CATALOGUE_ENTRY_UNKNOWN,
    TEXT_TOO_LONG.
    """
    given = [" ".join(part.split()) for part in numbers.replace(";", ",").split(",")]
    wanted = list(dict.fromkeys(part for part in given if part))
    for number in wanted:
        if len(number) > MAX_NUMBER:
            raise _too_long("entries", number, MAX_NUMBER)
    catalogue_id = session.scalar(
        select(ExportCatalogue.id).where(
            ExportCatalogue.country == country, ExportCatalogue.version == version
        )
    )
    if catalogue_id is not None and wanted:
        known = entries_by_number(session, catalogue_id, wanted)
        for number in wanted:
            if number not in known:
                raise DomainError(
                    ErrorCode.CATALOGUE_ENTRY_UNKNOWN, field="entries",
                    value=number, version=version,
                )  # fmt: skip
    return wanted
