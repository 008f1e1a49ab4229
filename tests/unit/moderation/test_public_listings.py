"""The public rows hold the public tier of a published listing, and nothing else."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matchmaker.domain.vocabulary import (
    CodeField,
    ListingState,
    PartnershipType,
    StageOfDevelopment,
    TextOrigin,
)
from matchmaker.models import PublicFacet, PublicListing, PublicText
from matchmaker.services import public_listings
from tests.factories import NOW, add_text, make_listing, make_organisation
from tests.unit.moderation.conftest import World


def _published(session: Session, world: World, **details: object):
    return make_listing(
        session,
        world.thai,
        state=ListingState.PUBLISHED,
        language="th",
        title="แผ่นไม้จากชานอ้อย",
        texts={
            "summary": "แผ่นไม้ไร้ฟอร์มาลดีไฮด์",
            "confidential_detail": "secret recipe",
            "technical_specification": "hidden specification",
        },
        codes={
            CodeField.KEYWORD: ["ชานอ้อย"],
            CodeField.IPC_CODE: ["B27N"],
            CodeField.PARTNERSHIP_TYPE: [PartnershipType.SUPPLIER],
            CodeField.TARGET_COUNTRY: ["CN"],
            CodeField.TRANSFER_MODE: ["full_assignment"],
        },
        **details,
    )


def test_it_copies_the_public_tier_only(session: Session, world: World) -> None:
    listing = _published(
        session, world, trl=7, stage_of_development=StageOfDevelopment.LAB_TESTED, price_min=100,
        currency="THB",
    )  # fmt: skip
    row = public_listings.refresh(session, listing, NOW)
    assert row is not None
    assert (row.reference, row.country, row.organisation_id) == (
        listing.reference, "TH", world.thai.id,
    )  # fmt: skip
    assert (row.trl, row.stage_of_development) == (7, StageOfDevelopment.LAB_TESTED)
    assert (row.published_at, row.valid_until) == (listing.published_at, listing.valid_until)
    assert [(t.language, t.origin, t.title, t.summary) for t in row.texts] == [
        ("th", TextOrigin.ORIGINAL, "แผ่นไม้จากชานอ้อย", "แผ่นไม้ไร้ฟอร์มาลดีไฮด์")
    ]
    assert {(f.field, f.value) for f in row.facets} == {
        ("sector", "sugar_cane"), ("sector", "agriculture"), ("keyword", "ชานอ้อย"),
        ("ipc_code", "B27N"), ("partnership_type", "supplier"), ("language", "th"),
    }  # fmt: skip


def test_an_anonymous_owner_is_not_named(session: Session, world: World) -> None:
    hidden = make_organisation(session, country="CN", province="CN-GX")
    listing = make_listing(session, hidden, state=ListingState.PUBLISHED, anonymous=True)
    row = public_listings.refresh(session, listing, NOW)
    assert row is not None
    assert (row.organisation_id, row.province, row.country) == (None, None, "CN")


def test_again_after_a_change_it_replaces_what_was_there(session: Session, world: World) -> None:
    listing = _published(session, world)
    public_listings.refresh(session, listing, NOW)
    revision = listing.published
    assert revision is not None
    add_text(session, revision, "en", title="Boards", summary="Green", origin=TextOrigin.MACHINE)
    revision.codes = [code for code in revision.codes if code.field is not CodeField.KEYWORD]
    session.flush()
    public_listings.refresh(session, listing, NOW)
    session.expire_all()
    row = session.get(PublicListing, listing.id)
    assert row is not None
    assert {text.language: text.origin for text in row.texts} == {
        "th": TextOrigin.ORIGINAL, "en": TextOrigin.MACHINE,
    }  # fmt: skip
    assert {facet.field for facet in row.facets} >= {"language", "sector"}
    assert "keyword" not in {facet.field for facet in row.facets}


def test_what_is_not_live_has_no_rows(session: Session, world: World) -> None:
    listing = _published(session, world)
    public_listings.refresh(session, listing, NOW)
    listing.state = ListingState.ON_HOLD
    assert public_listings.refresh(session, listing, NOW) is None
    for model in (PublicListing, PublicText, PublicFacet):
        assert session.scalar(select(func.count()).select_from(model)) == 0
    public_listings.withdraw(session, listing)
