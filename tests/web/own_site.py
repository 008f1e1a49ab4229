"""A site that really commits, on a database of its own: for what a rolled-back test cannot show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import MetaData, create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse, encode_multipart

from matchmaker.app import create_app
from matchmaker.config import Settings
from matchmaker.database import Model
from matchmaker.extensions import db
from tests.factories import NOW
from tests.web.access_world import World
from tests.web.posting.pages import read


class OwnSite:
    """The site, its people and what they work on, committed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app: Flask = create_app(settings)
        self.app.config["WTF_CSRF_ENABLED"] = False
        with self.app.app_context():
            self.engine = db.engine
        with Session(self.engine, expire_on_commit=False) as session:
            world = World(session, self.app)
            self.seller = world.seller.reference
            self.paths = {
                "draft": f"/en/my/listings/{world.draft.reference}",
                "waiting": f"/en/desk/listings/{world.waiting.reference}",
                "match": f"/en/desk/matches/{world.match.reference}",
                "case": f"/en/my/matches/{world.match.reference}",
                "translation": f"/en/desk/translations/{world.waiting.reference}/1/en",
                "shop": f"/en/desk/organisations/{world.shop.reference}",
            }
            self._people = {
                name: person.fs_uniquifier if person else None
                for name, person in world.people.items()
            }
            session.commit()

    def browser(self, who: str) -> FlaskClient:
        """Return the browser of one of the people of `World`."""
        client = self.app.test_client()
        person = self._people[who]
        if person is not None:
            with client.session_transaction() as cookie:
                cookie.update(
                    _user_id=person, _fresh=True, fs_cc="set", fs_paa=NOW.timestamp()
                )  # fmt: skip
        return client

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all that is in the database, by table, as another process reads it."""
        tables: MetaData = Model.metadata
        with create_engine(self.settings.database_url, poolclass=NullPool).connect() as other:
            return {
                table.name: sorted((tuple(row) for row in other.execute(select(table))), key=repr)
                for table in tables.sorted_tables
            }

    def files(self) -> set[str]:
        """Return the names of the uploaded files, halves of files included."""
        return {path.name for path in self.settings.upload_folder.rglob("*") if path.is_file()}


@contextmanager
def own_site(settings: Settings) -> Iterator[OwnSite]:
    """Make a site, and let go of its database afterwards."""
    site = OwnSite(settings)
    try:
        yield site
    finally:
        site.engine.dispose()


def post(client: FlaskClient, path: str, fields: dict[str, Any]) -> TestResponse:
    """Send a form, files included, from memory."""
    boundary, body = encode_multipart(MultiDict(fields))
    return client.post(
        path, data=body, content_type=f'multipart/form-data; boundary="{boundary}"',
        environ_overrides={"wsgi.input_terminated": True},  # as the web server says
    )  # fmt: skip


def opened(client: FlaskClient, path: str, prefix: str = "") -> dict[str, Any]:
    """Return what the forms of a page would send; `prefix`: only the fields of one form."""
    page = client.get(path)
    assert page.status_code == 200, (path, page.status_code)
    fields = read(page.text).fields
    return {name: value for name, value in fields.items() if name.startswith(prefix)}


def resend(client: FlaskClient, page: str, path: str) -> TestResponse:
    """Press "Send it again" on the page that says what went wrong."""
    form = page[page.index("<main") :].replace('<form method="post"', '<form class="form"')
    return client.post(path, data=read(form).fields)
