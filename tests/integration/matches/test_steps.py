"""Every step of a match by every kind of person."""

import itertools
from collections.abc import Callable
from datetime import datetime

import pytest

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.match_states import ENDINGS, NO_REPLY_AFTER, TRANSITIONS, By
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import (
    Answer,
    Clearance,
    ControlClass,
    DeclineReason,
    MatchState,
    RejectReason,
    Side,
    Verdict,
)
from matchmaker.models import AuditEntry
from matchmaker.services import match_states, matches, outcomes
from tests.factories import NOW, make_membership
from tests.integration.matches.conftest import TERMS, World

PEOPLE = (
    "offer_staff",
    "need_staff",
    "other_staff",
    "seller",
    "buyer",
    "other_member",
    "administrator",
    "auditor",
    "visitor",
)
S = MatchState
STAFF = {"offer_staff", "need_staff"}
PARTIES = {"seller", "buyer"}


@pytest.mark.parametrize("by", By)
def test_move_follows_the_table(world: World, by: By) -> None:
    actor = world.actor("visitor")
    for state, target in itertools.product(S, S):
        world.match.state = state
        if by in TRANSITIONS.get((state, target), frozenset()):
            match_states.move(world.session, actor, world.match, target, by=by, now=NOW)
            world.session.flush()
            entry = world.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
            assert world.match.state is target
            assert entry is not None
            assert entry.data == {"from": state, "to": target, "by": by}
        else:
            with pytest.raises(DomainError) as caught:
                match_states.move(world.session, actor, world.match, target, by=by, now=NOW)
            assert caught.value.code is ErrorCode.MATCH_STEP_NOT_ALLOWED
            assert world.match.state is state


Verb = Callable[[World, Actor], object]


def _decide(side: Side, verdict: Verdict) -> Verb:
    return lambda w, actor: matches.decide(
        w.session, actor, w.match, side, verdict=verdict, now=NOW,
        reason=RejectReason.DUPLICATE if verdict is Verdict.REJECT else None,
    )  # fmt: skip


def _answer(side: Side) -> Verb:
    return lambda w, actor: matches.answer(
        w.session, actor, w.match, side, answer=Answer.NO,
        decline_reason=DeclineReason.PRICE, now=NOW,
    )  # fmt: skip


def _step(target: S, now: datetime = NOW) -> Verb:
    return lambda w, actor: matches.take_step(
        w.session, actor, w.match, target, decline_reason=DeclineReason.PRICE, now=now
    )


VERBS: dict[str, tuple[S, Verb, set[str]]] = {
    "approve_offer": (S.SUGGESTED, _decide(Side.OFFER, Verdict.APPROVE), {"offer_staff"}),
    "approve_need": (S.SUGGESTED, _decide(Side.NEED, Verdict.APPROVE), {"need_staff"}),
    "reject_offer": (S.UNDER_REVIEW, _decide(Side.OFFER, Verdict.REJECT), {"offer_staff"}),
    "reject_need": (S.UNDER_REVIEW, _decide(Side.NEED, Verdict.REJECT), {"need_staff"}),
    "stop": (
        S.APPROVED,
        lambda w, a: matches.stop(
            w.session, a, w.match, reason=RejectReason.PARTY_UNSUITABLE, now=NOW
        ),
        STAFF,
    ),
    "stop_asked": (
        S.OFFERED,
        lambda w, a: matches.stop(w.session, a, w.match, reason=RejectReason.DUPLICATE, now=NOW),
        STAFF,
    ),
    "offer": (
        S.APPROVED,
        lambda w, a: matches.offer_to_parties(w.session, a, w.match, now=NOW),
        STAFF,
    ),
    "answer_offer": (S.OFFERED, _answer(Side.OFFER), {"seller"}),
    "answer_need": (S.OFFERED, _answer(Side.NEED), {"buyer"}),
    "withdraw_asked": (S.OFFERED, _step(S.WITHDRAWN), STAFF | PARTIES),
    "discuss": (S.INTRODUCED, _step(S.IN_DISCUSSION), STAFF | PARTIES),
    "skip_nda": (S.IN_DISCUSSION, _step(S.NEGOTIATING), STAFF | PARTIES),
    "step_back": (S.IN_DISCUSSION, _step(S.INTRODUCED), STAFF | PARTIES),
    "agree_to_secrecy": (S.NDA, _step(S.NEGOTIATING), STAFF | PARTIES),
    "agree": (
        S.NEGOTIATING,
        lambda w, a: outcomes.record_outcome(w.session, a, w.match, TERMS, now=NOW),
        STAFF,
    ),
    "confirm": (
        S.AGREEMENT,
        lambda w, a: outcomes.confirm_outcome(w.session, a, w.match, now=NOW),
        {"need_staff"},
    ),
    "agree_without_terms": (S.NEGOTIATING, _step(S.AGREEMENT), set()),
    "confirm_without_looking": (S.AGREEMENT, _step(S.OUTCOME_CONFIRMED), set()),
    "decline_talks": (S.NEGOTIATING, _step(S.DECLINED), STAFF | PARTIES),
    "no_reply": (S.INTRODUCED, _step(S.NO_REPLY, NOW + NO_REPLY_AFTER), STAFF),
    "reopen": (
        S.REJECTED,
        lambda w, a: matches.reopen(w.session, a, w.match, note="New facts", now=NOW),
        STAFF,
    ),
    "assign": (
        S.SUGGESTED,
        lambda w, a: matches.assign(
            w.session, a, w.match, Side.NEED, w.users["need_staff"], now=NOW
        ),
        {"need_staff"},
    ),
    "comment": (
        S.SUGGESTED,
        lambda w, a: matches.comment(w.session, a, w.match, note="Hello", now=NOW),
        STAFF,
    ),
    "clear_offer": (
        S.OFFERED,
        lambda w, a: matches.clear_export(
            w.session, a, w.match, Side.OFFER, control_class=ControlClass.FREE,
            clearance=Clearance.NONE, now=NOW,
        ),
        {"offer_staff"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_for_its_people_alone(world: World, verb: str, person: str) -> None:
    state, act, allowed = VERBS[verb]
    world.reach(state)
    world.session.flush()
    actor = world.actor(person)
    if person in allowed:
        act(world, actor)
        world.session.flush()
        return
    with pytest.raises(DomainError) as caught:
        act(world, actor)
    assert caught.value.code in {
        ErrorCode.NOT_ALLOWED,
        ErrorCode.DECISION_OTHER_SIDE,
        ErrorCode.ORGANISATION_HAS_ACCOUNT,
        ErrorCode.MATCH_STEP_NOT_ALLOWED,
        ErrorCode.OUTCOME_MISSING,
        ErrorCode.OUTCOME_OTHER_EYES,
    }
    assert world.match.state is state


@pytest.mark.parametrize("person", PEOPLE)
def test_introducing_is_for_staff_of_either_centre(world: World, person: str) -> None:
    world.agree()
    actor = world.actor(person)
    if person in STAFF:
        matches.introduce(world.session, actor, world.match, now=NOW)
        assert world.match.state is S.INTRODUCED
        return
    with pytest.raises(DomainError) as caught:
        matches.introduce(world.session, actor, world.match, now=NOW)
    assert caught.value.code is ErrorCode.NOT_ALLOWED


@pytest.mark.parametrize(
    "verb", ["approve_offer", "stop", "offer", "reopen", "comment", "clear_offer"]
)
def test_staff_keep_out_of_matches_of_their_own_organisation(world: World, verb: str) -> None:
    state, act, _allowed = VERBS[verb]
    world.reach(state)
    make_membership(world.session, world.buyer, world.users["offer_staff"])
    with pytest.raises(DomainError) as caught:
        act(world, world.actor("offer_staff"))
    assert caught.value.code is ErrorCode.DECISION_OWN_ORGANISATION


@pytest.mark.parametrize("state", sorted(ENDINGS))
def test_every_ending_can_be_reopened(world: World, state: S) -> None:
    world.match.state = state
    matches.reopen(world.session, world.actor("need_staff"), world.match, note="Why", now=NOW)
    assert world.match.state is S.UNDER_REVIEW
    assert [comment.note for comment in world.match.comments] == ["Why"]
    assert world.match.decisions == []
