"""TF-IDF, one block per kind of term, each with its own document frequencies and norm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weighting:
    """The frozen document frequencies of a block; `unseen` weighs terms that came later."""

    idf: Floats
    unseen: float

    @classmethod
    def fit(
        cls,
        counts: csr_matrix,
        others: csr_matrix | None = None,
        each: float = 1.0,
        smooth: float = 1.0,
    ) -> Weighting:
        """Learn from the documents' counts, as if `smooth` more documents held every term.

        `others` are texts that count as `each` of a document.
        """
        documents = float(counts.shape[0])
        held = np.bincount(counts.indices, minlength=counts.shape[1]).astype(np.float64)
        if others is not None:
            documents += each * others.shape[0]
            held += each * np.bincount(others.indices, minlength=counts.shape[1])
        if not documents or not counts.shape[1]:
            return cls(np.ones(counts.shape[1]), 1.0)
        # TfidfTransformer's own formula, which takes no weights and smooths by 1.
        every = smooth + documents
        return cls(np.log(every / (smooth + held)) + 1, float(np.log(every / smooth) + 1))

    def knowing(self, counts: csr_matrix, terms: NDArray[np.int64]) -> Weighting:
        """The same frequencies, but for these terms those of the documents at hand."""
        fresh = Weighting.fit(counts).idf
        idf = np.full(counts.shape[1], self.unseen)
        idf[: len(self.idf)] = self.idf
        idf[terms] = fresh[terms]
        return Weighting(idf, self.unseen)

    def transform(self, counts: csr_matrix) -> csr_matrix:
        """Rows of length 1 (or 0 where a document has no term of this block)."""
        rows, terms = counts.shape
        if rows == 0 or terms == 0 or counts.nnz == 0:
            return no_rows(rows, terms)
        from sklearn.feature_extraction.text import (  # noqa: PLC0415 - seconds of each start
            TfidfTransformer,
        )

        transformer = TfidfTransformer(sublinear_tf=True, smooth_idf=True)
        idf = np.full(terms, self.unseen)
        known = min(terms, len(self.idf))
        idf[:known] = self.idf[:known]
        transformer.idf_ = idf
        return csr_matrix(transformer.transform(counts.astype(np.float64)), dtype=np.float32)


def count_matrix(
    rows: Sequence[Mapping[str, int]], vocabulary: dict[str, int], *, grow: bool
) -> csr_matrix:
    """Counts by term; new terms get new columns when `grow`, else they are left out."""
    data: list[float] = []
    indices: list[int] = []
    indptr = [0]
    for row in rows:
        for term in sorted(row):
            column = vocabulary.get(term)
            if column is None:
                if not grow:
                    continue
                column = vocabulary[term] = len(vocabulary)
            indices.append(column)
            data.append(float(row[term]))
        indptr.append(len(indices))
    matrix = csr_matrix(
        (np.array(data, dtype=np.float32), np.array(indices, dtype=np.int32), np.array(indptr)),
        shape=(len(rows), len(vocabulary)),
    )
    matrix.sort_indices()
    return matrix


def widen(matrix: csr_matrix, columns: int) -> csr_matrix:
    """The matrix with room for terms that came later."""
    if matrix.shape[1] == columns:
        return matrix
    shape = (matrix.shape[0], columns)
    return csr_matrix((matrix.data, matrix.indices, matrix.indptr), shape=shape)


def no_rows(rows: int, columns: int) -> csr_matrix:
    """A matrix of nothing but zeros."""
    nothing = np.zeros(0, dtype=np.float32)
    places = np.zeros(0, dtype=np.int32)
    starts = np.zeros(rows + 1, dtype=np.int32)
    return csr_matrix((nothing, places, starts), shape=(rows, columns))
