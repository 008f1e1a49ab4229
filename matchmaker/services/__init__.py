"""Writes: one verb per function, `(session, actor, ...) -> row`. They never commit."""
