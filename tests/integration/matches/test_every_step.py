"""Every state, every target, every role: allowed or refused as `network` says."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError
from matchmaker.domain.match_states import NO_REPLY_AFTER
from matchmaker.domain.permissions import SYSTEM, Actor
from matchmaker.domain.vocabulary import (
    Answer,
    Band,
    DeclineReason,
    MatchState,
    RejectReason,
    Side,
    Verdict,
)
from matchmaker.models import Match
from matchmaker.services import deadlines, match_states, matches, outcomes
from matchmaker.services.suggestions import Candidate, suggest
from tests.factories import NOW
from tests.integration.matches.conftest import TERMS
from tests.integration.matches.network import ALLOWED, ROLES, Network, make_network

S = MatchState
Attempt = Callable[[], object]


@pytest.fixture
def network(session: Session) -> Network:
    return make_network(session)


def by_people(net: Network, actor: Actor, state: S, target: S) -> Iterator[Attempt]:
    """Every verb with which a person could try to take the match to `target`."""
    session, match = net.session, net.match
    note = {"note": "Because", "now": NOW}
    reason = RejectReason.OTHER
    for side in Side:
        if target in {S.APPROVED, S.UNDER_REVIEW}:
            yield lambda side=side: _approve(net, actor, side)
        if target is S.REJECTED:
            yield lambda side=side: matches.decide(
                session, actor, match, side, verdict=Verdict.REJECT, reason=reason, **note
            )
        if target is S.DECLINED:
            yield lambda side=side: matches.answer(
                session, actor, match, side,
                answer=Answer.NO, decline_reason=DeclineReason.PRICE, now=NOW,
            )  # fmt: skip
    if target is S.REJECTED:
        yield lambda: matches.stop(session, actor, match, reason=reason, **note)
    if target in {S.SUGGESTED, S.UNDER_REVIEW}:
        yield lambda: matches.reopen(session, actor, match, **note)
        for own, other in ((net.need, net.offer), (net.offer, net.need)):
            yield lambda own=own, other=other: matches.express_interest(
                session, actor, other, own, what_cooperation="Boards", about_you="A mill", now=NOW
            )
        yield lambda: matches.pair(session, actor, net.offer, net.need, now=NOW)
    if target is S.OFFERED:
        yield lambda: matches.offer_to_parties(session, actor, match, now=NOW)
    if target is S.INTRODUCED:
        yield lambda: matches.introduce(session, actor, match, now=NOW)
    if target is S.AGREEMENT:
        yield lambda: outcomes.record_outcome(session, actor, match, TERMS, now=NOW)
    if target is S.OUTCOME_CONFIRMED:
        yield lambda: outcomes.confirm_outcome(session, actor, match, now=NOW)
    later = _leave_unanswered(match, state, target)
    yield lambda: matches.take_step(
        session, actor, match, target, decline_reason=DeclineReason.PRICE,
        declined_by=Side.OFFER, now=later,
    )  # fmt: skip


def _leave_unanswered(match: Match, state: S, target: S) -> datetime:
    """Return when to try a step: an end without a reply after 30 days in which, where the parties
    were asked, one of them has not answered."""
    if target is not S.NO_REPLY:
        return NOW
    if state is S.OFFERED:
        match.answers.pop()
    return NOW + NO_REPLY_AFTER


def _approve(net: Network, actor: Actor, side: Side) -> None:
    """Decide for one side; the other one has decided where the match is under review."""
    if net.match.state is S.UNDER_REVIEW:
        net.match.decisions.remove(net.match.decision(side))
        net.session.flush()
    matches.decide(net.session, actor, net.match, side, verdict=Verdict.APPROVE, now=NOW)


def by_itself(net: Network, _actor: Actor, state: S, target: S) -> Iterator[Attempt]:
    """Every way in which a match moves without anybody pressing a button."""
    session = net.session
    if target is S.LAPSED:
        yield lambda: match_states.lapse_open(session, SYSTEM, net.offer, NOW)
    if target is S.NO_REPLY:
        later = _leave_unanswered(net.match, state, target)
        yield lambda: deadlines.end_unanswered(session, now=later)
    net.revise()
    yield lambda: match_states.follow_revisions(session, SYSTEM, net.match, now=NOW)
    found = [Candidate(net.need.reference, 80, Band.STRONG)]
    yield lambda: suggest(session, net.offer, found, index_version="1", now=NOW)


def reaches(net: Network, attempt: Attempt, target: S) -> bool:
    """Whether an attempt takes the match to `target`; whatever it did is undone."""
    with net.session.begin_nested() as point:
        try:
            attempt()
            net.session.flush()
            arrived = net.match.state is target
        except DomainError:
            arrived = False
        point.rollback()
    return arrived


@pytest.mark.parametrize("role", ROLES)
def test_each_step_is_for_those_whom_the_table_names(network: Network, role: str) -> None:
    actor = network.actor(role)
    ways = by_itself if role == "system" else by_people
    wrong = []
    for state in S:
        for target in S:
            if target is state:
                continue
            with network.session.begin_nested() as point:
                network.stand_in(state)
                allowed = any(
                    reaches(network, attempt, target)
                    for attempt in ways(network, actor, state, target)
                )
                point.rollback()
            if allowed is not (role in ALLOWED.get((state, target), frozenset())):
                wrong.append((state.value, target.value, allowed))
    assert wrong == []


def test_the_table_names_each_role_and_each_state() -> None:
    named = frozenset().union(*ALLOWED.values())
    assert set(ROLES) - named == {
        "third_staff", "head_office", "other_member", "administrator", "auditor", "visitor",
    }  # fmt: skip
    assert {state for pair in ALLOWED for state in pair} == set(S)
