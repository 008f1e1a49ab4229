"""`matchmaker mail`: what came back, and whom no mail reaches."""

from __future__ import annotations

import mailbox
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import with_appcontext

from matchmaker.cli.console import fail, say, transactions
from matchmaker.domain.clock import utc_now
from matchmaker.queries.mail_addresses import undeliverable_people
from matchmaker.services import bounces
from matchmaker.services.delivery_reports import read_reports


@click.group("mail")
def mail_group() -> None:
    """Look after mails that came back."""


@mail_group.command("bounces")
@click.argument("source", type=click.Path(exists=True, path_type=Path, allow_dash=True))
@with_appcontext
def bounces_command(source: Path) -> None:
    """Read delivery reports from SOURCE: a maildir, an mbox file, or - for one mail on stdin.

    Nothing in SOURCE is changed; what was read before is not counted twice.
    """
    counts: Counter[str] = Counter()
    for content in _mails(source):
        reports = read_reports(content)
        if not reports:
            counts["no report"] += 1
        for report in reports:
            with transactions().write() as session:
                new = bounces.record_report(session, report, now=utc_now())
            counts["foreign" if new is None else "new" if new else "known"] += 1
    say(
        f"New: {counts['new']}. Known before: {counts['known']}. Not about a mail of ours: "
        f"{counts['foreign']}. No delivery reports: {counts['no report']}."
    )


@mail_group.command("undeliverable")
@with_appcontext
def undeliverable_command() -> None:
    """List the accounts that get no more mails, because mails came back for good."""
    with transactions().read() as session:
        for person in undeliverable_people(session):
            say(f"{person.email}\t{person.name}")


def _mails(source: Path) -> Iterator[bytes]:
    if str(source) == "-":
        yield sys.stdin.buffer.read()
        return
    box: mailbox.Mailbox[mailbox.Message]
    if source.is_dir():
        if not {"cur", "new"} <= {each.name for each in source.iterdir()}:
            raise fail(f"{source} is no maildir: it has no folders cur and new.")
        box = mailbox.Maildir(source, create=False)
    else:
        box = mailbox.mbox(source, create=False)
    try:
        for key in box.iterkeys():
            yield box.get_bytes(key)
    finally:
        box.close()
