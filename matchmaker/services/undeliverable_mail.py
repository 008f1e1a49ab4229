"""What an administrator does about an address that mails do not reach."""

from datetime import datetime

from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.queries.undeliverable_mail import Trouble, undeliverable_mail
from matchmaker.services import audit, bounces


def try_again(session: Session, actor: Actor, key: str, *, now: datetime) -> int:
    """Send once more what was given up for an address; return how many mails.

    `key` names the address, as `Trouble.key` does. What a person asked for at some moment, like a
    new password, is not sent again. Raises DomainError: NOT_ALLOWED, NOT_FOUND.
    """
    trouble = _trouble(session, actor, key, now)
    mails = trouble.again
    for mail in mails:
        mail.gave_up_at, mail.next_attempt_at, mail.attempts = None, now, 0
    if mails:
        audit.record(
            session, actor, audit.AuditAction.MAIL_TRIED_AGAIN, mails[-1], now=now,
            mails=[mail.id for mail in mails],
        )  # fmt: skip
    return len(mails)


def works_again(session: Session, actor: Actor, key: str, *, now: datetime) -> None:
    """Forget what came back from an address: from now on it gets mails as before.

    Raises DomainError: NOT_ALLOWED, NOT_FOUND.
    """
    trouble = _trouble(session, actor, key, now)
    if not trouble.bounces:
        raise DomainError(ErrorCode.NOT_FOUND)
    bounces.clear(session, trouble.address, now=now)
    audit.record(
        session, actor, audit.AuditAction.MAIL_ADDRESS_CLEARED, trouble.bounces[-1], now=now,
        bounces=len(trouble.bounces),
    )  # fmt: skip


def _trouble(session: Session, actor: Actor, key: str, now: datetime) -> Trouble:
    if not actor.may(Permission.USER_ANY_MANAGE):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    for trouble in undeliverable_mail(session, actor, now=now):
        if trouble.key == key:
            return trouble
    raise DomainError(ErrorCode.NOT_FOUND)
