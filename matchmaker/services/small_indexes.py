"""Keep the small indexes as the rows want them: the directory and each catalogue in force.

What is due follows from the rows: beside each index lies a note of what it was made from. Each is
made anew as a whole, at first from what is encoded already, and again when all its texts are.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from scipy.sparse import csr_matrix
from sqlalchemy.orm import Session

from matchmaker.database import Transactions
from matchmaker.matching.documents import Document
from matchmaker.matching.features import encoding_texts
from matchmaker.matching.index import Index
from matchmaker.matching.semantic import Encoder, document_row, identity
from matchmaker.queries.blends import blend_in_force
from matchmaker.queries.glossary import glossary as site_glossary
from matchmaker.queries.small_indexes import CATALOGUE, Collection, collections, small_index
from matchmaker.services.encodings import encode_missing, stored_rows
from matchmaker.services.file_locks import file_lock
from matchmaker.services.index_files import Learnt, build

_NOTE: Final = "made.json"
_BLOCK: Final = 16
"""Texts that are encoded before the clock is looked at."""


def small_indexes_due(session: Session, folder: Path, encoder: Encoder | None) -> bool:
    """Tell whether a small index below `folder` is not what the rows want."""
    learnt = _learnt(session)
    return any(
        _Work(folder, collection, learnt, encoder).lacks() for collection in collections(session)
    )


def update_small_indexes(
    transactions: Transactions, folder: Path, encoder: Encoder | None, *, seconds: float = 10.0
) -> int:
    """Make the small indexes that are due; return how many were written. Stops encoding after
    `seconds`, and does nothing while another process writes."""
    stop = monotonic() + seconds
    written = 0
    folder.mkdir(parents=True, exist_ok=True)
    with file_lock(folder / "small.lock", wait=False) as mine:
        if not mine:
            return 0
        with transactions.read() as session:
            wanted, learnt = collections(session), _learnt(session)
        _remove_others(folder, {collection.name for collection in wanted})
        for collection in wanted:
            work = _Work(folder, collection, learnt, encoder)
            written += _update(transactions, work, stop)
    return written


@dataclass(frozen=True, slots=True)
class _Work:
    """One small index: where it lies, what belongs in it, and what it is made with."""

    folder: Path
    collection: Collection
    learnt: Learnt
    encoder: Encoder | None

    @property
    def note(self) -> Path:
        return self.folder / self.collection.name / _NOTE

    @property
    def state(self) -> str:
        """Names all that the index is made from."""
        learnt, encoder = self.learnt, str(identity(self.encoder))
        parts = (self.collection.state, learnt.glossary.version, learnt.blend.name, encoder)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def lacks(self) -> str:
        """Return what the index lacks: "content", "encodings", or nothing."""
        try:
            note = json.loads(self.note.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return "content"
        index = small_index(self.folder, self.collection.name).get()
        if note.get("state") != self.state or index is None:
            return "content"
        return "encodings" if note.get("waits") else ""


def _update(transactions: Transactions, work: _Work, stop: float) -> int:
    written = 0
    while lack := work.lacks():
        with transactions.read() as session:
            documents = work.collection.documents(session)
        if lack == "encodings" and not _encode(transactions, documents, work.encoder, stop):
            break
        index = build(transactions, documents, identity(work.encoder), work.learnt)
        small_index(work.folder, work.collection.name).put(index)
        # A text that could not be encoded in its turn is left: the index goes on without it.
        waits = lack == "content" and work.encoder is not None and bool(index.waiting())
        note = {"state": work.state, "waits": waits}
        work.note.write_text(json.dumps(note), encoding="ascii")
        written += 1
        if monotonic() > stop:
            break
    return written


def _encode(
    transactions: Transactions, documents: Sequence[Document], encoder: Encoder | None, stop: float
) -> bool:
    """Encode what is missing, block by block; tell whether all is done."""
    if encoder is None:
        return False
    for start in range(0, len(documents), _BLOCK):
        if monotonic() > stop:
            return False
        encode_missing(transactions, documents[start : start + _BLOCK], encoder)
    return True


def _learnt(session: Session) -> Learnt:
    return Learnt(site_glossary(session), blend_in_force(session))


def _remove_others(folder: Path, names: set[str]) -> None:
    """Remove the indexes of catalogues that are no longer in force."""
    for path in folder.glob(f"{CATALOGUE}*"):
        if path.name not in names:
            shutil.rmtree(path, ignore_errors=True)


def rows_for(
    session: Session, documents: Sequence[Document], index: Index, encoder: Encoder | None
) -> dict[str, csr_matrix]:
    """Return the latent rows with which `index` may be asked about `documents`, by id.

    Those that are not stored yet, as of a listing that waits for staff, are encoded now: a part of
    a second each. Without the encoder that read the index, only what is stored is returned.
    """
    if index.encoder is None:
        return {}
    rows = stored_rows(session, documents, index.encoder)
    if encoder is not None and identity(encoder) == index.encoder:
        for document in documents:
            if document.id not in rows:
                parts = encoder.encode(encoding_texts(document))
                rows[document.id] = document_row(*(parts[n] for n in range(parts.shape[0])))
    return rows
