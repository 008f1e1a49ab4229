"""How well the engine ranks: every evaluation set by every kind of term, one configuration for all.

Encoded texts are kept in var/bench: the first run takes an hour of one core, the next some minutes.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from matchmaker.matching import evaluation, files
from matchmaker.matching.documents import Document
from matchmaker.matching.evaluation import Evaluation
from matchmaker.matching.features import full_text
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.matcher import Block, Matcher
from matchmaker.matching.semantic import default_encoder

ROOT: Final = Path(__file__).parent.parent
SETS: Final = ROOT.parent / "shared" / "bench"
CACHE: Final = ROOT / "var" / "bench"
PAGE: Final = ROOT / "docs" / "matching.md"
_START, _END = "<!-- table: made by make bench -->", "<!-- end of the table -->"

Ranker = Callable[[Sequence[Document], Sequence[Document]], files.Run]


@dataclass(frozen=True, slots=True)
class Set:
    """An evaluation set: its measure's name, how to read it, whether only judged ones count."""

    name: str
    measure: str
    value: Callable[[Evaluation], str]
    judged_only: bool = False


def _pairs(of: Evaluation) -> str:
    worst = of.worst_pair
    if worst is None:
        return "–"
    (left, right), measures = worst
    return f"{of.mean_pair_mrr:.3f}, {measures.mrr:.3f} ({left} → {right})"


SETS_KNOWN: Final = (
    Set("zh_needs_results", "nDCG@10, judged", lambda of: f"{of.whole.ndcg_10:.3f}", True),
    Set("en_calls_projects", "nDCG@10", lambda of: f"{of.whole.ndcg_10:.3f}"),
    Set("xl_pairs", "mean MRR of the pairs, worst pair", _pairs),
    Set("xl_mixed", "MRR", lambda of: f"{of.whole.mrr:.3f}"),
    Set("xl_software", "MRR", lambda of: f"{of.whole.mrr:.3f}"),
)


def rankers() -> dict[str, Ranker]:
    """The columns of the table. `latent alone` shows what the other terms add to it."""
    glossary = files.read_glossary(ROOT / "seeds" / "glossary")
    return {
        "TfidfVectorizer": plain_tfidf,
        "words": _engine(glossary, "concepts", "latent"),
        "words + concepts": _engine(glossary, "latent"),
        "latent alone": _engine(glossary, "words", "concepts"),
        "words + latent": _engine(glossary, "concepts"),
        "all": _engine(glossary),
    }


def run(names: Sequence[str], *, write: bool) -> int:
    """Measure, print the table and, if asked, put it into the page."""
    wanted = [each for each in SETS_KNOWN if not names or each.name in names]
    there = [each for each in wanted if (SETS / each.name / "qrels.tsv").exists()]
    for absent in [each.name for each in wanted if each not in there]:
        print(f"{absent} is not there: left out.", file=sys.stderr)
    if not there:
        print("No evaluation set is there (../shared/bench): nothing to measure.")
        return 0
    columns = rankers()
    lines = [
        f"| set | measure | {' | '.join(columns)} |",
        f"|---|---|{'---|' * len(columns)}",
    ]
    by_language: list[str] = []
    for each in there:
        values = []
        for column, ranker in columns.items():
            started = time.monotonic()
            found = measure(each, ranker)
            values.append(each.value(found))
            spent = time.monotonic() - started
            print(f"{each.name} {column}: {values[-1]} ({spent:.0f} s)", file=sys.stderr)
        lines.append(f"| {each.name} | {each.measure} | {' | '.join(values)} |")
        if each.name == "xl_mixed":
            by_language = list(_languages(found))
    text = "\n".join([*lines, "", *by_language, "", circumstances()])
    print(text)
    if write:
        put(text)
    return 0


def measure(of: Set, ranker: Ranker) -> Evaluation:
    """Rank a set's documents for its queries and take the measures."""
    folder = SETS / of.name
    queries, wrong = files.read_documents(folder / "queries.jsonl", "need")
    documents, also_wrong = files.read_documents(folder / "docs.jsonl", "offer")
    judgements, wrong_judgements = files.read_judgements(folder / "qrels.tsv")
    for line in [*wrong, *also_wrong, *wrong_judgements[1:]]:
        print(line, file=sys.stderr)
    ranked = ranker(queries, documents)
    if of.judged_only:
        ranked = evaluation.judged_only(ranked, judgements)
    return evaluation.evaluate(
        judgements,
        ranked,
        {query.id: query.language for query in queries},
        {document.id: document.language for document in documents},
    )


def plain_tfidf(queries: Sequence[Document], documents: Sequence[Document]) -> files.Run:
    """scikit-learn's TfidfVectorizer as it comes, on title and text."""
    vectorizer = TfidfVectorizer().fit([full_text(document) for document in documents])
    rows = vectorizer.transform([full_text(document) for document in documents])
    asked = vectorizer.transform([full_text(query) for query in queries])
    ids = np.array([document.id for document in documents])
    return {
        query.id: _ranking(_ordered(ids, np.asarray((asked[place] @ rows.T).todense()).ravel()))
        for place, query in enumerate(queries)
    }


def _engine(glossary: Glossary, *without: Block) -> Ranker:
    def ranked(queries: Sequence[Document], documents: Sequence[Document]) -> files.Run:
        matcher = Matcher(without=without, glossary=glossary, cache=CACHE)
        matcher.fit(documents, progress=_advance)
        return {
            query.id: _ranking(hit.document_id for hit in hits)
            for query, hits in matcher.rank_each(queries, top=None, progress=_advance)
        }

    return ranked


def _ordered(ids: np.ndarray, scores: np.ndarray) -> Iterable[str]:
    """Best first; equal ones by their ids, which have nothing to do with what is right."""
    return [str(name) for name in ids[np.lexsort((ids, -scores.round(9)))]]


def _ranking(ids: Iterable[str]) -> dict[str, float]:
    return {name: float(-place) for place, name in enumerate(ids)}


def _languages(of: Evaluation) -> Iterator[str]:
    yield "xl_mixed, all terms, MRR by the document's language (number of queries):"
    yield ""
    yield ", ".join(f"{code} {each.mrr:.3f} ({each.n})" for code, each in of.documents.items())


def circumstances() -> str:
    """When and on what it was measured."""
    day = datetime.now(UTC).date().isoformat()
    return (
        f"Measured {day} on {os.cpu_count()} cores ({platform.machine()}), Python"
        f" {platform.python_version()}, encoder {_encoder()}."
    )


def _encoder() -> str:
    encoder = default_encoder()
    return f"{encoder.name} {encoder.version}" if encoder else "none"


def _advance(done: int, total: int) -> None:
    if sys.stderr.isatty() and done % 8 == 0:
        print(f"\r{done}/{total} encoded", end="", file=sys.stderr, flush=True)


def put(text: str, start: str = _START, end: str = _END) -> None:
    """Put a text between two marks of docs/matching.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(start)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{start}\n\n{text}\n\n{end}{after}", encoding="utf-8")
