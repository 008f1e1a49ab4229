"""Finer reasons for matches: phrases of both texts compared, not only the titles named.

Suggestions are made at once, with reasons whose latent part names the titles (`Match.phrases_due`),
since phrases have to be encoded. Here they are compared afterwards, the best match first; what is
due follows from the rows. Phrases are encoded once for each text and stored like texts.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session, aliased

from matchmaker.database import Transactions
from matchmaker.domain.match_states import ENDINGS
from matchmaker.domain.vocabulary import ListingState, RevisionState
from matchmaker.matching.documents import Reason
from matchmaker.matching.index import Index
from matchmaker.matching.semantic import CachedEncoder, Encoder, identity
from matchmaker.models import Listing, ListingRevision, Match
from matchmaker.services.encodings import StoredEncoder
from matchmaker.services.index_files import Places

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """A match whose phrases wait to be compared: its revisions are the published ones."""

    match_id: int
    offer: str
    need: str
    revisions: tuple[int, int]


def matches_due(session: Session, index: Index | None, encoder: Encoder | None) -> list[Due]:
    """Return the matches that can be explained better now, the best and newest first."""
    if index is None or encoder is None or identity(encoder) != index.encoder:
        return []
    offer, need = aliased(Listing), aliased(Listing)
    supply, demand = aliased(ListingRevision), aliased(ListingRevision)
    rows = session.execute(
        select(Match.id, offer.reference, need.reference, supply.id, demand.id)
        .join(offer, offer.id == Match.offer_id)
        .join(need, need.id == Match.need_id)
        .join(supply, supply.id == Match.offer_revision_id)
        .join(demand, demand.id == Match.need_revision_id)
        .where(
            Match.phrases_due,
            Match.state.not_in(ENDINGS),
            *(side.state == ListingState.PUBLISHED for side in (offer, need)),
            *(side.state == RevisionState.PUBLISHED for side in (supply, demand)),
        )
        .order_by(Match.score.desc(), Match.id.desc())
    )
    waiting = {name.partition(":")[0] for name in index.waiting()}
    return [
        Due(match_id, one, other, (first, second))
        for match_id, one, other, first, second in rows
        if all(each in index and each not in waiting for each in (one, other))
    ]


def compare_phrases(
    transactions: Transactions, places: Places, encoder: Encoder | None, *, seconds: float = 30.0
) -> int:
    """Explain the matches that are due phrase by phrase; return how many.

    Stops after `seconds`. No transaction is open while it computes; a match that changed meanwhile
    keeps what it has. Staff's open forms do not become stale.
    """
    index = places.member.get()
    with transactions.read() as session:
        due = matches_due(session, index, encoder)
    if not due or index is None or encoder is None:
        return 0
    stop = monotonic() + seconds
    stored = CachedEncoder(StoredEncoder(transactions, encoder))
    for done, each in enumerate(due, start=1):
        reasons = _explained(index, each, stored)
        with transactions.write() as session:
            _write(session, each, reasons)
        if monotonic() > stop:
            return done
    return len(due)


def _explained(index: Index, due: Due, encoder: Encoder) -> list[Reason] | None:
    """The reasons phrase by phrase; None when the texts' phrases cannot be encoded."""
    documents = index.best_texts(due.offer, due.need)
    try:
        for document in documents:
            encoder.encode(index.candidates(document).texts())  # in one go
        return index.explain(*documents, encoder=encoder)
    except (RuntimeError, ValueError):
        log.exception("phrases could not be encoded: match %s", due.match_id)
        return None


def _write(session: Session, due: Due, reasons: Sequence[Reason] | None) -> None:
    """Where there are none, the match keeps what it has and is not tried again for now."""
    offer_revision, need_revision = due.revisions
    values: dict[str, Any] = {"phrases_due": False}
    if reasons is not None:
        values["reasons"] = [asdict(reason) for reason in reasons]
    session.execute(
        update(_MATCH)
        .where(
            _MATCH.c.id == due.match_id,
            _MATCH.c.phrases_due,
            _MATCH.c.offer_revision_id == offer_revision,
            _MATCH.c.need_revision_id == need_revision,
        )
        .values(**values)
    )


_MATCH: Table = Match.__table__  # type: ignore[assignment]  # it is a Table
