"""Machine's versions of messages that are wanted: which comes next, and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from matchmaker.models import CaseMessage, CaseMessageTranslation

CLAIM_FOR: Final = timedelta(minutes=10)
"""Longer than a service may take, so that two processes never ask for the same."""
MAX_ATTEMPTS: Final = 4
FIRST_WAIT: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message to be translated by this process."""

    message_id: int
    text: str
    source: str
    target: str


def claim_next(session: Session, *, now: datetime) -> Wanted | None:
    """Claim the version that has waited longest, or return None when none is due.

    One whose last claim ran out is given up: nobody wrote down what came of it, four times.
    """
    session.execute(
        update(CaseMessageTranslation)
        .where(
            CaseMessageTranslation.next_attempt_at <= now,
            CaseMessageTranslation.attempts >= MAX_ATTEMPTS,
        )
        .values(next_attempt_at=None)
    )
    row = session.execute(
        select(CaseMessageTranslation, CaseMessage)
        .join(CaseMessage, CaseMessage.id == CaseMessageTranslation.message_id)
        .where(CaseMessageTranslation.next_attempt_at <= now)
        .order_by(CaseMessageTranslation.next_attempt_at, CaseMessageTranslation.message_id)
        .limit(1)
        .with_for_update(of=CaseMessageTranslation, skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    translation, message = row
    translation.attempts += 1
    translation.next_attempt_at = now + CLAIM_FOR
    return Wanted(message.id, message.body, message.language, translation.language)


def keep(session: Session, wanted: Wanted, text: str, *, made_by: str, now: datetime) -> None:
    """Write down a version that was made by the machine called `made_by`."""
    translation = _row(session, wanted)
    translation.text, translation.made_by = text, made_by
    translation.made_at, translation.next_attempt_at = now, None


def mark_failed(session: Session, wanted: Wanted, *, permanent: bool, now: datetime) -> None:
    """Write down that no version was made: it is tried again after 1, 2, 4 minutes, then given up;
    at once when it is `permanent`. The original stands."""
    translation = _row(session, wanted)
    if permanent or translation.attempts >= MAX_ATTEMPTS:
        translation.next_attempt_at = None
    else:
        factor: int = 1 << (translation.attempts - 1)
        translation.next_attempt_at = now + FIRST_WAIT * factor


def is_due(session: Session, *, now: datetime) -> bool:
    """Tell whether a version waits to be made."""
    due = select(CaseMessageTranslation.message_id).where(
        CaseMessageTranslation.next_attempt_at <= now
    )
    return session.scalar(due.limit(1)) is not None


def _row(session: Session, wanted: Wanted) -> CaseMessageTranslation:
    return session.get_one(CaseMessageTranslation, (wanted.message_id, wanted.target))
