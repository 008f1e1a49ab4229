"""The agreement of a match: proposed, recorded, amended, confirmed, and fallen through."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import SYSTEM, Actor
from matchmaker.domain.vocabulary import (
    DeclineReason,
    MatchState,
    OutcomeClosing,
    Side,
    TechnologyContractType,
)
from matchmaker.models import AuditEntry, Outcome
from matchmaker.queries.case_story import party_story
from matchmaker.queries.outcomes import closed_outcomes, evidence_for_staff, evidence_of_party
from matchmaker.services import attachments, matches, outcomes
from matchmaker.services.case_messages import Upload
from tests.factories import NOW, TODAY, actor_of, make_appointment
from tests.integration.matches.conftest import TERMS, World

S = MatchState
PDF = Upload(b"%PDF-1.7\ntrailer\n%%EOF\n", "contract.pdf")


def refused(act: object) -> ErrorCode:
    with pytest.raises(DomainError) as caught:
        act()  # type: ignore[operator]
    return caught.value.code


def entries(world: World, action: str) -> list[AuditEntry]:
    world.session.flush()
    statement = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
    return list(world.session.scalars(statement))


def record(world: World, who: str = "offer_staff", **changes: object) -> Outcome:
    terms = replace(TERMS, **changes)  # type: ignore[arg-type]
    return outcomes.record_outcome(world.session, world.actor(who), world.match, terms, now=NOW)


def propose(world: World, who: str, folder: Path, *files: Upload, **changes: object) -> Outcome:
    return outcomes.propose_outcome(
        world.session, world.actor(who), world.match,
        replace(TERMS, **changes),  # type: ignore[arg-type]
        files=files, folder=folder, now=NOW,
    )  # fmt: skip


def confirm(world: World, actor: Actor) -> Outcome:
    return outcomes.confirm_outcome(world.session, actor, world.match, now=NOW)


@pytest.mark.parametrize("state", [S.INTRODUCED, S.IN_DISCUSSION, S.NEGOTIATING])
def test_recording_takes_the_match_to_its_agreement(world: World, state: S) -> None:
    world.reach(state)
    outcome = record(world)
    assert world.match.state is S.AGREEMENT
    assert (outcome.contract_value, outcome.currency) == (120_000_000, "THB")
    (entry,) = entries(world, "outcome_recorded")
    assert entry.data["signed_on"] == TODAY.isoformat()
    assert "note" not in entry.data


def test_nothing_is_recorded_before_the_introduction(world: World) -> None:
    world.reach(S.OFFERED)
    assert refused(lambda: record(world)) is ErrorCode.MATCH_STEP_NOT_ALLOWED
    assert world.match.outcome is None


def test_wrong_terms_leave_the_match_where_it_is(world: World) -> None:
    world.reach(S.NEGOTIATING)
    tomorrow = TODAY + timedelta(days=1)
    assert refused(lambda: record(world, signed_on=tomorrow)) is ErrorCode.DATE_FUTURE
    assert world.match.state is S.NEGOTIATING
    assert world.match.outcome is None


def test_amending_tells_what_changed_and_asks_for_other_eyes_again(world: World) -> None:
    world.reach(S.AGREEMENT)
    record(world, "need_staff", contract_value=90_000_000, note="The price fell")
    assert world.match.state is S.AGREEMENT
    (entry,) = entries(world, "outcome_changed")
    assert entry.data["changed"] == ["contract_value", "note"]
    assert entry.data["before"]["contract_value"] == 120_000_000
    assert "The price fell" not in str(entry.data)
    assert refused(lambda: confirm(world, world.actor("need_staff"))) is (
        ErrorCode.OUTCOME_OTHER_EYES
    )
    confirm(world, world.actor("offer_staff"))
    assert world.match.state is S.OUTCOME_CONFIRMED


def test_a_confirmed_outcome_is_not_amended_until_it_is_taken_back(world: World) -> None:
    world.reach(S.OUTCOME_CONFIRMED)
    assert refused(lambda: record(world, jobs=1)) is ErrorCode.MATCH_STEP_NOT_ALLOWED
    matches.take_step(world.session, world.actor("offer_staff"), world.match, S.AGREEMENT, now=NOW)
    assert world.match.outcome is not None
    assert world.match.outcome.confirmed_at is None
    assert record(world, jobs=1).jobs == 1


def test_a_colleague_does_not_confirm_but_a_lead_does(world: World) -> None:
    world.reach(S.AGREEMENT)
    colleague = make_appointment(world.session, world.head_office)
    lead = make_appointment(world.session, world.head_office, lead=True)
    assert refused(lambda: confirm(world, actor_of(world.session, colleague))) is (
        ErrorCode.OUTCOME_OTHER_EYES
    )
    confirm(world, actor_of(world.session, lead))
    assert world.match.state is S.OUTCOME_CONFIRMED


def test_a_lead_does_not_confirm_an_own_record(world: World) -> None:
    world.reach(S.NEGOTIATING)
    world.users["lead"] = make_appointment(world.session, world.head_office, lead=True)
    record(world, "lead")
    assert refused(lambda: confirm(world, world.actor("lead"))) is ErrorCode.OUTCOME_OTHER_EYES


def test_where_one_centre_has_both_sides_a_colleague_confirms(world: World) -> None:
    world.reach(S.NEGOTIATING)
    world.match.need_centre_id = world.match.offer_centre_id
    world.session.flush()
    record(world)
    assert refused(lambda: confirm(world, world.actor("offer_staff"))) is (
        ErrorCode.OUTCOME_OTHER_EYES
    )
    confirm(world, actor_of(world.session, make_appointment(world.session, world.head_office)))


def test_a_party_reports_and_staff_record(world: World, tmp_path: Path) -> None:
    world.reach(S.NEGOTIATING)
    outcome = propose(world, "buyer", tmp_path, PDF, note="Signed in Bangkok")
    assert outcome.proposed_side is Side.NEED
    assert world.match.state is S.NEGOTIATING
    assert outcomes.reported_sides(world.match) == (Side.NEED,)
    world.session.flush()
    told = {
        side: [event.action for event in party_story(world.session, world.match, side)]
        for side in Side
    }
    assert told[Side.NEED][-1] == "outcome_proposed"
    assert "outcome_proposed" not in told[Side.OFFER]
    recorded = record(world, registration_number="2026-45-0001")
    assert outcomes.reported_sides(world.match) == ()
    assert [each.attachment for each in recorded.evidence] == [outcome.evidence[0].attachment]
    assert (outcome.registration_number, outcome.note, outcome.closing) == (
        "", "Signed in Bangkok", OutcomeClosing.RECORDED,
    )  # fmt: skip
    refusal = refused(lambda: propose(world, "buyer", tmp_path))
    assert refusal is ErrorCode.OUTCOME_EXISTS


@pytest.mark.parametrize("who", ["offer_staff", "other_member", "auditor", "visitor"])
def test_only_parties_report(world: World, tmp_path: Path, who: str) -> None:
    world.reach(S.NEGOTIATING)
    assert refused(lambda: propose(world, who, tmp_path)) is ErrorCode.NOT_ALLOWED


def test_a_report_can_be_refused_with_a_reason_and_is_kept(world: World, tmp_path: Path) -> None:
    world.reach(S.NEGOTIATING)
    propose(world, "seller", tmp_path, PDF)
    staff = world.actor("need_staff")
    act = outcomes.refuse_proposal
    assert (
        refused(lambda: act(world.session, staff, world.match, Side.OFFER, note=" ", now=NOW))
        is ErrorCode.NOTE_MISSING
    )
    act(world.session, staff, world.match, Side.OFFER, note="A letter of intent only", now=NOW)
    world.session.flush()
    (kept,) = world.session.scalars(select(Outcome))
    assert (kept.closing, kept.closed_at) == (OutcomeClosing.REFUSED, NOW)
    assert attachments.remove_unused(world.session, tmp_path, now=NOW + timedelta(days=3)) == 0
    assert (
        refused(lambda: act(world.session, staff, world.match, Side.OFFER, note="Again", now=NOW))
        is ErrorCode.OUTCOME_MISSING
    )
    assert propose(world, "seller", tmp_path) is not kept


def test_each_party_has_a_report_of_its_own(world: World, tmp_path: Path) -> None:
    world.reach(S.NEGOTIATING)
    first = propose(world, "seller", tmp_path, *[PDF] * outcomes.MAX_FILES)
    second = propose(world, "buyer", tmp_path, PDF, contract_value=100, transaction_value=None)
    world.session.flush()
    assert (first.contract_value, second.contract_value) == (120_000_000, 100)
    assert propose(world, "buyer", tmp_path, PDF, contract_value=200, transaction_value=1) is second
    assert (len(first.evidence), len(second.evidence)) == (5, 2)
    agreement = record(world, contract_value=150_000_000)
    assert len(agreement.evidence) == 7
    assert (first.contract_value, second.contract_value) == (120_000_000, 200)
    assert world.match.reports == []


def test_what_staff_recorded_survives_a_party_s_report(world: World, tmp_path: Path) -> None:
    world.reach(S.NEGOTIATING)
    terms = replace(TERMS, registration_number="R-1")
    recorded = outcomes.record_outcome(
        world.session, world.actor("offer_staff"), world.match, terms,
        files=[PDF], folder=tmp_path, now=NOW,
    )  # fmt: skip
    matches.take_step(
        world.session, world.actor("offer_staff"), world.match, S.NEGOTIATING, now=NOW
    )
    assert (recorded.closing, world.match.outcome) == (OutcomeClosing.STEPPED_BACK, None)
    propose(world, "buyer", tmp_path, registration_number="")
    outcomes.refuse_proposal(
        world.session, world.actor("need_staff"), world.match, Side.NEED, note="No", now=NOW
    )
    world.session.flush()
    world.session.expire_all()
    assert recorded.registration_number == "R-1"
    assert attachments.remove_unused(world.session, tmp_path, now=NOW + timedelta(days=3)) == 0
    token = recorded.evidence[0].attachment.token
    assert evidence_for_staff(world.match, world.actor("need_staff"), token)
    again = record(world)
    assert [each.attachment.token for each in again.evidence] == [token]


def test_evidence_is_for_staff_and_for_who_sent_it(world: World, tmp_path: Path) -> None:
    world.reach(S.NEGOTIATING)
    outcome = propose(world, "buyer", tmp_path, PDF)
    token = outcome.evidence[0].attachment.token
    match = world.match
    assert attachments.file_path(tmp_path, token).read_bytes() == PDF.content
    assert evidence_for_staff(match, world.actor("offer_staff"), token).filename == "contract.pdf"
    assert evidence_of_party(match, Side.NEED, token).filename == "contract.pdf"
    for open_it in (
        lambda: evidence_of_party(match, Side.OFFER, token),
        lambda: evidence_for_staff(match, world.actor("other_staff"), token),
        lambda: evidence_for_staff(match, world.actor("auditor"), token),
    ):
        assert refused(open_it) is ErrorCode.NOT_FOUND
    later = NOW + timedelta(days=3)
    assert attachments.remove_unused(world.session, tmp_path, now=later) == 0
    recorded = record(world)
    outcomes.remove_evidence(world.session, world.actor("offer_staff"), match, token, now=NOW)
    world.session.flush()
    assert recorded.evidence == []
    assert attachments.remove_unused(world.session, tmp_path, now=later) == 0


def test_who_takes_a_file_away_does_not_confirm_what_is_left(world: World, tmp_path: Path) -> None:
    world.reach(S.NEGOTIATING)
    outcome = outcomes.record_outcome(
        world.session, world.actor("offer_staff"), world.match, TERMS,
        files=[PDF], folder=tmp_path, now=NOW,
    )  # fmt: skip
    world.session.flush()
    token = outcome.evidence[0].attachment.token
    outcomes.remove_evidence(world.session, world.actor("need_staff"), world.match, token, now=NOW)
    assert refused(lambda: confirm(world, world.actor("need_staff"))) is (
        ErrorCode.OUTCOME_OTHER_EYES
    )
    confirm(world, world.actor("offer_staff"))
    assert world.match.state is S.OUTCOME_CONFIRMED


def test_there_are_only_so_many_files(world: World, tmp_path: Path) -> None:
    world.reach(S.NEGOTIATING)
    many = [PDF] * (outcomes.MAX_FILES + 1)
    assert refused(lambda: propose(world, "buyer", tmp_path, *many)) is ErrorCode.TOO_MANY_FILES


def test_an_agreement_that_fell_through_is_kept_when_the_match_opens_again(world: World) -> None:
    world.reach(S.AGREEMENT)
    matches.take_step(
        world.session, world.actor("offer_staff"), world.match, S.DECLINED,
        decline_reason=DeclineReason.PRICE, declined_by=Side.OFFER, now=NOW,
    )  # fmt: skip
    matches.reopen(world.session, world.actor("offer_staff"), world.match, note="New", now=NOW)
    world.session.flush()
    (kept,) = world.session.scalars(select(Outcome))
    assert (kept.closing, kept.closed_at) == (OutcomeClosing.ENDED, NOW)
    assert world.match.outcome is None
    assert closed_outcomes(world.match) == [kept]
    (entry,) = entries(world, "outcome_closed")
    assert entry.data == {"closing": "ended", "contract_type": "licence"}


def test_the_database_refuses_an_amount_without_currency(world: World) -> None:
    world.reach(S.AGREEMENT)
    assert world.match.outcome is not None
    world.match.outcome.currency = None
    with pytest.raises(IntegrityError):
        world.session.flush()


def test_the_system_may_record_and_confirm_for_a_demonstration(world: World) -> None:
    world.reach(S.NEGOTIATING)
    terms = replace(TERMS, contract_type=TechnologyContractType.CONSULTING)
    outcomes.record_outcome(world.session, SYSTEM, world.match, terms, now=NOW)
    confirm(world, SYSTEM)
    assert world.match.state is S.OUTCOME_CONFIRMED
