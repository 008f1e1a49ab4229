"""The translation queue of a centre."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import READABLE_AS
from matchmaker.domain.listing_states import ALIVE
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import ListingState, RevisionState, TranslationState
from matchmaker.models import (
    Centre,
    CentreLanguage,
    CentreName,
    Listing,
    ListingRevision,
    TranslationRequest,
)

PAGE_SIZE: Final = 25


@dataclass(frozen=True)
class TranslationPage:
    """A page of the queue, oldest first; `pages` is at least 1."""

    rows: Sequence[TranslationRequest]
    total: int
    page: int
    pages: int


def queue(
    session: Session,
    actor: Actor,
    *,
    original: str | None = None,
    language: str | None = None,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> TranslationPage:
    """Return the translations that are wanted of the actor's centres, oldest first.

    `original` and `language` narrow it to what is translated from and into. A page beyond the last
    gives the last.
    """
    if not actor.may(Permission.TRANSLATION_CENTRE_WRITE):
        return TranslationPage((), 0, 1, 1)
    conditions = [
        TranslationRequest.state == TranslationState.WANTED,
        TranslationRequest.centre_id.in_(actor.acting_centre_ids),
        Listing.organisation_id.not_in(actor.organisation_ids),
        *_still_needed(),
    ]
    if original is not None:
        conditions.append(ListingRevision.original_language == original)
    if language is not None:
        conditions.append(TranslationRequest.language == language)
    chosen = select(TranslationRequest).join(ListingRevision).join(Listing).where(*conditions)
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    rows = session.scalars(
        chosen.order_by(TranslationRequest.created_at, TranslationRequest.id)
        .offset((page - 1) * size)
        .limit(size)
        .options(
            joinedload(TranslationRequest.revision).selectinload(ListingRevision.texts),
            joinedload(TranslationRequest.revision).joinedload(ListingRevision.listing),
            joinedload(TranslationRequest.centre).selectinload(Centre.names),
            joinedload(TranslationRequest.asked_by_centre).selectinload(Centre.names),
        )
    ).all()
    return TranslationPage(rows, total, page, pages)


def get_request(
    session: Session, actor: Actor, reference: str, number: int, language: str
) -> TranslationRequest:
    """Return the newest request for a revision's text in a language, in a centre of the actor.

    Raises DomainError NOT_FOUND where there is none that the actor may see.
    """
    request = session.scalar(
        select(TranslationRequest)
        .join(ListingRevision)
        .join(Listing)
        .where(
            Listing.reference == reference,
            ListingRevision.number == number,
            TranslationRequest.language == language,
            TranslationRequest.centre_id.in_(actor.acting_centre_ids),
            Listing.organisation_id.not_in(actor.organisation_ids),
        )
        .order_by(
            (TranslationRequest.state == TranslationState.WANTED).desc(),
            TranslationRequest.id.desc(),
        )
        .limit(1)
    )
    if request is None or not actor.may(Permission.TRANSLATION_CENTRE_WRITE):
        raise DomainError(ErrorCode.NOT_FOUND)
    return request


def helping_centres(session: Session, request: TranslationRequest) -> Sequence[Centre]:
    """Return the other active centres that read both languages of a request, by code."""
    return session.scalars(
        select(Centre)
        .where(
            Centre.active,
            Centre.id != request.centre_id,
            _reads(request.revision.original_language),
            _reads(request.language),
        )
        .options(selectinload(Centre.names))
        .order_by(Centre.code)
    ).all()


def centre_name(centre: Centre, locale: str) -> CentreName | None:
    """Return a centre's name in the reader's language, else in English, else any, else None."""
    names = {name.language: name for name in centre.names}
    return names.get(locale) or names.get("en") or next(iter(names.values()), None)


def _reads(language: str) -> ColumnElement[bool]:
    codes = {language, READABLE_AS.get(language, language)}
    return Centre.id.in_(select(CentreLanguage.centre_id).where(CentreLanguage.language.in_(codes)))


def _still_needed() -> list[ColumnElement[bool]]:
    """A text that is being changed, or that nobody reads any more, waits for no translator."""
    return [
        ListingRevision.state.in_([RevisionState.SUBMITTED, RevisionState.PUBLISHED]),
        Listing.state.in_([ListingState.SUBMITTED, *ALIVE]),
    ]
