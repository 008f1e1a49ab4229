"""Reasons of the demonstration's listings, in all their languages, against what ranks them."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from matchmaker.config import PROJECT_FOLDER
from matchmaker.matching.documents import Document, Signals
from matchmaker.matching.features import encoding_text, full_text
from matchmaker.matching.files import read_glossary
from matchmaker.matching.index import Index
from matchmaker.matching.semantic import CachedEncoder, Encoder
from tests.unit.matching.conftest import HashEncoder

LISTINGS = 24


def rows(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines()[:LISTINGS]
    return [json.loads(line) for line in lines]


def document(row: dict[str, Any]) -> Document:
    """A listing with what its form says, prices in one currency so that they can be compared."""
    prices = (row.get("price_min"), row.get("price_max"))
    budgets = (row.get("budget_min"), row.get("budget_max"))
    least, most = prices if row["kind"] == "offer" else budgets
    return Document(
        id=row["key"],
        group=row["key"],
        kind="offer" if row["kind"] == "offer" else "need",
        language=row["language"],
        title=row["title"],
        text=f"{row.get('summary', '')}\n{row.get('description', '')}",
        signals=Signals(
            organisation=row["organisation"],
            sectors=tuple(row.get("sectors", ())),
            partnership_types=tuple(row.get("partnership_types", ())),
            transfer_modes=tuple(row.get("transfer_modes", ())),
            stage=row.get("stage_of_development") or row.get("wanted_stage_from"),
            price=(least, most, "CNY"),
        ),
    )


@pytest.fixture(scope="module")
def listings() -> Index:
    folder = PROJECT_FOLDER / "seeds"
    held = [
        document(row)
        for name in ("needs", "offers")
        for row in rows(folder / "listings" / f"{name}.jsonl")
    ]
    # The first waits for its latent terms: then other weights count.
    latent = {each.id: HashEncoder().encode([encoding_text(each)]) for each in held[1:]}
    return Index.build(held, latent=latent, glossary=read_glossary(folder / "glossary"))


@pytest.mark.parametrize("encoder", [None, CachedEncoder(HashEncoder())])
def test_amounts_add_up_to_the_raw_score_of_the_ranking(
    listings: Index, encoder: Encoder | None
) -> None:
    documents = listings.contents.documents
    needs, offers = (
        [place for place, each in enumerate(documents) if each.kind == kind]
        for kind in ("need", "offer")
    )
    kinds = set()
    for need, offer in product(needs[:24:6], offers[::3]):
        for left, right in ((need, offer), (offer, need)):
            raw, _ = listings._raw(listings._stored_query(left))
            forms = sum(fit.amount for fit in listings._forms(left, right))
            one, other = documents[left], documents[right]
            reasons = listings.explain(one.id, other.id, encoder=encoder)
            total = sum(reason.amount for reason in reasons)
            assert total == pytest.approx(float(raw[right]) + forms, abs=1e-6)
            kinds |= {(reason.kind, reason.amount > 0) for reason in reasons}
            for reason in reasons:
                if reason.kind in {"words", "concepts", "latent"}:
                    assert reason.left in full_text(one)
                    assert reason.right in full_text(other)
    assert {kind for kind, _ in kinds} >= {"words", "concepts", "latent", "sector", "stage"}
    assert ("stage", False) in kinds
    assert ("latent", False) in kinds
