"""Who reads what of a listing."""

from collections.abc import Callable

import pytest

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import Tier
from matchmaker.domain.match_states import By
from matchmaker.domain.permissions import SYSTEM, VISITOR, Actor
from matchmaker.domain.vocabulary import (
    ConfidentialAfter,
    ListingKind,
    ListingState,
    MatchState,
    RevisionState,
    TextField,
)
from matchmaker.models import Attachment, Listing, Match, RevisionAttachment
from matchmaker.queries import listings as find
from matchmaker.services import listings, match_states
from tests.factories import (
    NOW,
    actor_of,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_membership,
    make_nda,
    make_organisation,
    make_user,
)
from tests.integration.listings.conftest import Stage

Who = Callable[[Stage], Actor]


def offer(stage: Stage, **details: object) -> Listing:
    return make_listing(
        stage.session, stage.maker, state=ListingState.PUBLISHED,
        texts={"confidential_detail": "The recipe"}, **details,
    )  # fmt: skip


def case(stage: Stage, listing: Listing, state: MatchState) -> Match:
    need = make_listing(
        stage.session, stage.thai, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED,
        title="A need",
    )  # fmt: skip
    match = make_match(stage.session, listing, need, state=state)
    match.introduced_at = NOW
    stage.session.flush()
    return match


def test_tiers_without_a_match(stage: Stage) -> None:
    listing = offer(stage)
    unverified = make_organisation(stage.session, verified=False)
    newcomer = actor_of(stage.session, make_membership(stage.session, unverified))
    administrator = actor_of(stage.session, make_user(stage.session, roles=["administrator"]))
    auditor = actor_of(stage.session, make_user(stage.session, roles=["auditor"]))
    expected = {
        Tier.PUBLIC: [VISITOR, stage.stranger, newcomer, administrator, auditor],
        Tier.MEMBER: [stage.thai_member, stage.moderator, stage.thai_staff],
        Tier.CASE: [stage.owner, SYSTEM],
    }
    for tier, actors in expected.items():
        for actor in actors:
            assert find.tier_of(stage.session, actor, listing) is tier
    assert find.visible_text_fields(stage.session, VISITOR, listing) == (
        TextField.TITLE,
        TextField.SUMMARY,
    )
    assert TextField.CONFIDENTIAL_DETAIL not in find.visible_text_fields(
        stage.session, stage.thai_member, listing
    )


@pytest.mark.parametrize("state", list(MatchState))
def test_the_case_tier_follows_the_match(stage: Stage, state: MatchState) -> None:
    listing = offer(stage)
    case(stage, listing, state)
    running = {
        MatchState.INTRODUCED, MatchState.IN_DISCUSSION, MatchState.NDA, MatchState.NEGOTIATING,
        MatchState.AGREEMENT, MatchState.OUTCOME_CONFIRMED,
    }  # fmt: skip
    reviewed = running | {MatchState.UNDER_REVIEW, MatchState.APPROVED, MatchState.OFFERED}
    party = find.tier_of(stage.session, stage.thai_member, listing)
    assert party is (Tier.CASE if state in running else Tier.MEMBER)
    for staff in (stage.moderator, stage.thai_staff):
        tier = find.tier_of(stage.session, staff, listing)
        assert tier is (Tier.CASE if state in reviewed else Tier.MEMBER)
    assert find.tier_of(stage.session, stage.stranger, listing) is Tier.PUBLIC


def test_other_centres_stay_outside(stage: Stage) -> None:
    listing = offer(stage)
    case(stage, listing, MatchState.INTRODUCED)
    hanoi = make_centre(stage.session, country="VN")
    staff = actor_of(stage.session, make_appointment(stage.session, hanoi))
    assert find.tier_of(stage.session, staff, listing) is Tier.MEMBER


def test_confidential_after_an_nda(stage: Stage) -> None:
    listing = offer(stage, confidential_after=ConfidentialAfter.NDA, anonymous=True)
    match = case(stage, listing, MatchState.INTRODUCED)
    party = stage.thai_member

    def tier() -> Tier:
        return find.tier_of(stage.session, party, listing)

    def go(target: MatchState) -> None:
        match_states.move(stage.session, SYSTEM, match, target, by=By.STAFF, now=NOW)
        stage.session.flush()

    assert tier() is Tier.MEMBER
    assert not find.sees_owner(stage.session, party, listing)
    go(MatchState.NEGOTIATING)
    assert tier() is Tier.MEMBER, "a case that skipped the NDA opens nothing"
    assert not find.sees_owner(stage.session, party, listing)
    go(MatchState.NDA)
    assert tier() is Tier.MEMBER, "the state alone opens nothing: either party may take it there"
    make_nda(stage.session, match)
    assert tier() is Tier.CASE
    assert find.sees_owner(stage.session, party, listing)
    go(MatchState.NEGOTIATING)
    assert tier() is Tier.CASE
    go(MatchState.WITHDRAWN)
    assert tier() is Tier.MEMBER


def test_staff_of_a_party_read_what_that_party_reads(stage: Stage) -> None:
    listing = offer(stage, anonymous=True)
    match = case(stage, listing, MatchState.OFFERED)
    both = make_membership(stage.session, match.need.organisation)
    make_appointment(stage.session, match.need.organisation.centre, both)
    actor = actor_of(stage.session, both)
    assert find.tier_of(stage.session, actor, listing) is Tier.MEMBER
    assert not find.sees_owner(stage.session, actor, listing)


def test_an_anonymous_owner(stage: Stage) -> None:
    named, hidden = offer(stage), offer(stage, anonymous=True)
    assert find.sees_owner(stage.session, VISITOR, named)
    for actor in (VISITOR, stage.thai_member, stage.moderator):
        assert not find.sees_owner(stage.session, actor, hidden)
    assert find.sees_owner(stage.session, stage.owner, hidden)
    case(stage, hidden, MatchState.OFFERED)
    assert not find.sees_owner(stage.session, stage.thai_member, hidden)
    assert find.sees_owner(stage.session, stage.thai_staff, hidden)


def reads(stage: Stage, actor: Actor, listing: Listing) -> bool:
    try:
        found = find.get_for_reader(stage.session, actor, listing.reference.lower())
    except DomainError as error:
        return error.code is not ErrorCode.NOT_FOUND
    return found is listing


@pytest.mark.parametrize("state", list(ListingState))
def test_which_listings_are_found(stage: Stage, state: ListingState) -> None:
    listing = make_listing(stage.session, stage.maker, state=state)
    public = state is ListingState.PUBLISHED
    assert reads(stage, stage.owner, listing)
    for actor in (VISITOR, stage.stranger, stage.thai_member, stage.thai_staff):
        assert reads(stage, actor, listing) is public
    assert reads(stage, stage.moderator, listing) is (state is not ListingState.DRAFT)


def test_a_party_reads_a_listing_that_ended_meanwhile(stage: Stage) -> None:
    listing = offer(stage)
    case(stage, listing, MatchState.IN_DISCUSSION)
    listings.close(stage.session, stage.owner, listing, now=NOW)
    assert reads(stage, stage.thai_member, listing)
    assert not reads(stage, stage.stranger, listing)


def test_own_listings(stage: Stage) -> None:
    for state in (ListingState.DRAFT, ListingState.DRAFT, ListingState.ARCHIVED):
        make_listing(stage.session, stage.maker, state=state)
    make_listing(stage.session, stage.thai, state=ListingState.PUBLISHED)
    assert find.own_counts(stage.session, stage.owner) == {
        ListingState.DRAFT: 2,
        ListingState.ARCHIVED: 1,
    }
    assert len(find.own_listings(stage.session, stage.owner)) == 2
    assert len(find.own_listings(stage.session, stage.owner, limit=1, offset=1)) == 1
    archived = find.own_listings(stage.session, stage.owner, state=ListingState.ARCHIVED)
    assert [listing.state for listing in archived] == [ListingState.ARCHIVED]
    assert find.own_listings(stage.session, stage.stranger) == []
    assert find.own_counts(stage.session, VISITOR) == {}


def test_own_listing_by_reference(stage: Stage) -> None:
    listing = make_listing(stage.session, stage.maker)
    typed = listing.reference.replace("-", " ").lower()
    assert find.own_listing(stage.session, stage.owner, typed) is listing
    for actor, reference in (
        (stage.thai_member, listing.reference),
        (stage.moderator, listing.reference),
        (stage.owner, "S-0000-0001"),
        (stage.owner, "nonsense"),
    ):
        with pytest.raises(DomainError) as error:
            find.own_listing(stage.session, actor, reference)
        assert error.value.code is ErrorCode.NOT_FOUND


def test_postable_organisations(stage: Stage) -> None:
    silent = make_organisation(stage.session, country="TH")
    assert find.postable_organisations(stage.session, stage.owner) == [stage.maker]
    assert find.postable_organisations(stage.session, stage.thai_staff) == [silent]
    assert find.postable_organisations(stage.session, stage.stranger) == []
    theirs = make_listing(stage.session, silent)
    assert find.own_listing(stage.session, stage.thai_staff, theirs.reference) is theirs
    assert find.tier_of(stage.session, stage.thai_staff, theirs) is Tier.CASE


def attach(stage: Stage, listing: Listing, *, confidential: bool, token: str) -> None:
    file = Attachment(
        token=token * 43, filename="a.pdf", content_type="application/pdf", size=1,
        sha256="0" * 64, uploaded_at=NOW,
    )  # fmt: skip
    listing.newest.attachments.append(
        RevisionAttachment(attachment=file, confidential=confidential)
    )
    stage.session.flush()


def opens(stage: Stage, actor: Actor, listing: Listing, token: str) -> bool:
    try:
        find.readable_attachment(stage.session, actor, listing.reference, token * 43)
    except DomainError as error:
        return error.code is not ErrorCode.NOT_FOUND
    return True


def test_files_by_tier(stage: Stage) -> None:
    listing = offer(stage)
    attach(stage, listing, confidential=False, token="a")
    attach(stage, listing, confidential=True, token="b")
    assert not opens(stage, VISITOR, listing, "a")
    assert not opens(stage, stage.stranger, listing, "a")
    for actor in (stage.thai_member, stage.moderator):
        assert opens(stage, actor, listing, "a")
        assert not opens(stage, actor, listing, "b")
    assert opens(stage, stage.owner, listing, "b")
    assert not opens(stage, stage.owner, listing, "c")
    assert not find.visible_attachments(stage.session, VISITOR, listing, listing.newest)
    assert len(find.visible_attachments(stage.session, stage.owner, listing, listing.newest)) == 2
    case(stage, listing, MatchState.INTRODUCED)
    assert opens(stage, stage.thai_member, listing, "b")


def test_files_of_an_edit_are_the_owner_s_until_submitted(stage: Stage) -> None:
    listing = offer(stage)
    edit = listings.start_revision(stage.session, stage.owner, listing, now=NOW)
    attach(stage, listing, confidential=False, token="d")
    assert opens(stage, stage.owner, listing, "d")
    assert not opens(stage, stage.moderator, listing, "d")
    edit.state = RevisionState.SUBMITTED
    stage.session.flush()
    assert opens(stage, stage.moderator, listing, "d")
    assert not opens(stage, stage.thai_member, listing, "d")
