"""What owners do with a listing: write it (see `listing_drafts`), submit it, edit it, end it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import (
    COLUMNS,
    detail_problems,
    fingerprint,
    missing_for_submission,
    valid_until,
)
from matchmaker.domain.listing_states import ALIVE, By
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import (
    CodeField,
    ListingState,
    RevisionState,
    TaskKind,
    TextField,
    TextOrigin,
)
from matchmaker.models import (
    ChangeRequest,
    Listing,
    ListingCode,
    ListingRevision,
    ListingText,
    Organisation,
    RevisionAttachment,
    Sector,
    User,
)
from matchmaker.queries.centres import responsible_centre
from matchmaker.services import audit, moderation_notices, public_listings, translations
from matchmaker.services.listing_access import (
    acts_for,
    decides_about,
    lock,
    open_revision,
    today_at,
)
from matchmaker.services.listing_drafts import (
    add_language,
    create_listing,
    details_of,
    remove_language,
    save_details,
    save_options,
    save_text,
    set_language,
)
from matchmaker.services.listing_states import move
from matchmaker.services.mail import mail_user

__all__ = [
    "add_language",
    "archive",
    "close",
    "create_listing",
    "details_of",
    "discard_revision",
    "hold",
    "remove_language",
    "renew",
    "resume",
    "save_details",
    "save_options",
    "save_text",
    "set_language",
    "start_revision",
    "submit",
    "take_back",
]
MAX_REASON = 2000
_COUNT_AS_LIVE = ALIVE | {ListingState.SUBMITTED, ListingState.CHANGES_REQUESTED}
_COMPARED = frozenset(
    {RevisionState.SUBMITTED, RevisionState.CHANGES_REQUESTED, RevisionState.PUBLISHED}
)


def submit(
    session: Session,
    actor: Actor,
    listing: Listing,
    *,
    version: int | None = None,
    receipt: bool = True,
    keep_duplicate: bool = False,
    now: datetime,
) -> Listing:
    """Hand a draft, or an edit of a published listing, to the responsible centre.

    Staff and the command line may submit a title alone. `receipt`: write to the person who submits.
    `keep_duplicate` takes what another listing already says, from the command line only. Raises
    DomainError: those of `open_revision`, LISTING_INCOMPLETE (`missing`: names of fields),
    LISTING_DUPLICATE (`reference`: the other listing), and those of `detail_problems`.
    """
    if keep_duplicate and not actor.system:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    by = acts_for(session, actor, listing.organisation)
    revision = open_revision(session, actor, listing, version)
    _check_complete(revision, title_alone=actor.system or by is By.STAFF)
    known = frozenset(session.scalars(select(Sector.code)))
    today = today_at(listing.organisation, now)
    for problem in detail_problems(details_of(revision), sectors=known, today=today):
        raise problem
    original = revision.original
    assert original is not None, "a complete revision has its original"
    revision.fingerprint = fingerprint(listing.kind, original.title, original.description)
    if not keep_duplicate:
        _check_unique(session, listing, revision.fingerprint)
    revision.state = RevisionState.SUBMITTED
    revision.submitted_at = now
    if listing.state in ALIVE:
        audit.record(
            session, actor, audit.AuditAction.LISTING_REVISION_SUBMITTED, listing,
            now=now, revision=revision.number,
        )  # fmt: skip
    else:
        owner = listing.organisation
        listing.centre = responsible_centre(session, owner.country, owner.province)
        listing.submitted_at = now
        move(session, actor, listing, ListingState.SUBMITTED, by=by, now=now)
    translations.want_for_review(session, actor, revision, now=now)
    if receipt:
        _send_receipt(session, actor, listing, original.title, now=now)
    return listing


def _send_receipt(
    session: Session, actor: Actor, listing: Listing, title: str, *, now: datetime
) -> None:
    """Write to whoever submitted, unless it was staff or the command line."""
    if listing.organisation_id in actor.organisation_ids:
        sender = session.get_one(User, actor.user_id)
        mail_user(
            session, sender,
            code="listing_submitted",
            dedupe_key=f"listing_submitted:{listing.id}:{now.isoformat()}",
            now=now,
            reference=listing.reference,
            title=title,
        )  # fmt: skip


def take_back(session: Session, actor: Actor, listing: Listing, *, now: datetime) -> Listing:
    """Take a submission back to go on writing.

    Raises DomainError: NOT_ALLOWED, LISTING_STEP_NOT_ALLOWED (staff took it up or decided).
    """
    by = acts_for(session, actor, listing.organisation)
    lock(session, listing)
    revision = listing.working
    if revision is None or revision.state is not RevisionState.SUBMITTED:
        raise DomainError(
            ErrorCode.LISTING_STEP_NOT_ALLOWED, state=listing.state, target=ListingState.DRAFT
        )
    revision.state = RevisionState.WORKING
    if listing.state is ListingState.SUBMITTED:
        return move(session, actor, listing, ListingState.DRAFT, by=by, now=now)
    audit.record(
        session, actor, audit.AuditAction.LISTING_CHANGED, listing,
        now=now, fields=["submission_taken_back"], revision=revision.number,
    )  # fmt: skip
    return listing


def start_revision(
    session: Session, actor: Actor, listing: Listing, *, now: datetime
) -> ListingRevision:
    """Start an edit of a published listing: a copy to work on, while readers see the old one.

    An edit that was already started is returned as it is. Machine translations are not copied:
    they belong to the old text. Raises DomainError: NOT_ALLOWED, LISTING_NOT_EDITABLE.
    """
    acts_for(session, actor, listing.organisation)
    lock(session, listing)
    published = listing.published
    if listing.state not in ALIVE or published is None:
        raise DomainError(ErrorCode.LISTING_NOT_EDITABLE)
    if listing.working is not None:
        return listing.working
    revision = _copy(published, number=listing.revisions[-1].number + 1, now=now)
    listing.revisions.append(revision)
    audit.record(
        session, actor, audit.AuditAction.LISTING_REVISION_STARTED, listing,
        now=now, revision=revision.number,
    )  # fmt: skip
    return revision


def discard_revision(session: Session, actor: Actor, listing: Listing, *, now: datetime) -> Listing:
    """Throw away an edit of a published listing, submitted or not; what is public stays.

    Raises DomainError: NOT_ALLOWED, LISTING_NOT_EDITABLE (there is no edit).
    """
    acts_for(session, actor, listing.organisation)
    lock(session, listing)
    revision = listing.working
    if revision is None or listing.published is None:
        raise DomainError(ErrorCode.LISTING_NOT_EDITABLE)
    revision.state = RevisionState.DISCARDED
    audit.record(
        session, actor, audit.AuditAction.LISTING_REVISION_DISCARDED, listing,
        now=now, revision=revision.number,
    )  # fmt: skip
    return listing


def hold(session: Session, actor: Actor, listing: Listing, *, now: datetime) -> Listing:
    """Hide a published listing for a while; its matches wait."""
    return _move(session, actor, listing, ListingState.ON_HOLD, now=now)


def resume(session: Session, actor: Actor, listing: Listing, *, now: datetime) -> Listing:
    """Show a paused listing again. Raises DomainError DATE_PAST when its last day is over."""
    if listing.state is ListingState.ON_HOLD:
        today = today_at(listing.organisation, now)
        if listing.valid_until is not None and listing.valid_until < today:
            raise DomainError(ErrorCode.DATE_PAST, field="valid_until")
    listing = _move(
        session, actor, listing, ListingState.PUBLISHED, now=now, only=ListingState.ON_HOLD
    )
    public_listings.refresh(session, listing, now)
    return listing


def close(
    session: Session, actor: Actor, listing: Listing, *, reason: str = "", now: datetime
) -> Listing:
    """End a listing; its open matches lapse. Staff give a reason, which the owner is told.

    Raises DomainError: NOT_ALLOWED, LISTING_STEP_NOT_ALLOWED, REASON_MISSING, TEXT_TOO_LONG.
    """
    by = decides_about(session, actor, listing)
    reason = reason.strip()
    if len(reason) > MAX_REASON:
        raise DomainError(
            ErrorCode.TEXT_TOO_LONG, field="reason", limit=MAX_REASON, length=len(reason)
        )
    if by is By.STAFF and not reason:
        raise DomainError(ErrorCode.REASON_MISSING, field="reason")
    listing = _move(session, actor, listing, ListingState.CLOSED, now=now)
    if by is By.STAFF and actor.user_id is not None:
        request = ChangeRequest(
            revision=listing.published or listing.newest,
            reason=reason,
            by_id=actor.user_id,
            at=now,
            rejection=True,
        )
        session.add(request)
        session.flush()
        moderation_notices.tell(
            session, actor, listing, [request],
            code="listing_closed", task=TaskKind.REJECTION, now=now,
        )  # fmt: skip
    return listing


def archive(session: Session, actor: Actor, listing: Listing, *, now: datetime) -> Listing:
    """Put a draft, or a listing that ended, out of sight."""
    by = acts_for(session, actor, listing.organisation)
    lock(session, listing)
    return move(session, actor, listing, ListingState.ARCHIVED, by=by, now=now)


def renew(session: Session, actor: Actor, listing: Listing, *, now: datetime) -> Listing:
    """Confirm that a listing still holds: valid for 365 days from today; an expired one returns.

    Raises DomainError: NOT_ALLOWED, LISTING_STEP_NOT_ALLOWED (not published, paused or expired).
    """
    by = acts_for(session, actor, listing.organisation)
    lock(session, listing)
    if listing.state not in ALIVE:
        move(session, actor, listing, ListingState.PUBLISHED, by=_renewing(listing, by), now=now)
    listing.valid_until = valid_until(today_at(listing.organisation, now))
    audit.record(
        session, actor, audit.AuditAction.LISTING_RENEWED, listing,
        now=now, valid_until=listing.valid_until.isoformat(),
    )  # fmt: skip
    public_listings.refresh(session, listing, now)
    return listing


def _renewing(listing: Listing, by: By) -> By:
    """A renewal brings back what expired, and nothing that waits for a moderator."""
    if listing.state is not ListingState.EXPIRED:
        raise DomainError(
            ErrorCode.LISTING_STEP_NOT_ALLOWED, state=listing.state, target=ListingState.PUBLISHED
        )
    return by


def _move(
    session: Session,
    actor: Actor,
    listing: Listing,
    target: ListingState,
    *,
    now: datetime,
    only: ListingState | None = None,
) -> Listing:
    by = decides_about(session, actor, listing)
    lock(session, listing)
    if only is not None and listing.state is not only:
        raise DomainError(ErrorCode.LISTING_STEP_NOT_ALLOWED, state=listing.state, target=target)
    return move(session, actor, listing, target, by=by, now=now)


def _check_complete(revision: ListingRevision, *, title_alone: bool) -> None:
    original = revision.original
    missing = missing_for_submission(
        title=original.title if original else "",
        description=original.description if original else "",
        sectors=revision.values(CodeField.SECTOR),
        title_alone=title_alone,
    )
    if missing:
        raise DomainError(ErrorCode.LISTING_INCOMPLETE, missing=list(missing))


def _check_unique(session: Session, listing: Listing, mark: str) -> None:
    """Refuse what another live listing of the organisation already says."""
    # Two twins submitted at once: the second one waits here and then finds the first.
    owner = select(Organisation.id).where(Organisation.id == listing.organisation_id)
    session.execute(owner.with_for_update())
    twin = session.scalar(
        select(Listing.reference)
        .join(ListingRevision, ListingRevision.listing_id == Listing.id)
        .where(
            Listing.organisation_id == listing.organisation_id,
            Listing.id != listing.id,
            Listing.state.in_(_COUNT_AS_LIVE),
            ListingRevision.state.in_(_COMPARED),
            ListingRevision.fingerprint == mark,
        )
    )
    if twin is not None:
        raise DomainError(ErrorCode.LISTING_DUPLICATE, reference=twin)


def _copy(source: ListingRevision, *, number: int, now: datetime) -> ListingRevision:
    return ListingRevision(
        number=number,
        state=RevisionState.WORKING,
        original_language=source.original_language,
        confirmed_original=source.confirmed_original,
        created_at=now,
        **{name: getattr(source, name) for name in COLUMNS},
        texts=[
            ListingText(
                language=text.language,
                origin=text.origin,
                written_by_id=text.written_by_id,
                updated_at=text.updated_at,
                **{name.value: text.get(name) for name in TextField},
            )
            for text in source.texts
            if text.origin is not TextOrigin.MACHINE
        ],
        codes=[
            ListingCode(field=code.field, value=code.value, position=code.position)
            for code in source.codes
        ],
        attachments=[
            RevisionAttachment(
                attachment=shown.attachment,
                caption=shown.caption,
                confidential=shown.confidential,
                position=shown.position,
            )
            for shown in source.attachments
        ],
    )
