"""Organisations and the people who act for them."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, Versioned, enum_type, not_blank
from matchmaker.domain.vocabulary import (
    Channel,
    MembershipRole,
    OrganisationSize,
    OrganisationType,
)
from matchmaker.models.centre import Centre
from matchmaker.models.user import User

if TYPE_CHECKING:
    from matchmaker.models.directory import OrganisationService


class Organisation(Versioned, Model):
    """An enterprise, institute or other organisation.

    One without members was entered by staff: its contact person is reached by phone or letter, and
    agreed to be listed (`consent_at`). The claim code lets it take its account over later.
    """

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint("phone IS NULL OR phone LIKE '+%'", name="phone_is_e164"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    organisation_type: Mapped[OrganisationType] = mapped_column(
        enum_type(OrganisationType, "organisation_type")
    )
    size: Mapped[OrganisationSize] = mapped_column(enum_type(OrganisationSize, "size"))
    country: Mapped[str] = mapped_column(String(2), index=True)
    province: Mapped[str | None] = mapped_column(String(8))
    city: Mapped[str | None] = mapped_column(String(120))
    website: Mapped[str | None] = mapped_column(String(500))
    original_language: Mapped[str] = mapped_column(String(16))
    verified_at: Mapped[datetime | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), index=True)
    """The centre that is responsible for its country or province."""
    contact_name: Mapped[str | None] = mapped_column(String(200))
    contact_email: Mapped[str | None] = mapped_column(String(255))
    phone: Mapped[str | None] = mapped_column(String(32))
    """E.164."""
    channel: Mapped[Channel | None] = mapped_column(enum_type(Channel, "channel"))
    channel_handle: Mapped[str | None] = mapped_column(String(120))
    """The name on WeChat or LINE, where it is not the phone number."""
    contact_language: Mapped[str] = mapped_column(String(16))
    consent_at: Mapped[datetime | None]
    consent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    consent_note: Mapped[str | None] = mapped_column(String(500))
    claim_code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    claim_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    centre: Mapped[Centre] = relationship()
    texts: Mapped[list["OrganisationText"]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan"
    )
    sectors: Mapped[list["OrganisationSector"]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan"
    )
    services: Mapped[list["OrganisationService"]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan"
    )
    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan"
    )


class OrganisationText(Model):
    """Name and description of an organisation in one language."""

    __tablename__ = "organisation_text"
    __table_args__ = (not_blank("name"),)

    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(256))
    description: Mapped[str] = mapped_column(Text, default="")

    organisation: Mapped[Organisation] = relationship(back_populates="texts")


class OrganisationSector(Model):
    """A sector that an organisation works in."""

    __tablename__ = "organisation_sector"

    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True
    )
    sector_code: Mapped[str] = mapped_column(ForeignKey("sector.code"), primary_key=True)

    organisation: Mapped[Organisation] = relationship(back_populates="sectors")


class Membership(Model):
    """A person acts for an organisation; `accepted_at` is empty while an owner has not agreed."""

    __tablename__ = "membership"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[MembershipRole] = mapped_column(enum_type(MembershipRole, "role"))
    requested_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship(back_populates="memberships")
