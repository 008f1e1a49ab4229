"""Real decisions, and what the engine makes of them, from the audit trail alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matchmaker.database import Transactions
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import SYSTEM, Actor
from matchmaker.domain.vocabulary import (
    Answer,
    DeclineReason,
    ListingKind,
    ListingState,
    MatchState,
    RejectReason,
    Side,
    Verdict,
)
from matchmaker.matching import feedback
from matchmaker.matching.ranking import Blend
from matchmaker.models import (
    AuditEntry,
    Match,
    MatchDecision,
    TrainedBlend,
    User,
)
from matchmaker.queries.blends import blend_in_force
from matchmaker.services import audit, indexing, learning, matches, matching_runs
from matchmaker.services.index_files import Places
from matchmaker.services.lessons import last_settled, read_lessons
from tests.factories import (
    NOW,
    TODAY,
    actor_of,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_organisation,
    make_sectors,
    make_user,
)
from tests.factories.decisions import BASE, DIFFERENT, pair_features, simulated_decisions
from tests.integration.conftest import WordEncoder
from tests.integration.matches.conftest import World

LATER = NOW + timedelta(hours=1)
TEACHING = RejectReason.WRONG_SECTOR


# One pair


def known(match: Match, seed: int = 1) -> Match:
    """Let the engine know both texts of a match."""
    match.features = pair_features(np.random.default_rng(seed)).plain()
    return match


def decide(
    world: World,
    who: str,
    side: Side,
    reason: RejectReason | None = None,
    *,
    match: Match | None = None,
) -> None:
    """Approve, or reject for a reason."""
    verdict = Verdict.REJECT if reason else Verdict.APPROVE
    matches.decide(
        world.session, world.actor(who), match or world.match, side,
        verdict=verdict, reason=reason, now=NOW,
    )  # fmt: skip


def verdicts(session: Session) -> list[bool]:
    """What the trail teaches."""
    session.flush()
    lessons = read_lessons(session, last_settled(session, LATER))
    return [lesson.example.approved for lesson in lessons]


def test_an_approval_teaches_with_the_numbers_of_its_moment(world: World) -> None:
    before = known(world.match).features
    decide(world, "offer_staff", Side.OFFER)
    known(world.match, seed=2)
    (lesson,) = read_lessons(world.session, last_settled(world.session, LATER))
    assert lesson.example.approved
    assert lesson.example.features.plain() == before
    assert (lesson.example.offer, lesson.example.need) == (world.offer.id, world.need.id)


@pytest.mark.parametrize("reason", list(RejectReason))
def test_only_starred_rejections_teach(world: World, reason: RejectReason) -> None:
    known(world.match)
    matches.decide(
        world.session, world.actor("offer_staff"), world.match, Side.OFFER,
        verdict=Verdict.REJECT, reason=reason, note="because", now=NOW,
    )  # fmt: skip
    assert verdicts(world.session) == ([False] if reason.teaches else [])


def test_a_pair_is_one_example(world: World) -> None:
    known(world.match)
    world.approve()
    assert verdicts(world.session) == [True]


def test_the_last_verdict_counts(world: World) -> None:
    known(world.match)
    decide(world, "offer_staff", Side.OFFER)
    decide(world, "offer_staff", Side.OFFER, TEACHING)
    assert verdicts(world.session) == [False]


def test_centres_that_disagree_teach_nothing(world: World) -> None:
    known(world.match)
    decide(world, "offer_staff", Side.OFFER)
    decide(world, "need_staff", Side.NEED, TEACHING)
    assert verdicts(world.session) == []


def test_a_rejection_for_another_reason_leaves_the_other_sides_approval(world: World) -> None:
    known(world.match)
    decide(world, "offer_staff", Side.OFFER)
    decide(world, "need_staff", Side.NEED, RejectReason.PARTY_UNSUITABLE)
    assert verdicts(world.session) == [True]


@pytest.mark.parametrize("reason", list(DeclineReason))
def test_a_party_that_says_it_does_not_fit_overrules_the_centres(
    world: World, reason: DeclineReason
) -> None:
    known(world.match)
    world.ask()
    matches.answer(
        world.session, world.actor("buyer"), world.match, Side.NEED,
        answer=Answer.NO, decline_reason=reason, now=NOW,
    )  # fmt: skip
    assert verdicts(world.session) == [not reason.teaches]


def test_a_decline_after_talks_teaches_with_the_numbers_of_its_moment(world: World) -> None:
    known(world.match)
    world.introduce()
    later = known(world.match, seed=2).features
    matches.take_step(
        world.session, world.actor("seller"), world.match, MatchState.DECLINED,
        decline_reason=DeclineReason.NOT_STRATEGIC, now=NOW,
    )  # fmt: skip
    world.session.flush()
    (lesson,) = read_lessons(world.session, last_settled(world.session, LATER))
    assert not lesson.example.approved
    assert lesson.example.features.plain() == later


def test_opening_again_takes_a_decline_back(world: World) -> None:
    known(world.match)
    world.ask()
    matches.answer(
        world.session, world.actor("buyer"), world.match, Side.NEED,
        answer=Answer.NO, decline_reason=DeclineReason.NOT_STRATEGIC, now=NOW,
    )  # fmt: skip
    matches.reopen(world.session, world.actor("offer_staff"), world.match, note="x", now=NOW)
    assert verdicts(world.session) == []


def test_stopping_an_approved_match_takes_the_approvals_back(world: World) -> None:
    known(world.match)
    world.approve()
    matches.stop(world.session, world.actor("need_staff"), world.match, reason=TEACHING, now=NOW)
    assert verdicts(world.session) == [False]


def test_reopening_takes_back_what_was_decided(world: World) -> None:
    known(world.match)
    decide(world, "offer_staff", Side.OFFER, TEACHING)
    matches.reopen(world.session, world.actor("need_staff"), world.match, note="no", now=NOW)
    assert verdicts(world.session) == []
    decide(world, "need_staff", Side.NEED)
    assert verdicts(world.session) == [True]


def test_a_text_published_anew_is_not_judged_by_the_old_numbers(world: World) -> None:
    known(world.match)
    world.revise(world.need, "We want boards now.")
    decide(world, "offer_staff", Side.OFFER)
    assert world.match.features is None
    assert verdicts(world.session) == []


def test_what_nobody_decided_teaches_nothing(world: World) -> None:
    known(world.match)
    with audit.seeding(world.session):
        decide(world, "offer_staff", Side.OFFER)
    matches.decide(world.session, SYSTEM, world.match, Side.NEED, verdict=Verdict.APPROVE, now=NOW)
    assert world.match.state is MatchState.APPROVED
    assert verdicts(world.session) == []


def test_the_last_minutes_wait(world: World) -> None:
    known(world.match)
    decide(world, "offer_staff", Side.OFFER)
    assert last_settled(world.session, NOW + timedelta(minutes=1)) == 0


# Many pairs


@dataclass
class Desk:
    """A site of its own on which much was decided."""

    transactions: Transactions
    lead: int
    staff: int
    administrator: int

    def actor(self, session: Session, user_id: int) -> Actor:
        return actor_of(session, session.get_one(User, user_id))


def decided(transactions: Transactions, *, shuffled: bool = False) -> Desk:
    """300 matches of 30 offers and 30 needs, decided by one person in favour of sectors."""
    examples = simulated_decisions(DIFFERENT, seed=3, count=300)
    order = np.random.default_rng(5).permutation(len(examples)) if shuffled else range(300)
    with transactions.write() as session:
        make_sectors(session)
        centre = make_centre(session, head_office=True, languages=("en", "zh-Hans"))
        sides = [
            [
                make_listing(
                    session, owner, kind=kind, state=ListingState.PUBLISHED,
                    title=f"{kind}{number} things", description=f"{kind}{number}",
                )
                for number in range(30)
            ]
            for kind, owner in (
                (ListingKind.OFFER, make_organisation(session, centre=centre)),
                (ListingKind.DEMAND, make_organisation(session, country="TH", centre=centre)),
            )
        ]  # fmt: skip
        lead, staff = (
            make_appointment(session, centre, lead=True),
            make_appointment(session, centre),
        )
        actor = actor_of(session, staff)
        for place, example in enumerate(examples):
            offer, need = sides[0][place % 30], sides[1][(place + place // 30) % 30]
            match = make_match(session, offer, need)
            match.features = example.features.plain()
            approved = examples[order[place]].approved
            matches.decide(
                session, actor, match, Side.OFFER,
                verdict=Verdict.APPROVE if approved else Verdict.REJECT,
                reason=None if approved else RejectReason.NOT_RELEVANT, now=NOW,
            )  # fmt: skip
        administrator = make_user(session, roles=["administrator"])
        return Desk(transactions, lead.id, staff.id, administrator.id)


@pytest.fixture
def desk(own_transactions: Transactions) -> Desk:
    return decided(own_transactions)


def newest(session: Session) -> TrainedBlend:
    return session.scalars(select(TrainedBlend).order_by(TrainedBlend.version.desc())).all()[0]


def test_decisions_train_and_a_lead_switches_on(desk: Desk, own_places: Places) -> None:
    transactions = desk.transactions
    assert learning.train_due(transactions, now=NOW) == 0  # nothing has settled
    assert learning.train_due(transactions, now=LATER) == 1
    assert learning.train_due(transactions, now=LATER) == 0  # nothing is new
    with transactions.read() as session:
        row = newest(session)
        assert (row.version, row.better, row.in_force) == (1, True, False)
        assert row.approvals + row.rejections == 300
        assert blend_in_force(session) == BASE
        trained = Blend.of(row.weights)
    assert trained.signals.sector > BASE.signals.sector

    encoder = WordEncoder()
    indexing.update_indexes(transactions, own_places, encoder, seconds=600)
    matching_runs.match_changed(
        transactions, own_places, encoder, now=LATER, today=TODAY, seconds=600
    )
    untrained = own_places.member.get()
    with transactions.write() as session:
        judged = session.scalars(select(Match).where(Match.state == MatchState.UNDER_REVIEW)).all()
        seen = {match.id: match.score for match in judged}
        with pytest.raises(DomainError) as refused:
            learning.switch_on(session, desk.actor(session, desk.staff), newest(session), now=LATER)
        assert refused.value.code is ErrorCode.NOT_ALLOWED
        learning.switch_on(session, desk.actor(session, desk.lead), newest(session), now=LATER)
    with transactions.read() as session:
        assert blend_in_force(session) == trained
        assert indexing.blend_due(session, own_places)
    indexing.update_indexes(transactions, own_places, encoder, seconds=600)
    index = own_places.member.get()
    assert index is not None
    assert untrained is not None
    assert index.model.blend == trained
    assert index.version != untrained.version
    with transactions.read() as session:
        assert not indexing.blend_due(session, own_places)
        assert len(matching_runs.listings_due(session, index, encoder)) == 60
    matching_runs.match_changed(
        transactions, own_places, encoder, now=LATER, today=TODAY, seconds=600
    )
    with transactions.read() as session:
        after = {match.id: match.score for match in session.scalars(select(Match))}
        assert seen == {match_id: after[match_id] for match_id in seen}

    with transactions.write() as session:
        learning.switch_off(session, desk.actor(session, desk.administrator), now=LATER)
        assert blend_in_force(session) == BASE
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject_type == "trained_blend")
        ).all()
    assert actions == ["blend_trained", "blend_switched_on", "blend_switched_off"]


def test_a_training_comes_out_of_the_trail_again(desk: Desk, own_site: Flask) -> None:
    run = own_site.test_cli_runner()
    with desk.transactions.write() as session:  # the command line learns from settled entries only
        for entry in session.scalars(select(AuditEntry)):
            entry.at = entry.at - timedelta(days=400)
    dry = run.invoke(args=["learn", "--dry-run"])
    assert dry.exit_code == 0, dry.output
    assert "better" in dry.output
    with desk.transactions.read() as session:
        assert session.scalars(select(TrainedBlend)).all() == []
    assert "Kept as version 1" in run.invoke(args=["learn"]).output
    with desk.transactions.write() as session:
        session.execute(delete(MatchDecision))
        session.execute(delete(Match))
    again = run.invoke(args=["learn", "--from-audit", "1"])
    assert again.exit_code == 0, again.output
    assert "the same examples and weights" in again.output
    with desk.transactions.write() as session:
        row = newest(session)
        row.digest = "0" * 64
    assert run.invoke(args=["learn", "--from-audit", "1"]).exit_code == 1
    assert run.invoke(args=["learn", "--from-audit", "2"]).exit_code == 1


def test_shuffled_decisions_cannot_be_switched_on(own_transactions: Transactions) -> None:
    desk = decided(own_transactions, shuffled=True)
    assert learning.train_due(desk.transactions, now=LATER, switch=True) == 1
    with desk.transactions.write() as session:
        row = newest(session)
        assert (row.better, row.in_force) == (False, False)
        for actor in (desk.actor(session, desk.lead), SYSTEM):
            with pytest.raises(DomainError) as refused:
                learning.switch_on(session, actor, row, now=LATER)
            assert refused.value.code is ErrorCode.BLEND_NOT_BETTER
        row.in_force = True
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_the_operator_may_let_it_switch_itself_on(desk: Desk) -> None:
    assert learning.train_due(desk.transactions, now=LATER, switch=True) == 1
    with desk.transactions.write() as session:
        first = newest(session)
        assert first.in_force
        # A newer one that is not better replaces nothing, and the older one cannot come back.
        examples = simulated_decisions(BASE, seed=3)
        trained = feedback.train(examples, BASE)
        assert trained is not None
        second = learning.store(session, trained, first.last_entry_id, now=LATER)
        assert (second.version, second.better) == (2, False)
        assert blend_in_force(session) == Blend.of(first.weights)
        learning.switch_off(session, SYSTEM, now=LATER)
        with pytest.raises(DomainError):
            learning.switch_on(session, SYSTEM, first, now=LATER)


def test_other_untrained_weights_are_a_reason_to_train(desk: Desk) -> None:
    learning.train_due(desk.transactions, now=LATER)
    with desk.transactions.write() as session:
        row = newest(session)
        row.base = {**row.base, "latent": 3.0}
        session.flush()
        assert learning.training_due(session, now=LATER)


def test_pairs_of_people_get_their_numbers(
    own_transactions: Transactions, own_places: Places
) -> None:
    transactions, encoder = own_transactions, WordEncoder()
    with transactions.write() as session:
        make_sectors(session)
        make_centre(session, head_office=True)
        offer = make_listing(session, make_organisation(session), state=ListingState.PUBLISHED)
        need = make_listing(
            session, make_organisation(session, country="TH"),
            kind=ListingKind.DEMAND, state=ListingState.PUBLISHED, title="Quite another thing",
        )  # fmt: skip
        match_id = make_match(session, offer, need, state=MatchState.UNDER_REVIEW, score=None).id
    assert matching_runs.complete_pairs(transactions, own_places, encoder) == 0
    indexing.update_indexes(transactions, own_places, encoder, seconds=600)
    assert matching_runs.complete_pairs(transactions, own_places, encoder) == 1
    assert matching_runs.complete_pairs(transactions, own_places, encoder) == 0
    with transactions.read() as session:
        features = session.get_one(Match, match_id).features
    index = own_places.member.get()
    assert index is not None
    assert features is not None
    assert features["index"] == index.version
    assert features["blend"] == BASE.name
