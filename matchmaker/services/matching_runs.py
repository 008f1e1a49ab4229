"""Suggestions for listings whose content the index has just taken, in both directions.

What is due follows from the rows: a listing knows for which content, under which frequencies of the
index, suggestions were last made (`matched_hash`). A run that dies is simply done again.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from time import monotonic

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session, aliased

from matchmaker.database import Transactions
from matchmaker.domain.vocabulary import ListingState
from matchmaker.matching.documents import Document, Hit, Reason
from matchmaker.matching.index import Index
from matchmaker.matching.pair_features import PairFeatures
from matchmaker.matching.semantic import Encoder, identity
from matchmaker.models import Listing, Match
from matchmaker.queries.documents import PublishedState, published_states
from matchmaker.queries.match_waits import JUDGED
from matchmaker.services.index_files import Places
from matchmaker.services.indexing import content_hash
from matchmaker.services.suggestions import (
    MINIMUM_SCORE,
    MOST_PER_LISTING,
    Candidate,
    suggest,
)

Progress = Callable[[int, int], None]

_LOOK_BACK = 60
"""How far down its own list a listing looks for others whose lists it might stand in."""
_PER_TRANSACTION = 20
_CONCEPT_DIGITS = 24
"""Of the 64 hexadecimal digits of `matched_hash`."""


@dataclass(frozen=True)
class Run:
    """What one run of matching holds fixed."""

    index: Index
    today: date
    now: datetime
    rankings: dict[str, list[Hit]] = field(default_factory=dict)
    """What `_hits` found for each listing: many listings ask for the lists of the same ones."""


def matched_hash(state: PublishedState, index: Index) -> str:
    """Return what `Listing.matched_hash` becomes when suggestions for this content are made.

    Its end tells which concepts were found in the listing, so that a change of the glossary makes
    those due that it concerns.
    """
    content = hashlib.sha256(f"{state.indexed_hash} {index.version}".encode()).hexdigest()
    return content[:-_CONCEPT_DIGITS] + index.concept_hashes[state.reference][:_CONCEPT_DIGITS]


def listings_due(session: Session, index: Index, encoder: Encoder | None) -> list[PublishedState]:
    """Return the listings that the index holds in full and for which no suggestions were made.

    A text that waits for its latent terms is left until it has them. While any does, listings
    that are due only because the frequencies were learnt anew are left, too: that comes once.
    Those in which the glossary finds other concepts are not left.
    """
    ready: list[PublishedState] = []
    waiting = False
    for state in published_states(session):
        if _is_read(state, index, encoder):
            ready.append(state)
        else:
            waiting = True
    return [
        state
        for state in ready
        if state.reference in index and _is_due(state, matched_hash(state, index), waiting=waiting)
    ]


def _is_read(state: PublishedState, index: Index, encoder: Encoder | None) -> bool:
    """Whether the index holds a listing as fully as it can for now: with latent terms, or, where
    no encoder is at hand, without."""
    serving = index.encoder or identity(encoder)
    taken = {content_hash(state, serving, encoded=True)}
    if encoder is None:
        taken.add(content_hash(state, serving, encoded=False))
    return state.indexed_hash in taken


def pairs_due(
    session: Session, index: Index, encoder: Encoder | None
) -> list[tuple[int, str, str]]:
    """Return id, offer and need of the matches to be judged whose numbers are missing although the
    index holds both texts: pairs that people made, which the engine need not have found."""
    offer, need = aliased(Listing), aliased(Listing)
    rows = session.execute(
        select(Match.id, offer.reference, need.reference)
        .join(offer, offer.id == Match.offer_id)
        .join(need, need.id == Match.need_id)
        .where(Match.features.is_(None), Match.state.in_(JUDGED))
        .order_by(Match.id)
    ).all()
    if not rows:
        return []
    ready = {
        state.reference
        for state in published_states(session)
        if state.reference in index and _is_read(state, index, encoder)
    }
    return [(row[0], row[1], row[2]) for row in rows if row[1] in ready and row[2] in ready]


def complete_pairs(transactions: Transactions, places: Places, encoder: Encoder | None) -> int:
    """Write the numbers of the matches that are due; return how many. Staff's forms stay fresh."""
    index = places.member.get()
    if index is None:
        return 0
    with transactions.read() as session:
        due = pairs_due(session, index, encoder)
    if not due:
        return 0
    found = [(match_id, index.features(offer, need).plain()) for match_id, offer, need in due]
    with transactions.write() as session:
        for match_id, features in found:
            session.execute(
                update(_MATCH)
                .where(_MATCH.c.id == match_id, _MATCH.c.features.is_(None))
                .values(features=features)
            )
    return len(found)


def _is_due(state: PublishedState, wanted: str, *, waiting: bool) -> bool:
    if state.matched_hash == wanted:
        return False
    if state.matched_hash is None or not waiting:
        return True
    return state.matched_hash[-_CONCEPT_DIGITS:] != wanted[-_CONCEPT_DIGITS:]


def match_changed(
    transactions: Transactions,
    places: Places,
    encoder: Encoder | None,
    *,
    now: datetime,
    today: date,
    seconds: float = 30.0,
    progress: Progress | None = None,
) -> int:
    """Make suggestions for all listings that are due; return for how many.

    Stops after `seconds`; `progress(done, total)` counts listings. `today` is the network's date.
    """
    index = places.member.get()
    if index is None:
        return 0
    stop = monotonic() + seconds
    with transactions.read() as session:
        due = listings_due(session, index, encoder)
    run = Run(index, today, now)
    done = 0
    for start in range(0, len(due), _PER_TRANSACTION):
        block = due[start : start + _PER_TRANSACTION]
        _match_block(transactions, run, block)
        done += len(block)
        if progress is not None:
            progress(done, len(due))
        if monotonic() > stop:
            break
    return done


def forget_matched(session: Session) -> None:
    """Make suggestions for every listing due again."""
    session.execute(update(_LISTING).values(matched_hash=None))


def _match_block(transactions: Transactions, run: Run, block: Sequence[PublishedState]) -> None:
    """Rank outside of any transaction, then write what was found and that it was done."""
    references = dict.fromkeys(state.reference for state in block)
    for state in block:
        references.update(dict.fromkeys(_others_who_find(run, state.reference)))
    found = {reference: candidates(run, reference) for reference in references}
    with transactions.write() as session:
        listings = session.scalars(
            select(Listing).where(
                Listing.reference.in_(list(found)), Listing.state == ListingState.PUBLISHED
            )
        )
        for listing in sorted(listings, key=lambda each: each.id):
            suggest(
                session,
                listing,
                found[listing.reference],
                index_version=run.index.version,
                now=run.now,
            )
        session.flush()
        for state in block:
            _note_matched(session, state, matched_hash(state, run.index))


def _note_matched(session: Session, state: PublishedState, value: str) -> None:
    """Only while the listing still is what was matched; its owner's forms do not become stale."""
    session.execute(
        update(_LISTING)
        .where(_LISTING.c.id == state.listing_id, _LISTING.c.indexed_hash == state.indexed_hash)
        .values(matched_hash=value)
    )


def _hits(run: Run, reference: str) -> list[Hit]:
    """The good hits of a listing, best first: as many as it looks back at."""
    if reference not in run.rankings:
        run.rankings[reference] = [
            hit
            for hit in run.index.match(reference, top=_LOOK_BACK, today=run.today)
            if hit.score >= MINIMUM_SCORE
        ]
    return run.rankings[reference]


def _finds(run: Run, reference: str, other: str) -> bool:
    """Whether a listing has another one among those that are suggested for it."""
    return any(hit.group == other for hit in _hits(run, reference)[:MOST_PER_LISTING])


def _others_who_find(run: Run, reference: str) -> list[str]:
    """Listings too far down this one's own list, in whose lists it stands nevertheless."""
    further = _hits(run, reference)[MOST_PER_LISTING:]
    return [hit.group for hit in further if _finds(run, hit.group, reference)]


def candidates(run: Run, reference: str) -> list[Candidate]:
    """Return the pairs of a listing that stand high in its list or in that of the other, with
    reasons; the left side is the offer's."""
    own = next(d for d in run.index.contents.documents if d.group == reference)
    return [
        Candidate(
            reference=hit.group,
            score=hit.score,
            band=hit.band,
            reasons=_reasons(run, own, hit),
            features=_features(run, own, hit),
        )
        for place, hit in enumerate(_hits(run, reference))
        if place < MOST_PER_LISTING or _finds(run, hit.group, reference)
    ]


def _reasons(run: Run, own: Document, hit: Hit) -> tuple[Reason, ...]:
    """Why a hit was found. Phrases are compared afterwards (`reason_runs`)."""
    return tuple(run.index.explain(*run.index.best_texts(*_pair(own, hit))))


def _features(run: Run, own: Document, hit: Hit) -> PairFeatures:
    return run.index.features(*_pair(own, hit))


def _pair(own: Document, hit: Hit) -> tuple[str, str]:
    """The references of the offer and the need."""
    return (own.group, hit.group) if own.kind == "offer" else (hit.group, own.group)


_MATCH: Table = Match.__table__  # type: ignore[assignment]  # it is a Table
_LISTING: Table = Listing.__table__  # type: ignore[assignment]  # it is a Table
