"""What everybody may read of published listings, in rows of their own.

Public search, facets and feeds read these tables alone, so that no search can probe hidden words.
They are written anew whenever a listing is published and removed when it ends or pauses.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, enum_type
from matchmaker.domain.vocabulary import ListingKind, StageOfDevelopment, TextOrigin


class PublicListing(Model):
    """The public tier of a published listing."""

    __tablename__ = "public_listing"

    listing_id: Mapped[int] = mapped_column(
        ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True
    )
    revision_id: Mapped[int] = mapped_column(ForeignKey("listing_revision.id", ondelete="CASCADE"))
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[ListingKind] = mapped_column(enum_type(ListingKind, "kind"), index=True)
    country: Mapped[str] = mapped_column(String(2), index=True)
    province: Mapped[str | None] = mapped_column(String(8))
    """Empty for an anonymous owner."""
    organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    """Empty for an anonymous owner."""
    original_language: Mapped[str] = mapped_column(String(16))
    stage_of_development: Mapped[StageOfDevelopment | None] = mapped_column(
        enum_type(StageOfDevelopment, "stage_of_development")
    )
    trl: Mapped[int | None]
    published_at: Mapped[datetime] = mapped_column(index=True)
    valid_until: Mapped[date | None]

    texts: Mapped[list["PublicText"]] = relationship(cascade="all, delete-orphan")
    facets: Mapped[list["PublicFacet"]] = relationship(cascade="all, delete-orphan")


class PublicText(Model):
    """Title and summary of a published listing in one language."""

    __tablename__ = "public_text"

    listing_id: Mapped[int] = mapped_column(
        ForeignKey("public_listing.listing_id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    origin: Mapped[TextOrigin] = mapped_column(enum_type(TextOrigin, "origin"))
    title: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text, default="")


class PublicFacet(Model):
    """One value of a facet: sector, ipc_code, keyword, partnership_type, language."""

    __tablename__ = "public_facet"
    __table_args__ = (Index("ix_public_facet_field_value", "field", "value"),)

    listing_id: Mapped[int] = mapped_column(
        ForeignKey("public_listing.listing_id", ondelete="CASCADE"), primary_key=True
    )
    field: Mapped[str] = mapped_column(String(24), primary_key=True)
    value: Mapped[str] = mapped_column(String(120), primary_key=True)
