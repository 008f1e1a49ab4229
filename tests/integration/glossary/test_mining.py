"""Translations and approved matches are read for term pairs, each once."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.database import Transactions
from matchmaker.domain.vocabulary import (
    LabelSource,
    LabelStatus,
    ListingKind,
    ListingState,
    MatchState,
    ProposalState,
    Side,
    TextOrigin,
    Verdict,
)
from matchmaker.matching.analysis import burmese_encoding
from matchmaker.matching.term_pairs import TermPair
from matchmaker.models import (
    Centre,
    GlossaryConcept,
    GlossaryLabel,
    Listing,
    ListingText,
    MatchDecision,
    TermProposal,
    TermSource,
)
from matchmaker.services import glossary, term_mining
from tests.factories import (
    NOW,
    add_text,
    make_centre,
    make_listing,
    make_match,
    make_organisation,
    make_sectors,
)
from tests.integration.conftest import WordEncoder

LAO = "ໂຮງງານຂອງພວກເຮົາຜະລິດແປ້ງມັນຕົ້ນມື້ລະ 150 ໂຕນ."
ENGLISH = "We make 150 t of cassava starch a day."
CHINESE = "以木薯淀粉为原料的薄膜"
PAIR = ("en", "starch", "lo", "ແປ້ງມັນຕົ້ນ")


@pytest.fixture
def site(own_transactions: Transactions) -> Transactions:
    """A glossary with labels that nobody has confirmed, and a Lao need with two translations."""
    with own_transactions.write() as session:
        make_sectors(session)
        _starch(session)
        need = make_listing(
            session,
            make_organisation(session, country="LA", centre=make_centre(session, head_office=True)),
            kind=ListingKind.DEMAND,
            state=ListingState.PUBLISHED,
            language="lo",
            title="ແປ້ງມັນຕົ້ນ",
            description=LAO,
        )
        revision = need.revisions[0]
        add_text(session, revision, "en", title="Cassava starch", description=ENGLISH)
        add_text(session, revision, "zh-Hans", origin=TextOrigin.MACHINE, title="淀粉")
    return own_transactions


def _starch(session: Session) -> None:
    concept = GlossaryConcept(code="starch", created_at=NOW)
    for language, text, status in (
        ("lo", "ແປ້ງມັນຕົ້ນ", LabelStatus.CONFIRMED),
        ("en", "starch", LabelStatus.UNCONFIRMED),
        ("zh-Hans", "淀粉", LabelStatus.UNCONFIRMED),
    ):
        concept.labels.append(
            GlossaryLabel(
                language=language, text=text, status=status, source=LabelSource.SEED, created_at=NOW
            )
        )
    session.add(concept)
    glossary.mark_changed(session)


def _read(site: Transactions, encoder: WordEncoder | None = None) -> int:
    return term_mining.read_sources(site, encoder, now=NOW)


def _terms(proposal: TermProposal) -> tuple[str, str, str, str]:
    return (
        proposal.left_language, proposal.left_text, proposal.right_language, proposal.right_text,
    )  # fmt: skip


def _approved_match(session: Session) -> str:
    need = session.scalars(select(Listing).where(Listing.kind == ListingKind.DEMAND)).one()
    centre = session.scalars(select(Centre)).first()
    offer = make_listing(
        session,
        make_organisation(session, centre=centre),
        state=ListingState.PUBLISHED,
        language="zh-Hans",
        title=CHINESE,
        description=CHINESE,
    )
    match = make_match(session, offer, need, state=MatchState.UNDER_REVIEW)
    _approve(match.id, Side.OFFER, session)
    return match.reference


def _approve(match_id: int, side: Side, session: Session) -> None:
    session.add(
        MatchDecision(match_id=match_id, side=side, verdict=Verdict.APPROVE, centre_id=1, at=NOW)
    )
    session.flush()


def test_a_translation_is_read_once_and_machine_made_text_never(site: Transactions) -> None:
    assert _read(site) == 1
    with site.read() as session:
        proposal = session.scalars(select(TermProposal)).one()
        listing = session.scalars(select(Listing)).one()
        assert _terms(proposal) == PAIR
        assert proposal.state is ProposalState.OPEN
        assert proposal.evidence == [{"kind": "listing", "reference": listing.reference}]
        assert proposal.concept is not None
        assert proposal.concept.code == "starch"
    assert _read(site) == 0


def test_a_changed_translation_is_read_again_without_counting_twice(site: Transactions) -> None:
    _read(site)
    with site.write() as session:
        before = session.scalars(select(TermProposal)).one().score
        text = session.scalars(select(ListingText).where(ListingText.language == "en")).one()
        text.summary = "A starch factory."
    assert _read(site) == 1
    with site.read() as session:
        proposal = session.scalars(select(TermProposal)).one()
        assert (proposal.score, len(proposal.evidence)) == (before, 1)
        assert len(session.scalars(select(TermSource)).all()) == 1


def test_a_match_is_read_when_both_centres_have_approved(site: Transactions) -> None:
    _read(site)
    with site.write() as session:
        reference = _approved_match(session)
    assert _read(site) == 0
    with site.write() as session:
        decision = session.scalars(select(MatchDecision)).one()
        _approve(decision.match_id, Side.NEED, session)
    assert _read(site) == 1
    with site.read() as session:
        found = {_terms(row): row for row in session.scalars(select(TermProposal))}
        proposal = found["lo", "ແປ້ງມັນຕົ້ນ", "zh-Hans", "淀粉"]
        assert proposal.evidence == [{"kind": "match", "reference": reference}]
    assert _read(site) == 0


def test_another_place_adds_evidence_and_certainty(site: Transactions) -> None:
    _read(site)
    with site.write() as session:
        before = session.scalars(select(TermProposal)).one().score
        listing = make_listing(
            session,
            make_organisation(session, centre=session.scalars(select(Centre)).first()),
            state=ListingState.PUBLISHED,
            language="lo",
            title="ແປ້ງມັນຕົ້ນ",
            description="ແປ້ງມັນຕົ້ນ",
        )
        add_text(session, listing.revisions[0], "en", title="Starch", description="Wet starch")
    assert _read(site) == 1
    with site.read() as session:
        proposal = session.scalars(select(TermProposal)).one()
        assert before < proposal.score < 1
        assert len(proposal.evidence) == 2


def _found(monkeypatch: pytest.MonkeyPatch, *pairs: tuple[str, str]) -> None:
    """Let every source have these pairs of Burmese and English terms."""
    terms = [TermPair("my", my, "en", en, 0.5, "phrases") for my, en in pairs]
    monkeypatch.setattr(term_mining.TermFinder, "find", lambda _finder, _texts: terms)


def _second_listing(session: Session) -> None:
    listing = make_listing(
        session,
        make_organisation(session, centre=session.scalars(select(Centre)).first()),
        state=ListingState.PUBLISHED,
        language="lo",
        title="ແປ້ງມັນຕົ້ນ",
    )
    add_text(session, listing.revisions[0], "en", title="Starch")


def test_terms_that_are_kept_in_another_spelling_gather_evidence(
    site: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site.write() as session:
        _second_listing(session)
    _found(monkeypatch, ("ကစီ", "cassava\u00a0starch"))
    assert _read(site) == 2
    with site.read() as session:
        proposal = session.scalars(select(TermProposal)).one()
        assert _terms(proposal) == ("en", "cassava starch", "my", "ကစီ")
        assert (proposal.score, len(proposal.evidence)) == (0.625, 2)


def test_shan_words_of_a_burmese_text_stay_as_they_are(
    site: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    unclear, zawgyi = "ရှမ်း ႁ ပြည် နယ်", "ၶဝ်ႈ"
    assert burmese_encoding(unclear) == "unclear"
    assert burmese_encoding(zawgyi) == "zawgyi"
    _found(monkeypatch, (unclear, "Shan state"), (zawgyi, "rice"))
    assert _read(site) == 1
    with site.read() as session:
        assert set(session.scalars(select(TermProposal.right_text))) == {unclear, zawgyi}
    assert _read(site) == 0


def test_a_pair_that_is_no_label_holds_nothing_up(
    site: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    _found(monkeypatch, ("\u0085", "nothing"), ("ကစီ", "s" * 300), ("ကစီ", "starch"))
    assert _read(site) == 1
    with site.read() as session:
        assert session.scalars(select(TermProposal.left_text)).all() == ["starch"]
    assert _read(site) == 0


def test_what_was_decided_is_not_opened_again(site: Transactions) -> None:
    _read(site)
    with site.write() as session:
        proposal = session.scalars(select(TermProposal)).one()
        proposal.state = ProposalState.REFUSED
        text = session.scalars(select(ListingText).where(ListingText.language == "en")).one()
        text.summary = "A starch factory."
    _read(site)
    with site.read() as session:
        assert session.scalars(select(TermProposal)).one().state is ProposalState.REFUSED


def test_an_encoder_that_comes_later_reads_all_again(site: Transactions) -> None:
    assert _read(site) == 1
    assert _read(site, WordEncoder()) == 1
    assert _read(site, WordEncoder()) == 0
    assert _read(site) == 0


def test_drafts_and_ended_listings_are_not_read(site: Transactions) -> None:
    with site.write() as session:
        session.scalars(select(Listing)).one().state = ListingState.CLOSED
    assert _read(site) == 0


def test_the_time_runs_out_between_two_sources(site: Transactions) -> None:
    assert term_mining.read_sources(site, None, now=NOW, seconds=-1.0) == 0
    assert _read(site) == 1


def test_the_command_reads_all_that_is_due(site: Transactions, own_site: Flask) -> None:
    result = own_site.test_cli_runner().invoke(args=["glossary", "propose"])
    assert result.exit_code == 0, result.output
    assert "Translations and matches read: 1. Pairs of terms that wait: 1." in result.output
