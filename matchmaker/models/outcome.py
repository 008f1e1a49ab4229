"""What came of an introduction: the agreement, and what the parties say when they are asked."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, Versioned, enum_type
from matchmaker.domain.vocabulary import (
    DeclineReason,
    FollowUpAnswer,
    Side,
    TechnologyContractType,
)
from matchmaker.models.attachment import Attachment
from matchmaker.models.match import Match
from matchmaker.models.user import User


class Outcome(Versioned, Model):
    """The agreement of a match, one at most; the audit trail keeps what was amended.

    It counts while the match is in agreement (recorded) or outcome_confirmed (confirmed by somebody
    else). In every other state it is what a party proposed, or what an agreement was that fell
    through: no figure counts it.
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
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("match.id", ondelete="CASCADE"), unique=True)
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
    """The party whose people wrote it down first; empty where staff did."""
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime | None]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who of staff recorded it, or amended it last."""
    recorded_centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    recorded_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    confirmed_centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    confirmed_at: Mapped[datetime | None]

    match: Mapped[Match] = relationship(back_populates="outcome")
    proposed_by: Mapped[User | None] = relationship(foreign_keys=[proposed_by_id])
    recorded_by: Mapped[User | None] = relationship(foreign_keys=[recorded_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])
    evidence: Mapped[list["OutcomeEvidence"]] = relationship(
        back_populates="outcome", cascade="all, delete-orphan", order_by="OutcomeEvidence.position"
    )


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
