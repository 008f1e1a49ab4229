"""Marking phrases in texts that people wrote."""

import pytest

from matchmaker.web.matches.highlight import Phrase, highlight


@pytest.mark.parametrize(
    ("text", "phrases", "expected"),
    [
        ("Cane bagasse", ["bagasse"], "Cane <mark>bagasse</mark>"),
        ("BAGASSE!", ["bagasse"], "<mark>BAGASSE</mark>!"),
        ("用甘蔗渣制板", ["甘蔗渣"], "用<mark>甘蔗渣</mark>制板"),
        ("板", ["板"], "<mark>板</mark>"),
        ("a cane bagasse b", ["cane bag", "bagasse"], "a <mark>cane bagasse</mark> b"),
        ("steel and tee", ["tee"], "steel and <mark>tee</mark>"),
        ("a < b & c", ["< b"], "a <mark>&lt; b</mark> &amp; c"),
        ("<script>", ["script"], "&lt;<mark>script</mark>&gt;"),
        ("nothing", ["", "  ", "x"], "nothing"),
        ("İstanbul steel", ["steel"], "İstanbul <mark>steel</mark>"),
        ("", ["steel"], ""),
    ],
)
def test_highlight(text: str, phrases: list[str], expected: str) -> None:
    assert highlight(text, map(Phrase, phrases)) == expected


def test_numbers_of_reasons_stand_with_their_phrases() -> None:
    phrases = [Phrase("甘蔗渣", 1), Phrase("渣浆", 2), Phrase("板", 3)]
    assert highlight("甘蔗渣浆板", phrases) == (
        '<mark data-reasons="1 2">甘蔗渣浆</mark><mark data-reasons="3">板</mark>'
    )
