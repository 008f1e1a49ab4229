"""The command line: `matchmaker …`, and the same commands under `flask --app wsgi …`."""

from matchmaker.cli.group import main

__all__ = ["main"]
