"""What was read for term pairs, so that nothing is read twice."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.database import Model


class TermSource(Model):
    """A translation, or an approved match, that was read for term pairs."""

    __tablename__ = "term_source"
    __table_args__ = (
        CheckConstraint("(text_id IS NULL) <> (match_id IS NULL)", name="one_source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    text_id: Mapped[int | None] = mapped_column(
        ForeignKey("listing_text.id", ondelete="CASCADE"), unique=True
    )
    match_id: Mapped[int | None] = mapped_column(
        ForeignKey("match.id", ondelete="CASCADE"), unique=True
    )
    version: Mapped[int]
    """The lock_version of the translation that was read; 0 for a match."""
    encoded: Mapped[bool]
    """Whether latent terms were at hand: if not, it is read again once they are."""
    read_at: Mapped[datetime]
