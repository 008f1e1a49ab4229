"""The translation queue: who is asked, what is written, and what follows from it."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.vocabulary import (
    ListingState,
    RevisionState,
    TextField,
    TextOrigin,
    TranslationState,
)
from matchmaker.models import (
    Listing,
    ListingRevision,
    OutgoingMail,
    PublicListing,
    TranslationRequest,
)
from matchmaker.queries import translations as queries
from matchmaker.services import listings, public_listings, translations
from tests.factories import (
    NOW,
    actor_of,
    add_text,
    make_centre,
    make_listing,
    make_membership,
    make_organisation,
    make_revision,
)
from tests.unit.moderation.conftest import World

ENGLISH = {
    TextField.TITLE: "Boards made of bagasse",
    TextField.DESCRIPTION: "Boards pressed from the fibre that is left when sugar cane is milled.",
}


def _thai(session: Session, world: World, state: ListingState = ListingState.SUBMITTED) -> Listing:
    return make_listing(
        session,
        world.thai,
        state=state,
        language="th",
        title="แผ่นไม้จากชานอ้อย",
        texts={"confidential_detail": "ความลับ"},
    )


def _want(session: Session, world: World, revision: ListingRevision) -> TranslationRequest:
    request = translations.want(session, world.bangkok_staff, revision, "en", NOW)
    assert request is not None
    return request


def test_the_centre_that_reads_the_original_is_asked_once(session: Session, world: World) -> None:
    revision = _thai(session, world).newest
    request = _want(session, world, revision)
    assert request.centre is world.bangkok
    assert _want(session, world, revision) is request


def test_another_centre_is_asked_where_the_own_one_cannot(session: Session, world: World) -> None:
    tamil = make_centre(session, country="SG", languages=("ta", "en"))
    burmese = make_centre(session, country="MM", languages=("my", "en"))
    assert tamil.id < burmese.id
    listing = make_listing(
        session, world.thai, state=ListingState.SUBMITTED, language="my", title="ကြံဖတ်"
    )
    assert _want(session, world, listing.newest).centre is burmese
    lao = make_listing(session, world.thai, state=ListingState.SUBMITTED, language="lo", title="ໄມ້")
    assert _want(session, world, lao.newest).centre is world.nanning


def test_what_is_written_already_is_not_wanted(session: Session, world: World) -> None:
    revision = _thai(session, world).newest
    text = add_text(session, revision, "en", title="Boards", origin=TextOrigin.MACHINE)
    assert translations.want(session, world.bangkok_staff, revision, "en", NOW) is not None
    text.origin = TextOrigin.HUMAN
    assert translations.want(session, world.bangkok_staff, revision, "en", NOW) is None
    with pytest.raises(DomainError) as caught:
        translations.want(session, world.bangkok_staff, revision, "xx", NOW)
    assert caught.value.code is ErrorCode.UNKNOWN_CODE


def test_review_needs_a_version_for_each_side(session: Session, world: World) -> None:
    thai = _thai(session, world).newest
    wanted = translations.want_for_review(session, world.bangkok_staff, thai, now=NOW)
    assert [request.language for request in wanted] == ["en"]
    hanoi = make_centre(session, country="VN", languages=("vi",))
    organisation = make_organisation(session, country="VN", centre=hanoi)
    chinese = make_listing(
        session, organisation, state=ListingState.SUBMITTED, language="zh-Hans", title="甘蔗渣板"
    ).newest
    wanted = translations.want_for_review(session, world.bangkok_staff, chinese, now=NOW)
    assert [request.language for request in wanted] == ["vi"]
    english = make_listing(session, world.thai, state=ListingState.SUBMITTED).newest
    assert translations.want_for_review(session, world.bangkok_staff, english, now=NOW) == []


def test_a_translation_replaces_the_machine_and_becomes_public(
    session: Session, world: World
) -> None:
    listing = _thai(session, world, ListingState.PUBLISHED)
    public_listings.refresh(session, listing, NOW)
    revision = listing.newest
    machine = add_text(
        session, revision, "en", title="Board", origin=TextOrigin.MACHINE,
        confidential_detail="kept", summary="gone",
    )  # fmt: skip
    request = _want(session, world, revision)
    text = translations.write(session, world.bangkok_staff, request, ENGLISH, now=NOW)
    assert text is machine
    assert (text.origin, text.title, text.summary) == (
        TextOrigin.HUMAN, "Boards made of bagasse", "",
    )  # fmt: skip
    assert text.confidential_detail == "kept"
    assert (request.state, request.done_by_id) == (TranslationState.DONE, world.bangkok_user.id)
    row = session.get(PublicListing, listing.id)
    assert row is not None
    assert {text.language: text.title for text in row.texts}["en"] == "Boards made of bagasse"
    assert ("language", "en") in {(facet.field, facet.value) for facet in row.facets}


def test_a_pending_revision_with_the_same_original_gets_it_too(
    session: Session, world: World
) -> None:
    listing = _thai(session, world, ListingState.PUBLISHED)
    published = listing.newest
    pending = make_revision(session, listing, state=RevisionState.WORKING, language="th")
    assert published.original is not None
    add_text(session, pending, "th", title=published.original.title,
             description=published.original.description)  # fmt: skip
    translations.write(
        session, world.bangkok_staff, _want(session, world, published), ENGLISH, now=NOW
    )
    copied = pending.text("en")
    assert copied is not None
    assert copied.title == "Boards made of bagasse"


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({TextField.TITLE: " "}, ErrorCode.TEXT_EMPTY, "title"),
        ({TextField.TITLE: "x" * 257}, ErrorCode.TEXT_TOO_LONG, "title"),
        (
            {
                TextField.TITLE: "Board",
                TextField.DESCRIPTION: "แผ่นไม้อัดจากชานอ้อยที่ไม่มีสารฟอร์มาลดีไฮด์เลย",
            },
            ErrorCode.LANGUAGE_DIFFERS,
            "description",
        ),
    ],
)
def test_bad_translations_are_refused(
    session: Session, world: World, fields: dict[TextField, str], code: ErrorCode, field: str
) -> None:
    request = _want(session, world, _thai(session, world).newest)
    with pytest.raises(DomainError) as caught:
        translations.write(session, world.bangkok_staff, request, fields, now=NOW)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert request.state is TranslationState.WANTED


def test_a_text_that_looks_foreign_can_be_kept(session: Session, world: World) -> None:
    request = _want(session, world, _thai(session, world).newest)
    text = translations.write(
        session, world.bangkok_staff, request,
        {TextField.TITLE: "แผ่นไม้อัดจากชานอ้อยที่ไม่มีสารฟอร์มาลดีไฮด์เลย"}, now=NOW, keep_language=True,
    )  # fmt: skip
    assert text.title.startswith("แผ่น")


def test_zawgyi_becomes_unicode(session: Session, world: World) -> None:
    revision = _thai(session, world).newest
    request = translations.want(session, world.bangkok_staff, revision, "my", NOW)
    assert request is not None
    request.centre = world.bangkok
    text = translations.write(
        session, world.bangkok_staff, request,
        {TextField.TITLE: "ျမန္မာႏိုင္ငံ"}, now=NOW,
    )  # fmt: skip
    assert text.title == "မြန်မာနိုင်ငံ"


def test_only_the_centre_that_was_asked_works_on_it(session: Session, world: World) -> None:
    request = _want(session, world, _thai(session, world).newest)
    for actor, code in (
        (world.nanning_staff, ErrorCode.NOT_ALLOWED),
        (actor_of(session, world.owner), ErrorCode.NOT_ALLOWED),
    ):
        with pytest.raises(DomainError) as caught:
            translations.write(session, actor, request, ENGLISH, now=NOW)
        assert caught.value.code is code
    make_membership(session, world.thai, world.bangkok_user)
    with pytest.raises(DomainError) as caught:
        translations.drop(session, actor_of(session, world.bangkok_user), request, now=NOW)
    assert caught.value.code is ErrorCode.DECISION_OWN_ORGANISATION


def test_the_second_translator_is_told(session: Session, world: World) -> None:
    request = _want(session, world, _thai(session, world).newest)
    with pytest.raises(DomainError) as caught:
        translations.write(session, world.bangkok_staff, request, ENGLISH, now=NOW, version=99)
    assert caught.value.code is ErrorCode.STALE
    translations.write(session, world.bangkok_staff, request, ENGLISH, now=NOW)
    with pytest.raises(DomainError) as caught:
        translations.write(session, world.bangkok_staff, request, ENGLISH, now=NOW)
    assert caught.value.code is ErrorCode.TRANSLATION_DONE


def test_another_centre_is_asked_in_one_step(session: Session, world: World) -> None:
    vientiane = make_centre(session, country="LA", languages=("lo", "en"))
    request = _want(session, world, _thai(session, world).newest)
    assert list(queries.helping_centres(session, request)) == [world.nanning]
    with pytest.raises(DomainError) as caught:
        translations.pass_on(session, world.bangkok_staff, request, vientiane, now=NOW)
    assert caught.value.code is ErrorCode.CENTRE_CANNOT_READ
    translations.pass_on(session, world.bangkok_staff, request, world.nanning, now=NOW)
    assert (request.centre, request.asked_by_centre) == (world.nanning, world.bangkok)
    mail = session.scalars(select(OutgoingMail)).one()
    assert (mail.code, mail.recipient) == ("translation_asked", world.nanning_user.email)
    assert queries.queue(session, world.bangkok_staff).total == 0
    assert queries.queue(session, world.nanning_staff).total == 1


def test_a_centre_without_staff_is_written_to_itself(session: Session, world: World) -> None:
    empty = make_centre(session, country="BN", languages=("th", "en"))
    request = _want(session, world, _thai(session, world).newest)
    translations.pass_on(session, world.bangkok_staff, request, empty, now=NOW)
    assert session.scalars(select(OutgoingMail)).one().recipient == empty.email


def test_the_queue_shows_what_is_still_needed(session: Session, world: World) -> None:
    listing = _thai(session, world)
    request = _want(session, world, listing.newest)
    assert list(queries.queue(session, world.bangkok_staff, original="th").rows) == [request]
    assert queries.queue(session, world.bangkok_staff, original="vi").total == 0
    assert queries.queue(session, world.bangkok_staff, language="en", page=9).page == 1
    found = queries.get_request(session, world.bangkok_staff, listing.reference, 1, "en")
    assert found is request
    with pytest.raises(DomainError):
        queries.get_request(session, world.nanning_staff, listing.reference, 1, "en")
    listing.newest.state = RevisionState.CHANGES_REQUESTED
    session.flush()
    assert queries.queue(session, world.bangkok_staff).total == 0
    translations.drop(session, world.bangkok_staff, request, now=NOW)
    assert request.state is TranslationState.DROPPED


def test_submitting_asks_for_what_the_other_side_reads(session: Session, world: World) -> None:
    listing = make_listing(
        session, world.thai, language="th", title="แผ่นไม้จากชานอ้อย",
        description="แผ่นไม้อัดจากชานอ้อยที่ไม่มีสารฟอร์มาลดีไฮด์",
    )  # fmt: skip
    listings.submit(session, actor_of(session, world.owner), listing, now=NOW)
    (wanted,) = queries.queue(session, world.bangkok_staff).rows
    assert (wanted.revision, wanted.language) == (listing.newest, "en")
