"""Meetings that the parties of a case propose to each other."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, Versioned, enum_type, not_blank
from matchmaker.domain.vocabulary import MeetingState, Side
from matchmaker.models.match import Match
from matchmaker.models.user import User


class Meeting(Versioned, Model):
    """A meeting with up to three proposed times, until both sides agree on one."""

    __tablename__ = "meeting"
    __table_args__ = (
        not_blank("title"),
        CheckConstraint("minutes BETWEEN 5 AND 720", name="minutes"),
        CheckConstraint("state <> 'accepted' OR starts_at IS NOT NULL", name="accepted_has_time"),
        CheckConstraint(
            "NOT interpreter OR (interpret_from IS NOT NULL AND interpret_to IS NOT NULL)",
            name="interpreter_languages",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("match.id", ondelete="CASCADE"), index=True)
    state: Mapped[MeetingState] = mapped_column(enum_type(MeetingState, "state"))
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    side: Mapped[Side | None] = mapped_column(enum_type(Side, "side"))
    """Whose people made the present proposal; empty for staff."""
    title: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(500), default="")
    """A place, or the address of a meeting on line."""
    minutes: Mapped[int]
    time_zone: Mapped[str] = mapped_column(String(64))
    """In which the proposer wrote the times."""
    interpreter: Mapped[bool] = mapped_column(default=False)
    interpret_from: Mapped[str | None] = mapped_column(String(16))
    interpret_to: Mapped[str | None] = mapped_column(String(16))
    starts_at: Mapped[datetime | None]
    """The time that was chosen; agreed once both sides have accepted."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Counts the changes of the calendar entry (RFC 5545)."""
    invited_for: Mapped[datetime | None]
    """The start that people's calendars hold: then a cancellation has to follow."""
    note: Mapped[str] = mapped_column(Text, default="")
    """Why it was declined or cancelled."""
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    closed_side: Mapped[Side | None] = mapped_column(enum_type(Side, "closed_side"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    match: Mapped[Match] = relationship()
    proposed_by: Mapped[User] = relationship(foreign_keys=[proposed_by_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])
    times: Mapped[list["MeetingTime"]] = relationship(
        back_populates="meeting", cascade="all, delete-orphan", order_by="MeetingTime.starts_at"
    )
    acceptances: Mapped[list["MeetingAcceptance"]] = relationship(
        back_populates="meeting", cascade="all, delete-orphan"
    )

    def acceptance(self, side: Side) -> "MeetingAcceptance | None":
        """Return that one side takes the chosen time."""
        return next((each for each in self.acceptances if each.side is side), None)


class MeetingTime(Model):
    """A time that is proposed for a meeting."""

    __tablename__ = "meeting_time"

    meeting_id: Mapped[int] = mapped_column(
        ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True
    )
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)

    meeting: Mapped[Meeting] = relationship(back_populates="times")


class MeetingAcceptance(Model):
    """One side takes the chosen time."""

    __tablename__ = "meeting_acceptance"

    meeting_id: Mapped[int] = mapped_column(
        ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True
    )
    side: Mapped[Side] = mapped_column(enum_type(Side, "side"), primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]

    meeting: Mapped[Meeting] = relationship(back_populates="acceptances")
    by: Mapped[User] = relationship()
