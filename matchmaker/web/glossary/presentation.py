"""A concept and its labels as pages show them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from matchmaker.domain.glossary import LABEL_LANGUAGES
from matchmaker.domain.languages import BRIDGE
from matchmaker.domain.vocabulary import LabelStatus
from matchmaker.models import GlossaryConcept, GlossaryLabel
from matchmaker.queries.term_evidence import Sentence


@dataclass(frozen=True, slots=True)
class Name:
    """What a concept is called, and in which language; its code where it has no name."""

    text: str
    language: str | None
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The labels of one language, the preferred one first."""

    language: str
    labels: list[GlossaryLabel]


def name_of(concept: GlossaryConcept, language: str) -> Name | None:
    """Return a concept's best name in exactly this language: preferred before others, confirmed
    before unconfirmed."""
    labels = [label for label in concept.labels if label.language == language]
    if not labels:
        return None
    best = max(labels, key=lambda each: (_confirmed(each), each.preferred, -each.id))
    return Name(best.text, language, _confirmed(best))


def reader_name(concept: GlossaryConcept, locale: str) -> Name:
    """Return a concept's name for a reader: own language, else English, else its code."""
    own = name_of(concept, locale) or name_of(concept, BRIDGE)
    return own or Name(concept.code, None, confirmed=False)


def groups(concept: GlossaryConcept, locale: str) -> list[Group]:
    """Return the labels by language: the reader's first, then English, then the rest."""
    order = dict.fromkeys((locale, BRIDGE, *LABEL_LANGUAGES))
    found = []
    for language in order:
        labels = [label for label in concept.labels if label.language == language]
        labels.sort(key=lambda each: (not each.preferred, not _confirmed(each), each.id))
        if labels:
            found.append(Group(language, labels))
    return found


def missing(concept: GlossaryConcept) -> list[str]:
    """Return the languages in which a concept has no label."""
    held = {label.language for label in concept.labels}
    return [language for language in LABEL_LANGUAGES if language not in held]


def waiting(labels: Iterable[GlossaryLabel]) -> int:
    """Return how many labels wait for a second person."""
    return sum(not _confirmed(label) for label in labels)


def marked(sentence: Sentence, term: str) -> Markup:
    """Return a sentence, escaped, with its term in <mark>."""
    parts = re.split(f"({re.escape(term)})", sentence.text, flags=re.IGNORECASE)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


def _confirmed(label: GlossaryLabel) -> bool:
    return label.status is LabelStatus.CONFIRMED
