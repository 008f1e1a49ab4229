"""What a score is worth: `python -m bench scores`.

A score of 20 is to be reached by one unrelated pair in ten, 40 by one in a hundred, 60 by one in a
thousand, in whatever languages; and a hundredth more of unrelated listings is to move no score by
more than 1 point, even when everything is learnt anew.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from bench import quality
from matchmaker.matching import files
from matchmaker.matching.documents import Document
from matchmaker.matching.matcher import Matcher
from matchmaker.matching.ranking import Floats

_START: Final = "<!-- scores: made by python -m bench scores --write -->"
_END: Final = "<!-- end of the scores -->"
_MARKS: Final = (20, 40, 60, 80)
_ASKED: Final = 300
_SEED: Final = 20_261_123


@dataclass(frozen=True, slots=True)
class Pool:
    """The documents of a set, half of its needs among them as on the site, and needs to ask."""

    documents: Sequence[Document]
    asked: Sequence[Document]
    judgements: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, name: str, size: int | None = None) -> Pool:
        """A set's pool, or `size` documents of it drawn with a fixed seed."""
        folder = quality.SETS / name
        needs, _ = files.read_documents(folder / "queries.jsonl", "need")
        offers, _ = files.read_documents(folder / "docs.jsonl", "offer")
        judgements, _ = files.read_judgements(folder / "qrels.tsv")
        chance = random.Random(_SEED)  # noqa: S311 - a sample, no secret
        chance.shuffle(needs)
        half = len(needs) // 2
        known, asked = needs[:half], needs[half:][:_ASKED]
        if size is not None:
            offers = chance.sample(offers, size)
            known = known[: size // 2]
        return cls([*offers, *known], asked, judgements)


Values = dict[tuple[str, str], list[float]]


def unrelated(pool: Pool, *, encoder: bool = True) -> Values:
    """The scores of pairs that nobody judged to belong together, by their two languages."""
    matcher = _fitted(pool.documents, encoder=encoder)
    documents = {document.id: document for document in pool.documents}
    found: Values = defaultdict(list)
    for need, hits in matcher.rank_each(pool.asked, top=None):
        fitting = {name for name, grade in pool.judgements.get(need.id, {}).items() if grade > 0}
        for hit in hits:
            document = documents[hit.document_id]
            if document.kind == "need" or hit.document_id in fitting or _same_text(need, document):
                continue
            found[need.language, document.language].append(20 * hit.raw)
    return found


def _same_text(one: Document, other: Document) -> bool:
    """Whether these are one passage, which the sets of pairs judge across languages only."""
    return one.id.count(":") == 2 and one.id.split(":")[1] == other.id.split(":")[1]


def steadiness(pool: Pool, others: Sequence[Document]) -> tuple[int, float, float]:
    """How many unrelated documents a hundredth is, the most that a score moves when the index is
    learnt anew with them, and the share of the scores that move by more than 1 point."""
    chance = random.Random(_SEED)  # noqa: S311 - a sample, no secret
    more = [
        replace(each, id=f"more:{each.id}", group=f"more:{each.id}")
        for each in chance.sample(list(others), max(1, round(len(pool.documents) / 100)))
    ]
    before, after = (
        _points(_fitted(documents), pool)
        for documents in (pool.documents, [*pool.documents, *more])
    )
    moved = np.abs(before - after)
    return len(more), float(moved.max()), float((moved > 1).mean())


def _points(matcher: Matcher, pool: Pool) -> Floats:
    known = {document.id for document in pool.documents}
    rows = []
    for _, hits in matcher.rank_each(pool.asked[:60], top=None):
        by_id = {hit.document_id: hit.raw for hit in hits if hit.document_id in known}
        rows.append([by_id[name] for name in sorted(by_id)])
    return np.clip(20 * np.array(rows), 0, 100)


def _fitted(documents: Sequence[Document], *, encoder: bool = True) -> Matcher:
    glossary = files.read_glossary(quality.ROOT / "seeds" / "glossary")
    without = () if encoder else ("latent",)
    return Matcher(without=without, glossary=glossary, cache=quality.CACHE).fit(documents)


def run(*, write: bool) -> int:
    """Measure, print both tables and, if asked, put them into the page."""
    names = [each.name for each in quality.SETS_KNOWN if (quality.SETS / each.name).exists()]
    if not names:
        print("No evaluation set is there (../shared/bench): nothing to measure.")
        return 0
    text = "\n".join([*_rarity(names), "", *_steady(names)])
    print(text)
    if write:
        quality.put(text, _START, _END)
    return 0


def _rarity(names: Sequence[str]) -> Iterator[str]:
    yield "| unrelated pairs | number | " + " | ".join(f"≥ {mark}" for mark in _MARKS) + " |"
    yield "|---|---|" + "---|" * len(_MARKS)
    yield "| *nominal* | | " + " | ".join(f"{100 / 10 ** (m / 20):g} %" for m in _MARKS) + " |"
    for name in names:
        found = unrelated(Pool.of(name))
        yield from _lines(name, found)
        if name in {"zh_needs_results", "en_calls_projects"}:
            yield from _lines(f"{name}, not encoded", unrelated(Pool.of(name), encoder=False))
    for name, size in (("zh_needs_results", 24), ("zh_needs_results", 240), ("xl_pairs", 240)):
        if name in names:
            yield from _lines(f"{name}, {size} offers", unrelated(Pool.of(name, size)))


def _lines(name: str, found: Values) -> Iterator[str]:
    for sort, same in (("within a language", True), ("across", False)):
        pairs = {pair: values for pair, values in found.items() if (pair[0] == pair[1]) is same}
        if not pairs:
            continue
        together = np.concatenate([np.array(values) for values in pairs.values()])
        cells = []
        for mark in _MARKS:
            cell = f"{100 * (together >= mark).mean():.2g} %"
            if mark == _MARKS[0] and len(pairs) > 1:
                shares = [100 * (np.array(values) >= mark).mean() for values in pairs.values()]
                cell += f" ({min(shares):.2g}–{max(shares):.2g})"
            cells.append(cell)
        yield f"| {name}, {sort} | {len(together):,} | {' | '.join(cells)} |"


def _steady(names: Sequence[str]) -> Iterator[str]:
    yield "| a hundredth more | documents | moves a score by at most | share moved by more than 1 |"
    yield "|---|---|---|---|"
    pools = {name: Pool.of(name) for name in names if name != "xl_pairs"}
    for name, pool in pools.items():
        others = [each for n, p in pools.items() if n != name for each in p.documents]
        if others:
            count, most, share = steadiness(pool, others)
            yield f"| {name} | {count} | {most:.2f} points | {100 * share:.2g} % |"
