"""Decisions of staff who know what they want, as examples to learn from."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from matchmaker.matching.examples import Example
from matchmaker.matching.pair_features import PairFeatures
from matchmaker.matching.ranking import Blend

BASE: Final = Blend()
DIFFERENT: Final = replace(
    BASE, latent=0.4, concepts=4.0, signals=replace(BASE.signals, sector=2.5, stage_missed=-1.5)
)
"""A truth in which sectors count for much more than in the untrained blend, meaning for less."""


def simulated_decisions(
    truth: Blend, *, seed: int = 1, count: int = 400, listings: int = 40, approved: float = 0.4
) -> list[Example]:
    """Pairs as the engine suggests them, approved by chance the more, the higher `truth` scores."""
    generator = np.random.default_rng(seed)
    features = [pair_features(generator) for _ in range(count)]
    score = np.array([raw_score(truth, each) for each in features])
    bar = np.quantile(score, 1 - approved)
    verdicts = generator.random(count) < 1 / (1 + np.exp(-1.5 * (score - bar)))
    return [
        Example(
            key=place,
            offer=int(generator.integers(listings)),
            need=int(generator.integers(listings)),
            approved=bool(verdict),
            features=each,
        )
        for place, (each, verdict) in enumerate(zip(features, verdicts, strict=True))
    ]


def pair_features(generator: np.random.Generator) -> PairFeatures:
    """The numbers of some pair."""
    same = bool(generator.random() < 0.2)
    encoded = bool(generator.random() < 0.9)
    signals = [
        name
        for name, share in (
            ("sector", 0.35), ("partnership", 0.8), ("stage_missed", 0.15), ("transfer", 0.3),
        )
        if generator.random() < share
    ]  # fmt: skip
    return PairFeatures(
        same=same,
        encoded=encoded,
        words=float(max(-0.5, generator.normal(1 if same else 0, 0.8))),
        concepts=float(max(0.0, generator.normal(0, 0.2))),
        latent=float(generator.normal(2.3, 0.7)) if encoded else 0.0,
        signals=tuple(signals),
        languages=("zh-Hans", "zh-Hans" if same else "th"),
        index="index",
        blend=BASE.name,
    )


def raw_score(blend: Blend, features: PairFeatures) -> float:
    """The raw score as the index makes it, written down a second time."""
    if not features.encoded:
        blocks = blend.words_alone * features.words
    else:
        weight = blend.words_same if features.same else blend.words_cross
        blocks = blend.latent * features.latent + weight * features.words
    amounts = sum(getattr(blend.signals, name) for name in features.signals)
    return float(blocks + blend.concepts * features.concepts + amounts)
