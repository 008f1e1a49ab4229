"""Cosines of centred rows, which are never made, against rows that are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random_array
from sklearn.preprocessing import normalize

from matchmaker.matching.centring import Means, Offsets, centred

OWN = ["zh-Hans", "th", "zh-Hant", "sw"]
LENT = ["th", "lo", "lo", "zh-Hans"]


@pytest.fixture
def rows() -> csr_matrix:
    """Four listings, and four texts of the background."""
    found = random_array((8, 40), density=0.3, rng=np.random.default_rng(7), format="csr")
    return csr_matrix(normalize(found), dtype=np.float32)


@pytest.fixture
def means(rows: csr_matrix) -> Means:
    return Means.of(rows[:4], OWN, rows[4:], LENT, 0.5)


@pytest.fixture
def offsets(rows: csr_matrix, means: Means) -> Offsets:
    return means.offsets(rows, [*OWN, *LENT])


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_of_two_languages_three_quarters_of_their_means_are_off(
    rows: csr_matrix, offsets: Offsets
) -> None:
    dense = rows.toarray().astype(float)
    lent = {"th": dense[4], "lo": (dense[5] + dense[6]) / 2, "zh": dense[7]}
    other = (lent["th"] + lent["lo"] + lent["zh"]) / 3
    off = np.array([lent["zh"], lent["th"], lent["zh"], other])
    shift = (dense[:4] - off).sum(axis=0) / (4 + 0.5 * 4)
    thai, lao = 0.75 * (lent["th"] + shift), 0.75 * (lent["lo"] + shift)
    wanted = [cosine(dense[1] - thai, dense[row] - lao) for row in (5, 6)]
    found = centred(dense[1] @ dense[[5, 6]].T, offsets[[1]], offsets[[5, 6]])
    assert found == pytest.approx(wanted, abs=1e-6)
    back = centred(np.array([dense[5] @ dense[1]]), offsets[[5]], offsets[[1]])
    assert back == pytest.approx(wanted[:1], abs=1e-6)


def test_in_one_language_nothing_is_off(offsets: Offsets) -> None:
    products = np.array([0.25, 0.5])
    assert centred(products, offsets[[0]], offsets[[2, 7]]).tolist() == [0.25, 0.5]


def test_other_languages_have_the_mean_of_all(
    rows: csr_matrix, means: Means, offsets: Offsets
) -> None:
    dense = rows.toarray().astype(float)
    assert means.languages == ("lo", "th", "zh-Hans")
    assert means.rows[-1] == pytest.approx(means.rows[:-1].mean(axis=0))
    wanted = cosine(dense[3] - means.rows[-1], dense[1] - means.rows[1])
    found = centred(np.array([dense[3] @ dense[1]]), offsets[[3]], offsets[[1]])
    assert found == pytest.approx([wanted], abs=1e-6)


def test_texts_without_latent_terms_count_nothing(rows: csr_matrix, means: Means) -> None:
    held = csr_matrix(rows[:4])
    padded = csr_matrix((held.data, held.indices, [*held.indptr, held.nnz]), shape=(5, 40))
    again = Means.of(padded, [*OWN, "th"], rows[4:], LENT, 0.5)
    assert np.array_equal(again.rows, means.rows)


def test_without_a_background_nothing_is_off(rows: csr_matrix) -> None:
    means = Means.of(rows[:4], OWN, csr_matrix((4, 40)), LENT, 0.5)
    offsets = means.offsets(rows, [*OWN, *LENT])
    assert centred(np.array([0.3]), offsets[[1]], offsets[[5]]) == pytest.approx([0.3])
