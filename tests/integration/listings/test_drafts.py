"""Writing a listing step by step."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.references import parse_reference
from matchmaker.domain.vocabulary import (
    CodeField,
    ListingKind,
    ListingState,
    RevisionState,
    StageOfDevelopment,
    TextField,
    TextOrigin,
)
from matchmaker.models import AuditEntry, Listing
from matchmaker.services import listings
from tests.factories import (
    NOW,
    actor_of,
    add_text,
    make_appointment,
    make_listing,
    make_membership,
    make_organisation,
)
from tests.integration.listings.conftest import DESCRIPTION, TITLE, Stage

THAI = "แผ่นใยไม้อัดจากชานอ้อยสำหรับทำเฟอร์นิเจอร์ โดยไม่ใช้ฟอร์มาลดีไฮด์"
ZAWGYI = "ဗီဇကဲ့သို႔ေသာ သစ္ပင္မ်ား စိုက္ပ်ိဳးေရး နည္းပညာ လိုအပ္သည္"


def actions(stage: Stage, listing: Listing) -> list[str]:
    stage.session.flush()
    entries = stage.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_type == "listing", AuditEntry.subject_id == listing.id)
        .order_by(AuditEntry.id)
    )
    return [entry.action for entry in entries]


def code_of(error: pytest.ExceptionInfo[DomainError]) -> tuple[ErrorCode, str | None]:
    return error.value.code, error.value.field


def save(stage: Stage, listing: Listing, **texts: str) -> None:
    given = {TextField(name): text for name, text in texts.items()}
    listings.save_text(stage.session, stage.owner, listing, "en", given, now=NOW)


def test_create(stage: Stage) -> None:
    listing = stage.draft(ListingKind.SCENARIO)
    assert parse_reference(listing.reference) == listing.reference
    assert listing.reference.startswith("A-")
    assert (listing.state, listing.contact_id) == (ListingState.DRAFT, stage.member.id)
    assert listing.centre_id is None
    assert listing.newest.state is RevisionState.WORKING
    assert listing.newest.original is not None
    assert actions(stage, listing) == ["listing_created"]


def test_members_of_unverified_organisations_write_too(stage: Stage) -> None:
    fresh = make_organisation(stage.session, verified=False)
    actor = actor_of(stage.session, make_membership(stage.session, fresh))
    listing = listings.create_listing(
        stage.session, actor, fresh, kind=ListingKind.DEMAND, language="zh-Hans", now=NOW
    )
    assert listing.state is ListingState.DRAFT


def test_strangers_write_nothing(stage: Stage) -> None:
    listing = stage.draft()
    for actor in (stage.stranger, stage.moderator, stage.thai_member, stage.thai_staff):
        with pytest.raises(DomainError) as error:
            listings.save_text(stage.session, actor, listing, "en", {}, now=NOW)
        assert error.value.code in {ErrorCode.NOT_ALLOWED, ErrorCode.ORGANISATION_HAS_ACCOUNT}
        with pytest.raises(DomainError):
            listings.create_listing(
                stage.session, actor, stage.maker, kind=ListingKind.OFFER, language="en", now=NOW
            )


def test_staff_write_for_an_organisation_without_account(stage: Stage) -> None:
    silent = make_organisation(stage.session, country="TH")
    make_membership(stage.session, silent, accepted=False)
    listing = listings.create_listing(
        stage.session, stage.thai_staff, silent, kind=ListingKind.DEMAND, language="th", now=NOW
    )
    assert listing.contact_id is None
    with pytest.raises(DomainError) as error:
        listings.save_text(stage.session, stage.moderator, listing, "th", {}, now=NOW)
    assert error.value.code is ErrorCode.NOT_ALLOWED
    make_membership(stage.session, silent)
    with pytest.raises(DomainError) as error:
        listings.save_text(stage.session, stage.thai_staff, listing, "th", {}, now=NOW)
    assert error.value.code is ErrorCode.ORGANISATION_HAS_ACCOUNT


def test_the_command_line_writes_for_anybody(stage: Stage) -> None:
    listing = listings.create_listing(
        stage.session, SYSTEM, stage.thai, kind=ListingKind.OFFER, language="en",
        own_number=" 17 ", now=NOW,
    )  # fmt: skip
    assert (listing.own_number, listing.created_by_id) == ("17", None)


def test_an_unknown_language_is_refused(stage: Stage) -> None:
    with pytest.raises(DomainError) as error:
        listings.create_listing(
            stage.session, stage.owner, stage.maker,
            kind=ListingKind.OFFER, language="xx", now=NOW,
        )  # fmt: skip
    assert code_of(error) == (ErrorCode.UNKNOWN_CODE, "language")


def test_text_is_saved_step_by_step(stage: Stage) -> None:
    listing = stage.draft()
    save(stage, listing, title=f"  {TITLE}\x00 ")
    save(stage, listing, description=DESCRIPTION)
    original = listing.newest.original
    assert original is not None
    assert (original.title, original.description) == (TITLE, DESCRIPTION)
    save(stage, listing, description=DESCRIPTION)
    assert actions(stage, listing) == ["listing_created", "listing_changed", "listing_changed"]


@pytest.mark.parametrize(
    ("texts", "code", "field"),
    [
        ({"title": "x" * 257}, ErrorCode.TEXT_TOO_LONG, "title"),
        ({"description": "x" * 4001}, ErrorCode.TEXT_TOO_LONG, "description"),
        ({"title": "B\ufffdard"}, ErrorCode.TEXT_UNREADABLE_ENCODING, "title"),
        ({"description": THAI}, ErrorCode.LANGUAGE_DIFFERS, "language"),
    ],
)
def test_bad_texts_are_refused_and_nothing_is_saved(
    stage: Stage, texts: dict[str, str], code: ErrorCode, field: str
) -> None:
    listing = stage.draft()
    with pytest.raises(DomainError) as error:
        save(stage, listing, summary="Fine.", **texts)
    assert code_of(error) == (code, field)
    assert listing.newest.original is not None
    assert listing.newest.original.summary == ""


def test_another_language_than_declared(stage: Stage) -> None:
    listing = stage.draft()
    with pytest.raises(DomainError) as error:
        save(stage, listing, title=THAI)
    assert error.value.data == {"detected": "th", "declared": "en"}
    listings.set_language(stage.session, stage.owner, listing, "th", now=NOW)
    text = listings.save_text(
        stage.session, stage.owner, listing, "th", {TextField.TITLE: THAI}, now=NOW
    )
    assert (listing.newest.original_language, text.language) == ("th", "th")
    assert listing.newest.original is text


def test_a_language_may_be_confirmed(stage: Stage) -> None:
    listing = stage.draft()
    listings.save_text(
        stage.session, stage.owner, listing, "en", {TextField.TITLE: THAI},
        confirmed=True, now=NOW,
    )  # fmt: skip
    assert listing.newest.confirmed_original
    save(stage, listing, description=THAI)
    listings.set_language(stage.session, stage.owner, listing, "lo", now=NOW)
    assert not listing.newest.confirmed_original


def test_a_short_or_technical_text_is_not_questioned(stage: Stage) -> None:
    listing = stage.draft()
    save(stage, listing, title="LiFePO4 5G PM2.5", summary="Sensor IoT")


def test_zawgyi_becomes_unicode(stage: Stage) -> None:
    listing = stage.draft()
    listings.set_language(stage.session, stage.owner, listing, "my", now=NOW)
    text = listings.save_text(
        stage.session, stage.owner, listing, "my", {TextField.TITLE: ZAWGYI}, now=NOW
    )
    assert "နည်းပညာ" in text.title


def test_mixed_burmese_encodings_are_refused_with_advice(stage: Stage) -> None:
    listing = stage.draft()
    listings.set_language(stage.session, stage.owner, listing, "my", now=NOW)
    mixed = "နည်းပညာ လိုအပ်သည် စိုက်ပျိုးရေး " + ZAWGYI
    with pytest.raises(DomainError) as error:
        listings.save_text(
            stage.session, stage.owner, listing, "my", {TextField.TITLE: mixed}, now=NOW
        )
    assert code_of(error) == (ErrorCode.TEXT_UNREADABLE_ENCODING, "title")


def test_a_stale_text_is_refused(stage: Stage) -> None:
    listing = stage.draft()
    original = listing.newest.original
    assert original is not None
    seen = original.lock_version
    save(stage, listing, title=TITLE)
    stage.session.flush()
    with pytest.raises(DomainError) as error:
        listings.save_text(
            stage.session, stage.owner, listing, "en", {TextField.TITLE: "Mine"},
            version=seen, now=NOW,
        )  # fmt: skip
    assert error.value.code is ErrorCode.STALE
    assert original.title == TITLE


def test_languages_are_added_and_removed(stage: Stage) -> None:
    listing = stage.complete()
    thai = listings.add_language(
        stage.session, stage.owner, listing, "th", {TextField.TITLE: THAI}, now=NOW
    )
    assert thai.origin is TextOrigin.HUMAN
    stage.session.flush()
    for language in ("th", "en"):
        with pytest.raises(DomainError) as error:
            listings.add_language(
                stage.session, stage.owner, listing, language, {TextField.TITLE: "T"}, now=NOW
            )
        assert code_of(error) == (ErrorCode.LISTING_LANGUAGE_EXISTS, "language")
    with pytest.raises(DomainError) as error:
        listings.set_language(stage.session, stage.owner, listing, "th", now=NOW)
    assert code_of(error) == (ErrorCode.LISTING_LANGUAGE_EXISTS, "language")
    listings.remove_language(stage.session, stage.owner, listing, "th", now=NOW)
    stage.session.flush()
    assert [text.language for text in listing.newest.texts] == ["en"]
    with pytest.raises(DomainError) as error:
        listings.remove_language(stage.session, stage.owner, listing, "en", now=NOW)
    assert error.value.code is ErrorCode.NOT_ALLOWED
    assert actions(stage, listing)[-2:] == ["listing_text_added", "listing_changed"]


def test_a_version_needs_a_title_a_known_language_and_that_language(stage: Stage) -> None:
    listing = stage.complete()
    cases = [
        ("th", {TextField.DESCRIPTION: THAI}, ErrorCode.TEXT_EMPTY, "title"),
        ("xx", {TextField.TITLE: "T"}, ErrorCode.UNKNOWN_CODE, "language"),
        ("vi", {TextField.TITLE: THAI}, ErrorCode.LANGUAGE_DIFFERS, "language"),
    ]
    for language, texts, code, field in cases:
        with pytest.raises(DomainError) as error:
            listings.add_language(stage.session, stage.owner, listing, language, texts, now=NOW)
        assert code_of(error) == (code, field)
    listings.add_language(
        stage.session, stage.owner, listing, "vi", {TextField.TITLE: THAI},
        confirmed=True, now=NOW,
    )  # fmt: skip
    stage.session.flush()
    with pytest.raises(DomainError) as error:
        listings.save_text(
            stage.session, stage.owner, listing, "vi", {TextField.TITLE: ""}, now=NOW
        )
    assert code_of(error) == (ErrorCode.TEXT_EMPTY, "title")


def test_a_human_version_replaces_a_machine_s(stage: Stage) -> None:
    listing = stage.complete()
    add_text(stage.session, listing.newest, "th", origin=TextOrigin.MACHINE, title="x", summary="y")
    text = listings.add_language(
        stage.session, stage.owner, listing, "th", {TextField.TITLE: THAI}, now=NOW
    )
    assert (text.origin, text.title, text.summary) == (TextOrigin.HUMAN, THAI, "")
    assert len(listing.newest.texts) == 2


def test_details_are_saved_whole(stage: Stage) -> None:
    listing = stage.draft()
    version = listing.newest.lock_version
    details = replace(
        listings.details_of(listing.newest),
        stage_of_development=StageOfDevelopment.LAB_TESTED,
        trl=4,
        price_min=100_00,
        currency="CNY",
        codes={CodeField.SECTOR: ("machinery", "sugar_cane"), CodeField.KEYWORD: ("甘蔗渣",)},
    )
    stage.save(listing, details)
    stage.session.flush()
    stage.session.expire_all()
    assert listings.details_of(listing.newest) == details
    assert listing.newest.lock_version > version
    reordered = details.with_codes({CodeField.SECTOR: ("sugar_cane", "machinery")})
    stage.save(listing, reordered)
    stage.session.flush()
    stage.session.expire_all()
    assert listing.newest.values(CodeField.SECTOR) == ("sugar_cane", "machinery")
    assert actions(stage, listing) == ["listing_created", "listing_changed", "listing_changed"]


def test_bad_details_are_refused(stage: Stage) -> None:
    listing = stage.draft()
    details = listings.details_of(listing.newest)
    cases = [
        (replace(details, trl=12), ErrorCode.UNKNOWN_CODE, "trl"),
        (replace(details, price_min=5), ErrorCode.CURRENCY_MISSING, "currency"),
        (details.with_codes({CodeField.SECTOR: ("nope",)}), ErrorCode.UNKNOWN_CODE, "sector"),
    ]
    for wrong, code, field in cases:
        with pytest.raises(DomainError) as error:
            stage.save(listing, wrong)
        assert code_of(error) == (code, field)
    assert listings.details_of(listing.newest) == details


def test_a_page_does_not_complain_of_another_one(stage: Stage) -> None:
    listing = make_listing(
        stage.session, stage.maker, kind=ListingKind.DEMAND, needed_by=date(2020, 1, 1)
    )
    details = listings.details_of(listing.newest)
    stage.save(listing, details.with_codes({CodeField.KEYWORD: ("bagasse",)}))
    assert listing.newest.values(CodeField.KEYWORD) == ("bagasse",)
    with pytest.raises(DomainError) as error:
        stage.save(listing, replace(details, needed_by=date(2020, 1, 2)))
    assert code_of(error) == (ErrorCode.DATE_PAST, "needed_by")


def test_a_stale_page_of_details_is_refused(stage: Stage) -> None:
    listing = stage.draft()
    stage.session.flush()
    seen = listing.newest.lock_version
    details = listings.details_of(listing.newest)
    stage.save(listing, details.with_codes({CodeField.KEYWORD: ("one",)}))
    stage.session.flush()
    with pytest.raises(DomainError) as error:
        listings.save_details(
            stage.session, stage.owner, listing, replace(details, trl=3), version=seen, now=NOW
        )
    assert error.value.code is ErrorCode.STALE


def test_options(stage: Stage) -> None:
    listing, other = stage.draft(), stage.draft()

    def save_options(target: Listing, number: str | None) -> None:
        listings.save_options(
            stage.session, stage.owner, target,
            own_number=number, open_for_interest=False, now=NOW,
        )  # fmt: skip

    save_options(listing, " N-1 ")
    assert (listing.own_number, listing.open_for_interest) == ("N-1", False)
    with pytest.raises(DomainError) as error:
        save_options(other, "N-1")
    assert code_of(error) == (ErrorCode.LISTING_DUPLICATE, "own_number")
    assert error.value.data == {"reference": listing.reference}
    with pytest.raises(DomainError) as error:
        save_options(other, "x" * 65)
    assert code_of(error) == (ErrorCode.TEXT_TOO_LONG, "own_number")
    save_options(other, "")
    assert other.own_number is None


@pytest.mark.parametrize(
    "state",
    [
        ListingState.SUBMITTED,
        ListingState.PUBLISHED,
        ListingState.REJECTED,
        ListingState.CLOSED,
    ],
)
def test_only_open_revisions_are_written(stage: Stage, state: ListingState) -> None:
    listing = make_listing(stage.session, stage.maker, state=state)
    with pytest.raises(DomainError) as error:
        save(stage, listing, title=TITLE)
    assert error.value.code is ErrorCode.LISTING_NOT_EDITABLE


def test_lead_of_a_delegate_centre_writes_for_it(stage: Stage) -> None:
    silent = make_organisation(stage.session, country="LA")
    head = actor_of(stage.session, make_appointment(stage.session, stage.nanning, lead=True))
    assert silent.centre_id == stage.nanning.id
    listing = listings.create_listing(
        stage.session, head, silent, kind=ListingKind.OFFER, language="lo", now=NOW
    )
    assert listing.organisation_id == silent.id
