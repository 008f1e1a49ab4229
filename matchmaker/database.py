"""Where SQLite and PostgreSQL differ, and the column types that all models share."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    DateTime,
    Engine,
    Enum,
    MetaData,
    Table,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
LOCK_WAIT_SECONDS = 15
"""How long a writer waits for another one before it says that the database is locked."""

_DISK_FULL = "53100"
"""PostgreSQL's SQLSTATE."""

writing: ContextVar[bool] = ContextVar("writing", default=False)
"""Whether a transaction that begins now will write. SQLite then takes its write lock at once and
waits for it, where a reader that turns writer half-way would fail instead of waiting."""


class UtcDateTime(TypeDecorator[datetime]):
    """An instant in UTC. Refuses naive values; always returns aware ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


OPTIONAL_JSON = JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)
"""For a column that may be empty: None is NULL, not JSON's null."""


class Model(DeclarativeBase):
    """The base of all models."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON().with_variant(postgresql.JSONB(), "postgresql"),
        list[Any]: JSON().with_variant(postgresql.JSONB(), "postgresql"),
    }


class Versioned:
    """A row that two people may edit: the second save of a stale row raises StaleDataError."""

    lock_version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - it is given the class
        return {"version_id_col": cls.lock_version}


def enum_type(enum: type[StrEnum], name: str) -> Enum:
    """Return a column type that stores the values of `enum` and lets the database refuse others.

    `name` is the column's, so that the CHECK is called `ck_<table>_<name>`.
    """
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=48,
        values_callable=lambda members: [member.value for member in members],
    )


def not_blank(column: str) -> CheckConstraint:
    """Return a CHECK that a text column holds more than spaces."""
    return CheckConstraint(f"trim({column}) <> ''", name=f"{column}_not_blank")


def engine_options(url: str) -> dict[str, Any]:
    """Return what `create_engine` needs for `url` besides the address.

    What was to be written stays out of errors, and so out of logs: it holds texts and links.
    """
    if url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": LOCK_WAIT_SECONDS}}
    wait = f"-c lock_timeout={int(LOCK_WAIT_SECONDS * 1000)}"
    return {"hide_parameters": True, "pool_pre_ping": True, "connect_args": {"options": wait}}


def is_disk_full(error: OperationalError) -> bool:
    """Tell whether the database could not write because its disk is full."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return getattr(cause, "sqlstate", None) == _DISK_FULL


def _sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing.get() else "BEGIN")


def prepare_engine(engine: Engine) -> None:
    """Set SQLite up for several processes: WAL, foreign keys, explicit transactions."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)


@contextmanager
def write_transactions() -> Iterator[None]:
    """Transactions begun inside take SQLite's write lock at once."""
    token = writing.set(True)
    try:
        yield
    finally:
        writing.reset(token)


class Transactions:
    """Short transactions of their own, for jobs that take several: one `with`, one commit.

    A boundary (worker, command line) makes one and hands it to a service that works for minutes,
    so that no lock is held while it computes.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the database; changes are thrown away."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are committed at the end, or thrown away by an exception."""
        with write_transactions(), Session(self._engine) as session, session.begin():
            yield session


def upsert(
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, object]],
    *,
    key: Sequence[str],
    update: Sequence[str] = (),
) -> None:
    """Insert `rows`; where the unique `key` exists, set the `update` columns (none: leave it)."""
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(list(rows))
    if update:
        changes = {name: statement.excluded[name] for name in update}
        session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changes))
    else:
        session.execute(statement.on_conflict_do_nothing(index_elements=list(key)))


def insert_new(
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, object]],
    *,
    key: Sequence[str],
    returning: Column[Any],
) -> list[Any]:
    """Insert those of `rows` whose unique `key` is new; return the `returning` column of these."""
    if not rows:
        return []
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(list(rows))
    statement = statement.on_conflict_do_nothing(index_elements=list(key))
    return list(session.scalars(statement.returning(returning)))
