"""Reasons: phrases that stand in the texts, amounts that add up to the raw score."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations
from random import Random

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from matchmaker.matching import explanation
from matchmaker.matching.documents import Document, Signals
from matchmaker.matching.features import full_text
from matchmaker.matching.glossary import Glossary, fold
from matchmaker.matching.index import Index
from matchmaker.matching.ranking import Blend
from matchmaker.matching.semantic import CachedEncoder, Encoder


@pytest.mark.parametrize("with_encoder", [False, True])
def test_amounts_add_up_to_the_raw_score(
    index: Index, documents: list[Document], hash_encoder: Encoder, with_encoder: bool
) -> None:
    encoder = CachedEncoder(hash_encoder) if with_encoder else None
    for left, right in permutations(documents, 2):
        raw = raw_score(index, left.id, right.id)
        reasons = index.explain(left.id, right.id, encoder=encoder)
        assert sum(reason.amount for reason in reasons) == pytest.approx(raw, abs=1e-6)
        if raw > 0:
            assert sum(reason.share for reason in reasons) == pytest.approx(1.0, abs=1e-6)


def raw_score(index: Index, left: str, right: str) -> float:
    """What the ranking sums up for two documents, before it becomes a rarity."""
    one, other = (index.contents.documents.index(index.document(name)) for name in (left, right))
    query = index._stored_query(one)
    forms = index._forms(one, other)
    return float(index._raw(query)[0][other]) + sum(fit.amount for fit in forms)


def test_amounts_add_up_to_the_rank_of_hits(index: Index, documents: list[Document]) -> None:
    for document in documents:
        for hit in index.match(document.id, top=20):
            amount = sum(r.amount for r in index.explain(document.id, hit.document_id))
            tail = index.model.calibration.tail(
                document.language, index.document(hit.document_id).language, encoded=True
            )
            assert float(tail.rarity(np.array(amount))) == pytest.approx(hit.raw, abs=2e-6)


def test_phrases_stand_in_the_texts(
    index: Index, documents: list[Document], hash_encoder: Encoder
) -> None:
    encoder = CachedEncoder(hash_encoder)
    for left, right in permutations(documents, 2):
        for reason in index.explain(left.id, right.id, encoder=encoder):
            if reason.kind in {"words", "concepts", "latent"}:
                assert bool(reason.left) == bool(reason.right) == (reason.amount > 0)
                assert reason.left in full_text(left)
                assert reason.right in full_text(right)


def test_concepts_are_named_in_both_languages(index: Index) -> None:
    reasons = index.explain("bagasse-th", "bagasse-zh-Hans")
    concept = next(reason for reason in reasons if reason.kind == "concepts")
    assert (concept.left, concept.right, concept.label) == ("ชานอ้อย", "甘蔗渣", "bagasse")


def test_shared_words_are_joined_to_phrases(index: Index) -> None:
    reasons = index.explain("battery-id", "battery-zh-Hans")
    words = [reason for reason in reasons if reason.kind == "words"]
    assert words[0].left == words[0].right == "LiFePO4"


def _runs_sought_whole(
    one: str, other: str, spans: Iterable[tuple[int, int]]
) -> list[tuple[int, int]]:
    """What `_common_runs` promises, said plainly: a run grows while all of it stands there."""
    runs: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        if runs and start <= runs[-1][1] + 1:
            first, last = runs[-1][0], max(end, runs[-1][1])
            if fold(one[first:last]) in fold(other):
                runs[-1] = (first, last)
                continue
        runs.append((start, end))
    return sorted(set(runs), key=lambda run: (run[0] - run[1], run))


@pytest.mark.parametrize("letters", ["ab", "aAb ", "İi甘 "])
def test_runs_are_as_long_as_both_texts_allow(letters: str) -> None:
    random = Random(5)
    joined = 0
    for _ in range(400):
        one, other = ("".join(random.choices(letters, k=random.randint(1, 40))) for _ in "12")
        starts = random.choices(range(len(one)), k=random.randint(0, 30))
        spans = [(start, min(len(one), start + random.randint(1, 3))) for start in starts]
        places = {column: [span] for column, span in enumerate(spans)}
        found = explanation._common_runs(one, other, places)
        assert found == _runs_sought_whole(one, other, spans)
        joined += any(end - start > 3 for start, end in found)
    assert joined > 20


def test_long_texts_are_folded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[int] = []

    def counted(text: str) -> str:
        folded.append(len(text))
        return fold(text)

    text = "".join(chr(0x4E00 + place) for place in range(2_000))
    places = {start: [(start, start + 2)] for start in range(len(text) - 1)}
    monkeypatch.setattr(explanation, "fold", counted)
    assert explanation._common_runs(text, text, places) == [(0, len(text))]
    assert sum(folded) == 2 * len(text)


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


def test_what_speaks_against_is_told(index: Index) -> None:
    need, offer = index.document("bagasse-th"), index.document("bagasse-zh-Hans")
    need = replace(need, signals=Signals(sectors=("sugar_cane",), stage="on_the_market"))
    offer = replace(offer, signals=Signals(sectors=("sugar_cane",), stage="lab_tested"))
    grown = index.add([need, offer], latent_of(index))
    reasons = grown.explain(need.id, offer.id)
    stage = next(reason for reason in reasons if reason.kind == "stage")
    assert (stage.left, stage.right) == ("on_the_market", "lab_tested")
    assert stage.amount < 0
    assert stage.share < 0
    kept = [reason for reason in reasons if reason.kind != "rest"]
    assert kept == sorted(kept, key=lambda reason: -reason.amount)


def test_texts_less_alike_than_unrelated_ones_say_so(index: Index) -> None:
    reasons = index.explain("bagasse-th", "shrimp-th")
    less = [reason for reason in reasons if reason.kind in {"words", "latent"}]
    assert {reason.kind for reason in less} == {"words", "latent"}
    assert all((r.left, r.right) == ("", "") and r.amount < 0 for r in less)


def test_words_that_count_no_more_share_what_they_may_count(
    documents: list[Document], latent: dict[str, csr_matrix], glossary: Glossary
) -> None:
    index = Index.build(documents, latent=latent, glossary=glossary, blend=Blend(most_words=0.01))
    for left, right in permutations(documents, 2):
        reasons = index.explain(left.id, right.id)
        words = sum(reason.amount for reason in reasons if reason.kind == "words")
        assert words <= 0.01
        total = sum(reason.amount for reason in reasons)
        assert total == pytest.approx(raw_score(index, left.id, right.id), abs=1e-6)


def test_texts_without_latent_terms_are_explained_by_the_weights_in_use(
    documents: list[Document], glossary: Glossary
) -> None:
    index = Index.build(documents, latent={}, glossary=glossary)
    for left, right in permutations(documents[:6], 2):
        total = sum(reason.amount for reason in index.explain(left.id, right.id))
        assert total == pytest.approx(raw_score(index, left.id, right.id), abs=1e-6)


def test_the_first_phrases_are_those_without_which_the_score_falls(
    index: Index, hash_encoder: Encoder
) -> None:
    # Texts that name the same two concepts are as alike when neither names the one.
    need = replace(index.document("bagasse-th"), title="LiFePO4", text="ชานอ้อย membrane")
    offer = replace(index.document("bagasse-zh-Hans"), title="LiFePO4", text="甘蔗渣 膜分离")
    grown = index.add([need, offer], {}).refit(Blend(words_alone=0.05))
    plain = grown.explain(need.id, offer.id)
    assert [each.kind for each in plain[:3]] == ["concepts", "concepts", "words"]
    first, *others = grown.explain(need.id, offer.id, encoder=CachedEncoder(hash_encoder))
    assert (first.kind, first.left, first.right) == ("words", "LiFePO4", "LiFePO4")
    assert [each.kind for each in others] == ["concepts", "concepts", "rest"]
    assert [each.amount for each in others[:2]] == [first.amount] * 2
    total = sum(each.amount for each in (first, *others))
    assert total == pytest.approx(raw_score(grown, need.id, offer.id), abs=1e-6)


def test_reasons_stay_where_the_score_falls_without_none(
    index: Index, hash_encoder: Encoder
) -> None:
    need = replace(index.document("bagasse-th"), title="", text="ชานอ้อย membrane")
    offer = replace(index.document("bagasse-zh-Hans"), title="", text="甘蔗渣 膜分离")
    grown = index.add([need, offer], {})
    plain = grown.explain(need.id, offer.id)
    assert {each.label for each in plain if each.amount > 0} == {"bagasse", "membrane"}
    assert grown.explain(need.id, offer.id, encoder=CachedEncoder(hash_encoder)) == plain


def latent_of(index: Index) -> dict[str, csr_matrix]:
    rows = index.contents.counts.latent
    return {document.id: rows[i] for i, document in enumerate(index.contents.documents)}


def test_candidates_are_short_and_say_something(index: Index) -> None:
    found = index.candidates("bagasse-zh-Hans").phrases
    assert "甘蔗渣" in found
    assert "的" not in found
    assert max(map(len, found)) <= 32


def test_candidates_leave_numbers_and_cut_words_out(index: Index) -> None:
    text = "ต้องการใช้ชานอ้อย 60,000 ตัน 1.25 กับแบคทีริโอเฟจ"
    document = replace(index.document("bagasse-th"), id="x", title="", text=text)
    found = index.add([document], {}).candidates("x").phrases
    assert "ชานอ้อย" in found
    assert not any(character.isdigit() for phrase in found for character in phrase)
    assert any(phrase.endswith("โอเฟจ") for phrase in found)
