"""SKOS in Turtle or RDF/XML, for thesauri of others and ours.

`skos:prefLabel`, `altLabel`, `hiddenLabel`, `definition` (the English one), `broader` and
`narrower` are read as they are meant. A concept's code is its `skos:notation`, else the end of its
address. What SKOS has no word for is in a vocabulary of our own: `matchmaker:confirmedLabel`
repeats each label that is confirmed, `matchmaker:sector` names a sector.
"""

from __future__ import annotations

import re
import xml.sax.handler
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final, Literal
from xml.sax import SAXException

from defusedxml import DefusedXmlException
from defusedxml import sax as safe_sax

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.glossary import code_from, is_code
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.glossary_files.entries import Collector, Place, Reading

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

OURS: Final = "urn:x-matchmaker:glossary#"
CONCEPTS: Final = "urn:x-matchmaker:concept:"
_SCHEME: Final = "urn:x-matchmaker:glossary"
_END: Final = re.compile(r"[^/#:]*$")

Syntax = Literal["turtle", "xml"]


def read_skos(name: str, content: bytes, syntax: Syntax, known: Collection[str] = ()) -> Reading:
    """Read a thesaurus. Raises DomainError GLOSSARY_FILE_UNREADABLE for what is no such file."""
    from rdflib import RDF, SKOS  # noqa: PLC0415 - half a second of each start

    graph = _parsed(name, content, syntax)
    subjects = sorted(
        {*graph.subjects(RDF.type, SKOS.Concept), *graph.subjects(SKOS.prefLabel, None)}, key=str
    )
    codes = {subject: _code(graph, subject) for subject in subjects}
    collector = Collector(known)
    for subject in subjects:
        place, code = Place(str(subject)), codes[subject]
        above = [codes.get(each, _end(each)) for each in graph.objects(subject, SKOS.broader)]
        above += [codes[each] for each in graph.subjects(SKOS.narrower, subject) if each in codes]
        taken = collector.concept(
            place,
            code,
            sectors=sorted(str(each) for each in graph.objects(subject, _ours("sector"))),
            definition=_definition(graph, subject),
            broader=min(above, default=None),
        )
        if taken:
            _take_labels(collector, place, code, graph, subject)
    return collector.finish()


def write_skos(glossary: Glossary, syntax: Syntax) -> bytes:
    """Return the whole glossary as a file."""
    from rdflib import RDF, SKOS, Graph, URIRef  # noqa: PLC0415 - as above
    from rdflib import Literal as Text  # noqa: PLC0415

    graph = Graph()
    graph.bind("skos", SKOS)
    graph.bind("matchmaker", OURS)
    scheme = URIRef(_SCHEME)
    graph.add((scheme, RDF.type, SKOS.ConceptScheme))
    for concept in glossary.concepts.values():
        node = URIRef(CONCEPTS + concept.id)
        graph.add((node, RDF.type, SKOS.Concept))
        graph.add((node, SKOS.inScheme, scheme))
        graph.add((node, SKOS.notation, Text(concept.id)))
        if concept.definition:
            graph.add((node, SKOS.definition, Text(concept.definition, lang="en")))
        if concept.broader:
            graph.add((node, SKOS.broader, URIRef(CONCEPTS + concept.broader)))
        for sector in concept.sectors:
            graph.add((node, _ours("sector"), Text(sector)))
    for label in glossary.labels:
        node = URIRef(CONCEPTS + label.concept)
        text = Text(label.text, lang=label.language)
        graph.add((node, SKOS.prefLabel if label.preferred else SKOS.altLabel, text))
        if label.confirmed:
            graph.add((node, _ours("confirmedLabel"), text))
    return graph.serialize(
        format="turtle" if syntax == "turtle" else "pretty-xml", encoding="utf-8"
    )


def _parsed(name: str, content: bytes, syntax: Syntax) -> Graph:
    from rdflib import Graph  # noqa: PLC0415 - as above
    from rdflib.exceptions import ParserError  # noqa: PLC0415
    from rdflib.plugins.parsers.notation3 import BadSyntax  # noqa: PLC0415

    try:
        if syntax == "xml":
            # rdflib's own reader would follow entities, which may be bombs or other files.
            safe_sax.parseString(content, xml.sax.handler.ContentHandler(), forbid_entities=True)
        return Graph().parse(data=content, format=syntax)
    except BadSyntax as error:
        raise _unreadable(name, f"line {error.lines + 1}") from error
    except (SAXException, DefusedXmlException, ParserError, UnicodeDecodeError) as error:
        raise _unreadable(name, str(error)) from error
    except (ValueError, AssertionError, AttributeError, TypeError, IndexError) as error:
        # What rdflib raises where a file is RDF but not well formed in the details.
        raise _unreadable(name, type(error).__name__) from error


def _unreadable(name: str, detail: str) -> DomainError:
    return DomainError(ErrorCode.GLOSSARY_FILE_UNREADABLE, detail=f"{name}: {detail}")


def _take_labels(
    collector: Collector, place: Place, code: str, graph: Graph, subject: Node
) -> None:
    from rdflib import SKOS  # noqa: PLC0415 - as above

    confirmed = set(_texts(graph, subject, _ours("confirmedLabel")))
    taken: set[tuple[str, str]] = set()
    for kind in (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel):
        for language, text in _texts(graph, subject, kind):
            if (language, text) in taken:
                continue  # in SKOS the same label may be hidden and shown
            taken.add((language, text))
            collector.label(
                place,
                code,
                language=language,
                text=text,
                preferred=kind == SKOS.prefLabel,
                confirmed=(language, text) in confirmed,
            )


def _texts(graph: Graph, subject: Node, kind: Node) -> Iterator[tuple[str, str]]:
    """The texts of a property with their languages, in one order."""
    found = (
        (getattr(each, "language", None) or "", str(each)) for each in graph.objects(subject, kind)
    )
    yield from sorted(found)


def _definition(graph: Graph, subject: Node) -> str:
    from rdflib import SKOS  # noqa: PLC0415 - as above

    found = dict(_texts(graph, subject, SKOS.definition))
    return next((found[tag] for tag in sorted(found) if tag in ("", "en") or tag[:3] == "en-"), "")


def _code(graph: Graph, subject: Node) -> str:
    from rdflib import SKOS  # noqa: PLC0415 - as above

    notations = sorted(str(each) for each in graph.objects(subject, SKOS.notation))
    return next((each for each in notations if is_code(each)), _end(subject))


def _end(node: Node) -> str:
    """The code in the last part of an address; what is there, where that gives none."""
    match = _END.search(str(node))
    part = match.group() if match else ""
    return part if is_code(part) else code_from(part) or part


def _ours(name: str) -> Node:
    from rdflib import URIRef  # noqa: PLC0415 - as above

    return URIRef(OURS + name)
