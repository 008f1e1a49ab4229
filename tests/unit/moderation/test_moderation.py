"""What staff decide about a submission, and who may."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import SYSTEM, Actor
from matchmaker.domain.vocabulary import (
    Channel,
    ControlClass,
    ListingKind,
    ListingState,
    RevisionState,
    TaskKind,
    TextOrigin,
    TranslationState,
)
from matchmaker.models import (
    AuditEntry,
    Listing,
    OutgoingMail,
    OutreachTask,
    PublicListing,
    TranslationRequest,
)
from matchmaker.services import moderation
from tests.factories import (
    NOW,
    TODAY,
    actor_of,
    add_text,
    make_listing,
    make_membership,
    make_organisation,
    make_revision,
    make_user,
)
from tests.unit.moderation.conftest import World


def _demand(session: Session, world: World, **details: object) -> Listing:
    return make_listing(
        session, world.thai, kind=ListingKind.DEMAND, state=ListingState.SUBMITTED, **details
    )


def _mails(session: Session) -> list[OutgoingMail]:
    return list(session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def _actions(session: Session, listing: Listing) -> list[str]:
    return list(
        session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject_type == "listing", AuditEntry.subject_id == listing.id)
            .order_by(AuditEntry.id)
        )
    )


def test_a_submission_becomes_public(session: Session, world: World) -> None:
    listing = _demand(session, world)
    moderation.publish(session, world.bangkok_staff, listing, now=NOW)
    assert listing.state is ListingState.PUBLISHED
    assert listing.published is listing.revisions[0]
    assert listing.published.published_at == NOW
    assert listing.published_at == NOW
    assert listing.valid_until == TODAY + timedelta(days=365)
    assert session.get(PublicListing, listing.id) is not None
    (mail,) = _mails(session)
    assert (mail.code, mail.recipient) == ("listing_published", world.owner.email)
    assert mail.data["reference"] == listing.reference
    assert _actions(session, listing) == ["listing_state_changed"]


def test_the_last_day_is_that_of_the_centre_and_may_be_earlier(
    session: Session, world: World
) -> None:
    late = NOW.replace(hour=18)  # 01:00 of the next day in Bangkok
    wish = TODAY + timedelta(days=30)
    short = _demand(session, world, wished_valid_until=wish)
    moderation.publish(session, world.bangkok_staff, short, now=late)
    assert short.valid_until == wish
    long = _demand(session, world, wished_valid_until=TODAY + timedelta(days=900))
    moderation.publish(session, world.bangkok_staff, long, now=late)
    assert long.valid_until == TODAY + timedelta(days=366)
    gone = _demand(session, world, wished_valid_until=TODAY - timedelta(days=1))
    with pytest.raises(DomainError) as caught:
        moderation.publish(session, world.bangkok_staff, gone, now=late)
    assert caught.value.code is ErrorCode.DATE_PAST


def test_an_offer_needs_its_export_class_said(session: Session, world: World) -> None:
    listing = make_listing(session, world.thai, state=ListingState.SUBMITTED)
    with pytest.raises(DomainError) as caught:
        moderation.publish(session, world.bangkok_staff, listing, now=NOW)
    assert caught.value.code is ErrorCode.CONTROL_CLASS_MISSING
    moderation.check_export(
        session, world.bangkok_staff, listing,
        control_class=ControlClass.NOT_CHECKED, catalogue_version="", now=NOW,
    )  # fmt: skip
    moderation.publish(session, world.bangkok_staff, listing, now=NOW)
    assert listing.state is ListingState.PUBLISHED


def test_export_checks_are_kept_as_history(session: Session, world: World) -> None:
    listing = make_listing(session, world.thai, state=ListingState.PUBLISHED)
    for control_class in (ControlClass.FREE, ControlClass.DUAL_USE):
        moderation.check_export(
            session, world.bangkok_staff, listing,
            control_class=control_class, catalogue_version="2024", note="seen", now=NOW,
        )  # fmt: skip
    assert listing.control_class is ControlClass.DUAL_USE
    assert [check.control_class for check in listing.export_checks] == [
        ControlClass.FREE, ControlClass.DUAL_USE,
    ]  # fmt: skip
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert entry.data == {
        "control_class": "dual_use", "catalogue_version": "2024", "entries": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("version", "note", "problem"),
    [
        ("", "", (ErrorCode.TEXT_EMPTY, "catalogue_version")),
        ("x" * 65, "", (ErrorCode.TEXT_TOO_LONG, "catalogue_version")),
        ("2024", "x" * 1001, (ErrorCode.TEXT_TOO_LONG, "note")),
    ],
)
def test_bad_export_checks_are_refused(
    session: Session, world: World, version: str, note: str, problem: tuple[ErrorCode, str]
) -> None:
    listing = make_listing(session, world.thai, state=ListingState.SUBMITTED)
    with pytest.raises(DomainError) as caught:
        moderation.check_export(
            session, world.bangkok_staff, listing,
            control_class=ControlClass.FREE, catalogue_version=version, note=note, now=NOW,
        )  # fmt: skip
    assert (caught.value.code, caught.value.field) == problem
    assert listing.export_check is None


def test_a_need_has_no_export_class(session: Session, world: World) -> None:
    with pytest.raises(DomainError) as caught:
        moderation.check_export(
            session, world.bangkok_staff, _demand(session, world),
            control_class=ControlClass.FREE, catalogue_version="2024", now=NOW,
        )  # fmt: skip
    assert caught.value.code is ErrorCode.UNKNOWN_CODE


def test_an_unverified_organisation_waits(session: Session, world: World) -> None:
    listing = _demand(session, world)
    world.thai.verified_at = None
    with pytest.raises(DomainError) as caught:
        moderation.publish(session, world.bangkok_staff, listing, now=NOW)
    assert caught.value.code is ErrorCode.ORGANISATION_NOT_VERIFIED
    assert listing.state is ListingState.SUBMITTED


def test_only_the_centre_decides_and_never_on_its_own_peoples_listing(
    session: Session, world: World
) -> None:
    listing = _demand(session, world)
    strangers: list[Actor] = [
        world.nanning_staff,
        actor_of(session, world.owner),
        actor_of(session, make_user(session, roles=["administrator"])),
    ]
    for actor in strangers:
        for act in (
            lambda who: moderation.publish(session, who, listing, now=NOW),
            lambda who: moderation.reject(session, who, listing, "no", now=NOW),
            lambda who: moderation.request_changes(session, who, listing, {"": "x"}, now=NOW),
        ):
            with pytest.raises(DomainError) as caught:
                act(actor)
            assert caught.value.code is ErrorCode.NOT_ALLOWED
    make_membership(session, world.thai, world.bangkok_user)
    with pytest.raises(DomainError) as caught:
        moderation.publish(session, actor_of(session, world.bangkok_user), listing, now=NOW)
    assert caught.value.code is ErrorCode.DECISION_OWN_ORGANISATION
    moderation.publish(session, SYSTEM, listing, now=NOW)
    assert listing.state is ListingState.PUBLISHED


def test_changes_are_asked_for_field_by_field(session: Session, world: World) -> None:
    listing = _demand(session, world)
    asked = moderation.request_changes(
        session, world.bangkok_staff, listing,
        {"title": "Say what it does. ", "sector": "  ", "": "Please add figures."}, now=NOW,
    )  # fmt: skip
    assert [(request.field, request.reason) for request in asked] == [
        ("title", "Say what it does."), ("", "Please add figures."),
    ]  # fmt: skip
    assert listing.state is ListingState.CHANGES_REQUESTED
    assert listing.newest.state is RevisionState.CHANGES_REQUESTED
    (mail,) = _mails(session)
    assert mail.code == "listing_changes_requested"
    assert mail.data["reasons"][0] == {"field": "title", "reason": "Say what it does."}
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert entry.data == {"revision": 1, "fields": ["", "title"]}


def test_changes_need_a_reason(session: Session, world: World) -> None:
    listing = _demand(session, world)
    for reasons, code in (
        ({"title": " "}, ErrorCode.REASON_MISSING),
        ({"title": "x" * 2001}, ErrorCode.TEXT_TOO_LONG),
    ):
        with pytest.raises(DomainError) as caught:
            moderation.request_changes(session, world.bangkok_staff, listing, reasons, now=NOW)
        assert caught.value.code is code
    with pytest.raises(DomainError) as caught:
        moderation.reject(session, world.bangkok_staff, listing, " ", now=NOW)
    assert caught.value.code is ErrorCode.REASON_MISSING
    assert listing.state is ListingState.SUBMITTED


def test_a_rejection_says_why(session: Session, world: World) -> None:
    listing = _demand(session, world)
    request = moderation.reject(session, world.bangkok_staff, listing, "No need.", now=NOW)
    assert listing.state is ListingState.REJECTED
    assert listing.newest is request.revision
    assert request.rejection
    assert _mails(session)[0].code == "listing_rejected"
    assert _actions(session, listing) == ["listing_state_changed"]


def test_who_has_no_account_is_told_by_phone(session: Session, world: World) -> None:
    farm = make_organisation(
        session, country="TH", phone="+66812345678", channel=Channel.PHONE, name="Farm"
    )
    listing = make_listing(session, farm, kind=ListingKind.DEMAND, state=ListingState.SUBMITTED)
    moderation.request_changes(session, world.bangkok_staff, listing, {"": "Figures?"}, now=NOW)
    task = session.scalars(select(OutreachTask)).one()
    assert (task.kind, task.listing) == (TaskKind.CHANGES, listing)
    assert task.data["code"] == "listing_changes_requested"
    assert _mails(session) == []


def test_news_of_publication_opens_no_task(session: Session, world: World) -> None:
    farm = make_organisation(
        session, country="TH", contact_email="farm@example.org", channel=Channel.EMAIL
    )
    listing = make_listing(session, farm, kind=ListingKind.DEMAND, state=ListingState.SUBMITTED)
    moderation.publish(session, world.bangkok_staff, listing, now=NOW)
    assert session.scalars(select(OutreachTask)).all() == []
    (mail,) = _mails(session)
    assert (mail.recipient, mail.locale) == ("farm@example.org", "th")


def _with_revision(session: Session, world: World, **details: object) -> Listing:
    listing = make_listing(
        session, world.thai, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED, language="th",
        title="ต้องการแผ่นไม้",
    )  # fmt: skip
    add_text(session, listing.newest, "en", title="Boards wanted")
    pending = make_revision(
        session, listing, state=RevisionState.SUBMITTED, language="th", **details
    )
    original = listing.revisions[0].original
    assert original is not None
    add_text(session, pending, "th", title=original.title, description=original.description)
    return listing


def test_a_revision_replaces_the_published_one(session: Session, world: World) -> None:
    listing = _with_revision(session, world)
    old, new = listing.revisions
    asked = TranslationRequest(
        revision=old, language="zh-Hans", centre=world.nanning, state=TranslationState.WANTED,
        created_at=NOW,
    )  # fmt: skip
    session.add(asked)
    valid_until, published_at = listing.valid_until, listing.published_at
    later = NOW + timedelta(days=100)
    moderation.publish(session, world.bangkok_staff, listing, now=later)
    assert (old.state, new.state) == (RevisionState.SUPERSEDED, RevisionState.PUBLISHED)
    assert (listing.valid_until, listing.published_at) == (valid_until, published_at)
    row = session.get(PublicListing, listing.id)
    assert row is not None
    assert row.revision_id == new.id
    carried = new.text("en")
    assert carried is not None
    assert (carried.title, carried.origin) == ("Boards wanted", TextOrigin.HUMAN)
    assert asked.state is TranslationState.DROPPED
    assert _actions(session, listing) == ["listing_revision_published"]
    assert _mails(session)[0].data["revision"] is True


def test_a_revision_may_end_the_listing_earlier(session: Session, world: World) -> None:
    wish = TODAY + timedelta(days=10)
    listing = _with_revision(session, world, wished_valid_until=wish)
    moderation.publish(session, world.bangkok_staff, listing, now=NOW)
    assert listing.valid_until == wish


def test_a_refused_revision_leaves_the_public_text(session: Session, world: World) -> None:
    for refuse in (
        lambda one: moderation.reject(session, world.bangkok_staff, one, "No.", now=NOW),
        lambda one: moderation.request_changes(
            session, world.bangkok_staff, one, {"title": "No."}, now=NOW
        ),
    ):
        listing = _with_revision(session, world)
        refuse(listing)
        assert listing.state is ListingState.PUBLISHED
        assert listing.published is listing.revisions[0]


def test_a_stale_page_decides_nothing(session: Session, world: World) -> None:
    listing = _demand(session, world)
    with pytest.raises(DomainError) as caught:
        moderation.publish(session, world.bangkok_staff, listing, now=NOW, version=99)
    assert caught.value.code is ErrorCode.STALE
    version = listing.newest.lock_version
    moderation.publish(session, world.bangkok_staff, listing, now=NOW, version=version)
    with pytest.raises(DomainError) as caught:
        moderation.reject(session, world.bangkok_staff, listing, "No.", now=NOW, version=version)
    assert caught.value.code is ErrorCode.STALE
    with pytest.raises(DomainError) as caught:
        moderation.publish(session, world.bangkok_staff, listing, now=NOW)
    assert caught.value.code is ErrorCode.LISTING_STEP_NOT_ALLOWED


def test_publishing_asks_for_a_version_that_the_other_side_reads(
    session: Session, world: World
) -> None:
    listing = _demand(session, world, language="th", title="ต้องการแผ่นไม้")
    moderation.publish(session, world.bangkok_staff, listing, now=NOW)
    request = session.scalars(select(TranslationRequest)).one()
    assert (request.language, request.centre) == ("en", world.bangkok)
