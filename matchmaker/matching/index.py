"""The index: documents in, ranked listings with scores and reasons out.

An index is never changed: `add` and `remove` give a new one that shares what it can, so a reader
keeps a consistent view while a worker prepares the next. Document frequencies and constants stay
those of the fit until the number of documents has moved by a fifth; then they are learnt anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import islice, product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from matchmaker.matching import alignment, explanation, features, fitting, searching, signals
from matchmaker.matching.analysis import identify
from matchmaker.matching.centring import centred
from matchmaker.matching.contents import NOTHING, Contents, LatentRows, Progress, extended
from matchmaker.matching.documents import (
    Document,
    Hit,
    Kind,
    Reason,
    Signals,
    other_kind,
)
from matchmaker.matching.fitting import Blocks, Cosines, Model, Weights
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.pair_features import PairFeatures, best_pair
from matchmaker.matching.ranking import SEARCH_TAIL, Blend, Floats, band, score, spelt_as
from matchmaker.matching.semantic import Encoder, EncoderId, empty_rows, text_hash
from matchmaker.matching.weighting import count_matrix

Bools = NDArray[np.bool_]

REFIT_SHARE = 0.2
REFIT_LEAST = 20
_SECOND_LOOK = 200
"""How many of the best by text are weighed with their forms' signals."""


@dataclass(frozen=True, slots=True)
class Query:
    """One text to be ranked against the index, as weights."""

    language: str
    blocks: Weights
    signals: Signals | None = None
    kind: Kind | None = None


@dataclass
class Index:
    """See the module. Make one with `Index.build` or `storage.load`."""

    contents: Contents
    model: Model
    glossary: Glossary
    _weights: Weights = field(init=False, repr=False)

    def __post_init__(self) -> None:
        held = self.contents
        self._weights = self.model.weigh(
            held.counts, [document.language for document in held.documents]
        )
        # Transposed, so that a query reads only the terms that it has.
        self._postings = Blocks(
            *(
                csr_matrix(block.T)
                for block in (self._weights.words, self._weights.concepts, self._weights.latent)
            )
        )
        self._rows = {document.id: row for row, document in enumerate(held.documents)}
        self._groups: dict[str, list[int]] = {}
        languages: dict[str, list[int]] = {}
        for row, document in enumerate(held.documents):
            self._groups.setdefault(document.group, []).append(row)
            languages.setdefault(spelt_as(document.language), []).append(row)
        self._languages = {code: np.array(rows) for code, rows in languages.items()}
        self._is_offer = np.array([d.kind == "offer" for d in held.documents], dtype=bool)
        self._encoded = np.diff(held.counts.latent.indptr) > 0
        self._candidates: dict[str, alignment.Candidates] = {}

    # Making

    @classmethod
    def build(
        cls,
        documents: Iterable[Document],
        *,
        latent: LatentRows,
        glossary: Glossary,
        progress: Progress | None = None,
        blend: Blend | None = None,
        encoder: EncoderId | None = None,
        lent: csr_matrix | None = None,
    ) -> Index:
        """Analyse the documents and learn frequencies and constants from them.

        `latent` has the encoded row of each document that has one, by the document's id; the others
        are ranked by words and concepts until it comes. `encoder` made those rows, and `lent`,
        which is needed for an encoder that did not make the background's own (`Contents.lent`).
        `progress(done, total)` is called on the way.
        """
        nothing = replace(NOTHING, encoder=encoder, lent=lent)
        contents = extended(nothing, list(documents), latent, glossary, progress)
        return cls(contents, contents.fit(glossary, blend or Blend()), glossary)

    @property
    def version(self) -> str:
        """Names the frequencies and constants: scores of one version can be compared."""
        return self.model.version

    @property
    def encoder(self) -> EncoderId | None:
        """Which encoder made the latent rows held; only its rows may be added or asked."""
        return self.contents.encoder

    def read_by(self, encoder: EncoderId) -> Index:
        """The index, of whose rows none was encoded so far, as that of an encoder."""
        return Index(replace(self.contents, encoder=encoder), self.model, self.glossary)

    def add(self, documents: Iterable[Document], latent: LatentRows) -> Index:
        """An index with these documents added, each in place of one with the same id."""
        new = list({document.id: document for document in documents}.values())
        kept = self.contents.without({document.id for document in new})
        contents = extended(kept, new, latent, self.glossary, None)
        return self._with(contents)

    def remove(self, groups: Collection[str]) -> Index:
        """An index without the documents of these listings."""
        gone = {d.id for d in self.contents.documents if d.group in set(groups)}
        return self._with(self.contents.without(gone)) if gone else self

    def remove_documents(self, ids: Collection[str]) -> Index:
        """An index without these documents: for a text of a listing that was withdrawn."""
        gone = set(ids) & set(self._rows)
        return self._with(self.contents.without(gone)) if gone else self

    def refit(self, blend: Blend | None = None) -> Index:
        """An index of the same documents with frequencies and constants learnt anew, with another
        blend if one is given."""
        model = self.contents.fit(self.glossary, blend or self.model.blend)
        return Index(self.contents, model, self.glossary)

    def _with(self, contents: Contents) -> Index:
        changed = Index(contents, self.model, self.glossary)
        moved = abs(len(contents.documents) - self.model.fitted)
        if moved > max(REFIT_LEAST, REFIT_SHARE * self.model.fitted):
            return changed.refit()
        return changed

    # Asking

    def __len__(self) -> int:
        return len(self.contents.documents)

    def __contains__(self, group: object) -> bool:
        return group in self._groups

    def groups(self) -> frozenset[str]:
        """The references of the listings held."""
        return frozenset(self._groups)

    def hashes(self) -> dict[str, str]:
        """A hash for each document, by its id: what a sweep compares with the database."""
        return {d.id: features.document_hash(d) for d in self.contents.documents}

    @cached_property
    def concept_hashes(self) -> dict[str, str]:
        """A hash of the concepts found in each listing, by its reference: what the glossary
        changes."""
        names = list(self.contents.concepts)  # in the columns' order, as they were added
        counts = self.contents.counts.concepts
        starts, columns, values = (
            part.tolist() for part in (counts.indptr, counts.indices, counts.data)
        )
        found: dict[str, list[tuple[str, str, float]]] = {group: [] for group in self._groups}
        for row, document in enumerate(self.contents.documents):
            found[document.group].extend(
                (document.id, names[columns[place]], values[place])
                for place in range(starts[row], starts[row + 1])
            )
        return {group: text_hash(repr(sorted(each))) for group, each in found.items()}

    def waiting(self) -> frozenset[str]:
        """The ids of the documents that have no latent terms yet."""
        documents = self.contents.documents
        return frozenset(documents[row].id for row in np.flatnonzero(~self._encoded))

    @cached_property
    def waiting_groups(self) -> frozenset[str]:
        """The references of the listings of which a document has no latent terms yet."""
        documents = self.contents.documents
        return frozenset(documents[row].group for row in np.flatnonzero(~self._encoded))

    def document(self, document_id: str) -> Document:
        """A document held; KeyError when there is none of that id."""
        return self.contents.documents[self._rows[document_id]]

    def match(
        self,
        document_or_group: str,
        *,
        top: int,
        kind: Kind | None = None,
        exclude: Collection[str] = (),
        today: date | None = None,
    ) -> list[Hit]:
        """The listings of the other kind that fit a listing of the index best, best first.

        `document_or_group` is a document's id or a listing's reference; KeyError for neither.
        `kind` is the kind of the listings to be found, by default the other one. `exclude` are
        references never to be found. Hard constraints of both forms hold; `today` also leaves out
        what has ended. Equal scores are in the references' order.
        """
        rows = self._groups.get(document_or_group) or [self._rows[document_or_group]]
        queries = [self._stored_query(row) for row in rows]
        source = self.contents.documents[rows[0]]
        return self._best(
            queries,
            kinds=(kind or other_kind(source.kind),),
            top=top,
            exclude={*exclude, source.group},
            today=today,
        )

    def rank(
        self,
        document: Document,
        latent_row: csr_matrix | None,
        *,
        top: int,
        kind: Kind | None = None,
        exclude: Collection[str] = (),
        today: date | None = None,
    ) -> list[Hit]:
        """As `match`, for a document that is not in the index."""
        return self._best(
            [self.query(document, latent_row)],
            kinds=(kind or other_kind(document.kind),),
            top=top,
            exclude={*exclude, document.group},
            today=today,
        )

    def search(
        self,
        text: str,
        language: str | None,
        latent_row: csr_matrix | None,
        top: int,
        kinds: Collection[Kind] | None = None,
    ) -> list[Hit]:
        """The listings nearest to a free text in any language, best first; empty for no text.

        Without `language` it is identified; without `latent_row` words and concepts decide alone.
        Latin words are found without their accents, too. Scores compare within one search.
        """
        if not text.strip() or not len(self):
            return []
        raw = self.search_scores(text, language or identify(text).language, latent_row)
        rarity = SEARCH_TAIL.rarity(raw).round(6)
        wanted = kinds or ("offer", "need")
        found: dict[str, Hit] = {}
        for row in np.argsort(-rarity, kind="stable"):
            document = self.contents.documents[row]
            if document.kind in wanted and document.group not in found:
                points = score(float(rarity[row]))
                hit = Hit(document.group, document.id, points, band(points), float(rarity[row]))
                found[document.group] = hit
        return sorted(found.values(), key=lambda hit: (-hit.raw, hit.group))[:top]

    def search_scores(self, text: str, language: str, latent_row: csr_matrix | None) -> Floats:
        """How well each document answers a free text, in the index's order."""
        held, model = self.contents, self.model
        found = features.extract(text, language, self.glossary)
        words = searching.coverage(
            found.words, held.vocabulary, model.words, self._postings.words, self._folded
        )
        concepts = searching.coverage(
            found.concepts, held.concepts, model.concepts, self._postings.concepts
        )
        raw = searching.WORDS * words + searching.CONCEPTS * concepts
        if latent_row is None:
            return raw
        row = model.latent.transform(csr_matrix(latent_row))
        products = np.asarray((row @ self._postings.latent).todense(), dtype=np.float64).ravel()
        cosines = centred(products, model.means.offsets(row, [language]), self._weights.offsets)
        return np.asarray(raw + searching.standing(cosines, self._languages, self._encoded))

    @cached_property
    def _folded(self) -> dict[str, list[int]]:
        return searching.folded_terms(self.contents.vocabulary)

    def explain(
        self, left_doc_id: str, right_doc_id: str, *, encoder: Encoder | None = None
    ) -> list[Reason]:
        """What made the score of two documents, the largest first; see `documents.Reason`.

        With an `encoder` (best a CachedEncoder) phrases of both texts are aligned by their latent
        terms; without, the latent part is one reason whose sides are the titles.
        """
        left, right = self._rows[left_doc_id], self._rows[right_doc_id]
        return explanation.explain(
            self._side(left, aligned=encoder is not None),
            self._side(right, aligned=encoder is not None),
            model=self.model,
            fits=self._forms(left, right),
            vocabulary=self.contents.vocabulary,
            concepts=self.contents.concepts,
            glossary=self.glossary,
            encoder=encoder,
            weigh=lambda document, row: self.query(document, row).blocks,
        )

    def best_texts(self, offer: str, need: str) -> tuple[str, str]:
        """The ids of the two documents that stand for an offer and a need (references) in their
        score: those that fit best. KeyError when one is not held."""
        pairs = self._text_pairs(offer, need)
        left, right = pairs[0] if len(pairs) == 1 else max(pairs, key=self._pair_rarity)
        documents = self.contents.documents
        return documents[left].id, documents[right].id

    def pair_score(self, offer: str, need: str) -> int:
        """The score of two listings (references), 0 to 100, whether or not they may meet."""
        return score(max(map(self._pair_rarity, self._text_pairs(offer, need))))

    def _text_pairs(self, offer: str, need: str) -> list[tuple[int, int]]:
        return list(product(self._groups[offer], self._groups[need]))

    def _pair_rarity(self, pair: tuple[int, int]) -> float:
        left, right = (self._side(row, aligned=False) for row in pair)
        raw = sum(explanation.block_amounts(left, right, self.model))
        raw += sum(fit.amount for fit in self._forms(*pair))
        languages = left.document.language, right.document.language
        tail = self.model.calibration.tail(*languages, encoded=bool(self._encoded[[*pair]].all()))
        return float(tail.rarity(np.array(raw)))

    def candidates(self, document_id: str) -> alignment.Candidates:
        """The phrases that may stand for a document; found once."""
        if document_id not in self._candidates:
            row = self._rows[document_id]
            self._candidates[document_id] = alignment.candidates(
                self.contents.documents[row],
                self._weights.words[row],
                self.contents.vocabulary,
                self.glossary,
            )
        return self._candidates[document_id]

    def _side(self, row: int, *, aligned: bool) -> explanation.Side:
        document, weights = self.contents.documents[row], self._weights[[row]]
        if not aligned:
            return explanation.Side(document, weights)
        counts = self.contents.counts.latent[row]
        text = alignment.Text(self.candidates(document.id), counts, weights.latent)
        return explanation.Side(document, weights, text)

    def _forms(self, left: int, right: int) -> list[signals.Fit]:
        query, document = self._stored_query(left), self.contents.documents[right]
        return [] if query.kind == document.kind else self._fits(query, document)

    def features(self, offer: str, need: str) -> PairFeatures:
        """What the engine knows of an offer and a need (references), whatever the weights: for
        learning from decisions. KeyError when one is not held."""
        rows = self._groups[offer], self._groups[need]
        return best_pair(self.model, self._weights, self.contents.documents, *rows)

    # Ranking

    def query(self, document: Document, latent_row: csr_matrix | None) -> Query:
        """A document that is not in the index, weighed as a query."""
        query = self._new_query(features.full_text(document), document.language, latent_row)
        return replace(query, signals=document.signals, kind=document.kind)

    def _stored_query(self, row: int) -> Query:
        document = self.contents.documents[row]
        return Query(
            document.language,
            self._weights[[row]],
            document.signals,
            document.kind,
        )

    def _new_query(self, text: str, language: str, latent_row: csr_matrix | None) -> Query:
        held = self.contents
        found = features.extract(text, language, self.glossary)
        # Terms that no document holds have a part in the length all the same: else a listing more
        # that holds one would move the scores of all others.
        counts = Blocks(
            count_matrix([found.words], dict(held.vocabulary), grow=True),
            count_matrix([found.concepts], dict(held.concepts), grow=True),
            empty_rows(1) if latent_row is None else csr_matrix(latent_row),
        )
        weights = self.model.weigh(counts, [language])
        words = weights.words[:, : len(held.vocabulary)]
        concepts = weights.concepts[:, : len(held.concepts)]
        return Query(language, replace(weights, words=words, concepts=concepts))

    def text_scores(self, query: Query) -> Floats:
        """How rare each document's likeness to a text is, in the index's order, before signals."""
        raw, encoded = self._raw(query)
        return self._rarity(query, raw, encoded)

    def _raw(self, query: Query) -> tuple[Floats, Bools]:
        """The blended blocks for every document, and for which the latent terms took part."""
        has_latent = query.blocks.latent.nnz > 0
        dots = [
            np.asarray((one @ other).todense(), dtype=np.float64).ravel()
            for one, other in (
                (query.blocks.words, self._postings.words),
                (query.blocks.concepts, self._postings.concepts),
                (query.blocks.latent, self._postings.latent),
            )
        ]
        raw = np.empty(len(self))
        for code, rows in self._languages.items():
            cosines = Cosines(
                words=dots[0][rows],
                concepts=dots[1][rows],
                latent=centred(dots[2][rows], query.blocks.offsets, self._weights.offsets[rows]),
                encoded=self._encoded[rows] & has_latent,
            )
            pair = (query.language, code)
            raw[rows] = fitting.combine(self.model.blend, self.model.calibration, pair, cosines)
        return raw, self._encoded & has_latent

    def _rarity(self, query: Query, raw: Floats, encoded: Bools) -> Floats:
        rarity = np.empty(len(raw))
        for code, rows in self._languages.items():
            for part in (True, False):
                some = rows[encoded[rows] == part]
                tail = self.model.calibration.tail(query.language, code, encoded=part)
                rarity[some] = tail.rarity(raw[some])
        return rarity

    def _best(
        self,
        queries: Sequence[Query],
        *,
        kinds: tuple[Kind, ...],
        top: int,
        exclude: set[str],
        today: date | None = None,
    ) -> list[Hit]:
        found: dict[str, Hit] = {}
        eligible = np.zeros(len(self), dtype=bool)
        for kind in kinds:
            eligible |= self._is_offer if kind == "offer" else ~self._is_offer
        for group in exclude:
            eligible[self._groups.get(group, [])] = False
        # Enough of the best by text for the forms' signals to reorder.
        wanted = max(_SECOND_LOOK, 3 * top)
        for query in queries:
            raw, encoded = self._raw(query)
            order = np.argsort(-self._rarity(query, raw, encoded), kind="stable")
            candidates = self._allowed(query, order[eligible[order]], today)
            for row in islice(candidates, wanted):
                hit = self._hit(query, row, float(raw[row]), encoded=bool(encoded[row]))
                best = found.get(hit.group)
                if best is None or (hit.raw, best.document_id) > (best.raw, hit.document_id):
                    found[hit.group] = hit
        return sorted(found.values(), key=lambda hit: (-hit.raw, hit.group))[:top]

    def _allowed(self, query: Query, rows: Iterable[int], today: date | None) -> Iterator[int]:
        """The rows that hard constraints allow, in the order given."""
        for row in rows:
            other = self.contents.documents[row].signals
            if query.signals is None or signals.allowed(query.signals, other, today):
                yield int(row)

    def _hit(self, query: Query, row: int, raw: float, *, encoded: bool) -> Hit:
        document = self.contents.documents[row]
        if query.signals is not None and query.kind != document.kind:
            raw += sum(fit.amount for fit in self._fits(query, document))
        tail = self.model.calibration.tail(query.language, document.language, encoded=encoded)
        rarity = round(float(tail.rarity(np.array(raw))), 6)
        points = score(rarity)
        return Hit(document.group, document.id, points, band(points), rarity)

    def _fits(self, query: Query, document: Document) -> list[signals.Fit]:
        own, amounts = query.signals or Signals(), self.model.blend.signals
        if query.kind == "offer":
            return signals.fits(own, document.signals, amounts)
        return signals.fits(document.signals, own, amounts)
