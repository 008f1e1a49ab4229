"""Reading and writing the engine's files: what is right is read, what is not is named."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path

import pytest

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.vocabulary import ListingKind
from matchmaker.matching import files


def write(path: Path, *rows: object) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_title_or_text_may_be_missing_and_languages_are_spelt_as_ours(tmp_path: Path) -> None:
    path = write(
        tmp_path / "d.jsonl",
        {"id": "a", "lang": "zh", "kind": "offer", "title": "锂电池"},
        {"id": "b", "lang": "tl", "kind": "demand", "text": "Tubig"},
        {"id": 3, "lang": "zh_TW", "title": "鋰電池", "text": None},
        {"id": "c", "text": "ระบบจัดการแบตเตอรี่รถไฟฟ้าสำหรับเมือง"},
    )
    found, bad = files.read_documents(path, "offer")
    assert not bad
    assert [(d.id, d.group, d.language, d.kind) for d in found] == [
        ("a", "a", "zh-Hans", "offer"),
        ("b", "b", "fil", "need"),
        ("3", "3", "zh-Hant", "offer"),
        ("c", "c", "th", "offer"),
    ]
    assert (found[1].title, found[1].text) == ("", "Tubig")


@pytest.mark.parametrize(
    ("code", "ours"),
    [("zh", "zh-Hans"), ("zh-Hans", "zh-Hans"), ("ZH-hant-TW", "zh-Hant"), ("tl", "fil"),
     ("eng", "en"), ("pt_BR", "pt"), ("fr", "fr"), ("zh-TW", "zh-Hant"), ("en-US", "en"),
     ("in", "id"), ("zh-MO", "zh-Hant"), ("zho-Hant", "zh-Hant"), ("tet", "tet"), ("tgl", "fil"),
     ("und", None), ("mul", None), ("Chinese", None), ("", None)],
)  # fmt: skip
def test_language_codes(code: str, ours: str | None) -> None:
    assert files.language_code(code) == ours


def test_bad_lines_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    good = json.dumps({"id": "a", "lang": "en", "text": "pump\u2028and valve"}, ensure_ascii=False)
    lines = [
        b"\xef\xbb\xbf" + good.encode() + b"\r",
        b"",
        b"{not json",
        b'["a"]',
        b'{"lang": "en", "text": "no id"}',
        b'{"id": "b", "lang": "en"}',
        b'{"id": "c d", "lang": "en", "text": "x"}',
        b'{"id": "e", "lang": "en", "text": 7}',
        b'{"id": "f", "lang": ["en"], "text": "x"}',
        b'{"id": "g", "lang": "en", "kind": "wish", "text": "x"}',
        b'{"id": "a", "lang": "en", "text": "again"}',
        b'{"id": "h", "lang": "en", "text": "\xff"}',
        b"[" * 100_000,
        b'{"id": "i", "lang": "en", "text": "\\ud800 half a character"}',
    ]
    path.write_bytes(b"\n".join(lines))
    found, bad = files.read_documents(path, "offer")
    assert [document.id for document in found] == ["a", "i"]
    assert found[0].text == "pump\u2028and valve"
    assert found[1].text == "\ufffd half a character"
    assert [line.number for line in bad] == list(range(3, 14))
    assert str(bad[0]).startswith("d.jsonl, line 3: not JSON")


@pytest.mark.parametrize("named", ["und", "mul", "Chinese"])
def test_a_language_that_is_not_named_by_a_code_is_identified(tmp_path: Path, named: str) -> None:
    path = write(tmp_path / "d.jsonl", {"id": "a", "lang": named, "text": "锂电池管理系统的技术"})
    (document,), bad = files.read_documents(path, "offer")
    assert (document.language, bad) == ("zh-Hans", [])


def test_each_kind_of_the_site_is_known(tmp_path: Path) -> None:
    rows = [{"id": kind, "lang": "en", "kind": kind, "text": "pump"} for kind in ListingKind]
    found, bad = files.read_documents(write(tmp_path / "d.jsonl", *rows), "offer")
    assert not bad
    assert [document.kind == "need" for document in found] == [kind.is_need for kind in ListingKind]


def test_a_grade_is_a_whole_number(tmp_path: Path) -> None:
    path = write(tmp_path / "q.tsv", "q1 a 0.5", "q1 b 2.0", "q1 c nan", "q1 d -1")
    judgements, bad = files.read_judgements(path)
    assert judgements == {"q1": {"b": 2, "d": -1}}
    assert [line.number for line in bad] == [1, 3]


def test_judgements_in_both_forms(tmp_path: Path) -> None:
    path = write(tmp_path / "q.tsv", "qid\tdocid\trel", "q1\ta\t2", "q1 0 b 0", "q2\tc", "q2 c x")
    judgements, bad = files.read_judgements(path)
    assert judgements == {"q1": {"a": 2, "b": 0}}
    assert [line.number for line in bad] == [4, 5]


def test_a_first_line_of_another_form_is_no_header(tmp_path: Path) -> None:
    judgements, bad = files.read_judgements(write(tmp_path / "q.csv", "q1,a,1", "q2\tb\t1"))
    assert judgements == {"q2": {"b": 1}}
    assert [line.number for line in bad] == [1]


def test_marks_and_line_ends_of_other_systems(tmp_path: Path) -> None:
    judged, listed, ranked = (tmp_path / name for name in ("q.tsv", "d.jsonl", "r.run"))
    judged.write_bytes(b"\xef\xbb\xbfq1\ta\t1\r\nq2\tb\t2\r\n")
    assert files.read_judgements(judged) == ({"q1": {"a": 1}, "q2": {"b": 2}}, [])
    listed.write_bytes(b'\xef\xbb\xbf{"id": "a", "text": "bagasse"}\r\n\r\n{"id": 2, "title": "x"}')
    documents, bad = files.read_documents(listed, "offer")
    assert ([each.id for each in documents], bad) == (["a", "2"], [])
    ranked.write_bytes(b"\xef\xbb\xbfq1 Q0 a 1 0.5 x\r\nq1 Q0 b 2 inf x\r\nq1 Q0 c 3 nan x\r\n")
    run, bad = files.read_run(ranked)
    assert list(run["q1"]) == ["b", "a"]
    assert [line.number for line in bad] == [3]


def test_files_of_nothing_or_of_another_encoding(tmp_path: Path) -> None:
    empty, wide = tmp_path / "empty", tmp_path / "wide"
    empty.write_bytes(b"")
    wide.write_bytes('{"id": "a", "text": "x"}'.encode("utf-16"))
    assert files.read_documents(empty, "offer") == ([], [])
    documents, bad = files.read_documents(wide, "offer")
    assert not documents
    assert str(bad[0]) == "wide, line 1: not UTF-8"


def test_a_run_written_is_the_run_read(tmp_path: Path) -> None:
    ranking = [("a", 2.5), ("b", 2.5), ("c", 2.5), ("d", 2.499999), ("e", -1.0)]
    out = io.StringIO()
    assert files.write_run(out, [("q", ranking), ("empty", [])], "test") == 5
    scores = [float(line.split()[4]) for line in out.getvalue().splitlines()]
    assert all(first > second for first, second in pairwise(scores))
    path = write(tmp_path / "run", out.getvalue())
    run, bad = files.read_run(path)
    assert not bad
    assert sorted(run["q"], key=run["q"].__getitem__, reverse=True) == list("abcde")


def test_a_run_follows_scores_then_ranks(tmp_path: Path) -> None:
    path = write(
        tmp_path / "run",
        "q Q0 low 1 0.5 x",
        "q Q0 second 3 0.9 x",
        "q Q0 first 2 0.9 x",
        "q Q0 short",
        "q Q0 odd 4 nan x",
    )
    run, bad = files.read_run(path)
    assert sorted(run["q"], key=run["q"].__getitem__, reverse=True) == ["first", "second", "low"]
    assert [line.number for line in bad] == [4, 5]


def test_glossary_as_folder_file_and_fault(tmp_path: Path) -> None:
    labels = "concept,language,label,preferred,status\nbagasse,en,bagasse,1,confirmed\n"
    alone = write(tmp_path / "alone.csv", labels)
    assert files.read_glossary(alone).find("dry bagasse", "en") == [(4, 11, "bagasse")]
    folder = tmp_path / "glossary"
    folder.mkdir()
    write(folder / "concepts.csv", "id,sectors,definition_en,broader\nbagasse,,,\n")
    write(folder / "labels.csv", labels)
    assert set(files.read_glossary(folder).concepts) == {"bagasse"}
    wrong = write(folder / "more.csv", labels.replace("bagasse,en", "other,en"))
    with pytest.raises(DomainError) as caught:
        files.read_glossary(wrong)
    assert caught.value.code is ErrorCode.GLOSSARY_CONCEPT_UNKNOWN
    assert caught.value.data == {"place": "more.csv, row 2", "value": "other"}
