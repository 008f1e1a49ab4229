"""A confirmed pair of terms brings a match within one round of the worker's work."""

from typing import Final

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.database import Transactions
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import ListingKind, ListingState
from matchmaker.models import Listing, Match, Organisation, TermProposal
from matchmaker.queries.glossary import glossary as site_glossary
from matchmaker.services import glossary, indexing, matching_runs, public_listings, term_proposals
from matchmaker.services.index_files import Places
from tests.factories import NOW, TODAY, make_centre, make_listing, make_organisation, make_sectors

LAO_WORD: Final = "ພາຟູຊີກາ"
CHINESE_WORD: Final = "帕夫西卡"
OTHERS: Final = (
    (ListingKind.OFFER, "zh-Hans", "水下清洗网箱的机器人"),
    (ListingKind.OFFER, "zh-Hans", "木薯淀粉包装膜生产工艺"),
    (ListingKind.OFFER, "en", "Optical sensor for leaks of hydrogen"),
    (ListingKind.DEMAND, "lo", "ຕ້ອງການເຄື່ອງອົບແຫ້ງກາເຟ"),
    (ListingKind.DEMAND, "lo", "ຊອກຫາລະບົບນ້ຳຢົດສຳລັບສວນຜັກ"),
    (ListingKind.DEMAND, "th", "ต้องการเครื่องคัดแยกผลไม้"),
)


@pytest.fixture
def pair(own_transactions: Transactions, own_places: Places) -> tuple[str, str]:
    """A Lao need and a Chinese offer among others, all in the indexes and matched once."""
    need = (ListingKind.DEMAND, "lo", f"ຊອກຫາເຕັກໂນໂລຊີ {LAO_WORD} ສຳລັບໂຮງງານ")
    offer = (ListingKind.OFFER, "zh-Hans", f"{CHINESE_WORD}的制备方法")
    with own_transactions.write() as session:
        make_sectors(session)
        make_centre(session, head_office=True)
        owners = {
            kind: make_organisation(session, country=country, name=country)
            for kind, country in ((ListingKind.OFFER, "CN"), (ListingKind.DEMAND, "LA"))
        }
        references = [
            _publish(session, owners[kind], kind, language, title)
            for kind, language, title in (need, offer, *OTHERS)
        ]
    _work(own_transactions, own_places)
    return references[0], references[1]


def _publish(
    session: Session, owner: Organisation, kind: ListingKind, language: str, title: str
) -> str:
    listing = make_listing(
        session,
        owner,
        kind=kind,
        state=ListingState.PUBLISHED,
        language=language,
        title=title,
        description=title,
        sectors=("machinery" if kind is ListingKind.OFFER else "biomedicine",),
    )
    public_listings.refresh(session, listing, NOW)
    return listing.reference


def _work(transactions: Transactions, places: Places) -> int:
    indexing.update_indexes(transactions, places, None, seconds=600)
    return matching_runs.match_changed(
        transactions, places, None, now=NOW, today=TODAY, seconds=600
    )


def _match(transactions: Transactions, pair: tuple[str, str]) -> Match | None:
    with transactions.read() as session:
        need, offer = (
            session.scalars(select(Listing.id).where(Listing.reference == each)).one()
            for each in pair
        )
        return session.scalar(select(Match).where(Match.need_id == need, Match.offer_id == offer))


def _confirm(transactions: Transactions) -> str:
    with transactions.write() as session:
        proposal = term_proposals.propose(
            session,
            ("lo", LAO_WORD),
            ("zh-Hans", CHINESE_WORD),
            score=0.7,
            evidence=[],
            now=NOW,
        )
        assert isinstance(proposal, TermProposal)
        return term_proposals.confirm_proposal(session, SYSTEM, proposal, now=NOW).code


def test_a_confirmed_pair_brings_a_match_with_its_reason(
    own_transactions: Transactions, own_places: Places, pair: tuple[str, str]
) -> None:
    assert _match(own_transactions, pair) is None
    code = _confirm(own_transactions)
    assert _match(own_transactions, pair) is None
    assert _work(own_transactions, own_places) == 2
    match = _match(own_transactions, pair)
    assert match is not None
    reasons = [each for each in match.reasons if each["kind"] == "concepts"]
    assert [(each["left"], each["right"]) for each in reasons] == [(CHINESE_WORD, LAO_WORD)]
    assert reasons[0]["label"] == code
    assert _work(own_transactions, own_places) == 0


def test_both_indexes_follow_and_a_fresh_build_agrees(
    own_transactions: Transactions, own_places: Places, pair: tuple[str, str]
) -> None:
    _confirm(own_transactions)
    _work(own_transactions, own_places)
    followed = [file.get() for file in (own_places.member, own_places.public)]
    indexing.rebuild(own_transactions, own_places, None)
    for before, file in zip(followed, (own_places.member, own_places.public), strict=True):
        after = file.get()
        assert before is not None
        assert after is not None
        assert before.concept_hashes == after.concept_hashes
        assert before.glossary.version == after.glossary.version
        assert before.search(CHINESE_WORD, "zh-Hans", None, 5)[0].group == pair[1]
        assert pair[0] in {hit.group for hit in before.search(CHINESE_WORD, "zh-Hans", None, 5)}


@pytest.mark.usefixtures("pair")
def test_the_worker_notices_a_change_and_an_unconfirmed_label_is_none(
    own_transactions: Transactions, own_places: Places
) -> None:
    def due() -> bool:
        with own_transactions.read() as session:
            return indexing.glossary_due(session, own_places)

    assert not due()
    with own_transactions.write() as session:
        concept = glossary.add_concept(session, SYSTEM, code="pavusika", now=NOW)
        label = glossary.add_label(session, SYSTEM, concept, language="lo", text=LAO_WORD, now=NOW)
    assert not due()
    with own_transactions.write() as session:
        glossary.confirm_label(session, SYSTEM, session.merge(label), now=NOW)
    assert due()
    _work(own_transactions, own_places)
    assert not due()
    with own_transactions.write() as session:
        glossary.withdraw_confirmation(session, SYSTEM, session.merge(label), now=NOW)
    assert due()
    _work(own_transactions, own_places)
    assert not due()
    member = own_places.member.get()
    with own_transactions.read() as session:
        assert member is not None
        assert member.glossary.version == site_glossary(session).version
