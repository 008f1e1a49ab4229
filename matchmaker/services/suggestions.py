"""What the engine found becomes matches: one row per pair, ever.

How an ended pair comes back: only when the original text of one side was published anew and differs
from the one that was judged. The same row then goes from its ending to suggested (the table allows
this step to the system alone), its decisions, answers and clearances are forgotten (the audit trail
keeps them) and both sides judge the new texts. A pair that is still merely suggested, and that the
engine no longer finds after one of its texts changed, lapses.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from matchmaker.database import upsert
from matchmaker.domain.listing_states import LIVE
from matchmaker.domain.match_states import ENDINGS, By
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import (
    GUIDING_FIELDS,
    Band,
    CodeField,
    MatchOrigin,
    MatchState,
    RevisionState,
    Side,
    TextField,
)
from matchmaker.matching.documents import Reason
from matchmaker.matching.explanation import awaits_phrases
from matchmaker.matching.pair_features import PairFeatures
from matchmaker.matching.ranking import POSSIBLE_FROM
from matchmaker.models import Listing, ListingCode, ListingRevision, Match, Organisation
from matchmaker.services import audit, match_states
from matchmaker.services.match_notices import tell_to_review

MINIMUM_SCORE = POSSIBLE_FROM
"""Pairs below it are not suggested: the engine calls them weak."""
MOST_PER_LISTING = 10
"""How many pairs of a listing are suggested at a time, the best first."""

_MATCHED_TEXT = (
    TextField.TITLE,
    TextField.SUMMARY,
    TextField.DESCRIPTION,
    TextField.ADVANTAGES_AND_INNOVATION,
    TextField.TECHNICAL_SPECIFICATION,
    TextField.EXPECTED_ROLE_OF_PARTNER,
    *GUIDING_FIELDS,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listing that the engine found for another one.

    `reference` names the found listing; `score` is 0 to 100. In `reasons` the left side is always
    the offer's, the right side the need's. `features` are the pair's numbers.
    """

    reference: str
    score: int
    band: Band
    reasons: tuple[Reason, ...] = ()
    features: PairFeatures | None = None


@dataclass(frozen=True, slots=True)
class _Party:
    """What suggesting asks of a published listing."""

    listing_id: int
    reference: str
    is_need: bool
    organisation_id: int
    country: str
    centre_id: int
    revision_id: int
    targets: frozenset[str]


def suggest(
    session: Session,
    listing: Listing,
    candidates: Sequence[Candidate],
    *,
    index_version: str,
    now: datetime,
) -> list[Match]:
    """Make or refresh the suggested matches of a published listing; returns the new ones.

    `candidates` are of the other kind, in any order. Running it again changes nothing. A listing
    that is not published gets none. Matches that people already judge keep the score they saw.
    """
    session.flush()
    own = _parties(session, [listing.reference]).get(listing.reference)
    if own is None:
        return []
    for match in match_states.open_matches(session, listing):
        if match.state is not MatchState.SUGGESTED:
            match_states.follow_revisions(session, SYSTEM, match, now=now)
    found = _fitting(session, own, candidates)
    rows = _existing(session, own)
    _lapse_lost(session, own, rows, found, now)
    new = _create(session, own, found, rows=rows, index_version=index_version, now=now)
    again = _suggest_again(session, found, rows, now)
    _refresh(session, own, found, rows, index_version)
    tell_to_review(session, SYSTEM, [*new, *again], now=now)
    return [*new, *again]


def _parties(session: Session, references: Iterable[str]) -> dict[str, _Party]:
    """Return those of the listings that are published, by reference.

    They stay published until the end of the transaction: whoever ends one of them meanwhile waits,
    and then finds the new matches to lapse (on SQLite there is one writer at a time).
    """
    rows = session.execute(
        select(Listing, ListingRevision.id, Organisation.country, Organisation.centre_id)
        .join(ListingRevision, ListingRevision.listing_id == Listing.id)
        .join(Organisation, Organisation.id == Listing.organisation_id)
        .where(
            Listing.reference.in_(list(references)),
            Listing.state.in_(LIVE),
            ListingRevision.state == RevisionState.PUBLISHED,
        )
        .with_for_update(read=True, of=Listing)
    ).all()
    targets: dict[int, set[str]] = {}
    for revision_id, country in session.execute(
        select(ListingCode.revision_id, ListingCode.value).where(
            ListingCode.revision_id.in_([row[1] for row in rows]),
            ListingCode.field == CodeField.TARGET_COUNTRY,
        )
    ):
        targets.setdefault(revision_id, set()).add(country)
    return {
        listing.reference: _Party(
            listing_id=listing.id,
            reference=listing.reference,
            is_need=listing.kind.is_need,
            organisation_id=listing.organisation_id,
            country=country,
            centre_id=listing.centre_id or centre_id,
            revision_id=revision_id,
            targets=frozenset(targets.get(revision_id, ())),
        )
        for listing, revision_id, country, centre_id in rows
    }


def _fitting(
    session: Session, own: _Party, candidates: Sequence[Candidate]
) -> dict[int, tuple[_Party, Candidate]]:
    """Return the candidates that may be suggested, by the id of the listing, the best first."""
    parties = _parties(session, [candidate.reference for candidate in candidates])
    ordered = sorted(candidates, key=lambda one: (-one.score, one.reference))
    return {
        party.listing_id: (party, candidate)
        for candidate in ordered
        if (party := parties.get(candidate.reference)) is not None and _may_meet(own, party)
    }


def _may_meet(own: _Party, other: _Party) -> bool:
    if own.is_need == other.is_need or own.organisation_id == other.organisation_id:
        return False
    return all(
        not one.targets or two.country in one.targets for one, two in ((own, other), (other, own))
    )


def _existing(session: Session, own: _Party) -> dict[int, Match]:
    """Return the listing's matches in any state, by the id of the other listing."""
    mine, other = _columns(own)
    return {
        getattr(match, other): match
        for match in session.scalars(
            select(Match).where(getattr(Match, mine) == own.listing_id).order_by(Match.id)
        )
    }


def _columns(own: _Party) -> tuple[str, str]:
    return ("need_id", "offer_id") if own.is_need else ("offer_id", "need_id")


def _lapse_lost(
    session: Session,
    own: _Party,
    rows: Mapping[int, Match],
    found: Mapping[int, object],
    now: datetime,
) -> None:
    """End suggestions that no longer fit since the listing's text changed."""
    side = Side.NEED if own.is_need else Side.OFFER
    for other_id, match in rows.items():
        lost = match.state is MatchState.SUGGESTED and other_id not in found
        if lost and match_states.newer_revision(match, side) is not None:
            match_states.judge(
                match, {s: r for s in Side if (r := match_states.newer_revision(match, s))}
            )
            match_states.move(
                session, SYSTEM, match, MatchState.LAPSED, by=By.SYSTEM, now=now, revised=True
            )


def _create(
    session: Session,
    own: _Party,
    found: Mapping[int, tuple[_Party, Candidate]],
    *,
    rows: Mapping[int, Match],
    index_version: str,
    now: datetime,
) -> list[Match]:
    """Insert those of the best pairs that have no row yet."""
    wanted = [
        _row(own, party, candidate, index_version, now)
        for other_id, (party, candidate) in list(found.items())[:MOST_PER_LISTING]
        if other_id not in rows and candidate.score >= MINIMUM_SCORE
    ]
    upsert(session, Match.__table__, wanted, key=["offer_id", "need_id"])  # type: ignore[arg-type]
    references = [row["reference"] for row in wanted]
    made = list(
        session.scalars(
            select(Match)
            .where(Match.reference.in_(references))
            .order_by(Match.score.desc(), Match.id)
        )
    )
    for match in made:
        audit.record(
            session, SYSTEM, audit.AuditAction.MATCH_SUGGESTED, match, now=now,
            score=match.score, index_version=index_version,
        )  # fmt: skip
    return made


def _row(
    own: _Party, party: _Party, candidate: Candidate, index_version: str, now: datetime
) -> dict[str, Any]:
    offer, need = (party, own) if own.is_need else (own, party)
    return {
        "reference": new_reference(Prefix.MATCH),
        "offer_id": offer.listing_id,
        "need_id": need.listing_id,
        "origin": MatchOrigin.SUGGESTED,
        "state": MatchState.SUGGESTED,
        "offer_centre_id": offer.centre_id,
        "need_centre_id": need.centre_id,
        "offer_revision_id": offer.revision_id,
        "need_revision_id": need.revision_id,
        "score": candidate.score,
        "band": candidate.band,
        "index_version": index_version,
        "reasons": [asdict(reason) for reason in candidate.reasons],
        "phrases_due": awaits_phrases(candidate.reasons),
        "features": candidate.features.plain() if candidate.features else None,
        "created_at": now,
        "state_changed_at": now,
        "lock_version": 1,
    }


def _suggest_again(
    session: Session,
    found: Mapping[int, tuple[_Party, Candidate]],
    rows: Mapping[int, Match],
    now: datetime,
) -> list[Match]:
    """Bring back ended pairs of which a text changed since they were judged."""
    again = []
    for other_id, (_party, candidate) in found.items():
        match = rows.get(other_id)
        if match is None or match.state not in ENDINGS or candidate.score < MINIMUM_SCORE:
            continue
        if any(text_changed(match, side) for side in Side):
            match_states.start_again(session, match)
            match.origin = MatchOrigin.SUGGESTED
            match_states.move(session, SYSTEM, match, MatchState.SUGGESTED, by=By.SYSTEM, now=now)
            again.append(match)
    return again


def text_changed(match: Match, side: Side) -> bool:
    """Tell whether the original text of a side was published anew, and differs from the judged."""
    newer = match_states.newer_revision(match, side)
    judged = match.offer_revision if side is Side.OFFER else match.need_revision
    return newer is not None and _words(newer) != _words(judged)


def _words(revision: ListingRevision) -> tuple[str, ...]:
    original = revision.original
    return () if original is None else tuple(original.get(field) for field in _MATCHED_TEXT)


def _refresh(
    session: Session,
    own: _Party,
    found: Mapping[int, tuple[_Party, Candidate]],
    rows: Mapping[int, Match],
    index_version: str,
) -> None:
    """Write the present score of pairs that nobody judges yet.

    Not through the version of the row, which would tell staff with an open form that somebody else
    changed the match; a text that changed is told by its revision.
    """
    session.flush()
    changes = []
    for other_id, (party, candidate) in found.items():
        match = rows.get(other_id)
        if match is None:
            continue
        row = _row(own, party, candidate, index_version, match.created_at)
        if any(getattr(match, name) != row[name] for name in _REFRESHED):
            changes.append({"match_id": match.id} | {f"new_{n}": row[n] for n in _REFRESHED})
    if not changes:
        return
    table = Match.__table__
    unjudged = or_(
        table.c.state == MatchState.SUGGESTED,
        and_(table.c.state == MatchState.UNDER_REVIEW, table.c.score.is_(None)),
    )
    statement = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.id == bindparam("match_id"), unjudged)
        .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in _REFRESHED})
    )
    session.connection().execute(statement, changes)
    for match in rows.values():
        session.expire(match, _REFRESHED)


_REFRESHED = (
    "score",
    "band",
    "index_version",
    "reasons",
    "phrases_due",
    "features",
    "offer_revision_id",
    "need_revision_id",
)
