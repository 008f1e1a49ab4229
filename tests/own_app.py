"""The site on settings of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from matchmaker.app import create_app
from matchmaker.config import Settings
from matchmaker.extensions import db


@contextmanager
def own_app(settings: Settings) -> Iterator[Flask]:
    """Make the site, enter an app context, and close its connections afterwards."""
    app = create_app(settings)
    try:
        with app.app_context():
            yield app
    finally:
        with app.app_context():  # the one before has given its connection back
            db.engine.dispose()
