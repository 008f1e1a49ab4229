"""The glossary as files: SKOS, TBX and CSV, in and out."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum, auto
from pathlib import Path
from typing import Final

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.glossary_files.entries import Place, Reading, Refused
from matchmaker.matching.glossary_files.skos import read_skos, write_skos
from matchmaker.matching.glossary_files.tables import (
    is_label_table,
    read_tables,
    read_wide,
    write_tables,
    write_wide,
)
from matchmaker.matching.glossary_files.tbx import read_tbx, write_tbx

__all__ = ["Format", "Place", "Reading", "Refused", "dump", "read", "read_content", "write"]


class Format(StrEnum):
    """How a glossary is written in a file."""

    TURTLE = auto()
    RDFXML = auto()
    TBX = auto()
    WIDE = auto()
    """One CSV file, a column for each language."""
    CSV = auto()
    """concepts.csv and labels.csv in one folder."""


_SUFFIXES: Final = {
    ".ttl": Format.TURTLE,
    ".rdf": Format.RDFXML,
    ".owl": Format.RDFXML,
    ".skos": Format.RDFXML,
    ".tbx": Format.TBX,
    ".csv": Format.WIDE,
    "": Format.CSV,
}
_CONCEPTS: Final = "concepts.csv"
_LABELS: Final = "labels.csv"


def read(path: Path, form: Format | None = None, known: Collection[str] = ()) -> Reading:
    """Read a file, or the folder of the two CSV files; its format is seen from it where not given.

    `known` are the codes of concepts that are elsewhere. Raises DomainError
    GLOSSARY_FILE_UNREADABLE or GLOSSARY_FORMAT_UNKNOWN where nothing can be read at all.
    """
    if path.is_dir():
        path /= _LABELS
    beside = path.with_name(_CONCEPTS)
    content = _content(path)
    if _form(path.name, content, form) is Format.CSV and beside.exists():
        return read_tables((beside.name, _content(beside)), (path.name, content), known)
    return read_content(path.name, content, form, known)


def read_content(
    name: str, content: bytes, form: Format | None = None, known: Collection[str] = ()
) -> Reading:
    """Read the content of one file called `name`; as `read`."""
    form = _form(name, content, form)
    if form is Format.CSV:
        return read_tables(None, (name, content), known)
    if form is Format.WIDE:
        return read_wide(name, content, known)
    if form is Format.TBX:
        return read_tbx(name, content, known)
    return read_skos(name, content, "turtle" if form is Format.TURTLE else "xml", known)


def dump(glossary: Glossary, form: Format) -> bytes:
    """Return a glossary as the content of one file; CSV has two: see `write`."""
    if form is Format.TBX:
        return write_tbx(glossary)
    if form is Format.WIDE:
        return write_wide(glossary)
    return write_skos(glossary, "turtle" if form is Format.TURTLE else "xml")


def write(glossary: Glossary, path: Path, form: Format | None = None) -> Format:
    """Write a glossary to a file, or for CSV to a folder; returns the format.

    Without `form` the name tells; raises DomainError GLOSSARY_FILE_UNREADABLE where it does not.
    """
    form = form or _SUFFIXES.get(path.suffix.lower())
    if form is None:
        raise _unknown(path.name)
    if form is Format.CSV:
        path.mkdir(parents=True, exist_ok=True)
        contents = dict(zip((_CONCEPTS, _LABELS), write_tables(glossary), strict=True))
        targets = {path / name: content for name, content in contents.items()}
    else:
        targets = {path: dump(glossary, form)}
    for target, content in targets.items():
        partial = target.with_name(f".{target.name}.partial")
        partial.write_bytes(content)
        partial.replace(target)
    return form


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        detail = f"{path}: {(error.strerror or str(error)).lower()}"
        raise DomainError(ErrorCode.GLOSSARY_FILE_UNREADABLE, detail=detail) from error


def _form(name: str, content: bytes, given: Format | None) -> Format:
    if given is not None:
        return given
    suffix = Path(name).suffix.lower()
    if suffix == ".csv":
        return Format.CSV if is_label_table(content) else Format.WIDE
    if suffix == ".xml":
        return Format.RDFXML if b"rdf-syntax-ns#" in content[:4096] else Format.TBX
    if not suffix or suffix not in _SUFFIXES:
        raise _unknown(name)
    return _SUFFIXES[suffix]


def _unknown(name: str) -> DomainError:
    known = " ".join((*(suffix for suffix in _SUFFIXES if suffix), ".xml"))
    return DomainError(ErrorCode.GLOSSARY_FORMAT_UNKNOWN, value=name, known=known)
