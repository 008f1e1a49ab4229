"""`matchmaker listings`: JSON lines in and out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from matchmaker.cli.console import complain, fail, progress, say, transactions
from matchmaker.domain.clock import utc_now
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.references import parse_reference
from matchmaker.domain.vocabulary import CodeField, ListingKind, ListingState, TextField
from matchmaker.i18n.errors import sentence
from matchmaker.models import Listing, ListingRevision, Organisation
from matchmaker.services.imports import Outcome, import_records

_BLOCK: Final = 50
_MOST_ERRORS: Final = 20
_LISTS: Final = {
    CodeField.SECTOR: "sectors",
    CodeField.KEYWORD: "keywords",
    CodeField.IPC_CODE: "ipc_codes",
    CodeField.PARTNERSHIP_TYPE: "partnership_types",
    CodeField.TRANSFER_MODE: "transfer_modes",
    CodeField.IP_TYPE: "ip_types",
    CodeField.TARGET_COUNTRY: "target_countries",
    CodeField.TECHNOLOGY_AREA: "technology_areas",
}


@click.group("listings")
def listings_group() -> None:
    """Bring listings in, and take them out."""


@listings_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organisation", required=True, help="Reference of the owner, as G-….")
@click.option("--publish", is_flag=True, help="Submit and publish each listing.")
@click.option(
    "--keep-duplicates",
    is_flag=True,
    help="With --publish: take a text that another listing has, under another own number.",
)
@click.option("--trust-language", is_flag=True, help="Believe the language that a row declares.")
@with_appcontext
def import_file(
    file: Path, organisation: str, *, publish: bool, keep_duplicates: bool, trust_language: bool
) -> None:
    """Bring in FILE, one JSON object a line, as listings of an organisation.

    The owner's own number (own_number or id) updates a listing that has it. Rows with errors are
    told and left out. Exit code 1 when any was.
    """
    rows = list(_records(file))
    outcomes: Counter[Outcome] = Counter()
    told = 0
    with progress("Listings") as advance:
        for start in range(0, len(rows), _BLOCK):
            with transactions().write() as session:
                owner = _organisation(session, organisation)
                reports = import_records(
                    session,
                    SYSTEM,
                    owner,
                    rows[start : start + _BLOCK],
                    publish=publish,
                    keep_duplicates=keep_duplicates,
                    trust_language=trust_language,
                    now=utc_now(),
                )
                outcomes.update(report.outcome for report in reports)
                for report in reports:
                    for error in report.errors:
                        told += 1
                        if told <= _MOST_ERRORS:
                            complain(f"line {report.number}: {sentence(error)}")
            advance(min(start + _BLOCK, len(rows)), len(rows))
    if told > _MOST_ERRORS:
        complain(f"{told - _MOST_ERRORS} more errors are not shown.")
    say(", ".join(f"{outcomes[outcome]} {outcome.value}" for outcome in Outcome))
    if outcomes[Outcome.REFUSED]:
        raise fail(f"{outcomes[Outcome.REFUSED]} of {len(rows)} lines were left out.")


@listings_group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--organisation", help="Only this owner's, as G-….")
@with_appcontext
def export_file(file: Path, organisation: str | None) -> None:
    """Write the published listings to FILE, one JSON object a line, without confidential detail."""
    query = (
        select(Listing)
        .where(Listing.state == ListingState.PUBLISHED)
        .order_by(Listing.id)
        .options(
            selectinload(Listing.revisions).selectinload(ListingRevision.texts),
            selectinload(Listing.revisions).selectinload(ListingRevision.codes),
        )
    )
    with transactions().read() as session:
        if organisation is not None:
            query = query.where(Listing.organisation == _organisation(session, organisation))
        lines = [
            json.dumps(_record(listing), ensure_ascii=False) for listing in session.scalars(query)
        ]
    partial = file.with_name(f".{file.name}.partial")
    partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    partial.replace(file)
    say(f"{len(lines)} listings are in {file}.")


def _records(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise fail(f"{file} is not a text in UTF-8: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise fail(f"{file}, line {number} is not JSON: {error}") from error
        if not isinstance(record, dict):
            raise fail(f"{file}, line {number} is not a JSON object.")
        yield number, record


def _organisation(session: Session, text: str) -> Organisation:
    reference = parse_reference(text)
    found = session.scalar(select(Organisation).where(Organisation.reference == reference))
    if found is None:
        raise fail(f"There is no organisation {text}.")
    return found


def _record(listing: Listing) -> dict[str, Any]:
    revision = listing.published
    assert revision is not None, "a published listing has its revision"
    original = revision.original
    record: dict[str, Any] = {
        "reference": listing.reference,
        "own_number": listing.own_number,
        "kind": listing.kind.value,
        "language": revision.original_language,
    }
    for field in TextField:
        if original is not None and field is not TextField.CONFIDENTIAL_DETAIL:
            record[field.value] = original.get(field)
    for code, name in _LISTS.items():
        record[name] = list(revision.values(code))
    for name in ("price_min", "price_max", "budget_min", "budget_max"):
        amount = getattr(revision, name)
        record[name] = amount / 100 if amount is not None else None
    stage = revision.stage_of_development
    wanted = listing.kind is not ListingKind.OFFER
    record["wanted_stage_from" if wanted else "stage_of_development"] = stage
    record |= {
        "trl": revision.trl,
        "ipr_status": revision.ipr_status,
        "price_type": revision.price_type,
        "currency": revision.currency,
        "needed_by": revision.needed_by.isoformat() if revision.needed_by else None,
        "site": revision.site,
        "valid_until": listing.valid_until.isoformat() if listing.valid_until else None,
    }
    return {name: value for name, value in record.items() if value not in (None, "", [])}
