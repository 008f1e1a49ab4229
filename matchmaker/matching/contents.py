"""What an index holds before any weight: documents, vocabularies and counts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix, vstack

from matchmaker.matching import features, fitting
from matchmaker.matching.background import reference
from matchmaker.matching.documents import Document
from matchmaker.matching.fitting import Blocks, Model
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.ranking import Blend
from matchmaker.matching.semantic import LATENT_COLUMNS, LATENT_DIMENSIONS, EncoderId, empty_rows
from matchmaker.matching.weighting import count_matrix, no_rows, widen

LatentRows = Mapping[str, csr_matrix]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Contents:
    """What an index holds, before any weight: enough to store it and to fit it anew."""

    documents: tuple[Document, ...]
    vocabulary: dict[str, int]
    concepts: dict[str, int]
    counts: Blocks
    encoder: EncoderId | None = None
    """Which made the latent rows; None while there is none, or where nobody said."""
    lent: csr_matrix | None = None
    """That encoder's rows of the background's texts; None for those that come with the program, if
    it made them."""

    def without(self, ids: Collection[str]) -> Contents:
        """The contents less the documents of these ids."""
        kept = [row for row, document in enumerate(self.documents) if document.id not in ids]
        keep = np.array(kept, dtype=np.int64)
        counts = self.counts
        return replace(
            self,
            documents=tuple(self.documents[row] for row in keep),
            counts=Blocks(counts.words[keep], counts.concepts[keep], counts.latent[keep]),
        )

    def renamed(self, old: Glossary, new: Glossary) -> tuple[Contents, int]:
        """The contents with the concepts that another glossary finds, and how many rows changed.

        Only documents in which a label stands that one of the two lacks are read again.
        """
        names = new.difference(old)
        texts = [(features.full_text(each), each.language) for each in self.documents]
        rows = [row for row, text in enumerate(texts) if names.mentions(*text)]
        concepts = dict(self.concepts)
        found = count_matrix(
            [features.concepts(*texts[row], new) for row in rows], concepts, grow=True
        )
        before = widen(self.counts.concepts, len(concepts))
        order = np.arange(len(self.documents))
        order[rows] = len(self.documents) + np.arange(len(rows))
        counts = csr_matrix(_below(before, [found])[order])
        changed = np.flatnonzero(np.diff(csr_matrix(counts - before).indptr))
        return (
            replace(self, concepts=concepts, counts=replace(self.counts, concepts=counts)),
            len(changed),
        )

    def fit(self, glossary: Glossary, blend: Blend) -> Model:
        """Frequencies and constants learnt from the documents held."""
        return fitting.fit(
            self.counts,
            self.documents,
            self.vocabulary,
            glossary_version=glossary.version,
            blend=blend,
            lent=reference().latent_for(self.encoder) if self.lent is None else self.lent,
        )


NOTHING = Contents((), {}, {}, Blocks(no_rows(0, 0), no_rows(0, 0), no_rows(0, LATENT_COLUMNS)))
_LATENT_SHAPES = ((1, LATENT_DIMENSIONS), (1, LATENT_COLUMNS))


def extended(
    held: Contents,
    documents: Sequence[Document],
    latent: LatentRows,
    glossary: Glossary,
    progress: Progress | None,
) -> Contents:
    """The contents with documents appended; new terms get new columns, the old never move."""
    found = []
    for done, document in enumerate(documents, start=1):
        text = features.full_text(document)
        found.append(features.extract(text, document.language, glossary))
        if progress is not None:
            progress(done, len(documents))
    vocabulary, concepts = dict(held.vocabulary), dict(held.concepts)
    words = count_matrix([each.words for each in found], vocabulary, grow=True)
    named = count_matrix([each.concepts for each in found], concepts, grow=True)
    empty = empty_rows(1)
    rows = [csr_matrix(latent.get(document.id, empty)) for document in documents]
    if any(row.shape not in _LATENT_SHAPES for row in rows):
        raise ValueError(f"a latent row must have one of the shapes {_LATENT_SHAPES}")
    counts = Blocks(
        _below(widen(held.counts.words, len(vocabulary)), [words]),
        _below(widen(held.counts.concepts, len(concepts)), [named]),
        _below(held.counts.latent, [widen(row, LATENT_COLUMNS) for row in rows]),
    )
    return replace(
        held,
        documents=(*held.documents, *documents),
        vocabulary=vocabulary,
        concepts=concepts,
        counts=counts,
    )


def _below(matrix: csr_matrix, rows: Sequence[csr_matrix]) -> csr_matrix:
    return csr_matrix(vstack([matrix, *rows], format="csr", dtype=np.float32))
