"""What people write to each other, as HTML: paragraphs and links, nothing else."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

_LINK: Final = re.compile(r"https?://[^\s<>\"'，。；、）」』“”]+", re.IGNORECASE)
_AFTER: Final = ".,;:!?)]}"
"""Signs at the end of an address belong to the sentence."""


def plain_text(text: str) -> Markup:
    """Return escaped paragraphs; lines stay lines, and web addresses become links.

    A link tells nobody where it was followed from, and its whole address is its text, so that
    nothing is hidden behind it.
    """
    paragraphs = [part for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(map(_linked, part.strip().split("\n"))))
        for part in paragraphs
    )


def _linked(line: str) -> Markup:
    found = Markup("")
    end = 0
    for match in _LINK.finditer(line):
        address = match.group().rstrip(_AFTER)
        found += escape(line[end : match.start()])
        found += Markup('<a href="{0}" rel="nofollow noopener noreferrer">{0}</a>').format(address)
        end = match.start() + len(address)
    return found + escape(line[end:])
