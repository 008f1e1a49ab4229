"""Concepts found in twelve languages by longest match; bad files refused with their row."""

from __future__ import annotations

from pathlib import Path

import pytest

from matchmaker.config import PROJECT_FOLDER
from matchmaker.matching.glossary import Concept, Glossary, GlossaryError, Label

LABELS = [
    Label("bagasse", "en", "bagasse"),
    Label("bagasse", "en", "sugarcane residue", preferred=False),
    Label("bagasse", "zh-Hans", "甘蔗渣"),
    Label("bagasse", "th", "ชานอ้อย"),
    Label("bagasse", "lo", "ຊານອ້ອຍ", confirmed=False),
    Label("cane", "zh-Hans", "甘蔗"),
    Label("cane", "th", "อ้อย"),
    Label("cane", "en", "cane"),
    Label("ash", "en", "ash"),
]


@pytest.fixture
def small() -> Glossary:
    return Glossary([Concept("bagasse", broader="cane"), Concept("cane"), Concept("ash")], LABELS)


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("甘蔗渣和甘蔗", "zh-Hans", [("甘蔗渣", "bagasse"), ("甘蔗", "cane")]),
        ("甘蔗渣製備", "zh-Hant", [("甘蔗渣", "bagasse")]),
        ("ถ่านจากชานอ้อย", "th", [("ชานอ้อย", "bagasse")]),
        ("Bagasses, wash and ash.", "en", [("Bagasses", "bagasse"), ("ash", "ash")]),
        ("Pabrika ng Sugarcane Residue", "fil", [("Sugarcane Residue", "bagasse")]),
        ("ຊານອ້ອຍ", "lo", []),
    ],
)
def test_find(small: Glossary, text: str, language: str, found: list[tuple[str, str]]) -> None:
    spans = small.find(text, language)
    assert [(text[start:end], concept) for start, end, concept in spans] == found


def test_unconfirmed_labels_only_gloss(small: Glossary) -> None:
    assert small.find("ຊານອ້ອຍ", "lo", unconfirmed=True) == [(0, 7, "bagasse")]


def test_label_for_a_reader(small: Glossary) -> None:
    assert small.label("bagasse", "en") == "bagasse"
    assert small.label("bagasse", "lo") == "ຊານອ້ອຍ"
    assert small.label("bagasse", "pt") == "bagasse"
    assert small.label("unknown", "en") is None


def _write(folder: Path, concepts: str, labels: str) -> Path:
    (folder / "concepts.csv").write_text(concepts, encoding="utf-8")
    (folder / "labels.csv").write_text(labels, encoding="utf-8")
    return folder


CONCEPTS = "id,sectors,definition_en,broader\nbagasse,sugar_cane;other,Fibre left,\n"
HEAD = "concept,language,label,preferred,status\n"


def test_load(tmp_path: Path) -> None:
    rows = "bagasse,en,bagasse,1,confirmed\nbagasse,lo,ຊານອ້ອຍ,1,unconfirmed\n"
    loaded = Glossary.load(_write(tmp_path, CONCEPTS, HEAD + rows))
    assert loaded.concepts["bagasse"].sectors == ("sugar_cane", "other")
    assert loaded.find("bagasse", "en")
    assert not loaded.find("ຊານອ້ອຍ", "lo")
    assert loaded.version != Glossary().version


def test_load_without_files(tmp_path: Path) -> None:
    assert Glossary.load(tmp_path).concepts == {}


@pytest.mark.parametrize(
    ("row", "message"),
    [("nothing,en,x,1,confirmed\n", "row 2"), ("bagasse,en,,1,confirmed\n", "row 2")],
)
def test_bad_rows_are_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(GlossaryError, match=message):
        Glossary.load(_write(tmp_path, CONCEPTS, HEAD + row))


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("ดินเค็มในภาคอีสาน", "th", {"soil"}),
        ("เดินทางไปทำงาน", "th", set()),
        ("ชานอ้อยจากโรงงานน้ำตาล", "th", {"bagasse", "sugar_mill"}),
        ("甘蔗渣制浆", "zh-Hans", {"bagasse"}),
        ("bã mía để làm bột giấy", "vi", {"bagasse"}),
        ("Tin tức và rau sạch", "vi", {"vegetable"}),
        ("Ais kisar untuk ikan", "ms", set()),
        ("Kecerdasan buatan (AI) di pabrik", "id", {"artificial_intelligence"}),
    ],
)
def test_the_seeds_name_concepts_where_words_really_stand(
    text: str, language: str, found: set[str]
) -> None:
    glossary = Glossary.load(PROJECT_FOLDER / "seeds" / "glossary")
    assert {concept for _, _, concept in glossary.find(text, language)} >= found
    if not found:
        assert glossary.find(text, language) == []
