"""Latent terms less what is general in a language, for comparing texts of two languages.

Some texts have something in common with all others and come up for every question ("hubs"), the
more so the less the encoder knows of a language. Across languages most of the mean row of its
language is therefore taken off each row before the cosine is taken:

> cosine(x - a m, y - a n), m and n the means of the languages of x and y

Centring lessens hubs (Suzuki and others 2013, "Centering similarity measures to reduce hubs"), and
each language about a mean of its own makes an encoder neutral to languages (Libovický and others
2020, "On the language neutrality of pre-trained multilingual representations"). Centred rows would
be dense and are never made: their cosines follow from the products of the sparse rows with each
other and with the few means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from matchmaker.matching.ranking import Floats, spelt_as

Rows = NDArray[np.int64]

_TAKEN: Final = 0.75
"""How much of a mean is taken off."""
_LEAST: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Offsets:
    """What centring takes off the products of some rows, and how it changes their lengths."""

    mean: Rows
    """The place of each row's own mean."""
    along: Floats
    """For each row and each mean their product, less half of that of the row's own mean with it."""
    scale: Floats
    """For each row one by its length when centred."""

    def __getitem__(self, rows: Rows | Sequence[int]) -> Offsets:
        """Those of some rows."""
        return Offsets(self.mean[rows], self.along[rows], self.scale[rows])


@dataclass(frozen=True, slots=True)
class Means:
    """What is taken off the rows of each language; last, for any other, the mean of them all."""

    languages: tuple[str, ...]
    rows: Floats

    @classmethod
    def of(
        cls,
        own: csr_matrix,
        own_languages: Sequence[str],
        lent: csr_matrix,
        languages: Sequence[str],
        each: float,
    ) -> Means:
        """From rows of length 1 or 0: the listings', and the background's, which count `each`.

        The background, whose texts say the same in all languages, tells the languages apart, and
        how the listings differ from it is the same for all: a language of few listings has a steady
        mean. Without a background nothing is taken off.
        """
        spelt = np.array([spelt_as(language) for language in languages])
        known = tuple(sorted(set(spelt.tolist())))
        of_each = [np.asarray(lent[np.flatnonzero(spelt == it)].mean(axis=0)) for it in known]
        means = cls(known, np.vstack([*of_each, np.mean(of_each, axis=0)]))
        if not lent.nnz:
            return means
        some = np.flatnonzero(np.diff(own.indptr))
        held = np.bincount(means.places(own_languages)[some], minlength=len(means.rows))
        apart = np.asarray(own[some].sum(axis=0)).ravel() - held @ means.rows
        shift = apart / (len(some) + each * len(languages))
        return cls(known, _TAKEN * (means.rows + shift))

    def places(self, languages: Sequence[str]) -> Rows:
        """Where the mean of each of these languages stands."""
        place = {language: number for number, language in enumerate(self.languages)}
        found = [place.get(spelt_as(each), len(place)) for each in languages]
        return np.array(found, dtype=np.int64)

    def offsets(self, rows: csr_matrix, languages: Sequence[str]) -> Offsets:
        """What centring does to rows of length 1 or 0 in these languages."""
        own = self.places(languages)
        along = np.asarray(rows @ self.rows.T) - (self.rows @ self.rows.T)[own] / 2
        length = np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float64).ravel()
        squared = length - 2 * along[np.arange(len(own)), own]
        return Offsets(own, along, 1 / np.sqrt(np.maximum(squared, _LEAST)))


def centred(products: Floats, left: Offsets, right: Offsets) -> Floats:
    """The cosines of texts from the products of their rows, one by one: of two languages, those of
    the centred rows. `left` may be a single row, compared with each of `right`."""
    one, other = np.arange(len(left.mean)), np.arange(len(right.mean))
    off = left.along[one, right.mean] + right.along[other, left.mean]
    across = (products - off) * left.scale * right.scale
    return np.asarray(np.where(left.mean == right.mean, products, across))
