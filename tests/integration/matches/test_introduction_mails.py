"""The introduction mail tells what the page of the case shows at the moment it is sent."""

from flask import Flask
from sqlalchemy import select

from matchmaker.config import Settings
from matchmaker.domain.vocabulary import ConfidentialAfter, DeclineReason, MatchState, Side
from matchmaker.i18n.mail_texts import mail_text
from matchmaker.models import ListingRevision, OutgoingMail
from matchmaker.queries.cases import get_case
from matchmaker.queries.mail_facts import match_facts
from matchmaker.services import matches, moderation
from matchmaker.services.outbox import ClaimedMail
from tests.factories import NOW, make_membership, make_nda
from tests.integration.matches.conftest import World


def told(world: World) -> tuple[str, str | None]:
    """What the mail tells the buyer of the other side: organisation and address."""
    world.session.flush()
    world.session.expire_all()
    facts = match_facts(world.session, world.match.reference, Side.NEED, "en")
    assert facts is not None
    return facts.other.organisation, facts.other.email


def revise(world: World, description: str) -> ListingRevision:
    """The offer is revised, and the export check holds for the new text."""
    revision = world.revise(world.offer, description)
    world.session.flush()
    world.session.expire_all()
    moderation.confirm_export(world.session, world.actor("offer_staff"), world.offer, now=NOW)
    return revision


def make_anonymous(world: World) -> None:
    """The offer is revised by an owner who wants to stay anonymous until the agreement."""
    revision = revise(world, "Boards, by somebody")
    revision.anonymous, revision.confidential_after = True, ConfidentialAfter.NDA


def test_an_owner_who_turned_anonymous_is_not_named(world: World) -> None:
    world.agree()
    world.head_office.email = "centre@example.org"
    make_anonymous(world)
    world.session.flush()
    world.session.expire_all()
    matches.introduce(world.session, world.actor("need_staff"), world.match, now=NOW)
    shown = get_case(world.session, world.actor("buyer"), world.match.reference).other
    assert shown.organisation is None
    organisation, address = told(world)
    assert organisation != "Guangxi Boards"
    assert address == "centre@example.org"
    make_nda(world.session, world.match)
    assert told(world) == ("Guangxi Boards", world.users["seller"].email)


def test_the_title_is_that_of_the_page(world: World) -> None:
    world.introduce()
    revise(world, "Boards of another kind")
    facts = match_facts(world.session, world.match.reference, Side.NEED, "en")
    assert facts is not None
    shown = get_case(world.session, world.actor("buyer"), world.match.reference).other
    assert facts.other_title == shown.title == "Revised"


def test_a_person_without_access_is_not_written_to(world: World) -> None:
    world.offer.contact = world.users["seller"]
    colleague = make_membership(world.session, world.seller)
    world.introduce()
    assert told(world)[1] == world.users["seller"].email
    world.users["seller"].active = False
    assert told(world)[1] == colleague.email


def test_a_mail_that_waited_until_the_end_tells_no_contact(
    world: World, app: Flask, settings: Settings
) -> None:
    world.introduce()
    name, address = told(world)
    mail = world.session.scalars(
        select(OutgoingMail).where(
            OutgoingMail.code == "match_introduced",
            OutgoingMail.user_id == world.users["buyer"].id,
        )
    ).one()
    claimed = ClaimedMail(
        mail.id, mail.dedupe_key, mail.recipient, "A. Buyer", "en", mail.code, dict(mail.data),
        mail.created_at,
    )  # fmt: skip

    def text() -> str:
        with app.test_request_context():
            return "\n".join(mail_text(world.session, claimed, settings))

    assert name in text()
    assert str(address) in text()
    matches.take_step(
        world.session, world.actor("seller"), world.match, MatchState.WITHDRAWN,
        decline_reason=DeclineReason.PRICE, now=NOW,
    )  # fmt: skip
    assert told(world) == ("", None)
    assert name not in text()
    assert str(address) not in text()
    assert "no longer stands" in text()
