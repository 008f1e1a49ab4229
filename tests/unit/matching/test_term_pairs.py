"""Pairs of terms proposed from real listings, their translations and fitting texts."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from matchmaker.matching.files import read_glossary
from matchmaker.matching.glossary import Concept, Glossary, Label
from matchmaker.matching.semantic import CachedEncoder, Encoder, default_encoder
from matchmaker.matching.term_pairs import TermFinder, TermPair, TextPair
from matchmaker.matching.term_phrases import find_phrases

SEEDS = Path(__file__).parents[3] / "seeds"


@cache
def seeds() -> Glossary:
    return read_glossary(SEEDS / "glossary")


@cache
def encoder() -> Encoder:
    found = default_encoder()
    if found is None:
        pytest.skip("needs the encoder")
    return CachedEncoder(found)


def texts(
    left_language: str, left: str, right_language: str, right: str, *, parallel: bool = True
) -> TextPair:
    return TextPair(left_language, (left,), right_language, (right,), parallel)


def terms(found: list[TermPair]) -> set[tuple[str, str]]:
    return {(pair.left.lower(), pair.right.lower()) for pair in found}


# A label that nobody has confirmed stands in the other text

LABELS = [
    (
        "my", "သံဖြူနှင့် အဖြိုက်နက်မိုင်းများမှ အက်ဆစ်ရေအတွက် ထုံးကျောက်ခင်း စီးဆင်းမြောင်း",
        "en", "Passive limestone drains for acid water of tin and tungsten mines",
        "သံဖြူ", "tin",
    ),
    (
        "km", "ថង់ដំបូលបិទជិតខ្យល់ សម្រាប់ស្តុកស្រូវ និងពោតស្ងួត ដោយមិនប្រើថ្នាំសម្លាប់សត្វល្អិត",
        "en", "Hermetic cocoons for storing dry paddy and maize without insecticide",
        "ស្រូវ", "paddy",
    ),
    (
        "lo", "ໂຮງງານຂອງພວກເຮົາຜະລິດແປ້ງມັນຕົ້ນມື້ລະ 150 ໂຕນ.",
        "en", "We make 150 t of cassava starch a day.",
        "ແປ້ງມັນຕົ້ນ", "starch",
    ),
    (
        "zh-Hans", "氨氮和可溶锰浸出达到一般工业固废Ⅰ类要求",
        "en", "leaching meets class I of general industrial solid waste",
        "固废", "solid waste",
    ),
    ("th", "ตรวจสอบดินก่อนปลูก", "vi", "kiểm tra đất trước khi trồng", "ดิน", "đất"),
    ("pt", "culturas de muda de planta", "id", "bibit rumput laut", "muda de planta", "bibit"),
]  # fmt: skip


@pytest.mark.parametrize("example", LABELS)
def test_a_concept_names_itself_by_an_unconfirmed_label_in_the_other_text(
    example: tuple[str, ...],
) -> None:
    one, left, other, right, term, twin = example
    pair = texts(one, left, other, right, parallel=False)
    concept = next(
        c for c in seeds().concepts
        if {(one, term), (other, twin)}
        <= {(x.language, x.text.lower()) for x in seeds().labels if x.concept == c}
    )  # fmt: skip
    glossary = Glossary(
        [Concept(concept)],
        [Label(concept, one, term), Label(concept, other, twin, confirmed=False)],
    )
    found = TermFinder(glossary, None).find(pair)
    assert terms(found) == {(term, twin)}
    assert found[0].ground == "label"
    assert found[0].concept == concept
    turned = TermFinder(glossary, None).find(pair.turned())
    assert terms(turned) == {(twin, term)}


def test_what_the_glossary_agrees_on_is_not_proposed() -> None:
    glossary = Glossary([Concept("soil")], [Label("soil", "th", "ดิน"), Label("soil", "vi", "đất")])
    pair = texts("th", "ตรวจสอบดินก่อนปลูก", "vi", "kiểm tra đất trước khi trồng")
    assert TermFinder(glossary, None).find(pair) == []


def test_another_confirmed_name_in_the_text_makes_the_unconfirmed_one_needless() -> None:
    glossary = Glossary(
        [Concept("rice")],
        [
            Label("rice", "km", "ស្រូវ"),
            Label("rice", "en", "rice"),
            Label("rice", "en", "paddy", confirmed=False),
        ],
    )
    found = TermFinder(glossary, None).find(texts("km", "ស្តុកស្រូវ", "en", "storing paddy rice"))
    assert found == []


def test_texts_in_one_language_propose_nothing() -> None:
    pair = texts("en", "starch of cassava", "en", "cassava starch")
    assert TermFinder(seeds(), None).find(pair) == []


# A concept that has no name in the other language

CONCEPTS = [
    ("M03a", "aluminium", ("aluminium", "aluminium")),
    ("M20a", "enzyme", ("enzyme", "enzymes")),
    ("N04", "antibiotic", ("kháng sinh", "antibiotic")),
]


@pytest.mark.parametrize(("key", "concept", "expected"), CONCEPTS)
def test_a_nameless_concept_finds_the_phrase_closest_to_its_names(
    key: str, concept: str, expected: tuple[str, str]
) -> None:
    texts = listing(key)
    labels = [label for label in seeds().labels if label.language != texts.right_language]
    nameless = Glossary(seeds().concepts.values(), labels)
    found = TermFinder(nameless, encoder()).find(texts)
    assert expected in terms([pair for pair in found if pair.concept == concept])
    assert TermFinder(nameless, None).find(texts) == []


# Phrases of a translation

PHRASES = [
    ("M03a", ("trehalosa", "trehalose")),
    ("M20a", ("dekortikator", "decorticator")),
    ("N13", ("压滤机", "filter press")),
    ("O24", ("சோடியம்", "sodium")),
]


def listing(key: str) -> TextPair:
    """A listing of the demonstration and its translation."""
    for path in sorted((SEEDS / "listings").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["key"] == key:
                other = row["translations"][0]
                fields = ("title", "summary", "description")
                left, right = (tuple(each[field] for field in fields) for each in (row, other))
                return TextPair(row["language"], left, other["language"], right, parallel=True)
    raise KeyError(key)


@pytest.mark.parametrize(("key", "expected"), PHRASES)
def test_a_translation_gives_pairs_of_phrases(key: str, expected: tuple[str, str]) -> None:
    found = TermFinder(seeds(), encoder()).find(listing(key))
    assert expected in terms([pair for pair in found if pair.ground == "phrases"])
    assert len({pair.left for pair in found}) == len({pair.right for pair in found}) == len(found)
    assert all(0 < pair.score <= 1 for pair in found)


def test_fitting_texts_give_no_pairs_of_phrases_for_they_say_different_things() -> None:
    fitting = replace(listing("M03a"), parallel=False)
    found = TermFinder(seeds(), encoder()).find(fitting)
    assert not [pair for pair in found if pair.ground == "phrases"]


def test_a_small_glossary_does_not_know_what_is_technical() -> None:
    assert TermFinder(Glossary(), encoder()).find(listing("M03a")) == []


# Candidates


def test_shared_tokens_numbers_units_and_everyday_words_are_no_terms() -> None:
    found = find_phrases(["LiFePO4 cells of 50 kg last three weeks at the second factory."], "en")
    keys = {phrase.key for phrase in found}
    assert "cells" in keys
    assert not {"lifepo4", "kg", "three weeks", "factory", "second factory"} & keys


def test_what_stands_in_both_texts_is_no_term_of_either() -> None:
    found = find_phrases(["Lactobacillus plantarum ကို မြှုပ်သည်"], "my", unlike="Lactobacillus")
    assert all("lactobacillus" not in phrase.key for phrase in found)


def test_portuguese_terms_hold_their_prepositions() -> None:
    keys = {phrase.key for phrase in find_phrases(["Bagaço de cana para compósitos."], "pt")}
    assert "bagaço de cana" in keys
    assert "bagaço de" not in keys


def test_malay_verbs_are_no_terms() -> None:
    keys = {phrase.key for phrase in find_phrases(["Kami menambah maltodekstrin"], "ms")}
    assert keys == {"maltodekstrin"}


def test_places_are_parts_of_their_passage() -> None:
    found = find_phrases(["starch", "a cassava starch"], "en")
    starch = next(phrase for phrase in found if phrase.key == "starch")
    assert [passage for passage, _ in starch.places] == [0, 1]
    assert starch.places[0][1] == pytest.approx(0.5)
    assert starch.places[1][1] > 0.5
