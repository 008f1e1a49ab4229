"""Everything that people are told has a sentence, a page, and a mail, in each language."""

import re

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.orm import Session

from matchmaker.config import Settings
from matchmaker.domain.notifications import CODES, Frequency, NotificationKind
from matchmaker.domain.permissions import SYSTEM, Actor
from matchmaker.domain.vocabulary import ListingKind, ListingState
from matchmaker.i18n.labels import label
from matchmaker.i18n.locales import GETTEXT_NAME
from matchmaker.i18n.mail_texts import mail_text
from matchmaker.i18n.notifications import LINKS, SENTENCES, Line, line
from matchmaker.i18n.pages import PAGES, page_path
from matchmaker.models import Match, SavedSearch
from matchmaker.services.outbox import ClaimedMail
from tests.factories import (
    NOW,
    actor_of,
    make_centre,
    make_listing,
    make_match,
    make_membership,
    make_organisation,
    make_user,
)

SEARCH = "Q-0000-0000"
MEETINGS = {code for code, kind in CODES.items() if kind is NotificationKind.MEETING}
"""Their mails need a meeting: tests/integration/talks sends them."""


@pytest.fixture
def match(session: Session) -> Match:
    centre = make_centre(session, head_office=True, code="cn-nanning")
    make_centre(session, country="TH", code="th-bangkok")
    owner = make_organisation(session, centre=centre, name="Sweet Mills")
    offer = make_listing(session, owner, state=ListingState.PUBLISHED, title="Cane <boards>")
    other = make_organisation(session, country="TH", name="Lotus Furniture")
    need = make_listing(
        session, other, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED, language="th",
        title="ต้องการแผ่น",
    )  # fmt: skip
    session.add(
        SavedSearch(
            reference=SEARCH,
            user=make_user(session),
            name="boards & panels",
            question="boards",
            filters={},
            frequency=Frequency.DAILY,
            created_at=NOW,
        )
    )
    return make_match(session, offer, need)


def data_of(code: str, match: Match) -> dict[str, object]:
    data: dict[str, object] = {
        "side": "offer", "state": "offered", "centre": "cn-nanning", "to": "th-bangkok",
        "verdict": "approve", "answer": "yes", "revision": False, "count": 2, "language": "th",
        "valid_until": "2027-01-31", "listings": [], "days": 30,
    }  # fmt: skip
    if code.startswith(("organisation_", "membership_")):
        return data | {"reference": match.offer.organisation.reference}
    if code == "saved_search":
        return data | {"reference": SEARCH}
    about_match = code.startswith("match_")
    return data | {"reference": match.reference if about_match else match.offer.reference}


def told(
    app: Flask,
    session: Session,
    code: str,
    data: dict[str, object],
    *,
    actor: Actor = SYSTEM,
    locale: str = "en",
) -> Line:
    session.flush()
    with app.app_context(), force_locale(GETTEXT_NAME[locale]):
        return line(session, actor, code, data, locale)


def test_each_code_has_a_sentence_and_a_page_and_no_other_has() -> None:
    assert {key.partition("/")[0] for key in SENTENCES} == set(CODES) == set(LINKS)
    assert set(LINKS.values()) <= set(PAGES)


def test_each_kind_and_frequency_has_a_label(app: Flask) -> None:
    with app.test_request_context("/en/"):
        words = [str(label(each)) for enum in (NotificationKind, Frequency) for each in enum]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("locale", ["en", "zh-Hans", "th"])
@pytest.mark.parametrize("key", sorted(SENTENCES))
def test_each_sentence_is_whole(
    app: Flask, session: Session, match: Match, key: str, locale: str
) -> None:
    code, _slash, value = key.partition("/")
    data = data_of(code, match)
    data |= {name: value for name in ("state", "verdict", "answer") if value}
    data |= {"revision": value == "True", "count": 1 if value == "1" else 2}
    found = told(app, session, code, data, locale=locale)
    for text in (found.text, str(found.html)):
        assert not re.search(r"%\(|%s|None|“”", text)
    assert "<boards>" not in found.html
    template = str(SENTENCES[key])
    assert ("<boards>" in found.text) is ("%(title)s" in template)


def test_a_sentence_depends_on_what_happened(app: Flask, session: Session, match: Match) -> None:
    data = data_of("match_decided", match)
    assert told(app, session, "match_decided", data).text == (
        "Centre cn-nanning approved the match of “Cane <boards>” and “ต้องการแผ่น”."
    )
    rejected = told(app, session, "match_decided", data | {"verdict": "reject"})
    assert "rejected" in rejected.text
    one = told(app, session, "saved_search", {"reference": SEARCH, "count": 1})
    assert one.text == "A new listing fits your search “boards & panels”."


def test_a_title_in_another_language_says_so(app: Flask, session: Session, match: Match) -> None:
    found = told(app, session, "match_decided", data_of("match_decided", match))
    assert '<span lang="th">ต้องการแผ่น</span>' in found.html
    assert "Cane &lt;boards&gt;" in found.html
    assert 'lang="en"' not in found.html


def test_who_has_left_reads_the_reference_alone(app: Flask, session: Session, match: Match) -> None:
    member = make_membership(session, match.offer.organisation)
    stranger = make_user(session)
    for code in ("match_message", "listing_rejected"):
        data = data_of(code, match)
        assert "Cane" in told(app, session, code, data, actor=actor_of(session, member)).text
        text = told(app, session, code, data, actor=actor_of(session, stranger)).text
        assert "Cane" not in text
        assert str(data["reference"]) in text
    data = data_of("saved_search", match)
    assert (
        "boards"
        not in told(app, session, "saved_search", data, actor=actor_of(session, member)).text
    )


@pytest.mark.parametrize("code", sorted(set(CODES) - MEETINGS))
def test_each_has_a_mail_that_says_how_to_stop_it(
    app: Flask, session: Session, match: Match, code: str
) -> None:
    data = data_of(code, match) | {"title": "x", "reasons": [], "original_language": "en"}
    data |= {"first_day": "2027-01-01", "last_day": ""}
    session.flush()
    mail = ClaimedMail(
        id=1, key="k", recipient="a@x.org", name="Somchai", locale="en", code=code, data=data,
        created_at=NOW,
    )  # fmt: skip
    settings: Settings = app.config["SETTINGS"]
    with app.app_context():
        subject, body = mail_text(session, mail, settings, unsubscribe="https://x.org/stop")
    assert subject
    assert "https://x.org/stop" in body
    assert page_path("preferences", "en") in body
