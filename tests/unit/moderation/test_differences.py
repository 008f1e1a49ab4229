"""Marked differences and glosses are safe, whole and in the right place."""

import pytest
from markupsafe import Markup

from matchmaker.matching.glossary import Concept, Glossary, Label
from matchmaker.web.glossing import gloss, terms
from matchmaker.web.moderation.differences import marked, marked_values, pieces

TEXTS = [
    ("en", "Boards, made of <b>bagasse</b> & glue (5 kg)."),
    ("th", "แผ่นไม้อัดจากชานอ้อยที่ไม่มีสารฟอร์มาลดีไฮด์"),
    ("my", "မြန်မာနိုင်ငံ၏ ကြံဖတ် ပျဉ်ပြား"),
    ("km", "បន្ទះ\u200bក្ដារ\u200bពី\u200bកាក\u200bអំពៅ"),
    ("zh-Hans", "蔗渣板材，不含甲醛。"),
    ("vi", "Ván ép từ bã mía"),
    ("ta", "கரும்புச் சக்கை பலகைகள்"),
    ("en", ""),
]


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_the_pieces_give_the_text(language: str, text: str) -> None:
    assert "".join(pieces(text, language)) == text


def test_words_are_marked() -> None:
    found = marked("Boards of bagasse", "Panels of bagasse & more", "en")
    assert found == Markup("<del>Boards</del><ins>Panels</ins> of bagasse<ins> &amp; more</ins>")


def test_no_letter_is_torn_from_its_signs() -> None:
    found = marked("แผ่นไม้จากชานอ้อย", "แผ่นไม้จากไม้ไผ่", "th")
    assert "<del>ชาน" in found
    assert "<ins>ไม้ไผ่</ins>" in found


def test_markup_in_the_text_stays_text() -> None:
    assert "<script>" not in marked("", "<script>x</script>", "en")
    assert "<i>" not in marked_values(["<i>"], ["<i>", "b"])


def test_values_that_came_and_went_are_marked() -> None:
    assert marked_values(["a", "b"], ["b", "c"]) == Markup("<del>a</del>, b, <ins>c</ins>")


GLOSSARY = Glossary(
    [Concept("bagasse"), Concept("glue")],
    [
        Label("bagasse", "zh-Hans", "蔗渣"),
        Label("bagasse", "en", "<bagasse>"),
        Label("glue", "zh-Hans", "胶", confirmed=False),
        Label("glue", "en", "glue", confirmed=False),
    ],
)


def test_terms_are_glossed_and_escaped() -> None:
    found = gloss("用<b>蔗渣", "zh-Hans", "en", glossary=GLOSSARY)
    assert found == Markup(
        '用&lt;b&gt;<ruby>蔗渣<rp> (</rp><rt lang="en">&lt;bagasse&gt;</rt><rp>) </rp></ruby>'
    )


def test_each_term_is_listed_once() -> None:
    found = terms(["蔗渣和蔗渣", "蔗渣"], "zh-Hans", "en", glossary=GLOSSARY)
    assert [(term.term, term.meaning) for term in found] == [("蔗渣", "<bagasse>")]
    assert terms(["x"], "zh-Hans", "en", glossary=Glossary()) == []
