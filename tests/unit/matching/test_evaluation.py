"""Measures, against values worked out by hand."""

from __future__ import annotations

import math

import pytest

from matchmaker.matching.evaluation import Measures, evaluate, judged_only, measure

LANGUAGES = {"e1": "en", "e2": "en", "t1": "th", "t2": "th"}
QUERIES = {"q": "en", "r": "th"}


def ranked(*names: str) -> dict[str, float]:
    return {name: float(-place) for place, name in enumerate(names)}


def test_graded_gain_by_hand() -> None:
    found = measure({"q": {"a": 3, "b": 1}}, {"q": ranked("b", "a")})
    gained = 1 / math.log2(2) + 3 / math.log2(3)
    assert found.ndcg_10 == pytest.approx(gained / (3 / math.log2(2) + 1 / math.log2(3)))
    assert found.mrr == 1.0
    assert found.n == 1


def test_rank_and_recall() -> None:
    names = [f"d{place:03d}" for place in range(120)]
    found = measure({"q": {"d004": 1, "d050": 1, "d119": 1, "away": 1}}, {"q": ranked(*names)})
    assert found.mrr == pytest.approx(1 / 5)
    assert found.recall_10 == pytest.approx(1 / 4)
    assert found.recall_100 == pytest.approx(2 / 4)


@pytest.mark.parametrize("run", [{}, {"q": {}}, {"other": ranked("a")}])
def test_a_query_without_a_list_counts_nothing(run: dict[str, dict[str, float]]) -> None:
    assert measure({"q": {"a": 1}}, run) == Measures(0.0, 0.0, 0.0, 0.0, 1)


def test_no_judgement_gives_zeros() -> None:
    assert measure({}, {"q": ranked("a")}).n == 0


def test_judged_only_keeps_the_order() -> None:
    run = judged_only({"q": ranked("x", "b", "y", "a"), "s": ranked("a")}, {"q": {"a": 1, "b": 0}})
    assert sorted(run["q"], key=run["q"].__getitem__, reverse=True) == ["b", "a"]
    assert run["s"] == {}
    assert measure({"q": {"a": 1, "b": 0}}, run).mrr == 0.5


def test_pairs_rank_one_language_by_itself_and_documents_rank_all() -> None:
    judgements = {"q": {"e2": 1, "t1": 1}, "r": {"e1": 1}}
    run = {"q": ranked("t2", "e1", "t1", "e2"), "r": ranked("t1", "e1")}
    found = evaluate(judgements, run, QUERIES, LANGUAGES)
    assert {pair: each.mrr for pair, each in found.pairs.items()} == {
        ("en", "en"): 1 / 2,
        ("en", "th"): 1 / 2,
        ("th", "en"): 1.0,
    }
    assert found.mean_pair_mrr == pytest.approx(2 / 3)
    assert found.worst_pair is not None
    assert found.worst_pair[0] == ("en", "en")
    assert found.documents["th"].mrr == pytest.approx(1 / 3)
    assert found.documents["th"].n == 1
    assert found.documents["en"].mrr == pytest.approx((1 / 4 + 1 / 2) / 2)
    assert found.documents["en"].n == 2


def test_unknown_languages_count_in_the_whole_alone() -> None:
    found = evaluate({"z": {"e1": 1}}, {"z": ranked("e1")}, QUERIES, LANGUAGES)
    assert found.whole.mrr == 1.0
    assert found.pairs == {}
    assert found.worst_pair is None
    assert found.mean_pair_mrr == 0.0
