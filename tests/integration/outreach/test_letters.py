"""Letters say what mails say, without leading to pages that need an account."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from matchmaker.config import Settings
from matchmaker.domain.vocabulary import Channel, ListingKind, ListingState, MatchState
from matchmaker.i18n.mail_texts import Letter, letter_text, mail_text
from matchmaker.models import Match, Organisation
from matchmaker.web.outreach.presentation import ways
from tests.factories import make_centre, make_listing, make_match, make_organisation, make_sectors

CODES = [
    "listing_changes_requested", "listing_rejected", "listing_closed", "listing_expiring",
    "listing_expired", "match_offered", "match_introduced", "match_reminder", "match_declined",
    "match_ended", "question_asked",
]  # fmt: skip


@pytest.fixture
def match(session: Session) -> Match:
    make_sectors(session)
    make_centre(session, head_office=True)
    offer = make_listing(session, make_organisation(session), state=ListingState.PUBLISHED)
    need = make_listing(
        session, make_organisation(session), state=ListingState.PUBLISHED, kind=ListingKind.DEMAND
    )
    return make_match(session, offer, need, state=MatchState.INTRODUCED)


@pytest.mark.parametrize("code", CODES)
def test_letter_of_each_task(
    app: Flask, session: Session, settings: Settings, match: Match, code: str
) -> None:
    reference = {"match": match.reference, "question": match.need.organisation.reference}
    data = {
        "reference": reference.get(code.split("_", maxsplit=1)[0], match.need.reference),
        "side": "need",
        "state": "offered",
        "valid_until": "2027-03-31",
        "reasons": [{"field": "title", "reason": "Too short."}],
        "question": "How moist?",
    }
    letter = Letter(code, "zh-Hans", "Khamla", data, answer_to="The Centre\n+85621212121")
    with app.test_request_context("/en/"):
        subject, body = letter_text(session, letter, settings)
        _subject, mailed = mail_text(session, letter, settings)
    assert subject
    assert "Khamla" in body
    assert "/my/" not in body
    assert settings.support_email not in body
    assert settings.support_email in mailed
    assert ("/my/" in mailed) == ("+85621212121" in body)


@pytest.mark.parametrize(
    ("channel", "handle", "url"),
    [
        (Channel.WHATSAPP, None, "https://wa.me/8562055123456?text="),
        (Channel.PHONE, None, "tel:+8562055123456"),
        (Channel.EMAIL, None, "mailto:a%26b@example.org?subject="),
        (Channel.LINE, "kham/la", "https://line.me/R/ti/p/~kham%2Fla"),
        (Channel.LINE, None, None),
        (Channel.WECHAT, "khamla", None),
    ],
)
def test_ways_to_reach(app: Flask, channel: Channel, handle: str | None, url: str | None) -> None:
    organisation = Organisation(
        channel=channel, channel_handle=handle, phone="+8562055123456",
        contact_email="a&b@example.org",
    )  # fmt: skip
    with app.test_request_context("/en/"):
        first, *others = ways(organisation)
        assert first.preferred
        assert (first.url or "").startswith(url or "")
        assert (first.url is None) == (url is None)
        assert not any(way.preferred for way in others)
