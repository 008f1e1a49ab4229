"""The engine's files: listings as JSON lines, judgements, TREC runs, glossaries.

Listings have a line each: {"id": ..., "lang": ..., "kind": "demand" or "offer", "title": ...,
"text": ...}, with a title, a text or both; without a language it is identified. A line that cannot
be used is reported with its number and left out; the rest is read.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO, TypeVar

from matchmaker.domain.errors import DomainError
from matchmaker.domain.languages import canonical
from matchmaker.matching import glossary_files
from matchmaker.matching.analysis import burmese_encoding, identify
from matchmaker.matching.documents import Document, Kind
from matchmaker.matching.glossary import Glossary

Judgements = dict[str, dict[str, int]]
"""The grade of each judged document, by query."""
Run = dict[str, dict[str, float]]
"""The score of each ranked document, by query."""

Row = TypeVar("Row")

_KINDS: Final[Mapping[str, Kind]] = {
    "offer": "offer", "need": "need", "demand": "need", "scenario": "need",
}  # fmt: skip
_THREE_LETTERS: Final = {
    "zho": "zh", "chi": "zh", "cmn": "zh", "tgl": "tl", "eng": "en", "vie": "vi", "tha": "th",
    "ind": "id", "msa": "ms", "may": "ms", "zsm": "ms", "lao": "lo", "khm": "km", "mya": "my",
    "bur": "my", "por": "pt", "tam": "ta",
}  # fmt: skip
_NO_LANGUAGE: Final = frozenset({"und", "mul", "mis", "zxx"})
"""ISO 639's codes for what is not known, several, not coded or no language."""
_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was left out: the file's name, the line's number from 1, and why."""

    file: str
    number: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.number}: {self.reason}"


class LineError(ValueError):
    """A line that cannot be used; the message says why."""


class GradeError(LineError):
    """A grade that is no number, as in a header."""


@dataclass(frozen=True, slots=True)
class Listings:
    """What a file of listings holds: `documents`; `bad` lines, which were left out; `doubtful`
    ones, which were taken although the encoding of their Burmese is unclear."""

    documents: list[Document]
    bad: list[BadLine]
    doubtful: list[BadLine]


def language_code(code: str) -> str | None:
    """The engine's code of a language: zh is zh-Hans, tl is fil, a language that is not ours stays.
    None for what names none, such as und or Chinese."""
    plain = code.strip().replace("_", "-").casefold()
    if not _CODE.fullmatch(plain):
        return None
    first, *rest = plain.split("-")
    if first in _NO_LANGUAGE:
        return None
    first = _THREE_LETTERS.get(first, first)
    return canonical("-".join([first, *rest])) or first


def whole_characters(text: str) -> str:
    """The text with a mark in place of each half of a character, which no file can hold."""
    return _SURROGATE.sub("\ufffd", text)


def read_documents(path: Path, kind: Kind) -> tuple[list[Document], list[BadLine]]:
    """The documents of `read_listings` and the lines that were left out."""
    found = read_listings(path, kind)
    return found.documents, found.bad


def read_listings(path: Path, kind: Kind) -> Listings:
    """The listings of a file, each a group of its own; `kind` is that of lines without one.

    OSError when the file cannot be read.
    """
    seen: set[str] = set()

    def parse(line: str) -> Document:
        document = document_of(_parsed(line), kind)
        if document.id in seen:
            raise LineError(f"the id {document.id!r} is there already")
        seen.add(document.id)
        return document

    rows, bad = _each_line(path, parse)
    doubtful = [
        BadLine(path.name, number, "Burmese that may be Zawgyi or Unicode")
        for number, document in rows
        if burmese_encoding(f"{document.title}\n{document.text}") == "unclear"
    ]
    return Listings([document for _, document in rows], bad, doubtful)


def read_judgements(path: Path) -> tuple[Judgements, list[BadLine]]:
    """Grades: query, document, grade with tabs or blanks between, or TREC's four columns.

    A first line whose grade is no number is a header.
    """
    judgements: Judgements = {}
    rows, bad = _each_line(path, _judgement, header=True)
    for _, (query, document, grade) in rows:
        judgements.setdefault(query, {})[document] = grade
    return judgements, bad


def read_run(path: Path) -> tuple[Run, list[BadLine]]:
    """A TREC run: query, Q0, document, rank, score, name.

    Ordered by score; equal scores keep the order of their ranks.
    """
    rows, bad = _each_line(path, _run_line)
    lists: dict[str, list[tuple[float, int, str]]] = {}
    for _, (query, document, rank, score) in rows:
        lists.setdefault(query, []).append((-score, rank, document))
    run: Run = {}
    for query, found in lists.items():
        ranked = list(dict.fromkeys(document for *_, document in sorted(found)))
        # Whole numbers: what counts the measures knows no ties then, and loses no digits.
        run[query] = {document: float(len(ranked) - i) for i, document in enumerate(ranked)}
    return run, bad


def write_run(
    file: TextIO, rankings: Iterable[tuple[str, Iterable[tuple[str, float]]]], name: str
) -> int:
    """Write rankings (query, documents with scores, best first) as a TREC run; returns the lines.

    Other programs sort by score alone and read it with seven digits: an equal score is lowered by
    so little that the order stays.
    """
    lines = 0
    for query, ranking in rankings:
        last = float("inf")
        for rank, (document, score) in enumerate(ranking, start=1):
            last = min(score, last - 1e-5)
            file.write(f"{query} Q0 {document} {rank} {last:.6f} {name}\n")
            lines += 1
    return lines


def read_glossary(path: Path) -> Glossary:
    """The glossary of a file, or of a folder of two, in any format of `glossary_files`.

    Raises DomainError for the first entry that is not right, or for a file that cannot be read.
    """
    reading = glossary_files.read(path)
    for refused in reading.refused:
        data: dict[str, Any] = {"place": str(refused.place), **refused.data}
        raise DomainError(refused.code, **data)
    return reading.glossary()


def _each_line(
    path: Path, parse: Callable[[str], Row], *, header: bool = False
) -> tuple[list[tuple[int, Row]], list[BadLine]]:
    """What `parse` makes of each line that is not blank, with its number, and those it refuses."""
    rows: list[tuple[int, Row]] = []
    bad: list[BadLine] = []
    with path.open("rb") as file:
        for number, data in enumerate(file, start=1):
            try:
                line = data.decode("utf-8-sig" if number == 1 else "utf-8").strip()
                if line:
                    rows.append((number, parse(line)))
            except UnicodeDecodeError:
                bad.append(BadLine(path.name, number, "not UTF-8"))
            except LineError as error:
                if not (header and number == 1 and isinstance(error, GradeError)):
                    bad.append(BadLine(path.name, number, str(error)))
    return rows, bad


def _parsed(line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LineError(f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise LineError("not a JSON object")
    return row


def document_of(row: Mapping[str, Any], kind: Kind) -> Document:
    """A row of the evaluation format as a document; LineError where it cannot be one."""
    name = _identifier(row.get("id"))
    title, text = _text(row, "title"), _text(row, "text")
    if not title.strip() and not text.strip():
        raise LineError("neither a title nor a text")
    stated = row.get("kind")
    if stated is not None and (not isinstance(stated, str) or stated not in _KINDS):
        raise LineError(f"unknown kind {stated!r}")
    return Document(
        name, name, _KINDS[stated] if stated else kind, _language(row, title, text), title, text
    )


def _identifier(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise LineError("no id")
    if value.split() != [value] or _SURROGATE.search(value):
        raise LineError("an id with blanks or broken characters")
    return value


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise LineError(f"{name} is not text")
    return whole_characters(value)


def _language(row: Mapping[str, Any], title: str, text: str) -> str:
    value = row.get("lang")
    if value is not None and not isinstance(value, str):
        raise LineError("lang is not text")
    return language_code(value or "") or identify(f"{title}\n{text}").language


def _judgement(line: str) -> tuple[str, str, int]:
    parts = line.split("\t") if "\t" in line else line.split()
    if len(parts) not in {3, 4}:
        raise LineError("three columns expected: query, document, grade")
    try:
        grade = float(parts[-1])
    except ValueError as error:
        raise GradeError(f"the grade {parts[-1]!r} is no number") from error
    if not grade.is_integer():
        raise LineError(f"the grade {parts[-1]!r} is no whole number")
    return parts[0], parts[-2], int(grade)


def _run_line(line: str) -> tuple[str, str, int, float]:
    parts = line.split()
    if len(parts) != 6:
        raise LineError("six columns expected: query, Q0, document, rank, score, name")
    try:
        rank, score = int(parts[3]), float(parts[4])
    except ValueError as error:
        raise LineError("rank and score must be numbers") from error
    if math.isnan(score):
        raise LineError("the score is no number")
    return parts[0], parts[2], rank, score
