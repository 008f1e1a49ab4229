"""Where two proposed terms were seen: the sentences around them that a reader may read."""

import re
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError
from matchmaker.domain.languages import READABLE_AS
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import TextField, TextOrigin
from matchmaker.models import Match, TermProposal
from matchmaker.queries.listings import get_for_reader, visible_text_fields
from matchmaker.queries.matches import get_match

_SHOWN: Final = 2
"""Sightings shown of a pair: the last ones."""
_SIDE: Final = 110
"""Characters shown at most on either side of a term."""
_END: Final = re.compile(r"(?<=[.!?])\s|(?<=[。！？။។])|\n")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What stands around a term, and in which listing."""

    listing: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """A translated listing, or a match, in which both terms stand. `match` is its reference where
    the reader may open it."""

    left: Sentence
    right: Sentence
    translation: bool
    match: str | None = None


def sightings(session: Session, actor: Actor, proposal: TermProposal) -> list[Sighting]:
    """Return where a pair was seen, the newest first, as far as the actor may read it."""
    found: list[Sighting] = []
    for place in reversed(proposal.evidence):
        sighting = _sighting(session, actor, proposal, place)
        if sighting is not None:
            found.append(sighting)
        if len(found) == _SHOWN:
            break
    return found


def around(text: str, term: str) -> str | None:
    """Return the sentence of a text in which a term first stands, cut where it is long; None where
    the term is not there."""
    lowered, wanted = text.lower(), term.lower()
    if len(lowered) != len(text):
        lowered, wanted = text, term
    at = lowered.find(wanted)
    if at < 0:
        return None
    ends = [match.start() for match in _END.finditer(text)]
    first = max((end for end in ends if end <= at), default=0)
    last = min((end for end in ends if end >= at + len(term)), default=len(text))
    start = _cut(text, max(first, at - _SIDE), first)
    end = min(last, at + len(term) + _SIDE)
    before, after = "…" if start > first else "", "…" if end < last else ""
    return f"{before}{text[start:end].strip()}{after}"


def _cut(text: str, start: int, first: int) -> int:
    """Begin at a word, where there is a space near."""
    space = text.find(" ", start, start + _SIDE // 4)
    return space + 1 if start > first and space > 0 else start


def _sighting(
    session: Session, actor: Actor, proposal: TermProposal, place: dict[str, Any]
) -> Sighting | None:
    reference = str(place.get("reference", ""))
    left = (proposal.left_language, proposal.left_text)
    right = (proposal.right_language, proposal.right_text)
    if place.get("kind") == "listing":
        sides = [_sentences(session, actor, reference, *term) for term in (left, right)]
        if not all(sides):
            return None
        # The same field of both texts, if it has both: they translate each other.
        both = [field for field in sides[0] if field in sides[1]]
        one, other = (side[both[0]] if both else next(iter(side.values())) for side in sides)
        return Sighting(one, other, translation=True)
    row = session.scalar(select(Match).where(Match.reference == reference))
    if row is None:
        return None
    shown = reference if _may_open(session, actor, reference) else None
    offer, need = row.offer.reference, row.need.reference
    for one_listing, other_listing in ((offer, need), (need, offer)):
        sides = [
            _sentences(session, actor, listing, *term)
            for listing, term in ((one_listing, left), (other_listing, right))
        ]
        if all(sides):
            one, other = (next(iter(side.values())) for side in sides)
            return Sighting(one, other, translation=False, match=shown)
    return None


def _may_open(session: Session, actor: Actor, reference: str) -> bool:
    try:
        get_match(session, actor, reference)
    except DomainError:
        return False
    return True


def _sentences(
    session: Session, actor: Actor, reference: str, language: str, term: str
) -> dict[TextField, Sentence]:
    """The sentences with a term, by field, in what the actor reads of a listing's published text;
    confidential detail was not read for terms and is never shown here."""
    try:
        listing = get_for_reader(session, actor, reference)
    except DomainError:
        return {}
    revision = listing.published
    fields = [
        field
        for field in visible_text_fields(session, actor, listing)
        if field is not TextField.CONFIDENTIAL_DETAIL
    ]
    found: dict[TextField, Sentence] = {}
    for text in revision.texts if revision is not None else ():
        same = READABLE_AS.get(text.language, text.language) == language
        if not same or text.origin is TextOrigin.MACHINE:
            continue
        for field in fields:
            sentence = around(text.get(field), term)
            if sentence is not None:
                found.setdefault(field, Sentence(listing.reference, text.language, sentence))
    return found
