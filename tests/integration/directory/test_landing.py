"""The landing path of a match: what is suggested, who changes it, and who reads it."""

import pytest
from sqlalchemy import select

from matchmaker.config import Settings
from matchmaker.database import Transactions
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.vocabulary import (
    LandingStage,
    ListingKind,
    ListingState,
    MatchState,
    OrganisationType,
)
from matchmaker.models import AuditEntry, LandingStep, Match
from matchmaker.queries import directory as find
from matchmaker.services import landing, small_indexes
from tests.factories import (
    NOW,
    make_centre,
    make_listing,
    make_match,
    make_organisation,
    make_sectors,
    make_service,
    make_user,
)
from tests.integration.conftest import WordEncoder
from tests.integration.matches.conftest import World, world

__all__ = ["world"]


def put(world: World, who: str, reference: str, **more: object) -> None:
    landing.attach(world.session, world.actor(who), world.match, reference, now=NOW, **more)  # type: ignore[arg-type]


def on_path(world: World) -> list[str]:
    return [step.service.reference for step in find.landing_steps(world.session, world.match)]


@pytest.mark.parametrize("who", ["offer_staff", "need_staff"])
def test_staff_of_both_centres_change_the_path(world: World, who: str) -> None:
    world.seller.organisation_type = OrganisationType.PILOT_PLATFORM
    service = make_service(world.session, world.seller)
    put(world, who, service.reference.lower(), note=" Ask for Mr Qin. ")
    (step,) = find.landing_steps(world.session, world.match)
    assert (step.stage, step.note) == (LandingStage.PILOT_PLATFORM, "Ask for Mr Qin.")
    with pytest.raises(DomainError) as caught:
        put(world, who, service.reference)
    assert caught.value.code is ErrorCode.LANDING_STEP_EXISTS
    landing.detach(world.session, world.actor(who), world.match, service.reference, now=NOW)
    world.session.flush()
    assert on_path(world) == []
    actions = world.session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject_id == world.match.id)
    ).all()
    assert {"match_landing_attached", "match_landing_detached"} <= set(actions)


@pytest.mark.parametrize(
    "who", ["seller", "buyer", "other_staff", "other_member", "administrator", "auditor", "visitor"]
)
def test_nobody_else_does(world: World, who: str) -> None:
    service = make_service(world.session, world.seller)
    with pytest.raises(DomainError) as caught:
        put(world, who, service.reference)
    assert caught.value.code is ErrorCode.NOT_ALLOWED
    with pytest.raises(DomainError):
        landing.detach(world.session, world.actor(who), world.match, service.reference, now=NOW)


def test_only_public_services_and_running_matches(world: World) -> None:
    hidden = make_service(world.session, world.seller, published=False)
    for reference in (hidden.reference, "V-0000-0000", "nonsense"):
        with pytest.raises(DomainError) as caught:
            put(world, "offer_staff", reference)
        assert caught.value.code is ErrorCode.NOT_FOUND
    world.match.state = MatchState.REJECTED
    with pytest.raises(DomainError) as caught:
        put(world, "offer_staff", make_service(world.session, world.seller).reference)
    assert caught.value.code is ErrorCode.MATCH_STEP_NOT_ALLOWED


def test_parties_read_it_after_the_introduction(world: World) -> None:
    public = make_service(world.session, world.seller)
    later_hidden = make_service(world.session, world.buyer)
    for service in (public, later_hidden):
        put(world, "offer_staff", service.reference)
    later_hidden.published = False
    assert find.landing_steps_for_parties(world.session, world.match) == []
    world.introduce()
    steps = find.landing_steps_for_parties(world.session, world.match)
    assert [step.service for step in steps] == [public]


@pytest.mark.parametrize("encoded", [False, True])
def test_what_fits_text_place_and_sector_comes_first(
    own_transactions: Transactions, own_settings: Settings, *, encoded: bool
) -> None:
    encoder = WordEncoder() if encoded else None
    with own_transactions.write() as session:
        make_sectors(session)
        make_centre(session, head_office=True)
        thai = make_organisation(session, country="TH")
        seller = make_organisation(session, country="CN")
        offer = make_listing(session, seller, state=ListingState.PUBLISHED)
        need = make_listing(
            session, thai, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED,
            title="What to do with bagasse", description="We burn our bagasse today.",
        )  # fmt: skip
        match_id = make_match(session, offer, need).id
        lab = make_organisation(session, country="TH")
        best = make_service(session, lab, sectors=["sugar_cane"]).reference
        sea = make_service(
            session, lab, title="Buoys at sea", description="Moorings for sensors."
        ).reference
        make_service(session, lab, places=["VN"])
        for party in (thai, seller):
            make_service(session, party)
        taken = make_service(session, lab).reference
    folder = own_settings.index_folder
    small_indexes.update_small_indexes(own_transactions, folder, encoder)
    with own_transactions.write() as session:
        match = session.get_one(Match, match_id)
        service = find.public_service(session, taken)
        staff = make_user(session)
        session.add(
            LandingStep(
                match=match,
                service=service,
                stage=LandingStage.SERVICE,
                attached_by=staff,
                at=NOW,
            )
        )
        session.flush()
        found = landing.suggestions(session, match, folder)
        assert found[0].service.reference == best
        others = {one.service.reference for one in found[1:]}
        assert others <= {sea}  # neither what is taken, a party's own, nor for another country
        kinds = [reason.kind for reason in found[0].likeness.reasons]
        assert kinds[:2] == ["sector", "country"]
        assert "words" in kinds
