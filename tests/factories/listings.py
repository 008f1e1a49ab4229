"""Listings in every state, and matches, written as rows: no service is asked."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from matchmaker.domain.listing_content import fingerprint
from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import (
    CodeField,
    ControlClass,
    ListingKind,
    ListingState,
    MatchOrigin,
    MatchState,
    RevisionState,
    TextOrigin,
)
from matchmaker.models import (
    ExportCheck,
    Listing,
    ListingCode,
    ListingRevision,
    ListingText,
    Match,
    Organisation,
)
from tests.factories.clock import NOW, TODAY

_REVISION_STATE = {
    ListingState.DRAFT: RevisionState.WORKING,
    ListingState.SUBMITTED: RevisionState.SUBMITTED,
    ListingState.CHANGES_REQUESTED: RevisionState.CHANGES_REQUESTED,
    ListingState.REJECTED: RevisionState.DISCARDED,
    ListingState.ARCHIVED: RevisionState.DISCARDED,
}
_WAS_PUBLISHED = frozenset(
    {ListingState.PUBLISHED, ListingState.ON_HOLD, ListingState.EXPIRED, ListingState.CLOSED}
)


def make_listing(
    session: Session,
    organisation: Organisation,
    *,
    kind: ListingKind = ListingKind.OFFER,
    state: ListingState = ListingState.DRAFT,
    language: str = "en",
    title: str = "Pressing cane bagasse into boards",
    description: str = "Boards made of cane bagasse, pressed without formaldehyde.",
    texts: Mapping[str, Any] | None = None,
    sectors: Sequence[str] = ("sugar_cane",),
    codes: Mapping[CodeField, Sequence[str]] | None = None,
    valid_until: date | None = None,
    control_class: ControlClass | None = None,
    own_number: str | None = None,
    **details: object,
) -> Listing:
    """A listing with one revision in the state that goes with the listing's.

    `texts` gives further text fields, `details` columns of the revision (trl, price_min, …).
    """
    published = state in _WAS_PUBLISHED
    listing = Listing(
        reference=new_reference(Prefix[kind.name]),
        kind=kind,
        state=state,
        organisation=organisation,
        centre_id=None if state is ListingState.DRAFT else organisation.centre_id,
        own_number=own_number,
        created_at=NOW,
        state_changed_at=NOW,
        submitted_at=None if state is ListingState.DRAFT else NOW,
        published_at=NOW if published else None,
        valid_until=(valid_until or TODAY + timedelta(days=365)) if published else None,
    )
    session.add(listing)
    make_revision(
        session,
        listing,
        state=_REVISION_STATE.get(
            state, RevisionState.PUBLISHED if published else RevisionState.WORKING
        ),
        language=language,
        codes={CodeField.SECTOR: sectors, **(codes or {})},
        **details,
    )
    add_text(session, listing.revisions[0], language, title=title, description=description,
             **(texts or {}))  # fmt: skip
    if control_class is not None:
        listing.export_checks.append(
            ExportCheck(
                revision=listing.revisions[0], control_class=control_class,
                catalogue_version="2023", at=NOW,
            )
        )  # fmt: skip
    if state is not ListingState.DRAFT:
        listing.revisions[0].fingerprint = fingerprint(kind, title, description)
        session.flush()
    return listing


def make_revision(
    session: Session,
    listing: Listing,
    *,
    state: RevisionState,
    language: str = "en",
    codes: Mapping[CodeField, Sequence[str]] | None = None,
    **details: object,
) -> ListingRevision:
    """A further revision of a listing, without texts."""
    revision = ListingRevision(
        number=len(listing.revisions) + 1,
        state=state,
        original_language=language,
        created_at=NOW,
        published_at=NOW if state is RevisionState.PUBLISHED else None,
        codes=[
            ListingCode(field=field, value=value, position=position)
            for field, values in (codes or {}).items()
            for position, value in enumerate(values)
        ],
        **details,
    )
    listing.revisions.append(revision)
    session.flush()
    return revision


def add_text(
    session: Session,
    revision: ListingRevision,
    language: str,
    *,
    origin: TextOrigin | None = None,
    **fields: object,
) -> ListingText:
    """A text of a revision; in its own language the original, in others a human version."""
    if origin is None:
        own = language == revision.original_language
        origin = TextOrigin.ORIGINAL if own else TextOrigin.HUMAN
    text = ListingText(language=language, origin=origin, updated_at=NOW, **fields)
    revision.texts.append(text)
    session.flush()
    return text


def make_match(
    session: Session,
    offer: Listing,
    need: Listing,
    *,
    state: MatchState = MatchState.SUGGESTED,
    origin: MatchOrigin = MatchOrigin.SUGGESTED,
    score: int | None = 70,
) -> Match:
    """A match of two published listings."""
    match = Match(
        reference=new_reference(Prefix.MATCH),
        offer=offer,
        need=need,
        origin=origin,
        state=state,
        offer_centre_id=offer.centre_id or offer.organisation.centre_id,
        need_centre_id=need.centre_id or need.organisation.centre_id,
        offer_revision=offer.newest,
        need_revision=need.newest,
        score=score,
        created_at=NOW,
        state_changed_at=NOW,
    )
    session.add(match)
    session.flush()
    return match
