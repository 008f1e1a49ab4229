"""Web and worker are killed at fifty random moments; nothing that was acknowledged is lost.

Real processes on a database of their own, real HTTP, a real SMTP server. One person posts, one of
the centre's staff publishes, the worker indexes, matches and mails, while SIGKILL comes now to one,
now to the other. The seed is printed; MATCHMAKER_KILL_SEED repeats it.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

import pytest
from flask import Flask, current_app
from flask_security.utils import hash_password
from sqlalchemy import func, select, text, update

from matchmaker.config import Settings
from matchmaker.database import Transactions
from matchmaker.domain.clock import utc_now
from matchmaker.domain.vocabulary import ListingState
from matchmaker.extensions import db
from matchmaker.models import AuditEntry, Listing, OutgoingMail
from matchmaker.services import indexing, matching_runs
from matchmaker.services.index_files import Places
from matchmaker.worker.mailer import message_id
from tests.factories import (
    make_appointment,
    make_centre,
    make_membership,
    make_organisation,
    make_sectors,
    make_user,
)
from tests.integration.browser import Browser, Page, SiteAwayError
from tests.integration.mail_server import MailServer

KILLS = int(os.environ.get("MATCHMAKER_KILLS", "50"))
ENOUGH = KILLS // 5
"""Listings that must be published meanwhile, for the test to have shown anything."""
PASSWORD = "a password for the test"
PATIENCE = 240.0
"""Seconds to wait for anything: on a slow machine many tries end in a kill."""
ROOT = Path(__file__).parents[2]
WORDS = (
    "bagasse", "boards", "furniture", "press", "resin", "steam", "buffalo", "milk", "cheese",
    "ripening", "robot", "cage", "cleaning", "rice", "husk", "silica", "tyre", "hydrogen",
    "sensor", "leak", "cassava", "starch", "film", "packaging",
)  # fmt: skip
SUBMITTED = frozenset({ListingState.SUBMITTED, ListingState.PUBLISHED})


class Child:
    """A process of the site with all its own children, to be killed and started again."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self._command = [sys.executable, "-m", "matchmaker.cli", *arguments]
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.started = 0.0

    def start(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, cwd=ROOT, start_new_session=True,
                stdout=log, stderr=log,
            )  # fmt: skip
        self.started = time.monotonic()

    def kill(self) -> None:
        """Kill all of it at once, without a word."""
        self._signal(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end; returns its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(40)
        finally:
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
        self._process.wait(20)


@dataclass
class Acknowledged:
    """What the site said it had done."""

    titles: dict[str, str] = field(default_factory=dict)
    submitted: set[str] = field(default_factory=set)
    published: set[str] = field(default_factory=set)


@dataclass
class World:
    """The site under test and those who use it."""

    site: str
    web: Child
    worker: Child
    chance: random.Random
    done: Acknowledged = field(default_factory=Acknowledged)
    stop: threading.Event = field(default_factory=threading.Event)
    to_publish: Queue[str] = field(default_factory=Queue)
    troubles: list[str] = field(default_factory=list)
    startup: float = 0.0
    """Seconds that the site last needed to answer, on this machine as busy as it is."""

    def until_it_answers(self, step: Callable[[], Page | None]) -> Page | None:
        """Repeat a step as a person does, until the site says what became of it."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                page = step()
            except SiteAwayError:
                page = None
            else:
                if page is None or page.status < 500:
                    return page
                if page.status != 503:
                    raise AssertionError(f"{page.url} answered {page.status}: {page.text[:500]}")
            time.sleep(0.1)
        raise AssertionError("the site did not come back")


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def people(own_site: Flask, own_transactions: Transactions) -> dict[str, str]:
    """An owner and a member of staff; returns their addresses."""
    hashed = hash_password(PASSWORD)
    with own_transactions.write() as session:
        make_sectors(session)
        centre = make_centre(session, head_office=True)
        make_centre(session, country="TH")
        owner = make_user(session, email="owner@x.org", password_hash=hashed)
        make_membership(session, make_organisation(session), owner)
        staff = make_user(session, email="staff@x.org", password_hash=hashed)
        make_appointment(session, centre, staff, lead=True)
        return {"owner": owner.email, "staff": staff.email}


@pytest.fixture
def world(own_settings: Settings, mail_server: MailServer, tmp_path: Path) -> Iterator[World]:
    """Web and worker, running."""
    seed = int(os.environ.get("MATCHMAKER_KILL_SEED") or random.SystemRandom().randrange(10**6))
    print(f"MATCHMAKER_KILL_SEED={seed}")  # noqa: T201 - the report shows it
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COV")},
        "MATCHMAKER_ENV": "development",
        "MATCHMAKER_VAR": str(own_settings.instance_folder),
        "DATABASE_URL": own_settings.database_url,
        "SECRET_KEY": own_settings.secret_key,
        "SECURITY_PASSWORD_SALT": own_settings.password_salt,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "MATCHMAKER_PORT": str(port),
        "MATCHMAKER_ENCODER": "no",
        "MAIL_BACKEND": "smtp",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(mail_server.port),
    }
    world = World(
        site=environment["PUBLIC_URL"],
        web=Child(["web", "--workers", "1", "--threads", "4"], environment, tmp_path / "web.log"),
        worker=Child(["worker"], environment, tmp_path / "worker.log"),
        chance=random.Random(seed),
    )
    world.web.start()
    world.worker.start()
    yield world
    world.stop.set()
    world.web.kill()
    world.worker.kill()


def post_listings(world: World, email: str) -> None:
    """Post one listing after another."""
    browser = signed_in(world, email)
    number = 0
    while not world.stop.is_set():
        number += 1
        title = f"{' '.join(world.chance.sample(WORDS, 4))} with number {number}"
        reference = create(world, browser, "offer" if number % 2 else "demand")
        save(world, browser, reference, "text", title=title, description=f"We press the {title}.")
        world.done.titles[reference] = title
        save(world, browser, reference, "sectors", sector=["sugar_cane"])
        submit(world, browser, reference)
        world.to_publish.put(reference)


def signed_in(world: World, email: str) -> Browser:
    browser = Browser(world.site)

    def sign_in() -> None:
        browser.sign_in(email, PASSWORD)

    world.until_it_answers(sign_in)  # type: ignore[arg-type]  # None means that it is done
    return browser


def create(world: World, browser: Browser, kind: str) -> str:
    def step() -> Page:
        form = browser.get("/en/my/listings/new").form(to="/new")
        return browser.send(form, kind=kind, language="en")

    page = world.until_it_answers(step)
    assert page is not None
    found = re.search(r"/my/listings/([A-Z]-[0-9A-Z]{4}-[0-9A-Z]{4})", page.location or "")
    assert found, page.text[:2000]
    return found[1]


def save(
    world: World, browser: Browser, reference: str, step_key: str, **values: str | list[str]
) -> None:
    def step() -> Page:
        form = browser.get(f"/en/my/listings/{reference}/edit/{step_key}").form(
            to=f"/edit/{step_key}"
        )
        return browser.send(form, **values)

    page = world.until_it_answers(step)
    assert page is not None
    assert page.status == 302, page.text


def submit(world: World, browser: Browser, reference: str) -> None:
    def step() -> Page | None:
        page = browser.get(f"/en/my/listings/{reference}/check")
        if page.status == 302:
            return None  # an answer was lost on the way: it is submitted already
        answer = browser.send(page.form(to="/check"))
        if answer.status == 302:
            world.done.submitted.add(reference)
        return answer

    page = world.until_it_answers(step)
    assert page is None or page.status == 302, page.text


def publish_listings(world: World, email: str) -> None:
    """Publish whatever was submitted."""
    browser = signed_in(world, email)
    while not (world.stop.is_set() and world.to_publish.empty()):
        try:
            reference = world.to_publish.get(timeout=0.2)
        except Empty:
            continue
        publish(world, browser, reference)


def publish(world: World, browser: Browser, reference: str) -> None:
    def check() -> Page:
        form = browser.get(f"/en/desk/listings/{reference}").form(to="/export-check")
        return browser.send(
            form,
            **{"export-control_class": "free", "export-catalogue_version": "2025"},
        )

    def step() -> Page | None:
        page = browser.get(f"/en/desk/listings/{reference}")
        if page.status == 200 and f"/desk/listings/{reference}/publish" not in page.text:
            return None  # an answer was lost on the way: it is published already
        answer = browser.send(page.form(to="/publish"))
        if answer.status == 302:
            world.done.published.add(reference)
        return answer

    if reference.startswith("S-"):
        page = world.until_it_answers(check)
        assert page is not None
        assert page.status == 302, page.text
    page = world.until_it_answers(step)
    assert page is None or page.status == 302, page.text


def kill_again_and_again(world: World, child: Child, chance: random.Random, times: int) -> None:
    """Kill a child `times` times at random moments: mostly at work, sometimes while it starts."""
    for _ in range(times):
        if chance.random() < 0.25:
            time.sleep(chance.uniform(0, 2))
        else:
            if child is world.web:
                world.startup = startup_seconds(world)
            else:
                time.sleep(max(0.0, child.started + 0.8 * world.startup - time.monotonic()))
            time.sleep(chance.uniform(0, max(1.2, world.startup / 2)))
        child.kill()
        child.start()


def kill_until_much_is_published(world: World, chance: random.Random) -> None:
    """Go on where a slow machine did too little between its kills; the mails are left alone."""
    deadline = time.monotonic() + 2 * PATIENCE
    while len(world.done.published) < ENOUGH and time.monotonic() < deadline and not world.troubles:
        kill_again_and_again(world, world.web, chance, 1)


def answers(site: str) -> bool:
    try:
        return Browser(site).get("/en/account/sign-in").status == 200
    except SiteAwayError:
        return False


def startup_seconds(world: World) -> float:
    """Wait until the site answers; returns how long it took since it was started."""
    while not answers(world.site):
        assert time.monotonic() < world.web.started + PATIENCE, "the site does not start"
        time.sleep(0.05)
    return time.monotonic() - world.web.started


def test_fifty_kills_lose_nothing(
    world: World,
    people: dict[str, str],
    own_transactions: Transactions,
    own_places: Places,
    mail_server: MailServer,
) -> None:
    world.startup = startup_seconds(world)
    actors = [
        guarded(world, post_listings, people["owner"]),
        guarded(world, publish_listings, people["staff"]),
    ]
    seeds = [random.Random(world.chance.random()) for _ in range(2)]
    killers = [
        threading.Thread(
            target=kill_again_and_again, args=(world, child, seed, KILLS // 2), daemon=True
        )
        for child, seed in zip((world.web, world.worker), seeds, strict=True)
    ]
    for thread in (*actors, *killers):
        thread.start()
    for thread in killers:
        thread.join(1800)
        assert not thread.is_alive()
    kill_until_much_is_published(world, seeds[0])
    world.stop.set()
    for thread in actors:
        thread.join(3 * PATIENCE)
        assert not thread.is_alive()
    assert not world.troubles, world.troubles
    settle(own_transactions, own_places)
    assert world.worker.stop() == 0
    assert len(world.done.published) >= ENOUGH, "too slow to have shown anything"
    check_listings(world.done, own_transactions)
    check_index(own_transactions, own_places)
    check_mails(own_transactions, mail_server)


def guarded(world: World, work: Callable[[World, str], None], email: str) -> threading.Thread:
    def run() -> None:
        try:
            work(world, email)
        except Exception as error:  # noqa: BLE001 - told by the main thread
            world.troubles.append(f"{work.__name__}: {type(error).__name__}: {error}")

    return threading.Thread(target=run, daemon=True)


def settle(transactions: Transactions, places: Places) -> None:
    """Let the worker finish. The claims of killed processes run out, as after three minutes."""
    with transactions.write() as session:
        session.execute(
            update(OutgoingMail)
            .where(OutgoingMail.next_attempt_at.is_not(None))
            .values(next_attempt_at=utc_now())
        )
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        index = places.member.get()
        with transactions.read() as session:
            mails = session.scalar(
                select(func.count()).select_from(OutgoingMail).where(OutgoingMail.sent_at.is_(None))
            )
            if (
                not mails
                and index is not None
                and not indexing.work_due(session, places, None)
                and not matching_runs.listings_due(session, index, None)
            ):
                return
        time.sleep(0.3)
    raise AssertionError("the worker did not finish")


def check_listings(done: Acknowledged, transactions: Transactions) -> None:
    with transactions.read() as session:
        listings = {each.reference: each for each in session.scalars(select(Listing))}
        for reference, title in done.titles.items():
            original = listings[reference].newest.original
            assert original is not None
            assert original.title == title
        assert all(listings[reference].state in SUBMITTED for reference in done.submitted)
        for reference in done.published:
            assert listings[reference].state is ListingState.PUBLISHED
        steps = Counter(
            session.scalars(
                select(AuditEntry.subject_id).where(AuditEntry.action == "listing_state_changed")
            )
        )
        for listing in listings.values():
            moves = {ListingState.DRAFT: 0, ListingState.SUBMITTED: 1, ListingState.PUBLISHED: 2}
            assert steps[listing.id] == moves[listing.state]
        if db.engine.dialect.name == "sqlite":
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"


def check_index(transactions: Transactions, places: Places) -> None:
    with transactions.read() as session:
        published = set(
            session.scalars(
                select(Listing.reference).where(Listing.state == ListingState.PUBLISHED)
            )
        )
    for file in (places.member, places.public):
        index = file.get()
        assert index is not None
        assert index.groups() == published
    assert indexing.find_drift(transactions, places) == 0


def check_mails(transactions: Transactions, server: MailServer) -> None:
    """Each at least once; more than once only where a kill explains it."""
    received = Counter(str(message["Message-ID"]).partition("@")[0] for message in server.messages)
    settings: Settings = current_app.config["SETTINGS"]
    with transactions.read() as session:
        written = {
            message_id(key, settings).partition("@")[0]
            for key in session.scalars(select(OutgoingMail.dedupe_key))
        }
        published = session.scalar(
            select(func.count()).select_from(Listing).where(
                Listing.state == ListingState.PUBLISHED
            )
        )  # fmt: skip
    assert set(received) == written
    assert len(written) >= (published or 0)
    repeated = sum(count - 1 for count in received.values())
    print(f"{len(written)} mails, {repeated} of them twice; {published} listings")  # noqa: T201
    assert repeated <= KILLS // 2
