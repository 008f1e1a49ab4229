"""Index on disk: what is loaded answers as what was saved, and a crash leaves the one before."""

from __future__ import annotations

import errno
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from matchmaker.matching import storage
from matchmaker.matching.background import reference
from matchmaker.matching.documents import Document, Signals
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import Index
from matchmaker.matching.semantic import EncoderId

SIGNALS = Signals(
    organisation="O-1",
    sectors=("ocean",),
    price=(100, None, "CNY"),
    needed_by=date(2026, 12, 31),
)


def test_round_trip(index: Index, documents: list[Document], tmp_path: Path) -> None:
    extra = Document("x", "G-x", "offer", "en", "Sea cages", "Cages for fish.", SIGNALS)
    saved = index.add([extra], {})
    name = storage.save(saved, tmp_path)
    assert storage.current_version(tmp_path) == name
    loaded = storage.load(tmp_path)
    assert loaded.version == saved.version
    assert loaded.contents.documents == saved.contents.documents
    assert loaded.hashes() == saved.hashes()
    for document in documents:
        assert loaded.match(document.group, top=20) == saved.match(document.group, top=20)
    assert loaded.explain("bagasse-th", "bagasse-en") == saved.explain("bagasse-th", "bagasse-en")
    assert loaded.search("甘蔗渣", None, None, 3) == saved.search("甘蔗渣", None, None, 3)


def test_a_loaded_index_grows(index: Index, tmp_path: Path) -> None:
    storage.save(index, tmp_path)
    extra = Document("x", "G-x", "offer", "en", "Bagasse boards", "Boards of bagasse.", SIGNALS)
    grown = storage.load(tmp_path).add([extra], {})
    assert "G-x" in grown
    assert storage.save(grown, tmp_path) != storage.current_version(tmp_path / "none")
    assert "G-x" in storage.load(tmp_path)


def test_nothing_there(tmp_path: Path) -> None:
    assert storage.current_version(tmp_path) is None
    with pytest.raises(storage.NoIndexError):
        storage.load(tmp_path)


def test_a_full_disk_leaves_the_one_before(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = storage.save(index, tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "save", full)
        with pytest.raises(OSError, match="space"):
            storage.save(index.remove({"G-bagasse-en"}), tmp_path)
    assert storage.current_version(tmp_path) == name
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["CURRENT", name])
    assert "G-bagasse-en" in storage.load(tmp_path)


def test_old_states_are_tidied(index: Index, tmp_path: Path) -> None:
    names = [storage.save(index, tmp_path) for _ in range(5)]
    folders = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert names[-1] in folders
    assert len(folders) == 2


def test_another_format_is_refused(index: Index, tmp_path: Path) -> None:
    meta = tmp_path / storage.save(index, tmp_path) / "meta.json"
    content = json.loads(meta.read_text(encoding="utf-8"))
    meta.write_text(json.dumps({**content, "format": 99}), encoding="utf-8")
    with pytest.raises(storage.NoIndexError):
        storage.load(tmp_path)


def test_no_pickle_anywhere(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / storage.save(index, tmp_path)
    assert {path.suffix for path in folder.iterdir()} == {".npy", ".json"}


def test_the_encoder_is_part_of_the_index(
    documents: list[Document], latent: dict[str, csr_matrix], tmp_path: Path
) -> None:
    encoder = EncoderId("hash", "1")
    lent = reference().latent
    built = Index.build(documents, latent=latent, glossary=Glossary(), encoder=encoder, lent=lent)
    storage.save(built, tmp_path)
    loaded = storage.load(tmp_path)
    assert loaded.encoder == encoder
    assert loaded.refit().version == built.version
    assert loaded.remove({"G-bagasse-en"}).encoder == encoder
    storage.save(Index.build(documents, latent={}, glossary=Glossary()), tmp_path)
    assert storage.load(tmp_path).encoder is None
