"""Mails: claimed, sent over real SMTP, tried again while the server is dead, given up."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from matchmaker.config import MailBackend, Settings
from matchmaker.database import Transactions
from matchmaker.extensions import db
from matchmaker.models import OutgoingMail
from matchmaker.services import outbox
from matchmaker.services.mail import queue_mail
from matchmaker.worker import mailer
from tests.factories import NOW, make_user
from tests.integration.mail_server import MailServer
from tests.own_app import own_app


@pytest.fixture
def server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def site(own_settings: Settings, server: MailServer) -> Iterator[Flask]:
    settings = replace(
        own_settings,
        mail_backend=MailBackend.SMTP,
        mail_server="127.0.0.1",
        mail_port=server.port,
        mail_timeout=30,
    )
    with own_app(settings) as app:
        yield app


@pytest.fixture
def transactions(site: Flask) -> Transactions:
    return Transactions(db.engine)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], datetime]:
    """Move the mailer's clock on; returns the instant."""
    present = [NOW]
    monkeypatch.setattr(mailer, "utc_now", lambda: present[0])

    def move(by: timedelta) -> datetime:
        present[0] += by
        return present[0]

    return move


def write(transactions: Transactions, key: str, *, locale: str = "en", to: str = "a@x.org") -> int:
    with transactions.write() as session:
        queue_mail(
            session,
            code="account_reset",
            recipient=to,
            locale=locale,
            dedupe_key=key,
            now=NOW,
            link="https://match.example.org/secret",
        )
        return session.scalars(select(OutgoingMail.id).where(OutgoingMail.dedupe_key == key)).one()


def send(site: Flask, transactions: Transactions) -> int:
    settings: Settings = site.config["SETTINGS"]
    return mailer.send_due(transactions, settings)


def state(transactions: Transactions, mail_id: int) -> OutgoingMail:
    with transactions.read() as session:
        return session.get_one(OutgoingMail, mail_id)


def test_a_mail_is_sent_once_and_its_link_is_forgotten(
    site: Flask, transactions: Transactions, server: MailServer, clock: object
) -> None:
    mail_id = write(transactions, "one")
    write(transactions, "one")
    assert send(site, transactions) == 1
    assert send(site, transactions) == 0
    (message,) = server.messages
    assert message["To"] == "a@x.org"
    assert message["Subject"] == "Choose a new password"
    assert message["Message-ID"] == mailer.message_id("one", site.config["SETTINGS"])
    assert "https://match.example.org/secret" in message.get_content()
    sent = state(transactions, mail_id)
    assert sent.sent_at == NOW
    assert sent.next_attempt_at is None
    assert "link" not in sent.data


def test_a_mail_greets_an_account_by_name(
    site: Flask, transactions: Transactions, server: MailServer, clock: object
) -> None:
    with transactions.write() as session:
        user = make_user(session, name="Somchai")
        queue_mail(
            session, code="account_password_changed", recipient=user.email, locale="en",
            dedupe_key="x", now=NOW, user=user,
        )  # fmt: skip
    send(site, transactions)
    assert server.messages[0].get_content().startswith("Dear Somchai,")


def test_a_dead_server_delays_and_loses_nothing(
    site: Flask,
    transactions: Transactions,
    server: MailServer,
    clock: Callable[[timedelta], datetime],
) -> None:
    ids = [write(transactions, f"mail {n}") for n in range(3)]
    server.stop()
    assert send(site, transactions) == 0
    tried = [state(transactions, mail_id).attempts for mail_id in ids]
    assert tried == [1, 0, 0]  # the others did not wait for the same refusal
    assert "refused" in (state(transactions, ids[0]).last_error or "").lower()
    server.start()
    assert send(site, transactions) == 2
    clock(timedelta(minutes=1))
    assert send(site, transactions) == 1
    assert len({message["Message-ID"] for message in server.messages}) == 3


def test_waits_grow_and_end_after_three_days(
    site: Flask,
    transactions: Transactions,
    server: MailServer,
    clock: Callable[[timedelta], datetime],
) -> None:
    assert [outbox.wait_after(n) for n in (1, 2, 3)] == [
        timedelta(minutes=1),
        timedelta(minutes=2),
        timedelta(minutes=4),
    ]
    assert outbox.wait_after(50) == timedelta(hours=6)
    mail_id = write(transactions, "never")
    server.stop()
    send(site, transactions)
    clock(timedelta(days=3))
    send(site, transactions)
    given_up = state(transactions, mail_id)
    assert given_up.gave_up_at is not None
    assert given_up.next_attempt_at is None


def test_an_unknown_recipient_is_given_up_and_the_next_mail_goes(
    site: Flask, transactions: Transactions, server: MailServer, clock: object
) -> None:
    server.refuse.add("nobody@x.org")
    bad = write(transactions, "bad", to="nobody@x.org")
    write(transactions, "good")
    assert send(site, transactions) == 1
    assert state(transactions, bad).gave_up_at == NOW
    assert "550" in (state(transactions, bad).last_error or "")


def test_a_mail_that_cannot_be_written_does_not_stop_the_others(
    site: Flask, transactions: Transactions, server: MailServer, clock: object
) -> None:
    with transactions.write() as session:
        queue_mail(
            session, code="no_such_code", recipient="a@x.org", locale="en",
            dedupe_key="odd", now=NOW,
        )  # fmt: skip
    write(transactions, "good")
    assert send(site, transactions) == 1


def test_a_line_break_in_an_address_is_refused(
    site: Flask, transactions: Transactions, server: MailServer, clock: object
) -> None:
    write(transactions, "evil", to="a@x.org\nBcc: all@x.org")
    assert send(site, transactions) == 0
    assert not server.messages


def test_a_mail_claimed_by_a_killed_process_is_sent_again_with_the_same_id(
    site: Flask,
    transactions: Transactions,
    server: MailServer,
    clock: Callable[[timedelta], datetime],
) -> None:
    mail_id = write(transactions, "twice")
    send(site, transactions)
    with transactions.write() as session:  # killed before it could mark it
        session.execute(
            update(OutgoingMail)
            .where(OutgoingMail.id == mail_id)
            .values(sent_at=None, next_attempt_at=NOW + outbox.CLAIM_FOR, data={"link": "x"})
        )
    assert send(site, transactions) == 0
    clock(outbox.CLAIM_FOR)
    assert send(site, transactions) == 1
    first, second = server.messages
    assert first["Message-ID"] == second["Message-ID"]


def test_two_processes_claim_different_mails(transactions: Transactions) -> None:
    first, second = write(transactions, "a"), write(transactions, "b")
    with transactions.write() as session:
        one = outbox.claim_next(session, now=NOW)
    with transactions.write() as session:
        two = outbox.claim_next(session, now=NOW)
    with transactions.write() as session:
        none = outbox.claim_next(session, now=NOW)
    assert one is not None
    assert two is not None
    assert {one.id, two.id} == {first, second}
    assert none is None
