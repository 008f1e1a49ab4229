"""Catalogues of controlled technology, and the evidence of checks made by them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, enum_type, not_blank
from matchmaker.domain.vocabulary import ControlClass, Side
from matchmaker.models.attachment import Attachment


class ExportCatalogue(Model):
    """One version of a country's catalogue, as an administrator brought it in. Its entries never
    change: what is new comes as a new version."""

    __tablename__ = "export_catalogue"
    __table_args__ = (
        UniqueConstraint("country", "version"),
        not_blank("version"),
        Index(
            "uq_export_catalogue_in_force",
            "country",
            unique=True,
            postgresql_where=text("in_force"),
            sqlite_where=text("in_force"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(String(2))
    """The exporting country, ISO 3166-1."""
    version: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(300))
    in_force: Mapped[bool]
    imported_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    entries: Mapped[list["ExportCatalogueEntry"]] = relationship(
        back_populates="catalogue",
        cascade="all, delete-orphan",
        order_by="ExportCatalogueEntry.id",
    )


class ExportCatalogueEntry(Model):
    """One entry of a catalogue in one language; the same number may stand in several."""

    __tablename__ = "export_catalogue_entry"
    __table_args__ = (
        UniqueConstraint("catalogue_id", "number", "language"),
        not_blank("number"),
        not_blank("name"),
        CheckConstraint("control_class <> 'not_checked'", name="has_class"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    catalogue_id: Mapped[int] = mapped_column(ForeignKey("export_catalogue.id", ondelete="CASCADE"))
    number: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(500))
    keywords: Mapped[str] = mapped_column(Text, default="")
    """Separated by semicolons."""
    control_class: Mapped[ControlClass] = mapped_column(enum_type(ControlClass, "control_class"))
    language: Mapped[str] = mapped_column(String(16))

    catalogue: Mapped[ExportCatalogue] = relationship(back_populates="entries")


class ExportEvidence(Model):
    """A file that shows why a class or clearance was recorded: of a check of an offer, or of one
    side of a match. Only staff of the centres open it."""

    __tablename__ = "export_evidence"
    __table_args__ = (
        CheckConstraint(
            "(check_id IS NULL) <> (match_id IS NULL) AND (match_id IS NULL) = (side IS NULL)",
            name="check_or_side",
        ),
    )

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), primary_key=True)
    check_id: Mapped[int | None] = mapped_column(
        ForeignKey("export_check.id", ondelete="CASCADE"), index=True
    )
    match_id: Mapped[int | None] = mapped_column(
        ForeignKey("match.id", ondelete="CASCADE"), index=True
    )
    side: Mapped[Side | None] = mapped_column(enum_type(Side, "side"))

    attachment: Mapped[Attachment] = relationship()
