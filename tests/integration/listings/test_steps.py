"""Submitting, taking back, editing what is published, pausing, renewing, ending."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_states import By
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import (
    CodeField,
    ControlClass,
    ListingKind,
    ListingState,
    MatchState,
    RevisionState,
    TextField,
    TextOrigin,
)
from matchmaker.models import (
    Attachment,
    AuditEntry,
    Listing,
    OutgoingMail,
    PublicListing,
    RevisionAttachment,
)
from matchmaker.services import listing_states, listings, moderation
from tests.factories import (
    NOW,
    TODAY,
    actor_of,
    add_text,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_organisation,
)
from tests.integration.listings.conftest import DESCRIPTION, TITLE, Stage


def submit(stage: Stage, listing: Listing) -> Listing:
    listing = listings.submit(stage.session, stage.owner, listing, now=NOW)
    stage.session.flush()
    return listing


def publish(stage: Stage, listing: Listing) -> Listing:
    if listing.kind is ListingKind.OFFER and listing.export_check is None:
        moderation.check_export(
            stage.session, stage.moderator, listing,
            control_class=ControlClass.FREE, catalogue_version="2023", now=NOW,
        )  # fmt: skip
    moderation.publish(stage.session, stage.moderator, listing, now=NOW)
    stage.session.flush()
    return listing


def published(stage: Stage) -> Listing:
    return publish(stage, submit(stage, stage.complete()))


def is_public(stage: Stage, listing: Listing) -> bool:
    stage.session.flush()
    return stage.session.get(PublicListing, listing.id) is not None


def test_submit(stage: Stage) -> None:
    listing = submit(stage, stage.complete())
    assert listing.state is ListingState.SUBMITTED
    assert listing.newest.state is RevisionState.SUBMITTED
    assert (listing.centre, listing.submitted_at) == (stage.nanning, NOW)
    entry = stage.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert entry.data == {"from": "draft", "to": "submitted", "by": "owner"}


def test_the_centre_is_the_one_that_is_responsible_now(stage: Stage) -> None:
    listing = stage.complete()
    stage.maker.province = "CN-GX"
    guangxi = make_centre(stage.session, provinces=["CN-GX"])
    assert submit(stage, listing).centre == guangxi


def test_an_incomplete_listing_is_not_submitted(stage: Stage) -> None:
    listing = stage.draft()
    with pytest.raises(DomainError) as error:
        submit(stage, listing)
    assert error.value.code is ErrorCode.LISTING_INCOMPLETE
    assert error.value.data == {"missing": ["title", "description", "sector"]}
    assert listing.state is ListingState.DRAFT


def test_staff_and_imports_submit_a_title_alone(stage: Stage) -> None:
    silent = make_organisation(stage.session, country="TH")
    for actor in (SYSTEM, stage.thai_staff):
        listing = listings.create_listing(
            stage.session, actor, silent, kind=ListingKind.DEMAND, language="en", now=NOW
        )
        listings.save_text(
            stage.session, actor, listing, "en",
            {TextField.TITLE: f"A dryer for {actor.user_id}"}, now=NOW,
        )  # fmt: skip
        listings.submit(stage.session, actor, listing, now=NOW)
        assert listing.state is ListingState.SUBMITTED


def test_others_do_not_submit(stage: Stage) -> None:
    listing = stage.complete()
    for actor in (stage.stranger, stage.thai_member, stage.moderator):
        with pytest.raises(DomainError):
            listings.submit(stage.session, actor, listing, now=NOW)


@pytest.mark.parametrize(
    "state",
    [
        ListingState.SUBMITTED,
        ListingState.PUBLISHED,
        ListingState.ON_HOLD,
        ListingState.CHANGES_REQUESTED,
    ],
)
def test_a_duplicate_is_refused(stage: Stage, state: ListingState) -> None:
    twin = make_listing(
        stage.session, stage.maker, state=state,
        title=TITLE.upper(), description=f" {DESCRIPTION}\n",
    )  # fmt: skip
    listing = stage.complete()
    with pytest.raises(DomainError) as error:
        submit(stage, listing)
    assert error.value.code is ErrorCode.LISTING_DUPLICATE
    assert error.value.data == {"reference": twin.reference}
    assert listing.state is ListingState.DRAFT


def test_only_the_command_line_keeps_a_duplicate(stage: Stage) -> None:
    make_listing(
        stage.session, stage.maker, state=ListingState.PUBLISHED,
        title=TITLE, description=DESCRIPTION,
    )  # fmt: skip
    listing = stage.complete()
    with pytest.raises(DomainError) as error:
        listings.submit(stage.session, stage.owner, listing, keep_duplicate=True, now=NOW)
    assert error.value.code is ErrorCode.NOT_ALLOWED
    listings.submit(stage.session, SYSTEM, listing, keep_duplicate=True, now=NOW)
    assert listing.state is ListingState.SUBMITTED


def test_what_is_no_duplicate(stage: Stage) -> None:
    for state in (ListingState.CLOSED, ListingState.REJECTED, ListingState.DRAFT):
        make_listing(stage.session, stage.maker, state=state, title=TITLE, description=DESCRIPTION)
    published_state = ListingState.PUBLISHED
    make_listing(
        stage.session, stage.thai, state=published_state, title=TITLE, description=DESCRIPTION
    )
    make_listing(
        stage.session, stage.maker, state=published_state, kind=ListingKind.DEMAND,
        title=TITLE, description=DESCRIPTION,
    )  # fmt: skip
    submit(stage, stage.complete())


def test_a_stale_page_does_not_submit(stage: Stage) -> None:
    listing = stage.complete()
    stage.session.flush()
    with pytest.raises(DomainError) as error:
        listings.submit(
            stage.session, stage.owner, listing, version=listing.newest.lock_version - 1, now=NOW
        )
    assert error.value.code is ErrorCode.STALE


def test_a_wish_that_is_past_by_now_is_not_submitted(stage: Stage) -> None:
    listing = stage.complete()
    listing.newest.wished_valid_until = date(2020, 1, 1)
    with pytest.raises(DomainError) as error:
        submit(stage, listing)
    assert (error.value.code, error.value.field) == (ErrorCode.DATE_PAST, "wished_valid_until")


def test_take_back(stage: Stage) -> None:
    listing = submit(stage, stage.complete())
    listings.take_back(stage.session, stage.owner, listing, now=NOW)
    assert listing.state is ListingState.DRAFT
    assert listing.newest.state is RevisionState.WORKING
    with pytest.raises(DomainError) as error:
        listings.take_back(stage.session, stage.owner, listing, now=NOW)
    assert error.value.code is ErrorCode.LISTING_STEP_NOT_ALLOWED
    submit(stage, listing)


def test_changes_requested_are_made_and_submitted_again(stage: Stage) -> None:
    listing = submit(stage, stage.complete())
    moderation.request_changes(
        stage.session, stage.moderator, listing, {"title": "Say which boards."}, now=NOW
    )
    assert listing.state is ListingState.CHANGES_REQUESTED
    listings.save_text(
        stage.session, stage.owner, listing, "en", {TextField.TITLE: "Boards"}, now=NOW
    )
    submit(stage, listing)
    assert listing.state is ListingState.SUBMITTED
    assert [request.field for request in listing.newest.change_requests] == ["title"]


def test_an_edit_of_a_published_listing_is_a_copy(stage: Stage) -> None:
    listing = stage.complete()
    revision = listing.newest
    add_text(stage.session, revision, "th", title="แผ่นใยไม้อัด")
    add_text(stage.session, revision, "vi", origin=TextOrigin.MACHINE, title="Ván")
    file = Attachment(
        token="t" * 43, filename="a.pdf", content_type="application/pdf", size=1,
        sha256="0" * 64, uploaded_at=NOW,
    )  # fmt: skip
    revision.attachments.append(RevisionAttachment(attachment=file, caption="A", confidential=True))
    publish(stage, submit(stage, listing))
    edit = listings.start_revision(stage.session, stage.owner, listing, now=NOW)
    stage.session.flush()
    assert (edit.number, edit.state) == (2, RevisionState.WORKING)
    assert listing.published is revision
    assert {text.language for text in edit.texts} == {"en", "th"}
    assert listings.details_of(edit) == listings.details_of(revision)
    (shown,) = edit.attachments
    assert (shown.attachment, shown.caption, shown.confidential) == (file, "A", True)
    assert listings.start_revision(stage.session, stage.owner, listing, now=NOW) is edit
    listings.save_text(
        stage.session, stage.owner, listing, "en", {TextField.TITLE: "Better boards"}, now=NOW
    )
    assert revision.original is not None
    assert revision.original.title == TITLE
    assert is_public(stage, listing)
    submit(stage, listing)
    assert (listing.state, edit.state) == (ListingState.PUBLISHED, RevisionState.SUBMITTED)
    publish(stage, listing)
    assert listing.published is edit
    assert revision.state is RevisionState.SUPERSEDED


def test_an_edit_is_taken_back_and_discarded(stage: Stage) -> None:
    listing = published(stage)
    with pytest.raises(DomainError) as error:
        listings.discard_revision(stage.session, stage.owner, listing, now=NOW)
    assert error.value.code is ErrorCode.LISTING_NOT_EDITABLE
    edit = listings.start_revision(stage.session, stage.owner, listing, now=NOW)
    stage.session.flush()
    submit(stage, listing)
    listings.take_back(stage.session, stage.owner, listing, now=NOW)
    assert edit.state is RevisionState.WORKING
    submit(stage, listing)
    listings.discard_revision(stage.session, stage.owner, listing, now=NOW)
    stage.session.flush()
    assert edit.state is RevisionState.DISCARDED
    assert listing.newest is listing.published
    again = listings.start_revision(stage.session, stage.owner, listing, now=NOW)
    assert again.number == 3


def test_no_edit_of_what_is_not_published(stage: Stage) -> None:
    for state in (ListingState.DRAFT, ListingState.EXPIRED, ListingState.CLOSED):
        listing = make_listing(stage.session, stage.maker, state=state)
        with pytest.raises(DomainError) as error:
            listings.start_revision(stage.session, stage.owner, listing, now=NOW)
        assert error.value.code is ErrorCode.LISTING_NOT_EDITABLE


def with_matches(stage: Stage, listing: Listing) -> dict[MatchState, Listing]:
    return {
        state: make_match(
            stage.session,
            listing,
            make_listing(
                stage.session, stage.thai, kind=ListingKind.DEMAND,
                state=ListingState.PUBLISHED, title=f"Need {state}",
            ),
            state=state,
        )
        for state in (MatchState.SUGGESTED, MatchState.OFFERED, MatchState.INTRODUCED)
    }  # fmt: skip


def test_hold_and_resume_lapse_nothing(stage: Stage) -> None:
    listing = published(stage)
    matches = with_matches(stage, listing)
    listings.hold(stage.session, stage.owner, listing, now=NOW)
    assert listing.state is ListingState.ON_HOLD
    assert not is_public(stage, listing)
    assert all(match.state is state for state, match in matches.items())
    listings.resume(stage.session, stage.owner, listing, now=NOW)
    assert is_public(stage, listing)
    with pytest.raises(DomainError) as error:
        listings.resume(stage.session, stage.owner, listing, now=NOW)
    assert error.value.code is ErrorCode.LISTING_STEP_NOT_ALLOWED


def test_resume_does_not_publish_a_submission(stage: Stage) -> None:
    listing = submit(stage, stage.complete())
    for actor in (stage.owner, stage.moderator):
        with pytest.raises(DomainError):
            listings.resume(stage.session, actor, listing, now=NOW)
        with pytest.raises(DomainError):
            listings.renew(stage.session, actor, listing, now=NOW)
    assert listing.state is ListingState.SUBMITTED


def test_what_is_past_its_last_day_is_not_resumed(stage: Stage) -> None:
    listing = published(stage)
    listings.hold(stage.session, stage.owner, listing, now=NOW)
    listing.valid_until = TODAY - timedelta(days=1)
    with pytest.raises(DomainError) as error:
        listings.resume(stage.session, stage.owner, listing, now=NOW)
    assert error.value.code is ErrorCode.DATE_PAST


def test_close_ends_open_matches_but_no_running_case(stage: Stage) -> None:
    listing = published(stage)
    matches = with_matches(stage, listing)
    edit = listings.start_revision(stage.session, stage.owner, listing, now=NOW)
    stage.session.flush()
    listings.close(stage.session, stage.owner, listing, now=NOW)
    assert listing.state is ListingState.CLOSED
    assert not is_public(stage, listing)
    assert edit.state is RevisionState.DISCARDED
    assert {state: match.state for state, match in matches.items()} == {
        MatchState.SUGGESTED: MatchState.LAPSED,
        MatchState.OFFERED: MatchState.LAPSED,
        MatchState.INTRODUCED: MatchState.INTRODUCED,
    }


def test_staff_close_with_a_reason_that_the_owner_is_told(stage: Stage) -> None:
    listing = published(stage)
    with pytest.raises(DomainError) as error:
        listings.close(stage.session, stage.moderator, listing, reason=" ", now=NOW)
    assert (error.value.code, error.value.field) == (ErrorCode.REASON_MISSING, "reason")
    with pytest.raises(DomainError) as error:
        listings.close(stage.session, stage.moderator, listing, reason="x" * 2001, now=NOW)
    assert error.value.code is ErrorCode.TEXT_TOO_LONG
    with pytest.raises(DomainError) as error:
        listings.close(stage.session, stage.thai_staff, listing, reason="Sold", now=NOW)
    assert error.value.code is ErrorCode.NOT_ALLOWED
    listings.close(stage.session, stage.moderator, listing, reason="Sold.", now=NOW)
    stage.session.flush()
    mail = stage.session.scalars(
        select(OutgoingMail).where(OutgoingMail.code == "listing_closed")
    ).one()
    assert mail.recipient == stage.member.email
    assert mail.data["reasons"] == [{"field": "", "reason": "Sold."}]
    closing = stage.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "listing_state_changed")
    ).all()[-1]
    assert "Sold" not in str(closing.data)


def test_renew(stage: Stage) -> None:
    listing = published(stage)
    later = NOW + timedelta(days=300)
    for _time in range(2):
        listings.renew(stage.session, stage.owner, listing, now=later)
        assert listing.valid_until == TODAY + timedelta(days=665)
    row = stage.session.get(PublicListing, listing.id)
    assert row is not None
    assert row.valid_until == listing.valid_until


def test_renewal_brings_an_expired_listing_back(stage: Stage) -> None:
    listing = published(stage)
    listing_states.move(stage.session, SYSTEM, listing, ListingState.EXPIRED, by=By.CLOCK, now=NOW)
    assert not is_public(stage, listing)
    listings.renew(stage.session, stage.owner, listing, now=NOW)
    assert listing.state is ListingState.PUBLISHED
    assert is_public(stage, listing)


def test_the_year_begins_at_the_centre_s_midnight(stage: Stage) -> None:
    listing = published(stage)
    evening = NOW.replace(hour=17)  # already tomorrow in Shanghai
    listings.renew(stage.session, stage.owner, listing, now=evening)
    assert listing.valid_until == TODAY + timedelta(days=366)


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (ListingState.DRAFT, True),
        (ListingState.REJECTED, True),
        (ListingState.EXPIRED, True),
        (ListingState.CLOSED, True),
        (ListingState.PUBLISHED, False),
        (ListingState.SUBMITTED, False),
    ],
)
def test_archive(stage: Stage, state: ListingState, allowed: bool) -> None:
    listing = make_listing(stage.session, stage.maker, state=state)
    if allowed:
        listings.archive(stage.session, stage.owner, listing, now=NOW)
        assert listing.state is ListingState.ARCHIVED
        assert listing.working is None
    else:
        with pytest.raises(DomainError) as error:
            listings.archive(stage.session, stage.owner, listing, now=NOW)
        assert error.value.code is ErrorCode.LISTING_STEP_NOT_ALLOWED


def test_staff_archive_and_renew_only_for_those_without_account(stage: Stage) -> None:
    listing = make_listing(stage.session, stage.maker, state=ListingState.EXPIRED)
    for verb in (listings.archive, listings.renew):
        with pytest.raises(DomainError) as error:
            verb(stage.session, stage.moderator, listing, now=NOW)
        assert error.value.code is ErrorCode.ORGANISATION_HAS_ACCOUNT
    silent = make_organisation(stage.session)
    theirs = make_listing(stage.session, silent, state=ListingState.EXPIRED)
    staff = actor_of(stage.session, make_appointment(stage.session, stage.nanning))
    listings.renew(stage.session, staff, theirs, now=NOW)
    assert theirs.state is ListingState.PUBLISHED


def test_codes_are_all_copied(stage: Stage) -> None:
    listing = stage.complete()
    details = listings.details_of(listing.newest)
    stage.save(listing, details.with_codes({CodeField.TARGET_COUNTRY: ("TH", "VN", "LA")}))
    publish(stage, submit(stage, listing))
    edit = listings.start_revision(stage.session, stage.owner, listing, now=NOW)
    assert edit.values(CodeField.TARGET_COUNTRY) == ("TH", "VN", "LA")
