"""The two indexes on disk, loaded once in a process and again when a newer one is there.

`member` is what the engine matches; `public` holds the public tier alone, so that no search can
probe words that its reader may not see. Only `services.indexing` writes them.
"""

import threading
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, Literal

from scipy.sparse import csr_matrix

from matchmaker.matching import storage
from matchmaker.matching.index import Index
from matchmaker.matching.semantic import default_encoder, identity, text_for_encoding

Tier = Literal["member", "public"]
TIERS: Final[tuple[Tier, ...]] = ("member", "public")
_MAX_QUERY: Final = 300
"""Characters of a question that are encoded: a few milliseconds."""


class IndexFile:
    """One index on disk and what this process has read of it. Threads may share one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._name: str | None = None
        self._index: Index | None = None

    def get(self) -> Index | None:
        """Return the current index, or None when none was written yet or it cannot be read."""
        with self._lock:
            name = storage.current_version(self.folder)
            if name is None:
                self._index = None
            elif name != self._name or self._index is None:
                try:
                    self._index = storage.load(self.folder)
                except (storage.NoIndexError, OSError, ValueError, KeyError, TypeError):
                    self._index = None
            self._name = name
            return self._index

    def put(self, index: Index) -> None:
        """Write `index` and make it the current one; OSError leaves the one before in place."""
        name = storage.save(index, self.folder)
        with self._lock:
            self._index, self._name = index, name


@cache
def index_file(folder: Path, tier: Tier) -> IndexFile:
    """Return the index of a tier below `folder` (`Settings.index_folder`), one object a process."""
    return IndexFile(folder / tier)


def public_index(folder: Path) -> Index | None:
    """Return the index that everybody may search, or None while there is none.

    `folder` is `Settings.index_folder`. The answer follows what the worker writes.
    """
    return index_file(folder, "public").get()


class ReadState(StrEnum):
    """How much of a published listing the engine has read."""

    FULL = "full"
    WORDS = "words"
    """Its words and concepts; its latent terms are still to come."""
    NOT_YET = "not_yet"


def read_state(folder: Path, reference: str) -> ReadState:
    """Return how much the engine has read of a published listing's public text."""
    index = public_index(folder)
    if index is None or reference not in index:
        return ReadState.NOT_YET
    return ReadState.WORDS if reference in index.waiting_groups else ReadState.FULL


@dataclass(frozen=True)
class Reading:
    """What everybody's index holds: listings, those of them read by words alone, the encoder."""

    listings: int
    waiting: int
    encoder: str | None


def reading(folder: Path) -> Reading:
    """Return what the public index holds; nothing where there is none."""
    index = public_index(folder)
    if index is None:
        return Reading(0, 0, None)
    name = str(index.encoder) if index.encoder else None
    return Reading(len(index.groups()), len(index.waiting_groups), name)


def encode_query(text: str, index: Index) -> csr_matrix | None:
    """Return the latent terms of a question, or None where no encoder is installed, or another
    than the one that read the index's texts.

    The first call of a process loads the encoder (about a second); then it takes some
    milliseconds.
    """
    encoder = default_encoder()
    if encoder is None or identity(encoder) != index.encoder or not text.strip():
        return None
    return encoder.encode([text_for_encoding(text[:_MAX_QUERY], "")])
