"""Random references of listings, organisations and matches, such as `D-7K3F-9QXM`.

A letter, seven Crockford base-32 characters and a check character: readable by phone, never
reused. The check character is the weighted sum of the seven values modulo 31, a prime, so that one
wrong character or two swapped neighbours are always noticed. The seven characters come from the
first 31 symbols for the same reason (ISO/IEC 7064 asks for a prime modulus above the alphabet).
"""

import secrets
from enum import StrEnum
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXY"
_LOOKALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_LENGTH: Final = 7


class Prefix(StrEnum):
    """The letter in front says what a reference names."""

    OFFER = "S"
    DEMAND = "D"
    SCENARIO = "A"
    ORGANISATION = "G"
    MATCH = "M"
    TASK = "T"
    MEETING = "E"
    SERVICE = "V"
    SEARCH = "Q"


def _check(body: str) -> str:
    total = sum((position + 2) * ALPHABET.index(char) for position, char in enumerate(body))
    return ALPHABET[total % len(ALPHABET)]


def new_reference(prefix: Prefix) -> str:
    """Return a new random reference."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))
    return _format(prefix.value, body + _check(body))


def _format(letter: str, body: str) -> str:
    return f"{letter}-{body[:4]}-{body[4:]}"


def parse_reference(text: str) -> str | None:
    """Return the canonical form of a reference as somebody typed it, or None if it is not one.

    Case, spaces and hyphens do not matter; O is read as 0, I and L as 1 (Crockford).
    """
    bare = "".join(char for char in text.upper() if char.isalnum())
    if len(bare) != _LENGTH + 2 or bare[0] not in set(Prefix):
        return None
    body = bare[1:].translate(_LOOKALIKES)
    if any(char not in ALPHABET for char in body) or _check(body[:-1]) != body[-1]:
        return None
    return _format(bare[0], body)
