"""Train the blend on staff's decisions, and switch what was learnt on or off.

A training reads the audit trail alone and notes how far it read, so that it can be done again. What
is due follows from the rows. A blend that is not better replaces nothing and cannot be switched on.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matchmaker.database import Transactions
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import SYSTEM, Actor, Permission
from matchmaker.matching import feedback
from matchmaker.matching.examples import count
from matchmaker.matching.feedback import Trained
from matchmaker.matching.ranking import Blend
from matchmaker.models import AuditEntry, TrainedBlend
from matchmaker.queries.blends import newest_blend, trained_in_force
from matchmaker.services import audit
from matchmaker.services.audit import AuditAction
from matchmaker.services.lessons import last_settled, read_lessons

NEW_DECISIONS: Final = 20
"""So many more decisions make a new training worth while."""


def training_due(session: Session, *, now: datetime) -> bool:
    """Tell whether there is enough to learn from, and much of it new since the last training.

    A program whose untrained weights changed is a reason, too: the comparison no longer holds.
    """
    until = last_settled(session, now)
    newest = newest_blend(session)
    if newest is not None and Blend.of(newest.base) == Blend():
        new = session.scalar(
            select(func.count(AuditEntry.id)).where(
                AuditEntry.action == AuditAction.MATCH_DECIDED,
                AuditEntry.id > newest.last_entry_id,
                AuditEntry.id <= until,
            )
        )
        if (new or 0) < NEW_DECISIONS:
            return False
    return count([lesson.example for lesson in read_lessons(session, until)]).enough


def train_due(transactions: Transactions, *, now: datetime, switch: bool = False) -> int:
    """Train if it is due; return how many blends were trained. `switch`: put a better one in
    force at once."""
    with transactions.read() as session:
        if not training_due(session, now=now):
            return 0
        until = last_settled(session, now)
        trained = train(session, until)
    if trained is None:
        return 0
    with transactions.write() as session:
        row = store(session, trained, until, now=now)
        if switch and row.better:
            switch_on(session, SYSTEM, row, now=now)
    return 1


def train(session: Session, until: int, base: Blend | None = None) -> Trained | None:
    """Learn from the audit trail up to this entry; None where it teaches too little.

    `base` is the untrained blend, by default that of this program.
    """
    examples = [lesson.example for lesson in read_lessons(session, until)]
    return feedback.train(examples, base or Blend())


def train_again(session: Session, row: TrainedBlend) -> Trained | None:
    """Repeat a stored training from the audit trail."""
    return train(session, row.last_entry_id, Blend.of(row.base))


def agrees(row: TrainedBlend, again: Trained | None) -> bool:
    """Tell whether a training, repeated, gave what is stored: the examples and the weights."""
    return again is not None and again.digest == row.digest and again.blend == Blend.of(row.weights)


def store(session: Session, trained: Trained, until: int, *, now: datetime) -> TrainedBlend:
    """Keep a training as the newest version, switched off."""
    newest = newest_blend(session)
    row = TrainedBlend(
        version=1 if newest is None else newest.version + 1,
        trained_at=now,
        approvals=trained.approvals,
        rejections=trained.rejections,
        last_entry_id=until,
        digest=trained.digest,
        base=asdict(trained.base),
        weights=asdict(trained.blend),
        measures=asdict(trained.comparison),
        better=trained.comparison.better,
        in_force=False,
    )
    session.add(row)
    audit.record(
        session, SYSTEM, AuditAction.BLEND_TRAINED, row, now=now,
        version=row.version, approvals=row.approvals, rejections=row.rejections,
        last_entry=until, digest=row.digest, better=row.better,
    )  # fmt: skip
    return row


def switch_on(session: Session, actor: Actor, row: TrainedBlend, *, now: datetime) -> TrainedBlend:
    """Let the newest blend rank, in place of the untrained or an older one; the worker follows.

    Raises DomainError: NOT_ALLOWED, BLEND_NOT_BETTER (it is worse, no better, or not the newest).
    """
    _check(actor)
    if not row.better or row != newest_blend(session):
        raise DomainError(ErrorCode.BLEND_NOT_BETTER)
    before = trained_in_force(session)
    if before is row:
        return row
    if before is not None:
        _switch(session, actor, before, on=False, now=now)
    return _switch(session, actor, row, on=True, now=now)


def switch_off(session: Session, actor: Actor, *, now: datetime) -> TrainedBlend | None:
    """Let the untrained blend rank again. Raises DomainError NOT_ALLOWED."""
    _check(actor)
    row = trained_in_force(session)
    return None if row is None else _switch(session, actor, row, on=False, now=now)


def _check(actor: Actor) -> None:
    if not actor.may(Permission.BLEND_ANY_SWITCH):
        raise DomainError(ErrorCode.NOT_ALLOWED)


def _switch(
    session: Session, actor: Actor, row: TrainedBlend, *, on: bool, now: datetime
) -> TrainedBlend:
    row.in_force, row.switched_at, row.switched_by_id = on, now, actor.user_id
    action = AuditAction.BLEND_SWITCHED_ON if on else AuditAction.BLEND_SWITCHED_OFF
    audit.record(session, actor, action, row, now=now, version=row.version)
    return row
