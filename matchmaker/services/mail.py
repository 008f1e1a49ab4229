"""Mails are rows first: written with what they tell of, sent by the worker after the commit."""

from datetime import datetime

from sqlalchemy.orm import Session

from matchmaker.database import upsert
from matchmaker.models import OutgoingMail, User


def queue_mail(
    session: Session,
    *,
    code: str,
    recipient: str,
    locale: str,
    dedupe_key: str,
    now: datetime,
    user: User | None = None,
    **data: object,
) -> None:
    """Write down a mail to be sent once; the same `dedupe_key` again changes nothing.

    `code` names the template in `templates/mail/`; `data` is what it needs, as JSON values.
    """
    row = {
        "dedupe_key": dedupe_key,
        "recipient": recipient,
        "user_id": user.id if user else None,
        "locale": locale,
        "code": code,
        "data": data,
        "created_at": now,
        "next_attempt_at": now,
        "attempts": 0,
    }
    upsert(session, OutgoingMail.__table__, [row], key=["dedupe_key"])  # type: ignore[arg-type]


def mail_user(
    session: Session, user: User, *, code: str, dedupe_key: str, now: datetime, **data: object
) -> None:
    """Write down a mail to somebody with an account, in the language of the account."""
    queue_mail(
        session,
        code=code,
        recipient=user.email,
        locale=user.locale,
        dedupe_key=f"{dedupe_key}:user:{user.id}",
        now=now,
        user=user,
        **data,
    )
