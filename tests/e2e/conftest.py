"""Chromium, a running site, and people with browsers; a failed test leaves pictures behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from matchmaker.config import Settings
from tests.conftest import _settings
from tests.e2e.site import Site, load_network, running_site
from tests.e2e.visitor import Visitor

Visit = Callable[..., Visitor]
_FAILED = pytest.StashKey[bool]()
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")

expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember for `new_page` whether a test failed."""
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window.

    Of one module only: Playwright runs an event loop in this thread, and while it does no app
    context of Flask can be left, as the tests of other folders do. What needs one here is of the
    session, and thus made before.
    """
    executable = shutil.which("chromium")
    if executable is None:
        pytest.fail("Chromium is missing: apt-get install chromium fonts-noto-core fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=list(_ARGUMENTS), timeout=120_000
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def new_settings(
    new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Settings]:
    """Make settings with a database and folders of their own."""
    return lambda: _settings(tmp_path_factory.mktemp("site"), new_database())


@pytest.fixture(scope="session")
def site(new_settings: Callable[[], Settings]) -> Iterator[Site]:
    """The site with web, worker and a real SMTP server; nothing is posted yet."""
    with running_site(new_settings(), load_network) as site:
        yield site


@pytest.fixture
def new_page(
    browser: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., Page]]:
    """Open a browser of its own for each caller; nothing may go wrong on its pages unnoticed."""
    pages: list[Page] = []
    troubles: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # An answer such as 409 is what some tests look for.
        if message.type == "error" and "Failed to load resource" not in message.text:
            troubles.append(message.text)

    def open_page(*, width: int = 1280, javascript: bool = True, locale: str = "en") -> Page:
        narrow = width < 600
        context = browser.new_context(
            viewport={"width": width, "height": 760 if narrow else 900},
            is_mobile=narrow,
            has_touch=narrow,
            java_script_enabled=javascript,
            locale=locale,
            reduced_motion="reduce",  # otherwise what gets the focus glides into view
        )
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        pages.append(page)
        return page

    yield open_page
    if request.node.stash.get(_FAILED, False):
        for number, page in enumerate(pages, start=1):
            path = tmp_path / f"page-{number}.png"
            page.screenshot(path=path, full_page=True)
            print(f"{page.url}: {path}")  # noqa: T201 - the report shows it
    for page in pages:
        page.context.close()
    assert not troubles, troubles


@pytest.fixture
def visit(new_page: Callable[..., Page], site: Site) -> Visit:
    """Let somebody visit the site: `visit("th", width=360)`."""

    def start(locale: str = "en", *, width: int = 1280, javascript: bool = True) -> Visitor:
        page = new_page(width=width, javascript=javascript, locale=locale)
        return Visitor(page, site.url, locale)

    return start
