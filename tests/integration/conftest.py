"""What the tests of the worker share: a database and an index folder of their own."""

from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np
import pytest
from flask import Flask
from scipy.sparse import csr_matrix

from matchmaker.config import Settings
from matchmaker.database import Transactions
from matchmaker.extensions import db
from matchmaker.matching.semantic import LATENT_DIMENSIONS
from matchmaker.services.index_files import Places
from tests.own_app import own_app


class WordEncoder:
    """An encoder whose latent terms are the words: quick, and the same everywhere."""

    name = "words"

    def __init__(self, version: str = "1") -> None:
        self.version = version
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> csr_matrix:
        """One row for each text."""
        self.encoded.extend(texts)
        rows = np.zeros((len(texts), LATENT_DIMENSIONS), dtype=np.float32)
        for place, text in enumerate(texts):
            for word in text.lower().split():
                rows[place, crc32(word.encode()) % LATENT_DIMENSIONS] += 1
        return csr_matrix(rows)


class BrokenEncoder(WordEncoder):
    """Fails at every text."""

    def encode(self, texts: Sequence[str]) -> csr_matrix:
        """Fail."""
        raise RuntimeError("no memory for the model")


class ChoosyEncoder(WordEncoder):
    """Fails at texts about buffalo, and at all that come with one."""

    def encode(self, texts: Sequence[str]) -> csr_matrix:
        """One row for each text."""
        if any("buffalo" in text for text in texts):
            raise ValueError("a text that the model cannot read")
        return super().encode(texts)


@pytest.fixture
def own_site(own_settings: Settings) -> Iterator[Flask]:
    """A site on a database of the test's own, inside an app context."""
    with own_app(own_settings) as app:
        yield app


@pytest.fixture
def own_transactions(own_site: Flask) -> Transactions:
    """Transactions that really commit."""
    return Transactions(db.engine)


@pytest.fixture
def own_places(own_settings: Settings) -> Places:
    """An index folder of the test's own."""
    return Places(own_settings.index_folder)
