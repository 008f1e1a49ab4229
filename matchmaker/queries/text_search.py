"""What the engine finds for the words that somebody typed, in the public tier alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from matchmaker.queries.indexes import encode_query, public_index

MOST: Final = 500
"""Listings that one search finds at the most."""
LEAST_SCORE: Final = 40
"""Below this score two texts have hardly anything to do with each other."""


@dataclass(frozen=True)
class Ranking:
    """References of listings, best first. `complete` is False while words alone were searched."""

    references: Sequence[str]
    complete: bool


def rank(folder: Path, text: str, *, use_encoder: bool, least: int = LEAST_SCORE) -> Ranking:
    """Rank the public listings by a text in any language; `folder` is `Settings.index_folder`.

    Those with a score below `least` (0 to 100) are left out.
    """
    index = public_index(folder)
    if index is None:
        return Ranking((), complete=False)
    latent = encode_query(text, index) if use_encoder else None
    hits = index.search(text, None, latent, top=MOST)
    return Ranking([hit.group for hit in hits if hit.score >= least], complete=latent is not None)
