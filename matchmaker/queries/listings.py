"""Listings as their owners write them and as readers see them, tier by tier."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import Tier, text_fields
from matchmaker.domain.listing_states import LIVE
from matchmaker.domain.match_states import CASE_STATES
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import parse_reference
from matchmaker.domain.vocabulary import (
    CodeField,
    ConfidentialAfter,
    ListingState,
    MatchState,
    RevisionState,
    Side,
    TextField,
)
from matchmaker.models import (
    Attachment,
    Listing,
    ListingCode,
    ListingRevision,
    ListingText,
    Match,
    Membership,
    Organisation,
    RevisionAttachment,
)
from matchmaker.queries.case_tiers import (
    nda_in_force,
    party_tier,
    shown_revision,
    withholds_text,
)

STAFF_STATES = CASE_STATES | {MatchState.UNDER_REVIEW, MatchState.APPROVED, MatchState.OFFERED}
"""States of a match in which the staff of both centres read the confidential parts."""
_READ_BY_STAFF = frozenset(
    {RevisionState.SUBMITTED, RevisionState.CHANGES_REQUESTED, RevisionState.PUBLISHED}
)


# What owners see.


def postable_organisations(session: Session, actor: Actor) -> Sequence[Organisation]:
    """Return the organisations for which the actor may post, in the order of their making: one's
    own, and for staff those of their centres that have no account."""
    return session.scalars(
        select(Organisation)
        .where(_may_post_for(actor))
        .options(selectinload(Organisation.texts))
        .order_by(Organisation.created_at, Organisation.id)
    ).all()


def own_listing(session: Session, actor: Actor, reference: str, *, lock: bool = False) -> Listing:
    """Return a listing that the actor may write. Raises DomainError NOT_FOUND.

    `lock` lets no other transaction change it until this one ends: ask for it before anything of
    the listing was read, and all that follows is the newest.
    """
    wanted = (
        select(Listing)
        .join(Listing.organisation)
        .where(Listing.reference == (parse_reference(reference) or ""), _may_post_for(actor))
    )
    listing = session.scalar(wanted.with_for_update(of=Listing) if lock else wanted)
    if listing is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return listing


def own_listings(
    session: Session,
    actor: Actor,
    *,
    state: ListingState | None = None,
    offset: int = 0,
    limit: int = 50,
) -> Sequence[Listing]:
    """Return listings that the actor may write, what changed last first; archived ones only when
    `state` asks for them."""
    wanted = Listing.state == state if state else Listing.state != ListingState.ARCHIVED
    return session.scalars(
        select(Listing)
        .join(Listing.organisation)
        .where(_may_post_for(actor), wanted)
        .options(
            selectinload(Listing.organisation).selectinload(Organisation.texts),
            selectinload(Listing.revisions).selectinload(ListingRevision.texts),
        )
        .order_by(Listing.state_changed_at.desc(), Listing.id.desc())
        .offset(offset)
        .limit(limit)
    ).all()


def own_drafts(
    session: Session, actor: Actor, references: Collection[str] | None, *, limit: int
) -> Sequence[Listing]:
    """Return drafts that the actor may write, the oldest first: those that are meant, or with None
    all in which nothing is missing."""
    chosen = _complete_draft() if references is None else Listing.reference.in_(references)
    return session.scalars(
        select(Listing)
        .join(Listing.organisation)
        .where(_may_post_for(actor), chosen)
        .options(
            selectinload(Listing.organisation),
            selectinload(Listing.revisions).selectinload(ListingRevision.texts),
        )
        .order_by(Listing.id)
        .limit(limit)
    ).all()


def complete_drafts(session: Session, actor: Actor) -> int:
    """Return how many drafts of the actor have all that is needed to submit them."""
    count = (
        select(func.count())
        .select_from(Listing)
        .join(Listing.organisation)
        .where(_may_post_for(actor), _complete_draft())
    )
    return session.scalar(count) or 0


def _complete_draft() -> ColumnElement[bool]:
    """What `listing_content.missing_for_submission` asks of an owner, as a condition: the texts of
    drafts are saved without white space around them."""
    written = (
        select(ListingRevision.id)
        .join(
            ListingText,
            and_(
                ListingText.revision_id == ListingRevision.id,
                ListingText.language == ListingRevision.original_language,
            ),
        )
        .join(
            ListingCode,
            and_(
                ListingCode.revision_id == ListingRevision.id,
                ListingCode.field == CodeField.SECTOR,
            ),
        )
        .where(
            ListingRevision.listing_id == Listing.id,
            ListingRevision.state == RevisionState.WORKING,
            ListingText.title != "",
            ListingText.description != "",
        )
    )
    return and_(Listing.state == ListingState.DRAFT, written.exists())


def own_counts(session: Session, actor: Actor) -> Mapping[ListingState, int]:
    """Return how many listings the actor may write, by state; states without any are left out."""
    rows = session.execute(
        select(Listing.state, func.count())
        .join(Listing.organisation)
        .where(_may_post_for(actor))
        .group_by(Listing.state)
    )
    return {state: count for state, count in rows}  # noqa: C416 - mypy knows no dict of rows


def _may_post_for(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Organisation` that `services.listing_access.acts_for` checks on a row."""
    if actor.system:
        return Organisation.id.is_not(None)
    own = Organisation.id.in_(actor.organisation_ids)
    if not actor.may(Permission.LISTING_CENTRE_POST):
        return own
    account = exists().where(
        Membership.organisation_id == Organisation.id, Membership.accepted_at.is_not(None)
    )
    return or_(own, and_(Organisation.centre_id.in_(actor.acting_centre_ids), ~account))


# What readers see.


def get_for_reader(session: Session, actor: Actor, reference: str) -> Listing:
    """Return a listing that the actor may read in some tier: a published one, one's own, or one
    that the actor's centre moderates. Raises DomainError NOT_FOUND."""
    listing = session.scalar(
        select(Listing).where(Listing.reference == (parse_reference(reference) or ""))
    )
    if listing is None or not (
        listing.state in LIVE
        or is_own(session, actor, listing)
        or _moderates(actor, listing)
        or _case_match(session, actor, listing)
    ):
        raise DomainError(ErrorCode.NOT_FOUND)
    return listing


def is_own(session: Session, actor: Actor, listing: Listing) -> bool:
    """Tell whether the actor may write the listing."""
    if actor.system or listing.organisation_id in actor.organisation_ids:
        return True
    return bool(
        actor.may(Permission.LISTING_CENTRE_POST)
        and session.scalar(
            select(Organisation.id).where(
                Organisation.id == listing.organisation_id, _may_post_for(actor)
            )
        )
    )


def tier_of(session: Session, actor: Actor, listing: Listing) -> Tier:
    """Return the highest tier of `listing` that the actor reads."""
    if is_own(session, actor, listing) or _reads_confidential(session, actor, listing):
        return Tier.CASE
    return Tier.MEMBER if actor.reads_member_tier else Tier.PUBLIC


def visible_text_fields(session: Session, actor: Actor, listing: Listing) -> tuple[TextField, ...]:
    """Return the text fields of a listing that the actor reads, in the order of the page."""
    return text_fields(tier_of(session, actor, listing))


def sees_owner(session: Session, actor: Actor, listing: Listing) -> bool:
    """Tell whether the actor may know whose listing this is: always, unless it is anonymous; then
    from the introduction on, or from the agreement where its owner wants to wait for that."""
    shown = listing.published or listing.newest
    return (
        not shown.anonymous
        or is_own(session, actor, listing)
        or _reads_confidential(session, actor, listing)
    )


def visible_attachments(
    session: Session, actor: Actor, listing: Listing, revision: ListingRevision
) -> list[RevisionAttachment]:
    """Return the files of a revision that the actor may open; visitors see none."""
    tier = tier_of(session, actor, listing)
    return [shown for shown in revision.attachments if tier >= needed_tier(shown)]


def needed_tier(shown: RevisionAttachment) -> Tier:
    """Return the tier in which a file may be opened."""
    return Tier.CASE if shown.confidential else Tier.MEMBER


def readable_attachment(
    session: Session, actor: Actor, reference: str, token: str
) -> RevisionAttachment:
    """Return a file of a listing that the actor may open. Raises DomainError NOT_FOUND.

    Owners open the files of all revisions, staff of the centre those that were submitted, readers
    those of the published one, and the other party of a case those that it shows.
    """
    listing = get_for_reader(session, actor, reference)
    own = is_own(session, actor, listing)
    rows = session.scalars(
        select(RevisionAttachment)
        .join(Attachment)
        .join(ListingRevision, ListingRevision.id == RevisionAttachment.revision_id)
        .where(Attachment.token == token, ListingRevision.listing_id == listing.id)
        .order_by(ListingRevision.number.desc())
    ).all()
    tier = tier_of(session, actor, listing)
    states = _READ_BY_STAFF if _moderates(actor, listing) else {RevisionState.PUBLISHED}
    for shown in rows:
        if own or (shown.revision.state in states and tier >= needed_tier(shown)):
            return shown
        if _opened_in_case(session, actor, listing, shown):
            return shown
    raise DomainError(ErrorCode.NOT_FOUND)


def _moderates(actor: Actor, listing: Listing) -> bool:
    """Whether the actor's centre has the listing on its desk: drafts are their owner's alone."""
    return (
        actor.may(Permission.LISTING_CENTRE_MODERATE)
        and listing.centre_id in actor.acting_centre_ids
        and listing.state is not ListingState.DRAFT
    )


def _reads_confidential(session: Session, actor: Actor, listing: Listing) -> bool:
    match = _case_match(session, actor, listing, confidential=True)
    return match is not None


def _case_match(
    session: Session, actor: Actor, listing: Listing, *, confidential: bool = False
) -> Match | None:
    """Return a match that opens the case tier to the actor; `confidential`: its locked part too.

    Staff who belong to one of the parties read what that party reads.
    """
    if not actor.organisation_ids and not actor.acting_centre_ids:
        return None
    matches = session.scalars(
        select(Match).where(
            or_(Match.offer_id == listing.id, Match.need_id == listing.id),
            Match.state.in_(STAFF_STATES),
        )
    ).all()
    for match in matches:
        centres = {match.offer_centre_id, match.need_centre_id}
        parties = {match.offer.organisation_id, match.need.organisation_id}
        reviews = actor.may(Permission.MATCH_CENTRE_REVIEW) and centres & actor.acting_centre_ids
        if reviews and not parties & actor.organisation_ids:
            return match
        other = match.need if match.offer_id == listing.id else match.offer
        if other.organisation_id in actor.verified_organisation_ids and match.state in CASE_STATES:
            shown = match.offer_revision if match.offer_id == listing.id else match.need_revision
            if not confidential:
                return match
            withheld = match.offer_id == listing.id and withholds_text(match)
            if not withheld and _unlocked(session, match, listing.published or shown):
                return match
    return None


def _opened_in_case(
    session: Session, actor: Actor, listing: Listing, shown: RevisionAttachment
) -> bool:
    """Whether a case shows the file to the other party: it may show an earlier text, while a newer
    one is not cleared for export."""
    if not actor.verified_organisation_ids:
        return False
    matches = session.scalars(
        select(Match).where(
            or_(Match.offer_id == listing.id, Match.need_id == listing.id),
            Match.state.in_(CASE_STATES),
        )
    )
    for match in matches:
        side = Side.OFFER if match.offer_id == listing.id else Side.NEED
        partner = match.listing(side.other).organisation_id in actor.verified_organisation_ids
        in_case = partner and shown_revision(match, side) is shown.revision
        if in_case and party_tier(session, match, side) >= needed_tier(shown):
            return True
    return False


def _unlocked(session: Session, match: Match, revision: ListingRevision) -> bool:
    """Whether the parties read what is confidential: at once, or once an agreement is in force."""
    at_once = revision.confidential_after is ConfidentialAfter.INTRODUCTION
    return at_once or nda_in_force(session, match) is not None
