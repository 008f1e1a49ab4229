r"""CSV: two files, one of concepts and one of labels; or one wide file, a column a language.

- concepts.csv: id, sectors (separated by ;), broader, definition_en
- labels.csv: concept, language, label, preferred (1 or 0), status (confirmed or unconfirmed)
- wide: concept, sectors, broader, definition_en, and a column for each language, headed by its
  code. A cell holds labels separated by `|`, the preferred one first (nothing before the first `|`:
  none is), a confirmed one with `*` at its end. A `|`, `*` or `\` of a label has a `\` before it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.glossary import LABEL_LANGUAGES
from matchmaker.matching.glossary import Glossary, Label
from matchmaker.matching.glossary_files.entries import Collector, Place, Reading

CONCEPT_COLUMNS: Final = ("id", "sectors", "broader", "definition_en")
LABEL_COLUMNS: Final = ("concept", "language", "label", "preferred", "status")
_WIDE_COLUMNS: Final = ("concept", "sectors", "broader", "definition_en")
_CONFIRMED: Final = "confirmed"
_MARK: Final = "*"
_SEPARATOR: Final = re.compile(r"(?<!\\)(?:\\\\)*\|")
_ESCAPED: Final = re.compile(r"([\\|*])")
_ESCAPE: Final = re.compile(r"\\(.)")

Row = dict[str, str]


def read_tables(
    concepts: tuple[str, bytes] | None, labels: tuple[str, bytes], known: Collection[str] = ()
) -> Reading:
    """Read both files, each a name and its content; without concepts those that labels name.

    Raises DomainError GLOSSARY_FILE_UNREADABLE for what is no CSV in UTF-8 with these columns.
    """
    collector = Collector(known)
    if concepts is not None:
        for place, row in _rows(*concepts, required=("id",)):
            collector.concept(
                place,
                row["id"],
                sectors=row.get("sectors", "").split(";"),
                definition=row.get("definition_en", ""),
                broader=row.get("broader"),
            )
    for place, row in _rows(*labels, required=("concept", "language", "label")):
        if concepts is None:
            collector.implied(place, row["concept"])
        collector.label(
            place,
            row["concept"],
            language=row["language"],
            text=row["label"],
            preferred=row.get("preferred", "1") == "1",
            confirmed=row.get("status") == _CONFIRMED,
        )
    return collector.finish()


def read_wide(name: str, content: bytes, known: Collection[str] = ()) -> Reading:
    """Read the wide file. Raises DomainError GLOSSARY_FILE_UNREADABLE as `read_tables` does."""
    collector = Collector(known)
    for place, row in _rows(name, content, required=("concept",)):
        code = row["concept"]
        taken = collector.concept(
            place,
            code,
            sectors=row.get("sectors", "").split(";"),
            definition=row.get("definition_en", ""),
            broader=row.get("broader"),
        )
        if not taken:
            continue
        for language, cell in row.items():
            if language in _WIDE_COLUMNS or not cell:
                continue
            for position, (text, confirmed) in enumerate(_labels_of(cell)):
                if not text and not position:
                    continue
                collector.label(
                    place,
                    code,
                    language=language,
                    text=text,
                    preferred=not position,
                    confirmed=confirmed,
                )
    return collector.finish()


def is_label_table(content: bytes) -> bool:
    """Tell whether a CSV file is one of labels, a row each."""
    heading = content[:4096].decode("utf-8-sig", "replace").partition("\n")[0]
    return "label" in next(csv.reader([heading]), [])


def write_tables(glossary: Glossary) -> tuple[bytes, bytes]:
    """Return the content of concepts.csv and labels.csv."""
    concepts = (
        (each.id, ";".join(each.sectors), each.broader or "", each.definition)
        for each in glossary.concepts.values()
    )
    labels = (
        (
            each.concept,
            each.language,
            each.text,
            int(each.preferred),
            _CONFIRMED if each.confirmed else f"un{_CONFIRMED}",
        )
        for each in glossary.labels
    )
    return _table(CONCEPT_COLUMNS, concepts), _table(LABEL_COLUMNS, labels)


def write_wide(glossary: Glossary) -> bytes:
    """Return the content of the wide file."""
    cells: dict[tuple[str, str], list[Label]] = {}
    for label in glossary.labels:
        cells.setdefault((label.concept, label.language), []).append(label)
    rows = (
        (
            each.id,
            ";".join(each.sectors),
            each.broader or "",
            each.definition,
            *(_cell(cells.get((each.id, language), ())) for language in LABEL_LANGUAGES),
        )
        for each in glossary.concepts.values()
    )
    return _table((*_WIDE_COLUMNS, *LABEL_LANGUAGES), rows)


def _rows(name: str, content: bytes, required: Sequence[str]) -> Iterator[tuple[Place, Row]]:
    """The rows with their texts stripped; those without any text are passed over."""
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        missing = [column for column in required if column not in (reader.fieldnames or ())]
        if missing:
            raise DomainError(
                ErrorCode.GLOSSARY_FILE_UNREADABLE, detail=f"{name}: no column {missing[0]}"
            )
        for number, row in enumerate(reader, start=2):
            plain = {key.strip(): (row[key] or "").strip() for key in row if key}
            if any(plain.values()):
                yield Place(name, number), plain
    except (UnicodeDecodeError, csv.Error) as error:
        raise DomainError(ErrorCode.GLOSSARY_FILE_UNREADABLE, detail=f"{name}: {error}") from error


def _labels_of(cell: str) -> Iterator[tuple[str, bool]]:
    """The labels of a cell, and whether each is marked as confirmed."""
    parts, start = [], 0
    for match in _SEPARATOR.finditer(cell):
        parts.append(cell[start : match.end() - 1])
        start = match.end()
    for part in (*parts, cell[start:]):
        text = part.strip()
        body = text.removesuffix(_MARK)
        confirmed = body != text and (len(body) - len(body.rstrip("\\"))) % 2 == 0
        yield _ESCAPE.sub(r"\1", body if confirmed else text).strip(), confirmed


def _cell(labels: Sequence[Label]) -> str:
    ordered = sorted(labels, key=lambda each: not each.preferred)
    texts = [
        _ESCAPED.sub(r"\\\1", each.text) + (_MARK if each.confirmed else "") for each in ordered
    ]
    if ordered and not ordered[0].preferred:
        texts.insert(0, "")
    return "|".join(texts)


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return file.getvalue().encode()
