"""A checked file that a report carries in its form, so that one button takes it in."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Final

MOST_PACKED: Final = 1_500_000
"""Characters of a packed file that a report may carry, below the site's limit of a form."""


def packed(content: bytes) -> str:
    """Return a file as a form carries it."""
    return base64.b64encode(zlib.compress(content, 9)).decode()


def unpacked(text: str, largest: int) -> bytes | None:
    """Return the file that a form carried; None where it is empty, broken or larger than
    `largest` bytes."""
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(base64.b64decode(text, validate=True), largest)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return content if content and reader.eof else None
