"""What people are told, how often they want mail about it, searches they keep, and bounces."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, enum_type, not_blank
from matchmaker.domain.notifications import BounceCode, Frequency, NotificationKind
from matchmaker.models.user import User


class Notification(Model):
    """One thing that one person is told. The sentence is made when it is read."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_user_id_at", "user_id", "at"),
        Index(
            "ix_notification_unread",
            "user_id",
            postgresql_where=text("read_at IS NULL"),
            sqlite_where=text("read_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(
        String(16), unique=True, default=lambda: secrets.token_urlsafe(12)
    )
    """Names it in addresses."""
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    kind: Mapped[NotificationKind] = mapped_column(enum_type(NotificationKind, "kind"))
    code: Mapped[str] = mapped_column(String(64))
    """What happened; see `domain.notifications.CODES`."""
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """References, codes, numbers and dates."""
    subject: Mapped[str] = mapped_column(String(64))
    """The reference of what it is about, or the code of a centre."""
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    """Names the event and the reader: nobody is told twice."""
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    frequency: Mapped[Frequency] = mapped_column(enum_type(Frequency, "frequency"))
    """How often its reader wants mails like it."""
    mail_due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the digest leaves that it waits for; empty when it waits for none."""
    mailed_at: Mapped[datetime | None]
    """When its mail, or the digest with it, was written."""

    user: Mapped[User] = relationship()


class NotificationPreference(Model):
    """How often somebody wants mails of a kind; without a row the usual frequency holds."""

    __tablename__ = "notification_preference"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[NotificationKind] = mapped_column(
        enum_type(NotificationKind, "kind"), primary_key=True
    )
    frequency: Mapped[Frequency] = mapped_column(enum_type(Frequency, "frequency"))
    changed_at: Mapped[datetime]


class SavedSearch(Model):
    """A search that somebody keeps, and wants to hear of what it newly finds."""

    __tablename__ = "saved_search"
    __table_args__ = (not_blank("name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    question: Mapped[str] = mapped_column(String(300), default="")
    """The words that are looked for; empty when the filters alone decide."""
    filters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The chosen values of each facet, as `queries.search.SearchRequest` has them, in lists."""
    frequency: Mapped[Frequency] = mapped_column(enum_type(Frequency, "frequency"))
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None] = mapped_column(index=True)
    index_version: Mapped[str | None] = mapped_column(String(64))
    """The public index that it was last asked of: nothing is new until there is another."""

    user: Mapped[User] = relationship()


class SavedSearchListing(Model):
    """A listing that a saved search found and that its owner has seen or been told of."""

    __tablename__ = "saved_search_listing"

    saved_search_id: Mapped[int] = mapped_column(
        ForeignKey("saved_search.id", ondelete="CASCADE"), primary_key=True
    )
    listing_id: Mapped[int] = mapped_column(
        ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class MailBounce(Model):
    """A mail that did not arrive. The address is kept as a hash only."""

    __tablename__ = "mail_bounce"

    id: Mapped[int] = mapped_column(primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    """Names the mail and what came back: a report that is read twice counts once."""
    address_hash: Mapped[str] = mapped_column(String(64), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outgoing_mail.id", ondelete="SET NULL"))
    code: Mapped[BounceCode] = mapped_column(enum_type(BounceCode, "code"))
    status: Mapped[str] = mapped_column(String(16), default="")
    """As RFC 3463 has it: 5.1.1; empty where the server gave none."""
    at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    """When the person confirmed the address anew: it no longer counts."""
