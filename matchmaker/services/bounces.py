"""Mails that came back: written down by address, once each; what a confirmed address forgets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from matchmaker.database import insert_new
from matchmaker.domain.notifications import BounceCode
from matchmaker.models import MailBounce, OutgoingMail, User
from matchmaker.queries.mail_addresses import address_hash, is_undeliverable
from matchmaker.services.delivery_reports import Report
from matchmaker.services.outbox import message_mark

_ASKED_FOR: Final = "account\\_%"
"""Codes of mails that a person asks for at this moment: they are tried all the same."""


def record(
    session: Session,
    mail: OutgoingMail,
    *,
    code: BounceCode,
    status: str,
    key: str,
    now: datetime,
) -> bool:
    """Write down that a mail came back; return whether that was news.

    `status` is RFC 3463's, '' where there is none; `key` names the report. An address from which
    too much came back for good gets no more mails, and what waits for it is given up.
    """
    person = session.scalar(select(User).where(User.email == mail.recipient.lower()))
    row = {
        "dedupe_key": key[:160],
        "address_hash": address_hash(mail.recipient),
        "user_id": person.id if person else None,
        "mail_id": mail.id,
        "code": code,
        "status": status[:16],
        "at": now,
    }
    table = MailBounce.__table__
    made = insert_new(
        session, table, [row], key=["dedupe_key"], returning=table.c.id  # type: ignore[arg-type]
    )  # fmt: skip
    if made and is_undeliverable(session, mail.recipient):
        _give_up_waiting(session, mail.recipient, now)
    return bool(made)


def _give_up_waiting(session: Session, recipient: str, now: datetime) -> None:
    session.execute(
        update(OutgoingMail)
        .where(
            OutgoingMail.recipient == recipient,
            OutgoingMail.next_attempt_at.is_not(None),
            OutgoingMail.code.not_like(_ASKED_FOR, escape="\\"),
        )
        .values(next_attempt_at=None, gave_up_at=now, last_error="mails to this address came back")
    )


def record_report(session: Session, report: Report, *, now: datetime) -> bool | None:
    """Write down what a delivery report says of one of our mails; return whether that was news.

    None for one that is not about a mail of ours: it has to bring back the Message-ID that we
    gave a mail to that address, so that nobody else can stop somebody's mails.
    """
    mail = _mail_of(session, report)
    if mail is None:
        return None
    return record(
        session, mail, code=report.code, status=report.status, now=now,
        key=f"report:{mail.id}:{report.code}:{report.status}",
    )  # fmt: skip


def _mail_of(session: Session, report: Report) -> OutgoingMail | None:
    candidates: Sequence[OutgoingMail] = session.scalars(
        select(OutgoingMail).where(OutgoingMail.recipient.in_(report.addresses))
    ).all()
    return next(
        (mail for mail in candidates if message_mark(mail.dedupe_key) == report.message_mark), None
    )


def clear(session: Session, address: str, *, now: datetime) -> None:
    """Forget what came back from an address: its owner has just confirmed it."""
    session.execute(
        update(MailBounce)
        .where(MailBounce.address_hash == address_hash(address), MailBounce.cleared_at.is_(None))
        .values(cleared_at=now)
    )
