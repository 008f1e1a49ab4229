"""Seeds and imported files in the tables: again and again, and never against what staff did."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matchmaker.config import PROJECT_FOLDER
from matchmaker.database import Transactions
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import SYSTEM, VISITOR
from matchmaker.domain.vocabulary import LabelSource, LabelStatus
from matchmaker.matching import glossary_files as files
from matchmaker.matching.glossary import Concept, Label
from matchmaker.models import AuditEntry, GlossaryConcept, GlossaryLabel
from matchmaker.queries import glossary as reading
from matchmaker.services import glossary, glossary_files
from matchmaker.services.glossary_files import Counts
from tests.factories import NOW, actor_of, make_appointment, make_centre, make_sectors

BAGASSE: Final = Concept("bagasse", ("sugar_cane",), "What is left of cane.", "residue")
RESIDUE: Final = Concept("residue")
LABELS: Final = (
    Label("bagasse", "en", "bagasse"),
    Label("bagasse", "en", "cane trash", preferred=False, confirmed=False),
    Label("bagasse", "lo", "ກາກອ້ອຍ", confirmed=False),
)
SEEDS: Final = PROJECT_FOLDER / "seeds" / "glossary"


def _reading(*labels: Label, concepts: tuple[Concept, ...] = (RESIDUE, BAGASSE)) -> files.Reading:
    places = {each.id: files.Place(each.id) for each in concepts}
    return files.Reading(concepts, labels or LABELS, (), places)


def _label(session: Session, text: str) -> GlossaryLabel:
    return session.scalars(select(GlossaryLabel).where(GlossaryLabel.text == text)).one()


@pytest.fixture
def seeded(session: Session) -> Session:
    """A database with three labels of seeds."""
    make_sectors(session)
    counts = glossary_files.load_seeds(session, _reading(), now=NOW)
    assert counts == Counts(concepts=2, labels=3)
    return session


def test_seeds_are_taken_once(seeded: Session) -> None:
    version = reading.glossary_version(seeded)
    assert glossary_files.load_seeds(seeded, _reading(), now=NOW) == Counts()
    assert reading.glossary_version(seeded) == version
    held = reading.glossary(seeded)
    assert held.concepts["bagasse"] == BAGASSE
    assert set(held.labels) == set(LABELS)
    assert _label(seeded, "bagasse").source is LabelSource.SEED


def test_an_update_adds_and_never_undoes_what_staff_did(seeded: Session) -> None:
    glossary.remove_label(seeded, SYSTEM, _label(seeded, "ກາກອ້ອຍ"), now=NOW)
    glossary.withdraw_confirmation(seeded, SYSTEM, _label(seeded, "bagasse"), now=NOW)
    glossary.edit_label(seeded, SYSTEM, _label(seeded, "cane trash"), text="trash", now=NOW)
    newer = Label("bagasse", "en", "cane pulp", preferred=True)
    counts = glossary_files.load_seeds(seeded, _reading(*LABELS, newer), now=NOW)
    assert counts == Counts(labels=1)
    texts = {label.text: label for label in seeded.scalars(select(GlossaryLabel))}
    assert set(texts) == {"bagasse", "trash", "cane pulp"}
    assert texts["bagasse"].status is LabelStatus.UNCONFIRMED
    assert [text for text, label in texts.items() if label.preferred] == ["bagasse"]


def test_a_removed_concept_stays_away_and_an_untouched_label_is_confirmed(
    seeded: Session,
) -> None:
    confirmed = Label("bagasse", "lo", "ກາກອ້ອຍ")
    counts = glossary_files.load_seeds(seeded, _reading(*LABELS[:2], confirmed), now=NOW)
    assert counts == Counts(confirmed=1)
    seeded.expire_all()
    assert _label(seeded, "ກາກອ້ອຍ").status is LabelStatus.CONFIRMED
    concept = reading.get_concept(seeded, SYSTEM, "bagasse")
    glossary.remove_concept(seeded, SYSTEM, concept, now=NOW)
    newer = Label("bagasse", "en", "cane pulp")
    assert glossary_files.load_seeds(seeded, _reading(*LABELS, newer), now=NOW) == Counts()
    assert seeded.scalars(select(GlossaryConcept.code)).all() == ["residue"]


@pytest.mark.parametrize("trust", [False, True])
def test_an_imported_label_counts_only_when_file_and_importer_say_so(
    session: Session, *, trust: bool
) -> None:
    make_sectors(session)
    report = glossary_files.import_glossary(session, SYSTEM, _reading(), trust=trust, now=NOW)
    assert report.counts == Counts(concepts=2, labels=3)
    assert report.refused == ()
    confirmed = {each.text for each in reading.glossary(session).labels if each.confirmed}
    assert confirmed == ({"bagasse"} if trust else set())
    assert _label(session, "bagasse").source is LabelSource.IMPORTED
    trusted = glossary_files.import_glossary(session, SYSTEM, _reading(), trust=True, now=NOW)
    assert trusted.counts == Counts(confirmed=0 if trust else 1)
    again = glossary_files.import_glossary(session, SYSTEM, _reading(), trust=True, now=NOW)
    assert again.counts == Counts()


def test_nobody_confirms_their_own_label_with_a_file(seeded: Session) -> None:
    centre = make_centre(seeded)
    author, other = (actor_of(seeded, make_appointment(seeded, centre)) for _ in range(2))
    concept = reading.get_concept(seeded, author, "bagasse")
    own = glossary.add_label(seeded, author, concept, language="en", text="cane pulp", now=NOW)
    said = _reading(Label("bagasse", "en", "cane pulp"), Label("bagasse", "en", "cane trash"))
    report = glossary_files.import_glossary(seeded, author, said, trust=True, now=NOW)
    assert report.counts.confirmed == 1
    (refused,) = report.refused
    assert (refused.place.name, refused.code) == (
        "bagasse (en): cane pulp", ErrorCode.GLOSSARY_OWN_LABEL,
    )  # fmt: skip
    assert own.status is LabelStatus.UNCONFIRMED
    assert _label(seeded, "cane trash").confirmed_by_id == author.user_id
    report = glossary_files.import_glossary(seeded, other, said, trust=True, now=NOW)
    assert (report.counts.confirmed, report.refused) == (1, ())
    assert own.confirmed_by_id == other.user_id


def test_an_import_changes_concepts_and_reports_what_it_leaves_out(seeded: Session) -> None:
    concepts = (
        Concept("bagasse", ("sugar_cane", "nothing"), "Fibre."),
        Concept("residue", (), "", "bagasse"),
        Concept("waste", (), "", "residue"),
    )
    report = glossary_files.import_glossary(
        seeded, SYSTEM, _reading(concepts=concepts), trust=False, now=NOW
    )
    assert report.counts == Counts(concepts=1, changed=1)
    assert [(each.place.name, each.code) for each in report.refused] == [
        ("bagasse", ErrorCode.GLOSSARY_SECTOR_UNKNOWN),
        ("residue", ErrorCode.GLOSSARY_CYCLE),
    ]
    held = reading.glossary(seeded).concepts
    assert held["bagasse"] == Concept("bagasse", ("sugar_cane",), "Fibre.", "residue")
    assert held["waste"].broader == "residue"
    entries = seeded.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.data["concept"] for entry in entries] == ["bagasse", "waste"]


def test_only_staff_import(session: Session) -> None:
    with pytest.raises(DomainError) as caught:
        glossary_files.import_glossary(session, VISITOR, _reading(), trust=False, now=NOW)
    assert caught.value.code is ErrorCode.NOT_ALLOWED


@pytest.fixture
def run(own_site: Flask) -> Callable[..., Result]:
    """Run a command of the site on a database of the test's own."""
    runner = own_site.test_cli_runner()
    return lambda *arguments: runner.invoke(args=[str(each) for each in arguments])


def test_commands_bring_all_seeds_in_and_out(
    run: Callable[..., Result], own_transactions: Transactions, tmp_path: Path
) -> None:
    assert run("seed").exit_code == 0
    assert run("seed").exit_code == 0
    with own_transactions.read() as session:
        assert session.scalar(select(func.count()).select_from(GlossaryConcept)) == 420
        held = reading.glossary(session)
    seeds = files.read(SEEDS).glossary()
    assert set(held.labels) == set(seeds.labels)
    assert held.version == seeds.version
    assert "420 concepts, 14279 labels" in run("glossary", "info").output
    out = tmp_path / "all.csv"
    assert run("glossary", "export", out).exit_code == 0
    assert set(files.read(out).labels) == set(seeds.labels)


def test_the_import_command_reports_and_its_dry_run_writes_nothing(
    run: Callable[..., Result], own_transactions: Transactions, tmp_path: Path
) -> None:
    table = tmp_path / "labels.csv"
    table.write_text(
        "concept,language,label,preferred,status\n"
        "bagasse,en,bagasse,1,confirmed\nbagasse,xx,bagasse,1,confirmed\nbagasse,en,,0,\n",
        encoding="utf-8",
    )
    dry = run("glossary", "import", table, "--dry-run")
    assert dry.exit_code == 4
    with own_transactions.read() as session:
        assert not reading.glossary(session).concepts
    report = tmp_path / "report.csv"
    result = run("glossary", "import", table, "--trust", "--report", report)
    assert result.exit_code == 4
    assert "labels.csv, row 3: “xx” is not a language of the glossary." in result.stderr
    with report.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["row"], row["code"]) for row in rows] == [
        ("3", "glossary_language_unknown"),
        ("4", "text_empty"),
    ]
    with own_transactions.read() as session:
        assert reading.glossary(session).find("bagasse", "en") == [(0, 7, "bagasse")]
    broken = tmp_path / "broken.ttl"
    broken.write_text("<a> <b> ", encoding="utf-8")
    assert run("glossary", "import", broken).exit_code == 1
