"""The numbers of a pair of listings that a blend weighs: what decisions are learnt from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from matchmaker.matching import signals
from matchmaker.matching.documents import Document
from matchmaker.matching.fitting import Model, Weights, combine, pair_cosines, standardised
from matchmaker.matching.ranking import spelt_as

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class PairFeatures:
    """What the engine knew of an offer and a need, whatever the weights.

    `words` and `latent` are in standard deviations above unrelated pairs of the two languages,
    `concepts` is a cosine; `latent` is 0 where a text has no latent terms (not `encoded`).
    `signals` names what the forms say about each other, as in `SignalAmounts`. `languages` are the
    offer's and the need's. `index` and `blend` name what ranked the pair then.
    """

    same: bool
    encoded: bool
    words: float
    concepts: float
    latent: float
    signals: tuple[str, ...]
    languages: tuple[str, str]
    index: str
    blend: str

    def plain(self) -> dict[str, Any]:
        """As JSON holds it: codes and numbers alone."""
        return {
            "same": self.same,
            "encoded": self.encoded,
            "words": self.words,
            "concepts": self.concepts,
            "latent": self.latent,
            "signals": list(self.signals),
            "languages": list(self.languages),
            "index": self.index,
            "blend": self.blend,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> PairFeatures:
        """From `plain`. KeyError or ValueError where something is missing."""
        offer, need = plain["languages"]
        return cls(
            same=bool(plain["same"]),
            encoded=bool(plain["encoded"]),
            words=float(plain["words"]),
            concepts=float(plain["concepts"]),
            latent=float(plain["latent"]),
            signals=tuple(plain["signals"]),
            languages=(str(offer), str(need)),
            index=str(plain["index"]),
            blend=str(plain["blend"]),
        )


def best_pair(
    model: Model,
    weights: Weights,
    documents: Sequence[Document],
    offers: Sequence[int],
    needs: Sequence[int],
) -> PairFeatures:
    """The features of the two texts that stand for their listings: those that fit best.

    `offers` and `needs` are the rows of the two listings' documents.
    """
    found = [_pair(model, weights, documents, *rows) for rows in product(offers, needs)]
    return max(found, key=lambda each: each[0])[1]


def _pair(
    model: Model, weights: Weights, documents: Sequence[Document], offer: int, need: int
) -> tuple[float, PairFeatures]:
    """How rare the pair's score is, and its features."""
    one, other = documents[offer], documents[need]
    pair = (one.language, other.language)
    cosines = pair_cosines(weights, np.array([offer]), np.array([need]))
    words, latent = standardised(model.blend, model.calibration, pair, cosines)
    fits = signals.fits(one.signals, other.signals, model.blend.signals)
    raw = combine(model.blend, model.calibration, pair, cosines)
    encoded = bool(cosines.encoded[0])
    tail = model.calibration.tail(*pair, encoded=encoded)
    rarity = tail.rarity(raw + sum(fit.amount for fit in fits))
    return float(rarity[0]), PairFeatures(
        same=spelt_as(one.language) == spelt_as(other.language),
        encoded=encoded,
        words=round(float(words[0]), _DIGITS),
        concepts=round(float(cosines.concepts[0]), _DIGITS),
        latent=round(float(latent[0]), _DIGITS) if encoded else 0.0,
        signals=tuple(fit.signal for fit in fits),
        languages=pair,
        index=model.version,
        blend=model.blend.name,
    )
