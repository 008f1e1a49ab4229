"""Which passwords are too easy to guess."""

import pytest

from matchmaker.domain.passwords import is_guessable

OWN = ("Li Xiaoming", "li.xiaoming@guangxi-boards.example.cn")


@pytest.mark.parametrize(
    "password",
    [
        "password", "Password1!", "P@ssw0rd2026", "12345678", "87654321", "1234567890", "19900101",
        "qwertyuiop", "QWERTY123", "1qaz2wsx", "q1w2e3r4", "asdfghjkl", "abcdefgh", "aaaaaaaaaa",
        "abcabcabc", "passwordpassword", "iloveyou1314", "woaini1314", "Welcome2026", "admin888",
        "matchmaker", "Technology-Matchmaker", "xiaoming88", "li.xiaoming", "lixiaoming2026",
        "13800138000", "１２３４５６７８", "letmein!!", "anhyeuem123", "guangxi-boards",
    ],
)  # fmt: skip
def test_guessed_first(password: str) -> None:
    assert is_guessable(password, OWN)


@pytest.mark.parametrize(
    "password",
    [
        "nine blue kettles", "correct horse battery", "kX7#pq9v", "甘蔗渣板材压制机器",
        "ชานอ้อยอัดแผ่น",
        "password of my uncle's boat", "13800138000 is the old number", "x" * 64 + "yzw!" * 16,
        "tH3 sugar mill at dawn", "xiaoming likes bagasse boards",
    ],
)  # fmt: skip
def test_good_enough(password: str) -> None:
    assert not is_guessable(password, OWN)


def test_nothing_is_no_error() -> None:
    assert is_guessable("")
    assert is_guessable("!!!???..", ["", "@", "."])
