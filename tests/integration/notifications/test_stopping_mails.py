"""RFC 8058: the head of a mail as it arrives, and what mail programs, scanners and people do with
its link."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.database import Transactions
from matchmaker.domain.notifications import Frequency, NotificationKind
from matchmaker.extensions import db
from matchmaker.models import Notification, NotificationPreference, OutgoingMail, User
from matchmaker.services import notifications
from matchmaker.services.mail import mail_user, queue_mail
from matchmaker.services.mail_links import unsubscribe_token
from matchmaker.worker import mailer
from tests.factories import NOW, make_user
from tests.integration.mail_server import MailServer

Send = Callable[..., EmailMessage]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
MEMBERSHIP = NotificationKind.MEMBERSHIP


@pytest.fixture
def person(mail_transactions: Transactions) -> int:
    with mail_transactions.write() as session:
        return make_user(session, email="somchai@x.org", locale="en").id


@pytest.fixture
def browser(mail_site: Flask) -> FlaskClient:
    """Of nobody who is signed in, and without any token."""
    return mail_site.test_client()


@pytest.fixture
def send(mail_site: Flask, mail_transactions: Transactions, server: MailServer) -> Send:
    def send_and_return() -> EmailMessage:
        mailer.send_due(mail_transactions, mail_site.config["SETTINGS"])
        message = server.messages[-1]
        assert isinstance(message, EmailMessage)
        return message

    return send_and_return


def tell(
    transactions: Transactions, person: int, key: str, code: str = "membership_accepted"
) -> None:
    with transactions.write() as session:
        user = session.get_one(User, person)
        notifications.notify(session, [user], code, key=key, now=NOW, reference="G-1")


def link_of(message: EmailMessage) -> str:
    head = str(message["List-Unsubscribe"]).strip()  # it may be folded before the address
    found = re.fullmatch(r"<(https://match\.example\.org/\S+)>", head)
    assert found is not None
    return found[1]


def frequency(transactions: Transactions, person: int) -> dict[NotificationKind, Frequency]:
    with transactions.read() as session:
        rows = session.scalars(
            select(NotificationPreference).where(NotificationPreference.user_id == person)
        )
        return {row.kind: row.frequency for row in rows}


def test_one_click_stops_the_mails_of_this_kind(
    mail_transactions: Transactions, browser: FlaskClient, person: int, send: Send
) -> None:
    tell(mail_transactions, person, "one")
    message = send()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = link_of(message)
    assert link in message.get_content()
    for _twice in range(2):
        answer = browser.post(link, data=ONE_CLICK)
        assert answer.status_code == 200
        assert not answer.headers.getlist("Set-Cookie")
    assert frequency(mail_transactions, person) == {MEMBERSHIP: Frequency.OFF}
    tell(mail_transactions, person, "two")
    with mail_transactions.read() as session:
        assert len(session.scalars(select(OutgoingMail)).all()) == 1
        assert len(session.scalars(select(Notification)).all()) == 2


def test_opening_the_link_changes_nothing_and_shows_a_button(
    mail_transactions: Transactions, browser: FlaskClient, person: int, send: Send
) -> None:
    tell(mail_transactions, person, "one")
    link = link_of(send())
    for method in ("GET", "HEAD"):
        answer = browser.open(link, method=method)
        assert answer.status_code == 200
    page = browser.get(link).text
    assert "Your organisations and who belongs to them" in page
    assert f'<form method="post" action="{urlsplit(link).path}">' in page
    assert not frequency(mail_transactions, person)
    assert "These mails are turned off" in browser.post(urlsplit(link).path).text
    assert frequency(mail_transactions, person) == {MEMBERSHIP: Frequency.OFF}


def test_a_link_that_was_changed_or_is_old_says_so(
    mail_site: Flask,
    mail_transactions: Transactions,
    browser: FlaskClient,
    person: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with mail_transactions.read() as session:
        key = session.get_one(User, person).mail_key
    secret = mail_site.config["SETTINGS"].secret_key
    good = unsubscribe_token(secret, key, MEMBERSHIP)
    long_ago = int((datetime.now().astimezone() - timedelta(days=401)).timestamp())
    with monkeypatch.context() as patch:
        patch.setattr(TimestampSigner, "get_timestamp", lambda _self: long_ago)
        old = unsubscribe_token(secret, key, MEMBERSHIP)
    bad = {
        good[:-1]: 404, f"{good}x": 404, "x": 404, good.replace(".", "", 1): 404, old: 410,
        unsubscribe_token("another secret", key, MEMBERSHIP): 404,
        unsubscribe_token(secret, "0" * 32, MEMBERSHIP): 410,
    }  # fmt: skip
    for token, status in bad.items():
        for method in ("GET", "POST"):
            answer = browser.open(f"/en/account/unsubscribe/{token}", method=method)
            assert answer.status_code == status, token
            assert "Nothing was done." in answer.text
    assert not frequency(mail_transactions, person)


def test_a_digest_has_a_link_that_ends_digests(
    mail_transactions: Transactions,
    browser: FlaskClient,
    person: int,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailer, "utc_now", lambda: NOW + timedelta(days=1))
    daily = {MEMBERSHIP: Frequency.DAILY}
    with mail_transactions.write() as session:
        user = session.get_one(User, person)
        notifications.set_frequencies(session, user, daily, now=NOW)
    tell(mail_transactions, person, "one", "membership_requested")
    tell(mail_transactions, person, "two")
    with mail_transactions.write() as session:
        assert notifications.send_digests(session, now=NOW + timedelta(days=1)) == 1
    message = send()
    assert message["Subject"] == "Your summary: 2 things happened"
    text = message.get_content()
    assert "Your organisations and who belongs to them" in text
    assert "– Somebody asks to act for “G-1”." in text
    assert "https://match.example.org/en/account/" in text
    assert browser.post(link_of(message), data=ONE_CLICK).status_code == 200
    assert frequency(mail_transactions, person)[MEMBERSHIP] is Frequency.OFF


def test_mails_that_always_go_have_no_such_link(
    mail_transactions: Transactions, person: int, send: Send
) -> None:
    with mail_transactions.write() as session:
        user = session.get_one(User, person)
        mail_user(session, user, code="account_reset", dedupe_key="r", now=NOW, link="x")
    assert send()["List-Unsubscribe"] is None
    with mail_transactions.write() as session:
        queue_mail(
            session, code="membership_accepted", recipient="nobody@x.org", locale="en",
            dedupe_key="letter", now=NOW, reference="G-1",
        )  # fmt: skip
    letter = send()
    assert letter["To"] == "nobody@x.org"
    assert letter["List-Unsubscribe"] is None


def test_a_dead_server_loses_no_digest(
    mail_site: Flask,
    mail_transactions: Transactions,
    server: MailServer,
    person: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with mail_transactions.write() as session:
        user = session.get_one(User, person)
        notifications.set_frequencies(session, user, {MEMBERSHIP: Frequency.DAILY}, now=NOW)
    tell(mail_transactions, person, "one")
    leaves = NOW + timedelta(days=1)
    settings = mail_site.config["SETTINGS"]
    monkeypatch.setattr(mailer, "utc_now", lambda: leaves)
    with Session(db.engine) as session:  # the worker is killed before it commits
        assert notifications.send_digests(session, now=leaves) == 1
    server.stop()
    with mail_transactions.write() as session:
        assert notifications.send_digests(session, now=leaves) == 1
    assert mailer.send_due(mail_transactions, settings) == 0
    server.start()
    monkeypatch.setattr(mailer, "utc_now", lambda: leaves + timedelta(minutes=1))
    assert mailer.send_due(mail_transactions, settings) == 1
    with mail_transactions.write() as session:
        assert notifications.send_digests(session, now=leaves + timedelta(minutes=5)) == 0
    assert mailer.send_due(mail_transactions, settings) == 0
    assert len(server.messages) == 1
