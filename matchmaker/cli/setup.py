"""Which commands there are, and their place under `flask --app wsgi`."""

from __future__ import annotations

from typing import Final

import click
from flask import Flask

from matchmaker.cli.database import db_group
from matchmaker.cli.demo import demo_group
from matchmaker.cli.engine import index_group, match_group
from matchmaker.cli.glossary import glossary_group
from matchmaker.cli.learning import learn_command
from matchmaker.cli.listings import listings_group
from matchmaker.cli.mail import mail_group
from matchmaker.cli.matching import evaluate_command, explain_command, rank_command
from matchmaker.cli.seeds import seed_command
from matchmaker.cli.serving import serve_command, web_command
from matchmaker.cli.terms import propose_command
from matchmaker.cli.users import users_group

COMMANDS: Final[tuple[click.Command, ...]] = (
    db_group,
    demo_group,
    evaluate_command,
    explain_command,
    glossary_group,
    index_group,
    learn_command,
    listings_group,
    mail_group,
    match_group,
    rank_command,
    seed_command,
    serve_command,
    users_group,
    web_command,
)

glossary_group.add_command(propose_command)


def init_app(app: Flask) -> None:
    """Offer the commands under `flask --app wsgi`; Alembic's own move from `db` to `alembic`."""
    migrations = app.cli.commands.get("db")
    if migrations is not None:
        app.cli.add_command(migrations, "alembic")
    for command in COMMANDS:
        app.cli.add_command(command)
