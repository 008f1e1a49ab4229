"""What the engine finds for the words that somebody typed, in the public tier alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import current_app

from matchmaker.config import Settings
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


def ranking(text: str) -> Ranking:
    """Rank the public listings by a text in any language."""
    settings: Settings = current_app.config["SETTINGS"]
    index = public_index(settings.index_folder)
    if index is None:
        return Ranking((), complete=False)
    latent = encode_query(text, index) if settings.use_encoder else None
    hits = index.search(text, None, latent, top=MOST)
    return Ranking(
        [hit.group for hit in hits if hit.score >= LEAST_SCORE], complete=latent is not None
    )
