"""What the engine reads of published listings. For jobs of the site itself: there is no actor.

The member tier is matched; the public tier, from its own tables, is searched by everybody. Neither
holds confidential detail or machine-made text.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from matchmaker.domain.vocabulary import (
    CodeField,
    ListingKind,
    ListingState,
    RevisionState,
    TextField,
    TextOrigin,
)
from matchmaker.matching.documents import Document, Kind, Signals
from matchmaker.models import (
    Listing,
    ListingRevision,
    ListingText,
    PublicFacet,
    PublicListing,
    PublicText,
)

READ_FIELDS: Final = tuple(
    field for field in TextField if field not in (TextField.TITLE, TextField.CONFIDENTIAL_DETAIL)
)
"""The fields that stand in a document's text, in the order of the form."""
_CHUNK: Final = 400
"""Databases limit how many values a statement may have."""


@dataclass(frozen=True, slots=True)
class PublishedState:
    """What is published of a listing, as a hash, beside what the index last took."""

    listing_id: int
    reference: str
    content_hash: str
    indexed_hash: str | None
    matched_hash: str | None


def published_states(session: Session) -> list[PublishedState]:
    """Return the state of every published listing, by id. Reads no text, so it may run often.

    The hash follows the published revision, the versions of its texts and the validity; a
    published revision itself never changes.
    """
    rows = session.execute(
        select(
            Listing.id,
            Listing.reference,
            Listing.indexed_hash,
            Listing.matched_hash,
            Listing.valid_until,
            ListingRevision.id.label("revision_id"),
            ListingText.id.label("text_id"),
            ListingText.lock_version,
        )
        .join(ListingRevision, ListingRevision.listing_id == Listing.id)
        .join(ListingText, ListingText.revision_id == ListingRevision.id)
        .where(
            Listing.state == ListingState.PUBLISHED,
            ListingRevision.state == RevisionState.PUBLISHED,
            ListingText.origin != TextOrigin.MACHINE,
        )
        .order_by(Listing.id, ListingText.id)
    )
    found: dict[int, tuple[str, str | None, str | None, list[object]]] = {}
    for row in rows:
        entry = found.setdefault(
            row.id,
            (
                row.reference,
                row.indexed_hash,
                row.matched_hash,
                [row.revision_id, row.valid_until],
            ),
        )
        entry[3].extend((row.text_id, row.lock_version))
    return [
        PublishedState(
            listing_id=listing_id,
            reference=reference,
            content_hash=hashlib.sha256(repr(parts).encode()).hexdigest(),
            indexed_hash=indexed,
            matched_hash=matched,
        )
        for listing_id, (reference, indexed, matched, parts) in found.items()
    ]


def ended_listings(session: Session) -> dict[int, str]:
    """Return id and reference of listings that the index holds although they are not published."""
    rows = session.execute(
        select(Listing.id, Listing.reference).where(
            Listing.indexed_hash.is_not(None), Listing.state != ListingState.PUBLISHED
        )
    )
    return {row[0]: row[1] for row in rows}


def member_documents(session: Session, listing_ids: Collection[int]) -> dict[int, list[Document]]:
    """Return the documents of these listings' published revisions, one for each text, by id."""
    documents: dict[int, list[Document]] = {}
    for chunk in _chunks(listing_ids):
        revisions = session.scalars(
            select(ListingRevision)
            .where(
                ListingRevision.listing_id.in_(chunk),
                ListingRevision.state == RevisionState.PUBLISHED,
            )
            .options(
                joinedload(ListingRevision.listing).joinedload(Listing.organisation),
                selectinload(ListingRevision.texts),
                selectinload(ListingRevision.codes),
            )
        )
        for revision in revisions:
            documents[revision.listing_id] = revision_documents(revision)
    return documents


def public_documents(
    session: Session, listing_ids: Collection[int] | None = None
) -> dict[int, list[Document]]:
    """Return the documents of the public tier, by listing: of these listings, or of all."""
    if listing_ids is None:
        return _public(session, None)
    documents: dict[int, list[Document]] = {}
    for chunk in _chunks(listing_ids):
        documents |= _public(session, chunk)
    return documents


def _public(session: Session, ids: list[int] | None) -> dict[int, list[Document]]:
    texts = select(PublicText, PublicListing.reference, PublicListing.kind).join(
        PublicListing, PublicListing.listing_id == PublicText.listing_id
    )
    words = select(PublicFacet.listing_id, PublicFacet.value).where(PublicFacet.field == "keyword")
    if ids is not None:
        texts = texts.where(PublicText.listing_id.in_(ids))
        words = words.where(PublicFacet.listing_id.in_(ids))
    keywords: dict[int, list[str]] = defaultdict(list)
    for listing_id, word in session.execute(words.order_by(PublicFacet.value)):
        keywords[listing_id].append(word)
    documents: dict[int, list[Document]] = defaultdict(list)
    for text, reference, kind in session.execute(
        texts.where(PublicText.origin != TextOrigin.MACHINE).order_by(
            PublicText.listing_id, PublicText.language
        )
    ):
        documents[text.listing_id].append(
            Document(
                id=f"{reference}:{text.language}",
                group=reference,
                kind=_kind(kind),
                language=text.language,
                title=text.title,
                text=_joined([text.summary, ", ".join(keywords[text.listing_id])]),
            )
        )
    return dict(documents)


def revision_documents(revision: ListingRevision) -> list[Document]:
    """Return the documents of the member tier of one revision, published or not."""
    return list(_of_revision(revision))


def _of_revision(revision: ListingRevision) -> Iterator[Document]:
    listing = revision.listing
    signals = _signals(revision)
    keywords = ", ".join(revision.values(CodeField.KEYWORD))
    for text in revision.texts:
        if text.origin is TextOrigin.MACHINE or not text.title.strip():
            continue
        yield Document(
            id=f"{listing.reference}:{text.language}",
            group=listing.reference,
            kind=_kind(listing.kind),
            language=text.language,
            title=text.title,
            text=_joined([*(text.get(field) for field in READ_FIELDS), keywords]),
            signals=signals,
        )


def _signals(revision: ListingRevision) -> Signals:
    listing = revision.listing
    need = listing.kind.is_need
    low, high = (
        (revision.budget_min, revision.budget_max)
        if need
        else (revision.price_min, revision.price_max)
    )
    stage = revision.stage_of_development
    return Signals(
        organisation=listing.organisation.reference,
        country=listing.organisation.country,
        sectors=revision.values(CodeField.SECTOR),
        ipc_codes=revision.values(CodeField.IPC_CODE),
        partnership_types=revision.values(CodeField.PARTNERSHIP_TYPE),
        transfer_modes=revision.values(CodeField.TRANSFER_MODE),
        stage=stage.value if stage else None,
        target_countries=revision.values(CodeField.TARGET_COUNTRY),
        price=(low, high, revision.currency),
        needed_by=revision.needed_by,
        valid_until=listing.valid_until,
        technology_areas=revision.values(CodeField.TECHNOLOGY_AREA),
    )


def _kind(kind: ListingKind) -> Kind:
    return "need" if kind.is_need else "offer"


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(part.strip() for part in parts if part.strip())


def _chunks(ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
