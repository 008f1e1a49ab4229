"""What everybody may read of a published listing, copied into rows of their own."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.listing_states import LIVE
from matchmaker.domain.vocabulary import CodeField
from matchmaker.models import Listing, ListingRevision, PublicFacet, PublicListing, PublicText
from matchmaker.queries.sectors import sector_parents

PUBLIC_CODES: tuple[CodeField, ...] = (
    CodeField.SECTOR,
    CodeField.IPC_CODE,
    CodeField.KEYWORD,
    CodeField.PARTNERSHIP_TYPE,
)
"""The coded fields that are public; all others are for members."""

LANGUAGE_FACET = "language"


def refresh(session: Session, listing: Listing, now: datetime) -> PublicListing | None:
    """Write the public rows of a listing anew from its published revision.

    `now` is its publication where none is recorded. A listing that is not live loses its rows and
    None is returned. May be called at any time, any number of times.
    """
    revision = listing.published
    if listing.state not in LIVE or revision is None:
        withdraw(session, listing)
        return None
    session.flush()
    # Two translators may add texts at once: the second one waits here and then reads both.
    session.execute(select(Listing.id).where(Listing.id == listing.id).with_for_update())
    session.refresh(revision, ["texts", "codes"])
    row = session.get(PublicListing, listing.id)
    if row is None:
        row = PublicListing(listing_id=listing.id, reference=listing.reference, kind=listing.kind)
    _copy(row, listing, revision, now)
    session.add(row)  # only now: what `_copy` reads may flush
    row.texts = _texts(row, revision)
    row.facets = _facets(row, revision, sector_parents(session))
    session.flush()
    return row


def withdraw(session: Session, listing: Listing) -> None:
    """Remove the public rows of a listing, if it has any."""
    row = session.get(PublicListing, listing.id)
    if row is not None:
        session.delete(row)
        session.flush()


def _copy(row: PublicListing, listing: Listing, revision: ListingRevision, now: datetime) -> None:
    owner = listing.organisation
    row.revision_id = revision.id
    row.country = owner.country
    row.province = None if revision.anonymous else owner.province
    row.organisation_id = None if revision.anonymous else owner.id
    row.original_language = revision.original_language
    row.stage_of_development = revision.stage_of_development
    row.trl = revision.trl
    row.published_at = listing.published_at or now
    row.valid_until = listing.valid_until


def _texts(row: PublicListing, revision: ListingRevision) -> list[PublicText]:
    """Title and summary in each language, in the rows that exist where they do."""
    existing = {text.language: text for text in row.texts}
    kept = []
    for text in revision.texts:
        if not text.title.strip():
            continue
        public = existing.get(text.language) or PublicText(language=text.language)
        public.origin, public.title, public.summary = text.origin, text.title, text.summary
        kept.append(public)
    return kept


def _facets(
    row: PublicListing, revision: ListingRevision, parents: Mapping[str, str]
) -> list[PublicFacet]:
    """The public codes; a sector brings the one above it along, which stands for its children."""
    existing = {(facet.field, facet.value): facet for facet in row.facets}
    wanted = [(field.value, value) for field in PUBLIC_CODES for value in revision.values(field)]
    sector = CodeField.SECTOR
    wanted += [(sector.value, parents[c]) for c in revision.values(sector) if c in parents]
    wanted += [(LANGUAGE_FACET, text.language) for text in revision.texts if text.title.strip()]
    return [
        existing.get(key) or PublicFacet(field=key[0], value=key[1])
        for key in dict.fromkeys(wanted)
    ]
