"""What waits for a centre's decision, and what its staff need to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, auto
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import READABLE_AS, reads
from matchmaker.domain.listing_states import ALIVE
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import (
    ControlClass,
    ListingKind,
    ListingState,
    RevisionState,
    TranslationState,
)
from matchmaker.models import (
    AuditEntry,
    ExportCheck,
    Listing,
    ListingRevision,
    ListingText,
    Organisation,
    RevisionAttachment,
    TranslationRequest,
    User,
)

PAGE_SIZE: Final = 25
MAX_DUPLICATES: Final = 10
MAX_HISTORY: Final = 200
_READ_BY_STAFF: Final = (
    RevisionState.SUBMITTED,
    RevisionState.CHANGES_REQUESTED,
    RevisionState.PUBLISHED,
)


class Waiting(StrEnum):
    """What kind of submission waits."""

    NEW = auto()
    REVISION = auto()


@dataclass(frozen=True)
class QueueFilter:
    """What a reviewer wants to see of the queue; an empty one shows all of it."""

    kind: ListingKind | None = None
    language: str | None = None
    """The original language."""
    readable: bool = False
    """Only what has a text in a language that the actor reads."""
    waiting: Waiting | None = None


@dataclass(frozen=True)
class QueueRow:
    """One submission. `text` is the version for this reader, or the original."""

    listing: Listing
    revision: ListingRevision
    text: ListingText | None
    readable: bool


@dataclass(frozen=True)
class QueuePage:
    """A stretch of the queue, oldest first; `following` names the place where the next begins."""

    rows: Sequence[QueueRow]
    total: int
    following: str | None


def queue(
    session: Session,
    actor: Actor,
    wanted: QueueFilter,
    *,
    after: str | None = None,
    size: int = PAGE_SIZE,
) -> QueuePage:
    """Return what waits for the centres that the actor decides for, except their own listings.

    `after` is the `following` of an earlier page: what was decided meanwhile moves nothing.
    """
    if not actor.may(Permission.LISTING_CENTRE_MODERATE):
        return QueuePage((), 0, None)
    conditions = _waiting_for(actor) + _filters(actor, wanted)
    statement = select(ListingRevision).join(Listing).where(*conditions)
    total = session.scalar(
        select(func.count()).select_from(ListingRevision).join(Listing).where(*conditions)
    )
    position = _position(after)
    if position is not None:
        moment, last = position
        later = ListingRevision.submitted_at > moment
        beside = and_(ListingRevision.submitted_at == moment, Listing.reference > last)
        statement = statement.where(or_(later, beside))
    revisions = session.scalars(
        _with_texts(statement)
        .order_by(ListingRevision.submitted_at, Listing.reference)
        .limit(size + 1)
    ).all()
    shown = revisions[:size]
    following = _name(shown[-1]) if len(revisions) > size else None
    return QueuePage([_row(actor, revision) for revision in shown], total or 0, following)


def get_for_moderation(session: Session, actor: Actor, reference: str) -> Listing:
    """Return a listing that a centre of the actor is responsible for, with all that staff read.

    Raises DomainError NOT_FOUND for any other, and for one that was never submitted.
    """
    listing = session.scalar(
        select(Listing)
        .where(
            Listing.reference == reference,
            Listing.centre_id.in_(actor.acting_centre_ids),
            Listing.state != ListingState.DRAFT,
        )
        .options(
            selectinload(Listing.revisions).selectinload(ListingRevision.texts),
            selectinload(Listing.revisions).selectinload(ListingRevision.codes),
            selectinload(Listing.revisions)
            .selectinload(ListingRevision.attachments)
            .joinedload(RevisionAttachment.attachment),
            selectinload(Listing.organisation).selectinload(Organisation.texts),
        )
    )
    if listing is None or not actor.may(Permission.LISTING_CENTRE_MODERATE):
        raise DomainError(ErrorCode.NOT_FOUND)
    return listing


def revision_for_staff(listing: Listing) -> ListingRevision:
    """Return the revision that staff read: what was submitted last, else what is public. What an
    owner is still writing is nobody else's business."""
    working = listing.working
    if working is not None and working.state is not RevisionState.WORKING:
        return working
    return listing.published or listing.newest


def possible_duplicates(session: Session, actor: Actor, listing: Listing) -> Sequence[Listing]:
    """Return other submitted listings of the same organisation with a title that this one has too,
    for those whose centre decides about it."""
    if listing.centre_id not in actor.acting_centre_ids:
        return []
    texts = revision_for_staff(listing).texts
    titles = {text.title.strip().lower() for text in texts if text.title.strip()}
    return session.scalars(
        select(Listing)
        .where(
            Listing.organisation_id == listing.organisation_id,
            Listing.id != listing.id,
            Listing.centre_id.in_(actor.acting_centre_ids),
            Listing.state.not_in([ListingState.DRAFT, ListingState.ARCHIVED]),
            Listing.id.in_(
                select(ListingRevision.listing_id)
                .join(ListingText)
                .where(
                    ListingRevision.state.in_(_READ_BY_STAFF),
                    func.lower(func.trim(ListingText.title)).in_(titles),
                )
            ),
        )
        .options(selectinload(Listing.revisions).selectinload(ListingRevision.texts))
        .order_by(Listing.created_at, Listing.id)
        .limit(MAX_DUPLICATES)
    ).all()


def last_catalogue_version(session: Session) -> str:
    """Return the version of the export-control catalogue that was last used, or ''."""
    version = session.scalar(
        select(ExportCheck.catalogue_version)
        .where(
            ExportCheck.control_class != ControlClass.NOT_CHECKED,
            ExportCheck.catalogue_version != "",
        )
        .order_by(ExportCheck.at.desc(), ExportCheck.id.desc())
        .limit(1)
    )
    return version or ""


def open_translation_requests(
    session: Session, revision: ListingRevision
) -> Sequence[TranslationRequest]:
    """Return the translations of a revision that are still wanted, oldest first."""
    return session.scalars(
        select(TranslationRequest)
        .where(
            TranslationRequest.revision_id == revision.id,
            TranslationRequest.state == TranslationState.WANTED,
        )
        .order_by(TranslationRequest.created_at, TranslationRequest.id)
    ).all()


def history(session: Session, actor: Actor, listing: Listing) -> Sequence[AuditEntry]:
    """Return the audit entries of a listing, newest first, for the staff of its centre."""
    if listing.centre_id not in actor.acting_centre_ids:
        return []
    return session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.subject_type == Listing.__tablename__, AuditEntry.subject_id == listing.id
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(MAX_HISTORY)
    ).all()


def names_of_actors(session: Session, entries: Sequence[AuditEntry]) -> dict[int, str]:
    """Return the names of the people in audit entries that staff read, by account."""
    ids = {entry.actor_id for entry in entries if entry.actor_id is not None}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids))).all()
    return {row.id: row.name for row in rows}


def _waiting_for(actor: Actor) -> list[ColumnElement[bool]]:
    return [
        ListingRevision.state == RevisionState.SUBMITTED,
        Listing.state.in_([ListingState.SUBMITTED, *ALIVE]),
        Listing.centre_id.in_(actor.acting_centre_ids),
        Listing.organisation_id.not_in(actor.organisation_ids),
    ]


def _filters(actor: Actor, wanted: QueueFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        conditions.append(Listing.kind == wanted.kind)
    if wanted.language is not None:
        conditions.append(ListingRevision.original_language == wanted.language)
    if wanted.waiting is Waiting.NEW:
        conditions.append(Listing.state == ListingState.SUBMITTED)
    elif wanted.waiting is Waiting.REVISION:
        conditions.append(Listing.state.in_(ALIVE))
    if wanted.readable:
        also = {key for key, value in READABLE_AS.items() if value in actor.languages}
        conditions.append(
            ListingRevision.id.in_(
                select(ListingText.revision_id).where(
                    ListingText.language.in_(actor.languages | also)
                )
            )
        )
    return conditions


def _with_texts(
    statement: Select[ListingRevision],
) -> Select[ListingRevision]:
    return statement.options(
        contains_eager(ListingRevision.listing)
        .selectinload(Listing.organisation)
        .selectinload(Organisation.texts),
        selectinload(ListingRevision.texts),
    )


def _row(actor: Actor, revision: ListingRevision) -> QueueRow:
    readable = any(reads(actor.languages, text.language) for text in revision.texts)
    return QueueRow(revision.listing, revision, best_text(actor, revision), readable)


def best_text(actor: Actor, revision: ListingRevision) -> ListingText | None:
    """Return the version that the actor reads best.

    The page's language first, then English, then any other language that they read, then the
    original.
    """
    order = (actor.locale, *(k for k, v in READABLE_AS.items() if v == actor.locale), "en")
    for language in order:
        text = revision.text(language)
        if text is not None:
            return text
    original = revision.original
    if original is not None and reads(actor.languages, original.language):
        return original
    others = (text for text in revision.texts if reads(actor.languages, text.language))
    return next(others, original)


def _name(revision: ListingRevision) -> str:
    assert revision.submitted_at is not None  # a submitted revision has its instant
    return f"{revision.submitted_at.isoformat()}~{revision.listing.reference}"


def _position(after: str | None) -> tuple[datetime, str] | None:
    """Read a place in the queue; one that nobody gave out means the beginning."""
    instant, separator, reference = (after or "").partition("~")
    if not separator:
        return None
    try:
        moment = datetime.fromisoformat(instant)
        return (moment.astimezone(UTC), reference) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
