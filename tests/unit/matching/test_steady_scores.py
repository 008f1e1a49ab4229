"""A score keeps its meaning: unrelated listings do not move it, and no order of anything does.

Real texts: the demonstration's listings, and the evaluation sets where they lie beside the
checkout. The encoder is one of characters, so that nothing has to be computed for minutes.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from matchmaker.matching import storage
from matchmaker.matching.background import reference
from matchmaker.matching.documents import Document
from matchmaker.matching.features import encoding_text
from matchmaker.matching.files import read_documents
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import Index
from matchmaker.matching.semantic import EncoderId, stack
from tests.unit.matching.conftest import HashEncoder, make_documents

ROOT = Path(__file__).parents[3]
BENCH = ROOT.parent / "shared" / "bench"
ENCODER = HashEncoder()
NAME = EncoderId(ENCODER.name, ENCODER.version)


def encoded(documents: Sequence[Document]) -> dict[str, csr_matrix]:
    return {each.id: ENCODER.encode([encoding_text(each)]) for each in documents}


@pytest.fixture(scope="module")
def lent() -> csr_matrix:
    return stack(encoded(reference().documents).values())


def build(documents: Sequence[Document], latent: dict[str, csr_matrix], lent: csr_matrix) -> Index:
    return Index.build(documents, latent=latent, glossary=Glossary(), encoder=NAME, lent=lent)


def points(
    index: Index, asked: Sequence[Document], known: Sequence[Document]
) -> NDArray[np.float64]:
    """The scores, not rounded, of the known documents for each that asks."""
    places = [index.contents.documents.index(each) for each in known]
    rows = [
        index.text_scores(index.query(each, ENCODER.encode([encoding_text(each)])))[places]
        for each in asked
    ]
    return np.clip(20 * np.array(rows), 0, 100)


def seeds(name: str) -> list[Document]:
    lines = (ROOT / "seeds" / "listings" / f"{name}.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in lines.splitlines()]
    return [
        Document(
            row["key"],
            row["key"],
            "offer" if row["kind"] == "offer" else "need",
            row["language"],
            row["title"],
            f"{row.get('summary', '')}\n{row.get('description', '')}",
        )
        for row in rows
    ]


@pytest.fixture(scope="module")
def pool() -> list[Document]:
    return [*seeds("offers"), *seeds("needs"), *seeds("nearmisses_1"), *seeds("nearmisses_2")]


def moved(
    pool: Sequence[Document],
    more: Sequence[Document],
    asked: Sequence[Document],
    lent: csr_matrix,
) -> tuple[float, float]:
    """The most that a score moves by adding documents, and by learning anew with them."""
    latent = encoded([*pool, *more])
    index = build(pool, latent, lent)
    before = points(index, asked, pool)
    grown = index.add(more, latent)
    assert grown.version == index.version
    added, learnt = (points(each, asked, pool) for each in (grown, grown.refit()))
    return float(np.abs(added - before).max()), float(np.abs(learnt - before).max())


@pytest.mark.parametrize("seed", range(3))
def test_a_hundredth_more_of_unrelated_listings_moves_no_score(
    pool: list[Document], lent: csr_matrix, seed: int
) -> None:
    others = seeds("others")
    chance = random.Random(seed)
    more = chance.sample(others, max(1, round(len(pool) / 100)))
    asked = chance.sample([each for each in pool if each.kind == "need"], 15)
    by_adding, by_learning = moved(pool, more, asked, lent)
    assert by_adding == 0
    assert by_learning <= 1


@pytest.mark.bench_data
@pytest.mark.parametrize("name", ["en_calls_projects", "xl_mixed"])
def test_nor_in_the_evaluation_sets(lent: csr_matrix, name: str) -> None:
    if not BENCH.exists():
        pytest.skip("the evaluation sets are not there")
    pool, _ = read_documents(BENCH / name / "docs.jsonl", "offer")
    asked, _ = read_documents(BENCH / name / "queries.jsonl", "need")
    count = max(1, round(len(pool) / 100))
    more = random.Random(7).sample(seeds("others"), count)
    by_adding, by_learning = moved(pool, more, random.Random(7).sample(asked, 15), lent)
    assert by_adding == 0
    assert by_learning <= 1


# Ties and orders


def with_twins() -> list[Document]:
    """The small pool, each offer three times, so that there are ties everywhere."""
    documents = make_documents()
    twins = [
        replace(each, id=f"{each.id}-{n}", group=f"{each.group}-{n}", signals=each.signals)
        for each in documents
        for n in (2, 3)
        if each.kind == "offer"
    ]
    return [*documents, *twins]


def answers(index: Index) -> list[tuple[str, str, float]]:
    """Every list of hits, in its order."""
    found = []
    for document in sorted(index.contents.documents, key=lambda each: each.id):
        hits = index.match(document.group, top=50)
        hits += index.search(document.title, document.language, None, 50)
        found += [(document.id, hit.document_id, round(hit.raw, 5)) for hit in hits]
    return found


@pytest.fixture(scope="module")
def wanted() -> list[tuple[str, str, float]]:
    documents = with_twins()
    return answers(Index.build(documents, latent=encoded(documents), glossary=Glossary()))


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_documents_changes_nothing(
    wanted: list[tuple[str, str, float]], chance: random.Random
) -> None:
    documents = with_twins()
    chance.shuffle(documents)
    index = Index.build(documents, latent=encoded(documents), glossary=Glossary())
    assert answers(index) == wanted


def test_neither_does_coming_late_nor_returning_nor_the_disk(
    wanted: list[tuple[str, str, float]], tmp_path: Path
) -> None:
    documents = with_twins()
    latent = encoded(documents)
    index = Index.build(documents[:9], latent=latent, glossary=Glossary())
    for document in reversed(documents[9:]):
        index = index.add([document], latent)
    gone = [each for each in documents if each.id.startswith("water")]
    index = index.remove({each.group for each in gone}).add(gone, latent).refit()
    assert answers(index) == wanted
    storage.save(index, tmp_path)
    assert answers(storage.load(tmp_path)) == wanted


_PRINT = """
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import Index
from tests.unit.matching.test_steady_scores import answers, encoded, with_twins
documents = with_twins()
index = Index.build(documents, latent=encoded(documents), glossary=Glossary())
print(index.version, answers(index))
"""


def test_nor_does_another_process_with_other_hashes() -> None:
    said = [
        subprocess.run(
            [sys.executable, "-c", _PRINT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert "bagasse" in said[0]
