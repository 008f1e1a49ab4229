"""What can go wrong around a form, really: a locked database, a full disk, a dead mail server.

Each time a translated sentence says what happened, what was typed stays, nothing is half-written,
and the same form goes through once the trouble is over. What people enter wrongly is tested beside
the page that asks for it.
"""

from __future__ import annotations

import os
import re
import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import gettext
from flask_security.confirmable import generate_confirmation_token
from flask_security.recoverable import generate_reset_password_token
from itsdangerous import TimestampSigner
from markupsafe import escape
from sqlalchemy import create_engine, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool
from werkzeug.datastructures import FileStorage

from matchmaker import database
from matchmaker.config import MailBackend, Settings
from matchmaker.database import Model, Transactions, is_disk_full
from matchmaker.domain.clock import utc_now
from matchmaker.models import OutgoingMail, User
from matchmaker.worker import mailer
from tests.factories import make_user
from tests.integration.mail_server import MailServer
from tests.web.own_site import OwnSite, opened, own_site, post, resend
from tests.web.posting.pages import read

POSTGRESQL: Final = os.environ.get("MATCHMAKER_TEST_DATABASE", "sqlite") == "postgresql"
TYPED: Final = "Giấy <b>bã mía</b> & 100 %"
SHOWN: Final = "Giấy &lt;b&gt;bã mía&lt;/b&gt; &amp; 100 %"

Form = tuple[str, str, str, str, dict[str, str]]
FORMS: Final[list[Form]] = [
    # who, page, address of the form below it, prefix of its fields, what is typed
    ("owner", "draft", "/edit/text", "", {"title": TYPED}),
    ("owner", "draft", "/edit/details", "", {"advantages_and_innovation": TYPED}),
    ("owner", "draft", "/languages/th", "", {"title": TYPED, "language_choice": "keep"}),
    ("staff", "waiting", "/reject", "reject-", {"reject-reason": TYPED}),
    ("staff", "match", "/comment", "comment-", {"comment-note": TYPED}),
    ("owner", "case", "/answer", "answer-", {"answer-answer": "yes", "answer-note": TYPED}),
    ("staff", "translation", "", "", {"title": TYPED, "keep_language": "y"}),
]
IDS: Final = [f"{page}{rest}" for _who, page, rest, _prefix, _typed in FORMS]


@pytest.fixture
def site(own_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnSite]:
    """A site that does not wait long for a lock."""
    monkeypatch.setattr(database, "LOCK_WAIT_SECONDS", 0.3)
    with own_site(own_settings) as site:
        yield site


@contextmanager
def locked(site: OwnSite) -> Iterator[None]:
    """Another process holds the database for writing."""
    url = make_url(site.settings.database_url)
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(url.database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    with create_engine(url, poolclass=NullPool).connect() as connection:
        names = ", ".join(f'"{table.name}"' for table in Model.metadata.sorted_tables)
        connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
        yield


def filled(site: OwnSite, form: Form) -> Any:
    """Return a browser, the address of a form, and the form filled in."""
    who, page, rest, prefix, typed = form
    client = site.browser(who)
    below = rest if page == "draft" else ""
    return (
        client,
        site.paths[page] + rest,
        {**opened(client, site.paths[page] + below, prefix), **typed},
    )


def goes_wrong_and_then_right(
    site: OwnSite,
    form: Any,
    trouble: AbstractContextManager[None],
    status: int,
    sentence: str,
) -> None:
    """Send a form amid the trouble, and again after it."""
    client, path, fields = form
    before = site.rows()
    with trouble:
        answer = client.post(path, data=fields)
        assert answer.status_code == status, answer.text[-3000:]
        assert sentence in answer.text
        assert SHOWN in answer.text
        assert site.rows() == before
    again = resend(client, answer.text, path)
    assert again.status_code == 302, again.text
    after = site.rows()
    assert after != before
    assert TYPED in repr(after)


@pytest.mark.parametrize("form", FORMS, ids=IDS)
def test_a_locked_database(site: OwnSite, form: Form) -> None:
    goes_wrong_and_then_right(site, filled(site, form), locked(site), 503, "The site is busy")


def test_a_locked_database_and_people_without_an_account(site: OwnSite) -> None:
    client = site.browser("visitor")
    fields = {
        "name": TYPED, "email": "new@example.org", "password": "nine blue kettles",
        "password_confirm": "nine blue kettles",
    }  # fmt: skip
    before = site.rows()
    with locked(site):
        answer = client.post("/vi/account/register", data=fields)
        assert answer.status_code == 503
        assert '<html lang="vi"' in answer.text
        assert SHOWN in answer.text
        assert "nine blue kettles" not in answer.text
        assert client.get("/vi/").status_code == 200
    assert site.rows() == before
    assert client.post("/vi/account/register", data=fields).status_code == 302


def test_a_locked_database_and_files(site: OwnSite) -> None:
    client = site.browser("owner")
    path = site.paths["draft"] + "/files"
    fields = {**opened(client, path), "caption": TYPED}
    before, files = site.rows(), site.files()
    with locked(site):
        answer = post(client, path, {**fields, "file": pdf()})
        assert answer.status_code == 503
        assert SHOWN in answer.text
        assert "Files are not kept: add them again afterwards." in answer.text
    assert site.rows() == before
    assert site.files() == files
    assert post(client, path, {**fields, "file": pdf()}).status_code == 302
    assert len(site.files()) == len(files) + 1


def test_a_locked_database_and_a_table(site: OwnSite) -> None:
    client = site.browser("owner")
    path = "/en/my/import"
    fields = {**opened(client, path), "organisation": site.seller}
    before = site.rows()
    with locked(site):
        answer = post(client, path, {**fields, "table": table()})
        assert answer.status_code == 503
        assert "The site is busy" in answer.text
    assert site.rows() == before
    assert post(client, path, {**fields, "table": table()}).status_code == 302


def pdf(size: int = 0) -> FileStorage:
    return FileStorage(BytesIO(b"%PDF-1.7\n" + b"%" * size + b"\ntrailer\n%%EOF\n"), "plan.pdf")


def table() -> FileStorage:
    return FileStorage(
        BytesIO(b"kind,title,description\noffer,Boards,Boards of bagasse\n"), "table.csv"
    )


class SmallDisk:
    """A disk that can be filled up. Where we may not mount one, SQLite is told to take no more
    pages: it then says itself that the disk is full."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
        self.mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0

    @contextmanager
    def full(self, site: OwnSite) -> Iterator[None]:
        """Nothing more can be written."""
        self._forget_the_log(site)
        if not self.mounted:
            event.listen(site.engine, "connect", _no_more_pages)
            site.engine.dispose()
            yield
            event.remove(site.engine, "connect", _no_more_pages)
            site.engine.dispose()
            return
        filler = self.folder / "filler"
        with filler.open("wb", buffering=0) as file:
            for size in (65536, 4096):
                try:
                    while file.write(b"x" * size):
                        pass
                except OSError:
                    continue
        yield
        filler.unlink()

    def _forget_the_log(self, site: OwnSite) -> None:
        """Empty SQLite's log: the space that it has already would take what is written next."""
        with sqlite3.connect(str(make_url(site.settings.database_url).database)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        other.close()

    def remove(self) -> None:
        """Let go of it."""
        if self.mounted:
            subprocess.run(["umount", str(self.folder)], check=True)


def _no_more_pages(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA max_page_count=1")  # SQLite raises it to what is there


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "disk")
    yield disk
    disk.remove()


@pytest.fixture
def crowded(own_settings: Settings, small_disk: SmallDisk) -> Iterator[OwnSite]:
    """A site whose database and files lie on the small disk."""
    target = small_disk.folder / "matchmaker.db"
    source = Path(str(make_url(own_settings.database_url).database))
    target.write_bytes(source.read_bytes())
    moved = replace(
        own_settings,
        database_url=f"sqlite:///{target}",
        upload_folder=small_disk.folder / "uploads",
    )
    with own_site(moved) as site:
        yield site


sqlite_only = pytest.mark.skipif(POSTGRESQL, reason="PostgreSQL's disk is its server's: see below")


@sqlite_only
def test_a_full_disk_and_a_text(crowded: OwnSite, small_disk: SmallDisk) -> None:
    long = {"title": TYPED, "description": "sugar cane bagasse boards " * 150}
    form = filled(crowded, ("owner", "draft", "/edit/text", "", long))
    trouble = small_disk.full(crowded)
    goes_wrong_and_then_right(crowded, form, trouble, 507, "There is no space left to save this")


@sqlite_only
def test_a_full_disk_and_a_file(crowded: OwnSite, small_disk: SmallDisk) -> None:
    client = crowded.browser("owner")
    path = crowded.paths["draft"] + "/files"
    fields = {**opened(client, path), "caption": TYPED}
    before, files = crowded.rows(), crowded.files()
    with small_disk.full(crowded), small_files():
        answer = post(client, path, {**fields, "file": pdf(300_000)})
        assert answer.status_code in {200, 507}
        assert "There is no space left to save this" in answer.text
        assert SHOWN in answer.text
    assert crowded.rows() == before
    assert crowded.files() == files
    assert post(client, path, {**fields, "file": pdf(300_000)}).status_code == 302


@contextmanager
def small_files() -> Iterator[None]:
    """The kernel refuses files above 200 KB to this process, as a quota would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class _DiskFullError(Exception):
    sqlstate = "53100"


class _AwayError(Exception):
    sqlstate = "08006"


@pytest.mark.parametrize(("cause", "full"), [(_DiskFullError(), True), (_AwayError(), False)])
def test_what_postgresql_says_of_a_full_disk(cause: Exception, full: bool) -> None:
    assert is_disk_full(OperationalError("INSERT", {}, cause)) is full


def test_a_dead_mail_server_keeps_nobody_waiting(own_settings: Settings) -> None:
    """Pages only queue mails: with nobody at the server's port an account is made all the same,
    and its mail waits for the server to come back."""
    server = MailServer()  # a free port at which nobody listens
    dead = replace(
        own_settings, mail_backend=MailBackend.SMTP, mail_server="127.0.0.1", mail_port=server.port
    )
    fields = {
        "name": "Lan", "email": "lan@example.org", "password": "nine blue kettles",
        "password_confirm": "nine blue kettles",
    }  # fmt: skip
    with own_site(dead) as site:
        answer = site.browser("visitor").post("/en/account/register", data=fields)
        assert answer.status_code == 302
        with site.app.app_context():
            transactions = Transactions(site.engine)
            assert mailer.send_due(transactions, site.settings) == 0
            server.start()
            with transactions.write() as session:
                for mail in session.scalars(select(OutgoingMail)):
                    assert mail.sent_at is None
                    mail.next_attempt_at = utc_now()
            assert mailer.send_due(transactions, site.settings) > 0
            server.stop()
    assert "lan@example.org" in [message["To"] for message in server.messages]


ODD: Final = ["", "   ", "x" * 30_000, "\0", "\ufffd", "-1", "9" * 400, "NaN", "2027-02-30",
              "nonsense", "<script>", "%s%(x)s", "{{ 7 * 7 }}"]  # fmt: skip
PAGES: Final = [
    ("visitor", "/vi/account/register"),
    ("visitor", "/vi/account/sign-in"),
    ("visitor", "/vi/account/recover"),
    ("account", "/vi/account/organisation"),
    ("account", "/vi/account/join"),
    ("account", "/vi/my/claim"),
    ("owner", "/vi/my/listings/new"),
    ("owner", "/vi/my/import"),
    *(
        ("owner", f"draft/edit/{step}")
        for step in ("text", "details", "sectors", "cooperation", "confidentiality")
    ),
    ("owner", "draft/languages"),
    ("owner", "draft/languages/th"),
    ("owner", "draft/files"),
    ("owner", "draft/check"),
    ("owner", "case"),
    ("staff", "waiting"),
    ("staff", "match"),
    ("staff", "translation"),
    ("staff", "/vi/desk/matches/pair"),
    ("staff", "/vi/desk/organisations/new"),
    ("staff", "shop"),
]


@pytest.mark.parametrize(("who", "page"), PAGES, ids=[page for _who, page in PAGES])
def test_odd_values_in_every_field(site: OwnSite, who: str, page: str) -> None:
    """Whatever is sent in any field of any form: an answer in the reader's language, no failure."""
    name, _slash, rest = page.partition("/")
    path = page if not name else f"{site.paths[name]}/{rest}".rstrip("/").replace("/en/", "/vi/", 1)
    client = site.browser(who)
    forms = posted_forms(client.get(path).text)
    assert forms
    for action, fields in forms:
        everywhere = [{**fields, **dict.fromkeys(fields.keys() - {"version"}, odd)} for odd in ODD]
        alone = [{**fields, field: "nonsense"} for field in fields]
        for sent in (*everywhere, *alone):
            answer = client.post(action or path, data=sent)
            assert answer.status_code in {200, 302, 400, 404, 409, 413, 422}, sent
            assert answer.status_code == 302 or '<html lang="vi"' in answer.text


def posted_forms(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the forms of a page that change something: their addresses and what they hold."""
    found = []
    for part in text.split('<form method="post"')[1:]:
        inside = part.partition("</form>")[0]
        action = re.search(r'action="([^"]*)"', inside)
        names = re.findall(r'name="([^"]+)"', inside)
        held = read(f'<form class="form"{inside}</form>').fields
        fields = {name: held.get(name, "") for name in names if name != "csrf_token"}
        found.append((unescape(action.group(1)) if action else "", fields))
    return found


_LINKS: Final[dict[str, Callable[[User], str]]] = {
    "confirm": generate_confirmation_token,
    "recover": generate_reset_password_token,
}


@pytest.mark.parametrize("page", _LINKS)
def test_an_expired_link_says_so_and_how_to_get_another(
    app: Flask,
    client: FlaskClient,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
) -> None:
    user = make_user(session, confirmed=page == "recover", password_hash="x")
    with monkeypatch.context() as earlier, app.test_request_context("/vi/"):
        earlier.setattr(
            TimestampSigner, "get_timestamp", lambda _self: int(time.time()) - 30 * 86400
        )
        token = _LINKS[page](user)
    method = client.get if page == "recover" else client.post
    answer = method(f"/vi/account/{page}/{token}", follow_redirects=True)
    assert '<html lang="vi"' in answer.text
    with app.test_request_context("/vi/"):
        assert escape(gettext("This link has expired. Ask for a new one below.")) in answer.text
    assert 'name="email"' in answer.text
    assert user.confirmed_at is None or page == "recover"
