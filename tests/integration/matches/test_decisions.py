"""What the two centres decide."""

import pytest

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.vocabulary import (
    ListingState,
    MatchState,
    RejectReason,
    Side,
    TextOrigin,
    Verdict,
)
from matchmaker.models import AuditEntry, CentreDelegation, MatchDecision
from matchmaker.queries.matches import QueueFilter, get_match, queue
from matchmaker.services import match_states, matches
from tests.factories import (
    NOW,
    add_text,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_organisation,
)
from tests.integration.matches.conftest import World


def decide(world: World, person: str, side: Side, **values: object) -> None:
    arguments = {"verdict": Verdict.APPROVE, "now": NOW} | values
    matches.decide(world.session, world.actor(person), world.match, side, **arguments)  # type: ignore[arg-type]


def refused(world: World, person: str, side: Side, **values: object) -> ErrorCode:
    with pytest.raises(DomainError) as caught:
        decide(world, person, side, **values)
    return caught.value.code


def test_both_approve(world: World) -> None:
    decide(world, "need_staff", Side.NEED)
    assert world.match.state is MatchState.UNDER_REVIEW
    decide(world, "offer_staff", Side.OFFER)
    assert world.match.state is MatchState.APPROVED
    own = world.match.decision(Side.NEED)
    assert own is not None
    assert (own.centre_id, own.acting_for_id) == (world.thai_centre.id, None)


def test_one_rejection_ends_it(world: World) -> None:
    decide(world, "need_staff", Side.NEED)
    decide(
        world, "offer_staff", Side.OFFER,
        verdict=Verdict.REJECT, reason=RejectReason.STAGE_MISMATCH,
    )  # fmt: skip
    assert world.match.state is MatchState.REJECTED
    assert refused(world, "need_staff", Side.NEED) is ErrorCode.MATCH_STEP_NOT_ALLOWED


def test_a_decision_changes_until_both_have_decided(world: World) -> None:
    decide(world, "offer_staff", Side.OFFER)
    decide(world, "offer_staff", Side.OFFER, note="Again")
    decide(world, "need_staff", Side.NEED)
    assert refused(world, "offer_staff", Side.OFFER) is ErrorCode.DECISION_TOO_LATE
    assert world.session.query(MatchDecision).count() == 2


def test_a_rejection_needs_its_reason(world: World) -> None:
    reject = {"verdict": Verdict.REJECT}
    assert refused(world, "offer_staff", Side.OFFER, **reject) is ErrorCode.REASON_MISSING
    other = reject | {"reason": RejectReason.OTHER}
    assert refused(world, "offer_staff", Side.OFFER, **other) is ErrorCode.NOTE_MISSING
    decide(world, "offer_staff", Side.OFFER, **other, note="They are one family")


def test_a_side_approves_only_what_it_reads(world: World) -> None:
    for text in world.need.revisions[0].texts:
        text.language = "th"
    world.need.revisions[0].original_language = "th"
    assert refused(world, "offer_staff", Side.OFFER) is ErrorCode.TEXT_NOT_READABLE
    add_text(world.session, world.need.revisions[0], "en", origin=TextOrigin.MACHINE, title="B")
    assert refused(world, "offer_staff", Side.OFFER) is ErrorCode.TEXT_NOT_READABLE
    decide(world, "need_staff", Side.NEED)
    decide(world, "offer_staff", Side.OFFER, read_in_original=True)
    given = world.match.decision(Side.OFFER)
    assert given is not None
    assert given.read_in_original


def test_a_human_version_can_be_read(world: World) -> None:
    revision = world.need.revisions[0]
    revision.texts[0].language = revision.original_language = "th"
    add_text(world.session, revision, "zh-Hans", title="甘蔗渣")
    decide(world, "offer_staff", Side.OFFER)


def test_rejecting_needs_no_reading(world: World) -> None:
    revision = world.need.revisions[0]
    revision.texts[0].language = revision.original_language = "th"
    decide(world, "offer_staff", Side.OFFER, verdict=Verdict.REJECT, reason=RejectReason.TOO_VAGUE)


def test_a_revised_text_is_read_first(world: World) -> None:
    decide(world, "offer_staff", Side.OFFER, seen=(1, 1))
    world.revise(world.need, "We sell our bagasse now.")
    assert refused(world, "need_staff", Side.NEED, seen=(1, 1)) is ErrorCode.TEXT_REVISED


def test_a_revision_asks_both_again(world: World) -> None:
    decide(world, "offer_staff", Side.OFFER, seen=(1, 1))
    newer = world.revise(world.need, "We sell our bagasse now.")
    decide(world, "need_staff", Side.NEED, seen=(1, 2))
    assert world.match.need_revision is newer
    assert world.match.decision(Side.OFFER) is None
    assert world.match.state is MatchState.UNDER_REVIEW


def test_an_approved_match_returns_to_review_when_revised(world: World) -> None:
    world.approve()
    world.revise(world.offer, "Other boards")
    with pytest.raises(DomainError) as caught:
        matches.offer_to_parties(world.session, world.actor("need_staff"), world.match, now=NOW)
    assert caught.value.code is ErrorCode.TEXT_REVISED
    actor = world.actor("offer_staff")
    assert match_states.follow_revisions(world.session, actor, world.match, now=NOW)
    assert world.match.state is MatchState.UNDER_REVIEW
    assert world.match.decisions == []
    assert not match_states.follow_revisions(world.session, actor, world.match, now=NOW)


def test_a_delegate_decides_for_the_centre(world: World) -> None:
    centre = make_centre(world.session, country="MY")
    world.users["delegate"] = make_appointment(world.session, centre)
    world.session.add(
        CentreDelegation(centre_id=world.thai_centre.id, delegate_id=centre.id, since=NOW)
    )
    decide(world, "delegate", Side.NEED)
    given = world.match.decision(Side.NEED)
    assert given is not None
    assert (given.centre_id, given.acting_for_id) == (centre.id, world.thai_centre.id)


def test_the_head_office_decides_for_an_inactive_centre(world: World) -> None:
    assert refused(world, "offer_staff", Side.NEED) is ErrorCode.DECISION_OTHER_SIDE
    world.thai_centre.active = False
    decide(world, "offer_staff", Side.NEED)
    given = world.match.decision(Side.NEED)
    assert given is not None
    assert (given.centre_id, given.acting_for_id) == (world.head_office.id, world.thai_centre.id)


def test_one_centre_decides_each_side(world: World) -> None:
    owner = make_organisation(world.session, country="CN")
    offer = make_listing(world.session, owner, state=ListingState.PUBLISHED)
    world.need.centre_id = world.head_office.id
    world.match = make_match(world.session, offer, world.need)
    decide(world, "offer_staff", Side.OFFER)
    assert world.match.state is MatchState.UNDER_REVIEW
    decide(world, "offer_staff", Side.NEED)
    assert world.match.state is MatchState.APPROVED


def test_the_audit_trail_holds_no_free_text(world: World) -> None:
    decide(world, "offer_staff", Side.OFFER, note="They called me")
    matches.comment(world.session, world.actor("need_staff"), world.match, note="Secret", now=NOW)
    entries = world.session.query(AuditEntry).filter_by(subject_id=world.match.id).all()
    assert {"match_decided", "match_state_changed", "match_noted"} <= {e.action for e in entries}
    assert not any("called" in str(e.data) or "Secret" in str(e.data) for e in entries)


def test_only_the_two_centres_see_a_match(world: World) -> None:
    reference = world.match.reference
    for person in ("offer_staff", "need_staff", "auditor"):
        assert get_match(world.session, world.actor(person), reference) is world.match
    for person in ("other_staff", "seller", "buyer", "administrator", "visitor"):
        with pytest.raises(DomainError) as caught:
            get_match(world.session, world.actor(person), reference)
        assert caught.value.code is ErrorCode.NOT_FOUND
        assert queue(world.session, world.actor(person), QueueFilter()).total == 0


def test_a_match_is_given_to_somebody_who_may_decide_it(world: World) -> None:
    actor = world.actor("offer_staff")
    with pytest.raises(DomainError) as caught:
        matches.assign(
            world.session, actor, world.match, Side.OFFER, world.users["other_staff"], now=NOW
        )
    assert caught.value.code is ErrorCode.NOT_ALLOWED
    for side, person in ((Side.OFFER, "need_staff"), (Side.NEED, "offer_staff")):
        with pytest.raises(DomainError) as caught:
            matches.assign(world.session, actor, world.match, side, world.users[person], now=NOW)
        assert caught.value.code is ErrorCode.DECISION_OTHER_SIDE
    matches.assign(
        world.session, actor, world.match, Side.OFFER, world.users["offer_staff"], now=NOW
    )
    assert world.match.assignee(Side.OFFER) is world.users["offer_staff"]
    assert world.match.assignee(Side.NEED) is None
    matches.assign(world.session, actor, world.match, Side.OFFER, None, now=NOW)
    assert world.match.assignee(Side.OFFER) is None


def test_what_listings_end_lapses_before_the_introduction_only(world: World) -> None:
    world.introduce()
    second = make_match(
        world.session,
        make_listing(world.session, world.seller, state=ListingState.PUBLISHED),
        world.need,
        state=MatchState.OFFERED,
    )
    actor = world.actor("buyer")
    assert match_states.lapse_open(world.session, actor, world.need, NOW) == [second]
    assert second.state is MatchState.LAPSED
    assert world.match.state is MatchState.INTRODUCED
