import pytest

from matchmaker.domain import listing_states, match_states
from matchmaker.domain.errors import DomainError
from matchmaker.domain.match_states import BEFORE_INTRODUCTION, ENDINGS, TALKS, By
from matchmaker.domain.vocabulary import ListingState, MatchState


def allowed(state: MatchState, target: MatchState) -> frozenset[By]:
    return match_states.TRANSITIONS.get((state, target), frozenset())


@pytest.mark.parametrize("state", MatchState)
@pytest.mark.parametrize("target", MatchState)
@pytest.mark.parametrize("by", By)
def test_check_follows_the_table(state: MatchState, target: MatchState, by: By) -> None:
    if by in allowed(state, target):
        match_states.check_transition(state, target, by)
    else:
        with pytest.raises(DomainError):
            match_states.check_transition(state, target, by)


def test_talks_go_any_step_forward_and_one_back() -> None:
    for place, state in enumerate(TALKS[:-1]):
        assert all(allowed(state, later) for later in TALKS[place + 1 :])
    for place, state in enumerate(TALKS[1:], start=1):
        reachable = {earlier for earlier in TALKS[:place] if allowed(state, earlier)}
        assert reachable == {TALKS[place - 1]}


def test_only_staff_reach_agreement_and_outcome() -> None:
    for (_, target), by in match_states.TRANSITIONS.items():
        if target in {MatchState.AGREEMENT, MatchState.OUTCOME_CONFIRMED}:
            assert by == {By.STAFF}


def test_no_way_round_approval_and_consent_to_an_introduction() -> None:
    ways_in = {state for (state, target) in match_states.TRANSITIONS if target in TALKS} - {*TALKS}
    assert ways_in == {MatchState.OFFERED}
    before = {s for (s, target) in match_states.TRANSITIONS if target is MatchState.OFFERED}
    assert before == {MatchState.APPROVED}
    assert allowed(MatchState.UNDER_REVIEW, MatchState.APPROVED) == {By.SYSTEM}


def test_only_matches_before_the_introduction_lapse_or_are_rejected() -> None:
    for target in (MatchState.LAPSED, MatchState.REJECTED):
        assert {s for (s, t) in match_states.TRANSITIONS if t is target} == BEFORE_INTRODUCTION


def test_staff_reopen_every_ending() -> None:
    assert all(allowed(ending, MatchState.UNDER_REVIEW) == {By.STAFF} for ending in ENDINGS)


@pytest.mark.parametrize("state", ListingState)
@pytest.mark.parametrize("target", ListingState)
@pytest.mark.parametrize("by", listing_states.By)
def test_listing_check_follows_the_table(
    state: ListingState, target: ListingState, by: listing_states.By
) -> None:
    if by in listing_states.TRANSITIONS.get((state, target), frozenset()):
        listing_states.check_transition(state, target, by)
    else:
        with pytest.raises(DomainError):
            listing_states.check_transition(state, target, by)


def test_every_listing_can_end_in_the_archive() -> None:
    reached = {ListingState.ARCHIVED}
    for _ in ListingState:
        reached |= {s for (s, target) in listing_states.TRANSITIONS if target in reached}
    assert reached == set(ListingState)


def test_publication_needs_staff() -> None:
    by = listing_states.TRANSITIONS[ListingState.SUBMITTED, ListingState.PUBLISHED]
    assert by == {listing_states.By.STAFF}
