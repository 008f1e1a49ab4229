"""`matchmaker glossary propose`: term pairs from translations and approved matches, at once."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from matchmaker.cli.console import encoder, progress, say, transactions
from matchmaker.domain.clock import utc_now
from matchmaker.domain.permissions import SYSTEM
from matchmaker.queries.glossary import open_pairs
from matchmaker.services.term_mining import read_sources


@click.command("propose")
@with_appcontext
def propose_command() -> None:
    """Read what was not read yet; staff then confirm or refuse the pairs on the site."""
    with progress("Texts") as advance:
        done = read_sources(transactions(), encoder(), now=utc_now(), progress=advance)
    with transactions().read() as session:
        waiting = open_pairs(session, SYSTEM)
    say(f"Translations and matches read: {done}. Pairs of terms that wait: {waiting}.")
