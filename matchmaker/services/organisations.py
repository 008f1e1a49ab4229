"""Organisations and who acts for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import (
    MAX_SECTORS,
    MembershipRole,
    OrganisationSize,
    OrganisationType,
)
from matchmaker.models import (
    Membership,
    Organisation,
    OrganisationSector,
    OrganisationText,
    Sector,
    User,
)
from matchmaker.queries.centres import responsible_centre
from matchmaker.services import audit
from matchmaker.services.audit import AuditAction
from matchmaker.services.notifications import notify


def create(
    session: Session,
    actor: Actor,
    *,
    name: str,
    language: str,
    organisation_type: OrganisationType,
    size: OrganisationSize,
    country: str,
    province: str | None,
    city: str | None,
    website: str | None,
    sectors: Sequence[str],
    now: datetime,
) -> Organisation:
    """Register an organisation that waits to be verified; the actor becomes its owner.

    `country` is ISO 3166-1, `province` ISO 3166-2. Raises DomainError for a second one of the same
    name in the country, or for unknown sectors.
    """
    user = _person(session, actor, Permission.ORGANISATION_CREATE)
    clean = unicodedata.normalize("NFC", " ".join(name.split()))
    if _same_name(session, clean, country):
        raise DomainError(ErrorCode.ORGANISATION_DUPLICATE, field="name")
    place = province if province and province.startswith(f"{country}-") else None
    organisation = Organisation(
        reference=new_reference(Prefix.ORGANISATION),
        organisation_type=organisation_type,
        size=size,
        country=country,
        province=place,
        city=city or None,
        website=website or None,
        original_language=language,
        centre=responsible_centre(session, country, place),
        contact_name=user.name,
        contact_email=user.email,
        contact_language=user.locale,
        created_at=now,
        texts=[OrganisationText(language=language, name=clean)],
        sectors=[OrganisationSector(sector_code=code) for code in _known(session, sectors)],
    )
    session.add(organisation)
    session.add(
        Membership(
            user=user,
            organisation=organisation,
            role=MembershipRole.OWNER,
            requested_at=now,
            accepted_at=now,
        )
    )
    audit.record(session, actor, AuditAction.ORGANISATION_CREATED, organisation, now=now)
    return organisation


def verify(
    session: Session, actor: Actor, organisation: Organisation, *, now: datetime
) -> Organisation:
    """Staff of the responsible centre say that the organisation is what it says; its people hear.

    Again on a verified one changes nothing. Raises DomainError for anybody else.
    """
    _require(actor, Permission.ORGANISATION_CENTRE_VERIFY)
    if organisation.centre_id not in actor.acting_centre_ids or (
        organisation.id in actor.organisation_ids
    ):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    if organisation.verified_at is None:
        organisation.verified_at = now
        organisation.verified_by_id = actor.user_id
        audit.record(session, actor, AuditAction.ORGANISATION_VERIFIED, organisation, now=now)
        notify(
            session,
            [one.user for one in organisation.memberships if one.accepted_at is not None],
            "organisation_verified",
            key=f"organisation-verified:{organisation.id}",
            now=now,
            reference=organisation.reference,
        )
    return organisation


def request_membership(
    session: Session, actor: Actor, organisation: Organisation, *, now: datetime
) -> Membership:
    """Ask to act for an organisation; its owners hear and decide.

    Raises DomainError for somebody who belongs to it or has already asked.
    """
    user = _person(session, actor, Permission.ACCOUNT_OWN_MANAGE)
    if session.get(Membership, (user.id, organisation.id)) is not None:
        raise DomainError(ErrorCode.MEMBER_ALREADY, field="reference")
    owners = [m.user for m in organisation.memberships if _is_owner(m)]
    if not owners:
        raise DomainError(ErrorCode.NOT_FOUND, field="reference")
    membership = Membership(
        user=user, organisation=organisation, role=MembershipRole.MEMBER, requested_at=now
    )
    session.add(membership)
    audit.record(
        session, actor, AuditAction.MEMBERSHIP_REQUESTED, organisation, now=now, user=user.id
    )
    notify(
        session,
        owners,
        "membership_requested",
        key=f"membership:{organisation.id}:{user.id}:{now.isoformat()}",
        now=now,
        reference=organisation.reference,
    )
    return membership


def answer_membership(
    session: Session, actor: Actor, membership: Membership, *, accept: bool, now: datetime
) -> None:
    """An owner lets somebody in, or refuses: then the request is gone and may be made again.

    Raises DomainError for anybody but an owner.
    """
    if membership.organisation_id not in actor.owned_organisation_ids:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    if membership.accepted_at is not None:
        return
    action = AuditAction.MEMBERSHIP_ACCEPTED if accept else AuditAction.MEMBERSHIP_REFUSED
    audit.record(session, actor, action, membership.organisation, now=now, user=membership.user_id)
    notify(
        session,
        [membership.user],
        "membership_accepted" if accept else "membership_refused",
        key=f"membership-answer:{membership.organisation_id}:{now.isoformat()}",
        now=now,
        reference=membership.organisation.reference,
    )
    if accept:
        membership.accepted_at = now
    else:
        session.delete(membership)


def _is_owner(membership: Membership) -> bool:
    return membership.role is MembershipRole.OWNER and membership.accepted_at is not None


def _require(actor: Actor, permission: Permission) -> None:
    if not actor.may(permission):
        raise DomainError(ErrorCode.NOT_ALLOWED)


def _person(session: Session, actor: Actor, permission: Permission) -> User:
    _require(actor, permission)
    user = session.get(User, actor.user_id) if actor.user_id is not None else None
    if user is None:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    return user


def _same_name(session: Session, name: str, country: str) -> bool:
    found = session.scalar(
        select(OrganisationText.organisation_id)
        .join(Organisation)
        .where(func.lower(OrganisationText.name) == name.lower(), Organisation.country == country)
        .limit(1)
    )
    return found is not None


def _known(session: Session, codes: Sequence[str]) -> list[str]:
    """The codes without repetition, in order. Raises DomainError for unknown or too many ones."""
    wanted = list(dict.fromkeys(codes))
    if len(wanted) > MAX_SECTORS:
        raise DomainError(ErrorCode.TOO_MANY_SECTORS, field="sectors")
    known = set(session.scalars(select(Sector.code).where(Sector.code.in_(wanted))))
    for code in wanted:
        if code not in known:
            raise DomainError(ErrorCode.UNKNOWN_CODE, field="sectors", value=code)
    return wanted
