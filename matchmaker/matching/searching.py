"""Free-text search: a few words asked of whole listings.

Cosines suit pairs of texts of one sort; a question of one or two words has little in common with
any listing. Search therefore asks how much of the question a listing covers, term by term and
concept by concept, and adds how its latent terms stand among all listings of its language for this
question.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from matchmaker.matching.ranking import Floats
from matchmaker.matching.weighting import Weighting

Folded = Mapping[str, Sequence[int]]

WORDS = 5.0
CONCEPTS = 7.0
_PRIOR_STRENGTH = 20


def coverage(
    terms: Mapping[str, int],
    vocabulary: Mapping[str, int],
    weighting: Weighting,
    postings: csr_matrix,
    folded: Folded | None = None,
) -> Floats:
    """The share of a question's terms that each document holds, rare ones counting more.

    `postings` has a row for each term. A term that no document holds counts as asked and not found,
    unless `folded` knows it spelt with accents.
    """
    held = np.zeros(postings.shape[1])
    asked = 0.0
    for term in terms:
        columns = [vocabulary[term]] if term in vocabulary else list((folded or {}).get(term, ()))
        weight = max((_weight(weighting, column) for column in columns), default=weighting.unseen)
        asked += weight**2
        rows = {int(row) for column in columns for row in postings[column].indices}
        if rows:
            held[sorted(rows)] += weight**2
    return held / asked if asked else held


def standing(
    cosines: Floats, languages: Mapping[str, NDArray[np.int64]], encoded: NDArray[np.bool_]
) -> Floats:
    """How far each document's latent cosine stands above those of its language, in deviations.

    Languages with few documents are drawn towards all of them. Documents without latent terms stand
    in the middle.
    """
    result = np.zeros(len(cosines))
    if not encoded.any():
        return result
    mean, variance = cosines[encoded].mean(), cosines[encoded].var()
    for rows in languages.values():
        own = rows[encoded[rows]]
        share = len(own) / (len(own) + _PRIOR_STRENGTH)
        if not len(own):
            continue
        centre = share * cosines[own].mean() + (1 - share) * mean
        spread = np.sqrt(share * cosines[own].var() + (1 - share) * variance)
        result[own] = (cosines[own] - centre) / max(float(spread), 1e-6)
    return result


def fold(term: str) -> str:
    """A Latin term without its accents and tone marks; others as they are."""
    if term.isascii() or not all(ord(character) < 0x1F00 for character in term):
        return term
    bare = unicodedata.normalize("NFD", term.replace("đ", "d"))
    return "".join(character for character in bare if not unicodedata.combining(character))


def folded_terms(vocabulary: Mapping[str, int]) -> dict[str, list[int]]:
    """The columns of terms with accents, by the term without them."""
    table: dict[str, list[int]] = defaultdict(list)
    for term, column in vocabulary.items():
        bare = fold(term)
        if bare != term and bare.isascii():
            table[bare].append(column)
    return dict(table)


def _weight(weighting: Weighting, column: int) -> float:
    return float(weighting.idf[column]) if column < len(weighting.idf) else weighting.unseen
