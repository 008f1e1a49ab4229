"""What decisions teach the blend: better where they say so, and never by chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from matchmaker.matching import feedback
from matchmaker.matching.examples import (
    BLOCKS,
    Data,
    average_precision,
    count,
    digest,
    ordered,
    ordered_rightly,
    weights_of,
)
from matchmaker.matching.feedback import Comparison, Measures
from matchmaker.matching.pair_features import PairFeatures
from matchmaker.matching.ranking import Blend
from tests.factories.decisions import (
    BASE,
    DIFFERENT,
    pair_features,
    raw_score,
    simulated_decisions,
)


def test_decisions_that_follow_another_blend_make_it_better() -> None:
    trained = feedback.train(simulated_decisions(DIFFERENT), BASE)
    assert trained is not None
    comparison = trained.comparison
    assert comparison.better
    assert comparison.trained.ordered > comparison.untrained.ordered + 0.03
    weights, before = weights_of(trained.blend), weights_of(BASE)
    assert weights["sector"] > before["sector"]
    assert weights["latent"] < before["latent"]
    assert weights["sector"] / weights["latent"] > 2


def test_decisions_that_follow_the_untrained_blend_change_nothing_that_is_switched_on() -> None:
    for seed in range(3):
        trained = feedback.train(simulated_decisions(BASE, seed=seed), BASE)
        assert trained is None or not trained.comparison.better


@pytest.mark.parametrize("seed", range(20))
def test_shuffled_verdicts_are_never_better(seed: int) -> None:
    examples = simulated_decisions(DIFFERENT, seed=7, count=240)
    generator = np.random.default_rng(seed)
    verdicts = generator.permutation([each.approved for each in examples])
    shuffled = [
        replace(each, approved=bool(verdict))
        for each, verdict in zip(examples, verdicts, strict=True)
    ]
    trained = feedback.train(shuffled, BASE)
    assert trained is None or not trained.comparison.better


def test_opposite_verdicts_teach_nothing() -> None:
    contrary = [replace(each, approved=not each.approved) for each in simulated_decisions(BASE)]
    trained = feedback.train(contrary, BASE)
    assert trained is None or not trained.comparison.better


@pytest.mark.parametrize(
    ("pairs", "listings", "approved"), [(90, 40, 0.5), (400, 40, 0.03), (400, 10, 0.4), (0, 1, 0.5)]
)
def test_too_little_is_not_learnt_from(pairs: int, listings: int, approved: float) -> None:
    examples = (
        simulated_decisions(DIFFERENT, count=pairs, listings=listings, approved=approved)
        if pairs
        else []
    )
    if approved < 0.1:
        ranked = sorted(examples, key=lambda each: not each.approved)
        examples = [replace(each, approved=place < 30) for place, each in enumerate(ranked)]
    assert not count(examples).enough
    assert feedback.train(examples, BASE) is None


def test_what_all_pairs_share_keeps_its_weight() -> None:
    examples = [
        replace(
            each,
            features=replace(each.features, signals=(*each.features.signals, "country"), words=0.0),
        )
        for each in simulated_decisions(DIFFERENT)
    ]
    trained = feedback.train(examples, BASE)
    assert trained is not None
    before, after = weights_of(BASE), weights_of(trained.blend)
    for name in ("country", "words_same", "words_cross", "words_alone", "ipc", "price_fits"):
        assert after[name] == before[name]


def test_weights_keep_their_sign_and_stay_near() -> None:
    absurd = replace(BASE, latent=-3.0, signals=replace(BASE.signals, sector=9, stage_missed=4))
    trained = feedback.train(simulated_decisions(absurd, count=600), BASE)
    assert trained is not None
    for name, before in weights_of(BASE).items():
        after = weights_of(trained.blend)[name]
        assert after * before >= 0
        if name in BLOCKS:
            assert before / 4 <= after <= before * 4


def test_the_order_of_the_examples_does_not_matter() -> None:
    examples = simulated_decisions(DIFFERENT)
    again = feedback.train(list(reversed(examples)), BASE)
    assert again == feedback.train(examples, BASE)
    assert again is not None
    assert again.digest == digest(examples)
    assert digest(examples[1:]) != again.digest


def test_no_listing_stands_on_both_sides() -> None:
    data = Data.of(simulated_decisions(BASE), BASE)
    folds = list(feedback._folds(data))
    assert len(folds) == feedback._FOLDS
    for learnt, asked in folds:
        assert not set(data.offers[learnt]) & set(data.offers[asked])
        assert not set(data.needs[learnt]) & set(data.needs[asked])


def test_the_numbers_give_the_raw_score() -> None:
    examples = simulated_decisions(DIFFERENT, count=50)
    data = Data.of(examples, DIFFERENT)
    expected = [raw_score(DIFFERENT, each.features) for each in examples]
    assert data.raw(data.start) == pytest.approx(expected)


def test_measures_are_the_usual_ones() -> None:
    same = [
        replace(each, features=replace(each.features, encoded=True, same=True))
        for each in simulated_decisions(BASE, count=80)
    ]
    data = Data.of(same, BASE)
    raw = data.raw(data.start).round(1)
    usual = average_precision_score(data.approved, raw)
    assert average_precision(raw, data) == pytest.approx(usual)
    assert ordered(raw, data) == pytest.approx(roc_auc_score(data.approved, raw))


def test_features_survive_storing() -> None:
    features = pair_features(np.random.default_rng(3))
    assert PairFeatures.of(features.plain()) == features
    assert Blend.of({"latent": 2.0, "unknown": 1}) == Blend(latent=2.0)
    assert DIFFERENT.name != BASE.name


def test_how_many_comparisons_come_out_right() -> None:
    one, other, *_ = simulated_decisions(BASE)
    good = replace(one, approved=True, features=replace(one.features, latent=5.0, encoded=True))
    bad = replace(good, key=9, approved=False, features=replace(good.features, latent=1.0))
    assert ordered_rightly(BASE, [good, bad]) == 1.0
    assert ordered_rightly(BASE, [good, replace(good, key=8, approved=False)]) == 0.5
    apart = replace(bad, features=replace(bad.features, same=not good.features.same))
    assert ordered_rightly(BASE, [good, apart]) is None
    assert ordered_rightly(BASE, [other]) is None


@pytest.mark.parametrize(
    "worse",
    [{"gain": 0.005}, {"chance": 0.02}, {"blind": 0.02}, {"trained": Measures(0.8, 0.1, 0.6, 0.5)}],
)
def test_every_measure_has_a_say(worse: dict[str, object]) -> None:
    untrained, trained = Measures(0.7, 0.1, 0.7, 0.6), Measures(0.8, 0.1, 0.8, 0.5)
    good = Comparison(untrained, trained, gain=0.1, chance=0.001, blind=0.001, folds=54)
    assert good.better
    assert not replace(good, **worse).better  # type: ignore[arg-type]
