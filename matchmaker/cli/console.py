"""What the commands share: progress bars, words for errors, exit codes.

The command line speaks English: it is for those who run the site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

import click
from flask import current_app
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from sqlalchemy.exc import OperationalError, ProgrammingError

from matchmaker.config import Settings, SettingsError
from matchmaker.database import Transactions, is_disk_full
from matchmaker.domain.errors import NO_SPACE, DomainError
from matchmaker.extensions import db
from matchmaker.i18n.errors import sentence
from matchmaker.matching.semantic import Encoder, default_encoder
from matchmaker.services.index_files import Places

EXIT_FAILED: Final = 1
EXIT_NOT_SET_UP: Final = 3
EXIT_INCOMPLETE: Final = 4
EXIT_INTERRUPTED: Final = 130
_FULL: Final = "The disk is full. What was finished before is kept."
_LOG_EVERY: Final = 30.0
"""Seconds between two lines of progress in a log."""
Advance = Callable[[int, int], None]
Step = Callable[[str], Advance]


def say(text: str) -> None:
    """Print a line for people."""
    click.echo(text)


def complain(text: str) -> None:
    """Print what went wrong, apart from the results."""
    click.echo(f"Error: {text}", err=True)


def fail(text: str) -> click.ClickException:
    """Return an exception that ends the command with this message; raise it."""
    return click.ClickException(text)


@contextmanager
def progress(title: str) -> Iterator[Advance]:
    """Show a bar on the terminal, or a line every half minute in a log; yields
    `advance(done, total)`."""
    with steps() as step:
        yield step(title)


@contextmanager
def steps() -> Iterator[Step]:
    """As `progress`, for work of several steps: yields `step(title)`, which gives its `advance`."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _logged()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:

        def step(title: str) -> Advance:
            task = bars.add_task(title, total=None, visible=False)

            def advance(done: int, total: int) -> None:
                bars.update(task, completed=done, total=max(total, 1), visible=True)

            return advance

        yield step


def _logged() -> Step:
    """Lines of progress on the standard error, for all steps together one each half minute."""
    last = monotonic()

    def step(title: str) -> Advance:
        def advance(done: int, total: int) -> None:
            nonlocal last
            if monotonic() - last >= _LOG_EVERY:
                last = monotonic()
                click.echo(f"{title}: {done} of {total}", err=True)

        return advance

    return step


def explain(error: BaseException) -> tuple[str | None, int]:
    """Return a sentence for an error that people can do something about, and the exit code.

    None for one that is ours: it is shown in full.
    """
    if isinstance(error, SettingsError):
        return str(error), EXIT_NOT_SET_UP
    if isinstance(error, DomainError):
        return str(sentence(error)), EXIT_FAILED
    if isinstance(error, ProgrammingError | OperationalError) and "no such table" in str(error):
        return "The database has no tables yet: run `matchmaker db upgrade`.", EXIT_NOT_SET_UP
    if isinstance(error, ProgrammingError) and "does not exist" in str(error):
        return "The database has no tables yet: run `matchmaker db upgrade`.", EXIT_NOT_SET_UP
    if isinstance(error, OperationalError):
        if "locked" in str(error):
            return "The database is locked by another process; try again.", EXIT_FAILED
        full = is_disk_full(error)
        return _FULL if full else f"The database does not answer: {error.orig}", EXIT_FAILED
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return _FULL, EXIT_FAILED
    return None, EXIT_FAILED


def settings() -> Settings:
    """Return the settings of the current site."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def transactions() -> Transactions:
    """Return short transactions on the site's database."""
    return Transactions(db.engine)


def places() -> Places:
    """Return where the indexes lie."""
    return Places(settings().index_folder)


def encoder() -> Encoder | None:
    """Return the encoder, or None where there is none or none is wanted."""
    return default_encoder() if settings().use_encoder else None
