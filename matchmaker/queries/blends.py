"""What the engine learnt: the blend that ranks, and the trainings so far."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.matching.ranking import Blend
from matchmaker.models import TrainedBlend, User


def blend_in_force(session: Session) -> Blend:
    """Return the blend that ranks: a trained one that was switched on, else the untrained."""
    row = trained_in_force(session)
    return Blend() if row is None else Blend.of(row.weights)


def trained_in_force(session: Session) -> TrainedBlend | None:
    """Return the trained blend that is switched on."""
    return session.scalar(select(TrainedBlend).where(TrainedBlend.in_force))


def newest_blend(session: Session) -> TrainedBlend | None:
    """Return the newest training."""
    return session.scalar(select(TrainedBlend).order_by(TrainedBlend.version.desc()).limit(1))


def trained_blends(session: Session) -> Sequence[TrainedBlend]:
    """Return all trainings, the newest first."""
    return session.scalars(select(TrainedBlend).order_by(TrainedBlend.version.desc())).all()


def switched_by(session: Session, row: TrainedBlend) -> str:
    """Return the name of whoever switched a blend last; empty for the worker."""
    user = session.get(User, row.switched_by_id) if row.switched_by_id is not None else None
    return "" if user is None else user.name
