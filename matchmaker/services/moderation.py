"""What staff decide about a listing before readers see it: publish, send back, reject."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from matchmaker.domain.clock import local_date
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import valid_until
from matchmaker.domain.listing_states import ALIVE, By
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import (
    ControlClass,
    ListingKind,
    ListingState,
    RevisionState,
    TaskKind,
    TextOrigin,
)
from matchmaker.models import (
    ChangeRequest,
    ExportCheck,
    Listing,
    ListingRevision,
)
from matchmaker.queries.export_control import introduced_abroad
from matchmaker.queries.match_gate import check_of
from matchmaker.queries.moderation import revision_for_staff
from matchmaker.services import (
    audit,
    export_notices,
    moderation_notices,
    public_listings,
    translations,
)
from matchmaker.services.audit import AuditAction
from matchmaker.services.export_catalogues import considered
from matchmaker.services.export_evidence import EvidenceFile, keep_evidence
from matchmaker.services.listing_access import lock
from matchmaker.services.listing_states import move

MAX_REASON: Final = 2000
MAX_CATALOGUE_VERSION: Final = 64
MAX_NOTE: Final = 1000
NETWORK_ZONE: Final = "Asia/Shanghai"


def publish(
    session: Session, actor: Actor, listing: Listing, *, now: datetime, version: int | None = None
) -> Listing:
    """Publish what was submitted: a new listing, or the pending revision of a published one.

    `version` is the revision's lock_version that the reviewer saw; None where nobody looked.
    Raises DomainError: STALE, NOT_ALLOWED, DECISION_OWN_ORGANISATION, ORGANISATION_NOT_VERIFIED,
    CONTROL_CLASS_MISSING (an offer without any export check), EXPORT_CHECK_OUTDATED (no check
    holds for this text of an offer that has been introduced across a border), DATE_PAST (the wished
    last day), LISTING_STEP_NOT_ALLOWED (nothing is waiting).
    """
    revision = _submitted(session, actor, listing, version)
    if listing.organisation.verified_at is None:
        raise DomainError(ErrorCode.ORGANISATION_NOT_VERIFIED)
    if listing.kind is ListingKind.OFFER:
        _check_is_there(session, listing, revision)
    last_day = _last_day(listing, revision, now)
    replaced = listing.published
    if replaced is not None:
        _supersede(session, replaced, revision)
    revision.state = RevisionState.PUBLISHED
    revision.published_at = now
    listing.valid_until = last_day
    if listing.state is ListingState.SUBMITTED:
        listing.published_at = now
        move(session, actor, listing, ListingState.PUBLISHED, by=By.STAFF, now=now)
    else:
        audit.record(
            session, actor, AuditAction.LISTING_REVISION_PUBLISHED, listing,
            now=now, revision=revision.number,
        )  # fmt: skip
    public_listings.refresh(session, listing, now)
    translations.want_for_review(session, actor, revision, now=now)
    moderation_notices.published(session, listing, revision, now=now)
    return listing


def _check_is_there(session: Session, listing: Listing, revision: ListingRevision) -> None:
    if listing.export_check is None:
        raise DomainError(ErrorCode.CONTROL_CLASS_MISSING, field="control_class")
    check = check_of(listing, revision)
    checked = check is not None and check.control_class is not ControlClass.NOT_CHECKED
    if not checked and introduced_abroad(session, listing):
        raise DomainError(ErrorCode.EXPORT_CHECK_OUTDATED, field="control_class")


def request_changes(
    session: Session,
    actor: Actor,
    listing: Listing,
    reasons: Mapping[str, str],
    *,
    now: datetime,
    version: int | None = None,
) -> list[ChangeRequest]:
    """Send a submission back to its owner, with a reason by field.

    `reasons` maps a field's code (a `TextField`, a `CodeField` or another detail; "" for the whole
    listing) to what the owner should change; empty reasons are left out, and at least one is
    needed. A published listing stays public meanwhile. Raises DomainError as `publish` does, and
    REASON_MISSING or TEXT_TOO_LONG.
    """
    revision = _submitted(session, actor, listing, version)
    given = {field: reason.strip() for field, reason in reasons.items() if reason.strip()}
    if not given:
        raise DomainError(ErrorCode.REASON_MISSING)
    requests = [
        _reason(session, actor, revision, field=field, reason=reason, now=now)
        for field, reason in given.items()
    ]
    revision.state = RevisionState.CHANGES_REQUESTED
    if listing.state is ListingState.SUBMITTED:
        move(session, actor, listing, ListingState.CHANGES_REQUESTED, by=By.STAFF, now=now)
    audit.record(
        session, actor, AuditAction.LISTING_CHANGES_REQUESTED, listing,
        now=now, revision=revision.number, fields=sorted(given),
    )  # fmt: skip
    moderation_notices.tell(
        session, actor, listing, requests,
        code="listing_changes_requested", task=TaskKind.CHANGES, now=now,
    )  # fmt: skip
    return requests


def reject(
    session: Session,
    actor: Actor,
    listing: Listing,
    reason: str,
    *,
    now: datetime,
    version: int | None = None,
) -> ChangeRequest:
    """Refuse a submission for good, with a reason. Of a published listing only the pending
    revision is refused: what is public stays. Raises DomainError as `request_changes` does.
    """
    revision = _submitted(session, actor, listing, version)
    if not reason.strip():
        raise DomainError(ErrorCode.REASON_MISSING, field="reason")
    request = _reason(
        session, actor, revision, field="", reason=reason.strip(), now=now, rejection=True
    )
    revision.state = RevisionState.DISCARDED
    if listing.state is ListingState.SUBMITTED:
        move(session, actor, listing, ListingState.REJECTED, by=By.STAFF, now=now)
    else:
        audit.record(
            session, actor, AuditAction.LISTING_REVISION_DISCARDED, listing,
            now=now, revision=revision.number, refused=True,
        )  # fmt: skip
    moderation_notices.tell(
        session, actor, listing, [request],
        code="listing_rejected", task=TaskKind.REJECTION, now=now,
    )  # fmt: skip
    return request


def check_export(
    session: Session,
    actor: Actor,
    listing: Listing,
    *,
    control_class: ControlClass,
    catalogue_version: str,
    note: str = "",
    entries: str = "",
    evidence: EvidenceFile | None = None,
    now: datetime,
) -> ExportCheck:
    """Record the export-control class of an offer, for the text that staff read now; earlier checks
    stay as history. Where the class is stricter than what a running introduction abroad was cleared
    for, the staff of both centres are told.

    `catalogue_version` says by which catalogue (at most 64 characters); it may be empty only for
    NOT_CHECKED. `note` has at most 1,000 characters; `entries` are the numbers that were
    considered, separated by commas. Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION,
    UNKNOWN_CODE for a need, TEXT_EMPTY, TEXT_TOO_LONG, CATALOGUE_ENTRY_UNKNOWN, those of
    `keep_evidence`.
    """
    check_may_moderate(actor, listing)
    if listing.kind is not ListingKind.OFFER:
        raise DomainError(ErrorCode.UNKNOWN_CODE, value=control_class)
    catalogue_version, note = catalogue_version.strip(), note.strip()
    if not catalogue_version and control_class is not ControlClass.NOT_CHECKED:
        raise DomainError(ErrorCode.TEXT_EMPTY, field="catalogue_version")
    _check_length("catalogue_version", catalogue_version, MAX_CATALOGUE_VERSION)
    _check_length("note", note, MAX_NOTE)
    country = listing.organisation.country
    numbers = considered(session, country, catalogue_version, entries)
    check = ExportCheck(
        revision=revision_for_staff(listing),
        control_class=control_class,
        catalogue_version=catalogue_version,
        note=note,
        entries=numbers,
        by_id=actor.user_id,
        at=now,
    )
    listing.export_checks.append(check)
    audit.record(
        session, actor, AuditAction.LISTING_EXPORT_CHECKED, listing, now=now,
        control_class=control_class, catalogue_version=catalogue_version, entries=numbers,
    )  # fmt: skip
    if evidence is not None:
        keep_evidence(session, actor, evidence, check, now=now)
    export_notices.tell_stricter(session, actor, listing, now=now)
    return check


def confirm_export(
    session: Session, actor: Actor, listing: Listing, *, now: datetime
) -> ExportCheck:
    """Record that the last check of an offer holds for the text that staff read now.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, CONTROL_CLASS_MISSING (there is
    nothing to confirm).
    """
    check_may_moderate(actor, listing)
    before = listing.export_check
    if before is None or before.control_class is ControlClass.NOT_CHECKED:
        raise DomainError(ErrorCode.CONTROL_CLASS_MISSING, field="control_class")
    revision = revision_for_staff(listing)
    check = ExportCheck(
        revision=revision, control_class=before.control_class,
        catalogue_version=before.catalogue_version, entries=before.entries,
        by_id=actor.user_id, at=now,
    )  # fmt: skip
    listing.export_checks.append(check)
    audit.record(
        session, actor, AuditAction.LISTING_EXPORT_CONFIRMED, listing, now=now,
        control_class=check.control_class, revision=revision.number,
    )  # fmt: skip
    return check


def check_may_moderate(actor: Actor, listing: Listing) -> None:
    """Raise DomainError unless the actor's centre decides about a listing that is not their own."""
    if actor.system:
        return
    if not actor.may(Permission.LISTING_CENTRE_MODERATE):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    if listing.organisation_id in actor.organisation_ids:
        raise DomainError(ErrorCode.DECISION_OWN_ORGANISATION)
    if listing.centre_id not in actor.acting_centre_ids:
        raise DomainError(ErrorCode.NOT_ALLOWED)


def _submitted(
    session: Session, actor: Actor, listing: Listing, version: int | None
) -> ListingRevision:
    """Return the revision that waits for a decision, locked."""
    check_may_moderate(actor, listing)
    lock(session, listing)
    revision = listing.working
    if revision is None or revision.state is not RevisionState.SUBMITTED:
        if version is not None:
            raise DomainError(ErrorCode.STALE)
        raise DomainError(
            ErrorCode.LISTING_STEP_NOT_ALLOWED, state=listing.state, target=ListingState.PUBLISHED
        )
    if version is not None and revision.lock_version != version:
        raise DomainError(ErrorCode.STALE)
    if listing.state is not ListingState.SUBMITTED and listing.state not in ALIVE:
        raise DomainError(
            ErrorCode.LISTING_STEP_NOT_ALLOWED, state=listing.state, target=ListingState.PUBLISHED
        )
    return revision


def _last_day(listing: Listing, revision: ListingRevision, now: datetime) -> date:
    """The last day: a year from publication at the centre, or the earlier day that was wished."""
    zone = listing.centre.time_zone if listing.centre else NETWORK_ZONE
    today = local_date(now, zone)
    latest = valid_until(today)
    wish = revision.wished_valid_until
    published = listing.published
    if listing.valid_until is not None and published is not None:
        # A revision is no renewal: it may end the listing earlier, or take such a wish back.
        if wish == published.wished_valid_until:
            return listing.valid_until
        first = valid_until(local_date(listing.published_at or now, zone))
        latest = max(listing.valid_until, first)
    if wish is not None and wish < today:
        raise DomainError(ErrorCode.DATE_PAST, field="wished_valid_until")
    return min(wish or latest, latest)


def _supersede(session: Session, old: ListingRevision, new: ListingRevision) -> None:
    """Retire the published revision; translations of an unchanged original move along."""
    old.state = RevisionState.SUPERSEDED
    translations.drop_open(session, old)
    before, after = old.original, new.original
    unchanged = (
        before is not None
        and after is not None
        and before.language == after.language
        and translations.same_text(before, after)
    )
    if unchanged:
        for text in old.texts:
            if text.origin is not TextOrigin.ORIGINAL and new.text(text.language) is None:
                new.texts.append(translations.copy_text(text))
    session.flush()  # one published revision at a time


def _reason(
    session: Session,
    actor: Actor,
    revision: ListingRevision,
    *,
    field: str,
    reason: str,
    now: datetime,
    rejection: bool = False,
) -> ChangeRequest:
    if actor.user_id is None:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    _check_length(field or "reason", reason, MAX_REASON)
    request = ChangeRequest(
        field=field, reason=reason, by_id=actor.user_id, at=now, rejection=rejection
    )
    revision.change_requests.append(request)
    session.flush()
    return request


def _check_length(field: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise DomainError(ErrorCode.TEXT_TOO_LONG, field=field, limit=limit, length=len(text))
