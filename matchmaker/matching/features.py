"""From a document to counts of words and concepts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from matchmaker.matching.analysis.normalisation import normalise
from matchmaker.matching.analysis.terms import aligned_terms
from matchmaker.matching.documents import Document
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.semantic import text_for_encoding, text_hash


@dataclass(frozen=True, slots=True)
class Features:
    """How often each term and each concept stands in a document."""

    words: Counter[str]
    concepts: Counter[str]


def full_text(document: Document) -> str:
    """Title and text in one, the title once where the text repeats it."""
    return join(document.title, document.text)


def join(title: str, text: str) -> str:
    """Title and text with a line between them."""
    title = title.strip()
    if not title or text.lstrip().startswith(title):
        return text
    return f"{title}\n{text}" if text else title


def extract(text: str, language: str, glossary: Glossary) -> Features:
    """Count the terms and concepts of a text."""
    normal = normalise(text, language)
    return Features(
        words=Counter(term for term, *_ in aligned_terms(normal, language)),
        concepts=concepts(text, language, glossary),
    )


def concepts(text: str, language: str, glossary: Glossary) -> Counter[str]:
    """Count the concepts of a text."""
    return Counter(concept for _, _, concept in glossary.find(text, language))


def encoding_text(document: Document) -> str:
    """The text of a document that the encoder is given."""
    return text_for_encoding(document.title, document.text, document.language)


def encoding_texts(document: Document) -> tuple[str, ...]:
    """All that the encoder is given of a document: the whole and, where that is more, the title."""
    whole = encoding_text(document)
    title = text_for_encoding(document.title, "", document.language)
    return (whole, title) if title and title != whole else (whole,)


def document_hash(document: Document) -> str:
    """What a sweep compares with the database: changes with whatever the index has read."""
    return text_hash(repr(document))
