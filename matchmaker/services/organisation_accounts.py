"""Organisations that have no account: staff enter them, and they can claim their account later."""

import hashlib
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matchmaker.domain.clock import local_date
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import ALPHABET, Prefix, new_reference
from matchmaker.domain.vocabulary import (
    MAX_SECTORS,
    Channel,
    MembershipRole,
    OrganisationSize,
    OrganisationType,
)
from matchmaker.models import (
    AuditEntry,
    Centre,
    Membership,
    Organisation,
    OrganisationSector,
    OrganisationText,
    Sector,
    User,
)
from matchmaker.queries.centres import responsible_centre
from matchmaker.services import audit
from matchmaker.services.listing_access import has_account

CLAIM_VALID_FOR: Final = timedelta(days=60)
_CLAIM_LENGTH: Final = 12
"""32^12 possibilities, 60 bits, and tries are counted."""
MAX_TRIES: Final = 10
TRIES_COUNT_FOR: Final = timedelta(hours=1)
LIMITS: Final[Mapping[str, int]] = {
    "name": 256,
    "city": 120,
    "contact_name": 200,
    "contact_email": 255,
    "channel_handle": 120,
    "consent_note": 500,
}
"""The most characters of each text."""


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
    """How the contact person agreed to be listed; without it nothing is written."""
    consent_on: date | None = None
    """When; None for today."""
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

    Raises DomainError: NOT_ALLOWED, ORGANISATION_OTHER_CENTRE, TEXT_EMPTY, TEXT_TOO_LONG,
    CONSENT_MISSING, DATE_FUTURE,
    CONTACT_MISSING, PHONE_INVALID, EMAIL_INVALID, UNKNOWN_CODE, TOO_MANY_SECTORS (sectors),
    ORGANISATION_DUPLICATE (same name in the same country).
    """
    given = _cleaned(given)
    centre = responsible_centre(session, given.country, given.province)
    if not actor.may(Permission.LISTING_CENTRE_POST):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    if not actor.system and centre.id not in actor.acting_centre_ids:
        raise DomainError(ErrorCode.ORGANISATION_OTHER_CENTRE, field="country")
    _check_texts(given)
    phone = normalised_phone(given.phone, given.country)
    _check_email(given)
    _check_contact(given, phone)
    _check_sectors(session, given)
    _check_unknown(session, given)
    organisation = Organisation(
        reference=new_reference(Prefix.ORGANISATION),
        organisation_type=given.organisation_type,
        size=given.size,
        country=given.country,
        province=given.province,
        city=given.city or None,
        original_language=given.language,
        verified_at=now,
        verified_by_id=actor.user_id,
        centre=centre,
        contact_name=given.contact_name,
        contact_email=given.contact_email or None,
        phone=phone,
        channel=given.channel,
        channel_handle=given.channel_handle or None,
        contact_language=given.contact_language,
        consent_at=_consent_at(given, centre, now),
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


def _cleaned(given: RepresentedOrganisation) -> RepresentedOrganisation:
    """Texts in composed Unicode without double spaces; a province only of its country."""
    texts = {
        name: unicodedata.normalize("NFC", " ".join((getattr(given, name) or "").split()))
        for name in LIMITS
    }
    province = given.province or ""
    return replace(
        given,
        **texts,  # type: ignore[arg-type]  # these are the texts
        province=province if province.startswith(f"{given.country}-") else None,
        sectors=tuple(dict.fromkeys(given.sectors)),
    )


def _check_texts(given: RepresentedOrganisation) -> None:
    for name, limit in LIMITS.items():
        length = len(getattr(given, name))
        if length > limit:
            raise DomainError(ErrorCode.TEXT_TOO_LONG, field=name, limit=limit, length=length)
    for name in ("name", "contact_name"):
        if not getattr(given, name):
            raise DomainError(ErrorCode.TEXT_EMPTY, field=name)
    if not given.consent_note:
        raise DomainError(ErrorCode.CONSENT_MISSING, field="consent_note")


def _check_sectors(session: Session, given: RepresentedOrganisation) -> None:
    if len(given.sectors) > MAX_SECTORS:
        raise DomainError(ErrorCode.TOO_MANY_SECTORS, field="sectors")
    known = set(session.scalars(select(Sector.code).where(Sector.code.in_(given.sectors))))
    for code in given.sectors:
        if code not in known:
            raise DomainError(ErrorCode.UNKNOWN_CODE, field="sectors", value=code)


def _consent_at(given: RepresentedOrganisation, centre: Centre, now: datetime) -> datetime:
    """The instant of the consent: of a day that was named, its beginning at the centre."""
    today = local_date(now, centre.time_zone)
    day = given.consent_on or today
    if day > today:
        raise DomainError(ErrorCode.DATE_FUTURE, field="consent_on")
    return now if day == today else datetime.combine(day, time(), ZoneInfo(centre.time_zone))


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


def _check_email(given: RepresentedOrganisation) -> None:
    try:
        if given.contact_email:
            validate_email(given.contact_email, check_deliverability=False)
    except EmailNotValidError:
        raise DomainError(ErrorCode.EMAIL_INVALID, field="contact_email") from None


def _check_unknown(session: Session, given: RepresentedOrganisation) -> None:
    known = session.scalar(
        select(Organisation.reference)
        .join(OrganisationText)
        .where(
            Organisation.country == given.country,
            func.lower(OrganisationText.name).in_(_lowered(given.name)),
        )
        .limit(1)
    )
    if known is not None:
        raise DomainError(ErrorCode.ORGANISATION_DUPLICATE, field="name", reference=known)


def _lowered(name: str) -> tuple[str, str]:
    """A name as databases write it in small letters: PostgreSQL all of them, SQLite a to z."""
    return name.lower(), "".join(char.lower() if char.isascii() else char for char in name)


def offer_claim(
    session: Session, actor: Actor, organisation: Organisation, *, now: datetime
) -> str:
    """Return a new code with which the organisation can take its account over.

    Only its hash is kept; an earlier code is void. The code goes into the printed letter, in
    groups of four. Raises DomainError: NOT_ALLOWED, ORGANISATION_HAS_ACCOUNT.
    """
    if not actor.may(Permission.LISTING_CENTRE_POST) or (
        not actor.system and organisation.centre_id not in actor.acting_centre_ids
    ):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    if has_account(session, organisation):
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

    Raises DomainError: TOO_MANY_TRIES; CLAIM_LINK_INVALID for a code that is unknown, used or
    expired: then the try was written down, so commit all the same. NOT_ALLOWED for staff of the
    organisation's centre, who made the code.
    """
    if actor.user_id is None or not actor.may(Permission.ACCOUNT_OWN_MANAGE):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    user = session.get_one(User, actor.user_id, with_for_update=True)
    if _tries(session, user, now) >= MAX_TRIES:
        raise DomainError(ErrorCode.TOO_MANY_TRIES, field="code")
    organisation = session.scalar(
        select(Organisation).where(Organisation.claim_code_hash == _hash(code)).with_for_update()
    )
    if (
        organisation is None
        or organisation.claim_expires_at is None
        or organisation.claim_expires_at <= now
        or has_account(session, organisation)
    ):
        audit.record(session, actor, audit.AuditAction.ORGANISATION_CLAIM_REFUSED, user, now=now)
        raise DomainError(ErrorCode.CLAIM_LINK_INVALID, field="code")
    if organisation.centre_id in actor.acting_centre_ids:
        raise DomainError(ErrorCode.NOT_ALLOWED, field="code")
    organisation.claim_code_hash = None
    organisation.claim_expires_at = None
    membership = session.get(Membership, (user.id, organisation.id))
    if membership is None:
        membership = Membership(user=user, organisation=organisation, requested_at=now)
        session.add(membership)
    membership.role = MembershipRole.OWNER
    membership.accepted_at = now
    audit.record(session, actor, audit.AuditAction.ORGANISATION_CLAIMED, organisation, now=now)
    return organisation


def _tries(session: Session, user: User, now: datetime) -> int:
    """How many codes of the last hour were wrong."""
    count = session.scalar(
        select(func.count()).where(
            AuditEntry.actor_id == user.id,
            AuditEntry.action == audit.AuditAction.ORGANISATION_CLAIM_REFUSED.value,
            AuditEntry.at > now - TRIES_COUNT_FOR,
        )
    )
    return count or 0


def _hash(code: str) -> str:
    """The hash of a code, however it was typed: small letters, other dashes, O for 0."""
    wide = unicodedata.normalize("NFKC", code).upper()
    bare = "".join(char for char in wide if char.isalnum())
    return hashlib.sha256(bare.translate(_MISREAD).encode()).hexdigest()


_MISREAD: Final = str.maketrans("OIL", "011")
"""Crockford's letters that are not used, and the digits they are mistaken for."""
