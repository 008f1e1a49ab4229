"""Which centre is responsible for a place, and which decides for another one."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.models import Appointment, Centre, CentreCoverage, CentreDelegation, User


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


def staff_of(session: Session, *centre_ids: int) -> list[User]:
    """Return who works for one of these centres and can read mail, by name."""
    works = select(Appointment.user_id).where(Appointment.centre_id.in_(centre_ids))
    return list(
        session.scalars(
            select(User)
            .where(User.id.in_(works), User.active, User.confirmed_at.is_not(None))
            .order_by(User.name, User.id)
        )
    )


def staff_for(session: Session, centre_id: int, *, now: datetime) -> list[User]:
    """Return who decides for a centre and can read mail, by name: its own staff, those of centres
    to which it delegated, and the head office's where it is not at work."""
    delegates = session.scalars(
        select(CentreDelegation.delegate_id).where(
            CentreDelegation.centre_id == centre_id, delegation_runs(now)
        )
    ).all()
    at_work = session.get_one(Centre, centre_id).active
    also = [] if at_work else [head_office(session).id]
    return staff_of(session, centre_id, *delegates, *also)


def active_centres(session: Session) -> list[Centre]:
    """Return the centres that are at work, by code."""
    return list(session.scalars(select(Centre).where(Centre.active).order_by(Centre.code)))


def centres_by_id(session: Session, ids: Collection[int]) -> list[Centre]:
    """Return some centres, by code."""
    return list(session.scalars(select(Centre).where(Centre.id.in_(ids)).order_by(Centre.code)))


def delegations_of(
    session: Session, centre_ids: Collection[int]
) -> tuple[list[CentreDelegation], list[CentreDelegation]]:
    """Return what some centres delegated, and what was delegated to them, past periods included."""
    ordered = select(CentreDelegation).order_by(CentreDelegation.since, CentreDelegation.centre_id)
    return (
        list(session.scalars(ordered.where(CentreDelegation.centre_id.in_(centre_ids)))),
        list(session.scalars(ordered.where(CentreDelegation.delegate_id.in_(centre_ids)))),
    )


def delegation_of(
    session: Session, centre_ids: Collection[int], centre: str, to: str
) -> CentreDelegation:
    """Return the delegation of one of some centres to another one, by their codes. Raises
    DomainError NOT_FOUND."""
    for given in delegations_of(session, centre_ids)[0]:
        if (given.centre.code, given.delegate.code) == (centre, to):
            return given
    raise DomainError(ErrorCode.NOT_FOUND)


def centre_by_code(session: Session, code: str, *, field: str | None = None) -> Centre:
    """Return a centre by its code. Raises DomainError UNKNOWN_CODE at `field`."""
    centre = session.scalar(select(Centre).where(Centre.code == code))
    if centre is None:
        raise DomainError(ErrorCode.UNKNOWN_CODE, field=field, value=code)
    return centre
