"""The one place that sets the state of a listing, and what follows from it."""

from datetime import datetime

from sqlalchemy.orm import Session

from matchmaker.domain.listing_states import ALIVE, LIVE, By, check_transition
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import ListingState, RevisionState
from matchmaker.models import Listing
from matchmaker.services import audit, match_states, public_listings

ENDED = frozenset({ListingState.CLOSED, ListingState.ARCHIVED})
"""States in which nobody goes on writing."""


def move(
    session: Session,
    actor: Actor,
    listing: Listing,
    target: ListingState,
    *,
    by: By,
    now: datetime,
    **data: object,
) -> Listing:
    """Take a listing to `target`, or raise DomainError LISTING_STEP_NOT_ALLOWED.

    One that leaves `published` loses its public rows; one that ended lapses its open matches, and a
    revision that was being written is discarded. `data` (ids, codes, numbers) goes into the audit
    entry beside the two states.
    """
    check_transition(listing.state, target, by)
    before = listing.state
    listing.state = target
    listing.state_changed_at = now
    audit.record(
        session,
        actor,
        audit.AuditAction.LISTING_STATE_CHANGED,
        listing,
        now=now,
        **{"from": before.value, "to": target.value, "by": by.value},
        **data,
    )
    if before in LIVE and target not in LIVE:
        public_listings.withdraw(session, listing)
    if before in ALIVE and target not in ALIVE:
        match_states.lapse_open(session, actor, listing, now)
    if target in ENDED and listing.working is not None:
        listing.working.state = RevisionState.DISCARDED
    session.flush()
    return listing
