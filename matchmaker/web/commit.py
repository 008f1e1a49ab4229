"""The boundary of a request: one commit, and only here."""

from __future__ import annotations

from matchmaker.extensions import db


def commit() -> None:
    """Commit the work of the request. What goes wrong is answered by `web.errors`."""
    db.session.commit()
