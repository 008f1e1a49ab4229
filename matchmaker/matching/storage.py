"""An index on disk: arrays and JSON in a folder for each state, swapped by one small file.

    directory/CURRENT            the name of the folder to read
    directory/<name>/meta.json   documents, model, glossary, vocabulary
    directory/<name>/*.npy       the arrays, memory-mapped when read

A folder is complete and on the disk before CURRENT names it, so a reader or a crash never meets
half of one. No pickle: what is read cannot run.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from matchmaker.matching.centring import Means
from matchmaker.matching.contents import Contents
from matchmaker.matching.documents import BLOCKS, Document, Signals
from matchmaker.matching.fitting import Blocks, Model
from matchmaker.matching.glossary import Concept, Glossary, Label
from matchmaker.matching.index import Index
from matchmaker.matching.ranking import Blend, Calibration, Moments, Pair, Tail
from matchmaker.matching.semantic import EncoderId, LatentWeighting
from matchmaker.matching.weighting import Weighting

FORMAT = 5
_CURRENT = "CURRENT"
_KEPT = 2


class NoIndexError(FileNotFoundError):
    """There is no index in the directory, or one of a format that this program does not read."""


def current_version(directory: Path) -> str | None:
    """The name of the state stored last: changes with every save. None where there is none."""
    try:
        name = (directory / _CURRENT).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    return name or None


def save(index: Index, directory: Path) -> str:
    """Store an index and make it the current one; returns its name. OSError on a full disk, which
    leaves the one before in place."""
    directory.mkdir(parents=True, exist_ok=True)
    name = f"{index.version}-{uuid.uuid4().hex[:12]}"
    folder = directory / f".{name}"
    try:
        folder.mkdir()
        _write_arrays(index, folder)
        _write(folder / "meta.json", json.dumps(_meta(index), ensure_ascii=False).encode())
        _sync(folder)
        folder.rename(directory / name)
        _write(directory / f".{_CURRENT}-{name}", name.encode())
        (directory / f".{_CURRENT}-{name}").replace(directory / _CURRENT)
        _sync(directory)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        (directory / f".{_CURRENT}-{name}").unlink(missing_ok=True)
        raise
    _tidy(directory, name)
    return name


def load(directory: Path) -> Index:
    """The current index, its arrays memory-mapped. Raises NoIndexError when there is none."""
    for _ in range(3):
        name = current_version(directory)
        if name is None:
            break
        try:
            return _read(directory / name)
        except FileNotFoundError:
            continue  # swapped and tidied away between the two reads
    raise NoIndexError(str(directory))


def _read(folder: Path) -> Index:
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    if meta.get("format") != FORMAT:
        raise NoIndexError(f"{folder}: format {meta.get('format')}")
    counts = Blocks(*(_read_matrix(folder, block, meta["shapes"][block]) for block in BLOCKS))
    contents = Contents(
        tuple(_document(each) for each in meta["documents"]),
        {term: column for column, term in enumerate(meta["vocabulary"])},
        {concept: column for column, concept in enumerate(meta["concepts"])},
        counts,
        EncoderId(*meta["encoder"]) if meta["encoder"] else None,
        _read_matrix(folder, "lent", meta["shapes"]["lent"]) if meta["shapes"]["lent"] else None,
    )
    return Index(contents, _model(folder, meta["model"]), _glossary(meta["glossary"]))


def _write_arrays(index: Index, folder: Path) -> None:
    counts = index.contents.counts
    matrices = dict(zip(BLOCKS, (counts.words, counts.concepts, counts.latent), strict=True))
    lent = index.contents.lent
    for name, matrix in (matrices | ({} if lent is None else {"lent": lent})).items():
        for part in ("data", "indices", "indptr"):
            _save_array(folder / f"{name}.{part}.npy", getattr(matrix, part))
    model = index.model
    for block, weighting in zip(BLOCKS, (model.words, model.concepts, model.latent), strict=True):
        _save_array(folder / f"{block}.idf.npy", weighting.idf)
    _save_array(folder / "means.npy", model.means.rows)


def _save_array(path: Path, array: Any) -> None:
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def _read_matrix(folder: Path, block: str, shape: list[int]) -> csr_matrix:
    parts = []
    for part in ("data", "indices", "indptr"):
        path = folder / f"{block}.{part}.npy"
        parts.append(np.load(path, mmap_mode="r", allow_pickle=False))
    return csr_matrix(tuple(parts), shape=(shape[0], shape[1]))


def _meta(index: Index) -> dict[str, Any]:
    contents, model = index.contents, index.model
    return {
        "format": FORMAT,
        "shapes": {
            "words": contents.counts.words.shape,
            "concepts": contents.counts.concepts.shape,
            "latent": contents.counts.latent.shape,
            "lent": None if contents.lent is None else contents.lent.shape,
        },
        "encoder": contents.encoder and [contents.encoder.name, contents.encoder.version],
        "documents": [_plain(document) for document in contents.documents],
        "vocabulary": sorted(contents.vocabulary, key=contents.vocabulary.__getitem__),
        "concepts": sorted(contents.concepts, key=contents.concepts.__getitem__),
        "glossary": {
            "concepts": [asdict(concept) for concept in index.glossary.concepts.values()],
            "labels": [asdict(label) for label in index.glossary.labels],
        },
        "model": {
            "version": model.version,
            "fitted": model.fitted,
            "blend": asdict(model.blend),
            "unseen": [model.words.unseen, model.concepts.unseen, model.latent.unseen],
            "languages": model.means.languages,
            "words": _plain_moments(model.calibration.words),
            "latent": _plain_moments(model.calibration.latent),
            "tails": [[*sort, asdict(tail)] for sort, tail in model.calibration.tails.items()],
        },
    }


def _model(folder: Path, meta: Mapping[str, Any]) -> Model:
    weightings = [
        Weighting(np.load(folder / f"{block}.idf.npy", allow_pickle=False), unseen)
        for block, unseen in zip(BLOCKS, meta["unseen"], strict=True)
    ]
    calibration = Calibration(
        words=_moments(meta["words"]),
        latent=_moments(meta["latent"]),
        tails={
            (left, right, encoded): Tail(tuple(each["knots"]), each["scale"])
            for left, right, encoded, each in meta["tails"]
        },
    )
    return Model(
        words=weightings[0],
        concepts=weightings[1],
        latent=LatentWeighting(weightings[2].idf, weightings[2].unseen),
        means=Means(tuple(meta["languages"]), np.load(folder / "means.npy", allow_pickle=False)),
        calibration=calibration,
        blend=Blend.of(meta["blend"]),
        fitted=meta["fitted"],
        version=meta["version"],
    )


def _plain_moments(table: Mapping[Pair, Moments]) -> list[list[Any]]:
    return [[*pair, each.mean, each.deviation, each.count] for pair, each in table.items()]


def _moments(rows: list[list[Any]]) -> dict[Pair, Moments]:
    return {(left, right): Moments(*rest) for left, right, *rest in rows}


def _plain(document: Document) -> dict[str, Any]:
    plain = asdict(document)
    for name in ("needed_by", "valid_until"):
        day = plain["signals"][name]
        plain["signals"][name] = day.isoformat() if day else None
    return plain


def _document(plain: Mapping[str, Any]) -> Document:
    parts = dict(plain["signals"])
    for name, value in parts.items():
        if isinstance(value, list):
            parts[name] = tuple(value)
        elif name in {"needed_by", "valid_until"} and value:
            parts[name] = date.fromisoformat(value)
    return Document(**{**plain, "signals": Signals(**parts)})


def _glossary(plain: Mapping[str, Any]) -> Glossary:
    concepts = [
        Concept(**{**each, "sectors": tuple(each["sectors"])}) for each in plain["concepts"]
    ]
    return Glossary(concepts, [Label(**each) for each in plain["labels"]])


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _tidy(directory: Path, current: str) -> None:
    """Remove older states but the one before, which a reader may still be opening."""
    folders = [path for path in directory.iterdir() if path.is_dir() and path.name != current]
    folders.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in folders[_KEPT - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)
    for left_over in directory.glob(f".{_CURRENT}-*"):
        left_over.unlink(missing_ok=True)
