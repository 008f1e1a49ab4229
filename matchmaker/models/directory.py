"""The directory: what organisations offer others, and where a match can land."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, Versioned, enum_type, not_blank
from matchmaker.domain.vocabulary import LandingStage, OrganisationServiceKind, StageOfDevelopment
from matchmaker.models.match import Match
from matchmaker.models.organisation import Organisation
from matchmaker.models.user import User


class OrganisationService(Versioned, Model):
    """One service of an organisation, with a page of its own in the directory."""

    __tablename__ = "organisation_service"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[OrganisationServiceKind] = mapped_column(
        enum_type(OrganisationServiceKind, "kind"), index=True
    )
    original_language: Mapped[str] = mapped_column(String(16))
    stage_from: Mapped[StageOfDevelopment | None] = mapped_column(
        enum_type(StageOfDevelopment, "stage_from")
    )
    """The first and the last stage of development that it takes; empty: any."""
    stage_to: Mapped[StageOfDevelopment | None] = mapped_column(
        enum_type(StageOfDevelopment, "stage_to")
    )
    published: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship(back_populates="services")
    texts: Mapped[list["OrganisationServiceText"]] = relationship(
        back_populates="service",
        cascade="all, delete-orphan",
        order_by="OrganisationServiceText.language",
    )
    sectors: Mapped[list["OrganisationServiceSector"]] = relationship(
        back_populates="service", cascade="all, delete-orphan"
    )
    places: Mapped[list["OrganisationServicePlace"]] = relationship(
        back_populates="service",
        cascade="all, delete-orphan",
        order_by="OrganisationServicePlace.place",
    )
    languages: Mapped[list["OrganisationServiceLanguage"]] = relationship(
        back_populates="service",
        cascade="all, delete-orphan",
        order_by="OrganisationServiceLanguage.language",
    )

    def text(self, language: str) -> "OrganisationServiceText | None":
        """Return the text in `language`, if there is one."""
        return next((text for text in self.texts if text.language == language), None)


class OrganisationServiceText(Model):
    """What a service says in one language."""

    __tablename__ = "organisation_service_text"
    __table_args__ = (
        not_blank("title"),
        CheckConstraint("length(description) <= 2000", name="description_length"),
    )

    service_id: Mapped[int] = mapped_column(
        ForeignKey("organisation_service.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")

    service: Mapped[OrganisationService] = relationship(back_populates="texts")


class OrganisationServiceSector(Model):
    """A sector that a service is for."""

    __tablename__ = "organisation_service_sector"

    service_id: Mapped[int] = mapped_column(
        ForeignKey("organisation_service.id", ondelete="CASCADE"), primary_key=True
    )
    sector_code: Mapped[str] = mapped_column(ForeignKey("sector.code"), primary_key=True)

    service: Mapped[OrganisationService] = relationship(back_populates="sectors")


class OrganisationServicePlace(Model):
    """A country (ISO 3166-1) or province (ISO 3166-2) that a service serves; none: everywhere."""

    __tablename__ = "organisation_service_place"

    service_id: Mapped[int] = mapped_column(
        ForeignKey("organisation_service.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[str] = mapped_column(String(8), primary_key=True)

    service: Mapped[OrganisationService] = relationship(back_populates="places")


class OrganisationServiceLanguage(Model):
    """A language in which a service works."""

    __tablename__ = "organisation_service_language"

    service_id: Mapped[int] = mapped_column(
        ForeignKey("organisation_service.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(16), primary_key=True)

    service: Mapped[OrganisationService] = relationship(back_populates="languages")


class LandingStep(Model):
    """A service that staff put on the landing path of a match."""

    __tablename__ = "landing_step"
    __table_args__ = (UniqueConstraint("match_id", "service_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("match.id", ondelete="CASCADE"))
    service_id: Mapped[int] = mapped_column(
        ForeignKey("organisation_service.id", ondelete="CASCADE"), index=True
    )
    stage: Mapped[LandingStage] = mapped_column(enum_type(LandingStage, "stage"))
    attached_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(String(1000), default="")
    """For the parties."""
    at: Mapped[datetime]

    match: Mapped[Match] = relationship()
    service: Mapped[OrganisationService] = relationship()
    attached_by: Mapped[User] = relationship()
