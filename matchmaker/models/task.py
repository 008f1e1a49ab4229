"""Work that staff do by phone, chat or letter for a party without an account."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, Versioned, enum_type
from matchmaker.domain.vocabulary import TaskKind, TaskState
from matchmaker.models.centre import Centre
from matchmaker.models.listing import Listing
from matchmaker.models.match import Match
from matchmaker.models.organisation import Organisation


class OutreachTask(Versioned, Model):
    """Something that an organisation without an account has to be told or asked."""

    __tablename__ = "outreach_task"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[TaskKind] = mapped_column(enum_type(TaskKind, "kind"))
    state: Mapped[TaskState] = mapped_column(enum_type(TaskState, "state"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), index=True)
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id"))
    match_id: Mapped[int | None] = mapped_column(ForeignKey("match.id"))
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the letter needs: references and codes; sentences are made when it is read."""
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(String(1000), default="")

    organisation: Mapped[Organisation] = relationship()
    centre: Mapped[Centre] = relationship()
    listing: Mapped[Listing | None] = relationship()
    match: Mapped[Match | None] = relationship()
