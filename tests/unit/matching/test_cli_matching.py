"""`rank`, `evaluate` and `explain`: files in, files out, without a site."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import pytest
from click.testing import CliRunner, Result
from scipy.sparse import csr_matrix

from matchmaker.cli import console
from matchmaker.cli.matching import evaluate_command, explain_command, rank_command
from matchmaker.matching import matcher
from matchmaker.matching.analysis import burmese_encoding
from matchmaker.matching.documents import Document
from matchmaker.matching.files import read_run
from matchmaker.matching.row_cache import default_folder
from tests.unit.matching.conftest import HashEncoder


def lines(documents: list[Document]) -> str:
    kinds = {"offer": "offer", "need": "demand"}
    return "\n".join(
        json.dumps(
            {
                "id": each.id,
                "lang": each.language.replace("zh-Hans", "zh"),
                "kind": kinds[each.kind],
                "title": each.title,
                "text": each.text,
            }
        )
        for each in documents
    )


@pytest.fixture
def folder(tmp_path: Path, documents: list[Document]) -> Path:
    needs = [each for each in documents if each.kind == "need"]
    offers = [each for each in documents if each.kind == "offer"]
    (tmp_path / "queries.jsonl").write_text(lines(needs), encoding="utf-8")
    (tmp_path / "docs.jsonl").write_text(lines(offers), encoding="utf-8")
    judged = [
        f"{need.id}\t{offer.id}\t{int(need.id.split('-')[0] == offer.id.split('-')[0])}"
        for need in needs
        for offer in offers
    ]
    (tmp_path / "qrels.tsv").write_text("\n".join(["qid\tdocid\trel", *judged]), encoding="utf-8")
    return tmp_path


def rank(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(
        rank_command,
        [
            *("--queries", str(folder / "queries.jsonl")),
            *("--documents", str(folder / "docs.jsonl")),
            *("--without", "latent"),
            *options,
        ],
    )


def test_rank_and_evaluate(folder: Path) -> None:
    output = folder / "out.trec"
    result = rank(folder, "--top", "all", "--output", str(output))
    assert result.exit_code == 0, result.output
    run, bad = read_run(output)
    assert not bad
    assert len(run) == 8
    assert {len(found) for found in run.values()} == {8}
    assert not list(folder.glob("*.part"))
    result = CliRunner().invoke(
        evaluate_command,
        [
            *("--queries", str(folder / "queries.jsonl")),
            *("--documents", str(folder / "docs.jsonl")),
            *("--qrels", str(folder / "qrels.tsv")),
            *("--run", str(output), "--judged-only"),
        ],
    )
    assert result.exit_code == 0, result.output
    assert "mean of 8 language pairs: MRR" in result.output
    assert "worst pair:" in result.output
    by_document = result.output.split("by the document's language")[1]
    assert [line.split()[0] for line in by_document.splitlines()[1:]] == ["en", "zh-Hans"]
    assert all(line.split()[-1] == "8" for line in by_document.splitlines()[1:])


def test_the_run_goes_to_the_standard_output(folder: Path) -> None:
    result = rank(folder, "--top", "2", "--without", "concepts")
    assert result.exit_code == 0
    assert len([line for line in result.stdout.splitlines() if " Q0 " in line]) == 16
    assert "16 lines for 8 queries and 8 documents" in result.stderr


def test_all_documents_are_ranked_unless_fewer_are_wanted(folder: Path) -> None:
    (option,) = (each for each in rank_command.params if each.name == "top")
    assert option.default == "all"
    assert len(rank(folder).stdout.splitlines()) == 64


def test_a_dash_is_the_standard_output(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    result = rank(folder, "--output", "-")
    assert len(result.stdout.splitlines()) == 64
    assert not (folder / "-").exists()


def test_a_link_stays_and_leads_to_the_run(folder: Path) -> None:
    real, link = folder / "real.run", folder / "link.run"
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real.name)
    assert rank(folder, "--output", str(link)).exit_code == 0
    assert link.is_symlink()
    assert len(real.read_text(encoding="utf-8").splitlines()) == 64
    assert not list(folder.glob("*.part"))


def test_a_pipe_is_written_and_stays_a_pipe(folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    # Open for reading before the command looks for a reader; a run of this size fits the pipe.
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        result = rank(folder, "--top", "2", "--output", str(pipe))
        assert result.exit_code == 0, result.output
        assert len(os.read(reader, 60_000).splitlines()) == 16
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_device_is_written_where_its_folder_cannot_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = Path(os.devnull).parent  # not to root, who may write everywhere
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != closed)
    assert rank(folder, "--output", os.devnull).exit_code == 0
    assert Path(os.devnull).is_char_device()


def test_the_name_of_the_standard_output_is_no_file_of_its_own(folder: Path) -> None:
    with (folder / "appended.run").open("ab") as file:
        file.write(b"before\n")
        file.flush()
        result = command(folder, "--output", "/dev/stdout", stdout=file)
    assert result.returncode == 0, result.stderr
    assert len((folder / "appended.run").read_text(encoding="utf-8").splitlines()) == 65


def test_candidates_and_within_language(folder: Path) -> None:
    judged = folder / "few.tsv"
    judged.write_text("shrimp-th\tshrimp-en\t1\nshrimp-th\twater-en\t0\n", encoding="utf-8")
    result = rank(folder, "--candidates", str(judged))
    assert {line.split()[2] for line in result.stdout.splitlines()} == {"shrimp-en", "water-en"}
    result = rank(folder, "--within-language", "--top", "1")
    assert len(result.stdout.splitlines()) == 16


def test_bad_lines_are_reported_and_the_exit_code_tells(folder: Path) -> None:
    path = folder / "docs.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}\nnonsense\n\n{{"id": "x"}}', encoding="utf-8")
    result = rank(folder, "--top", "all")
    assert result.exit_code == 4
    assert "docs.jsonl, line 9: not JSON" in result.stderr
    assert "docs.jsonl, line 11: neither a title nor a text" in result.stderr
    assert "2 lines were left out" in result.stderr
    assert len(result.stdout.splitlines()) == 64


@pytest.mark.parametrize("top", ["0", "-1", "many"])
def test_a_wrong_top_is_wrong_use(folder: Path, top: str) -> None:
    assert rank(folder, "--top", top).exit_code == 2


def test_a_file_without_a_line_is_an_error(folder: Path) -> None:
    (folder / "docs.jsonl").write_text("\n\n", encoding="utf-8")
    result = rank(folder, "--output", str(folder / "out"))
    assert result.exit_code == 1
    assert not (folder / "out").exists()


def test_where_nothing_can_be_written_is_said_before_the_work(folder: Path) -> None:
    result = rank(folder, "--output", str(folder / "nowhere" / "out.run"))
    assert result.exit_code == 1
    assert "Nothing can be written into" in result.stderr
    assert "encoded" not in result.stderr


def test_a_line_as_long_as_a_book(folder: Path) -> None:
    book = {"id": "book", "lang": "en", "text": "bagasse biochar pyrolysis of " * 50_000}
    with (folder / "docs.jsonl").open("a", encoding="utf-8") as file:
        file.write(f"\n{json.dumps(book)}")
    result = rank(folder, "--top", "all")
    assert result.exit_code == 0
    assert " book " in result.stdout


def test_a_run_that_was_stopped_goes_on_where_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(HashEncoder):
        left = 10

        def encode(self, texts: Sequence[str]) -> csr_matrix:
            self.left -= len(texts)
            if self.left < 0:
                raise KeyboardInterrupt
            return super().encode(texts)

    counted: list[str] = []

    class Counted(HashEncoder):
        def encode(self, texts: Sequence[str]) -> csr_matrix:
            counted.extend(texts)
            return super().encode(texts)

    files = ("--queries", str(folder / "queries.jsonl"), "--documents", str(folder / "docs.jsonl"))
    rest = (*files, "--cache", str(folder / "cache"), "--output", str(folder / "out.run"))
    monkeypatch.setattr(matcher, "default_encoder", Stopped)
    assert CliRunner().invoke(rank_command, rest).exit_code == 1
    assert not (folder / "out.run").exists()
    assert not list(folder.glob("*.part"))
    monkeypatch.setattr(matcher, "default_encoder", Counted)
    assert CliRunner().invoke(rank_command, rest).exit_code == 0
    assert len((folder / "out.run").read_text(encoding="utf-8").splitlines()) == 64
    done = len(counted)
    assert 0 < done < 32  # 16 texts and 16 titles, less those of the first run
    assert CliRunner().invoke(rank_command, rest).exit_code == 0
    assert len(counted) == done


def test_a_damaged_cache_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matcher, "default_encoder", HashEncoder)
    (folder / "cache").mkdir()
    (folder / "cache" / "hash-1.sqlite").write_bytes(b"no database at all, but some bytes" * 9)
    files = ("--queries", str(folder / "queries.jsonl"), "--documents", str(folder / "docs.jsonl"))
    result = CliRunner().invoke(rank_command, [*files, "--cache", str(folder / "cache")])
    assert result.exit_code == 1
    assert "hash-1.sqlite" in result.stderr
    assert "--cache" in result.stderr


def test_the_users_cache_is_not_needed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matcher, "default_encoder", HashEncoder)
    (folder / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "file"))
    files = ("--queries", str(folder / "queries.jsonl"), "--documents", str(folder / "docs.jsonl"))
    result = CliRunner().invoke(rank_command, files)
    assert result.exit_code == 0, result.output
    assert result.stderr.count("Encoded texts are not kept for the next time") == 1
    whole = CliRunner().invoke(rank_command, [*files, "--cache", str(folder / "cache")])
    assert result.stdout == whole.stdout
    result = CliRunner().invoke(explain_command, ["--query", "biochar", "--document", "charcoal"])
    assert result.exit_code == 0, result.output


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert default_folder() is None


def test_progress_is_told_in_a_log_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Documents analysed" not in rank(folder).stderr
    monkeypatch.setattr(console, "_LOG_EVERY", 0.0)
    told = rank(folder).stderr
    assert "Documents analysed: 8 of 8" in told
    assert "Frequencies and constants learnt: 1 of 1" in told
    assert "Queries ranked: 8 of 8" in told


def test_burmese_that_may_be_zawgyi_is_reported_and_ranked(folder: Path) -> None:
    mixed = "\u1031\u1000\u103a\u1038 \u1019\u103e"
    assert burmese_encoding(mixed) == "unclear"
    with (folder / "docs.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps({"id": "mixed", "lang": "my", "text": mixed}))
    result = rank(folder)
    assert result.exit_code == 0
    assert "docs.jsonl, line 9: Burmese that may be Zawgyi or Unicode" in result.stderr
    assert " mixed " in result.stdout


def test_queries_that_nothing_answers_are_counted_apart(folder: Path) -> None:
    output = folder / "out.trec"
    assert rank(folder, "--output", str(output)).exit_code == 0
    judged = folder / "qrels.tsv"
    lines = judged.read_text(encoding="utf-8").splitlines()
    nothing = [f"{line[:-1]}0" if line.startswith("shrimp-th") else line for line in lines]
    judged.write_text("\n".join(nothing), encoding="utf-8")
    result = CliRunner().invoke(
        evaluate_command,
        [
            *("--queries", str(folder / "queries.jsonl")),
            *("--documents", str(folder / "docs.jsonl")),
            *("--qrels", str(judged), "--run", str(output)),
        ],
    )
    whole, answerable, sentence = result.output.splitlines()[1:4]
    assert (whole.split()[0], whole.split()[-1]) == ("all", "8")
    assert (answerable.split()[0], answerable.split()[-1]) == ("answerable", "7")
    assert float(answerable.split()[1]) * 7 == pytest.approx(float(whole.split()[1]) * 8, abs=0.001)
    assert sentence == "queries with nothing relevant, which count 0 in all: 1"


def test_a_file_that_cannot_be_read_is_named(folder: Path) -> None:
    # A file of the kernel that opens and then fails to be read.
    odd = "/proc/self/mem"
    result = rank(folder, "--candidates", odd)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "Input/output error" in result.stderr
    (folder / "glossary").mkdir()
    (folder / "glossary" / "labels.csv").mkdir()
    result = rank(folder, "--glossary", str(folder / "glossary"))
    assert result.exit_code == 1
    assert "labels.csv: is a directory" in result.stderr


def test_a_faulty_glossary_is_named(folder: Path) -> None:
    faulty = folder / "labels.csv"
    faulty.write_text("concept,language,label\n,en,pump\n", encoding="utf-8")
    result = rank(folder, "--glossary", str(faulty))
    assert result.exit_code == 1
    assert "labels.csv, row 2" in result.stderr


def test_explain_names_the_phrases(folder: Path) -> None:
    labels = folder / "labels.csv"
    labels.write_text(
        "concept,language,label,preferred,status\n"
        "bagasse,th,ชานอ้อย,1,confirmed\nbagasse,en,bagasse,1,confirmed\n",
        encoding="utf-8",
    )
    result = CliRunner().invoke(
        explain_command,
        [
            *("--query", "ต้องการเตาเผาชานอ้อยของโรงงานน้ำตาล"),
            *("--document", "A furnace for bagasse of sugar mills"),
            *("--documents", str(folder / "docs.jsonl")),
            *("--glossary", str(labels), "--without", "latent"),
        ],
    )
    assert result.exit_code == 0, result.output
    assert result.output.startswith("score ")
    assert "th - en" in result.output
    assert "ชานอ้อย ↔ bagasse" in result.output
    *reasons, raw = result.output.splitlines()[1:]
    amounts = [float(line.split()[0]) for line in reasons]
    assert float(raw.split()[0]) == pytest.approx(sum(amounts), abs=0.005 * len(amounts) + 0.005)


def command(
    folder: Path, *options: str, stdout: int | IO[bytes] = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """`matchmaker rank` as a program of its own, without settings."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("MATCHMAKER")
    }
    return subprocess.run(
        [
            *(sys.executable, "-m", "matchmaker.cli", "rank", "--without", "latent"),
            *("--queries", "queries.jsonl", "--documents", "docs.jsonl", *options),
        ],
        cwd=folder,
        env={**environment, "XDG_CACHE_HOME": str(folder / "cache")},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_no_setting_and_no_site_is_needed(folder: Path) -> None:
    result = command(folder, "--output", "out.trec")
    assert result.returncode == 0, result.stderr
    assert len((folder / "out.trec").read_text(encoding="utf-8").splitlines()) == 64
