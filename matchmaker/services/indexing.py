"""Published listings into the indexes, in three steps that a crash may stop anywhere.

What is due follows from the rows: a listing knows the hash of the content that the index took
(`indexed_hash`). The index is written to disk first and the hash after it, so a job that dies in
between is simply done again. Works in short transactions: nothing is locked while it computes.

When another encoder is at hand than the one that the indexes were made with, all texts are encoded
anew in the background, block by block, each stored as soon as it is done. Meanwhile the indexes go
on as they are and take new listings with their words and concepts; then both are built anew.
"""

import hashlib
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic

from sqlalchemy import Table, update
from sqlalchemy.orm import Session

from matchmaker.database import Transactions
from matchmaker.domain.vocabulary import ListingState
from matchmaker.matching.background import reference
from matchmaker.matching.documents import Document
from matchmaker.matching.features import document_hash
from matchmaker.matching.following import with_glossary
from matchmaker.matching.index import Index
from matchmaker.matching.semantic import Encoder, EncoderId, identity
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
from matchmaker.services.encodings import encode_missing, stored_rows
from matchmaker.services.file_locks import file_lock
from matchmaker.services.index_files import (
    Learnt,
    Places,
    Progress,
    build,
    put,
    reading,
    write,
)

Documents = dict[int, list[Document]]

log = logging.getLogger(__name__)

_FIRST_BLOCK = 8
_NEXT_BLOCK = 48
"""Listings encoded before the index is written: few at first, so that one is soon found."""
_MOST_FAILED = 0.05
"""Share of the texts that a new encoder may fail at and still take over."""


def content_hash(state: PublishedState, encoder: EncoderId | None, *, encoded: bool) -> str:
    """Return what `Listing.indexed_hash` becomes when the index has taken this content.

    It tells whether the latent terms were there, so that a text which waited is taken again.
    """
    model = str(encoder) if encoder and encoded else "words alone"
    return hashlib.sha256(f"{state.content_hash} {model}".encode()).hexdigest()


@dataclass(frozen=True)
class Work:
    """What the index lacks: `new` content, content that only `waits` for latent terms, listings
    that `ended`; and whether all texts are due because the encoder `changes`."""

    new: Sequence[PublishedState]
    waiting: Sequence[PublishedState]
    ended: dict[int, str]
    changes: bool = False

    def __bool__(self) -> bool:
        return bool(self.new or self.waiting or self.ended or self.changes)


def work_due(session: Session, places: Places, encoder: Encoder | None) -> Work:
    """Return what is due. Where there is no index everything published is new to it.

    Nothing waits for an encoder that is not there, or that is still to take over.
    """
    read, lost = reading(places, encoder), places.lost()
    new: list[PublishedState] = []
    waiting: list[PublishedState] = []
    for state in published_states(session):
        full = content_hash(state, read.serving, encoded=True)
        if not lost and state.indexed_hash == full:
            continue
        plain = content_hash(state, read.serving, encoded=False)
        if lost or state.indexed_hash != plain:
            new.append(state)
        elif read.encodes:
            waiting.append(state)
    return Work(new, waiting, ended_listings(session), read.changes and not lost)


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
            with transactions.read() as session:
                work = work_due(session, places, encoder)
            if not work and not places.lost():
                break
            if work.changes and not (work.new or work.ended):
                changed += _change(transactions, places, encoder, stop, progress)
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
            everything = _everything(session)
        if encoder is not None:
            encode_missing(transactions, everything.texts(encoder), encoder, progress=encoding)
        _build_both(transactions, places, everything, identity(encoder), building)
    return len(everything.states)


@dataclass(frozen=True)
class _Everything:
    """All that is published, as both indexes see it."""

    states: Sequence[PublishedState]
    member: Sequence[Document]
    public: Sequence[Document]
    ended: Collection[int]
    learnt: Learnt

    def texts(self, encoder: Encoder) -> list[Document]:
        """The documents that an encoder has to know: with those of the background, whose own
        rows may be another's."""
        background = reference()
        own = identity(encoder) == background.encoder
        return [*self.member, *self.public, *(() if own else background.documents)]


def _everything(session: Session) -> _Everything:
    states = published_states(session)
    member = member_documents(session, {state.listing_id for state in states})
    return _Everything(
        states,
        _flat(member),
        _flat(public_documents(session)),
        ended_listings(session),
        _learnt(session),
    )


def _learnt(session: Session) -> Learnt:
    return Learnt(site_glossary(session), blend_in_force(session))


def _build_both(
    transactions: Transactions,
    places: Places,
    everything: _Everything,
    encoder: EncoderId | None,
    building: Progress | None = None,
) -> None:
    """Write both indexes from nothing with what is stored of an encoder's rows, the public one
    first: until both are there `reading` tells that the change is not done."""
    for file, documents in (
        (places.public, everything.public),
        (places.member, everything.member),
    ):
        learnt = everything.learnt
        put(file, build(transactions, documents, encoder, learnt, progress=building))
    with transactions.write() as session:
        for state in everything.states:
            note_indexed(session, state, content_hash(state, encoder, encoded=True))
        forget(session, everything.ended)


def _change(
    transactions: Transactions,
    places: Places,
    encoder: Encoder | None,
    stop: float,
    progress: Progress | None,
) -> int:
    """Encode some more texts for the encoder that is to take over; when all are, let it. Returns
    how many listings the new indexes hold, 0 while texts are missing."""
    if encoder is None:
        return 0
    with transactions.read() as session:
        everything = _everything(session)
    texts = everything.texts(encoder)
    failed = 0
    for start in range(0, len(texts), _NEXT_BLOCK):
        failed += _encode_each(transactions, texts[start : start + _NEXT_BLOCK], encoder)
        if failed > _MOST_FAILED * len(texts):
            log.error("%s encodes too little to take over", identity(encoder))
            return 0
        if progress is not None:
            progress(min(start + _NEXT_BLOCK, len(texts)), len(texts))
        if monotonic() > stop and start + _NEXT_BLOCK < len(texts):
            return 0
    _build_both(transactions, places, everything, identity(encoder))
    return len(everything.states)


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


def change_progress(transactions: Transactions, encoder: Encoder | None) -> tuple[int, int]:
    """Return how many of the documents that an encoder has to know are encoded, and of how many."""
    if encoder is None:
        return 0, 0
    with transactions.read() as session:
        texts = _everything(session).texts(encoder)
        return len(stored_rows(session, texts, encoder)), len(texts)


def _encode_each(
    transactions: Transactions, documents: Sequence[Document], encoder: Encoder
) -> int:
    """Encode documents, one by one where they fail together; return how many failed."""
    try:
        encode_missing(transactions, documents, encoder)
    except (RuntimeError, ValueError):
        failed = 0
        for document in documents:
            try:
                encode_missing(transactions, [document], encoder)
            except (RuntimeError, ValueError):
                log.exception("%s could not be encoded", document.id)
                failed += 1
        return failed
    return 0


def _one_block(
    transactions: Transactions,
    places: Places,
    encoder: Encoder | None,
    work: Work,
    block: int,
) -> int:
    """Encode a block of listings, then write everything that is ready to both indexes."""
    read = reading(places, encoder)
    first = [*work.new, *work.waiting][:block] if read.encodes else list(work.new)
    taken = {state.listing_id: state for state in (*work.new, *first)}
    with transactions.read() as session:
        member = member_documents(session, taken)
        public = public_documents(session, taken)
        learnt = _learnt(session)
    tried: set[int] = set()
    if encoder is not None and read.encodes:
        tried = {state.listing_id for state in first}
        texts = [d for i in tried for d in (*member.get(i, ()), *public.get(i, ()))]
        # Words and concepts rank those that fail until their text changes.
        _encode_each(transactions, texts, encoder)
    # The public index first: while the hashes of the rows are old, both are written again.
    groups = {state.reference for state in taken.values()} | set(work.ended.values())
    ready = [
        write(transactions, file, _flat(documents), groups, encoder=read.serving, learnt=learnt)
        for file, documents in ((places.public, public), (places.member, member))
    ]
    with transactions.write() as session:
        for listing_id, state in taken.items():
            encoded = listing_id in tried or all(
                d.id in there
                for there, documents in zip(ready, (public, member), strict=True)
                for d in documents.get(listing_id, ())
            )
            note_indexed(session, state, content_hash(state, read.serving, encoded=encoded))
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
            put(file, with_glossary(index, glossary))


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
        put(places.member, index.refit(blend))


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


def _flat(documents: Documents) -> list[Document]:
    return [document for each in documents.values() for document in each]


_LISTING: Table = Listing.__table__  # type: ignore[assignment]  # it is a Table
