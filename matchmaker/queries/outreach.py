"""Tasks and organisations of a centre: staff see those of the centres that they act for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, selectinload

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import parse_reference
from matchmaker.domain.vocabulary import ListingState, TaskState
from matchmaker.models import (
    Listing,
    ListingRevision,
    Membership,
    Organisation,
    OrganisationText,
    OutreachTask,
    User,
)

PER_PAGE: Final = 50
Row = TypeVar("Row")


class Account(StrEnum):
    """Which organisations of a centre to show."""

    WITHOUT = auto()
    WITH = auto()


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list; pages are numbered from 1."""

    rows: Sequence[Row]
    number: int
    pages: int
    total: int


def tasks(
    session: Session, actor: Actor, *, state: TaskState = TaskState.OPEN, page: int = 1
) -> Page[OutreachTask]:
    """Return the tasks of the actor's centres: open ones oldest first, others newest first."""
    found = select(OutreachTask).where(
        OutreachTask.state == state, OutreachTask.centre_id.in_(_centres(actor))
    )
    if state is TaskState.OPEN:
        ordered = found.order_by(OutreachTask.created_at, OutreachTask.id)
    else:
        ordered = found.order_by(OutreachTask.done_at.desc(), OutreachTask.id.desc())
    ordered = ordered.options(
        selectinload(OutreachTask.organisation).selectinload(Organisation.texts)
    )
    return _page(session, ordered, page)


def task(session: Session, actor: Actor, reference: str) -> OutreachTask:
    """Return a task of the actor's centres. Raises DomainError NOT_FOUND."""
    found = session.scalar(
        select(OutreachTask).where(
            OutreachTask.reference == (parse_reference(reference) or ""),
            OutreachTask.centre_id.in_(_centres(actor)),
        )
    )
    if found is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return found


def done_by(session: Session, task: OutreachTask) -> str:
    """Return the name of who carried a task out; '' where nobody did or the person is gone."""
    return session.scalar(select(User.name).where(User.id == task.done_by_id)) or ""


def organisations(
    session: Session,
    actor: Actor,
    *,
    account: Account = Account.WITHOUT,
    words: str = "",
    page: int = 1,
) -> Page[Organisation]:
    """Return the organisations of the actor's centres, newest first.

    `words` are looked for in names and references.
    """
    has_account = exists().where(
        Membership.organisation_id == Organisation.id, Membership.accepted_at.is_not(None)
    )
    found = select(Organisation).where(
        Organisation.centre_id.in_(_centres(actor, Permission.LISTING_CENTRE_POST)),
        has_account if account is Account.WITH else ~has_account,
    )
    if words:
        found = found.where(_named(words))
    ordered = found.order_by(Organisation.created_at.desc(), Organisation.id.desc()).options(
        selectinload(Organisation.texts)
    )
    return _page(session, ordered, page)


def organisation(session: Session, actor: Actor, reference: str) -> Organisation:
    """Return an organisation of the actor's centres. Raises DomainError NOT_FOUND."""
    found = session.scalar(
        select(Organisation).where(
            Organisation.reference == (parse_reference(reference) or ""),
            Organisation.centre_id.in_(_centres(actor, Permission.LISTING_CENTRE_POST)),
        )
    )
    if found is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return found


def listings_of(session: Session, organisation: Organisation, *, drafts: bool) -> Sequence[Listing]:
    """Return the listings of an organisation that the caller may see, without archived ones, what
    changed last first. `drafts`: also those that are still being written."""
    left_out = {ListingState.ARCHIVED} if drafts else {ListingState.ARCHIVED, ListingState.DRAFT}
    return session.scalars(
        select(Listing)
        .where(Listing.organisation_id == organisation.id, Listing.state.not_in(left_out))
        .options(selectinload(Listing.revisions).selectinload(ListingRevision.texts))
        .order_by(Listing.state_changed_at.desc(), Listing.id.desc())
        .limit(200)
    ).all()


def tasks_of(session: Session, actor: Actor, organisation: Organisation) -> Sequence[OutreachTask]:
    """Return what is open to be told to an organisation, oldest first."""
    return session.scalars(
        select(OutreachTask)
        .where(
            OutreachTask.organisation_id == organisation.id,
            OutreachTask.state == TaskState.OPEN,
            OutreachTask.centre_id.in_(_centres(actor)),
        )
        .order_by(OutreachTask.created_at, OutreachTask.id)
    ).all()


def _centres(actor: Actor, permission: Permission = Permission.TASK_CENTRE_DO) -> frozenset[int]:
    return actor.acting_centre_ids if actor.may(permission) else frozenset()


def _named(words: str) -> ColumnElement[bool]:
    reference = parse_reference(words)
    if reference is not None:
        return Organisation.reference == reference
    return exists().where(
        OrganisationText.organisation_id == Organisation.id,
        OrganisationText.name.icontains(words, autoescape=True),
    )


def _page(session: Session, found: Select[Any], number: int) -> Page[Any]:
    total = session.scalar(select(func.count()).select_from(found.order_by(None).subquery())) or 0
    pages = max(1, -(-total // PER_PAGE))
    number = min(max(number, 1), pages)
    rows = session.scalars(found.offset((number - 1) * PER_PAGE).limit(PER_PAGE)).all()
    return Page(rows, number, pages, total)
