"""The small indexes beside those of the listings: the directory, and each catalogue in force.

Only `services.small_indexes` writes them; which documents they hold follows from the rows.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from matchmaker.matching.documents import Document
from matchmaker.matching.index import Index
from matchmaker.models import (
    ExportCatalogue,
    ExportCatalogueEntry,
    Organisation,
    OrganisationService,
)
from matchmaker.queries.indexes import IndexFile

DIRECTORY: Final = "directory"
CATALOGUE: Final = "catalogue-"
"""In front of a catalogue's id."""


@dataclass(frozen=True, slots=True)
class Collection:
    """What one small index should hold: `state` names its content without reading any text."""

    name: str
    state: str
    documents: Callable[[Session], Sequence[Document]]


@cache
def small_index(folder: Path, name: str) -> IndexFile:
    """Return a small index below `folder` (`Settings.index_folder`), one object a process."""
    return IndexFile(folder / name)


def directory_index(folder: Path) -> Index | None:
    """Return the index of the directory, or None while there is none."""
    return small_index(folder, DIRECTORY).get()


def catalogue_index(folder: Path, catalogue_id: int) -> Index | None:
    """Return the index of a catalogue in force, or None while there is none."""
    return small_index(folder, f"{CATALOGUE}{catalogue_id}").get()


def collections(session: Session) -> list[Collection]:
    """Return what should be in the small indexes. Reads no text, so it may run often."""
    services = session.execute(
        select(OrganisationService.id, OrganisationService.lock_version)
        .join(Organisation)
        .where(OrganisationService.published, Organisation.verified_at.is_not(None))
        .order_by(OrganisationService.id)
    ).all()
    found = [Collection(DIRECTORY, _hash([tuple(row) for row in services]), directory_documents)]
    in_force = select(ExportCatalogue.id).where(ExportCatalogue.in_force)
    found.extend(
        Collection(
            f"{CATALOGUE}{catalogue_id}",
            _hash(catalogue_id),
            partial(catalogue_documents, catalogue_id=catalogue_id),
        )
        for catalogue_id in session.scalars(in_force.order_by(ExportCatalogue.id))
    )
    return found


def directory_documents(session: Session) -> list[Document]:
    """Return a document for each text of each public service."""
    services = session.scalars(
        select(OrganisationService)
        .join(Organisation)
        .where(OrganisationService.published, Organisation.verified_at.is_not(None))
        .options(selectinload(OrganisationService.texts))
        .order_by(OrganisationService.id)
    )
    return [
        Document(
            id=f"{service.reference}:{text.language}",
            group=service.reference,
            kind="offer",
            language=text.language,
            title=text.title,
            text=text.description,
        )
        for service in services
        for text in service.texts
    ]


def catalogue_documents(session: Session, catalogue_id: int) -> list[Document]:
    """Return a document for each entry of a catalogue in each language, grouped by number."""
    entries = session.scalars(
        select(ExportCatalogueEntry)
        .where(ExportCatalogueEntry.catalogue_id == catalogue_id)
        .order_by(ExportCatalogueEntry.id)
    )
    return [
        Document(
            id=f"entry:{entry.number}:{entry.language}",
            group=entry.number,
            kind="offer",
            language=entry.language,
            title=entry.name,
            text=entry.keywords,
        )
        for entry in entries
    ]


def _hash(state: object) -> str:
    return hashlib.sha256(repr(state).encode()).hexdigest()
