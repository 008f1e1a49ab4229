"""Glossaries in SKOS, TBX and CSV: nothing is lost, and what is refused is reported."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from rdflib import RDF, SKOS, Graph

from matchmaker.config import PROJECT_FOLDER
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.matching import glossary_files as files
from matchmaker.matching.glossary import Concept, Glossary, Label
from matchmaker.matching.glossary_files import Format, Reading

NAMES: Final = {
    Format.TURTLE: "glossary.ttl",
    Format.RDFXML: "glossary.rdf",
    Format.TBX: "glossary.tbx",
    Format.WIDE: "glossary.csv",
    Format.CSV: "glossary",
}
ODD: Final = Glossary(
    [
        Concept("acid", ("chemicals", "biomedicine"), 'With "quotes", <tags> & more.'),
        Concept("citric_acid", broader="acid"),
        Concept("nameless"),
    ],
    [
        Label("acid", "en", r"a|b*c\d"),
        Label("acid", "en", "star*", preferred=False, confirmed=False),
        Label("acid", "en", "back\\", preferred=False),
        Label("acid", "zh-Hans", "酸", preferred=False, confirmed=False),
        Label("citric_acid", "fil", "asido & <sitriko>", confirmed=False),
        Label("citric_acid", "tet", "asidu 'sítriku'"),
        Label("citric_acid", "my", "စစ်ထရစ်အက်ဆစ်"),
    ],
)


def _plain(concepts: object) -> set[tuple[object, ...]]:
    """Concepts without the order of their sectors, which says nothing."""
    return {
        (each.id, frozenset(each.sectors), each.definition, each.broader)
        for each in concepts  # type: ignore[attr-defined]
    }


def _refused(reading: Reading) -> list[tuple[str, ErrorCode]]:
    return [(str(each.place), each.code) for each in reading.refused]


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("kind", ["seeds", "odd"])
def test_nothing_is_lost_on_the_way_out_and_in(tmp_path: Path, form: Format, kind: str) -> None:
    glossary = ODD if kind == "odd" else files.read(PROJECT_FOLDER / "seeds/glossary").glossary()
    path = tmp_path / NAMES[form]
    assert files.write(glossary, path) is form
    back = files.read(path)
    assert back.refused == ()
    assert set(back.labels) == set(glossary.labels)
    assert len(back.labels) == len(glossary.labels)
    assert _plain(back.concepts) == _plain(glossary.concepts.values())
    assert back.glossary().version == glossary.version


def test_the_two_csv_files_are_those_of_the_seeds(tmp_path: Path) -> None:
    seeds = PROJECT_FOLDER / "seeds" / "glossary"
    files.write(files.read(seeds).glossary(), tmp_path / "out")
    assert (tmp_path / "out/labels.csv").read_bytes() == (seeds / "labels.csv").read_bytes()


def test_other_programs_read_our_skos_as_skos() -> None:
    graph = Graph().parse(data=files.dump(ODD, Format.TURTLE), format="turtle")
    assert len(set(graph.subjects(RDF.type, SKOS.Concept))) == 3
    labels = {(str(each), each.language) for each in graph.objects(None, SKOS.prefLabel)}
    assert ("asidu 'sítriku'", "tet") in labels
    assert len(set(graph.subject_objects(SKOS.broader))) == 1


SKOS_OF_OTHERS: Final = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix x: <http://example.org/thesaurus/> .
x:c_12 a skos:Concept ; skos:prefLabel "Bagasse"@en-GB , "甘蔗渣"@zh-CN , "bagaço"@pt-BR , "x"@fr ;
  skos:altLabel "bagasse"@tl , " "@en , "no language" ; skos:hiddenLabel "Bagasse"@en ;
  skos:definition "Rest"@de , "What is left."@en-US ; skos:broader x:none .
x:Plant-Residues skos:prefLabel "Residues"@en ; skos:narrower x:c_12 .
<http://example.org/99> a skos:Concept ; skos:prefLabel "loop"@en ; skos:broader x:Loop .
x:Loop a skos:Concept ; skos:prefLabel "loop 2"@en ; skos:broader <http://example.org/99> .
"""


def test_skos_of_others() -> None:
    reading = files.read_content("others.ttl", SKOS_OF_OTHERS.encode())
    concepts = {each.id: each for each in reading.concepts}
    assert set(concepts) == {"c_12", "plant_residues", "c_99", "loop"}
    assert concepts["c_12"].definition == "What is left."
    labels = {(each.concept, each.language, each.text): each for each in reading.labels}
    assert labels["c_12", "zh-Hans", "甘蔗渣"].preferred
    assert not labels["c_12", "fil", "bagasse"].preferred
    assert not any(each.confirmed for each in reading.labels)
    here = "http://example.org/thesaurus/c_12"
    assert sorted(_refused(reading)) == sorted(
        [
            (here, ErrorCode.GLOSSARY_LANGUAGE_UNKNOWN),  # fr
            (here, ErrorCode.GLOSSARY_LANGUAGE_UNKNOWN),  # none
            (here, ErrorCode.TEXT_EMPTY),
            (here, ErrorCode.GLOSSARY_LABEL_EXISTS),  # the hidden one
            (here, ErrorCode.GLOSSARY_CONCEPT_UNKNOWN),  # x:none
            ("http://example.org/99", ErrorCode.GLOSSARY_CYCLE),
        ]
    )


TBX_DCT: Final = """<?xml version="1.0"?>
<tbx style="dct" type="TBX-Basic" xml:lang="en" xmlns="urn:iso:std:iso:30042:ed-2"
     xmlns:min="http://www.tbxinfo.net/ns/min" xmlns:basic="http://www.tbxinfo.net/ns/basic">
 <tbxHeader><fileDesc><sourceDesc><p>x</p></sourceDesc></fileDesc></tbxHeader>
 <text><body>
  <conceptEntry id="C-1"><min:subjectField>sugar_cane</min:subjectField>
   <langSec xml:lang="en"><basic:definition>What is left.</basic:definition>
    <termSec><term>bagasse</term>
     <min:administrativeStatus>preferredTerm-admn-sts</min:administrativeStatus></termSec>
    <termSec><term>bagasse</term></termSec>
   </langSec>
   <langSec xml:lang="zh-TW"><termSec><term>甘蔗渣</term></termSec></langSec>
   <langSec xml:lang="fr"><termSec><term>bagasse</term></termSec></langSec>
  </conceptEntry>
  <conceptEntry><langSec xml:lang="en"><termSec><term>x</term></termSec></langSec></conceptEntry>
 </body></text>
</tbx>"""
TBX_2: Final = """<martif type="TBX"><text><body>
 <termEntry id="1"><descrip type="definition">Left.</descrip>
  <langSet xml:lang="pt"><ntig><termGrp><term>bagaço</term>
   <termNote type="administrativeStatus">preferredTerm-admn-sts</termNote></termGrp></ntig>
  </langSet>
 </termEntry>
 <termEntry id="2"><descrip type="broaderConceptGeneric" target="1">Bagasse</descrip>
  <langSet xml:lang="pt"><tig><term>bagaço húmido</term></tig></langSet></termEntry>
</body></text></martif>"""


def test_tbx_with_categories_as_tags() -> None:
    reading = files.read_content("others.tbx", TBX_DCT.encode())
    assert reading.concepts == (Concept("c_1", ("sugar_cane",), "What is left."),)
    assert reading.labels == (
        Label("c_1", "en", "bagasse", confirmed=False),
        Label("c_1", "zh-Hans", "甘蔗渣", preferred=False, confirmed=False),
    )
    assert _refused(reading) == [
        ("C-1", ErrorCode.GLOSSARY_LABEL_EXISTS),
        ("C-1", ErrorCode.GLOSSARY_LANGUAGE_UNKNOWN),
        ("others.tbx, conceptEntry 2", ErrorCode.GLOSSARY_CODE_INVALID),
    ]


def test_tbx_of_version_2() -> None:
    reading = files.read_content("old.xml", TBX_2.encode())
    assert [(each.id, each.broader) for each in reading.concepts] == [("c_1", None), ("c_2", "c_1")]
    assert [label.text for label in reading.labels] == ["bagaço", "bagaço húmido"]
    assert reading.labels[0].preferred


def test_rows_of_tables_are_refused_with_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "concepts.csv").write_text(
        "id,sectors,broader,definition_en\n"
        "bagasse,,nothing,\nBagasse,,,\nbagasse,,,\nlong,,,%s\n\na,,b,\nb,,a,\n" % ("x" * 2001),
        encoding="utf-8",
    )
    (tmp_path / "labels.csv").write_text(
        "concept,language,label,preferred,status\n"
        "bagasse,en,one,1,confirmed\nbagasse,en,two,1,unconfirmed\nother,en,x,1,\n"
        f"bagasse,fr,x,1,\nbagasse,en,{'x' * 201},1,\nbagasse,en, one ,1,\n",
        encoding="utf-8-sig",
    )
    reading = files.read(tmp_path)
    assert reading.labels == (
        Label("bagasse", "en", "one"),
        Label("bagasse", "en", "two", preferred=False, confirmed=False),
    )
    assert _refused(reading) == [
        ("concepts.csv, row 3", ErrorCode.GLOSSARY_CODE_INVALID),
        ("concepts.csv, row 4", ErrorCode.GLOSSARY_CODE_TAKEN),
        ("concepts.csv, row 5", ErrorCode.TEXT_TOO_LONG),
        ("labels.csv, row 4", ErrorCode.GLOSSARY_CONCEPT_UNKNOWN),
        ("labels.csv, row 5", ErrorCode.GLOSSARY_LANGUAGE_UNKNOWN),
        ("labels.csv, row 6", ErrorCode.TEXT_TOO_LONG),
        ("labels.csv, row 7", ErrorCode.GLOSSARY_LABEL_EXISTS),
        ("concepts.csv, row 2", ErrorCode.GLOSSARY_CONCEPT_UNKNOWN),
        ("concepts.csv, row 6", ErrorCode.GLOSSARY_CYCLE),
    ]
    assert {each.id: each.broader for each in reading.concepts} == {
        "bagasse": None,
        "a": None,
        "b": "a",
    }


def test_concepts_that_the_site_has_need_not_be_in_the_file() -> None:
    table = "concept,language,label\nbagasse,en,cane trash\n"
    reading = files.read_content("more.csv", table.encode(), known={"bagasse"})
    assert reading.concepts == ()
    assert [label.concept for label in reading.labels] == ["bagasse"]
    wide = "concept,broader,en,xx\nwet_bagasse,bagasse,wet bagasse||soggy bagasse*,x\n"
    reading = files.read_content("wide.csv", wide.encode(), known={"bagasse"})
    assert reading.concepts == (Concept("wet_bagasse", broader="bagasse"),)
    assert [(label.text, label.preferred, label.confirmed) for label in reading.labels] == [
        ("wet bagasse", True, False),
        ("soggy bagasse", False, True),
    ]
    assert _refused(reading) == [
        ("wide.csv, row 2", ErrorCode.TEXT_EMPTY),
        ("wide.csv, row 2", ErrorCode.GLOSSARY_LANGUAGE_UNKNOWN),
    ]


BOMB: Final = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>
<%s>&b;</%s>"""
LEAK: Final = '<!DOCTYPE tbx [<!ENTITY e SYSTEM "file:///etc/passwd">]><tbx>&e;</tbx>'


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.tbx", b"<tbx><text>", ErrorCode.GLOSSARY_FILE_UNREADABLE),
        ("x.tbx", b"<html/>", ErrorCode.GLOSSARY_FILE_UNREADABLE),
        ("x.tbx", (BOMB % ("tbx", "tbx")).encode(), ErrorCode.GLOSSARY_FILE_UNREADABLE),
        ("x.tbx", LEAK.encode(), ErrorCode.GLOSSARY_FILE_UNREADABLE),
        ("x.rdf", (BOMB % ("rdf", "rdf")).encode(), ErrorCode.GLOSSARY_FILE_UNREADABLE),
        ("x.rdf", b"<rdf", ErrorCode.GLOSSARY_FILE_UNREADABLE),
        ("x.ttl", b"<a> <b> ", ErrorCode.GLOSSARY_FILE_UNREADABLE),
        ("x.ttl", b"\xff\xfe", ErrorCode.GLOSSARY_FILE_UNREADABLE),
        ("x.csv", b"\xff\xfe\x00", ErrorCode.GLOSSARY_FILE_UNREADABLE),
        ("x.csv", b"a,b\n1,2\n", ErrorCode.GLOSSARY_FILE_UNREADABLE),
        ("x.csv", b"", ErrorCode.GLOSSARY_FILE_UNREADABLE),
        ("x.pdf", b"%PDF", ErrorCode.GLOSSARY_FORMAT_UNKNOWN),
    ],
)
def test_what_is_no_glossary_is_said_to_be_none(name: str, content: bytes, code: ErrorCode) -> None:
    with pytest.raises(DomainError) as caught:
        files.read_content(name, content)
    assert caught.value.code is code


def test_a_folder_without_labels_is_no_glossary(tmp_path: Path) -> None:
    with pytest.raises(DomainError) as caught:
        files.read(tmp_path)
    assert caught.value.code is ErrorCode.GLOSSARY_FILE_UNREADABLE


def test_a_name_must_tell_the_format(tmp_path: Path) -> None:
    with pytest.raises(DomainError):
        files.write(ODD, tmp_path / "glossary.doc")
    assert files.write(ODD, tmp_path / "glossary.doc", Format.TBX) is Format.TBX
    assert files.read(tmp_path / "glossary.doc", Format.TBX).concepts
