"""The estimators' contract, and what only the engine does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from matchmaker.matching.documents import Document
from matchmaker.matching.features import encoding_texts
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.matcher import Matcher, as_documents
from matchmaker.matching.ranking import Blend
from matchmaker.matching.row_cache import RowCache, RowCacheError
from tests.unit.matching.conftest import HashEncoder

Make = Callable[[], Matcher]

CONFIGURATIONS: dict[str, Make] = {
    "all": lambda: Matcher(encoder=HashEncoder()),
    "without an encoder": lambda: Matcher(encoder=None),
    "without words": lambda: Matcher(encoder=HashEncoder(), without=("words",)),
    "words alone": lambda: Matcher(without=("concepts", "latent")),
    "own blend": lambda: Matcher(encoder=HashEncoder(), blend=Blend(words_same=1.0)),
}


@pytest.fixture(params=CONFIGURATIONS)
def make(request: pytest.FixtureRequest) -> Make:
    return CONFIGURATIONS[request.param]


@pytest.fixture(scope="session")
def offers(documents: list[Document]) -> list[Document]:
    return [document for document in documents if document.kind == "offer"]


@pytest.fixture(scope="session")
def needs(documents: list[Document]) -> list[Document]:
    return [document for document in documents if document.kind == "need"]


def test_parameters_are_kept_as_given(make: Make, offers: list[Document]) -> None:
    matcher = make()
    before = matcher.get_params()
    assert all(getattr(matcher, name) is value for name, value in before.items())
    matcher.fit(offers)
    assert all(getattr(matcher, name) is value for name, value in before.items())
    assert matcher.set_params(without=("words",)) is matcher
    assert matcher.without == ("words",)
    with pytest.raises(ValueError, match="Invalid parameter"):
        matcher.set_params(wrong=1)


def test_a_clone_is_unfitted_and_ranks_the_same(
    make: Make, offers: list[Document], needs: list[Document]
) -> None:
    matcher = make().fit(offers)
    twin = clone(matcher)
    assert twin.get_params() == matcher.get_params()
    with pytest.raises(NotFittedError):
        twin.rank(needs)
    assert twin.fit(offers).rank(needs) == matcher.rank(needs)


def test_learned_state_ends_in_an_underscore(make: Make, offers: list[Document]) -> None:
    matcher = make()
    assert not [name for name in vars(matcher) if name.endswith("_")]
    assert matcher.fit(offers) is matcher
    new = set(vars(matcher)) - set(matcher.get_params())
    assert {"index_", "encoder_"} <= new
    assert all(name.endswith("_") or name.startswith("_") for name in new)


def test_not_fitted(make: Make, needs: list[Document]) -> None:
    for ask in (make().rank, lambda queries: make().explain(queries[0], queries[0])):
        with pytest.raises(NotFittedError):
            ask(needs)


def test_the_order_of_documents_and_queries_does_not_matter(
    make: Make, offers: list[Document], needs: list[Document]
) -> None:
    ranked = make().fit(offers).rank(needs, top=None)
    assert make().fit(offers).rank(needs, top=None) == ranked
    assert make().fit(offers[::-1]).rank(needs[::-1], top=None) == ranked[::-1]


def test_a_ranking_is_whole_and_descends(
    make: Make, offers: list[Document], needs: list[Document]
) -> None:
    matcher = make().fit(offers)
    for hits in matcher.rank(needs, top=None):
        assert {hit.document_id for hit in hits} == {offer.id for offer in offers}
        assert [hit.raw for hit in hits] == sorted((hit.raw for hit in hits), reverse=True)
        assert all(0 <= hit.score <= 100 for hit in hits)
    assert [len(hits) for hits in matcher.rank(needs, top=2)] == [2] * len(needs)


def test_a_query_alone_ranks_as_among_others(
    make: Make, offers: list[Document], needs: list[Document]
) -> None:
    matcher = make().fit(offers)
    together = matcher.rank(needs)
    assert [matcher.rank([need])[0] for need in needs] == together


def test_fitting_again_forgets(make: Make, offers: list[Document], needs: list[Document]) -> None:
    matcher = make().fit(offers)
    matcher.fit(offers[:2])
    assert {hit.document_id for hits in matcher.rank(needs) for hit in hits} == {
        offer.id for offer in offers[:2]
    }


def test_empty_inputs(make: Make, offers: list[Document], needs: list[Document]) -> None:
    assert make().fit([]).rank(needs) == [[] for _ in needs]
    assert make().fit(offers).rank([]) == []
    nothing = Document("nothing", "nothing", "need", "en", "", "")
    (hits,) = make().fit([*offers, Document("e", "e", "offer", "en", "", "")]).rank([nothing])
    assert hits


def test_one_id_twice_and_an_unknown_block_are_refused(make: Make, offers: list[Document]) -> None:
    with pytest.raises(ValueError, match="one id"):
        make().fit([offers[0], offers[0]])
    with pytest.raises(ValueError, match="unknown blocks"):
        make().set_params(without=("smells",)).fit(offers)


def test_one_text_is_not_taken_for_many(make: Make, offers: list[Document]) -> None:
    for one in ("a text", {"id": "a", "lang": "en", "text": "a row"}):
        with pytest.raises(ValueError, match="several documents"):
            make().fit(one)
        with pytest.raises(ValueError, match="several documents"):
            make().fit(offers).rank(one)


@pytest.mark.parametrize("top", [0, -1])
def test_a_top_below_one_is_refused(
    offers: list[Document], needs: list[Document], top: int
) -> None:
    with pytest.raises(ValueError, match="top must be"):
        Matcher(encoder=None).fit(offers).rank(needs, top=top)


def test_half_a_character_is_no_obstacle() -> None:
    (document,) = as_documents(["half \ud800 a character"], "need")
    assert document.text == "half \ufffd a character"


def test_plain_texts_and_rows_are_documents_too(hash_encoder: HashEncoder) -> None:
    matcher = Matcher(encoder=hash_encoder).fit(
        ["Membranes filter textile waste water.", "Vaccines for shrimp in ponds."]
    )
    by_text, by_row = matcher.rank(
        ["waste water of textile mills", {"id": "q", "lang": "en", "text": "shrimp ponds"}]
    )
    assert [by_text[0].document_id, by_row[0].document_id] == ["0", "1"]


def test_candidates_and_the_top_of_each_language(
    offers: list[Document], needs: list[Document], hash_encoder: HashEncoder
) -> None:
    matcher = Matcher(encoder=hash_encoder).fit(offers)
    need, other = needs[:2]
    chosen = {need.id: {offers[3].id, offers[1].id, "not there"}}
    first, second = matcher.rank([need, other], candidates=chosen)
    assert {hit.document_id for hit in first} == {offers[1].id, offers[3].id}
    assert second == []
    (hits,) = matcher.rank([need], top=1, within_language=True)
    languages = {offer.id: offer.language for offer in offers}
    assert sorted(languages[hit.document_id] for hit in hits) == ["en", "zh-Hans"]


def test_explain_texts_that_were_not_fitted(
    offers: list[Document], glossary: Glossary, hash_encoder: HashEncoder
) -> None:
    matcher = Matcher(encoder=hash_encoder, glossary=glossary).fit(offers)
    found = matcher.explain(
        {"id": "x", "lang": "th", "text": "ต้องการเตา LiFePO4 จากชานอ้อย"},
        {"id": "x", "lang": "en", "text": "LiFePO4 furnace for bagasse"},
    )
    assert sum(reason.share for reason in found.reasons) == pytest.approx(1.0, abs=1e-6)
    phrases = {(reason.left, reason.right) for reason in found.reasons}
    assert {("ชานอ้อย", "bagasse"), ("LiFePO4", "LiFePO4")} <= phrases
    assert len(matcher.index_) == len(offers)


class CountingEncoder(HashEncoder):
    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, texts: Any) -> Any:
        self.encoded += len(texts)
        return super().encode(texts)


def test_a_second_run_encodes_nothing(
    tmp_path: Path, offers: list[Document], needs: list[Document]
) -> None:
    encoder = CountingEncoder()
    first = Matcher(encoder=encoder, cache=tmp_path / "c").fit(offers).rank(needs)
    once = encoder.encoded
    assert once == sum(len(encoding_texts(each)) for each in [*offers, *needs])
    calls: list[tuple[int, int]] = []
    again = Matcher(encoder=encoder, cache=tmp_path / "c")
    again.fit(offers[::-1], progress=lambda done, total: calls.append((done, total)))
    assert again.rank(needs) == first
    assert encoder.encoded == once
    texts = sum(len(encoding_texts(each)) for each in offers)
    assert calls == [(texts, texts)]
    assert Matcher(encoder=encoder).fit(offers).rank(needs) == first


def test_a_damaged_row_is_encoded_again_and_a_damaged_file_is_named(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    cache = RowCache(tmp_path, encoder)
    (row,) = cache.rows(["text"])
    with sqlite3.connect(cache.path) as store:
        store.execute("UPDATE rows SET row = x'00'")
    store.close()
    assert (cache.rows(["text"])[0] != row).nnz == 0
    assert encoder.encoded == 2
    cache.path.write_bytes(b"no database at all, but long enough to be read as one" * 20)
    with pytest.raises(RowCacheError, match="hash-1"):
        cache.rows(["text"])
