"""What the engine finds becomes matches, once."""

from typing import Any

import pytest
from sqlalchemy import select

from matchmaker.domain.vocabulary import (
    Band,
    CodeField,
    ListingKind,
    ListingState,
    MatchOrigin,
    MatchState,
)
from matchmaker.matching.documents import Reason
from matchmaker.models import AuditEntry, Listing, ListingCode, Match
from matchmaker.services import matches
from matchmaker.services.suggestions import MOST_PER_LISTING, Candidate, suggest
from tests.factories import NOW, make_listing, make_organisation
from tests.integration.matches.conftest import World


def found(listing: Listing, score: int = 80) -> Candidate:
    reasons = (Reason("words", "cane bagasse", "bagasse", None, 1.0),)
    return Candidate(listing.reference, score, Band.STRONG, reasons)


def make_need(world: World, **values: Any) -> Listing:
    owner = values.pop("owner", None) or make_organisation(world.session, country="TH")
    values = {"kind": ListingKind.DEMAND, "state": ListingState.PUBLISHED} | values
    return make_listing(world.session, owner, **values)


def run(world: World, listing: Listing, *candidates: Candidate, version: str = "1") -> list[Match]:
    new = suggest(world.session, listing, candidates, index_version=version, now=NOW)
    world.session.flush()
    return new


def test_a_suggestion_is_made_once(world: World) -> None:
    need = make_need(world)
    (match,) = run(world, world.offer, found(need))
    assert (match.offer, match.need, match.state) == (world.offer, need, MatchState.SUGGESTED)
    assert match.reasons == [
        {
            "kind": "words",
            "left": "cane bagasse",
            "right": "bagasse",
            "label": None,
            "share": 1.0,
            "amount": 0.0,
        }
    ]
    assert (match.offer_centre_id, match.need_centre_id) == (
        world.head_office.id, world.thai_centre.id,
    )  # fmt: skip
    entries = len(world.session.scalars(select(AuditEntry)).all())
    assert run(world, world.offer, found(need)) == []
    assert run(world, need, found(world.offer)) == []
    world.session.expire_all()
    assert len(world.session.scalars(select(Match)).all()) == 2
    assert len(world.session.scalars(select(AuditEntry)).all()) == entries
    assert match.lock_version == 1


def test_scores_follow_while_nobody_judges(world: World) -> None:
    run(world, world.offer, found(world.need, 90), version="2")
    assert (world.match.score, world.match.band, world.match.index_version) == (
        90, Band.STRONG, "2",
    )  # fmt: skip
    world.reach(MatchState.UNDER_REVIEW)
    world.session.flush()
    run(world, world.need, found(world.offer, 60), version="3")
    assert world.match.score == 90


def test_a_weak_pair_is_refreshed_but_not_made(world: World) -> None:
    need = make_need(world)
    assert run(world, world.offer, found(world.need, 20), found(need, 20)) == []
    assert world.match.score == 20


@pytest.mark.parametrize("values", [{"state": ListingState.ON_HOLD}, {"kind": ListingKind.OFFER}])
def test_only_published_listings_of_the_other_kind(world: World, values: dict[str, Any]) -> None:
    assert run(world, world.offer, found(make_need(world, **values))) == []


def test_nothing_for_a_listing_that_is_not_published(world: World) -> None:
    need = make_need(world)
    world.offer.state = ListingState.CLOSED
    assert run(world, world.offer, found(need)) == []


def test_never_within_one_organisation(world: World) -> None:
    assert run(world, world.offer, found(make_need(world, owner=world.seller))) == []


def test_target_countries_of_either_side(world: World) -> None:
    elsewhere = make_need(world, codes={CodeField.TARGET_COUNTRY: ["SG"]})
    here = make_need(world, codes={CodeField.TARGET_COUNTRY: ["SG", "CN"]})
    assert [m.need for m in run(world, world.offer, found(elsewhere), found(here))] == [here]
    world.offer.revisions[0].codes.append(
        ListingCode(field=CodeField.TARGET_COUNTRY, value="VN", position=0)
    )
    assert run(world, world.offer, found(make_need(world))) == []


def test_the_best_of_many(world: World) -> None:
    owner = make_organisation(world.session, country="TH")
    needs = [make_need(world, owner=owner) for _ in range(MOST_PER_LISTING + 2)]
    candidates = [found(need, 50 + place) for place, need in enumerate(needs)]
    made = run(world, world.offer, *candidates)
    assert len(made) == MOST_PER_LISTING
    assert min(match.score or 0 for match in made) == 52
    assert run(world, world.offer, *candidates) == []


def test_an_ended_pair_comes_back_after_its_text_changed(world: World) -> None:
    world.reach(MatchState.REJECTED)
    assert run(world, world.offer, found(world.need)) == []
    assert world.match.state is MatchState.REJECTED
    newer = world.revise(world.need, "We make paper of it now.")
    assert run(world, world.need, found(world.offer)) == [world.match]
    assert (world.match.state, world.match.origin) == (
        MatchState.SUGGESTED, MatchOrigin.SUGGESTED,
    )  # fmt: skip
    assert world.match.need_revision is newer
    assert world.match.decisions == []
    assert run(world, world.need, found(world.offer)) == []


def test_a_revision_with_the_same_words_does_not_bring_it_back(world: World) -> None:
    world.reach(MatchState.REJECTED)
    newer = world.revise(world.need, "")
    newer.texts[0].title = world.need.revisions[0].texts[0].title
    newer.texts[0].description = world.need.revisions[0].texts[0].description
    assert run(world, world.need, found(world.offer)) == []
    assert world.match.state is MatchState.REJECTED


def test_a_suggestion_lapses_when_the_new_text_no_longer_fits(world: World) -> None:
    assert run(world, world.need) == []
    assert world.match.state is MatchState.SUGGESTED
    world.revise(world.need, "We look for drones.")
    run(world, world.need)
    assert world.match.state is MatchState.LAPSED
    assert run(world, world.need, found(world.offer)) == []


def test_judged_matches_follow_a_revision(world: World) -> None:
    world.approve()
    newer = world.revise(world.offer, "Other boards")
    run(world, world.offer)
    assert world.match.state is MatchState.UNDER_REVIEW
    assert world.match.offer_revision is newer


def test_a_pair_of_staff_gets_its_score(world: World) -> None:
    need = make_need(world)
    made = matches.pair(world.session, world.actor("offer_staff"), world.offer, need, now=NOW)
    assert run(world, world.offer, found(need, 77)) == []
    assert (made.score, made.state) == (77, MatchState.UNDER_REVIEW)
