"""Non-disclosure agreements: the operator's texts, and what the parties of a case agreed to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, enum_type, not_blank
from matchmaker.domain.vocabulary import NdaKind, NdaState, Side
from matchmaker.models.attachment import Attachment
from matchmaker.models.match import Match
from matchmaker.models.organisation import Organisation
from matchmaker.models.user import User


class NdaText(Model):
    """One version of the operator's own agreement. It never changes: an edit makes a new one."""

    __tablename__ = "nda_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(unique=True)
    sample: Mapped[bool] = mapped_column(default=False)
    """Whether it is the sample that comes with the software, which nobody should sign."""
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    bodies: Mapped[list["NdaTextBody"]] = relationship(
        back_populates="nda_text", cascade="all, delete-orphan", order_by="NdaTextBody.language"
    )

    def body(self, language: str) -> "NdaTextBody | None":
        """Return the agreement in one language."""
        return next((body for body in self.bodies if body.language == language), None)


class NdaTextBody(Model):
    """The operator's agreement in one language."""

    __tablename__ = "nda_text_body"
    __table_args__ = (not_blank("title"), not_blank("body"))

    nda_text_id: Mapped[int] = mapped_column(
        ForeignKey("nda_text.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    """Of title, an empty line and body, in UTF-8."""

    nda_text: Mapped[NdaText] = relationship(back_populates="bodies")


class Nda(Model):
    """An agreement of the two parties of a match: a text to accept, or a signed file."""

    __tablename__ = "nda"
    __table_args__ = (
        Index(
            "uq_nda_proposed",
            "match_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
            sqlite_where=text("state = 'proposed'"),
        ),
        CheckConstraint("(kind = 'text') = (nda_text_id IS NOT NULL)", name="text"),
        CheckConstraint("(kind = 'upload') = (attachment_id IS NOT NULL)", name="upload"),
        CheckConstraint("(state = 'in_force') = (in_force_at IS NOT NULL)", name="in_force"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("match.id", ondelete="CASCADE"), index=True)
    kind: Mapped[NdaKind] = mapped_column(enum_type(NdaKind, "kind"))
    state: Mapped[NdaState] = mapped_column(enum_type(NdaState, "state"))
    nda_text_id: Mapped[int | None] = mapped_column(ForeignKey("nda_text.id"))
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"), index=True)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    side: Mapped[Side | None] = mapped_column(enum_type(Side, "side"))
    """Whose people began it; empty for staff."""
    in_force_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who confirmed an uploaded file last, or refused it."""
    offer_confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who stands behind an uploaded file for the side of the offer."""
    need_confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    match: Mapped[Match] = relationship()
    nda_text: Mapped[NdaText | None] = relationship()
    attachment: Mapped[Attachment | None] = relationship()
    created_by: Mapped[User] = relationship(foreign_keys=[created_by_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])
    acceptances: Mapped[list["NdaAcceptance"]] = relationship(
        back_populates="nda", cascade="all, delete-orphan", order_by="NdaAcceptance.at"
    )

    def confirmed_by_id(self, side: Side) -> int | None:
        """Return who stands behind an uploaded file for one side."""
        return self.offer_confirmed_by_id if side is Side.OFFER else self.need_confirmed_by_id

    def confirm(self, side: Side, user_id: int | None) -> None:
        """Write down who stands behind an uploaded file for one side."""
        if side is Side.OFFER:
            self.offer_confirmed_by_id = user_id
        else:
            self.need_confirmed_by_id = user_id

    def acceptance(self, side: Side) -> "NdaAcceptance | None":
        """Return how one party accepted the text."""
        return next((each for each in self.acceptances if each.side is side), None)


class NdaAcceptance(Model):
    """One party accepts the operator's text. What it read and who it was stay as they were then."""

    __tablename__ = "nda_acceptance"
    __table_args__ = (not_blank("name"),)

    nda_id: Mapped[int] = mapped_column(ForeignKey("nda.id", ondelete="CASCADE"), primary_key=True)
    side: Mapped[Side] = mapped_column(enum_type(Side, "side"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str] = mapped_column(String(200))
    """As the person typed it."""
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    organisation_name: Mapped[str] = mapped_column(String(300))
    language: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]

    nda: Mapped[Nda] = relationship(back_populates="acceptances")
    user: Mapped[User] = relationship()
    organisation: Mapped[Organisation] = relationship()
