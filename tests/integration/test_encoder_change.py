"""Another encoder takes over: the old index serves until every text is encoded anew."""

from collections.abc import Sequence

import pytest
from scipy.sparse import csr_matrix
from sqlalchemy import func, select

from matchmaker.database import Transactions
from matchmaker.domain.vocabulary import ListingKind
from matchmaker.matching.background import reference
from matchmaker.matching.documents import Hit
from matchmaker.matching.index import Index
from matchmaker.matching.semantic import EncoderId
from matchmaker.models import TextEncoding
from matchmaker.services import index_files, indexing
from matchmaker.services.index_files import Places
from tests.integration.conftest import BrokenEncoder, ChoosyEncoder, WordEncoder
from tests.integration.test_indexing import WORDS, match, organisations, publish, update

__all__ = ["organisations"]

OLD, NEW = EncoderId("words", "1"), EncoderId("words", "2")


class KilledError(BaseException):
    """Ends a job as a kill does: nothing may catch it."""


class StoppingEncoder(WordEncoder):
    """Encodes so many texts, then the process dies."""

    def __init__(self, version: str, texts: int) -> None:
        super().__init__(version)
        self.left = texts

    def encode(self, texts: Sequence[str]) -> csr_matrix:
        """Rows as its kind makes them, or death."""
        self.left -= len(texts)
        if self.left < 0:
            raise KilledError
        return super().encode(texts)


@pytest.fixture
def site(own_transactions: Transactions, own_places: Places, organisations: list[int]) -> list[str]:
    """Listings in indexes of the old encoder, matched; returns the references."""
    references = [
        publish(
            own_transactions,
            organisations[place % 2],
            title,
            kind=ListingKind.DEMAND if place % 2 else ListingKind.OFFER,
        )
        for place, title in enumerate(WORDS)
    ]
    update(own_transactions, own_places, WordEncoder("1"))
    match(own_transactions, own_places, WordEncoder("1"))
    return references


def held(places: Places) -> tuple[Index, Index]:
    member, public = places.member.get(), places.public.get()
    assert member is not None
    assert public is not None
    return member, public


def answers(places: Places, references: Sequence[str]) -> list[list[Hit]]:
    member, public = held(places)
    found = [member.match(each, top=20) for each in references]
    return [*found, *(public.search(title, "en", None, 20) for title in WORDS)]


def stored(transactions: Transactions, version: str) -> int:
    with transactions.read() as session:
        count = session.scalar(
            select(func.count())
            .select_from(TextEncoding)
            .where(TextEncoding.model_version == version)
        )
    return count or 0


def due(transactions: Transactions, places: Places, encoder: WordEncoder | None) -> bool:
    with transactions.read() as session:
        return bool(indexing.work_due(session, places, encoder))


def test_the_old_index_serves_until_all_texts_are_encoded(
    own_transactions: Transactions, own_places: Places, site: list[str]
) -> None:
    before = answers(own_places, site)
    version = held(own_places)[0].version
    encoder = WordEncoder("2")
    assert due(own_transactions, own_places, encoder)
    assert indexing.update_indexes(own_transactions, own_places, encoder, seconds=0) == 0
    assert encoder.encoded
    assert due(own_transactions, own_places, encoder)
    assert [index.encoder for index in held(own_places)] == [OLD, OLD]
    assert answers(own_places, site) == before
    assert match(own_transactions, own_places, encoder) == 0
    done, total = indexing.change_progress(own_transactions, encoder)
    assert 0 < done < total

    assert update(own_transactions, own_places, encoder) == len(site)
    member, public = held(own_places)
    assert (member.encoder, public.encoder) == (NEW, NEW)
    assert not member.waiting()
    assert member.version != version
    assert not due(own_transactions, own_places, encoder)
    assert len(encoder.encoded) == len(set(encoder.encoded))  # each text once
    assert match(own_transactions, own_places, encoder) == len(site)


def test_after_the_change_the_indexes_are_as_if_made_by_the_new_encoder(
    own_transactions: Transactions, own_places: Places, site: list[str]
) -> None:
    update(own_transactions, own_places, WordEncoder("2"))
    after = answers(own_places, site)
    indexing.rebuild(own_transactions, own_places, WordEncoder("2"))
    assert answers(own_places, site) == after
    member, _ = held(own_places)
    lent = member.contents.lent
    assert lent is not None
    assert lent.shape[0] == len(reference().documents)
    assert lent.nnz


def test_a_new_listing_is_taken_with_words_alone_meanwhile(
    own_transactions: Transactions, own_places: Places, site: list[str], organisations: list[int]
) -> None:
    encoder = WordEncoder("2")
    indexing.update_indexes(own_transactions, own_places, encoder, seconds=0)
    new = publish(
        own_transactions, organisations[1], "bagasse boards wanted", kind=ListingKind.DEMAND
    )
    assert indexing.update_indexes(own_transactions, own_places, encoder, seconds=0) == 1
    member, public = held(own_places)
    assert member.encoder == OLD
    assert new in member.groups() & public.groups()
    assert {name.partition(":")[0] for name in member.waiting()} == {new}
    assert public.search("bagasse boards wanted", "en", None, 1)[0].group == new
    assert match(own_transactions, own_places, encoder) == 0  # it comes once, in full
    update(own_transactions, own_places, encoder)
    member, _ = held(own_places)
    assert member.encoder == NEW
    assert not member.waiting()
    assert match(own_transactions, own_places, encoder) == len(site) + 1


def test_a_kill_in_between_loses_nothing(
    own_transactions: Transactions, own_places: Places, site: list[str]
) -> None:
    before = answers(own_places, site)
    with pytest.raises(KilledError):
        update(own_transactions, own_places, StoppingEncoder("2", 30))
    kept = stored(own_transactions, "2")
    assert 0 < kept <= 30
    assert answers(own_places, site) == before
    encoder = WordEncoder("2")
    update(own_transactions, own_places, encoder)
    assert held(own_places)[0].encoder == NEW
    assert len(encoder.encoded) == stored(own_transactions, "2") - kept


def test_a_kill_between_the_two_indexes_is_made_good(
    own_transactions: Transactions,
    own_places: Places,
    site: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoder = WordEncoder("2")
    put = index_files.put

    def killed_before_the_second(file: object, index: Index) -> None:
        if file is own_places.member:
            raise KilledError
        put(own_places.public, index)

    with monkeypatch.context() as patch:
        patch.setattr(indexing, "put", killed_before_the_second)
        with pytest.raises(KilledError):
            update(own_transactions, own_places, encoder)
    assert [index.encoder for index in held(own_places)] == [OLD, NEW]
    assert due(own_transactions, own_places, encoder)
    update(own_transactions, own_places, encoder)
    assert [index.encoder for index in held(own_places)] == [NEW, NEW]
    assert not due(own_transactions, own_places, encoder)


def test_without_its_encoder_an_index_keeps_what_it_knows(
    own_transactions: Transactions, own_places: Places, site: list[str], organisations: list[int]
) -> None:
    before = answers(own_places, site)
    assert not due(own_transactions, own_places, None)
    assert update(own_transactions, own_places, None) == 0
    assert answers(own_places, site) == before
    new = publish(
        own_transactions, organisations[1], "bagasse boards wanted", kind=ListingKind.DEMAND
    )
    assert update(own_transactions, own_places, None) == 1
    assert not due(own_transactions, own_places, None)
    assert match(own_transactions, own_places, None) >= 1  # words and concepts carry it
    member, _ = held(own_places)
    assert {name.partition(":")[0] for name in member.waiting()} == {new}
    update(own_transactions, own_places, WordEncoder("1"))
    assert not held(own_places)[0].waiting()


def test_an_encoder_that_fails_does_not_take_over(
    own_transactions: Transactions, own_places: Places, site: list[str]
) -> None:
    before = answers(own_places, site)
    assert update(own_transactions, own_places, BrokenEncoder("2")) == 0
    assert held(own_places)[0].encoder == OLD
    assert answers(own_places, site) == before


def test_one_text_that_cannot_be_encoded_stops_no_change(
    own_transactions: Transactions, own_places: Places, site: list[str]
) -> None:
    update(own_transactions, own_places, ChoosyEncoder("2"))
    member, _ = held(own_places)
    assert member.encoder == NEW
    assert {name.partition(":")[0] for name in member.waiting()} == {site[1]}
    assert not due(own_transactions, own_places, ChoosyEncoder("2"))
