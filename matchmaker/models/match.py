"""Matches of one offer and one need, and what staff and parties decided."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import OPTIONAL_JSON, Model, Versioned, enum_type, not_blank
from matchmaker.domain.vocabulary import (
    Answer,
    Band,
    Clearance,
    ControlClass,
    DeclineReason,
    MatchOrigin,
    MatchState,
    RejectReason,
    Side,
    Verdict,
)
from matchmaker.models.centre import Centre
from matchmaker.models.listing import Listing, ListingRevision
from matchmaker.models.user import User

if TYPE_CHECKING:
    from matchmaker.models.outcome import FollowUp, Outcome


class Match(Versioned, Model):
    """An offer and a need that may belong together: one row per pair, ever."""

    __tablename__ = "match"
    __table_args__ = (
        UniqueConstraint("offer_id", "need_id"),
        CheckConstraint("offer_id <> need_id", name="two_listings"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        Index("ix_match_state_score", "state", "score"),
        Index(
            "ix_match_phrases_due",
            "score",
            postgresql_where=text("phrases_due"),
            sqlite_where=text("phrases_due"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    need_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    origin: Mapped[MatchOrigin] = mapped_column(enum_type(MatchOrigin, "origin"))
    state: Mapped[MatchState] = mapped_column(enum_type(MatchState, "state"))
    offer_centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), index=True)
    need_centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), index=True)
    offer_revision_id: Mapped[int] = mapped_column(ForeignKey("listing_revision.id"))
    """The revision that is judged; decisions are refused when a newer one was published."""
    need_revision_id: Mapped[int] = mapped_column(ForeignKey("listing_revision.id"))
    score: Mapped[int | None]
    band: Mapped[Band | None] = mapped_column(enum_type(Band, "band"))
    index_version: Mapped[str | None] = mapped_column(String(64))
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    """What the engine gave: dicts of kind, left (offer), right (need), label, share, amount."""
    phrases_due: Mapped[bool] = mapped_column(default=False, server_default=true())
    """Whether the reasons still name the titles where phrases of both texts will be compared."""
    features: Mapped[dict[str, Any] | None] = mapped_column(OPTIONAL_JSON)
    """The pair's numbers, as `matching.pair_features` has them, of the texts that are judged; empty
    until the engine knows both."""
    offer_assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    """Who of the centre of the offer works on it; each centre assigns for its own side."""
    need_assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    offer_due_on: Mapped[date | None]
    """By when the centre of the offer wants to have done its part."""
    need_due_on: Mapped[date | None]
    created_at: Mapped[datetime]
    state_changed_at: Mapped[datetime]
    offered_at: Mapped[datetime | None]
    introduced_at: Mapped[datetime | None]
    """Of the last introduction: the talks stay readable when the match opens again."""
    reminded_at: Mapped[datetime | None]

    offer: Mapped[Listing] = relationship(foreign_keys=[offer_id])
    need: Mapped[Listing] = relationship(foreign_keys=[need_id])
    offer_revision: Mapped[ListingRevision] = relationship(foreign_keys=[offer_revision_id])
    need_revision: Mapped[ListingRevision] = relationship(foreign_keys=[need_revision_id])
    offer_centre: Mapped[Centre] = relationship(foreign_keys=[offer_centre_id])
    need_centre: Mapped[Centre] = relationship(foreign_keys=[need_centre_id])
    offer_assignee: Mapped[User | None] = relationship(foreign_keys=[offer_assignee_id])
    need_assignee: Mapped[User | None] = relationship(foreign_keys=[need_assignee_id])
    decisions: Mapped[list["MatchDecision"]] = relationship(
        back_populates="match", cascade="all, delete-orphan"
    )
    answers: Mapped[list["PartyAnswer"]] = relationship(
        back_populates="match", cascade="all, delete-orphan"
    )
    clearances: Mapped[list["ExportClearance"]] = relationship(
        back_populates="match", cascade="all, delete-orphan"
    )
    interests: Mapped[list["Interest"]] = relationship(
        back_populates="match", cascade="all, delete-orphan"
    )
    comments: Mapped[list["MatchComment"]] = relationship(
        back_populates="match", cascade="all, delete-orphan", order_by="MatchComment.id"
    )
    outcomes: Mapped[list["Outcome"]] = relationship(
        back_populates="match", cascade="all, delete-orphan", order_by="Outcome.id"
    )
    """The agreement, what the parties reported, and what of both is closed."""
    follow_ups: Mapped[list["FollowUp"]] = relationship(
        back_populates="match", cascade="all, delete-orphan", order_by="FollowUp.days"
    )

    def listing(self, side: Side) -> Listing:
        """Return the listing of one side."""
        return self.offer if side is Side.OFFER else self.need

    def centre_id(self, side: Side) -> int:
        """Return the centre that decides for one side."""
        return self.offer_centre_id if side is Side.OFFER else self.need_centre_id

    def centre(self, side: Side) -> Centre:
        """Return the centre that decides for one side."""
        return self.offer_centre if side is Side.OFFER else self.need_centre

    def assignee(self, side: Side) -> User | None:
        """Return who of the centre of one side works on it."""
        return self.offer_assignee if side is Side.OFFER else self.need_assignee

    def due_on(self, side: Side) -> date | None:
        """Return by when the centre of one side wants to have done its part."""
        return self.offer_due_on if side is Side.OFFER else self.need_due_on

    def decision(self, side: Side) -> "MatchDecision | None":
        return next((d for d in self.decisions if d.side is side), None)

    def answer(self, side: Side) -> "PartyAnswer | None":
        return next((a for a in self.answers if a.side is side), None)

    def clearance(self, side: Side) -> "ExportClearance | None":
        return next((c for c in self.clearances if c.side is side), None)

    def interest(self, side: Side) -> "Interest | None":
        return next((i for i in self.interests if i.side is side), None)

    @property
    def outcome(self) -> "Outcome | None":
        """The agreement that staff recorded."""
        return next((o for o in self.outcomes if o.is_open and o.recorded_at), None)

    @property
    def reports(self) -> list["Outcome"]:
        """What the parties say that they signed, at most one each, until staff record it."""
        return [o for o in self.outcomes if o.is_open and not o.recorded_at]

    def report(self, side: Side) -> "Outcome | None":
        return next((o for o in self.reports if o.proposed_side is side), None)

    def follow_up(self, side: Side) -> "FollowUp | None":
        """Return the last question that one side was asked about its talks."""
        return next((f for f in reversed(self.follow_ups) if f.side is side), None)


class MatchDecision(Model):
    """What the centre of one side decided."""

    __tablename__ = "match_decision"
    __table_args__ = (
        CheckConstraint("verdict <> 'reject' OR reason IS NOT NULL", name="reject_has_reason"),
        CheckConstraint("reason <> 'other' OR note <> ''", name="other_has_note"),
    )

    match_id: Mapped[int] = mapped_column(
        ForeignKey("match.id", ondelete="CASCADE"), primary_key=True
    )
    side: Mapped[Side] = mapped_column(enum_type(Side, "side"), primary_key=True)
    verdict: Mapped[Verdict] = mapped_column(enum_type(Verdict, "verdict"))
    reason: Mapped[RejectReason | None] = mapped_column(enum_type(RejectReason, "reason"))
    note: Mapped[str] = mapped_column(Text, default="")
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    """The centre of whoever decided."""
    acting_for_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    """The centre that was responsible, where another one decided for it."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    read_in_original: Mapped[bool] = mapped_column(default=False)

    match: Mapped[Match] = relationship(back_populates="decisions")


class PartyAnswer(Model):
    """What a party says to the introduction; staff may record it for one without an account."""

    __tablename__ = "party_answer"
    __table_args__ = (
        CheckConstraint("answer <> 'no' OR decline_reason IS NOT NULL", name="no_has_reason"),
    )

    match_id: Mapped[int] = mapped_column(
        ForeignKey("match.id", ondelete="CASCADE"), primary_key=True
    )
    side: Mapped[Side] = mapped_column(enum_type(Side, "side"), primary_key=True)
    answer: Mapped[Answer] = mapped_column(enum_type(Answer, "answer"))
    decline_reason: Mapped[DeclineReason | None] = mapped_column(
        enum_type(DeclineReason, "decline_reason")
    )
    note: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_by_staff: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]

    match: Mapped[Match] = relationship(back_populates="answers")


class Interest(Model):
    """What a party wrote with its interest. The other party reads it with the case tier."""

    __tablename__ = "interest"
    __table_args__ = (not_blank("what_cooperation"), not_blank("about_you"))

    match_id: Mapped[int] = mapped_column(
        ForeignKey("match.id", ondelete="CASCADE"), primary_key=True
    )
    side: Mapped[Side] = mapped_column(enum_type(Side, "side"), primary_key=True)
    what_cooperation: Mapped[str] = mapped_column(Text)
    what_is_missing: Mapped[str] = mapped_column(Text, default="")
    about_you: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]

    match: Mapped[Match] = relationship(back_populates="interests")


class ExportClearance(Model):
    """One side's centre confirms the export-control class for this match, of the offer's text at
    that time."""

    __tablename__ = "export_clearance"

    match_id: Mapped[int] = mapped_column(
        ForeignKey("match.id", ondelete="CASCADE"), primary_key=True
    )
    side: Mapped[Side] = mapped_column(enum_type(Side, "side"), primary_key=True)
    """offer: the exporting side; need: the receiving side."""
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("listing_revision.id"))
    """The text of the offer that it is about."""
    control_class: Mapped[ControlClass] = mapped_column(enum_type(ControlClass, "control_class"))
    clearance: Mapped[Clearance] = mapped_column(enum_type(Clearance, "clearance"))
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    number: Mapped[str | None] = mapped_column(String(64))
    """Of the licence or the registration."""
    valid_until: Mapped[date | None]
    """The last day on which a licence is valid, at the centre of the offer."""
    note: Mapped[str] = mapped_column(String(1000), default="")
    catalogue_version: Mapped[str | None] = mapped_column(String(64))
    entries: Mapped[list[Any] | None] = mapped_column(OPTIONAL_JSON)
    """The numbers of the catalogue's entries that were considered."""

    match: Mapped[Match] = relationship(back_populates="clearances")
    revision: Mapped[ListingRevision | None] = relationship()


class MatchComment(Model):
    """A note that staff of both centres read."""

    __tablename__ = "match_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("match.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text)

    match: Mapped[Match] = relationship(back_populates="comments")
    by: Mapped[User] = relationship()
