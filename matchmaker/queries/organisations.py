"""Organisations as their people and their centre see them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import choose
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import parse_reference
from matchmaker.models import Membership, Organisation, OrganisationText


def organisation_name(organisation: Organisation, locale: str) -> OrganisationText:
    """Return the name to show a reader of `locale`: own language, else English, else original."""
    by_language = {text.language: text for text in organisation.texts}
    return by_language[choose(list(by_language), locale, organisation.original_language)]


def my_memberships(session: Session, actor: Actor) -> Sequence[Membership]:
    """Return the actor's memberships and requests, oldest first."""
    return session.scalars(
        select(Membership)
        .where(Membership.user_id == actor.user_id)
        .options(selectinload(Membership.organisation).selectinload(Organisation.texts))
        .order_by(Membership.requested_at, Membership.organisation_id)
    ).all()


def open_requests(session: Session, actor: Actor) -> Sequence[Membership]:
    """Return the requests to join organisations that the actor owns, oldest first."""
    return session.scalars(
        select(Membership)
        .where(
            Membership.organisation_id.in_(actor.owned_organisation_ids),
            Membership.accepted_at.is_(None),
        )
        .options(
            selectinload(Membership.user),
            selectinload(Membership.organisation).selectinload(Organisation.texts),
        )
        .order_by(Membership.requested_at, Membership.user_id)
    ).all()


def open_request(session: Session, actor: Actor, reference: str, user_id: int) -> Membership:
    """Return one of the requests that the actor may answer. Raises DomainError NOT_FOUND."""
    for membership in open_requests(session, actor):
        if membership.organisation.reference == reference and membership.user_id == user_id:
            return membership
    raise DomainError(ErrorCode.NOT_FOUND)


def to_verify(session: Session, actor: Actor) -> Sequence[Organisation]:
    """Return the organisations that wait for the actor's centres, oldest first."""
    if not actor.may(Permission.ORGANISATION_CENTRE_VERIFY):
        return []
    return session.scalars(
        select(Organisation)
        .where(
            Organisation.verified_at.is_(None),
            Organisation.centre_id.in_(actor.acting_centre_ids),
        )
        .options(
            selectinload(Organisation.texts),
            selectinload(Organisation.sectors),
            selectinload(Organisation.memberships).selectinload(Membership.user),
        )
        .order_by(Organisation.created_at, Organisation.id)
    ).all()


def by_reference(session: Session, reference: str) -> Organisation:
    """Return the organisation that a typed reference names. Raises DomainError NOT_FOUND.

    Anybody with the reference finds it: the caller decides what of it to show.
    """
    canonical = parse_reference(reference)
    organisation = session.scalar(
        select(Organisation).where(Organisation.reference == (canonical or ""))
    )
    if organisation is None:
        raise DomainError(ErrorCode.NOT_FOUND, field="reference")
    return organisation


def for_verification(session: Session, actor: Actor, reference: str) -> Organisation:
    """Return an organisation of the actor's centres by reference. Raises DomainError NOT_FOUND."""
    organisation = by_reference(session, reference)
    if organisation.centre_id not in actor.acting_centre_ids:
        raise DomainError(ErrorCode.NOT_FOUND)
    return organisation
