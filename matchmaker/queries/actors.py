"""Who somebody is: built once for a request from the account's rows."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from matchmaker.domain.languages import BRIDGE
from matchmaker.domain.permissions import VISITOR, Actor, Role
from matchmaker.domain.vocabulary import AppointmentRole, MembershipRole
from matchmaker.models import (
    Appointment,
    Centre,
    CentreDelegation,
    CentreLanguage,
    Membership,
    User,
)
from matchmaker.models import Role as SiteRole
from matchmaker.queries.centres import delegation_runs


def load_actor(session: Session, user_id: int | None, *, now: datetime) -> Actor:
    """Return what the account `user_id` is and may at `now`; a visitor where there is none or it is
    off."""
    user = (
        session.get(
            User,
            user_id,
            options=[
                selectinload(User.memberships).joinedload(Membership.organisation),
                selectinload(User.appointments),
                selectinload(User.roles),
            ],
        )
        if user_id is not None
        else None
    )
    if user is None or not user.active:
        return VISITOR
    if user.confirmed_at is None:
        return Actor(user_id=user.id, roles=frozenset({Role.VISITOR}), locale=user.locale)
    accepted = [m for m in user.memberships if m.accepted_at is not None]
    verified = frozenset(m.organisation_id for m in accepted if m.organisation.verified_at)
    appointments = user.appointments
    centre_ids = frozenset(a.centre_id for a in appointments)
    return Actor(
        user_id=user.id,
        roles=_roles(user.roles, appointments, member=bool(verified)),
        verified_organisation_ids=verified,
        unverified_organisation_ids=frozenset(m.organisation_id for m in accepted) - verified,
        owned_organisation_ids=frozenset(
            m.organisation_id for m in accepted if m.role is MembershipRole.OWNER
        ),
        centre_ids=centre_ids,
        lead_centre_ids=frozenset(
            a.centre_id for a in appointments if a.role is AppointmentRole.LEAD
        ),
        acting_centre_ids=_acting_for(session, centre_ids, now),
        languages=_languages(session, user, centre_ids),
        locale=user.locale,
    )


def _roles(
    site_roles: list[SiteRole], appointments: list[Appointment], *, member: bool
) -> frozenset[Role]:
    roles = {Role.ACCOUNT} | {Role(role.name) for role in site_roles}
    if member:
        roles.add(Role.MEMBER)
    if appointments:
        roles.add(Role.STAFF)
    if any(a.role is AppointmentRole.LEAD for a in appointments):
        roles.add(Role.LEAD)
    return frozenset(roles)


def _acting_for(session: Session, centre_ids: frozenset[int], now: datetime) -> frozenset[int]:
    """Their own centres, those that delegated to them, and for the head office inactive ones."""
    if not centre_ids:
        return frozenset()
    delegated = session.scalars(
        select(CentreDelegation.centre_id).where(
            CentreDelegation.delegate_id.in_(centre_ids), delegation_runs(now)
        )
    )
    acting = centre_ids | frozenset(delegated)
    head_office = session.scalar(
        select(Centre.id).where(Centre.head_office, Centre.id.in_(centre_ids))
    )
    if head_office is not None:
        acting |= frozenset(session.scalars(select(Centre.id).where(~Centre.active)))
    return acting


def _languages(session: Session, user: User, centre_ids: frozenset[int]) -> frozenset[str]:
    centre_languages = session.scalars(
        select(CentreLanguage.language).where(CentreLanguage.centre_id.in_(centre_ids))
    )
    return frozenset({user.locale, BRIDGE, *centre_languages})
