"""An export check is of one text: a text that says something else has to be checked too."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.export_control import Gate
from matchmaker.domain.listing_content import Tier
from matchmaker.domain.vocabulary import Clearance, ControlClass, RevisionState, Side
from matchmaker.models import (
    Attachment,
    ExportCheck,
    ListingRevision,
    Notification,
    RevisionAttachment,
)
from matchmaker.queries.case_tiers import withholds_text
from matchmaker.queries.cases import get_case
from matchmaker.queries.listings import readable_attachment, tier_of
from matchmaker.queries.match_gate import class_of, gate_of, says_the_same
from matchmaker.services import matches, moderation
from tests.factories import NOW, TODAY, add_text, make_revision
from tests.integration.matches.conftest import World

C, K = ControlClass, Clearance
LATER = NOW + timedelta(days=40)


def submit(world: World, **texts: str) -> ListingRevision:
    """The owner sends in a revision of the offer."""
    revision = make_revision(world.session, world.offer, state=RevisionState.SUBMITTED)
    add_text(
        world.session, revision, "en",
        **{"title": "Boards", "description": "Another technology", **texts},
    )  # fmt: skip
    revision.submitted_at = NOW
    world.session.flush()
    return revision


def publish(world: World) -> None:
    moderation.publish(world.session, world.actor("offer_staff"), world.offer, now=NOW)
    world.session.flush()
    world.session.expire_all()


def check(world: World, control_class: C) -> None:
    moderation.check_export(
        world.session, world.actor("offer_staff"), world.offer,
        control_class=control_class, catalogue_version="2026", now=NOW,
    )  # fmt: skip
    world.session.flush()


def clear(world: World, **fields: object) -> None:
    for who, side, clearance in (
        ("offer_staff", Side.OFFER, K.LICENSED), ("need_staff", Side.NEED, K.NONE),
    ):  # fmt: skip
        given = fields if side is Side.OFFER else {}
        matches.clear_export(
            world.session, world.actor(who), world.match, side,
            control_class=C.DUAL_USE, clearance=clearance, number="L-1",
            catalogue_version="2026", now=NOW, **given,
        )  # fmt: skip
    world.session.flush()


def read_by_buyer(world: World) -> str:
    other = get_case(world.session, world.actor("buyer"), world.match.reference).other
    return " ".join(passage.text for passage in other.passages)


def told(world: World) -> set[int]:
    world.session.flush()
    rows = world.session.scalars(
        select(Notification).where(Notification.code == "match_class_stricter")
    )
    return {row.user_id for row in rows}


def test_a_new_text_of_an_introduced_offer_is_not_published_unchecked(world: World) -> None:
    world.introduce()
    submit(world, confidential_detail="Now for missiles")
    with pytest.raises(DomainError) as caught:
        publish(world)
    assert caught.value.code is ErrorCode.EXPORT_CHECK_OUTDATED
    assert "missiles" not in read_by_buyer(world)
    moderation.confirm_export(world.session, world.actor("offer_staff"), world.offer, now=NOW)
    publish(world)
    assert gate_of(world.match) is Gate.OPEN
    assert "Now for missiles" in read_by_buyer(world)


def test_a_text_that_was_classed_anew_is_withheld_until_it_is_cleared(world: World) -> None:
    world.introduce()
    submit(world, confidential_detail="Now for missiles")
    check(world, C.DUAL_USE)
    assert told(world) == set(), "what the buyer reads is as free as before"
    publish(world)
    assert withholds_text(world.match)
    assert "missiles" not in read_by_buyer(world)
    buyer = world.actor("buyer")
    assert tier_of(world.session, buyer, world.offer) is Tier.MEMBER, "on the offer's own page"
    assert tier_of(world.session, world.actor("need_staff"), world.offer) is Tier.CASE
    clear(world)
    assert not withholds_text(world.match)
    assert tier_of(world.session, buyer, world.offer) is Tier.CASE
    assert "Now for missiles" in read_by_buyer(world)


def test_files_of_the_text_that_the_case_shows_are_opened(world: World) -> None:
    world.introduce()
    old, new = (
        Attachment(
            token=name, filename=f"{name}.pdf", content_type="application/pdf", size=3,
            sha256=name, uploaded_at=NOW,
        )
        for name in ("old", "new")
    )  # fmt: skip
    world.offer.revisions[0].attachments.append(
        RevisionAttachment(attachment=old, confidential=True)
    )
    submit(world).attachments.append(RevisionAttachment(attachment=new, confidential=True))
    check(world, C.DUAL_USE)
    publish(world)

    def opens(token: str) -> bool:
        try:
            readable_attachment(world.session, world.actor("buyer"), world.offer.reference, token)
        except DomainError:
            return False
        return True

    assert (opens("old"), opens("new")) == (True, False)
    clear(world)
    assert (opens("old"), opens("new")) == (False, True)


def test_not_checked_confirms_nothing(world: World) -> None:
    world.introduce()
    submit(world)
    check(world, C.NOT_CHECKED)
    with pytest.raises(DomainError) as caught:
        publish(world)
    assert caught.value.code is ErrorCode.EXPORT_CHECK_OUTDATED
    with pytest.raises(DomainError) as caught:
        moderation.confirm_export(world.session, world.actor("offer_staff"), world.offer, now=NOW)
    assert caught.value.code is ErrorCode.CONTROL_CLASS_MISSING


def test_within_one_country_a_new_text_is_published_as_ever(world: World) -> None:
    world.buyer.country = "CN"
    world.introduce()
    submit(world)
    publish(world)
    assert "Another technology" in read_by_buyer(world)


def test_a_check_does_not_hold_for_another_text(world: World) -> None:
    world.agree()
    assert gate_of(world.match) is Gate.OPEN
    world.revise(world.offer, "Another technology")
    world.session.flush()
    world.session.expire_all()
    assert (class_of(world.match), gate_of(world.match)) == (C.NOT_CHECKED, Gate.NOT_CHECKED)
    confirmed = moderation.confirm_export(
        world.session, world.actor("offer_staff"), world.offer, now=NOW
    )
    assert confirmed.revision is world.offer.published
    assert gate_of(world.match) is Gate.OPEN


def test_a_clearance_does_not_hold_for_another_text(world: World) -> None:
    check(world, C.DUAL_USE)
    world.approve()
    clear(world)
    assert gate_of(world.match) is Gate.OPEN
    world.revise(world.offer, "Another technology")
    world.session.flush()
    world.session.expire_all()
    world.agree()
    moderation.confirm_export(world.session, world.actor("offer_staff"), world.offer, now=NOW)
    assert gate_of(world.match) is Gate.NEEDS_LICENCE
    clear(world)
    assert gate_of(world.match) is Gate.OPEN


def test_what_is_not_technical_changes_nothing(world: World) -> None:
    old = world.offer.revisions[0]
    revision = submit(
        world, title=old.texts[0].title, description=old.texts[0].description,
        expected_role_of_partner="Pay well",
    )  # fmt: skip
    revision.trl = 5
    assert says_the_same(old, revision)
    revision.texts[0].confidential_detail = "More"
    assert not says_the_same(old, revision)


def test_a_text_that_was_sent_in_again_is_checked_again(world: World) -> None:
    world.introduce()
    revision = submit(world)
    check(world, C.FREE)
    revision.submitted_at = NOW + timedelta(hours=1)
    with pytest.raises(DomainError) as caught:
        publish(world)
    assert caught.value.code is ErrorCode.EXPORT_CHECK_OUTDATED


def test_a_check_of_a_pending_text_leaves_the_published_one(world: World) -> None:
    world.agree()
    submit(world)
    check(world, C.PROHIBITED)
    assert gate_of(world.match) is Gate.OPEN


def test_staff_hear_of_a_stricter_class_after_the_introduction(world: World) -> None:
    world.introduce()
    check(world, C.RESTRICTED)
    staff = {world.users[name].id for name in ("offer_staff", "need_staff")}
    assert told(world) == staff - {world.users["offer_staff"].id}
    assert gate_of(world.match) is Gate.NEEDS_LICENCE_INTENT
    assert "pressed without formaldehyde" in read_by_buyer(world), "nothing is decided by itself"


def test_a_licence_that_ran_out_opens_nothing(world: World) -> None:
    check(world, C.DUAL_USE)
    world.agree()
    clear(world, valid_until=TODAY + timedelta(days=30))
    assert gate_of(world.match, now=NOW) is Gate.OPEN
    assert gate_of(world.match, now=LATER) is Gate.NEEDS_LICENCE
    with pytest.raises(DomainError) as caught:
        matches.introduce(world.session, world.actor("need_staff"), world.match, now=LATER)
    assert caught.value.data == {"gate": Gate.NEEDS_LICENCE}
    with pytest.raises(DomainError) as caught:
        clear(world, valid_until=TODAY - timedelta(days=1))
    assert caught.value.code is ErrorCode.DATE_PAST


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"number": "L-1"}, ErrorCode.TEXT_EMPTY),
        ({"catalogue_version": "2026"}, ErrorCode.CLEARANCE_EVIDENCE_MISSING),
        ({"number": "L" * 65, "catalogue_version": "2026"}, ErrorCode.TEXT_TOO_LONG),
    ],
)
@pytest.mark.parametrize("clearance", [K.LICENCE_INTENT, K.LICENSED, K.REGISTERED])
def test_a_clearance_needs_evidence_and_the_version(
    world: World, clearance: K, fields: dict[str, str], code: ErrorCode
) -> None:
    check(world, C.RESTRICTED)
    with pytest.raises(DomainError) as caught:
        matches.clear_export(
            world.session, world.actor("offer_staff"), world.match, Side.OFFER,
            control_class=C.RESTRICTED, clearance=clearance, now=NOW, **fields,
        )  # fmt: skip
    assert caught.value.code is code
    assert world.match.clearance(Side.OFFER) is None


def test_to_confirm_without_a_clearance_needs_neither(world: World) -> None:
    given = matches.clear_export(
        world.session, world.actor("need_staff"), world.match, Side.NEED,
        control_class=C.RESTRICTED, clearance=K.NONE, now=NOW,
    )  # fmt: skip
    assert given.number is None


def test_every_confirmation_is_a_check_of_its_own(world: World) -> None:
    submit(world)
    moderation.confirm_export(world.session, world.actor("offer_staff"), world.offer, now=NOW)
    world.session.flush()
    rows = world.session.scalars(select(ExportCheck).order_by(ExportCheck.id)).all()
    assert [(row.control_class, row.catalogue_version) for row in rows] == [(C.FREE, "2023")] * 2
    assert rows[1].revision is world.offer.working
