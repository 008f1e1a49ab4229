"""Which addresses mails come back from. They are kept as hashes: a bounce outlives no account."""

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from matchmaker.domain.notifications import MOST_BOUNCES, BounceCode
from matchmaker.models import MailBounce, Membership, Organisation, User


def address_hash(address: str) -> str:
    """Return the hash under which an address is kept."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()


def undeliverable(session: Session, addresses: Iterable[str]) -> frozenset[str]:
    """Return those of `addresses` that are no longer mailed, because mails came back for good."""
    by_hash = {address_hash(address): address for address in addresses}
    return frozenset(
        by_hash[each] for each in _marked(session, MailBounce.address_hash.in_(by_hash))
    )


def is_undeliverable(session: Session, address: str) -> bool:
    """Tell whether an address is no longer mailed."""
    return bool(undeliverable(session, [address]))


def undeliverable_people(session: Session) -> Sequence[User]:
    """Return the people who are no longer mailed, by address."""
    bounced = session.scalars(
        select(User).join(MailBounce, MailBounce.user_id == User.id).distinct().order_by(User.email)
    ).all()
    marked = undeliverable(session, [person.email for person in bounced])
    return [person for person in bounced if person.email in marked]


def comes_back_from(session: Session, organisation: Organisation) -> bool:
    """Tell whether no mail reaches an organisation: none of its people, or its contact person."""
    people = session.scalars(
        select(User.email)
        .join(Membership)
        .where(
            Membership.organisation_id == organisation.id,
            Membership.accepted_at.is_not(None),
            User.active,
        )
    ).all()
    contact = organisation.contact_email
    addresses = people or ([contact] if contact else [])
    return bool(addresses) and len(undeliverable(session, addresses)) == len(set(addresses))


def _marked(session: Session, condition: ColumnElement[bool]) -> Sequence[str]:
    return session.scalars(
        select(MailBounce.address_hash)
        .where(condition, MailBounce.code == BounceCode.PERMANENT, MailBounce.cleared_at.is_(None))
        .group_by(MailBounce.address_hash)
        .having(func.count() >= MOST_BOUNCES)
    ).all()
