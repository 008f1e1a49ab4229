"""Which centre is responsible for a place, and which decides for another one."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from matchmaker.models import Centre, CentreCoverage, CentreDelegation


def head_office(session: Session) -> Centre:
    """Return the head office; every installation has one."""
    return session.scalars(select(Centre).where(Centre.head_office)).one()


def responsible_centre(session: Session, country: str, province: str | None) -> Centre:
    """Return the active centre that covers the province, else the country, else the head office."""
    rows = session.execute(
        select(CentreCoverage.province, Centre)
        .join(Centre, Centre.id == CentreCoverage.centre_id)
        .where(
            CentreCoverage.country == country,
            CentreCoverage.province.in_(["", province or ""]),
            Centre.active,
        )
    ).all()
    by_province = {row.province: row.Centre for row in rows}
    centre: Centre | None = by_province.get(province or "") or by_province.get("")
    return centre or head_office(session)


def delegation_runs(now: datetime) -> ColumnElement[bool]:
    """The delegations in force at `now`."""
    return and_(
        CentreDelegation.since <= now,
        or_(CentreDelegation.until.is_(None), CentreDelegation.until > now),
    )
