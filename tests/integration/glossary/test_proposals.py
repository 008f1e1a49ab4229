"""Term pairs that the engine proposes, and what a decision makes of them."""

from typing import Final

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import LabelSource, LabelStatus, ProposalState
from matchmaker.models import GlossaryConcept, TermProposal
from matchmaker.queries import glossary as reading
from matchmaker.services import glossary, term_proposals
from tests.factories import NOW, actor_of, make_appointment, make_centre

LAO: Final = ("lo", "ກາກອ້ອຍ")
CHINESE: Final = ("zh-Hans", "甘蔗渣")
ENGLISH: Final = ("en", "Bagasse")
SEEN: Final = [{"kind": "match", "reference": "M-7K3F-9QXM"}]


@pytest.fixture
def staff(session: Session) -> Actor:
    """Somebody of a centre's staff."""
    return actor_of(session, make_appointment(session, make_centre(session)))


def _propose(
    session: Session, one: tuple[str, str], other: tuple[str, str], score: float = 0.5
) -> TermProposal | None:
    return term_proposals.propose(session, one, other, score=score, evidence=SEEN, now=NOW)


def _proposed(session: Session, one: tuple[str, str], other: tuple[str, str]) -> TermProposal:
    proposal = _propose(session, one, other)
    assert proposal is not None
    return proposal


def test_a_pair_is_proposed_once_whatever_its_order(session: Session, staff: Actor) -> None:
    proposal = _proposed(session, CHINESE, LAO)
    assert (proposal.left_language, proposal.right_language) == ("lo", "zh-Hans")
    assert _propose(session, LAO, CHINESE, 0.9) is proposal
    session.flush()
    assert (proposal.score, proposal.evidence) == (0.9, SEEN)
    assert _propose(session, LAO, ("lo", "ອ້ອຍ")) is None
    assert reading.proposals(session, staff, language="lo").rows == [proposal]
    assert reading.proposals(session, staff, language="th").total == 0


def test_confirming_makes_a_concept_with_two_confirmed_labels(
    session: Session, staff: Actor
) -> None:
    proposal = _proposed(session, LAO, ENGLISH)
    concept = term_proposals.confirm_proposal(session, staff, proposal, now=NOW)
    assert concept.code == "bagasse"
    assert {(label.language, label.text) for label in concept.labels} == {LAO, ENGLISH}
    assert {label.status for label in concept.labels} == {LabelStatus.CONFIRMED}
    assert {label.source for label in concept.labels} == {LabelSource.PROPOSED}
    assert (proposal.state, proposal.concept) == (ProposalState.CONFIRMED, concept)
    assert reading.glossary(session).find("ກາກອ້ອຍ", "lo")
    with pytest.raises(DomainError) as caught:
        term_proposals.refuse_proposal(session, staff, proposal, now=NOW)
    assert caught.value.code is ErrorCode.PROPOSAL_DECIDED
    assert _propose(session, LAO, ENGLISH) is None


def test_two_scripts_without_latin_letters_get_a_code_too(session: Session, staff: Actor) -> None:
    concept = term_proposals.confirm_proposal(
        session, staff, _proposed(session, LAO, CHINESE), now=NOW
    )
    assert concept.code.startswith("term_")


def test_a_side_that_is_known_brings_its_concept(session: Session, staff: Actor) -> None:
    concept = glossary.add_concept(session, staff, code="cane_residue", now=NOW)
    own = glossary.add_label(session, staff, concept, language=CHINESE[0], text=CHINESE[1], now=NOW)
    proposal = _proposed(session, LAO, CHINESE)
    assert proposal.concept_id == concept.id
    assert term_proposals.confirm_proposal(session, staff, proposal, now=NOW) is concept
    assert own.status is LabelStatus.CONFIRMED
    # The person wrote it, the engine agreed: nobody else confirmed it.
    assert own.confirmed_by_id is None
    assert session.scalars(select(GlossaryConcept)).all() == [concept]


def test_a_refused_pair_is_not_proposed_again(session: Session, staff: Actor) -> None:
    proposal = _proposed(session, LAO, CHINESE)
    term_proposals.refuse_proposal(session, staff, proposal, now=NOW)
    assert _propose(session, LAO, CHINESE, 0.99) is proposal
    assert (proposal.state, proposal.score) == (ProposalState.REFUSED, 0.5)
    assert reading.proposals(session, staff).total == 0
    assert reading.get_pair(session, staff, LAO, CHINESE) is proposal


def test_an_edited_side_waits_for_a_second_person(session: Session, staff: Actor) -> None:
    proposal = _proposed(session, LAO, ENGLISH)
    concept = term_proposals.confirm_proposal(
        session, staff, proposal, edited={"en": " sugarcane  bagasse ", "lo": LAO[1]}, now=NOW
    )
    labels = {(label.language, label.text): label for label in concept.labels}
    own = labels["en", "sugarcane bagasse"]
    assert (own.status, own.author_id) == (LabelStatus.UNCONFIRMED, staff.user_id)
    assert labels[LAO].status is LabelStatus.CONFIRMED
    assert set(labels) == {LAO, ("en", "sugarcane bagasse")}
    assert _propose(session, LAO, ENGLISH) is proposal
    with pytest.raises(DomainError) as caught:
        term_proposals.confirm_proposal(
            session, staff, _proposed(session, CHINESE, ENGLISH), edited={"en": " "}, now=NOW
        )
    assert caught.value.code is ErrorCode.TEXT_EMPTY
