"""What came of an introduction: the agreement, and what the parties say when they are asked."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, Versioned, enum_type
from matchmaker.domain.vocabulary import (
    DeclineReason,
    FollowUpAnswer,
    OutcomeClosing,
    Side,
    TechnologyContractType,
)
from matchmaker.models.attachment import Attachment
from matchmaker.models.match import Match
from matchmaker.models.user import User


class Outcome(Versioned, Model):
    """The agreement of a match as staff recorded it, or what one party reports of it.

    A match has at most one open agreement and one open report of each party. Nothing is deleted:
    what no longer counts is closed, with its files. An open agreement counts while the match is in
    agreement (recorded) or outcome_confirmed (confirmed by somebody else); nothing else is in any
    figure. The audit trail keeps what was amended.
    """

    __tablename__ = "outcome"
    __table_args__ = (
        CheckConstraint("contract_value >= 0", name="contract_value"),
        CheckConstraint("transaction_value BETWEEN 0 AND contract_value", name="transaction_value"),
        CheckConstraint(
            "transaction_value IS NULL OR contract_value IS NOT NULL", name="value_of_contract"
        ),
        CheckConstraint("(contract_value IS NULL) = (currency IS NULL)", name="value_has_currency"),
        CheckConstraint("jobs >= 0", name="jobs"),
        CheckConstraint("confirmed_at IS NULL OR recorded_at IS NOT NULL", name="confirmed"),
        CheckConstraint(
            "recorded_at IS NOT NULL OR proposed_side IS NOT NULL", name="report_has_side"
        ),
        CheckConstraint("(closed_at IS NULL) = (closing IS NULL)", name="closed"),
        Index(
            "uq_outcome_agreement",
            "match_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL AND recorded_at IS NOT NULL"),
            sqlite_where=text("closed_at IS NULL AND recorded_at IS NOT NULL"),
        ),
        Index(
            "uq_outcome_report",
            "match_id",
            "proposed_side",
            unique=True,
            postgresql_where=text("closed_at IS NULL AND recorded_at IS NULL"),
            sqlite_where=text("closed_at IS NULL AND recorded_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("match.id", ondelete="CASCADE"), index=True)
    contract_type: Mapped[TechnologyContractType] = mapped_column(
        enum_type(TechnologyContractType, "contract_type")
    )
    contract_value: Mapped[int | None] = mapped_column(BigInteger)
    """Hundredths of the currency's unit."""
    transaction_value: Mapped[int | None] = mapped_column(BigInteger)
    """The part of the contract value that is paid for technology, in the same currency."""
    currency: Mapped[str | None] = mapped_column(String(3))
    registration_number: Mapped[str] = mapped_column(String(64), default="")
    """Under which the contract is registered with the authorities."""
    signed_on: Mapped[date]
    jobs: Mapped[int | None]
    """How many jobs it makes or keeps."""
    note: Mapped[str] = mapped_column(Text, default="")
    proposed_side: Mapped[Side | None] = mapped_column(enum_type(Side, "proposed_side"))
    """The party whose people reported it; empty where staff wrote it down themselves."""
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime | None]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who of staff recorded it, or amended it last."""
    recorded_centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    recorded_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    confirmed_centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    confirmed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closing: Mapped[OutcomeClosing | None] = mapped_column(enum_type(OutcomeClosing, "closing"))
    """Why it no longer counts."""

    match: Mapped[Match] = relationship(back_populates="outcomes")
    proposed_by: Mapped[User | None] = relationship(foreign_keys=[proposed_by_id])
    recorded_by: Mapped[User | None] = relationship(foreign_keys=[recorded_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])
    evidence: Mapped[list["OutcomeEvidence"]] = relationship(
        back_populates="outcome", cascade="all, delete-orphan", order_by="OutcomeEvidence.position"
    )

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class OutcomeEvidence(Model):
    """A file that shows the agreement. Staff of both centres open it, and the party that sent
    it."""

    __tablename__ = "outcome_evidence"

    outcome_id: Mapped[int] = mapped_column(
        ForeignKey("outcome.id", ondelete="CASCADE"), primary_key=True
    )
    attachment_id: Mapped[int] = mapped_column(
        ForeignKey("attachment.id"), primary_key=True, index=True
    )
    side: Mapped[Side | None] = mapped_column(enum_type(Side, "side"))
    """The party that sent it; empty for staff."""
    position: Mapped[int]

    outcome: Mapped[Outcome] = relationship(back_populates="evidence")
    attachment: Mapped[Attachment] = relationship()


class FollowUp(Model):
    """The question to one party how talks stand, so many days after the introduction."""

    __tablename__ = "follow_up"
    __table_args__ = (
        UniqueConstraint("match_id", "side", "days"),
        CheckConstraint("days IN (30, 90, 180)", name="days"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
        CheckConstraint(
            "(decline_reason IS NOT NULL) = (answer IS NOT NULL AND answer = 'ended')",
            name="ended_has_reason",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("match.id", ondelete="CASCADE"), index=True)
    side: Mapped[Side] = mapped_column(enum_type(Side, "side"))
    days: Mapped[int]
    """After the introduction: 30, 90 or 180."""
    asked_at: Mapped[datetime] = mapped_column(index=True)
    reminded_at: Mapped[datetime | None]
    """When staff were asked to call, because nobody answered."""
    answer: Mapped[FollowUpAnswer | None] = mapped_column(enum_type(FollowUpAnswer, "answer"))
    decline_reason: Mapped[DeclineReason | None] = mapped_column(
        enum_type(DeclineReason, "decline_reason")
    )
    """Why talks ended, in the party's eyes."""
    note: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Whose link was used, or who of staff wrote it down; empty for a contact without account."""
    recorded_by_staff: Mapped[bool] = mapped_column(default=False)

    match: Mapped[Match] = relationship(back_populates="follow_ups")
    by: Mapped[User | None] = relationship()
