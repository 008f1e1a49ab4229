"""Organisations that have no account: staff enter them, and they can claim their account later."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import phonenumbers
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import ALPHABET, Prefix, new_reference
from matchmaker.domain.vocabulary import (
    Channel,
    MembershipRole,
    OrganisationSize,
    OrganisationType,
)
from matchmaker.models import (
    Membership,
    Organisation,
    OrganisationSector,
    OrganisationText,
)
from matchmaker.queries.centres import responsible_centre
from matchmaker.services import audit

CLAIM_VALID_FOR: Final = timedelta(days=60)
_CLAIM_LENGTH: Final = 12
"""31^12 possibilities: about 59 bits, and a claim is rate-limited."""


@dataclass(frozen=True)
class RepresentedOrganisation:
    """What staff write down of an organisation that has no account."""

    name: str
    language: str
    organisation_type: OrganisationType
    size: OrganisationSize
    country: str
    contact_name: str
    channel: Channel
    contact_language: str
    consent_note: str
    """How and when the contact person agreed to be listed; without it nothing is written."""
    province: str | None = None
    city: str | None = None
    phone: str | None = None
    contact_email: str | None = None
    channel_handle: str | None = None
    sectors: tuple[str, ...] = ()


def create_represented(
    session: Session, actor: Actor, given: RepresentedOrganisation, *, now: datetime
) -> Organisation:
    """Enter an organisation for which staff will post; it counts as verified by them.

    Raises DomainError: NOT_ALLOWED, CONSENT_MISSING, CONTACT_MISSING, PHONE_INVALID,
    ORGANISATION_DUPLICATE (same name in the same country).
    """
    centre = responsible_centre(session, given.country, given.province)
    if not actor.may(Permission.LISTING_CENTRE_POST) or (
        not actor.system and centre.id not in actor.acting_centre_ids
    ):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    if not given.consent_note.strip():
        raise DomainError(ErrorCode.CONSENT_MISSING, field="consent_note")
    phone = normalised_phone(given.phone, given.country)
    _check_contact(given, phone)
    _check_unknown(session, given)
    organisation = Organisation(
        reference=new_reference(Prefix.ORGANISATION),
        organisation_type=given.organisation_type,
        size=given.size,
        country=given.country,
        province=given.province,
        city=given.city,
        original_language=given.language,
        verified_at=now,
        verified_by_id=actor.user_id,
        centre=centre,
        contact_name=given.contact_name,
        contact_email=given.contact_email,
        phone=phone,
        channel=given.channel,
        channel_handle=given.channel_handle,
        contact_language=given.contact_language,
        consent_at=now,
        consent_by_id=actor.user_id,
        consent_note=given.consent_note,
        created_at=now,
        texts=[OrganisationText(language=given.language, name=given.name)],
        sectors=[OrganisationSector(sector_code=code) for code in given.sectors],
    )
    session.add(organisation)
    audit.record(session, actor, audit.AuditAction.ORGANISATION_CREATED, organisation, now=now)
    audit.record(
        session, actor, audit.AuditAction.ORGANISATION_CONSENT_RECORDED, organisation, now=now
    )
    return organisation


def normalised_phone(phone: str | None, country: str) -> str | None:
    """Return a phone number in E.164; a number without a prefix is taken as one of `country`.

    Raises DomainError(PHONE_INVALID) for what cannot be a number.
    """
    if phone is None or not phone.strip():
        return None
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        raise DomainError(ErrorCode.PHONE_INVALID, field="phone") from None
    if not phonenumbers.is_possible_number(number):
        raise DomainError(ErrorCode.PHONE_INVALID, field="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _check_contact(given: RepresentedOrganisation, phone: str | None) -> None:
    """The chosen channel needs its address."""
    reached = {
        Channel.EMAIL: given.contact_email,
        Channel.PHONE: phone,
        Channel.WHATSAPP: phone,
        Channel.WECHAT: given.channel_handle or phone,
        Channel.LINE: given.channel_handle or phone,
    }
    fields = {Channel.EMAIL: "contact_email", Channel.WECHAT: "channel_handle",
              Channel.LINE: "channel_handle"}  # fmt: skip
    if not reached[given.channel]:
        raise DomainError(
            ErrorCode.CONTACT_MISSING,
            field=fields.get(given.channel, "phone"),
            channel=given.channel,
        )


def _check_unknown(session: Session, given: RepresentedOrganisation) -> None:
    known = session.scalar(
        select(Organisation.reference)
        .join(OrganisationText)
        .where(
            Organisation.country == given.country,
            func.lower(OrganisationText.name) == given.name.strip().lower(),
        )
        .limit(1)
    )
    if known is not None:
        raise DomainError(ErrorCode.ORGANISATION_DUPLICATE, field="name", reference=known)


def offer_claim(
    session: Session, actor: Actor, organisation: Organisation, *, now: datetime
) -> str:
    """Return a new code with which the organisation can take its account over.

    Only its hash is kept; an earlier code is void. The code goes into the printed letter, in
    groups of four.
    """
    if not actor.system and organisation.centre_id not in actor.acting_centre_ids:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    if organisation.memberships:
        raise DomainError(ErrorCode.ORGANISATION_HAS_ACCOUNT)
    code = "".join(secrets.choice(ALPHABET) for _ in range(_CLAIM_LENGTH))
    organisation.claim_code_hash = _hash(code)
    organisation.claim_expires_at = now + CLAIM_VALID_FOR
    audit.record(
        session, actor, audit.AuditAction.ORGANISATION_CLAIM_OFFERED, organisation, now=now
    )
    return "-".join(code[start : start + 4] for start in range(0, _CLAIM_LENGTH, 4))


def claim(session: Session, actor: Actor, code: str, *, now: datetime) -> Organisation:
    """Make the person the owner of the organisation that `code` was given to.

    Raises DomainError(CLAIM_LINK_INVALID) for a code that is unknown, used or expired.
    """
    if actor.user_id is None:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    organisation = session.scalar(
        select(Organisation).where(Organisation.claim_code_hash == _hash(code))
    )
    if (
        organisation is None
        or organisation.claim_expires_at is None
        or organisation.claim_expires_at <= now
    ):
        raise DomainError(ErrorCode.CLAIM_LINK_INVALID, field="code")
    organisation.claim_code_hash = None
    organisation.claim_expires_at = None
    session.add(
        Membership(
            user_id=actor.user_id,
            organisation=organisation,
            role=MembershipRole.OWNER,
            requested_at=now,
            accepted_at=now,
        )
    )
    audit.record(session, actor, audit.AuditAction.ORGANISATION_CLAIMED, organisation, now=now)
    return organisation


def _hash(code: str) -> str:
    bare = "".join(char for char in code.upper() if char.isalnum())
    return hashlib.sha256(bare.encode()).hexdigest()
