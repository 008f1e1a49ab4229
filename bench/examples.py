"""Examples of reasons for docs/matching.md: `python -m bench examples`.

Of the demonstration's pairs that belong together and that the site suggests: the ten language pairs
whose scores are spread most evenly, not the ten best.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bench.quality import put
from bench.reasons import KINDS, Pool, kept_encoder, marks, read_pool
from matchmaker.matching.documents import Document, Reason
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.ranking import POSSIBLE_FROM, band
from matchmaker.matching.semantic import Encoder

_COUNT: Final = 10
_HEAD: Final = ("| share | amount | kind | in the offer | in the need |", "|---|---|---|---|---|")


def run(*, write: bool) -> int:
    """Print the examples and, if asked, put them into the page."""
    encoder = kept_encoder()
    pool = read_pool("seeds", encoder) if encoder else None
    if pool is None or encoder is None:
        print("No encoder is installed: nothing to show.")
        return 0
    text = "\n".join(line for pair in chosen(pool) for line in _example(pool, *pair, encoder))
    print(text)
    if write:
        put(text.strip(), *marks("examples"))
    return 0


def chosen(pool: Pool) -> list[tuple[str, str]]:
    """One pair for each two languages, evenly from the best to the weakest that is suggested."""
    index = pool.index
    scored = sorted(((index.pair_score(*pair), pair) for pair in pool.pairs), reverse=True)
    of_languages: dict[tuple[str, str], tuple[str, str]] = {}
    for points, (offer, need) in scored:
        if points >= POSSIBLE_FROM:
            languages = index.document(offer).language, index.document(need).language
            of_languages.setdefault(languages, (offer, need))
    pairs = list(of_languages.values())
    count = min(_COUNT, len(pairs))
    places = [round(place * (len(pairs) - 1) / max(count - 1, 1)) for place in range(count)]
    return [pairs[place] for place in places]


def _example(pool: Pool, offer: str, need: str, encoder: Encoder) -> Iterator[str]:
    index = pool.index
    left, right = index.document(offer), index.document(need)
    points = index.pair_score(offer, need)
    reasons = index.explain(offer, need, encoder=encoder)
    raw = sum(reason.amount for reason in reasons)
    yield f"**{left.language} → {right.language}: {points}, {band(points).value}** (raw {raw:.2f})"
    yield ""
    yield f"- offer: {left.title}"
    yield f"- need: {right.title}"
    yield ""
    yield from _HEAD
    for reason in reasons:
        yield _row(reason, left, right, index.glossary)
    yield ""


def _row(reason: Reason, left: Document, right: Document, glossary: Glossary) -> str:
    sides = [reason.left, reason.right]
    if reason.kind in KINDS:
        sides = [
            _glossed(phrase, document.language, glossary)
            for phrase, document in zip(sides, (left, right), strict=True)
        ]
    cells = (side.replace("|", "/") for side in sides)
    return f"| {reason.share:.0%} | {reason.amount:.2f} | {reason.kind} | {' | '.join(cells)} |"


def _glossed(phrase: str, language: str, glossary: Glossary) -> str:
    """A phrase with the English names of the concepts that the glossary finds in it."""
    if language == "en" or not phrase:
        return phrase
    found = glossary.find(phrase, language)
    names = dict.fromkeys(glossary.label(concept, "en") or concept for *_, concept in found)
    return f"{phrase} ({', '.join(names)})" if names else phrase
