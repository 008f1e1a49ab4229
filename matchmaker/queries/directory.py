"""The directory of services: what everybody reads of it, and who keeps it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import choose
from matchmaker.domain.match_states import CASE_STATES
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import parse_reference
from matchmaker.domain.vocabulary import OrganisationServiceKind
from matchmaker.models import (
    LandingStep,
    Match,
    Organisation,
    OrganisationService,
    OrganisationServicePlace,
    OrganisationServiceSector,
    OrganisationServiceText,
    OrganisationText,
    Sector,
)

PAGE_SIZE: Final = 20
MOST_WORDS: Final = 200


@dataclass(frozen=True)
class DirectoryFilter:
    """What somebody looks for; empty parts mean all. `country` is one that is served, or where the
    organisation is; `sector` also finds those of the sectors below it."""

    words: str = ""
    kind: OrganisationServiceKind | None = None
    country: str = ""
    sector: str = ""


@dataclass(frozen=True)
class DirectoryPage:
    """One page of the directory; pages are numbered from 1."""

    services: Sequence[OrganisationService]
    total: int
    page: int
    pages: int


def directory(
    session: Session, wanted: DirectoryFilter, ranking: Sequence[str] = (), *, page: int = 1
) -> DirectoryPage:
    """Return a page of the public services. `ranking` are the references that a search by meaning
    found, best first: they come before those that only have the words. A page that is not there
    is the nearest one."""
    order = {reference: place for place, reference in enumerate(ranking)}
    rows = session.execute(
        select(OrganisationService.id, OrganisationService.reference)
        .join(Organisation)
        .where(*_conditions(wanted, ranking))
        .order_by(OrganisationService.kind, OrganisationService.reference)
    ).all()
    ids = [row.id for row in sorted(rows, key=lambda row: order.get(row.reference, len(order)))]
    pages = max(1, -(-len(ids) // PAGE_SIZE))
    number = min(max(page, 1), pages)
    shown = ids[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    found = {
        service.id: service
        for service in session.scalars(_loaded().where(OrganisationService.id.in_(shown)))
    }
    return DirectoryPage([found[each] for each in shown], len(ids), number, pages)


def public_service(session: Session, reference: str) -> OrganisationService | None:
    """Return a public service by its reference, as somebody typed it."""
    canonical = parse_reference(reference) or ""
    return session.scalar(
        _loaded().join(Organisation).where(OrganisationService.reference == canonical, *_PUBLIC)
    )


def public_services(session: Session, references: Collection[str]) -> Sequence[OrganisationService]:
    """Return those of the services that are public."""
    return session.scalars(
        _loaded()
        .join(Organisation)
        .where(OrganisationService.reference.in_(references), *_PUBLIC)
        .order_by(OrganisationService.reference)
    ).all()


def kept_services(session: Session, actor: Actor) -> Sequence[OrganisationService]:
    """Return the services that the actor keeps: those of the own organisations."""
    return session.scalars(
        _loaded()
        .where(OrganisationService.organisation_id.in_(actor.organisation_ids))
        .order_by(OrganisationService.organisation_id, OrganisationService.id)
    ).all()


def services_of(session: Session, organisation: Organisation) -> Sequence[OrganisationService]:
    """Return all services of an organisation, public or not."""
    return session.scalars(
        _loaded()
        .where(OrganisationService.organisation_id == organisation.id)
        .order_by(OrganisationService.id)
    ).all()


def keeps(actor: Actor, organisation: Organisation) -> bool:
    """Tell whether the actor keeps the services of an organisation: its own people, and staff of
    the centre that looks after it."""
    if actor.system or organisation.id in actor.organisation_ids:
        return True
    staff = actor.may(Permission.LISTING_CENTRE_POST)
    return staff and organisation.centre_id in actor.acting_centre_ids


def kept_service(session: Session, actor: Actor, reference: str) -> OrganisationService:
    """Return a service that the actor keeps. Raises DomainError NOT_FOUND."""
    service = session.scalar(
        _loaded().where(OrganisationService.reference == (parse_reference(reference) or ""))
    )
    if service is None or not keeps(actor, service.organisation):
        raise DomainError(ErrorCode.NOT_FOUND)
    return service


def kept_organisations(session: Session, actor: Actor) -> Sequence[Organisation]:
    """Return the actor's own organisations, for which services can be entered."""
    return session.scalars(
        select(Organisation)
        .where(Organisation.id.in_(actor.organisation_ids))
        .options(selectinload(Organisation.texts))
        .order_by(Organisation.id)
    ).all()


def service_text(service: OrganisationService, locale: str) -> OrganisationServiceText:
    """Return the text for a reader of `locale`: own language, else English, else the original."""
    by_language = {text.language: text for text in service.texts}
    return by_language[choose(list(by_language), locale, service.original_language)]


def landing_steps(session: Session, match: Match) -> Sequence[LandingStep]:
    """Return what stands on the landing path of a match, the oldest first. For staff."""
    return session.scalars(
        select(LandingStep)
        .where(LandingStep.match_id == match.id)
        .options(
            joinedload(LandingStep.service).options(
                selectinload(OrganisationService.texts),
                joinedload(OrganisationService.organisation).selectinload(Organisation.texts),
            ),
            joinedload(LandingStep.attached_by),
        )
        .order_by(LandingStep.id)
    ).all()


def landing_steps_for_parties(session: Session, match: Match) -> Sequence[LandingStep]:
    """Return what the parties read of the path: all of it from the introduction on, as far as the
    services are public; before, nothing."""
    if match.state not in CASE_STATES:
        return []
    return [step for step in landing_steps(session, match) if is_public(step.service)]


def is_public(service: OrganisationService) -> bool:
    """Tell whether everybody may read a service."""
    return service.published and service.organisation.verified_at is not None


_PUBLIC: Final[tuple[ColumnElement[bool], ...]] = (
    OrganisationService.published.is_(True),
    Organisation.verified_at.is_not(None),
)


def _loaded() -> Select[OrganisationService]:
    return select(OrganisationService).options(
        selectinload(OrganisationService.texts),
        selectinload(OrganisationService.sectors),
        selectinload(OrganisationService.places),
        selectinload(OrganisationService.languages),
        joinedload(OrganisationService.organisation).selectinload(Organisation.texts),
    )


def _conditions(wanted: DirectoryFilter, ranking: Sequence[str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = list(_PUBLIC)
    if wanted.kind is not None:
        found.append(OrganisationService.kind == wanted.kind)
    if wanted.country:
        place = OrganisationServicePlace.place
        served = select(OrganisationServicePlace.service_id).where(
            or_(place == wanted.country, place.startswith(f"{wanted.country}-"))
        )
        found.append(
            or_(OrganisationService.id.in_(served), Organisation.country == wanted.country)
        )
    if wanted.sector:
        below = select(Sector.code).where(Sector.parent_code == wanted.sector)
        found.append(
            OrganisationService.id.in_(
                select(OrganisationServiceSector.service_id).where(
                    or_(
                        OrganisationServiceSector.sector_code == wanted.sector,
                        OrganisationServiceSector.sector_code.in_(below),
                    )
                )
            )
        )
    if wanted.words:
        found.append(or_(OrganisationService.reference.in_(ranking), _has_words(wanted.words)))
    return found


def _has_words(words: str) -> ColumnElement[bool]:
    """Whether a title, a description or the organisation's name has the words as they stand."""
    escaped = words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = f"%{escaped}%"

    def has(column: ColumnElement[str]) -> ColumnElement[bool]:
        return func.lower(column).like(pattern, escape="\\")

    texts = select(OrganisationServiceText.service_id).where(
        or_(
            has(OrganisationServiceText.title.expression),
            has(OrganisationServiceText.description.expression),
        )
    )
    names = select(OrganisationText.organisation_id).where(has(OrganisationText.name.expression))
    return or_(OrganisationService.id.in_(texts), OrganisationService.organisation_id.in_(names))
