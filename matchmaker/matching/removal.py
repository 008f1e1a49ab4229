"""Texts without a phrase: what reasons are tried by."""

from __future__ import annotations

import re
from dataclasses import replace

from scipy.sparse import csr_matrix

from matchmaker.matching import features
from matchmaker.matching.analysis.terms import tokens
from matchmaker.matching.documents import Document, Reason
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.semantic import Encoder, document_row, empty_rows


def without_reason(document: Document, reason: Reason, phrase: str, glossary: Glossary) -> Document:
    """The document without a reason's phrase wherever it stands: a word in any of its forms, a
    concept by any of its names."""
    names = {phrase}
    text = features.full_text(document)
    if reason.kind == "concepts":
        found = glossary.find(text, document.language)
        names |= {text[start:end] for start, end, concept in found if concept == reason.label}
    elif reason.kind == "words":
        terms = {token.term for token in tokens(phrase, document.language)}
        if len(terms) == 1:
            held = tokens(text, document.language)
            names |= {text[token.start : token.end] for token in held if token.term in terms}
    for name in sorted(names, key=lambda each: (-len(each), each)):
        document = without_phrase(document, name)
    return document


def without_phrase(document: Document, phrase: str) -> Document:
    """The document without a phrase wherever it stands, in whatever case."""
    pattern = re.compile(re.escape(phrase), re.IGNORECASE)
    return replace(
        document, title=pattern.sub(" ", document.title), text=pattern.sub(" ", document.text)
    )


def encoded(document: Document, encoder: Encoder) -> csr_matrix:
    """The document's row of latent terms, encoded now."""
    texts = features.encoding_texts(document)
    return document_row(*(encoder.encode([text]) if text else empty_rows(1) for text in texts))
