"""`matchmaker db`: the tables."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from matchmaker.cli.console import fail, say
from matchmaker.extensions import alembic


@click.group("db")
def db_group() -> None:
    """Make and check the tables."""


@db_group.command("upgrade")
@with_appcontext
def upgrade() -> None:
    """Bring the tables to what this version of the program needs. Changes nothing twice."""
    alembic.upgrade()
    say("The tables are up to date.")


@db_group.command("check")
@with_appcontext
def check() -> None:
    """Tell whether the tables are what this version needs; exit code 1 if not."""
    if alembic.needs_upgrade():
        raise fail("Migrations are missing: run `matchmaker db upgrade`.")
    differences = alembic.compare_metadata()
    if differences:
        raise fail(f"The tables differ from the program in {len(differences)} places.")
    say("The tables are up to date.")
