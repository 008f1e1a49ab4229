"""TBX, the exchange format of termbases (ISO 30042): version 3 in the dialect TBX-Basic.

Written in the style DCA; read in DCA and DCT, and as version 2 wrote it. `administrativeStatus`
says which term is preferred. What TBX-Basic has no category for: a confirmed term has the note
`matchmaker:confirmed`, and a cross-reference `broader` leads to the wider concept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final
from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.glossary import code_from, is_code
from matchmaker.matching.glossary import Concept, Glossary, Label
from matchmaker.matching.glossary_files.entries import Collector, Place, Reading

NAMESPACE: Final = "urn:iso:std:iso:30042:ed-2"
CONFIRMED: Final = "matchmaker:confirmed"
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_PREFERRED: Final = "preferredTerm-admn-sts"
_ADMITTED: Final = "admittedTerm-admn-sts"
_PREFERRED_WORDS: Final = frozenset({_PREFERRED, "preferred"})
_BROADER: Final = "broader"
_BROADER_KINDS: Final = frozenset({"broaderConceptGeneric", "superordinateConceptGeneric"})
_ENTRIES: Final = frozenset({"conceptEntry", "termEntry"})
_LANGUAGES: Final = frozenset({"langSec", "langSet"})
_TERMS: Final = frozenset({"termSec", "tig", "ntig"})

Element = ElementTree.Element


def read_tbx(name: str, content: bytes, known: Collection[str] = ()) -> Reading:
    """Read a termbase. Raises DomainError GLOSSARY_FILE_UNREADABLE for what is no such file."""
    try:
        root = fromstring(content, forbid_entities=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise DomainError(ErrorCode.GLOSSARY_FILE_UNREADABLE, detail=f"{name}: {error}") from error
    if _tag(root) not in {"tbx", "martif", "TBX"}:
        raise DomainError(
            ErrorCode.GLOSSARY_FILE_UNREADABLE, detail=f"{name}: <{_tag(root)}> is not <tbx>"
        )
    collector = Collector(known)
    for number, entry in enumerate(_named(root, _ENTRIES), start=1):
        identifier = entry.get("id", "")
        code = _code(identifier)
        place = Place(identifier or f"{name}, conceptEntry {number}")
        if collector.concept(
            place,
            code,
            sectors=[_text(each) for each in _of_kind(entry, {"subjectField"})],
            definition=_definition(entry),
            broader=_broader(entry),
        ):
            _take_terms(collector, place, code, entry)
    return collector.finish()


def write_tbx(glossary: Glossary) -> bytes:
    """Return the whole glossary as a file."""
    root = Element(
        "tbx", {"style": "dca", "type": "TBX-Basic", _LANGUAGE: "en", "xmlns": NAMESPACE}
    )
    source = _add(_add(_add(root, "tbxHeader"), "fileDesc"), "sourceDesc")
    _add(source, "p", "Glossary of Technology Matchmaker")
    body = _add(_add(root, "text"), "body")
    labels: dict[str, dict[str, list[Label]]] = {}
    for label in glossary.labels:
        labels.setdefault(label.concept, {}).setdefault(label.language, []).append(label)
    for concept in glossary.concepts.values():
        _write_entry(body, concept, labels.get(concept.id, {}))
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _write_entry(body: Element, concept: Concept, labels: dict[str, list[Label]]) -> None:
    entry = _add(body, "conceptEntry", id=concept.id)
    for sector in concept.sectors:
        _add(entry, "descrip", sector, type="subjectField")
    if concept.definition:
        _add(entry, "descrip", concept.definition, type="definition")
    if concept.broader:
        _add(entry, "ref", _BROADER, type="crossReference", target=concept.broader)
    for language, each in labels.items():
        section = _add(entry, "langSec")
        section.set(_LANGUAGE, language)
        for label in each:
            term = _add(section, "termSec")
            _add(term, "term", label.text)
            status = _PREFERRED if label.preferred else _ADMITTED
            _add(term, "termNote", status, type="administrativeStatus")
            if label.confirmed:
                _add(term, "note", CONFIRMED)


def _add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    child = ElementTree.SubElement(parent, tag, attributes)
    child.text = text
    return child


def _take_terms(collector: Collector, place: Place, code: str, entry: Element) -> None:
    for section in _named(entry, _LANGUAGES):
        language = section.get(_LANGUAGE) or section.get("lang") or ""
        for term in _named(section, _TERMS):
            status = [_text(each) for each in _of_kind(term, {"administrativeStatus"})]
            collector.label(
                place,
                code,
                language=language,
                text=next((_text(each) for each in _named(term, {"term"})), ""),
                preferred=any(each in _PREFERRED_WORDS for each in status),
                confirmed=any(_text(each) == CONFIRMED for each in _named(term, {"note"})),
            )


def _definition(entry: Element) -> str:
    """The concept's own definition, else the one in its English section."""
    for child in entry:
        if _tag(child) in _LANGUAGES and not child.get(_LANGUAGE, "").startswith("en"):
            continue
        found = next(_of_kind(child, {"definition"}), None)
        if found is not None:
            return _text(found)
    return ""


def _broader(entry: Element) -> str | None:
    for each in entry.iter():
        if _kind(each) in _BROADER_KINDS or (
            _kind(each) == "crossReference" and _text(each) == _BROADER
        ):
            return _code(each.get("target") or _text(each))
    return None


def _code(identifier: str) -> str:
    return identifier if is_code(identifier) else code_from(identifier) or identifier


def _named(parent: Element, tags: Collection[str]) -> Iterator[Element]:
    return (each for each in parent.iter() if _tag(each) in tags)


def _of_kind(parent: Element, kinds: Collection[str]) -> Iterator[Element]:
    return (each for each in parent.iter() if _kind(each) in kinds)


def _kind(element: Element) -> str:
    """The data category: an attribute in one style, the tag itself in the other."""
    return element.get("type") or _tag(element)


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())
