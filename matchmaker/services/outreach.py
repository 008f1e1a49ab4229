"""Reaching organisations: by mail where somebody has an account, else as a task for staff."""

import hashlib
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import clean_text
from matchmaker.domain.notifications import CODES
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import Channel, TaskKind, TaskState
from matchmaker.models import Listing, Match, Membership, Organisation, OutreachTask, User
from matchmaker.services import audit
from matchmaker.services.mail import mail_user, queue_mail
from matchmaker.services.notifications import notify

MAX_NOTE: Final = 1000
MAX_QUESTION: Final = 2000
_MOOT: Final = (TaskKind.CONSENT, TaskKind.INTRODUCTION, TaskKind.QUESTION)
"""What needs no doing once the match has ended."""


def members(session: Session, organisation: Organisation) -> list[User]:
    """Return the people who act for an organisation and can read mail."""
    return list(
        session.scalars(
            select(User)
            .join(Membership)
            .where(
                Membership.organisation_id == organisation.id,
                Membership.accepted_at.is_not(None),
                User.active,
                User.confirmed_at.is_not(None),
            )
            .order_by(User.id)
        )
    )


def tell_organisation(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    *,
    code: str,
    task: TaskKind,
    dedupe_key: str,
    now: datetime,
    listing: Listing | None = None,
    match: Match | None = None,
    **data: object,
) -> None:
    """Tell the people of an organisation something, once.

    `code` names the mail (and, for staff, the letter) and `data` what it needs; `dedupe_key` names
    the event. Without an account it becomes a task with a printable letter; a contact person who is
    reached by e-mail is written to besides.
    """
    people = members(session, organisation)
    if code in CODES:
        notify(session, people, code, key=dedupe_key, now=now, **data)
    else:  # a letter to them
        for person in people:
            mail_user(session, person, code=code, dedupe_key=dedupe_key, now=now, **data)
    if people:
        return
    open_task(
        session, actor, organisation, kind=task, dedupe_key=dedupe_key, now=now,
        listing=listing, match=match, code=code, **data,
    )  # fmt: skip
    if organisation.channel is Channel.EMAIL and organisation.contact_email:
        queue_mail(
            session,
            code=code,
            recipient=organisation.contact_email,
            locale=organisation.contact_language,
            user=None,
            dedupe_key=f"{dedupe_key}:organisation:{organisation.id}",
            now=now,
            **data,
        )


def open_task(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    *,
    kind: TaskKind,
    dedupe_key: str,
    now: datetime,
    listing: Listing | None = None,
    match: Match | None = None,
    **data: object,
) -> OutreachTask:
    """Open a task for the centre of an organisation, or return the one that the key names."""
    key = f"{dedupe_key}:organisation:{organisation.id}"
    task = session.scalar(select(OutreachTask).where(OutreachTask.dedupe_key == key))
    if task is None:
        task = OutreachTask(
            reference=new_reference(Prefix.TASK),
            kind=kind,
            state=TaskState.OPEN,
            organisation=organisation,
            centre_id=organisation.centre_id,
            listing=listing,
            match=match,
            dedupe_key=key,
            data=data,
            created_at=now,
        )
        session.add(task)
        audit.record(session, actor, audit.AuditAction.TASK_OPENED, task, now=now, kind=kind)
    return task


def finish_task(
    session: Session, actor: Actor, task: OutreachTask, *, note: str, now: datetime
) -> OutreachTask:
    """Close a task that was carried out; `note` says what came of it.

    Raises DomainError: TASK_DONE, TEXT_TOO_LONG.
    """
    session.flush()  # a refresh would throw away what was not written yet
    session.refresh(task, with_for_update=True)
    if task.state is not TaskState.OPEN:
        raise DomainError(ErrorCode.TASK_DONE)
    if len(note) > MAX_NOTE:
        raise DomainError(ErrorCode.TEXT_TOO_LONG, field="note", limit=MAX_NOTE, length=len(note))
    task.state = TaskState.DONE
    task.note = note
    task.done_at = now
    task.done_by_id = actor.user_id
    audit.record(session, actor, audit.AuditAction.TASK_DONE, task, now=now)
    return task


def drop_tasks(session: Session, actor: Actor, match: Match, *, now: datetime) -> None:
    """Let nobody ask or introduce an organisation any more because of a match that just ended."""
    for task in session.scalars(
        select(OutreachTask).where(
            OutreachTask.match_id == match.id,
            OutreachTask.state == TaskState.OPEN,
            OutreachTask.kind.in_(_MOOT),
        )
    ):
        task.state, task.done_at, task.done_by_id = TaskState.DROPPED, now, actor.user_id
        audit.record(session, actor, audit.AuditAction.TASK_DROPPED, task, now=now)


def ask_question(
    session: Session, actor: Actor, organisation: Organisation, text: str, *, now: datetime
) -> None:
    """Ask an organisation something: its people by mail, one without an account by a task.

    The same question on the same day is asked once. Raises DomainError: NOT_ALLOWED (only staff of
    its centre ask), TEXT_EMPTY, TEXT_TOO_LONG.
    """
    if not actor.may(Permission.TASK_CENTRE_DO) or (
        not actor.system and organisation.centre_id not in actor.acting_centre_ids
    ):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    question = clean_text(text)
    if not question:
        raise DomainError(ErrorCode.TEXT_EMPTY, field="question")
    if len(question) > MAX_QUESTION:
        raise DomainError(
            ErrorCode.TEXT_TOO_LONG, field="question", limit=MAX_QUESTION, length=len(question)
        )
    mark = hashlib.sha256(question.encode()).hexdigest()[:16]
    centre = organisation.centre
    tell_organisation(
        session, actor, organisation,
        code="question_asked",
        task=TaskKind.QUESTION,
        dedupe_key=f"question:{organisation.id}:{now.date().isoformat()}:{mark}",
        now=now,
        reference=organisation.reference,
        question=question,
        centre=centre.code,
        answer_to=centre.email or centre.phone,
    )  # fmt: skip
