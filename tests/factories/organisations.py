"""Organisations and their people."""

from sqlalchemy.orm import Session

from matchmaker.domain.countries import LANGUAGE_OF
from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import (
    Channel,
    MembershipRole,
    OrganisationSize,
    OrganisationType,
)
from matchmaker.models import Centre, Membership, Organisation, OrganisationText, User
from matchmaker.queries.centres import responsible_centre
from tests.factories.clock import NOW, serial
from tests.factories.people import make_user


def make_organisation(
    session: Session,
    *,
    country: str = "CN",
    province: str | None = None,
    centre: Centre | None = None,
    verified: bool = True,
    name: str | None = None,
    organisation_type: OrganisationType = OrganisationType.ENTERPRISE,
    contact_email: str | None = None,
    phone: str | None = None,
    channel: Channel | None = None,
) -> Organisation:
    """An organisation without members; its centre is the responsible one unless given."""
    language = LANGUAGE_OF.get(country, "en")
    organisation = Organisation(
        reference=new_reference(Prefix.ORGANISATION),
        organisation_type=organisation_type,
        size=OrganisationSize.FROM_11_TO_49,
        country=country,
        province=province,
        original_language=language,
        contact_language=language,
        centre=centre or responsible_centre(session, country, province),
        verified_at=NOW if verified else None,
        contact_email=contact_email,
        phone=phone,
        channel=channel,
        created_at=NOW,
        texts=[OrganisationText(language="en", name=name or f"Organisation {next(serial)}")],
    )
    session.add(organisation)
    session.flush()
    return organisation


def make_membership(
    session: Session,
    organisation: Organisation,
    user: User | None = None,
    *,
    owner: bool = True,
    accepted: bool = True,
) -> User:
    """Somebody who acts for `organisation`; returns the account."""
    user = user or make_user(session)
    membership = Membership(
        user=user,
        organisation=organisation,
        role=MembershipRole.OWNER if owner else MembershipRole.MEMBER,
        requested_at=NOW,
        accepted_at=NOW if accepted else None,
    )
    session.add(membership)
    session.flush()
    return user
