"""What somebody was told and wants to be told, and what of it they may still read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.notifications import (
    CHOOSABLE,
    STAFF_KINDS,
    Frequency,
    NotificationKind,
    usual_frequency,
)
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import Side
from matchmaker.models import (
    Listing,
    Match,
    Notification,
    NotificationPreference,
    SavedSearch,
    User,
)

PAGE_SIZE = 30


def _own(actor: Actor) -> ColumnElement[bool]:
    return Notification.user_id == (actor.user_id or 0)


def unread_count(session: Session, actor: Actor) -> int:
    """Return how much the person has not read."""
    return session.scalars(
        select(func.count()).select_from(Notification).where(_own(actor), _unread())
    ).one()


def count(session: Session, actor: Actor) -> int:
    """Return how much the person was told."""
    return session.scalars(select(func.count()).select_from(Notification).where(_own(actor))).one()


def own_notifications(session: Session, actor: Actor, *, page: int) -> Sequence[Notification]:
    """Return a page (from 1) of what the person was told, the newest first."""
    return session.scalars(
        select(Notification)
        .where(_own(actor))
        .order_by(Notification.at.desc(), Notification.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()


def own_notification(session: Session, actor: Actor, token: str) -> Notification:
    """Return one that the person was told. Raises DomainError NOT_FOUND."""
    found = session.scalar(select(Notification).where(_own(actor), Notification.token == token))
    if found is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return found


def by_ids(session: Session, ids: Collection[int]) -> Sequence[Notification]:
    """Return the notifications of a digest, in the order in which they happened."""
    return session.scalars(
        select(Notification)
        .where(Notification.id.in_(ids))
        .order_by(Notification.at, Notification.id)
    ).all()


def _unread() -> ColumnElement[bool]:
    return Notification.read_at.is_(None)


def kinds_of(actor: Actor) -> list[NotificationKind]:
    """Return the kinds that a person can choose a frequency for, in the order of the list."""
    return [kind for kind in CHOOSABLE if actor.is_staff or kind not in STAFF_KINDS]


def frequencies(
    session: Session, user_ids: Collection[int], kind: NotificationKind
) -> Mapping[int, Frequency]:
    """Return how often each of these people wants mails of a kind."""
    usual = usual_frequency(kind)
    chosen = session.execute(
        select(NotificationPreference.user_id, NotificationPreference.frequency).where(
            NotificationPreference.user_id.in_(user_ids), NotificationPreference.kind == kind
        )
    )
    return dict.fromkeys(user_ids, usual) | {row[0]: row[1] for row in chosen}


def own_frequencies(session: Session, user_id: int) -> Mapping[NotificationKind, Frequency]:
    """Return how often somebody wants mails of each kind."""
    chosen = session.execute(
        select(NotificationPreference.kind, NotificationPreference.frequency).where(
            NotificationPreference.user_id == user_id
        )
    )
    usual = {kind: usual_frequency(kind) for kind in NotificationKind}
    return usual | {row[0]: row[1] for row in chosen}


def told_about(
    session: Session,
    user_ids: Collection[int],
    kind: NotificationKind,
    subject: str,
    *,
    since: datetime,
) -> frozenset[int]:
    """Return those of these people who have not read yet what they were told about `subject`, and
    whose mail about it is still to come or was written after `since`."""
    return frozenset(
        session.scalars(
            select(Notification.user_id).where(
                Notification.user_id.in_(user_ids),
                Notification.kind == kind,
                Notification.subject == subject,
                _unread(),
                (Notification.mailed_at.is_(None)) | (Notification.mailed_at > since),
            )
        )
    )


def person_of_mail_key(session: Session, mail_key: str) -> User | None:
    """Return whom a signed link of a mail names."""
    return session.scalar(select(User).where(User.mail_key == mail_key))


def may_name_listing(session: Session, actor: Actor, reference: str) -> bool:
    """Tell whether the person may read the title that a listing's owner sees."""
    if actor.system:
        return True
    owner = session.execute(
        select(Listing.organisation_id, Listing.centre_id).where(Listing.reference == reference)
    ).one_or_none()
    return owner is not None and (
        owner.organisation_id in actor.organisation_ids or bool(actor.centre_ids)
    )


def may_name_match(session: Session, actor: Actor, reference: str) -> bool:
    """Tell whether the person takes part in a match, as a party or for one of its centres."""
    if actor.system:
        return True
    match = session.scalar(select(Match).where(Match.reference == reference))
    return match is not None and any(
        match.listing(side).organisation_id in actor.organisation_ids
        or match.centre_id(side) in actor.acting_centre_ids
        for side in Side
    )


def own_search_name(session: Session, actor: Actor, reference: str) -> str:
    """Return what the person calls one of their saved searches; '' where it is gone."""
    found = session.scalar(select(SavedSearch).where(SavedSearch.reference == reference))
    own = found is not None and (actor.system or found.user_id == actor.user_id)
    return found.name if found is not None and own else ""
