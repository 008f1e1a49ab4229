"""Tables that somebody brought in: each sees only their own."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor
from matchmaker.models import ImportBatch, SectorName
from matchmaker.queries.listings import postable_organisations


def own_batch(session: Session, actor: Actor, token: str) -> ImportBatch:
    """Return an upload of the actor's, for an organisation that they may still post for.

    Raises DomainError NOT_FOUND.
    """
    batch = session.scalar(
        select(ImportBatch).where(ImportBatch.token == token, ImportBatch.by_id == actor.user_id)
    )
    if batch is None or batch.organisation not in postable_organisations(session, actor):
        raise DomainError(ErrorCode.NOT_FOUND)
    return batch


def sector_codes(session: Session) -> dict[str, dict[str, str]]:
    """Return the codes of all sectors by name, for each language that has names."""
    found: dict[str, dict[str, str]] = {}
    for row in session.execute(
        select(SectorName.language, SectorName.name, SectorName.sector_code)
    ):
        found.setdefault(row.language, {})[row.name] = row.sector_code
    return found
