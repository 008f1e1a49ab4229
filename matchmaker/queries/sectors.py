"""Sectors with their names: public, the same for everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.languages import BRIDGE
from matchmaker.models import Sector, SectorName


@dataclass(frozen=True)
class SectorChoice:
    """A sector as a form offers it."""

    code: str
    name: str
    parent_code: str | None


def sector_names(session: Session, locale: str) -> Mapping[str, str]:
    """Return the name of every sector by its code: in `locale`, else in English."""
    rows = session.execute(
        select(SectorName.sector_code, SectorName.language, SectorName.name).where(
            SectorName.language.in_([locale, BRIDGE])
        )
    ).all()
    english = {row.sector_code: row.name for row in rows if row.language == BRIDGE}
    return english | {row.sector_code: row.name for row in rows if row.language == locale}


def sector_choices(session: Session, locale: str) -> Sequence[SectorChoice]:
    """Return all sectors in their order, each followed by its children."""
    names = sector_names(session, locale)
    sectors = session.scalars(select(Sector).order_by(Sector.position)).all()
    return [
        SectorChoice(sector.code, names[sector.code], sector.parent_code)
        for top in sectors
        if top.parent_code is None
        for sector in (top, *(s for s in sectors if s.parent_code == top.code))
    ]


def sector_parents(session: Session) -> Mapping[str, str]:
    """Return the sector above each child, by the child's code."""
    rows = session.execute(
        select(Sector.code, Sector.parent_code).where(Sector.parent_code.is_not(None))
    )
    return {row.code: row.parent_code for row in rows}
