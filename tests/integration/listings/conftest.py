"""A head office, a centre in Thailand, a Chinese organisation and its member."""

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from matchmaker.domain.listing_content import Details
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import CodeField, ListingKind, TextField
from matchmaker.models import Centre, Listing, Organisation, User
from matchmaker.services import listings
from tests.factories import (
    NOW,
    actor_of,
    make_appointment,
    make_centre,
    make_membership,
    make_organisation,
    make_sectors,
    make_user,
)

TITLE = "Pressing cane bagasse into boards"
DESCRIPTION = "We press cane bagasse into boards for furniture, without any formaldehyde."


@dataclass
class Stage:
    """What most tests need."""

    session: Session
    nanning: Centre
    bangkok: Centre
    maker: Organisation
    thai: Organisation
    member: User
    owner: Actor
    stranger: Actor
    moderator: Actor
    thai_staff: Actor
    thai_member: Actor

    def draft(self, kind: ListingKind = ListingKind.OFFER) -> Listing:
        """A new draft of the Chinese organisation, in English."""
        return listings.create_listing(
            self.session, self.owner, self.maker, kind=kind, language="en", now=NOW
        )

    def complete(self, kind: ListingKind = ListingKind.OFFER, title: str = TITLE) -> Listing:
        """A draft with all that is required."""
        listing = self.draft(kind)
        listings.save_text(
            self.session, self.owner, listing, "en",
            {TextField.TITLE: title, TextField.DESCRIPTION: DESCRIPTION}, now=NOW,
        )  # fmt: skip
        details = listings.details_of(listing.newest)
        self.save(listing, details.with_codes({CodeField.SECTOR: ("sugar_cane",)}))
        return listing

    def save(self, listing: Listing, details: Details) -> None:
        """Save details as the owner."""
        listings.save_details(self.session, self.owner, listing, details, now=NOW)


@pytest.fixture
def stage(session: Session) -> Stage:
    make_sectors(session)
    nanning = make_centre(session, head_office=True)
    bangkok = make_centre(session, country="TH", time_zone="Asia/Bangkok")
    maker, thai = make_organisation(session), make_organisation(session, country="TH")
    member, other = make_membership(session, maker), make_membership(session, thai)
    return Stage(
        session=session,
        nanning=nanning,
        bangkok=bangkok,
        maker=maker,
        thai=thai,
        member=member,
        owner=actor_of(session, member),
        stranger=actor_of(session, make_user(session)),
        moderator=actor_of(session, make_appointment(session, nanning)),
        thai_staff=actor_of(session, make_appointment(session, bangkok)),
        thai_member=actor_of(session, other),
    )
