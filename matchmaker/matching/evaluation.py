"""How good a run is, counted by ir-measures (trec_eval): in all, and by the languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import ir_measures
from ir_measures import RR, R, nDCG

from matchmaker.matching.files import Judgements, Run

Languages = Mapping[str, str]
"""The language of each query or document, by id."""
Pair = tuple[str, str]

_NDCG: Final = nDCG @ 10
_HIT: Final = R @ 10
_RECALL: Final = R @ 100
_MEASURES: Final = (_NDCG, RR, _HIT, _RECALL)


@dataclass(frozen=True, slots=True)
class Measures:
    """Means over `n` queries. A query without anything found counts 0."""

    ndcg_10: float
    mrr: float
    recall_10: float
    recall_100: float
    n: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A run's measures.

    `answerable`: the queries alone for which something judged is relevant; the others count 0 in
    `whole` whatever is ranked.
    `pairs`: the documents of one language ranked for the queries of another, by both languages.
    `documents`: all documents ranked, the relevant ones of one language counted, by that language.
    """

    whole: Measures
    answerable: Measures
    pairs: dict[Pair, Measures]
    documents: dict[str, Measures]

    @property
    def mean_pair_mrr(self) -> float:
        """The mean over the pairs of languages; 0 of none."""
        return sum(each.mrr for each in self.pairs.values()) / max(len(self.pairs), 1)

    @property
    def worst_pair(self) -> tuple[Pair, Measures] | None:
        """The pair of languages with the lowest MRR."""
        return min(self.pairs.items(), key=lambda pair: (pair[1].mrr, pair[0]), default=None)


def judged_only(run: Run, judgements: Judgements) -> Run:
    """The run without the documents that nobody judged for their query."""
    return {
        query: {name: score for name, score in found.items() if name in judgements.get(query, {})}
        for query, found in run.items()
    }


def measure(judgements: Judgements, run: Run) -> Measures:
    """The means over all judged queries."""
    if not judgements:
        return Measures(0.0, 0.0, 0.0, 0.0, 0)
    # An empty list counts as none: each judged query has a value in any case.
    found = {query: ranked for query, ranked in run.items() if ranked}
    values = ir_measures.calc_aggregate(_MEASURES, judgements, found)
    ndcg, mrr, hit, recall = (float(values[each]) for each in _MEASURES)
    return Measures(ndcg, mrr, hit, recall, len(judgements))


def evaluate(
    judgements: Judgements, run: Run, queries: Languages, documents: Languages
) -> Evaluation:
    """Measure a run as a whole, by pair of languages and by the documents' language.

    Judgements of queries or documents whose language is not known count in the whole alone.
    """
    relevant = _by_pair(judgements, queries, documents)
    ranked: dict[str, dict[str, dict[str, float]]] = {}
    for query, found in run.items():
        parts = ranked.setdefault(query, defaultdict(dict))
        for name, score in found.items():
            parts[documents.get(name, "")][name] = score
    pairs = {}
    for pair, judged in sorted(relevant.items()):
        own = {query: dict(ranked.get(query, {}).get(pair[1], {})) for query in judged}
        pairs[pair] = measure(judged, own)
    by_language: dict[str, Measures] = {}
    for language in sorted({target for _, target in relevant}):
        judged = {
            query: grades
            for (_, target), each in relevant.items()
            if target == language
            for query, grades in each.items()
        }
        by_language[language] = measure(judged, {query: run.get(query, {}) for query in judged})
    answerable = {
        query: grades
        for query, grades in judgements.items()
        if any(grade > 0 for grade in grades.values())
    }
    return Evaluation(measure(judgements, run), measure(answerable, run), pairs, by_language)


def _by_pair(
    judgements: Judgements, queries: Languages, documents: Languages
) -> dict[Pair, Judgements]:
    """The judgements of each pair of languages, for the queries with something relevant there."""
    pairs: dict[Pair, Judgements] = defaultdict(dict)
    for query, grades in judgements.items():
        if query not in queries:
            continue
        parts: dict[str, dict[str, int]] = defaultdict(dict)
        for name, grade in grades.items():
            if name in documents:
                parts[documents[name]][name] = grade
        for language, part in parts.items():
            if any(grade > 0 for grade in part.values()):
                pairs[queries[query], language][query] = part
    return pairs
