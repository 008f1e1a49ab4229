"""`matchmaker seed`: sectors, centres and, in a demonstration, all the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from flask.cli import with_appcontext
from flask_security.utils import hash_password
from sqlalchemy.orm import Session

from matchmaker.cli.console import complain, fail, progress, say, settings, transactions
from matchmaker.config import PROJECT_FOLDER
from matchmaker.domain.clock import utc_now
from matchmaker.matching import glossary_files as files
from matchmaker.services import (
    audit,
    demo_mark,
    directory_seeds,
    glossary_files,
    ndas,
    seeding,
    seeding_history,
)

SEEDS: Final = PROJECT_FOLDER / "seeds"
DEMO_PASSWORD: Final = "matchmaker-demo"  # noqa: S105 - everybody may know it
_BLOCK: Final = 20


@click.command("seed")
@click.option(
    "--centres",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of centres, in the form of seeds/centres.json.",
)
@click.option("--demo", is_flag=True, help="Also the invented organisations and listings.")
@with_appcontext
def seed_command(centres: Path | None, *, demo: bool) -> None:
    """Load the sectors, the glossary and, if asked, centres. What is there stays as it is."""
    try:
        if demo:
            load_demo()
        else:
            load_basics(centres)
    except seeding.SeedError as error:
        raise fail(str(error)) from error


def load_basics(centres: Path | None) -> None:
    """Load sectors, glossary and a file of centres, and say how many were new."""
    with transactions().write() as session:
        sectors = seeding.load_sectors(session, seeding.read_json(SEEDS / "sectors.json"))
        new = seeding.load_centres(session, seeding.read_json(centres)) if centres else 0
        sample = ndas.load_sample(session, SEEDS / "nda", now=utc_now())
        words = load_glossary(session, now=utc_now())
    say(f"{sectors} sectors and {new} centres are new.")
    say(f"{words.concepts} concepts and {words.labels} labels of the glossary are new.")
    if sample:
        say("A sample of a non-disclosure agreement is loaded: replace it before anybody signs.")


def load_glossary(session: Session, *, now: datetime) -> glossary_files.Counts:
    """Load the seeds of the glossary that this site has not taken yet."""
    return glossary_files.load_seeds(session, files.read(SEEDS / "glossary"), now=now)


def load_demo() -> None:
    """Load everything of the demonstration, in a database that is marked as one."""
    now = utc_now()
    with transactions().write() as session, audit.seeding(session):
        demo_mark.mark_as_demo(session)
        seeding.load_sectors(session, seeding.read_json(SEEDS / "sectors.json"))
        seeding.load_centres(session, seeding.read_json(SEEDS / "centres.json"))
        ndas.load_sample(session, SEEDS / "nda", now=now)
        load_glossary(session, now=now)
    organisations = seeding.read_lines(SEEDS / "organisations.jsonl")
    with transactions().write() as session, audit.seeding(session):
        password = hash_password(DEMO_PASSWORD)
        seeding.load_organisations(session, organisations, password=password, now=now)
        seeding.load_logins(session, password=password, now=now)
        staff = seeding.read_lines(SEEDS / "staff.jsonl")
        seeding_history.load_staff(session, staff, password=password, now=now)
        directory_seeds.load_sample_catalogue(session, SEEDS / "export_catalogues", now=now)
        directory_seeds.load_services(
            session,
            seeding.read_lines(SEEDS / "services.jsonl"),
            seeding.organisation_keys(session),
            now=now,
        )
    cases = seeding.read_lines(SEEDS / "history.jsonl")
    _load_listings(cases, now)
    with transactions().write() as session, audit.seeding(session):
        folder = settings().upload_folder
        new = seeding_history.load_history(session, cases, folder=folder, now=now)
    say(f"{new} cases of the demonstration's history are new.")


def demo_listings() -> list[seeding.Row]:
    """Return the rows of all files of listings, in the order of the files' names."""
    return [
        row
        for path in sorted((SEEDS / "listings").glob("*.jsonl"))
        for row in seeding.read_lines(path)
    ]


def _load_listings(cases: Sequence[seeding.Row], now: datetime) -> None:
    rows = demo_listings()
    truth = SEEDS / "truth.tsv"
    pairs = seeding.read_pairs(truth) if truth.exists() else []
    first_days = seeding_history.first_days(cases)
    paired = frozenset(key for pair in pairs for key in pair) | first_days.keys()
    refused: list[str] = []
    with progress("Listings") as advance:
        for start in range(0, len(rows), _BLOCK):
            with transactions().write() as session, audit.seeding(session):
                refused += seeding.load_listings(
                    session,
                    rows[start : start + _BLOCK],
                    paired=paired,
                    now=now,
                    place=start,
                    first_days=first_days,
                )
            advance(min(start + _BLOCK, len(rows)), len(rows))
    for line in refused:
        complain(f"not loaded: {line}")
    say(f"{len(rows) - len(refused)} of {len(rows)} listings of the demonstration are there.")
