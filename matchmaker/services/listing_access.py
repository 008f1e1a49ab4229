"""Who may write a listing, and whether it can be written now."""

from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from matchmaker.domain.clock import local_date
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_states import By
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import RevisionState
from matchmaker.models import Listing, ListingRevision, Membership, Organisation

EDITABLE = frozenset({RevisionState.WORKING, RevisionState.CHANGES_REQUESTED})


def has_account(session: Session, organisation: Organisation) -> bool:
    """Tell whether somebody acts for an organisation, so that staff need not."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    Membership.organisation_id == organisation.id,
                    Membership.accepted_at.is_not(None),
                )
            )
        )
    )


def acts_for(session: Session, actor: Actor, organisation: Organisation) -> By:
    """Return as what the actor writes for an organisation: its own people and the command line as
    the owner, staff of its centre where it has no account. Raises DomainError NOT_ALLOWED."""
    if actor.system or organisation.id in actor.organisation_ids:
        return By.OWNER
    posts = actor.may(Permission.LISTING_CENTRE_POST)
    if posts and organisation.centre_id in actor.acting_centre_ids:
        if has_account(session, organisation):
            raise DomainError(ErrorCode.ORGANISATION_HAS_ACCOUNT)
        return By.STAFF
    raise DomainError(ErrorCode.NOT_ALLOWED)


def decides_about(session: Session, actor: Actor, listing: Listing) -> By:
    """As `acts_for`; besides, staff of the listing's centre may pause or close any listing."""
    own = actor.system or listing.organisation_id in actor.organisation_ids
    moderates = actor.may(Permission.LISTING_CENTRE_MODERATE)
    if not own and moderates and listing.centre_id in actor.acting_centre_ids:
        return By.STAFF
    return acts_for(session, actor, listing.organisation)


def lock(session: Session, listing: Listing) -> Listing:
    """Read a listing anew and let no other transaction change it until this one ends."""
    session.flush()  # a refresh would throw away what was not written yet
    session.refresh(listing, with_for_update=True)
    if listing.working is not None:
        session.refresh(listing.working)
    return listing


def open_revision(
    session: Session, actor: Actor, listing: Listing, version: int | None = None
) -> ListingRevision:
    """Return the revision that the actor may write now, locked.

    `version` is its lock_version that the person saw; None where nobody looked. Raises DomainError:
    NOT_ALLOWED, ORGANISATION_HAS_ACCOUNT, LISTING_NOT_EDITABLE, STALE.
    """
    acts_for(session, actor, listing.organisation)
    lock(session, listing)
    revision = listing.working
    if revision is None or revision.state not in EDITABLE:
        raise DomainError(ErrorCode.LISTING_NOT_EDITABLE)
    if version is not None and revision.lock_version != version:
        raise DomainError(ErrorCode.STALE)
    return revision


def touch(revision: ListingRevision) -> None:
    """Let the next flush raise the version of a revision, although only rows below it change."""
    flag_modified(revision, "original_language")


def today_at(organisation: Organisation, now: datetime) -> date:
    """Return the date at the centre of an organisation."""
    return local_date(now, organisation.centre.time_zone)
