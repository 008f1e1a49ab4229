"""The sending state of mails: claimed, sent, to be tried again, given up, dropped.

A mail is sent at least once. It is claimed for a while before it is sent and marked afterwards; a
process that dies in between leaves the claim, and when that has run out the mail is sent again.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matchmaker.models import OutgoingMail, User

CLAIM_FOR: Final = timedelta(minutes=3)
"""Longer than any server may take to answer, so that two processes never send one mail at once."""
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=6)
GIVE_UP_AFTER: Final = timedelta(days=3)
MAX_ERROR: Final = 300
_SECRETS: Final = ("link", "code")
"""What opens an account is not kept once it was sent."""


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail that this process may send now."""

    id: int
    key: str
    recipient: str
    name: str | None
    locale: str
    code: str
    data: dict[str, Any]
    created_at: datetime
    mail_key: str | None = None
    """Names the person in signed links; None for somebody without an account."""
    user_id: int | None = None


def claim_next(session: Session, *, now: datetime) -> ClaimedMail | None:
    """Claim the mail that has waited longest, or return None when none is due."""
    mail = session.scalar(
        select(OutgoingMail)
        .where(OutgoingMail.next_attempt_at <= now)
        .order_by(OutgoingMail.next_attempt_at, OutgoingMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if mail is None:
        return None
    person = session.get(User, mail.user_id) if mail.user_id is not None else None
    mail.attempts += 1
    mail.next_attempt_at = now + CLAIM_FOR
    return ClaimedMail(
        id=mail.id,
        key=mail.dedupe_key,
        recipient=mail.recipient,
        name=person.name if person else None,
        locale=mail.locale,
        code=mail.code,
        data=dict(mail.data),
        created_at=mail.created_at,
        mail_key=person.mail_key if person else None,
        user_id=mail.user_id,
    )


def message_mark(key: str) -> str:
    """Return what stands before the @ in the Message-ID of the mail with this dedupe key."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def mark_sent(session: Session, mail_id: int, *, now: datetime) -> None:
    """Write down that a mail was taken by the server."""
    mail = session.get_one(OutgoingMail, mail_id)
    mail.sent_at, mail.next_attempt_at, mail.last_error = now, None, None
    mail.data = {name: value for name, value in mail.data.items() if name not in _SECRETS}


def mark_failed(
    session: Session, mail_id: int, *, error: str, now: datetime, permanent: bool = False
) -> None:
    """Write down why a mail was not taken, and when to try again: after 1, 2, 4 … minutes.

    Gives up three days after the mail was written, or at once when the refusal is `permanent`.
    """
    mail = session.get_one(OutgoingMail, mail_id)
    mail.last_error = " ".join(error.split())[:MAX_ERROR]
    if permanent or now - mail.created_at >= GIVE_UP_AFTER:
        mail.gave_up_at, mail.next_attempt_at = now, None
    else:
        mail.next_attempt_at = now + wait_after(mail.attempts)


def mark_dropped(session: Session, mail_id: int, *, why: str) -> None:
    """Write down that a mail is not sent because what it tells no longer concerns its reader: no
    failure, and nobody tries again."""
    mail = session.get_one(OutgoingMail, mail_id)
    mail.next_attempt_at, mail.last_error = None, why


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts (1 or more)."""
    factor: int = 1 << min(attempts - 1, 20)
    return min(FIRST_WAIT * factor, LONGEST_WAIT)


def mails_due(session: Session, *, now: datetime) -> int:
    """Return how many mails are to be tried now."""
    return session.scalars(
        select(func.count()).select_from(OutgoingMail).where(OutgoingMail.next_attempt_at <= now)
    ).one()
