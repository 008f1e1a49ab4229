"""Measures, against values worked out by hand."""

from __future__ import annotations

import math

import pytest

from matchmaker.matching import evaluation


def test_reciprocal_rank() -> None:
    assert evaluation.reciprocal_rank(["a", "b", "c"], {"c", "b"}) == 0.5
    assert evaluation.reciprocal_rank(["a"], {"z"}) == 0.0


def test_recall() -> None:
    assert evaluation.recall_at(["a", "b", "c"], {"b", "z"}, 2) == 0.5
    assert evaluation.recall_at(["a"], set(), 2) == 0.0


def test_ndcg() -> None:
    gains = {"a": 3.0, "b": 1.0}
    assert evaluation.ndcg_at(["a", "b"], gains, 10) == pytest.approx(1.0)
    swapped = (1 / math.log2(2) + 3 / math.log2(3)) / (3 / math.log2(2) + 1 / math.log2(3))
    assert evaluation.ndcg_at(["b", "a"], gains, 10) == pytest.approx(swapped)
    assert evaluation.ndcg_at(["a"], {}, 10) == 0.0


def test_rank_and_mean() -> None:
    assert evaluation.rank_of(["a", "b"], "b") == 2
    assert evaluation.rank_of(["a"], "b") is None
    assert evaluation.mean([]) == 0.0
