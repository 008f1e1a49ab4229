"""Which pairs of texts an index learns its constants from.

The same texts give the same pairs in whatever order they come, and a text more or less changes few
of them: each group of texts is represented by those whose hashed ids are smallest, and all their
pairs are looked at, weighted by what they stand for.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.documents import Document
from matchmaker.matching.ranking import Floats, Pair, ordered, spelt_as

Rows = NDArray[np.int64]

_TEXTS = 4_096
"""Texts that represent all, shared out among languages and kinds."""
_MOST = 600
_BETWEEN_KINDS = 120.0
"""Texts of the rarer kinds, of both languages, at which the pairs of an offer with a need count as
much in all as those of one kind."""

_OFFER, _NEED, _LENT = range(3)


@dataclass(frozen=True, slots=True)
class Sample:
    """Texts of two languages, and how much each pair of them counts; 0 for what is no pair."""

    pair: Pair
    left: Rows
    right: Rows
    weights: Floats


@dataclass(frozen=True, slots=True)
class _Side:
    rows: Rows
    kinds: NDArray[np.int64]
    stands_for: Floats
    counts: tuple[int, int]


def samples(documents: Sequence[Document], own: int) -> Iterator[Sample]:
    """A sample for each two languages. The documents after the first `own` are lent: they stand for
    offers and needs alike."""
    sides = _sides(documents, own)
    groups = np.unique([document.group for document in documents], return_inverse=True)[1]
    languages = sorted(sides)
    for place, one in enumerate(languages):
        for other in languages[place:]:
            left, right = sides[one], sides[other]
            weights = _weights(left, right)
            weights[groups[left.rows][:, None] == groups[right.rows][None, :]] = 0.0
            if one == other:
                weights = np.triu(weights, 1)
            if weights.any():
                yield Sample(ordered(one, other), left.rows, right.rows, weights)


def _weights(left: _Side, right: _Side) -> Floats:
    """Needs are written otherwise than offers: where there are enough, pairs of both count most.

    By the number of texts, not of pairs: a single need makes a pair with each of a thousand offers.
    """
    (offers, needs), (others, their_needs) = left.counts, right.counts
    alike = offers * others + needs * their_needs
    between = offers * their_needs + needs * others
    enough = (min(offers, their_needs) + min(needs, others)) / _BETWEEN_KINDS
    weight = max(1.0, enough * alike / between) if between else 1.0
    kinds = left.kinds[:, None], right.kinds[None, :]
    both = (kinds[0] != kinds[1]) & (kinds[0] != _LENT) & (kinds[1] != _LENT)
    return np.outer(left.stands_for, right.stands_for) * np.where(both, weight, 1.0)


def _sides(documents: Sequence[Document], own: int) -> dict[str, _Side]:
    held: dict[str, list[list[tuple[int, int]]]] = defaultdict(lambda: [[], [], []])
    for row, document in enumerate(documents):
        kind = _LENT if row >= own else _OFFER if document.kind == "offer" else _NEED
        held[spelt_as(document.language)][kind].append((hashed(document.id), row))
    most = _most([len(texts) for kinds in held.values() for texts in kinds[:_LENT]])
    return {language: _side(kinds, most) for language, kinds in held.items()}


def _side(texts: Sequence[list[tuple[int, int]]], most: int) -> _Side:
    rows: list[int] = []
    kinds: list[int] = []
    stands_for: list[float] = []
    for kind, each in enumerate(texts):
        chosen = sorted(each)[: len(each) if kind == _LENT else most]
        rows.extend(row for _, row in chosen)
        kinds.extend([kind] * len(chosen))
        stands_for.extend([len(each) / max(len(chosen), 1)] * len(chosen))
    return _Side(
        np.array(rows, dtype=np.int64),
        np.array(kinds, dtype=np.int64),
        np.array(stands_for),
        (len(texts[_OFFER]), len(texts[_NEED])),
    )


def _most(sizes: Sequence[int]) -> int:
    """How many texts of each group fit, when groups that have fewer leave their room to others."""
    room, left = _TEXTS, sorted(sizes)
    while left:
        share = room // len(left)
        if left[0] > share:
            return min(share, _MOST)
        room -= left.pop(0)
    return _MOST


def hashed(name: str) -> int:
    """A number that stands for an id wherever and whenever it is asked for: 64 bits."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
