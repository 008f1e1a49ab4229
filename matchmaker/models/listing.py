"""Listings. What people write lives in revisions; the listing itself holds identity and state.

A listing has at most one working revision (being written or moderated) and one published revision.
An edit to a published listing is a new working revision; the published one stays, indexed and
matched, until staff publish the new one. A match remembers the revisions that were judged.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import OPTIONAL_JSON, Model, Versioned, enum_type
from matchmaker.domain.vocabulary import (
    TEXT_LIMITS,
    CodeField,
    ConfidentialAfter,
    ControlClass,
    IprStatus,
    ListingKind,
    ListingState,
    PriceType,
    RevisionState,
    StageOfDevelopment,
    TextField,
    TextOrigin,
)
from matchmaker.models.attachment import Attachment
from matchmaker.models.centre import Centre
from matchmaker.models.organisation import Organisation
from matchmaker.models.user import User


class Listing(Versioned, Model):
    """An offer, demand or scenario of an organisation."""

    __tablename__ = "listing"
    __table_args__ = (
        UniqueConstraint("organisation_id", "own_number"),
        CheckConstraint(
            "state NOT IN ('published', 'on_hold') OR published_at IS NOT NULL",
            name="published_has_date",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[ListingKind] = mapped_column(enum_type(ListingKind, "kind"))
    state: Mapped[ListingState] = mapped_column(enum_type(ListingState, "state"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"), index=True)
    """Copied from the organisation when the listing is submitted."""
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    own_number: Mapped[str | None] = mapped_column(String(64))
    """The owner's own number: an import updates the listing that has it."""
    open_for_interest: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    state_changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    valid_until: Mapped[date | None]
    """The last day on which it is valid; it ends at that day's midnight at the centre."""
    renewal_notice_for: Mapped[date | None]
    """The valid_until for which the owner has been told that it ends."""
    indexed_hash: Mapped[str | None] = mapped_column(String(64))
    """The hash of the content that the index holds; None: not in the index."""
    matched_hash: Mapped[str | None] = mapped_column(String(64))
    """The hash of the content for which suggestions were last made."""

    organisation: Mapped[Organisation] = relationship()
    centre: Mapped[Centre | None] = relationship()
    contact: Mapped[User | None] = relationship(foreign_keys=[contact_id])
    revisions: Mapped[list["ListingRevision"]] = relationship(
        back_populates="listing",
        cascade="all, delete-orphan",
        order_by="ListingRevision.number",
    )
    export_checks: Mapped[list["ExportCheck"]] = relationship(
        back_populates="listing", cascade="all, delete-orphan", order_by="ExportCheck.id"
    )

    def _revision(self, *states: RevisionState) -> "ListingRevision | None":
        return next((r for r in reversed(self.revisions) if r.state in states), None)

    @property
    def published(self) -> "ListingRevision | None":
        """The revision that readers see."""
        return self._revision(RevisionState.PUBLISHED)

    @property
    def working(self) -> "ListingRevision | None":
        """The revision that the owner writes or staff moderate."""
        return self._revision(
            RevisionState.WORKING, RevisionState.SUBMITTED, RevisionState.CHANGES_REQUESTED
        )

    @property
    def newest(self) -> "ListingRevision":
        """The revision that its owner sees: the working one, else the published, else the last."""
        return self.working or self.published or self.revisions[-1]

    @property
    def export_check(self) -> "ExportCheck | None":
        """The last export-control check."""
        return self.export_checks[-1] if self.export_checks else None

    @property
    def control_class(self) -> ControlClass:
        check = self.export_check
        return check.control_class if check else ControlClass.NOT_CHECKED


class ListingRevision(Versioned, Model):
    """One version of a listing's content."""

    __tablename__ = "listing_revision"
    __table_args__ = (
        UniqueConstraint("listing_id", "number"),
        CheckConstraint("trl BETWEEN 1 AND 9", name="trl"),
        CheckConstraint("price_min >= 0 AND price_min <= price_max", name="price_order"),
        CheckConstraint("budget_min >= 0 AND budget_min <= budget_max", name="budget_order"),
        CheckConstraint(
            "(price_min IS NULL AND price_max IS NULL AND budget_min IS NULL"
            " AND budget_max IS NULL) OR currency IS NOT NULL",
            name="amount_has_currency",
        ),
        *(
            Index(
                f"uq_listing_revision_{name}",
                "listing_id",
                unique=True,
                postgresql_where=text(condition),
                sqlite_where=text(condition),
            )
            for name, condition in (
                ("published", "state = 'published'"),
                ("open", "state IN ('working', 'submitted', 'changes_requested')"),
            )
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(
        ForeignKey("listing.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[int]
    state: Mapped[RevisionState] = mapped_column(enum_type(RevisionState, "state"))
    original_language: Mapped[str] = mapped_column(String(16))
    stage_of_development: Mapped[StageOfDevelopment | None] = mapped_column(
        enum_type(StageOfDevelopment, "stage_of_development")
    )
    """Of an offer; for a need, the stage from which it is wanted."""
    trl: Mapped[int | None]
    ipr_status: Mapped[IprStatus | None] = mapped_column(enum_type(IprStatus, "ipr_status"))
    price_type: Mapped[PriceType | None] = mapped_column(enum_type(PriceType, "price_type"))
    price_min: Mapped[int | None] = mapped_column(BigInteger)
    price_max: Mapped[int | None] = mapped_column(BigInteger)
    budget_min: Mapped[int | None] = mapped_column(BigInteger)
    budget_max: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    needed_by: Mapped[date | None]
    site: Mapped[str | None] = mapped_column(String(300))
    """Where a scenario takes place."""
    video_url: Mapped[str | None] = mapped_column(String(500))
    anonymous: Mapped[bool] = mapped_column(default=False)
    confidential_after: Mapped[ConfidentialAfter] = mapped_column(
        enum_type(ConfidentialAfter, "confidential_after"),
        default=ConfidentialAfter.INTRODUCTION,
    )
    wished_valid_until: Mapped[date | None]
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    confirmed_original: Mapped[bool] = mapped_column(default=False)
    """The writer keeps the language although the text looks like another one."""
    fingerprint: Mapped[str | None] = mapped_column(String(64), index=True)
    """Of what was submitted (`listing_content.fingerprint`): finds duplicates."""

    listing: Mapped[Listing] = relationship(back_populates="revisions")
    texts: Mapped[list["ListingText"]] = relationship(
        back_populates="revision", cascade="all, delete-orphan", order_by="ListingText.id"
    )
    codes: Mapped[list["ListingCode"]] = relationship(
        back_populates="revision", cascade="all, delete-orphan", order_by="ListingCode.position"
    )
    attachments: Mapped[list["RevisionAttachment"]] = relationship(
        back_populates="revision",
        cascade="all, delete-orphan",
        order_by="RevisionAttachment.position",
    )
    change_requests: Mapped[list["ChangeRequest"]] = relationship(
        back_populates="revision", cascade="all, delete-orphan", order_by="ChangeRequest.id"
    )

    def text(self, language: str) -> "ListingText | None":
        """Return the text in `language`, if there is one."""
        return next((t for t in self.texts if t.language == language), None)

    @property
    def original(self) -> "ListingText | None":
        return self.text(self.original_language)

    def values(self, field: CodeField) -> tuple[str, ...]:
        """Return the values of a coded field, in the order in which they were given."""
        return tuple(code.value for code in self.codes if code.field is field)


class ListingText(Versioned, Model):
    """What a revision says in one language."""

    __tablename__ = "listing_text"
    __table_args__ = (
        UniqueConstraint("revision_id", "language"),
        *(
            CheckConstraint(f"length({field}) <= {limit}", name=f"{field}_length")
            for field, limit in TEXT_LIMITS.items()
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(
        ForeignKey("listing_revision.id", ondelete="CASCADE"), index=True
    )
    language: Mapped[str] = mapped_column(String(16))
    origin: Mapped[TextOrigin] = mapped_column(enum_type(TextOrigin, "origin"))
    title: Mapped[str] = mapped_column(Text, default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    advantages_and_innovation: Mapped[str] = mapped_column(Text, default="")
    technical_specification: Mapped[str] = mapped_column(Text, default="")
    expected_role_of_partner: Mapped[str] = mapped_column(Text, default="")
    material: Mapped[str] = mapped_column(Text, default="")
    method: Mapped[str] = mapped_column(Text, default="")
    efficacy: Mapped[str] = mapped_column(Text, default="")
    product: Mapped[str] = mapped_column(Text, default="")
    application: Mapped[str] = mapped_column(Text, default="")
    confidential_detail: Mapped[str] = mapped_column(Text, default="")
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    updated_at: Mapped[datetime]

    revision: Mapped[ListingRevision] = relationship(back_populates="texts")

    def get(self, field: TextField) -> str:
        """Return the text of one field; empty where nothing was written."""
        value: str = getattr(self, field.value)
        return value


class ListingCode(Model):
    """One value of a coded field of a revision."""

    __tablename__ = "listing_code"
    __table_args__ = (Index("ix_listing_code_field_value", "field", "value"),)

    revision_id: Mapped[int] = mapped_column(
        ForeignKey("listing_revision.id", ondelete="CASCADE"), primary_key=True
    )
    field: Mapped[CodeField] = mapped_column(enum_type(CodeField, "field"), primary_key=True)
    value: Mapped[str] = mapped_column(String(120), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, default=0)

    revision: Mapped[ListingRevision] = relationship(back_populates="codes")


class RevisionAttachment(Model):
    """A file shown with a revision."""

    __tablename__ = "revision_attachment"

    revision_id: Mapped[int] = mapped_column(
        ForeignKey("listing_revision.id", ondelete="CASCADE"), primary_key=True
    )
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), primary_key=True)
    caption: Mapped[str] = mapped_column(String(300), default="")
    confidential: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)

    revision: Mapped[ListingRevision] = relationship(back_populates="attachments")
    attachment: Mapped[Attachment] = relationship()


class ChangeRequest(Model):
    """What staff ask the owner to change: a reason by field (`field` empty: the whole listing)."""

    __tablename__ = "change_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(
        ForeignKey("listing_revision.id", ondelete="CASCADE"), index=True
    )
    field: Mapped[str] = mapped_column(String(48), default="")
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    rejection: Mapped[bool] = mapped_column(default=False)
    """Whether it says why the listing was rejected."""

    revision: Mapped[ListingRevision] = relationship(back_populates="change_requests")


class ExportCheck(Model):
    """The export-control class that staff gave an offer. It is of one text: the last check of a
    text counts for it, and for later ones that say the same."""

    __tablename__ = "export_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(
        ForeignKey("listing.id", ondelete="CASCADE"), index=True
    )
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("listing_revision.id"))
    """The text that was checked."""
    control_class: Mapped[ControlClass] = mapped_column(enum_type(ControlClass, "control_class"))
    catalogue_version: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(1000), default="")
    entries: Mapped[list[Any] | None] = mapped_column(OPTIONAL_JSON)
    """The numbers of the catalogue's entries that were considered."""

    listing: Mapped[Listing] = relationship(back_populates="export_checks")
    revision: Mapped[ListingRevision | None] = relationship()
