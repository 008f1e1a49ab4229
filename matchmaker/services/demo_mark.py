"""A database that holds a demonstration is marked, so that production refuses it."""

from typing import Final

from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from matchmaker.config import Settings, SettingsError
from matchmaker.models import SiteSetting, User

_KEY: Final = "demo"


def is_demo(session: Session) -> bool:
    """Tell whether the database was marked as a demonstration."""
    return session.get(SiteSetting, _KEY) is not None


def mark_as_demo(session: Session) -> None:
    """Mark the database, for ever. Raises SettingsError when real people's accounts are in it."""
    if is_demo(session):
        return
    if session.scalar(select(User.id).limit(1)) is not None:
        raise SettingsError(
            "This database has accounts and is no demonstration: `matchmaker demo` would mix "
            "invented organisations into it. Set MATCHMAKER_VAR and DATABASE_URL to other places."
        )
    session.add(SiteSetting(key=_KEY, value={}))
    session.flush()


def refuse_demo_in_production(engine: Engine, settings: Settings) -> None:
    """Raise SettingsError when a production site is pointed at a demonstration's database.

    A database that does not answer, or has no tables yet, is left to those who use it.
    """
    if not settings.is_production:
        return
    try:
        if not inspect(engine).has_table(SiteSetting.__tablename__):
            return
        with Session(engine) as session:
            found = is_demo(session)
    except OperationalError:
        return
    if found:
        raise SettingsError(
            "This database holds a demonstration, with passwords that everybody knows: production "
            "does not start on it. Set DATABASE_URL to another one."
        )
