"""What the engine learnt from decisions: each training's blend, and which one ranks."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.database import Model


class TrainedBlend(Model):
    """Weights learnt from decisions, beside the untrained ones that they started from."""

    __tablename__ = "trained_blend"
    __table_args__ = (
        CheckConstraint("better OR NOT in_force", name="never_worse"),
        Index(
            "uq_trained_blend_in_force",
            "in_force",
            unique=True,
            postgresql_where=text("in_force"),
            sqlite_where=text("in_force"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(unique=True)
    """Counted from 1."""
    trained_at: Mapped[datetime]
    approvals: Mapped[int]
    rejections: Mapped[int]
    last_entry_id: Mapped[int]
    """The newest audit entry that was read: with it the same training can be done again."""
    digest: Mapped[str] = mapped_column(String(64))
    """Names the examples."""
    base: Mapped[dict[str, Any]]
    """The untrained blend."""
    weights: Mapped[dict[str, Any]]
    """The trained blend."""
    measures: Mapped[dict[str, Any]]
    """How both order decisions that they did not learn from."""
    better: Mapped[bool]
    in_force: Mapped[bool] = mapped_column(default=False)
    switched_at: Mapped[datetime | None]
    """When it was last switched on or off."""
    switched_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    """Empty where the worker did it."""
