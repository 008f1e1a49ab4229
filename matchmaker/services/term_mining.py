"""Reads translations and approved matches for term pairs, and writes what it finds as proposals.

What is due follows from the rows: each source is read once, a translation again after it was
changed, all again once there is an encoder. A run that dies is simply done again. No transaction is
open while the engine computes, which takes seconds for each source.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from sqlalchemy import ColumnElement, Table, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from matchmaker.database import Transactions, upsert
from matchmaker.domain.errors import DomainError
from matchmaker.domain.languages import READABLE_AS
from matchmaker.domain.listing_states import LIVE
from matchmaker.domain.vocabulary import (
    ProposalState,
    RevisionState,
    Side,
    TextField,
    TextOrigin,
    Verdict,
)
from matchmaker.matching.glossary import kept_label
from matchmaker.matching.semantic import Encoder
from matchmaker.matching.term_pairs import TermFinder, TermPair, TextPair
from matchmaker.models import (
    Listing,
    ListingRevision,
    ListingText,
    Match,
    MatchDecision,
    TermProposal,
    TermSource,
)
from matchmaker.queries.documents import READ_FIELDS
from matchmaker.queries.glossary import glossary
from matchmaker.services.term_proposals import Term, propose

Progress = Callable[[int, int], None]

log = logging.getLogger(__name__)

_MOST_EVIDENCE: Final = 10
_AGAIN: Final = 0.5
"""How much of what is missing to certainty another place where both were seen may add."""


@dataclass(frozen=True, slots=True)
class Source:
    """A translation or a match to be read; `version` is the translation's."""

    text_id: int | None
    match_id: int | None
    version: int
    kind: str
    reference: str


def sources_due(session: Session, *, encoded: bool) -> list[Source]:
    """Return what was not read yet, or not with an encoder although there is one now."""
    return [*_translations_due(session, encoded), *_matches_due(session, encoded)]


def read_sources(
    transactions: Transactions,
    encoder: Encoder | None,
    *,
    now: datetime,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> int:
    """Read what is due, for about `seconds`; return how many sources were read."""
    with transactions.read() as session:
        due = sources_due(session, encoded=encoder is not None)
        if not due:
            return 0
        finder = TermFinder(glossary(session), encoder)
    started = monotonic()
    done = 0
    for source in due:
        if seconds is not None and monotonic() - started > seconds:
            break
        with transactions.read() as session:
            texts = _texts(session, source)
        found = finder.find(texts) if texts is not None else []
        with transactions.write() as session:
            _write(session, source, found, encoded=encoder is not None, now=now)
        done += 1
        if progress is not None:
            progress(done, len(due))
    return done


def _translations_due(session: Session, encoded: bool) -> list[Source]:
    """Texts that people wrote in another language than the original, of published listings."""
    again = or_(TermSource.id.is_(None), TermSource.version != ListingText.lock_version)
    if encoded:
        again = or_(again, ~TermSource.encoded)
    rows = session.execute(
        select(ListingText.id, ListingText.lock_version, Listing.reference)
        .join(ListingRevision, ListingRevision.id == ListingText.revision_id)
        .join(Listing, Listing.id == ListingRevision.listing_id)
        .outerjoin(TermSource, TermSource.text_id == ListingText.id)
        .where(
            ListingText.origin == TextOrigin.HUMAN,
            ListingText.language != ListingRevision.original_language,
            ListingRevision.state == RevisionState.PUBLISHED,
            Listing.state.in_(LIVE),
            again,
        )
        .order_by(ListingText.id)
    )
    return [Source(row[0], None, row[1], "listing", row[2]) for row in rows]


def _matches_due(session: Session, encoded: bool) -> list[Source]:
    """Matches that both centres approved, whose originals are in two languages."""
    offer, need = aliased(ListingRevision), aliased(ListingRevision)
    approved = (
        select(func.count())
        .select_from(MatchDecision)
        .where(MatchDecision.match_id == Match.id, MatchDecision.verdict == Verdict.APPROVE)
        .scalar_subquery()
    )
    again: ColumnElement[bool] = TermSource.id.is_(None)
    if encoded:
        again = or_(again, ~TermSource.encoded)
    rows = session.execute(
        select(Match.id, Match.reference)
        .join(offer, offer.id == Match.offer_revision_id)
        .join(need, need.id == Match.need_revision_id)
        .outerjoin(TermSource, TermSource.match_id == Match.id)
        .where(
            and_(offer.original_language != need.original_language, approved == len(Side)), again
        )
        .order_by(Match.id)
    )
    return [Source(None, row[0], 0, "match", row[1]) for row in rows]


def _texts(session: Session, source: Source) -> TextPair | None:
    """Return the two texts of a source as they are now; None where one is gone."""
    if source.text_id is not None:
        text = session.get(ListingText, source.text_id)
        original = text.revision.original if text is not None else None
        return _pair(original, text, parallel=True)
    match = session.get(Match, source.match_id)
    if match is None:
        return None
    return _pair(match.offer_revision.original, match.need_revision.original, parallel=False)


def _pair(
    left: ListingText | None, right: ListingText | None, *, parallel: bool
) -> TextPair | None:
    if left is None or right is None:
        return None
    languages = [READABLE_AS.get(text.language, text.language) for text in (left, right)]
    return TextPair(languages[0], _passages(left), languages[1], _passages(right), parallel)


def _passages(text: ListingText) -> tuple[str, ...]:
    """The fields that members read, in the same order for every text; never confidential ones."""
    return tuple(text.get(field) for field in (TextField.TITLE, *READ_FIELDS))


def _write(
    session: Session, source: Source, found: Sequence[TermPair], *, encoded: bool, now: datetime
) -> None:
    seen = {"kind": source.kind, "reference": source.reference}
    for pair in found:
        try:
            one = pair.left_language, kept_label(pair.left)
            other = pair.right_language, kept_label(pair.right)
        except DomainError as error:
            log.warning(
                "a pair of %s %s is no label: %s", source.kind, source.reference, error.code
            )
            continue
        held = _held(session, *sorted((one, other)))
        places = list(held.evidence) if held is not None else []
        score = pair.score
        if held is not None:
            best, least = max(held.score, score), min(held.score, score)
            score = best if seen in places else round(best + (1 - best) * _AGAIN * least, 3)
        if seen not in places:
            places = [*places, seen][-_MOST_EVIDENCE:]
        propose(session, one, other, score=score, evidence=places, now=now)
    _mark_read(session, source, encoded=encoded, now=now)


def _held(session: Session, left: Term, right: Term) -> TermProposal | None:
    return session.scalar(
        select(TermProposal).where(
            TermProposal.left_language == left[0],
            TermProposal.left_text == left[1],
            TermProposal.right_language == right[0],
            TermProposal.right_text == right[1],
            TermProposal.state == ProposalState.OPEN,
        )
    )


def _mark_read(session: Session, source: Source, *, encoded: bool, now: datetime) -> None:
    table: Table = TermSource.__table__  # type: ignore[assignment]
    row = {
        "text_id": source.text_id,
        "match_id": source.match_id,
        "version": source.version,
        "encoded": encoded,
        "read_at": now,
    }
    key = "text_id" if source.text_id is not None else "match_id"
    upsert(session, table, [row], key=[key], update=["version", "encoded", "read_at"])
