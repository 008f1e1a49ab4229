"""What a glossary's file gives: concepts, labels, and a report of every row that was refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.glossary import (
    MAX_DEFINITION,
    clean_text,
    is_code,
    label_language,
)
from matchmaker.matching.glossary import Concept, Glossary, Label, checked_label


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: the file's or entry's name, and its row or line if it has one."""

    name: str
    row: int | None = None

    def __str__(self) -> str:
        return self.name if self.row is None else f"{self.name}, row {self.row}"


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that was left out, and why; the sentence is made for its reader."""

    place: Place
    code: ErrorCode
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read. `places` says where each concept stands, by its id."""

    concepts: tuple[Concept, ...]
    labels: tuple[Label, ...]
    refused: tuple[Refused, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)

    def glossary(self) -> Glossary:
        """The concepts and labels, ready to find."""
        return Glossary(self.concepts, self.labels)


class Collector:
    """Takes entries one by one, checks each, and keeps what is right.

    `known` are concepts that the site has already: labels may belong to them, and new concepts
    stand below them.
    """

    def __init__(self, known: Collection[str] = ()) -> None:
        self._known = frozenset(known)
        self._concepts: dict[str, Concept] = {}
        self._places: dict[str, Place] = {}
        self._labels: dict[tuple[str, str, str], Label] = {}
        self._preferred: set[tuple[str, str]] = set()
        self._refused: list[Refused] = []

    def refuse(self, place: Place, code: ErrorCode, **data: object) -> None:
        """Put an entry into the report."""
        self._refused.append(Refused(place, code, data))

    def concept(
        self,
        place: Place,
        code: str,
        *,
        sectors: Iterable[str] = (),
        definition: str = "",
        broader: str | None = None,
    ) -> bool:
        """Take a concept; False where it is refused."""
        definition = clean_text(definition)
        if not is_code(code):
            self.refuse(place, ErrorCode.GLOSSARY_CODE_INVALID, value=code)
        elif code in self._concepts:
            self.refuse(place, ErrorCode.GLOSSARY_CODE_TAKEN, value=code)
        elif len(definition) > MAX_DEFINITION:
            self.refuse(
                place, ErrorCode.TEXT_TOO_LONG, limit=MAX_DEFINITION, length=len(definition)
            )
        else:
            codes = tuple(dict.fromkeys(part for each in sectors if (part := each.strip())))
            self._concepts[code] = Concept(code, codes, definition, broader or None)
            self._places[code] = place
            return True
        return False

    def implied(self, place: Place, code: str) -> None:
        """Take a concept that only its labels name, unless it is known."""
        if code not in self._concepts and code not in self._known and is_code(code):
            self.concept(place, code)

    def label(
        self,
        place: Place,
        concept: str,
        *,
        language: str,
        text: str,
        preferred: bool,
        confirmed: bool,
    ) -> None:
        """Take a label. A second preferred one of a language becomes another label."""
        if concept not in self._concepts and concept not in self._known:
            self.refuse(place, ErrorCode.GLOSSARY_CONCEPT_UNKNOWN, value=concept)
            return
        code = label_language(language)
        if code is None:
            self.refuse(place, ErrorCode.GLOSSARY_LANGUAGE_UNKNOWN, value=language)
            return
        try:
            clean = checked_label(text)
        except DomainError as error:
            self.refuse(place, error.code, **error.data)
            return
        if (concept, code, clean) in self._labels:
            self.refuse(place, ErrorCode.GLOSSARY_LABEL_EXISTS, language=code, value=clean)
            return
        first = preferred and (concept, code) not in self._preferred
        if first:
            self._preferred.add((concept, code))
        self._labels[concept, code, clean] = Label(concept, code, clean, first, confirmed)

    def finish(self) -> Reading:
        """Return what was taken, after looking at how the concepts stand below each other."""
        for code, concept in self._concepts.items():
            broader = concept.broader
            if broader is None:
                continue
            if broader not in self._concepts and broader not in self._known:
                error = ErrorCode.GLOSSARY_CONCEPT_UNKNOWN
            elif self._stands_below(broader, code):
                error = ErrorCode.GLOSSARY_CYCLE
            else:
                continue
            self.refuse(self._places[code], error, value=broader)
            self._concepts[code] = replace(concept, broader=None)
        return Reading(
            tuple(self._concepts.values()),
            tuple(self._labels.values()),
            tuple(self._refused),
            self._places,
        )

    def _stands_below(self, lower: str, upper: str) -> bool:
        """Whether the way up from a concept leads to another one."""
        seen: set[str] = set()
        at: str | None = lower
        while at is not None and at not in seen:
            if at == upper:
                return True
            seen.add(at)
            concept = self._concepts.get(at)
            at = concept.broader if concept is not None else None
        return False
