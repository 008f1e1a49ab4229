"""`matchmaker`: the group of all commands. The site is loaded only by commands that need it."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click
from flask import Flask
from flask.cli import FlaskGroup, NoAppException

from matchmaker.cli.console import EXIT_INTERRUPTED, EXIT_NOT_SET_UP, complain, explain
from matchmaker.cli.setup import COMMANDS
from matchmaker.config import SettingsError


class NotSetUpError(NoAppException):
    """A setting is missing or wrong; `matchmaker --help` still lists the commands."""

    exit_code = EXIT_NOT_SET_UP


def load_site() -> Flask:
    """Build the site: by name, as WSGI servers do, because it stands above the command line."""
    try:
        app = importlib.import_module("matchmaker.app").create_app()
    except SettingsError as error:
        raise NotSetUpError(str(error)) from error
    assert isinstance(app, Flask)
    return app


group = FlaskGroup(
    name="matchmaker",
    help="Technology Matchmaker: run the site and look after its data.",
    create_app=load_site,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    set_debug_flag=False,
)
for _command in COMMANDS:
    group.add_command(_command)


def main(arguments: list[str] | None = None, **options: Any) -> None:
    """Run the command line.

    Exit codes: 0 done, 1 failed, 2 wrong use, 3 not set up, 4 done but for lines
    that could not be read, 130 stopped.
    """
    try:
        code = group.main(arguments, prog_name="matchmaker", standalone_mode=False, **options)
    except click.exceptions.Abort:
        complain("Stopped.")
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Exception as error:
        message, code = explain(error)
        if message is None:
            raise
        complain(message)
    sys.exit(code if isinstance(code, int) else 0)
