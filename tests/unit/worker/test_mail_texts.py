"""Every mail has a whole text in its reader's language."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session, object_session
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import RequestRedirect

from matchmaker.config import Settings
from matchmaker.domain.vocabulary import ConfidentialAfter, ListingKind, ListingState, MatchState
from matchmaker.i18n.mail_texts import mail_codes, mail_text
from matchmaker.i18n.pages import PAGES
from matchmaker.models import Match
from matchmaker.services.outbox import ClaimedMail
from tests.factories import (
    NOW,
    make_centre,
    make_listing,
    make_match,
    make_meeting,
    make_membership,
    make_organisation,
    make_user,
)

WANTED = {
    "account_address",
    "account_confirm",
    "account_exists",
    "account_password_changed",
    "account_reset",
    "centre_delegated",
    "listing_changes_requested",
    "listing_closed",
    "listing_expired",
    "listing_expiring",
    "listing_published",
    "listing_rejected",
    "listing_submitted",
    "match_centre_reminder",
    "match_declined",
    "match_handed_over",
    "match_introduced",
    "match_meeting_accepted",
    "match_meeting_cancelled",
    "match_meeting_declined",
    "match_meeting_proposed",
    "match_message",
    "match_nda_in_force",
    "match_nda_proposed",
    "match_nda_refused",
    "match_offered",
    "match_party_reminder",
    "match_reminder",
    "membership_accepted",
    "membership_refused",
    "membership_requested",
    "organisation_claim",
    "organisation_verified",
    "translation_asked",
}


@pytest.fixture
def match(session: Session) -> Match:
    centre = make_centre(session, head_office=True, code="cn-nanning")
    owner = make_organisation(session, centre=centre, name="Sweet Mills", phone="+66255501")
    offer = make_listing(session, owner, state=ListingState.PUBLISHED, title="Cane boards")
    other = make_organisation(session, country="TH", name="Lotus Furniture")
    make_membership(session, other, make_user(session, name="Malee", email="malee@x.org"))
    need = make_listing(
        session, other, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED, title="Boards wanted"
    )
    return make_match(session, offer, need)


def text_of(
    session: Session, app: Flask, code: str, data: dict[str, object], locale: str = "en"
) -> tuple[str, str]:
    session.flush()
    mail = ClaimedMail(
        id=1, key="k", recipient="a@x.org", name="Somchai", locale=locale, code=code,
        data=data, created_at=NOW,
    )  # fmt: skip
    settings: Settings = app.config["SETTINGS"]
    with app.app_context():
        return mail_text(session, mail, settings)


def data_of(code: str, match: Match) -> dict[str, object]:
    if code.startswith(("organisation_", "membership_")):
        return {"reference": match.offer.organisation.reference, "code": "ABCD-EFGH"}
    if code.startswith("match_meeting_"):
        session = object_session(match)
        assert session is not None
        meeting = make_meeting(session, match, make_user(session))
        return {
            "reference": match.reference, "side": "offer", "match_id": match.id,
            "meeting": meeting.reference, "time_zone": "Asia/Bangkok",
        }  # fmt: skip
    if code.startswith("match_"):
        return {
            "reference": match.reference, "side": "offer", "match_id": match.id,
            "centre": "cn-nanning", "to": "cn-nanning", "state": "offered",
        }  # fmt: skip
    if code.startswith("centre_"):
        return {"centre": "cn-nanning", "first_day": "2027-01-31", "last_day": "2027-02-28"}
    if code.startswith("account_"):
        return {"link": "https://match.example.org/x"}
    return {
        "reference": match.offer.reference,
        "title": "as it was",
        "valid_until": "2027-01-31",
        "revision": False,
        "reasons": [
            {"field": "title", "reason": "Say what it is made of."},
            {"field": "", "reason": "Too short."},
        ],
        "original_language": "th",
        "language": "en",
        "centre": "cn-nanning",
    }


def party(match: Match, side: str) -> dict[str, object]:
    return {"reference": match.reference, "side": side}


def test_there_is_a_template_for_each_code(app: Flask) -> None:
    with app.app_context():
        assert set(mail_codes()) >= WANTED


@pytest.mark.parametrize("locale", ["en", "zh-Hans", "th"])
@pytest.mark.parametrize("code", sorted(WANTED))
def test_each_mail_is_whole(
    session: Session, app: Flask, match: Match, code: str, locale: str
) -> None:
    subject, body = text_of(session, app, code, data_of(code, match), locale)
    assert subject
    assert "\n" not in subject
    for text in (subject, body):
        assert "None" not in text
        assert "“”" not in text
        assert not re.search(r"%\(\w+\)s|Undefined", text)
    assert "\n\n\n" not in body
    assert "Somchai" in body


def test_a_mail_about_changes_names_the_fields(session: Session, app: Flask, match: Match) -> None:
    data = data_of("listing_changes_requested", match)
    subject, body = text_of(session, app, "listing_changes_requested", data)
    assert subject == f"Please change: Cane boards ({match.offer.reference})"
    assert "– Title: Say what it is made of." in body
    assert "– Too short." in body
    assert f"/en/my/listings/{match.offer.reference}" in body


def test_an_introduction_gives_the_other_side_s_contact(
    session: Session, app: Flask, match: Match
) -> None:
    match.state = MatchState.INTRODUCED
    _, body = text_of(session, app, "match_introduced", party(match, "offer"))
    for part in ("Lotus Furniture", "Thailand", "Malee", "malee@x.org", "Boards wanted"):
        assert part in body
    _, body = text_of(session, app, "match_introduced", party(match, "need"))
    assert "Sweet Mills" in body
    assert "+66255501" in body


def test_an_offer_keeps_the_other_side_s_name(session: Session, app: Flask, match: Match) -> None:
    subject, body = text_of(session, app, "match_offered", party(match, "offer"))
    assert "Boards wanted" in body
    assert "Thailand" in body
    for part in ("Lotus", "Malee", "malee"):
        assert part not in subject + body


def test_an_owner_who_stays_anonymous_until_an_agreement_is_reached_through_the_centre(
    session: Session, app: Flask, match: Match
) -> None:
    match.state = MatchState.INTRODUCED
    match.need_revision.anonymous = True
    match.need_revision.confidential_after = ConfidentialAfter.NDA
    _, body = text_of(session, app, "match_introduced", party(match, "offer"))
    assert "Lotus" not in body
    assert "malee@x.org" not in body
    assert "@centres.example.org" in body


@pytest.mark.parametrize("name", sorted(PAGES))
def test_mails_lead_to_pages_that_exist(app: Flask, name: str) -> None:
    path = PAGES[name].format(locale="en", reference="S-0000-0000")
    try:
        app.url_map.bind("localhost").match(path, "GET")
    except RequestRedirect as redirect:
        pytest.fail(f"{path} is moved to {redirect.new_url}")
    except MethodNotAllowed:
        pytest.fail(f"{path} cannot be read")
