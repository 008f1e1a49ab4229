"""Reasons: phrases that stand in the texts, shares that add up."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from matchmaker.matching.documents import Document
from matchmaker.matching.explanation import Side, phrases
from matchmaker.matching.features import full_text
from matchmaker.matching.fitting import Blocks
from matchmaker.matching.index import Index
from matchmaker.matching.semantic import CachedEncoder, Encoder


@pytest.mark.parametrize("with_encoder", [False, True])
def test_shares_add_up_to_one(
    index: Index, documents: list[Document], hash_encoder: Encoder, with_encoder: bool
) -> None:
    encoder = CachedEncoder(hash_encoder) if with_encoder else None
    for left, right in permutations(documents, 2):
        reasons = index.explain(left.id, right.id, encoder=encoder)
        if reasons:
            assert sum(reason.share for reason in reasons) == pytest.approx(1.0, abs=1e-9)
            assert all(reason.share > 0 for reason in reasons)


def test_phrases_stand_in_the_texts(
    index: Index, documents: list[Document], hash_encoder: Encoder
) -> None:
    encoder = CachedEncoder(hash_encoder)
    for left, right in permutations(documents, 2):
        for reason in index.explain(left.id, right.id, encoder=encoder):
            if reason.kind in {"words", "concepts", "latent"}:
                assert reason.left in full_text(left)
                assert reason.right in full_text(right)
                assert reason.left
                assert reason.right


def test_concepts_are_named_in_both_languages(index: Index) -> None:
    reasons = index.explain("bagasse-th", "bagasse-zh-Hans")
    concept = next(reason for reason in reasons if reason.kind == "concepts")
    assert (concept.left, concept.right, concept.label) == ("ชานอ้อย", "甘蔗渣", "bagasse")


def test_shared_words_are_joined_to_phrases(index: Index) -> None:
    reasons = index.explain("battery-id", "battery-zh-Hans")
    words = [reason for reason in reasons if reason.kind == "words"]
    assert words[0].left == words[0].right == "LiFePO4"


def test_forms_are_reasons(index: Index) -> None:
    need, offer = index.document("bagasse-th"), index.document("bagasse-zh-Hans")
    need = replace(need, signals=replace(need.signals, sectors=("sugar_cane",), stage="lab_tested"))
    offer = replace(
        offer, signals=replace(offer.signals, sectors=("sugar_cane",), stage="on_the_market")
    )
    latent = index.contents.counts.latent
    rows = {d.id: latent[i] for i, d in enumerate(index.contents.documents)}
    grown = index.add([need, offer], rows)
    kinds = {reason.kind: reason for reason in grown.explain(need.id, offer.id)}
    assert kinds["sector"].label == "sugar_cane"
    assert (kinds["stage"].left, kinds["stage"].right) == ("lab_tested", "on_the_market")


def test_phrases_are_short_and_say_something(index: Index) -> None:
    row = index.contents.documents.index(index.document("bagasse-zh-Hans"))
    weights = index.model.weigh(index.contents.counts)
    side = Side(
        index.document("bagasse-zh-Hans"),
        Blocks(weights.words[row], weights.concepts[row], weights.latent[row]),
    )
    found = phrases(side, index.contents.vocabulary)
    assert "甘蔗渣" in "".join(found[:3])
    assert "的" not in found
    assert max(map(len, found)) <= 16
