"""Terms of the glossary in a text that somebody does not read, named in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from matchmaker.extensions import db
from matchmaker.matching.glossary import Glossary
from matchmaker.queries import glossary as queries


@dataclass(frozen=True, slots=True)
class Term:
    """A term as the text has it, and what it means in the reader's language."""

    term: str
    meaning: str
    concept: str
    """The concept's code."""


def site_glossary() -> Glossary:
    """Return the site's glossary as it is now."""
    return queries.glossary(db.session)


def gloss(
    text: str,
    language: str,
    reader: str,
    *,
    glossary: Glossary | None = None,
    show: Callable[[str], Markup] = escape,
) -> Markup:
    """Return the text with the meaning of each recognised term above it, as <ruby>; `show` makes
    the parts between the terms, and the terms, safe for the page."""
    glossary = glossary or site_glossary()
    parts: list[Markup] = []
    place = 0
    for start, end, concept in glossary.find(text, language, unconfirmed=True):
        meaning = glossary.label(concept, reader)
        if meaning is None or start < place:
            continue
        parts.append(show(text[place:start]))
        parts.append(
            Markup('<ruby>{}<rp> (</rp><rt lang="{}">{}</rt><rp>) </rp></ruby>').format(
                show(text[start:end]), reader, meaning
            )
        )
        place = end
    parts.append(show(text[place:]))
    return Markup("").join(parts)


def terms(
    texts: Iterable[str], language: str, reader: str, *, glossary: Glossary | None = None
) -> list[Term]:
    """Return the recognised terms of several texts, each once, in the order of their appearance."""
    glossary = glossary or site_glossary()
    found: dict[str, Term] = {}
    for text in texts:
        for start, end, concept in glossary.find(text, language, unconfirmed=True):
            meaning = glossary.label(concept, reader)
            if meaning is not None:
                found.setdefault(concept, Term(text[start:end], meaning, concept))
    return list(found.values())
