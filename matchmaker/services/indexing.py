"""Published listings into the indexes, in three steps that a crash may stop anywhere.

What is due follows from the rows: a listing knows the hash of the content that the index took
(`indexed_hash`). The index is written to disk first and the hash after it, so a job that dies in
between is simply done again. Works in short transactions: nothing is locked while it computes.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from scipy.sparse import csr_matrix
from sqlalchemy import Table, update
from sqlalchemy.orm import Session

from matchmaker.database import Transactions
from matchmaker.domain.vocabulary import ListingState
from matchmaker.matching.documents import Document
from matchmaker.matching.features import document_hash
from matchmaker.matching.following import with_glossary
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import Index
from matchmaker.matching.ranking import Blend
from matchmaker.matching.semantic import Encoder
from matchmaker.models import Listing
from matchmaker.queries.blends import blend_in_force
from matchmaker.queries.documents import (
    PublishedState,
    ended_listings,
    member_documents,
    public_documents,
    published_states,
)
from matchmaker.queries.glossary import glossary as site_glossary
from matchmaker.queries.indexes import IndexFile, index_file
from matchmaker.services.encodings import encode_missing, stored_rows
from matchmaker.services.file_locks import file_lock

Progress = Callable[[int, int], None]
Documents = dict[int, list[Document]]

log = logging.getLogger(__name__)

_FIRST_BLOCK = 8
_NEXT_BLOCK = 48
"""Listings encoded before the index is written: few at first, so that one is soon found."""
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


def content_hash(state: PublishedState, encoder: Encoder | None, *, encoded: bool) -> str:
    """Return what `Listing.indexed_hash` becomes when the index has taken this content.

    It tells whether the latent terms were there, so that a text which waited is taken again.
    """
    model = f"{encoder.name} {encoder.version}" if encoder and encoded else "words alone"
    return hashlib.sha256(f"{state.content_hash} {model}".encode()).hexdigest()


@dataclass(frozen=True)
class Work:
    """What the index lacks: `new` content, content that only `waits` for latent terms, listings
    that `ended`."""

    new: Sequence[PublishedState]
    waiting: Sequence[PublishedState]
    ended: dict[int, str]

    def __bool__(self) -> bool:
        return bool(self.new or self.waiting or self.ended)


def work_due(session: Session, encoder: Encoder | None, *, lost: bool = False) -> Work:
    """Return what is due. `lost`: there is no index, so everything published is new to it."""
    new: list[PublishedState] = []
    waiting: list[PublishedState] = []
    for state in published_states(session):
        full = content_hash(state, encoder, encoded=True)
        if not lost and state.indexed_hash == full:
            continue
        plain = content_hash(state, encoder, encoded=False)
        (waiting if not lost and state.indexed_hash == plain else new).append(state)
    return Work(new, waiting, ended_listings(session))


def update_indexes(
    transactions: Transactions,
    places: Places,
    encoder: Encoder | None,
    *,
    seconds: float = 30.0,
    progress: Progress | None = None,
    wait: bool = False,
) -> int:
    """Bring the indexes up to what is published; return how many listings changed in them.

    Stops starting new blocks after `seconds`. Without `wait` it does nothing while another process
    writes. `progress(done, total)` counts listings. OSError on a full disk: the indexes stay as
    they were, and what is due stays due.
    """
    stop = monotonic() + seconds
    changed, block = 0, _FIRST_BLOCK
    with file_lock(places.lock, wait=wait) as mine:
        if mine:
            _follow_glossary(transactions, places)
            _follow_blend(transactions, places)
        while mine:
            lost = places.member.get() is None or places.public.get() is None
            with transactions.read() as session:
                work = work_due(session, encoder, lost=lost)
            if not work and not lost:
                break
            total = changed + len(work.new) + len(work.waiting) + len(work.ended)
            changed += _one_block(transactions, places, encoder, work, block)
            if progress is not None:
                progress(changed, max(total, changed))
            if monotonic() > stop:
                break
            block = _NEXT_BLOCK
    return changed


def rebuild(
    transactions: Transactions,
    places: Places,
    encoder: Encoder | None,
    *,
    encoding: Progress | None = None,
    building: Progress | None = None,
) -> int:
    """Encode what is missing and write both indexes from nothing; return how many listings.

    `encoding` counts texts, `building` documents.
    """
    with file_lock(places.lock, wait=True):
        with transactions.read() as session:
            states = published_states(session)
            ids = {state.listing_id for state in states}
            member, public = member_documents(session, ids), public_documents(session)
            ended = ended_listings(session)
            glossary, blend = site_glossary(session), blend_in_force(session)
        if encoder is not None:
            encode_missing(
                transactions, [*_flat(member), *_flat(public)], encoder, progress=encoding
            )
        for file, documents in ((places.public, public), (places.member, member)):
            flat = _flat(documents)
            rows = _rows(transactions, flat, encoder)
            index = Index.build(
                flat, latent=rows, glossary=glossary, progress=building, blend=blend
            )
            _put(file, index)
        with transactions.write() as session:
            for state in states:
                note_indexed(session, state, content_hash(state, encoder, encoded=True))
            forget(session, ended)
    return len(states)


def find_drift(transactions: Transactions, places: Places) -> int:
    """Compare both indexes with the database, document by document, and make differences due again.

    Returns how many listings differed. The sweep for what no hash of a row can tell: an index
    folder put back from a backup, a renamed organisation.
    """
    with file_lock(places.lock, wait=True):
        member, public = places.member.get(), places.public.get()
        if member is None or public is None:
            return 0
        with transactions.read() as session:
            states = {state.reference: state for state in published_states(session)}
            ids = {state.listing_id for state in states.values()}
            differing = _differing(member, _flat(member_documents(session, ids)))
            differing |= _differing(public, _flat(public_documents(session)))
        unknown = {group for group in differing if group not in states}
        for file, index in ((places.member, member), (places.public, public)):
            if unknown & index.groups():
                file.put(index.remove(unknown))
        with transactions.write() as session:
            forget(session, {states[g].listing_id: g for g in differing if g in states})
    return len(differing)


def note_indexed(session: Session, state: PublishedState, value: str) -> None:
    """Write down that the index holds this content; its owner's forms do not become stale."""
    session.execute(
        update(_LISTING)
        .where(_LISTING.c.id == state.listing_id, _LISTING.c.state == ListingState.PUBLISHED)
        .values(indexed_hash=value)
    )


def forget(session: Session, listing_ids: Iterable[int]) -> None:
    """Write down that the index holds nothing of these listings."""
    for listing_id in listing_ids:
        session.execute(
            update(_LISTING)
            .where(_LISTING.c.id == listing_id)
            .values(indexed_hash=None, matched_hash=None)
        )


def _one_block(
    transactions: Transactions,
    places: Places,
    encoder: Encoder | None,
    work: Work,
    block: int,
) -> int:
    """Encode a block of listings, then write everything that is ready to both indexes."""
    first = [*work.new, *work.waiting][:block]
    taken = {state.listing_id: state for state in (*work.new, *first)}
    with transactions.read() as session:
        member = member_documents(session, taken)
        public = public_documents(session, taken)
        glossary, blend = site_glossary(session), blend_in_force(session)
    tried = {state.listing_id for state in first}
    if encoder is not None:
        texts = [d for i in tried for d in (*member.get(i, ()), *public.get(i, ()))]
        try:
            encode_missing(transactions, texts, encoder)
        except (RuntimeError, ValueError):
            # Words and concepts rank these until their text changes; the others must not wait.
            log.exception("texts could not be encoded: listings %s", sorted(tried))
    # The public index first: while the hashes of the rows are old, both are written again.
    groups = {state.reference for state in taken.values()} | set(work.ended.values())
    public_rows = _rows(transactions, _flat(public), encoder)
    _write(places.public, glossary, _flat(public), public_rows, groups, blend=blend)
    member_rows = _rows(transactions, _flat(member), encoder)
    _write(places.member, glossary, _flat(member), member_rows, groups, blend=blend)
    with transactions.write() as session:
        for listing_id, state in taken.items():
            encoded = listing_id in tried or (
                all(d.id in member_rows for d in member.get(listing_id, ()))
                and all(d.id in public_rows for d in public.get(listing_id, ()))
            )
            note_indexed(session, state, content_hash(state, encoder, encoded=encoded))
        forget(session, work.ended)
    return len(first) + len(work.ended)


def glossary_due(session: Session, places: Places) -> bool:
    """Tell whether an index knows other confirmed labels than the site's glossary has."""
    version = site_glossary(session).version
    indexes = (places.public.get(), places.member.get())
    return any(index is not None and index.glossary.version != version for index in indexes)


def _follow_glossary(transactions: Transactions, places: Places) -> None:
    """Find the concepts of a changed glossary in the documents that name one; what was found anew
    is then due to be matched (`matching_runs.matched_hash`)."""
    with transactions.read() as session:
        glossary = site_glossary(session)
    for file in (places.public, places.member):
        index = file.get()
        if index is not None and index.glossary.version != glossary.version:
            _put(file, with_glossary(index, glossary))


def blend_due(session: Session, places: Places) -> bool:
    """Tell whether the index ranks by another blend than the one in force."""
    index = places.member.get()
    return index is not None and index.model.blend != blend_in_force(session)


def _follow_blend(transactions: Transactions, places: Places) -> None:
    """Learn the constants anew when the blend changed, so that a score keeps its meaning.

    Only what is matched follows it: free-text search has weights of its own.
    """
    with transactions.read() as session:
        blend = blend_in_force(session)
    index = places.member.get()
    if index is not None and index.model.blend != blend:
        _put(places.member, index.refit(blend))


def _write(
    file: IndexFile,
    glossary: Glossary,
    flat: Sequence[Document],
    rows: dict[str, csr_matrix],
    groups: Collection[str],
    *,
    blend: Blend,
) -> None:
    """Put these documents into one index, in place of all that it holds of `groups`."""
    index = file.get()
    if index is None:
        _put(file, Index.build(flat, latent=rows, glossary=glossary, blend=blend))
        return
    wanted = {document.id for document in flat}
    gone = {d.id for d in index.contents.documents if d.group in groups and d.id not in wanted}
    changed = index.remove_documents(gone)
    if flat:
        changed = changed.add(flat, rows)
    if changed is not index:
        _put(file, changed)


def _put(file: IndexFile, index: Index) -> None:
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


def _read_note(note: Path) -> tuple[str | None, int]:
    """Under which version, and with how many encoded texts, the frequencies were learnt."""
    try:
        version, encoded = json.loads(note.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None, 0
    return str(version), int(encoded)


def _differing(index: Index, documents: Iterable[Document]) -> set[str]:
    held = index.hashes()
    wanted = {document.id: document for document in documents}
    differing = {name.partition(":")[0] for name in held.keys() - wanted.keys()}
    differing.update(
        document.group
        for name, document in wanted.items()
        if held.get(name) != document_hash(document)
    )
    return differing


def _rows(
    transactions: Transactions, documents: Sequence[Document], encoder: Encoder | None
) -> dict[str, csr_matrix]:
    if encoder is None:
        return {}
    with transactions.read() as session:
        return stored_rows(session, documents, encoder)


def _flat(documents: Documents) -> list[Document]:
    return [document for each in documents.values() for document in each]


_LISTING: Table = Listing.__table__  # type: ignore[assignment]  # it is a Table
