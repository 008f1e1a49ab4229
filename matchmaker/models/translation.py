"""The translation queue."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, Versioned, enum_type
from matchmaker.domain.vocabulary import TranslationState
from matchmaker.models.centre import Centre
from matchmaker.models.listing import ListingRevision


class TranslationRequest(Versioned, Model):
    """A revision's original text is wanted in another language, by a centre that reads both."""

    __tablename__ = "translation_request"
    __table_args__ = (
        Index(
            "uq_translation_request_open",
            "revision_id",
            "language",
            unique=True,
            postgresql_where=text("state = 'wanted'"),
            sqlite_where=text("state = 'wanted'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("listing_revision.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(16))
    """The language that is wanted."""
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), index=True)
    """The centre in whose queue it stands."""
    asked_by_centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    """The centre that asked another one for help."""
    state: Mapped[TranslationState] = mapped_column(enum_type(TranslationState, "state"))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    revision: Mapped[ListingRevision] = relationship()
    centre: Mapped[Centre] = relationship(foreign_keys=[centre_id])
    asked_by_centre: Mapped[Centre | None] = relationship(foreign_keys=[asked_by_centre_id])
