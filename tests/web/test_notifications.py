"""The bell, the list, what people want by mail, their saved searches."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import user_confirmed
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.clock import utc_now
from matchmaker.domain.notifications import (
    CHOOSABLE,
    STAFF_KINDS,
    BounceCode,
    Frequency,
    NotificationKind,
)
from matchmaker.extensions import db
from matchmaker.models import (
    MailBounce,
    Notification,
    NotificationPreference,
    OutgoingMail,
    SavedSearch,
    User,
)
from matchmaker.queries.mail_addresses import address_hash, is_undeliverable
from matchmaker.services.notifications import notify
from tests.factories import (
    NOW,
    make_appointment,
    make_centre,
    make_membership,
    make_organisation,
    make_user,
)

Login = Callable[[User], FlaskClient]
LIST = "/en/account/notifications/"
PREFERENCES = "/en/account/notifications/preferences"


@pytest.fixture
def person(session: Session) -> User:
    make_centre(session, head_office=True)
    person = make_membership(session, make_organisation(session, name="Sweet Mills"))
    person.email = "somchai@x.org"
    return person


def tell(session: Session, person: User, number: int = 1, *, days: int = 0) -> None:
    for each in range(number):
        notify(
            session, [person], "membership_requested", key=f"{days}-{each}",
            now=NOW - timedelta(days=days), reference=person.memberships[0].organisation.reference,
        )  # fmt: skip


def bell(page: str) -> str:
    found = re.search(r'<a class="header-link bell".*?</a>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def test_the_bell_counts_what_is_unread(session: Session, login: Login, person: User) -> None:
    browser = login(person)
    assert bell(browser.get("/en/").text) == "Notifications"
    tell(session, person, 2)
    assert bell(browser.get("/en/").text) == "2 Notifications: 2 unread"
    tell(session, person, 110, days=1)
    assert bell(browser.get("/en/").text) == "99+ Notifications: 112 unread"


def test_a_visitor_has_no_bell(client: FlaskClient) -> None:
    assert not bell(client.get("/en/").text)


def test_the_list_is_by_the_reader_s_days(session: Session, login: Login, person: User) -> None:
    tell(session, person)
    tell(session, person, days=1)
    person.time_zone = "Pacific/Honolulu"  # where it is still the day before
    page = login(person).get(LIST).text
    assert re.findall(r'class="told-day"[^>]*>([^<]+)<', page) == [
        "November 22, 2026",
        "November 21, 2026",
    ]
    assert page.count("Somebody asks to act for “Sweet Mills”.</a>") == 2
    assert ">18:00</time>" in page


def test_nobody_reads_another_s(session: Session, login: Login, person: User) -> None:
    tell(session, person)
    token = session.scalars(select(Notification.token)).one()
    browser = login(make_user(session))
    assert "Sweet Mills" not in browser.get(LIST).text
    assert browser.get(f"{LIST}{token}").status_code == 404
    assert browser.post(f"{LIST}{token}/read").status_code == 404
    browser.post(f"{LIST}read")
    assert session.scalars(select(Notification.read_at)).one() is None


def test_following_one_marks_it_read(session: Session, login: Login, person: User) -> None:
    tell(session, person, 2)
    first, second = session.scalars(select(Notification).order_by(Notification.id))
    answer = login(person).get(f"{LIST}{first.token}")
    assert (answer.status_code, answer.location) == (302, "/en/account/")
    assert (first.read_at is None, second.read_at is None) == (False, True)


def test_one_or_all_are_marked_read(session: Session, login: Login, person: User) -> None:
    tell(session, person, 3)
    browser, rows = login(person), session.scalars(select(Notification)).all()
    assert browser.post(f"{LIST}{rows[0].token}/read").status_code == 302
    assert [row.read_at is None for row in rows].count(True) == 2
    assert "All are marked as read." in browser.post(f"{LIST}read", follow_redirects=True).text
    assert not [row for row in rows if row.read_at is None]
    assert "Mark as read" not in browser.get(LIST).text


def test_the_list_has_pages(session: Session, login: Login, person: User) -> None:
    tell(session, person, 31)
    browser = login(person)
    assert browser.get(LIST).text.count("told__text") == 30
    assert browser.get(f"{LIST}?page=2").text.count("told__text") == 1
    for odd in ("0", "-1", "9" * 30, "x", "²"):
        assert browser.get(f"{LIST}?page={odd}").status_code == 200


def form_of(page: str) -> dict[str, str]:
    found = {}
    for name, body in re.findall(r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        assert chosen is not None, name
        found[name] = chosen[1]
    return found


def test_each_kind_has_a_frequency(session: Session, login: Login, person: User) -> None:
    browser = login(person)
    form = form_of(browser.get(PREFERENCES).text)
    assert set(form) - {"locale", "time_zone"} == {
        kind.value for kind in CHOOSABLE if kind not in STAFF_KINDS
    }
    form |= {"meeting": "weekly", "locale": "th", "time_zone": "Asia/Yangon", "introduced": "off"}
    answer = browser.post(PREFERENCES, data=form)
    assert answer.status_code == 302
    assert (person.locale, person.time_zone) == ("th", "Asia/Yangon")
    chosen = {row.kind: row.frequency for row in session.scalars(select(NotificationPreference))}
    assert chosen[NotificationKind.MEETING] is Frequency.WEEKLY
    assert NotificationKind.INTRODUCED not in chosen
    assert form_of(browser.get(PREFERENCES).text)["meeting"] == "weekly"


def test_staff_choose_for_the_work_of_their_centre(session: Session, login: Login) -> None:
    staff = make_appointment(session, make_centre(session, head_office=True))
    form = form_of(login(staff).get(PREFERENCES).text)
    assert set(form) - {"locale", "time_zone"} == {kind.value for kind in CHOOSABLE}
    assert form["match_to_review"] == "daily"


@pytest.mark.parametrize(
    "wrong",
    [
        {"meeting": "hourly"}, {"time_zone": "Nowhere/Atlantis"}, {"time_zone": ""},
        {"locale": "tlh"}, {"time_zone": "../../etc/passwd"},
    ],
)  # fmt: skip
def test_what_is_no_choice_is_refused(
    session: Session, login: Login, person: User, wrong: dict[str, str]
) -> None:
    browser = login(person)
    form = form_of(browser.get(PREFERENCES).text) | wrong
    answer = browser.post(PREFERENCES, data=form)
    assert answer.status_code == 200
    assert re.search(r"<title>\s*Error:", answer.text)
    assert not session.scalars(select(NotificationPreference)).all()
    assert person.time_zone == "Asia/Shanghai"


def test_one_button_turns_all_mails_off(session: Session, login: Login, person: User) -> None:
    browser = login(person)
    browser.post("/en/account/searches/new?q=boards", data={"name": "b", "frequency": "daily"})
    assert browser.post(f"{LIST}quiet").status_code == 302
    form = form_of(browser.get(PREFERENCES).text)
    assert {form[kind.value] for kind in CHOOSABLE if kind.value in form} == {"off"}
    assert session.scalars(select(SavedSearch.frequency)).one() is Frequency.OFF


def test_who_gets_no_mails_is_told_and_can_confirm_the_address(
    app: Flask, session: Session, login: Login, person: User
) -> None:
    browser = login(person)
    assert browser.post(f"{LIST}address").status_code == 409  # nothing came back
    for number in range(3):
        session.add(
            MailBounce(
                dedupe_key=str(number),
                address_hash=address_hash(person.email),
                user_id=person.id,
                code=BounceCode.PERMANENT,
                status="5.1.1",
                at=NOW,
            )
        )
    for page in (LIST, PREFERENCES):
        assert "Our mails to you come back" in browser.get(page).text
    for _twice in range(2):
        browser.post(f"{LIST}address")
    link = session.scalars(select(OutgoingMail)).one().data["link"]
    assert "Confirm my address" in browser.get(link).text
    assert is_undeliverable(session, person.email)
    assert "Your address is confirmed" in browser.post(link).text
    assert not is_undeliverable(session, person.email)
    person.email = "another@x.org"
    assert browser.get(link).status_code == 410
    assert browser.get(f"{link[:-1]}").status_code == 404


def test_a_search_is_saved_listed_run_changed_and_removed(
    session: Session, login: Login, person: User
) -> None:
    browser = login(person)
    results = browser.get("/en/search?q=boards&kind=offer&kind=nonsense&sector=agriculture").text
    address = "/en/account/searches/new?q=boards&amp;kind=offer&amp;sector=agriculture"
    assert address in results
    form = browser.get(address.replace("&amp;", "&")).text
    assert 'value="boards"' in form
    answer = browser.post(
        address.replace("&amp;", "&"),
        data={"name": "My <boards>", "frequency": "weekly"},
        follow_redirects=True,
    )
    assert "My &lt;boards&gt;" in answer.text
    saved = session.scalars(select(SavedSearch)).one()
    assert (saved.question, saved.filters, saved.frequency) == (
        "boards", {"kind": ["offer"], "sector": ["agriculture"]}, Frequency.WEEKLY,
    )  # fmt: skip
    here = f"/en/account/searches/{saved.reference}"
    ran = browser.get(here)
    assert ran.location == "/en/search?q=boards&kind=offer&sector=agriculture"
    assert browser.post(f"{here}/edit", data={"name": "", "frequency": "off"}).status_code == 200
    browser.post(f"{here}/edit", data={"name": "Panels", "frequency": "off"})
    assert (saved.name, saved.frequency) == ("Panels", Frequency.OFF)
    stranger = login(make_user(session))
    for path, method in (("", "GET"), ("/edit", "GET"), ("/edit", "POST"), ("/remove", "POST")):
        assert stranger.open(here + path, method=method).status_code == 404
    login(person).post(f"{here}/remove")
    assert not session.scalars(select(SavedSearch)).all()


def test_nothing_to_search_by_is_nothing_to_save(login: Login, person: User) -> None:
    browser = login(person)
    assert browser.get("/en/account/searches/new?kind=nonsense").location == "/en/search"
    assert "Save this search" not in browser.get("/en/search").text


def test_visitors_are_not_offered_to_save(client: FlaskClient) -> None:
    assert "Save this search" not in client.get("/en/search?q=boards").text


def test_confirming_an_account_forgets_what_came_back(
    app: Flask, session: Session, person: User
) -> None:
    session.add(
        MailBounce(
            dedupe_key="x",
            address_hash=address_hash(person.email),
            user_id=person.id,
            code=BounceCode.PERMANENT,
            status="5.1.1",
            at=utc_now(),
        )
    )
    session.flush()
    with app.test_request_context("/en/"):
        user_confirmed.send(app, user=db.session.get_one(User, person.id))
        db.session.commit()
    session.expire_all()
    assert session.scalars(select(MailBounce.cleared_at)).one() is not None
