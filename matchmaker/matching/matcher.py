"""The engine as an estimator in scikit-learn's manner: `Matcher().fit(documents).rank(queries)`.

Parameters are kept as they are given and never changed; what `fit` learns ends in an underscore.
Works without database and without the site.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from matchmaker.matching.analysis import identify
from matchmaker.matching.contents import Progress
from matchmaker.matching.documents import BLOCKS, Block, Document, Hit, Kind, Reason
from matchmaker.matching.features import encoding_texts
from matchmaker.matching.files import document_of, whole_characters
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import Index
from matchmaker.matching.ranking import Blend, Floats, band, score
from matchmaker.matching.row_cache import Failed, RowCache
from matchmaker.matching.semantic import (
    CachedEncoder,
    Encoder,
    default_encoder,
    document_row,
    encode_all,
    identity,
)

Rows = NDArray[np.int64]
Item = Document | Mapping[str, Any] | str
"""A document, a row of the evaluation format ({"id", "lang", "title", "text"}), or a plain text:
its language is identified and its id is its place, from 0."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """How two texts fit: the score (0 to 100), its rarity, and the reasons with their shares."""

    hit: Hit
    reasons: list[Reason]


class Matcher(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Rank documents in many languages for needs in any of them.

    Parameters
    ----------
    without: blocks of terms that are left out, of "words", "concepts" and "latent".
    glossary: the concepts; None for no concepts.
    encoder: "default" for the installed one, None for none (then latent terms are left out), or an
        object of the protocol `semantic.Encoder`.
    cache: a folder that keeps encoded texts for the next run; None keeps nothing.
    cache_failed: is told when that folder cannot be used, and texts are encoded without it; None
        raises RowCacheError.
    blend: the weights of the blocks; None for those of the site.

    Learned by `fit`
    ----------------
    index_: the `Index` of the documents, with frequencies and constants.
    encoder_: the encoder in use, or None.
    """

    def __init__(
        self,
        *,
        without: Collection[Block] = (),
        glossary: Glossary | None = None,
        encoder: Encoder | Literal["default"] | None = "default",
        cache: Path | None = None,
        cache_failed: Failed | None = None,
        blend: Blend | None = None,
    ) -> None:
        self.without = without
        self.glossary = glossary
        self.encoder = encoder
        self.cache = cache
        self.cache_failed = cache_failed
        self.blend = blend

    def __sklearn_clone__(self) -> Self:
        """An unfitted twin. It shares the parameters: a loaded model has no copy."""
        return type(self)(**self.get_params(deep=False))

    def fit(
        self,
        documents: Iterable[Item],
        y: object = None,  # noqa: ARG002 - every estimator takes one
        *,
        progress: Progress | None = None,
        building: Progress | None = None,
    ) -> Self:
        """Learn frequencies and constants from the documents, which `rank` then ranks.

        Their order does not matter. `y` is ignored. `progress(done, total)` counts texts encoded,
        `building` then documents analysed; what is learnt comes after the last. Raises
        ValueError for two documents of one id and for an unknown block.
        """
        unknown = set(self.without) - set(BLOCKS)
        if unknown:
            raise ValueError(f"unknown blocks: {', '.join(sorted(unknown))}")
        held = sorted(as_documents(documents, "offer"), key=lambda document: document.id)
        if len({document.id for document in held}) < len(held):
            raise ValueError("two documents have one id")
        self.encoder_ = self._chosen_encoder()
        rows = self._encoded(held, progress)
        self.index_ = Index.build(
            held,
            latent={d.id: row for d, row in zip(held, rows, strict=True) if row is not None},
            glossary=self._chosen_glossary(),
            blend=self._chosen_blend(),
            encoder=identity(self.encoder_),
            progress=building,
        )
        self._rows = {document.id: row for row, document in enumerate(held)}
        return self

    def rank(
        self,
        queries: Iterable[Item],
        *,
        top: int | None = 10,
        candidates: Mapping[str, Collection[str]] | None = None,
        within_language: bool = False,
    ) -> list[list[Hit]]:
        """The best documents for each query, best first; equal ones in the order of their ids.

        `top` None gives all. `candidates` names the only documents that a query (by its id) may
        have. `within_language` gives the `top` best of each language of the documents. Raises
        NotFittedError before `fit` and ValueError for a `top` below 1.
        """
        return [
            hits
            for _, hits in self.rank_each(
                as_documents(queries, "need"),
                top=top,
                candidates=candidates,
                within_language=within_language,
            )
        ]

    def rank_each(
        self,
        queries: Sequence[Document],
        *,
        top: int | None = 10,
        candidates: Mapping[str, Collection[str]] | None = None,
        within_language: bool = False,
        progress: Progress | None = None,
    ) -> Iterator[tuple[Document, list[Hit]]]:
        """As `rank`, one query after the other, so that long rankings need not be held at once.

        The texts of all queries are encoded at the call; `progress(done, total)` counts them.
        """
        check_is_fitted(self, "index_")
        if top is not None and top < 1:
            raise ValueError(f"top must be a number from 1 or None, not {top}")
        rows = self._encoded(queries, progress)
        documents = self.index_.contents.documents

        def ranked() -> Iterator[tuple[Document, list[Hit]]]:
            for query, row in zip(queries, rows, strict=True):
                rarity = self._rarity(query, row)
                allowed = self._allowed(
                    None if candidates is None else candidates.get(query.id, ())
                )
                # Rows are in the order of the ids, and the sort keeps the order of equals.
                order = allowed[np.argsort(-rarity[allowed], kind="stable")]
                best = self._best(order, top, within_language=within_language)
                yield query, [_hit(documents[place], float(rarity[place])) for place in best]

        return ranked()

    def explain(self, query: Item, document: Item) -> Explanation:
        """Why a document fits a query, neither of which need be among the fitted ones.

        Raises NotFittedError before `fit`.
        """
        check_is_fitted(self, "index_")
        (left,) = as_documents([query], "need")
        (right,) = as_documents([document], "offer")
        left = replace(left, id="\0query", group="\0query", kind="need")
        right = replace(right, id="\0document", group="\0document", kind="offer")
        rows = self._encoded([left, right], None)
        pairs = zip((left, right), rows, strict=True)
        latent = {each.id: row for each, row in pairs if row is not None}
        index = self.index_.add([left, right], latent)
        rarity = float(index.text_scores(index.query(left, rows[0])).round(6)[-1])
        encoder = CachedEncoder(self.encoder_) if self.encoder_ is not None else None
        hit = _hit(right, rarity)
        return Explanation(hit, index.explain(left.id, right.id, encoder=encoder))

    def _rarity(self, query: Document, row: csr_matrix | None) -> Floats:
        """How rare each document's likeness is; rounded, so that equals stay equal."""
        return self.index_.text_scores(self.index_.query(query, row)).round(6)

    def _allowed(self, names: Collection[str] | None) -> Rows:
        """The rows of these documents, or all, in the order of their ids."""
        if names is None:
            return np.arange(len(self._rows))
        return np.array(sorted(self._rows[name] for name in names if name in self._rows), dtype=int)

    def _best(self, order: Rows, top: int | None, *, within_language: bool) -> Iterable[int]:
        if top is None or not within_language:
            return [int(row) for row in order[:top]]
        taken: dict[str, int] = {}
        best = []
        for row in order:
            language = self.index_.contents.documents[row].language
            taken[language] = taken.get(language, 0) + 1
            if taken[language] <= top:
                best.append(int(row))
        return best

    def _encoded(
        self, documents: Sequence[Document], progress: Progress | None
    ) -> Sequence[csr_matrix | None]:
        if self.encoder_ is None:
            return [None] * len(documents)
        parts = [encoding_texts(document) for document in documents]
        texts = list(dict.fromkeys(text for each in parts for text in each))
        if self.cache is not None:
            store = RowCache(self.cache, self.encoder_, self.cache_failed)
            rows = store.rows(texts, progress)
        else:
            encoded = encode_all(self.encoder_, texts, progress=progress)
            rows = [encoded[place] for place in range(len(texts))]
        row_of = dict(zip(texts, rows, strict=True))
        return [document_row(*(row_of[text] for text in each)) for each in parts]

    def _chosen_encoder(self) -> Encoder | None:
        if "latent" in self.without:
            return None
        return default_encoder() if self.encoder == "default" else self.encoder

    def _chosen_glossary(self) -> Glossary:
        return Glossary() if "concepts" in self.without or not self.glossary else self.glossary

    def _chosen_blend(self) -> Blend:
        blend = self.blend or Blend()
        if "words" in self.without:
            return replace(blend, words_same=0.0, words_cross=0.0, words_alone=0.0)
        return blend


def _hit(document: Document, rarity: float) -> Hit:
    points = score(rarity)
    return Hit(document.group, document.id, points, band(points), rarity)


def as_documents(items: Iterable[Item], kind: Kind) -> list[Document]:
    """Documents of whatever was given; `kind` is that of those which do not say it.

    Raises ValueError for one text or row in place of several, and (files.LineError) for a row that
    cannot be a document.
    """
    if isinstance(items, str | Mapping):
        raise ValueError("several documents are expected, not one")  # noqa: TRY004 - as for a row
    return [_as_document(item, place, kind) for place, item in enumerate(items)]


def _as_document(item: Item, place: int, kind: Kind) -> Document:
    if isinstance(item, Document):
        return item
    if isinstance(item, str):
        text = whole_characters(item)
        return Document(str(place), str(place), kind, identify(text).language, "", text)
    return document_of(item, kind)
