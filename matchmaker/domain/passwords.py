"""Passwords that are guessed first, told without asking anybody: no list leaves this site."""

import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

MIN_LENGTH: Final = 8
_LEAST_WORD: Final = 3
_LONGEST_NUMBER: Final = 12
"""Digits alone: birthdays, telephone and identity numbers."""
_FEW: Final = 3
"""So many different characters make no password, however long it is."""
_SITE_WORDS: Final = ("technology", "matchmaker", "technologymatchmaker", "transfer", "asean")
_COMMON_WORDS: Final = """
password passwort passwd passcode pass pwd secret mysecret access accesscode admin
administrator root user username guest test testing tester demo example sample default
changeme changeit change temp temporary login logon signin welcome letmein enter hello
helloworld iloveyou ilove loveyou love lovely princess sunshine monkey dragon football
baseball basketball soccer hockey superman batman spiderman pokemon starwars master
shadow michael jordan jennifer charlie daniel jessica ashley thomas robert jackson harley
hunter ranger buster killer trustno trustnoone whatever freedom computer internet server
system oracle microsoft windows google facebook youtube wechat weixin whatsapp iphone
samsung huawei xiaomi alibaba taobao baidu qq mustang mercedes ferrari chocolate cheese
banana orange flower summer winter spring autumn january february march april june july
august september october november december monday tuesday wednesday thursday friday
saturday sunday lucky blessed jesus christ angel family mother father mama papa money
business company office china beijing shanghai guangxi nanning thailand bangkok vietnam
hanoi saigon malaysia singapore indonesia jakarta cambodia philippines manila myanmar laos
brunei woaini woaini1314 aini mima wodemima nihao zhongguo matkhau anhyeuem yeuem emyeuanh
khongbiet katasandi rahasia sayang sayangku bismillah indonesiaku katalaluan sayanglah
mahalkita mahalko kitakita lhinlove sawasdee sabaidee qazwsx qweasd qweasdzxc asdqwe zaqxsw
abc abcd abcde xyz aaa
"""
_COMMON: Final = frozenset(_COMMON_WORDS.split())
_RUNS: Final = (
    "01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn", "asdfghjkl", "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p", "147258369",
    "qazwsxedcrfvtgbyhnujm", "1234qwerasdfzxcv", "123qweasdzxc", "abc123456789", "a1b2c3d4e5f6g7",
)  # fmt: skip
_DISGUISES: Final = str.maketrans("0134578@$!", "oieastbasi")


def is_guessable(password: str, own_words: Iterable[str] = ()) -> bool:
    """Tell whether a password is among those that are tried first.

    `own_words` are what others know of the person: name, e-mail address.
    """
    plain = unicodedata.normalize("NFKC", password).casefold()
    known = _COMMON | {word for text in (*_SITE_WORDS, *own_words) for word in _words(text)}
    undisguised = plain.rstrip("0123456789!.?#*").translate(_DISGUISES)
    return len(set(plain)) <= _FEW or any(
        _is_known(_bare(form), known) for form in (plain, undisguised)
    )


def _is_known(bare: str, known: Iterable[str]) -> bool:
    bare = _unit(bare)
    core = bare.strip("0123456789")
    numbers_only = not core and len(bare) <= _LONGEST_NUMBER
    return numbers_only or bare in known or core in known or _is_run(bare) or _is_run(core)


def _unit(text: str) -> str:
    """Return what a text repeats: `abc` of `abcabcabc`; the text itself where nothing is."""
    if not text:
        return text
    length = (text + text).find(text, 1)
    return text[:length]


def _is_run(text: str) -> bool:
    """Tell whether neighbouring keys or letters were typed in a row."""
    if len(text) < _LEAST_WORD:
        return False
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1}) or any(text in run or text[::-1] in run for run in _RUNS)


def _words(text: str) -> set[str]:
    """Return the words of a name or an address, and all of it in one."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    parts = "".join(char if char.isalnum() else " " for char in plain).split()
    names = "".join(" " if char in "@." else char for char in plain).split()
    whole = {_bare(form) for form in (plain, plain.partition("@")[0], *names)}
    found = {word.strip("0123456789") for word in (*parts, *whole)}
    return {word for word in found if len(word) >= _LEAST_WORD}


def _bare(text: str) -> str:
    return "".join(char for char in text if char.isalnum())
