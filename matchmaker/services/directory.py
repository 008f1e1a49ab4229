"""The services of organisations in the directory, written by their people or by staff."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.countries import PROVINCES
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.listing_content import clean_text
from matchmaker.domain.permissions import Actor
from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import OrganisationServiceKind, StageOfDevelopment
from matchmaker.models import (
    Organisation,
    OrganisationService,
    OrganisationServiceLanguage,
    OrganisationServicePlace,
    OrganisationServiceSector,
    OrganisationServiceText,
    Sector,
)
from matchmaker.queries.directory import keeps
from matchmaker.services import audit
from matchmaker.services.audit import AuditAction

MAX_TITLE: Final = 200
MAX_DESCRIPTION: Final = 2000


@dataclass(frozen=True, slots=True)
class ServiceDetails:
    """What a form says about a service beside its texts. No `sectors` means all, no `places`
    (ISO 3166-1 or 3166-2) everywhere; the stages are the first and the last that it takes."""

    kind: OrganisationServiceKind
    sectors: Sequence[str] = ()
    places: Sequence[str] = ()
    languages: Sequence[str] = ()
    stage_from: StageOfDevelopment | None = None
    stage_to: StageOfDevelopment | None = None


def add_service(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    details: ServiceDetails,
    *,
    language: str,
    title: str,
    description: str,
    now: datetime,
) -> OrganisationService:
    """Enter a service with its original text; nobody else sees it before it is published.

    Raises DomainError: NOT_ALLOWED, those of `save_service` and of `write_text`.
    """
    _check(actor, organisation)
    service = OrganisationService(
        reference=new_reference(Prefix.SERVICE),
        organisation_id=organisation.id,
        original_language=language,
        created_at=now,
        changed_at=now,
    )
    _fill(session, service, details)
    _write(service, language, title, description)
    session.add(service)
    audit.record(session, actor, AuditAction.SERVICE_ADDED, service, now=now)
    return service


def save_service(
    session: Session,
    actor: Actor,
    service: OrganisationService,
    details: ServiceDetails,
    *,
    version: int | None,
    now: datetime,
) -> OrganisationService:
    """Change what a service says beside its texts. `version` is the lock_version that was seen.

    Raises DomainError: NOT_ALLOWED, STALE, UNKNOWN_CODE, STAGES_REVERSED.
    """
    _open(session, actor, service, version)
    _fill(session, service, details)
    service.changed_at = now
    audit.record(session, actor, AuditAction.SERVICE_CHANGED, service, now=now)
    return service


def write_text(
    session: Session,
    actor: Actor,
    service: OrganisationService,
    language: str,
    *,
    title: str,
    description: str,
    version: int | None,
    now: datetime,
) -> OrganisationService:
    """Write the text of a service in one language.

    Raises DomainError: NOT_ALLOWED, STALE, TEXT_EMPTY, TEXT_TOO_LONG, UNKNOWN_CODE (the language).
    """
    _open(session, actor, service, version)
    _write(service, language, title, description)
    service.changed_at = now
    audit.record(
        session, actor, AuditAction.SERVICE_TEXT_WRITTEN, service, now=now, language=language
    )
    return service


def remove_text(
    session: Session,
    actor: Actor,
    service: OrganisationService,
    language: str,
    *,
    now: datetime,
) -> OrganisationService:
    """Take a version of the text away; the original stays. Raises DomainError NOT_ALLOWED."""
    _open(session, actor, service, None)
    text = service.text(language)
    if text is None or language == service.original_language:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    service.texts.remove(text)
    service.changed_at = now
    audit.record(
        session, actor, AuditAction.SERVICE_TEXT_REMOVED, service, now=now, language=language
    )
    return service


def publish(
    session: Session,
    actor: Actor,
    service: OrganisationService,
    *,
    published: bool,
    now: datetime,
) -> OrganisationService:
    """Show a service in the directory, or take it out; again changes nothing.

    Raises DomainError: NOT_ALLOWED, ORGANISATION_NOT_VERIFIED.
    """
    _open(session, actor, service, None)
    if published and service.organisation.verified_at is None:
        raise DomainError(ErrorCode.ORGANISATION_NOT_VERIFIED)
    if service.published is not published:
        service.published = published
        service.changed_at = now
        action = AuditAction.SERVICE_PUBLISHED if published else AuditAction.SERVICE_WITHDRAWN
        audit.record(session, actor, action, service, now=now)
    return service


def _open(
    session: Session, actor: Actor, service: OrganisationService, version: int | None
) -> None:
    _check(actor, service.organisation)
    session.flush()
    session.refresh(service, ["lock_version"], with_for_update=True)
    if version is not None and service.lock_version != version:
        raise DomainError(ErrorCode.STALE)


def _check(actor: Actor, organisation: Organisation) -> None:
    if not keeps(actor, organisation):
        raise DomainError(ErrorCode.NOT_ALLOWED)


def _fill(session: Session, service: OrganisationService, details: ServiceDetails) -> None:
    first, last, stages = details.stage_from, details.stage_to, list(StageOfDevelopment)
    if first is not None and last is not None and stages.index(first) > stages.index(last):
        raise DomainError(ErrorCode.STAGES_REVERSED, field="stage_to")
    sectors, known = _once(details.sectors), set(session.scalars(select(Sector.code)))
    places, languages = _once(details.places), _once(details.languages)
    _check_codes("sectors", sectors, known)
    _check_codes("places", places, {place for place in places if _is_place(place)})
    _check_codes("languages", languages, TEXT_LANGUAGES)
    service.kind, service.stage_from, service.stage_to = details.kind, first, last
    _sync(service.sectors, "sector_code", sectors, OrganisationServiceSector)
    _sync(service.places, "place", places, OrganisationServicePlace)
    _sync(service.languages, "language", languages, OrganisationServiceLanguage)


def _once(values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _check_codes(field: str, codes: Sequence[str], known: Collection[str]) -> None:
    for code in codes:
        if code not in known:
            raise DomainError(ErrorCode.UNKNOWN_CODE, field=field, value=code)


def _sync(rows: list[Any], name: str, wanted: Sequence[str], make: Callable[..., Any]) -> None:
    """Leave rows for the wanted values alone: those that are there already stay."""
    held = {getattr(row, name) for row in rows}
    rows[:] = [row for row in rows if getattr(row, name) in wanted]
    rows.extend(make(**{name: value}) for value in wanted if value not in held)


def _is_place(code: str) -> bool:
    """Whether a code is that of a country, or of a province that we know."""
    country, dash, _province = code.partition("-")
    if dash:
        return code in PROVINCES.get(country, ())
    return len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()


def _write(service: OrganisationService, language: str, title: str, description: str) -> None:
    if language not in TEXT_LANGUAGES:
        raise DomainError(ErrorCode.UNKNOWN_CODE, field="language", value=language)
    title, description = " ".join(clean_text(title).split()), clean_text(description)
    if not title:
        raise DomainError(ErrorCode.TEXT_EMPTY, field="title")
    for name, value, limit in (
        ("title", title, MAX_TITLE),
        ("description", description, MAX_DESCRIPTION),
    ):
        if len(value) > limit:
            raise DomainError(ErrorCode.TEXT_TOO_LONG, field=name, limit=limit, length=len(value))
    text = service.text(language)
    if text is None:
        text = OrganisationServiceText(language=language)
        service.texts.append(text)
    text.title, text.description = title, description
