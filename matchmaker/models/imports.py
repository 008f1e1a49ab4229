"""Spreadsheets of listings that somebody brings in."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model
from matchmaker.models.organisation import Organisation


class ImportBatch(Model):
    """An uploaded table after its dry run: the rows as read and what is wrong with each."""

    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(43), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    filename: Mapped[str] = mapped_column(String(255))
    trust_language: Mapped[bool] = mapped_column(default=False)
    rows: Mapped[list[Any]] = mapped_column(default=list)
    report: Mapped[list[Any]] = mapped_column(default=list)
    """One dict a row: number, outcome, errors (codes with data)."""
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
