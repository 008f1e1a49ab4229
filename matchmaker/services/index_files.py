"""The two indexes on disk, as their one writer sees them: where they lie, what goes into them."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scipy.sparse import csr_matrix

from matchmaker.database import Transactions
from matchmaker.matching.background import reference
from matchmaker.matching.documents import Document
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import Index
from matchmaker.matching.ranking import Blend
from matchmaker.matching.semantic import Encoder, EncoderId, identity, stack
from matchmaker.queries.indexes import IndexFile, index_file
from matchmaker.services.encodings import stored_rows

Progress = Callable[[int, int], None]

_REFIT_LEAST = 20
_REFIT_GROWTH = 1.2


@dataclass(frozen=True)
class Places:
    """Where the indexes lie; a boundary makes it from the settings."""

    index_folder: Path

    @property
    def member(self) -> IndexFile:
        return index_file(self.index_folder, "member")

    @property
    def public(self) -> IndexFile:
        return index_file(self.index_folder, "public")

    @property
    def lock(self) -> Path:
        """The file that the one writer of both indexes locks."""
        return self.index_folder / "writer.lock"

    def lost(self) -> bool:
        """Whether an index is missing or cannot be read."""
        return self.member.get() is None or self.public.get() is None


@dataclass(frozen=True)
class Reading:
    """Whose latent terms the indexes hold, and which encoder is at hand."""

    serving: EncoderId | None
    at_hand: EncoderId | None

    @property
    def encodes(self) -> bool:
        """Whether the encoder at hand makes rows that the indexes can take."""
        return self.at_hand is not None and self.at_hand == self.serving

    @property
    def changes(self) -> bool:
        """Whether another encoder than the one that the indexes were made with is at hand."""
        return self.at_hand is not None and self.at_hand != self.serving


def reading(places: Places, encoder: Encoder | None) -> Reading:
    """Return whose latent terms the indexes hold, beside the encoder at hand.

    Indexes without latent terms take those of any encoder. While one of the two indexes is still
    that of another encoder, the change is not done.
    """
    at_hand = identity(encoder)
    indexes = (places.member.get(), places.public.get())
    held = {index.encoder for index in indexes if index is not None and index.encoder is not None}
    others = sorted(held - {at_hand}, key=str)
    return Reading(others[0] if others else at_hand, at_hand)


@dataclass(frozen=True)
class Learnt:
    """What an index is built with beside its documents."""

    glossary: Glossary
    blend: Blend


def build(
    transactions: Transactions,
    documents: Sequence[Document],
    encoder: EncoderId | None,
    learnt: Learnt,
    *,
    progress: Progress | None = None,
) -> Index:
    """Build an index from what is stored of an encoder's rows; `progress` counts documents."""
    return Index.build(
        documents,
        latent=rows(transactions, documents, encoder),
        glossary=learnt.glossary,
        blend=learnt.blend,
        encoder=encoder,
        lent=_lent(transactions, encoder),
        progress=progress,
    )


def write(
    transactions: Transactions,
    file: IndexFile,
    documents: Sequence[Document],
    groups: Collection[str],
    *,
    encoder: EncoderId | None,
    learnt: Learnt,
) -> frozenset[str]:
    """Put these documents into one index, in place of all that it holds of `groups`; return the ids
    of those that came with latent terms.

    The rows are those of the index's own encoder; `encoder` is for one that has none so far.
    """
    index = file.get()
    if index is None:
        built = build(transactions, documents, encoder, learnt)
        put(file, built)
        return frozenset(d.id for d in documents) - built.waiting()
    found = rows(transactions, documents, index.encoder or encoder)
    changed = index
    if found and index.encoder is None and encoder is not None:
        changed = index.read_by(encoder)
    wanted = {document.id for document in documents}
    gone = {d.id for d in index.contents.documents if d.group in groups and d.id not in wanted}
    changed = changed.remove_documents(gone)
    if documents:
        changed = changed.add(documents, found)
    if changed is not index:
        put(file, changed)
    return frozenset(found)


def put(file: IndexFile, index: Index) -> None:
    """Write an index; learn its frequencies anew when many more texts have latent terms by now.

    A table of thousands is indexed by its words first, and what was learnt then would not fit.
    """
    note = file.folder / "fitted.json"
    version, known = _read_note(note)
    encoded = len(index) - len(index.waiting())
    if version == index.version and encoded > max(_REFIT_LEAST, _REFIT_GROWTH * known):
        index = index.refit()
    file.put(index)
    if version != index.version:
        note.write_text(json.dumps([index.version, encoded]), encoding="ascii")


def rows(
    transactions: Transactions, documents: Iterable[Document], encoder: EncoderId | None
) -> dict[str, csr_matrix]:
    """Return what is stored of an encoder's rows of these documents, by the document's id."""
    if encoder is None:
        return {}
    with transactions.read() as session:
        return stored_rows(session, documents, encoder)


def _lent(transactions: Transactions, encoder: EncoderId | None) -> csr_matrix | None:
    """The background's rows by an encoder other than that which its own are of, if all are
    stored."""
    background = reference()
    if encoder is None or encoder == background.encoder:
        return None
    found = rows(transactions, background.documents, encoder)
    if len(found) < len(background.documents):
        return None
    return stack(found[document.id] for document in background.documents)


def _read_note(note: Path) -> tuple[str | None, int]:
    """Under which version, and with how many encoded texts, the frequencies were learnt."""
    try:
        version, encoded = json.loads(note.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None, 0
    return str(version), int(encoded)
