"""Mails that come back: refused at once, or reported later by servers in the world."""

from datetime import timedelta
from mailbox import Maildir, mbox
from pathlib import Path

import pytest
from flask import Flask, current_app
from sqlalchemy import select

from matchmaker.database import Transactions
from matchmaker.domain.notifications import BounceCode
from matchmaker.models import MailBounce, Notification, OutgoingMail, User
from matchmaker.queries.mail_addresses import is_undeliverable
from matchmaker.services import bounces
from matchmaker.services.delivery_reports import read_reports
from matchmaker.services.mail import mail_user
from matchmaker.services.notifications import notify
from matchmaker.worker import mailer
from tests.factories import NOW, make_user
from tests.integration.mail_server import MailServer

REPORTS = Path(__file__).parent / "reports"
ADDRESS = "somchai@x.org"


@pytest.fixture
def person(mail_transactions: Transactions) -> int:
    with mail_transactions.write() as session:
        return make_user(session, email=ADDRESS, name="Somchai").id


def tell(transactions: Transactions, person: int, key: str) -> str:
    """Tell the person something by mail; returns the Message-ID of the mail."""
    with transactions.write() as session:
        user = session.get_one(User, person)
        notify(session, [user], "organisation_verified", key=key, now=NOW, reference="G-1")
    return mailer.message_id(f"{key}:user:{person}", current_app.config["SETTINGS"])


def report(name: str, message_id: str, *, to: str = ADDRESS) -> bytes:
    text = (REPORTS / f"{name}.eml").read_text("utf-8")
    return text.replace("RECIPIENT", to).replace("MESSAGE-ID", message_id).encode()


def recorded(transactions: Transactions) -> list[tuple[BounceCode, str]]:
    with transactions.read() as session:
        rows = session.scalars(select(MailBounce).order_by(MailBounce.id))
        return [(row.code, row.status) for row in rows]


def take(transactions: Transactions, content: bytes) -> list[bool | None]:
    with transactions.write() as session:
        return [bounces.record_report(session, each, now=NOW) for each in read_reports(content)]


@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        ("postfix", BounceCode.PERMANENT, "5.1.1"),
        ("exchange", BounceCode.PERMANENT, "5.1.10"),  # to where the address forwards to
        ("delayed", BounceCode.TEMPORARY, "4.0.0"),
    ],
)
def test_a_report_counts_once(
    mail_transactions: Transactions, person: int, name: str, code: BounceCode, status: str
) -> None:
    content = report(name, tell(mail_transactions, person, "one"))
    assert take(mail_transactions, content) == [True]
    assert take(mail_transactions, content) == [False]
    assert recorded(mail_transactions) == [(code, status)]
    with mail_transactions.read() as session:
        row = session.scalars(select(MailBounce)).one()
        assert (row.user_id, row.mail_id) == (
            person,
            session.scalars(select(OutgoingMail.id)).one(),
        )
        assert ADDRESS not in row.address_hash


def test_an_answer_of_a_person_is_no_report() -> None:
    assert read_reports(report("vacation", "<a@b>")) == []
    assert read_reports(b"") == []
    assert read_reports(b"Content-Type: multipart/report; boundary=x\n\n--x--\n") == []


def test_nobody_can_report_a_mail_that_they_have_not_seen(
    mail_transactions: Transactions, person: int
) -> None:
    """A forged report would stop somebody's mails: it must bring back our Message-ID."""
    message_id = tell(mail_transactions, person, "one")
    guessed = report("postfix", f"<{'0' * 40}@127.0.0.1>")
    assert take(mail_transactions, guessed) == [None]
    for_another = report("postfix", message_id, to="another@x.org")
    assert take(mail_transactions, for_another) == [None]
    assert not recorded(mail_transactions)


def test_three_are_enough_and_a_confirmed_address_begins_anew(
    mail_transactions: Transactions, mail_site: Flask, person: int
) -> None:
    ids = [tell(mail_transactions, person, f"mail {number}") for number in range(4)]
    for message_id in ids[:3]:
        take(mail_transactions, report("postfix", message_id))
    with mail_transactions.write() as session:
        assert is_undeliverable(session, ADDRESS)
        waiting = session.scalars(
            select(OutgoingMail).where(OutgoingMail.next_attempt_at.is_not(None))
        )
        assert not waiting.all()  # what waited for the address is given up
        user = session.get_one(User, person)
        mail_user(session, user, code="account_reset", dedupe_key="r", now=NOW, link="x")
    assert mailer.send_due(mail_transactions, mail_site.config["SETTINGS"]) == 1  # asked for
    tell(mail_transactions, person, "later")
    with mail_transactions.write() as session:
        told = session.scalars(select(Notification).order_by(Notification.id.desc())).first()
        assert told is not None
        assert (told.mailed_at, told.mail_due_at is None) == (None, False)
        bounces.clear(session, ADDRESS.upper(), now=NOW + timedelta(days=1))
        assert not is_undeliverable(session, ADDRESS)


def test_a_server_that_refuses_an_address_is_believed_at_once(
    mail_transactions: Transactions, mail_site: Flask, server: MailServer, person: int
) -> None:
    server.refuse.add(ADDRESS)
    for number in range(4):
        tell(mail_transactions, person, f"mail {number}")
    mailer.send_due(mail_transactions, mail_site.config["SETTINGS"])
    assert recorded(mail_transactions) == [(BounceCode.PERMANENT, "")] * 3
    with mail_transactions.read() as session:
        errors = session.scalars(select(OutgoingMail.last_error).order_by(OutgoingMail.id)).all()
        assert errors[-1] == "mails to this address came back"


@pytest.mark.parametrize("kind", ["maildir", "mbox", "stdin"])
def test_the_command_reads_what_mail_servers_leave(
    mail_transactions: Transactions, mail_site: Flask, person: int, tmp_path: Path, kind: str
) -> None:
    content = report("postfix", tell(mail_transactions, person, "one"))
    others = [report("vacation", "<a@b>"), report("postfix", f"<{'0' * 40}@x>")]
    run = mail_site.test_cli_runner().invoke
    if kind == "stdin":
        first = run(args=["mail", "bounces", "-"], input=content)
        assert first.output.startswith("New: 1. Known before: 0.")
        return
    path = tmp_path / "box"
    box = Maildir(path) if kind == "maildir" else mbox(path)
    for each in [content, *others]:
        box.add(each)
    box.close()
    for expected in ("New: 1. Known before: 0.", "New: 0. Known before: 1."):
        result = run(args=["mail", "bounces", str(path)])
        assert result.exit_code == 0
        assert result.output == (
            f"{expected} Not about a mail of ours: 1. No delivery reports: 1.\n"
        )


def test_the_command_lists_whom_no_mail_reaches(
    mail_transactions: Transactions, mail_site: Flask, person: int
) -> None:
    for number in range(3):
        take(mail_transactions, report("postfix", tell(mail_transactions, person, f"m{number}")))
    run = mail_site.test_cli_runner().invoke
    assert run(args=["mail", "undeliverable"]).output == f"{ADDRESS}\tSomchai\n"
    assert run(args=["mail", "bounces", str(REPORTS)]).exit_code != 0
