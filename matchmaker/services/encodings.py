"""Latent terms of texts: computed once, stored under the text's hash, the model and its version."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from scipy.sparse import csr_matrix
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.database import Transactions, upsert
from matchmaker.matching.documents import Document
from matchmaker.matching.features import encoding_texts
from matchmaker.matching.semantic import (
    Encoder,
    EncoderId,
    document_row,
    pack,
    stack,
    text_hash,
    unpack,
)
from matchmaker.models import TextEncoding

Progress = Callable[[int, int], None]
_CHUNK = 400
_BLOCK = 8
"""Texts that are encoded between two commits: a few seconds of work, lost at most by a crash."""


def stored_rows(
    session: Session, documents: Iterable[Document], encoder: Encoder | EncoderId
) -> dict[str, csr_matrix]:
    """Return, by id, the rows of those documents all of whose latent terms are stored."""
    keys = {
        document.id: [text_hash(text) for text in encoding_texts(document)]
        for document in documents
    }
    rows = _fetch(session, {key for each in keys.values() for key in each}, encoder)
    return {
        name: document_row(*(rows[key] for key in each))
        for name, each in keys.items()
        if all(key in rows for key in each)
    }


def encode_missing(
    transactions: Transactions,
    documents: Iterable[Document],
    encoder: Encoder,
    *,
    progress: Progress | None = None,
) -> int:
    """Encode the texts that have no stored terms and store them, block by block; return how many.

    No transaction is open while the encoder works. `progress(done, total)` counts texts.
    """
    texts = {
        text_hash(text): text for document in documents for text in encoding_texts(document) if text
    }
    with transactions.read() as session:
        known = _known(session, set(texts), encoder)
    missing = [key for key in texts if key not in known]
    for start in range(0, len(missing), _BLOCK):
        block = missing[start : start + _BLOCK]
        rows = encoder.encode([texts[key] for key in block])
        with transactions.write() as session:
            store(session, {key: rows[place] for place, key in enumerate(block)}, encoder)
        if progress is not None:
            progress(start + len(block), len(missing))
    return len(missing)


def store(session: Session, rows: Mapping[str, csr_matrix], encoder: Encoder | EncoderId) -> None:
    """Write latent terms by the hash of their text; those that are there already stay."""
    upsert(
        session,
        TextEncoding.__table__,  # type: ignore[arg-type]  # it is a Table
        [
            {
                "text_hash": key,
                "model": encoder.name,
                "model_version": encoder.version,
                "data": pack(row),
            }
            for key, row in rows.items()
        ],
        key=["text_hash", "model", "model_version"],
    )


class StoredEncoder:
    """An encoder that reads from the database what was encoded before, and writes what was not.

    For short texts that are needed again and again: phrases and what is left of a text without
    them. No transaction is open while the encoder works.
    """

    def __init__(self, transactions: Transactions, encoder: Encoder) -> None:
        self.name, self.version = encoder.name, encoder.version
        self._transactions = transactions
        self._encoder = encoder

    def encode(self, texts: Sequence[str]) -> csr_matrix:
        """As the encoder it wraps."""
        keys = [text_hash(text) for text in texts]
        with self._transactions.read() as session:
            rows = _fetch(session, set(keys), self._encoder)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in rows}
        if missing:
            found = self._encoder.encode(list(missing.values()))
            new = {key: found[place] for place, key in enumerate(missing)}
            with self._transactions.write() as session:
                store(session, new, self._encoder)
            rows |= new
        return stack([rows[key] for key in keys])


def _known(session: Session, hashes: set[str], encoder: Encoder | EncoderId) -> set[str]:
    found: set[str] = set()
    ordered = sorted(hashes)
    for start in range(0, len(ordered), _CHUNK):
        found.update(
            session.scalars(
                select(TextEncoding.text_hash).where(
                    TextEncoding.text_hash.in_(ordered[start : start + _CHUNK]),
                    TextEncoding.model == encoder.name,
                    TextEncoding.model_version == encoder.version,
                )
            )
        )
    return found


def _fetch(
    session: Session, hashes: set[str], encoder: Encoder | EncoderId
) -> dict[str, csr_matrix]:
    found: dict[str, csr_matrix] = {}
    ordered = sorted(hashes)
    for start in range(0, len(ordered), _CHUNK):
        rows = session.execute(
            select(TextEncoding.text_hash, TextEncoding.data).where(
                TextEncoding.text_hash.in_(ordered[start : start + _CHUNK]),
                TextEncoding.model == encoder.name,
                TextEncoding.model_version == encoder.version,
            )
        )
        found.update((key, unpack(data)) for key, data in rows)
    return found
