"""A running site: its real processes on a database of its own, and the people who use it."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from email.message import Message
from pathlib import Path
from typing import Any, Final, TypeVar

from flask_security.utils import hash_password
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from matchmaker.config import Environment, MailBackend, Settings
from matchmaker.database import Transactions, engine_options, prepare_engine
from matchmaker.matching.glossary_files import read as read_glossary
from matchmaker.models import Centre, User
from matchmaker.services import glossary_files, seeding
from tests.factories import NOW, make_appointment, make_membership, make_organisation, make_user
from tests.integration.mail_server import MailServer
from tests.own_app import own_app

ROOT: Final = Path(__file__).parents[2]
SEEDS: Final = ROOT / "seeds"
PASSWORD: Final = "a long password for the test"
INSTITUTE: Final = "institute@institute.example.org"
NANNING: Final = "nanning@centres.example.org"
BANGKOK: Final = "bangkok@centres.example.org"
ADMINISTRATOR: Final = "administrator@site.example.org"
AUDITOR: Final = "auditor@site.example.org"

_STOP_WITHIN: Final = 5.0
_SET_PARENT_DEATH_SIGNAL: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None
"""Loaded here: between fork and exec as little as possible should happen."""

Found = TypeVar("Found")


def wait_for(look: Callable[[], Found | None], what: str, *, seconds: float = 180) -> Found:
    """Return what `look` finds, as soon as it does; raises AssertionError when it takes longer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds:.0f} seconds: {what}")


def demo_listing(key: str) -> Mapping[str, Any]:
    """Return a listing of the demonstration: real text of real length."""
    for path in sorted((SEEDS / "listings").glob("*.jsonl")):
        for row in seeding.read_lines(path):
            if row["key"] == key:
                return row
    raise LookupError(key)


def _die_with_parent() -> None:
    """Ask Linux to stop a process of the site when the tests are killed."""
    if _LIBC is not None:
        _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)


class Site:
    """Web and, unless left out, worker, on free ports; `mails` are what the SMTP server took."""

    def __init__(self, settings: Settings, folder: Path, mail_server: MailServer | None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.settings = replace(
            settings,
            environment=Environment.DEVELOPMENT if mail_server else Environment.DEMO,
            public_url=f"http://127.0.0.1:{port}",
            port=port,
            mail_backend=MailBackend.SMTP if mail_server else MailBackend.FILE,
            mail_port=mail_server.port if mail_server else 25,
            queue_url=f"sqlite:///{settings.instance_folder / 'queue.db'}",
        )
        self.url = self.settings.public_url
        # No app context here: leaving one needs an event loop, and Playwright's runs already.
        self._engine = create_engine(settings.database_url, **engine_options(settings.database_url))
        prepare_engine(self._engine)
        self._folder = folder
        self._mail_server = mail_server
        self._children: list[subprocess.Popen[bytes]] = []

    @property
    def mails(self) -> list[Message]:
        """The mails that were sent so far, oldest first."""
        assert self._mail_server is not None
        return self._mail_server.messages

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Look into the database."""
        with Transactions(self._engine).read() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Write rows that the processes will find."""
        with Transactions(self._engine).write() as session:
            yield session

    def inside(self, work: Callable[[], Found]) -> Found:
        """Return what `work` does in an app context of the site, in a thread of its own."""

        def run() -> Found:
            with own_app(self.settings):
                return work()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(run).result()

    def start(self, *, worker: bool = True) -> None:
        """Start the processes and wait until pages are served."""
        self._child("web", "--workers", "1", "--threads", "4")
        if worker:
            self._child("worker")
        wait_for(self._answers, f"the site's first page; its messages are in {self._folder}")

    def stop(self) -> None:
        """Stop the processes."""
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_WITHIN
        for child in self._children:
            try:
                child.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait(15)
        self._engine.dispose()

    def mail_to(self, address: str, *, having: str, about: str = "", attached: str = "") -> Message:
        """Return the newest mail to `address` with `having` in its text, `about` in its subject or
        text, and a part of the type `attached`; waits for it."""

        def look() -> Message | None:
            for message in reversed(self.mails):
                body = body_of(message)
                kinds = {part.get_content_type() for part in message.walk()}
                if (
                    message["To"] == address
                    and having in body
                    and about in f"{message['Subject']} {body}"
                    and attached in {"", *kinds}
                ):
                    return message
            return None

        return wait_for(look, f"a mail to {address} with {having!r}")

    def link_in_mail(self, address: str, *, path: str) -> str:
        """Return the link with `path` in the newest such mail to `address`."""
        found = re.search(
            rf"http\S*{re.escape(path)}\S*", body_of(self.mail_to(address, having=path))
        )
        assert found is not None
        return found.group()

    def _child(self, *arguments: str) -> None:
        with (self._folder / f"{arguments[0]}.log").open("ab") as log:
            self._children.append(
                subprocess.Popen(
                    [sys.executable, "-m", "matchmaker.cli", *arguments],
                    env=self._environment(), cwd=ROOT, start_new_session=True,
                    stdout=log, stderr=log,
                    preexec_fn=_die_with_parent,  # noqa: PLW1509 - it only makes a system call
                )
            )  # fmt: skip

    def _environment(self) -> dict[str, str]:
        settings = self.settings
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("COV")},
            "MATCHMAKER_ENV": settings.environment.value,
            "MATCHMAKER_VAR": str(settings.instance_folder),
            "DATABASE_URL": settings.database_url,
            "MATCHMAKER_QUEUE_URL": settings.queue_url,
            "SECRET_KEY": settings.secret_key,
            "SECURITY_PASSWORD_SALT": settings.password_salt,
            "PUBLIC_URL": settings.public_url,
            "MATCHMAKER_PORT": str(settings.port),
            "MAIL_BACKEND": settings.mail_backend.value,
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(settings.mail_port),
            "OMP_WAIT_POLICY": "passive",
        }

    def _answers(self) -> bool | None:
        for child in self._children:
            assert child.poll() is None, f"{child.args!r} ended; see {self._folder}"
        try:
            with urllib.request.urlopen(f"{self.url}/en/", timeout=5) as answer:
                return answer.status == 200 or None
        except OSError:
            return None


@contextmanager
def running_site(settings: Settings, load: Callable[[Session, str], None]) -> Iterator[Site]:
    """Run a site with web, worker and a real SMTP server; `load` writes what it starts with and
    is given the hash of everybody's password."""
    mail_server = MailServer()
    mail_server.start()
    site = Site(settings, settings.instance_folder, mail_server)
    hashed = hashed_password(site)
    with site.write() as session:
        load(session, hashed)
    try:
        site.start()
        yield site
    finally:
        site.stop()
        mail_server.stop()


def body_of(message: Message, kind: str = "text/plain") -> str:
    """Return the text of a mail, or of its first part of the type `kind`."""
    part = next(part for part in message.walk() if part.get_content_type() == kind)
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode(part.get_content_charset("utf-8"))


def hashed_password(site: Site) -> str:
    """Return the hash of the password that all share."""
    return site.inside(lambda: str(hash_password(PASSWORD)))


def load_network(session: Session, hashed: str) -> None:
    """Write the sectors, the glossary, two centres with their staff, an institute in Guangxi, and
    who else there is; `hashed` is everybody's password."""
    centres = json.loads((SEEDS / "centres.json").read_text(encoding="utf-8"))
    seeding.load_sectors(session, seeding.read_json(SEEDS / "sectors.json"))
    glossary_files.load_seeds(session, read_glossary(SEEDS / "glossary"), now=NOW)
    seeding.load_centres(
        session, [row for row in centres if row["key"] in ("cn-nanning", "th-bangkok")]
    )

    def person(email: str, locale: str, roles: tuple[str, ...] = ()) -> User:
        return make_user(session, email=email, locale=locale, roles=roles, password_hash=hashed)

    for code, email, locale in (
        ("cn-nanning", NANNING, "zh-Hans"),
        ("th-bangkok", BANGKOK, "th"),
    ):
        centre = session.scalars(select(Centre).where(Centre.code == code)).one()
        make_appointment(session, centre, person(email, locale), lead=True)
    institute = make_organisation(session, province="CN-GX", name="Guangxi Sugar Institute")
    make_membership(session, institute, person(INSTITUTE, "zh-Hans"))
    person(ADMINISTRATOR, "en", ("administrator",))
    person(AUDITOR, "en", ("auditor",))
