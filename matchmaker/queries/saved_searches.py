"""The searches that somebody keeps."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor
from matchmaker.models import SavedSearch


def own_searches(session: Session, actor: Actor) -> Sequence[SavedSearch]:
    """Return the person's saved searches, by name."""
    return session.scalars(
        select(SavedSearch)
        .where(SavedSearch.user_id == actor.user_id)
        .order_by(SavedSearch.name, SavedSearch.id)
    ).all()


def own_search(session: Session, actor: Actor, reference: str) -> SavedSearch:
    """Return one of the person's saved searches. Raises DomainError NOT_FOUND."""
    found = session.scalar(
        select(SavedSearch).where(
            SavedSearch.reference == reference, SavedSearch.user_id == actor.user_id
        )
    )
    if found is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return found
