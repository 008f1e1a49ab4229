"""The command that measures: clean where the sets are absent, the right measures on a tiny one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import quality


def test_absent_sets_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(quality, "SETS", tmp_path)
    assert quality.run([], write=False) == 0
    printed = capsys.readouterr()
    assert "nothing to measure" in printed.out
    assert "xl_pairs is not there" in printed.err


def test_the_table_is_made_and_put_into_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "xl_mixed"
    folder.mkdir()
    texts = {"a": "membranes for waste water", "b": "vaccines for shrimp"}
    rows = [{"id": f"d{name}", "lang": "en", "text": text} for name, text in texts.items()]
    (folder / "docs.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    rows = [{"id": f"q{name}", "lang": "en", "text": text} for name, text in texts.items()]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "qrels.tsv").write_text("qid\tdocid\trel\nqa\tda\t1\nqb\tda\t1\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(f"before\n{quality._START}\nold\n{quality._END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(quality, "SETS", tmp_path)
    monkeypatch.setattr(quality, "PAGE", page)
    monkeypatch.setattr(quality, "rankers", lambda: {"plain": quality.plain_tfidf})
    assert quality.run(["xl_mixed"], write=True) == 0
    text = page.read_text(encoding="utf-8")
    assert "| xl_mixed | MRR | 0.750 |" in text
    assert "en 0.750 (2)" in text
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
