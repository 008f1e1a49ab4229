"""Do the reasons tell what made a score? `python -m bench reasons` removes the top phrase of 300
real pairs from their texts, analyses and encodes these anew, and looks whether the score falls.

Encoded texts are kept in var/bench: the first run takes half an hour of a core, the next minutes.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from bench.quality import CACHE, ROOT, SETS, circumstances, put
from matchmaker.matching import explanation, files
from matchmaker.matching.analysis.normalisation import align
from matchmaker.matching.documents import Document, Reason, Signals
from matchmaker.matching.features import encoding_texts
from matchmaker.matching.index import Index
from matchmaker.matching.ranking import POSSIBLE_FROM
from matchmaker.matching.removal import without_reason
from matchmaker.matching.row_cache import RowCache
from matchmaker.matching.semantic import (
    CachedEncoder,
    Encoder,
    default_encoder,
    document_row,
    stack,
)
from matchmaker.queries.documents import READ_FIELDS

KINDS: Final = ("words", "concepts", "latent")
EACH: Final = 110
_FROM_ONE_POOL: Final = 55
_POOLS: Final = (
    "seeds", "xl_mixed", "zh_needs_results", "en_calls_projects", "xl_software", "xl_pairs",
)  # fmt: skip
_SEED: Final = 20_261_123
_TRIED: Final = 2_000
"""Pairs of one pool that are looked at; each text is in one trial at most."""

Rows = dict[str, csr_matrix]


class KeptEncoder:
    """The site's encoder with what it ever encoded kept in var/bench."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.version = encoder.name, encoder.version
        self._kept = RowCache(CACHE, encoder)

    def encode(self, texts: Sequence[str]) -> csr_matrix:
        """As the encoder it wraps."""
        return stack(self._kept.rows(texts))


@dataclass(frozen=True)
class Pool:
    """Documents in an index, and the pairs of an offer and a need that belong together."""

    index: Index
    pairs: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Trial:
    """A pair whose top phrase was removed: whether the score fell, by where."""

    kind: str
    languages: tuple[str, str]
    both: bool
    offer: bool
    need: bool


def run(*, write: bool) -> int:
    """Remove top phrases, print the table and, if asked, put it into the page."""
    encoder = kept_encoder()
    if encoder is None:
        print("No encoder is installed: nothing to measure.")
        return 0
    trials: list[Trial] = []
    for name in _POOLS:
        pool = read_pool(name, encoder)
        if pool is not None:
            found = list(_trials(pool, encoder, trials))
            trials += found
            print(f"{name}: {len(found)} pairs", file=sys.stderr)
    text = "\n".join([*_table(trials), "", circumstances()])
    print(text)
    if write:
        put(text, *marks("reasons"))
    return 0


def marks(name: str) -> tuple[str, str]:
    """Between which lines of docs/matching.md something stands."""
    return f"<!-- {name}: made by python -m bench {name} --write -->", f"<!-- end of {name} -->"


def kept_encoder() -> Encoder | None:
    """The site's encoder with what it ever encoded kept in var/bench; None where there is none."""
    encoder = default_encoder()
    return None if encoder is None else CachedEncoder(KeptEncoder(encoder), size=200_000)


# Pairs


def read_pool(name: str, encoder: Encoder) -> Pool | None:
    """The listings of the demonstration ("seeds") or an evaluation set; None when absent."""
    if name == "seeds":
        documents, pairs = _demonstration()
    elif not (SETS / name / "qrels.tsv").exists():
        print(f"{name} is not there: left out.", file=sys.stderr)
        return None
    else:
        documents, pairs = _set(SETS / name)
    rows = _rows(documents, encoder)
    glossary = files.read_glossary(ROOT / "seeds" / "glossary")
    index = Index.build(documents, latent=rows, glossary=glossary)
    order = np.random.default_rng(_SEED).permutation(len(pairs))
    return Pool(index, [pairs[place] for place in order])


def _set(folder: Path) -> tuple[list[Document], list[tuple[str, str]]]:
    queries, _ = files.read_documents(folder / "queries.jsonl", "need")
    documents, _ = files.read_documents(folder / "docs.jsonl", "offer")
    judgements, _ = files.read_judgements(folder / "qrels.tsv")
    # A passage may be a query and a document.
    asked = {query.id: replace(query, id=f"?{query.id}", group=f"?{query.id}") for query in queries}
    held = {document.id for document in documents}
    pairs = [
        (document, asked[query].id)
        for query, judged in sorted(judgements.items())
        for document, relevance in sorted(judged.items())
        if relevance > 0 and query in asked and document in held
    ]
    return [_in_unicode(each) for each in (*documents, *asked.values())], pairs


def _in_unicode(document: Document) -> Document:
    """As the site stores it: phrases of reasons stand in the text."""
    title, text = (
        align(each, document.language).source for each in (document.title, document.text)
    )
    return replace(document, title=title, text=text)


def _demonstration() -> tuple[list[Document], list[tuple[str, str]]]:
    folder = ROOT / "seeds"
    countries = {row["key"]: row["country"] for row in _lines(folder / "organisations.jsonl")}
    documents = [
        _listing(row, countries)
        for path in sorted((folder / "listings").glob("*.jsonl"))
        for row in _lines(path)
    ]
    _, *pairs = (folder / "truth.tsv").read_text(encoding="utf-8").splitlines()
    return documents, [(offer, need) for need, offer in (pair.split("\t")[:2] for pair in pairs)]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _listing(row: Mapping[str, Any], countries: Mapping[str, str]) -> Document:
    parts = [row.get(field, "").strip() for field in READ_FIELDS]
    parts.append(", ".join(row.get("keywords", ())))
    return Document(
        id=row["key"],
        group=row["key"],
        kind="offer" if row["kind"] == "offer" else "need",
        language=row["language"],
        title=row["title"],
        text="\n".join(part for part in parts if part),
        signals=Signals(
            organisation=row["organisation"],
            country=countries[row["organisation"]],
            sectors=tuple(row.get("sectors", ())),
            ipc_codes=tuple(row.get("ipc_codes", ())),
            partnership_types=tuple(row.get("partnership_types", ())),
            transfer_modes=tuple(row.get("transfer_modes", ())),
            stage=row.get("stage_of_development") or row.get("wanted_stage_from"),
            target_countries=tuple(row.get("target_countries", ())),
            technology_areas=tuple(row.get("technology_areas", ())),
        ),
    )


def _rows(documents: Sequence[Document], encoder: Encoder) -> Rows:
    texts = [encoding_texts(document) for document in documents]
    flat = list(dict.fromkeys(text for each in texts for text in each if text))
    encoded = encoder.encode(flat)
    row_of = {text: encoded[place] for place, text in enumerate(flat)}
    return {
        document.id: document_row(*(row_of[text] for text in each))
        for document, each in zip(documents, texts, strict=True)
        if all(each)
    }


# Removal


def _trials(pool: Pool, encoder: Encoder, before: Sequence[Trial]) -> Iterator[Trial]:
    """Pairs of a pool, as many of each kind as are still wanted."""
    wanted = {
        kind: min(_FROM_ONE_POOL, EACH - sum(trial.kind == kind for trial in before))
        for kind in KINDS
    }
    used: set[str] = set()
    for offer, need in pool.pairs[:_TRIED]:
        if not any(wanted.values()):
            return
        if used & {offer, need} or not _may_be_wanted(pool.index, offer, need, wanted):
            continue
        top = top_reason(pool.index.explain(offer, need, encoder=encoder))
        if top is not None and wanted[top.kind]:
            wanted[top.kind] -= 1
            used |= {offer, need}
            yield _trial(pool.index, offer, need, top, encoder)


def _may_be_wanted(index: Index, offer: str, need: str, wanted: Mapping[str, int]) -> bool:
    """Whether the site would suggest the pair, for only then anybody reads its reasons, and its top
    reason may be of a kind of which there are not enough."""
    groups = [index.document(name).group for name in (offer, need)]
    if index.pair_score(*groups) < POSSIBLE_FROM:
        return False
    best: dict[str, float] = defaultdict(float)
    for reason in index.explain(offer, need):
        best[reason.kind] = max(best[reason.kind], reason.amount)
    certain = max(KINDS[:2], key=lambda kind: best[kind])
    if best[certain] >= best["latent"]:
        return wanted[certain] > 0
    # The largest of five phrase pairs rarely has less than a twelfth.
    return wanted["latent"] > 0 or (wanted[certain] > 0 and best[certain] > best["latent"] / 12)


def top_reason(reasons: Sequence[Reason]) -> Reason | None:
    """The largest reason that has phrases."""
    return next((r for r in reasons if r.kind in KINDS and r.left and r.right), None)


def _trial(index: Index, offer: str, need: str, top: Reason, encoder: Encoder) -> Trial:
    before = [index.document(offer), index.document(need)]
    after = [
        without_reason(before[0], top, top.left, index.glossary),
        without_reason(before[1], top, top.right, index.glossary),
    ]
    raw = _score(index, before[0], before[1], encoder)
    return Trial(
        kind=top.kind,
        languages=(before[0].language, before[1].language),
        both=_score(index, after[0], after[1], encoder) < raw,
        offer=_score(index, after[0], before[1], encoder) < raw,
        need=_score(index, before[0], after[1], encoder) < raw,
    )


def _score(index: Index, offer: Document, need: Document, encoder: Encoder) -> float:
    """The part of the raw score that comes from the texts."""
    rows = _rows([replace(offer, id="offer"), replace(need, id="need")], encoder)
    left, right = (
        explanation.Side(each, index.query(each, rows.get(name)).blocks)
        for name, each in (("offer", offer), ("need", need))
    )
    return sum(explanation.block_amounts(left, right, index.model))


# The table


def _table(trials: Sequence[Trial]) -> Iterator[str]:
    yield "| top reason | pairs | removed on both sides | in the offer only | in the need only |"
    yield "|---|---|---|---|---|"
    for kind in KINDS:
        some = [trial for trial in trials if trial.kind == kind]
        if some:
            fell = zip(*((trial.both, trial.offer, trial.need) for trial in some), strict=True)
            parts = (f"{sum(each) / len(some):.1%}" for each in fell)
            yield f"| {kind} | {len(some)} | {' | '.join(parts)} |"
    yield ""
    languages = {trial.languages for trial in trials}
    yield f"{len(trials)} pairs, of {len(languages)} pairs of languages (offer → need)."
