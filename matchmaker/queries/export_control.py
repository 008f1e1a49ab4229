"""Catalogues of controlled technology, and which checks of offers were made by an older one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, selectinload

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.match_states import CASE_STATES
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import ControlClass, ListingKind, ListingState, Side
from matchmaker.models import (
    Attachment,
    ExportCatalogue,
    ExportCatalogueEntry,
    ExportCheck,
    ExportEvidence,
    Listing,
    ListingRevision,
    Match,
    Organisation,
)

_OVER: Final = (
    ListingState.DRAFT,
    ListingState.REJECTED,
    ListingState.CLOSED,
    ListingState.ARCHIVED,
)
PAGE_SIZE: Final = 50


@dataclass(frozen=True)
class CatalogueRow:
    """A catalogue with the number of its entries, whatever their languages."""

    catalogue: ExportCatalogue
    entries: int


@dataclass(frozen=True)
class ReviewPage:
    """A page of offers whose check is older than the catalogue in force, the oldest check first;
    `versions` are the versions in force by country."""

    listings: Sequence[Listing]
    total: int
    page: int
    pages: int
    versions: dict[str, str]


def catalogues(session: Session) -> list[CatalogueRow]:
    """Return all catalogues: by country, the newest first."""
    count = func.count(ExportCatalogueEntry.number.distinct())
    rows = session.execute(
        select(ExportCatalogue, count)
        .outerjoin(ExportCatalogueEntry)
        .group_by(ExportCatalogue.id)
        .order_by(ExportCatalogue.country, ExportCatalogue.id.desc())
    ).all()
    return [CatalogueRow(row[0], row[1]) for row in rows]


def catalogue(session: Session, country: str, version: str = "") -> ExportCatalogue:
    """Return one version of a country's catalogue, without `version` the one in force. Raises
    DomainError NOT_FOUND."""
    wanted = ExportCatalogue.version == version if version else ExportCatalogue.in_force
    found = session.scalar(
        select(ExportCatalogue)
        .where(ExportCatalogue.country == country, wanted)
        .options(selectinload(ExportCatalogue.entries))
    )
    if found is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return found


def catalogue_in_force(session: Session, country: str) -> ExportCatalogue | None:
    """Return the catalogue by which technology of a country is checked now, if it has one."""
    return session.scalar(
        select(ExportCatalogue).where(ExportCatalogue.country == country, ExportCatalogue.in_force)
    )


def catalogue_versions(session: Session, country: str) -> Sequence[str]:
    """Return the versions of a country's catalogue that were brought in, the newest first."""
    return session.scalars(
        select(ExportCatalogue.version)
        .where(ExportCatalogue.country == country)
        .order_by(ExportCatalogue.id.desc())
    ).all()


def entries_by_number(
    session: Session, catalogue_id: int, numbers: Sequence[str]
) -> dict[str, list[ExportCatalogueEntry]]:
    """Return the entries of a catalogue with these numbers, in all their languages."""
    found: dict[str, list[ExportCatalogueEntry]] = {}
    for entry in session.scalars(
        select(ExportCatalogueEntry)
        .where(
            ExportCatalogueEntry.catalogue_id == catalogue_id,
            ExportCatalogueEntry.number.in_(numbers),
        )
        .order_by(ExportCatalogueEntry.id)
    ):
        found.setdefault(entry.number, []).append(entry)
    return found


def is_outdated(check: ExportCheck | None, catalogue: ExportCatalogue | None) -> bool:
    """Tell whether an offer was classed by another version than the one in force."""
    return (
        check is not None
        and catalogue is not None
        and check.control_class is not ControlClass.NOT_CHECKED
        and check.catalogue_version != catalogue.version
    )


def checks_to_review(session: Session, actor: Actor, *, page: int = 1) -> ReviewPage:
    """Return the offers of the actor's centres that were classed by an older catalogue and are not
    over. A page that is not there is the nearest one."""
    if not actor.may(Permission.LISTING_CENTRE_MODERATE):
        return ReviewPage((), 0, 1, 1, {})
    last = (
        select(func.max(ExportCheck.id))
        .where(ExportCheck.listing_id == Listing.id)
        .correlate(Listing)
        .scalar_subquery()
    )
    statement = (
        select(Listing)
        .join(ExportCheck, ExportCheck.id == last)
        .join(Organisation, Organisation.id == Listing.organisation_id)
        .join(
            ExportCatalogue,
            (ExportCatalogue.country == Organisation.country) & ExportCatalogue.in_force,
        )
        .where(
            Listing.kind == ListingKind.OFFER,
            Listing.state.not_in(_OVER),
            Listing.centre_id.in_(actor.acting_centre_ids),
            ExportCheck.control_class != ControlClass.NOT_CHECKED,
            ExportCheck.catalogue_version != ExportCatalogue.version,
        )
    )
    total = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(page, 1), pages)
    listings = session.scalars(
        statement.options(
            selectinload(Listing.revisions).selectinload(ListingRevision.texts),
            selectinload(Listing.organisation).selectinload(Organisation.texts),
            selectinload(Listing.export_checks),
        )
        .order_by(ExportCheck.at, Listing.id)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    versions = session.execute(
        select(ExportCatalogue.country, ExportCatalogue.version).where(ExportCatalogue.in_force)
    ).all()
    return ReviewPage(listings, total, number, pages, {row[0]: row[1] for row in versions})


def introductions_abroad(session: Session, offer: Listing) -> Sequence[Match]:
    """Return the matches of an offer whose parties are introduced and live in two countries."""
    owner, need = aliased(Organisation), aliased(Listing)
    return session.scalars(
        select(Match)
        .join(need, need.id == Match.need_id)
        .join(owner, owner.id == need.organisation_id)
        .where(
            Match.offer_id == offer.id,
            Match.state.in_(CASE_STATES),
            owner.country != offer.organisation.country,
        )
        .order_by(Match.id)
    ).all()


def introduced_abroad(session: Session, offer: Listing) -> bool:
    """Tell whether somebody in another country reads an offer's confidential part by now."""
    return bool(introductions_abroad(session, offer))


def evidence_of_checks(session: Session, listing: Listing) -> dict[int, list[Attachment]]:
    """Return the files of the checks of an offer, by the check's id. For staff of its centre."""
    rows = session.execute(
        select(ExportEvidence.check_id, Attachment)
        .join(Attachment, Attachment.id == ExportEvidence.attachment_id)
        .join(ExportCheck, ExportCheck.id == ExportEvidence.check_id)
        .where(ExportCheck.listing_id == listing.id)
        .order_by(Attachment.id)
    ).all()
    found: dict[int, list[Attachment]] = {}
    for check_id, attachment in rows:
        if check_id is not None:
            found.setdefault(check_id, []).append(attachment)
    return found


def evidence_of_match(session: Session, match: Match) -> dict[Side, list[Attachment]]:
    """Return the files of the clearances of a match, by side. For the staff of both centres."""
    rows = session.execute(
        select(ExportEvidence.side, Attachment)
        .join(Attachment, Attachment.id == ExportEvidence.attachment_id)
        .where(ExportEvidence.match_id == match.id)
        .order_by(Attachment.id)
    ).all()
    found: dict[Side, list[Attachment]] = {}
    for side, attachment in rows:
        if side is not None:
            found.setdefault(side, []).append(attachment)
    return found


def open_evidence(session: Session, actor: Actor, token: str) -> Attachment:
    """Return a file for the staff who may read it: of a check, those of the offer's centre; of a
    clearance, those of both centres. Nobody reads those of an organisation they belong to.
    Raises DomainError NOT_FOUND."""
    row = session.execute(
        select(Attachment, ExportEvidence)
        .join(ExportEvidence, ExportEvidence.attachment_id == Attachment.id)
        .where(Attachment.token == token)
    ).first()
    if row is None or not actor.may(Permission.LISTING_CENTRE_MODERATE):
        raise DomainError(ErrorCode.NOT_FOUND)
    attachment, evidence = row
    if evidence.check_id is not None:
        check = session.get_one(ExportCheck, evidence.check_id)
        centres, owners = {check.listing.centre_id}, {check.listing.organisation_id}
    else:
        match = session.get_one(Match, evidence.match_id)
        centres = {match.offer_centre_id, match.need_centre_id}
        owners = {match.offer.organisation_id, match.need.organisation_id}
    if not centres & actor.acting_centre_ids or owners & actor.organisation_ids:
        raise DomainError(ErrorCode.NOT_FOUND)
    return attachment
