"""Texts in every language that any index may learn from beside its own documents.

A site with twenty listings has no document frequencies worth the name, and hardly a pair of texts
for each two languages to learn constants from. The articles of the Universal Declaration of Human
Rights in thirteen languages lend both. They are no listings and are never found.

Made by `python -m bench background`; where they come from and their licence is said there.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from matchmaker.matching.analysis.normalisation import normalise
from matchmaker.matching.analysis.terms import aligned_terms
from matchmaker.matching.documents import Document
from matchmaker.matching.semantic import LATENT_DIMENSIONS, EncoderId, empty_rows

_FOLDER: Final = Path(__file__).parent / "data" / "background"
TEXTS: Final = _FOLDER / "texts.jsonl"
ROWS: Final = _FOLDER / "latent.npz"


@dataclass(frozen=True, slots=True)
class Background:
    """Texts as documents (a group for each article), with their terms and latent rows."""

    documents: tuple[Document, ...]
    words: tuple[Counter[str], ...]
    latent: csr_matrix
    encoder: EncoderId
    """Which made the latent rows; an index of another encoder has to do without them."""

    def latent_for(self, encoder: EncoderId | None) -> csr_matrix:
        """The latent rows, empty ones for another encoder's index."""
        fits = encoder is None or encoder == self.encoder
        return self.latent if fits else empty_rows(len(self.documents))


@cache
def reference() -> Background:
    """The texts that come with the program, read once (half a second)."""
    rows = [json.loads(line) for line in TEXTS.read_text(encoding="utf-8").split("\n") if line]
    documents = tuple(
        Document(
            id=f"background:{row['article']:02d}:{row['lang']}",
            group=f"background:{row['article']:02d}",
            kind="offer",
            language=row["lang"],
            title="",
            text=row["text"],
        )
        for row in rows
    )
    words = tuple(
        Counter(
            term for term, *_ in aligned_terms(normalise(each.text, each.language), each.language)
        )
        for each in documents
    )
    latent, encoder = _read_rows(len(documents))
    return Background(documents, words, latent, encoder)


def save_rows(rows: csr_matrix, encoder: EncoderId) -> None:
    """Store the texts' latent rows, in the texts' order, and which encoder made them."""
    ROWS.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        ROWS,
        encoder=np.array([encoder.name, encoder.version]),
        data=rows.data.astype(np.float16),
        indices=rows.indices.astype(np.uint16),
        indptr=rows.indptr.astype(np.int32),
    )


def _read_rows(count: int) -> tuple[csr_matrix, EncoderId]:
    with np.load(ROWS, allow_pickle=False) as arrays:
        encoder = EncoderId(*map(str, arrays["encoder"]))
        parts = (
            arrays["data"].astype(np.float32),
            arrays["indices"].astype(np.int32),
            arrays["indptr"],
        )
    if len(parts[2]) != count + 1:
        return empty_rows(count), encoder
    return csr_matrix(parts, shape=(count, LATENT_DIMENSIONS)), encoder
