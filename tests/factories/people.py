"""Accounts, centres and who works where."""

import secrets
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import AppointmentRole
from matchmaker.models import (
    Appointment,
    Centre,
    CentreCoverage,
    CentreLanguage,
    CentreName,
    Role,
    User,
)
from matchmaker.queries.actors import load_actor
from tests.factories.clock import NOW, serial


def make_user(
    session: Session,
    *,
    email: str | None = None,
    name: str = "Person",
    locale: str = "en",
    confirmed: bool = True,
    active: bool = True,
    password_hash: str | None = None,
    roles: Sequence[str] = (),
) -> User:
    """An account; `roles` are `administrator` and `auditor`."""
    number = next(serial)
    user = User(
        email=(email or f"person{number}@example.org").lower(),
        name=name if name != "Person" else f"Person {number}",
        password=password_hash,
        active=active,
        fs_uniquifier=secrets.token_hex(16),
        confirmed_at=NOW if confirmed else None,
        locale=locale,
        created_at=NOW,
        roles=[make_role(session, role) for role in roles],
    )
    session.add(user)
    session.flush()
    return user


def make_role(session: Session, name: str) -> Role:
    """The role of the whole site called `name`, made where it is missing."""
    role = session.scalar(select(Role).where(Role.name == name))
    if role is None:
        role = Role(name=name)
        session.add(role)
        session.flush()
    return role


def make_centre(
    session: Session,
    *,
    country: str = "CN",
    provinces: Sequence[str] = ("",),
    head_office: bool = False,
    active: bool = True,
    languages: Sequence[str] = ("en",),
    time_zone: str = "Asia/Shanghai",
    code: str | None = None,
) -> Centre:
    """A centre that covers `provinces` of `country`; an empty province means the whole country."""
    code = code or f"{country.lower()}-{next(serial)}"
    centre = Centre(
        code=code,
        country=country,
        head_office=head_office,
        active=active,
        time_zone=time_zone,
        email=f"{code}@centres.example.org",
        names=[CentreName(language="en", name=f"Centre {code}")],
        languages=[CentreLanguage(language=language) for language in languages],
        coverage=[CentreCoverage(country=country, province=province) for province in provinces],
    )
    session.add(centre)
    session.flush()
    return centre


def make_appointment(
    session: Session, centre: Centre, user: User | None = None, *, lead: bool = False
) -> User:
    """Somebody who works for `centre`; returns the account."""
    user = user or make_user(session)
    role = AppointmentRole.LEAD if lead else AppointmentRole.STAFF
    session.add(Appointment(user=user, centre=centre, role=role))
    session.flush()
    return user


def actor_of(session: Session, user: User) -> Actor:
    """What the web makes of an account: load it after all its rows are there."""
    session.flush()
    session.expire(user)
    return load_actor(session, user.id, now=NOW)
