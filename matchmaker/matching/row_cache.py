"""Latent terms on disk for work without a database: one SQLite file for each encoder and version.

A row is found by the hash of its text, so files, order and names of the texts do not matter, and a
run that was stopped goes on where it was.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from scipy.sparse import csr_matrix

from matchmaker.matching.semantic import Encoder, empty_rows, pack, text_hash, unpack

Progress = Callable[[int, int], None]
Failed = Callable[["RowCacheError"], None]
_BLOCK = 8
"""Texts encoded between two commits: a few seconds of work, lost at most by a crash."""
_ASKED = 500


class RowCacheError(OSError):
    """The cache cannot be read or written; the message says which file and why."""


def default_folder() -> Path | None:
    """The folder of this user for what can be computed again; None of one who has no home."""
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "matchmaker"
    except RuntimeError:
        return None


class RowCache:
    """An encoder's rows below a folder. Several processes may share one.

    With `failed`, a folder that cannot be used is told to it, and the texts are encoded without.
    """

    def __init__(self, folder: Path, encoder: Encoder, failed: Failed | None = None) -> None:
        self.path = folder / f"{encoder.name}-{encoder.version}.sqlite"
        self._encoder = encoder
        self._failed = failed

    def rows(self, texts: Sequence[str], progress: Progress | None = None) -> list[csr_matrix]:
        """The latent row of each text, encoded now where it is not held; none of an empty text.

        `progress(done, total)` counts the different texts. Raises RowCacheError without `failed`.
        """
        keys = {text_hash(text): text for text in texts if text}
        held: dict[str, csr_matrix] = {}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=60)) as store:
                store.execute(
                    "CREATE TABLE IF NOT EXISTS rows (hash TEXT PRIMARY KEY, row BLOB NOT NULL)"
                )
                _read(store, list(keys), held)
                self._encode(store, keys, held, progress)
        except (sqlite3.Error, OSError) as error:
            failure = RowCacheError(f"{self.path}: {error}")
            if self._failed is None:
                raise failure from error
            self._failed(failure)
            self._encode(None, keys, held, progress)
        empty = empty_rows(1)
        return [held.get(text_hash(text), empty) for text in texts]

    def _encode(
        self,
        store: sqlite3.Connection | None,
        keys: dict[str, str],
        held: dict[str, csr_matrix],
        progress: Progress | None,
    ) -> None:
        missing = [key for key in keys if key not in held]
        if progress is not None:
            progress(len(held), len(keys))
        for start in range(0, len(missing), _BLOCK):
            block = missing[start : start + _BLOCK]
            rows = self._encoder.encode([keys[key] for key in block])
            held.update({key: rows[place] for place, key in enumerate(block)})
            if store is not None:
                _write(store, {key: held[key] for key in block})
            if progress is not None:
                progress(len(held), len(keys))


def _write(store: sqlite3.Connection, rows: dict[str, csr_matrix]) -> None:
    with store:
        store.executemany(
            "INSERT OR REPLACE INTO rows VALUES (?, ?)",
            [(key, pack(row)) for key, row in rows.items()],
        )


def _read(store: sqlite3.Connection, keys: Sequence[str], held: dict[str, csr_matrix]) -> None:
    """Put into `held` what is stored of these; a row that was damaged counts as not stored."""
    for start in range(0, len(keys), _ASKED):
        some = keys[start : start + _ASKED]
        marks = ",".join("?" * len(some))
        found = store.execute(f"SELECT hash, row FROM rows WHERE hash IN ({marks})", some)  # noqa: S608
        for key, data in found:
            try:
                held[key] = unpack(data)
            except ValueError:
                continue
