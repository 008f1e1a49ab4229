"""The private thread of a case: messages, their files and translations, and who read how far."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, enum_type, not_blank
from matchmaker.domain.vocabulary import Side
from matchmaker.models.attachment import Attachment
from matchmaker.models.centre import Centre
from matchmaker.models.match import Match
from matchmaker.models.user import User


class CaseMessage(Model):
    """An entry in the thread of a case, by one of the parties or by staff of a centre."""

    __tablename__ = "case_message"
    __table_args__ = (
        not_blank("body"),
        CheckConstraint("(side IS NULL) <> (centre_id IS NULL)", name="party_or_staff"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("match.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    side: Mapped[Side | None] = mapped_column(enum_type(Side, "side"))
    """The party that the author belongs to; empty for staff."""
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    """The centre of an author who is staff."""
    language: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    match: Mapped[Match] = relationship()
    author: Mapped[User] = relationship()
    centre: Mapped[Centre | None] = relationship()
    files: Mapped[list["CaseFile"]] = relationship(
        back_populates="message", cascade="all, delete-orphan", order_by="CaseFile.position"
    )
    translations: Mapped[list["CaseMessageTranslation"]] = relationship(
        back_populates="message", cascade="all, delete-orphan"
    )

    def translation(self, language: str) -> "CaseMessageTranslation | None":
        """Return the machine's version in `language`, made or asked for."""
        return next((each for each in self.translations if each.language == language), None)


class CaseFile(Model):
    """A file that was sent with a message."""

    __tablename__ = "case_file"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("case_message.id", ondelete="CASCADE"), primary_key=True
    )
    attachment_id: Mapped[int] = mapped_column(
        ForeignKey("attachment.id"), primary_key=True, index=True
    )
    position: Mapped[int]

    message: Mapped[CaseMessage] = relationship(back_populates="files")
    attachment: Mapped[Attachment] = relationship()


class CaseReading(Model):
    """How far somebody has read the thread of a case."""

    __tablename__ = "case_reading"

    match_id: Mapped[int] = mapped_column(
        ForeignKey("match.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    last_message_id: Mapped[int] = mapped_column(
        ForeignKey("case_message.id", ondelete="CASCADE"), index=True
    )
    read_at: Mapped[datetime]


class CaseMessageTranslation(Model):
    """A machine's version of a message in one language: wanted, made, or given up.

    Wanted while `next_attempt_at` is set; without text and without it, it failed.
    """

    __tablename__ = "case_message_translation"
    __table_args__ = (
        CheckConstraint("(text IS NULL) = (made_at IS NULL)", name="made"),
        CheckConstraint("text IS NULL OR next_attempt_at IS NULL", name="made_once"),
    )

    message_id: Mapped[int] = mapped_column(
        ForeignKey("case_message.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    text: Mapped[str | None] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(String(100), default="")
    """The name of the machine."""
    made_at: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)

    message: Mapped[CaseMessage] = relationship(back_populates="translations")

    @property
    def failed(self) -> bool:
        """Whether the machine gave no version."""
        return self.text is None and self.next_attempt_at is None
