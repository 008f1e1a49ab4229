"""`matchmaker glossary`: the site's glossary in and out of files."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.table import Table

from matchmaker.cli.console import EXIT_INCOMPLETE, complain, progress, say, transactions
from matchmaker.domain.clock import utc_now
from matchmaker.domain.glossary import LABEL_LANGUAGES
from matchmaker.domain.permissions import SYSTEM
from matchmaker.i18n.errors import describe
from matchmaker.matching import glossary_files as files
from matchmaker.matching.glossary import Glossary
from matchmaker.queries.glossary import glossary as site_glossary
from matchmaker.services import glossary_files

_SHOWN: Final = 20
_FORMAT: Final = click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in files.Format]),
    help="What the file is, where its name does not tell.",
)


@click.group("glossary")
def glossary_group() -> None:
    """Bring concepts and labels in, take them out, and count them."""


@glossary_group.command("import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@_FORMAT
@click.option("--trust", is_flag=True, help="Confirm the labels that the file calls confirmed.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write every entry that was left out to this CSV file.",
)
@with_appcontext
def import_file(
    file: Path, form: str | None, report: Path | None, *, trust: bool, dry_run: bool
) -> None:
    """Add what FILE has: SKOS (.ttl, .rdf), TBX (.tbx) or CSV (.csv, or a folder of two files).

    Nothing is removed. Entries with errors are told and left out; the exit code is then 4.
    """
    with transactions().read() as session:
        known = site_glossary(session).concepts.keys()
    reading = files.read(file, files.Format(form) if form else None, known)
    opened = transactions().read() if dry_run else transactions().write()
    with opened as session, progress("Concepts") as advance:
        done = glossary_files.import_glossary(
            session, SYSTEM, reading, trust=trust, now=utc_now(), progress=advance
        )
    _tell(done.refused, report)
    counts = done.counts
    say(
        f"{counts.concepts} concepts and {counts.labels} labels are new, {counts.changed} concepts "
        f"changed, {counts.confirmed} labels are confirmed now."
    )
    if dry_run:
        say("Nothing was written: this was a dry run.")
    if done.refused:
        complain(f"{len(done.refused)} entries were left out.")
        click.get_current_context().exit(EXIT_INCOMPLETE)


@glossary_group.command("export")
@click.argument("file", type=click.Path(writable=True, path_type=Path))
@_FORMAT
@with_appcontext
def export_file(file: Path, form: str | None) -> None:
    """Write the glossary to FILE; its name tells the format: .ttl, .rdf, .tbx, .csv, or a folder.

    With the status of each label, so that an import with --trust brings back the same.
    """
    with transactions().read() as session:
        held = site_glossary(session)
    written = files.write(held, file, files.Format(form) if form else None)
    say(f"{len(held.concepts)} concepts and {len(held.labels)} labels are in {file} ({written}).")


@glossary_group.command("info")
@with_appcontext
def info() -> None:
    """Count concepts and labels, by language."""
    with transactions().read() as session:
        held = site_glossary(session)
    say(f"{len(held.concepts)} concepts, {len(held.labels)} labels; version {held.version}")
    Console().print(_by_language(held))


def _by_language(held: Glossary) -> Table:
    table = Table("language", box=None)
    for heading in ("confirmed", "unconfirmed", "concepts without a confirmed one"):
        table.add_column(heading, justify="right")
    counts = Counter((label.language, label.confirmed) for label in held.labels)
    named = {(label.language, label.concept) for label in held.labels if label.confirmed}
    covered = Counter(language for language, _ in named)
    for language in LABEL_LANGUAGES:
        table.add_row(
            language,
            str(counts[language, True]),
            str(counts[language, False]),
            str(len(held.concepts) - covered[language]),
        )
    return table


def _tell(refused: Sequence[files.Refused], report: Path | None) -> None:
    for each in refused[:_SHOWN]:
        complain(f"{each.place}: {describe(each.code, each.data)}")
    if len(refused) > _SHOWN:
        complain(f"{len(refused) - _SHOWN} more are not shown; --report FILE writes them all.")
    if report is not None:
        with report.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("where", "row", "code", "reason"))
            writer.writerows(
                (each.place.name, each.place.row, each.code.value, describe(each.code, each.data))
                for each in refused
            )
