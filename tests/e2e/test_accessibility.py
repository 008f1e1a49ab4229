"""Every page, for everybody who may open it: no violation of WCAG 2.2 AA that axe can find, in four
scripts and on a phone, and never a need to scroll sideways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import current_app
from playwright.sync_api import Page, expect

from matchmaker.config import Settings
from tests.e2e.samples import (
    ENTERPRISE,
    NEWCOMER,
    Samples,
    confirmation_token,
    load_samples,
    recovery_token,
)
from tests.e2e.site import (
    ADMINISTRATOR,
    AUDITOR,
    BANGKOK,
    NANNING,
    Site,
    hashed_password,
    load_network,
)
from tests.e2e.visitor import Visitor

OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
NOT_PAGES = frozenset(
    {
        "notifications.follow", "searches.run",
        "static", "home.stylesheet", "home.redirect_to_locale",
        "cases.evidence", "matches.evidence",
        "posting.file", "talks.file", "talks.calendar", "imports.template", "imports.refused",
        "matches.bulk", "moderation.reopen", "posting.submit_many", "translations.reopen",
        "engine.reopen", "glossary.export", "glossary.reopen", "glossary.reopen_import",
        "glossary.reopen_label", "glossary.reopen_pairs",
        "export_control.evidence", "export_control.reopen", "landing.reopen", "statistics.file",
    }
)  # fmt: skip
"""Files, and addresses that lead elsewhere."""
VISITOR = ""


@dataclass(frozen=True)
class View:
    """A page, and the people whose eyes see it differently; the first looks in every language."""

    endpoint: str
    path: str
    who: tuple[str, ...] = (VISITOR,)


def views(have: Samples, confirm: str, recover: str) -> list[View]:
    """Return every page with a row to show."""
    own, desk = f"/my/listings/{have.draft}", f"/desk/listings/{have.submitted}"
    everybody = (VISITOR, ENTERPRISE, NANNING, ADMINISTRATOR, AUDITOR)
    account, owner, staff = (ENTERPRISE, NEWCOMER), (ENTERPRISE,), (BANGKOK, NANNING)
    steps = ("text", "questions", "details", "sectors", "cooperation", "confidentiality")
    return [
        View("home.index", "/", everybody),
        View("search.results", "/search", (VISITOR, ENTERPRISE)),
        View("search.results", "/search?kind=offer&sector=agriculture"),
        View("search.results", "/search?q=zzzzzz"),
        View("search.listing", f"/listings/{have.others}", (VISITOR, ENTERPRISE, NANNING)),
        View("search.listing", f"/listings/{have.published}", (VISITOR, ENTERPRISE)),
        View("directory.index", "/directory/", (VISITOR, ENTERPRISE)),
        View("directory.service", f"/directory/{have.service}"),
        View("services.mine", "/my/services/", owner),
        View("services.new", "/my/services/new", owner),
        View("services.service", f"/my/services/{have.service}", owner),
        View("services.version", f"/my/services/{have.service}/languages/en", owner),
        View("landing.path", f"/desk/matches/{have.match}/landing/", staff),
        View("export_control.index", "/export-control/", (NANNING, ADMINISTRATOR)),
        View("export_control.catalogue", "/export-control/catalogues/CN", (NANNING,)),
        View("export_control.upload", "/export-control/import", (ADMINISTRATOR,)),
        View("export_control.review", "/export-control/review", (NANNING,)),
        View("security.login", "/account/sign-in"),
        View("security.register", "/account/register"),
        View("security.forgot_password", "/account/recover"),
        View("security.reset_password", f"/account/recover/{recover}"),
        View("security.send_confirmation", "/account/confirm"),
        View("security.confirm_email", f"/account/confirm/{confirm}"),
        View("security.change_password", "/account/password", owner),
        View("security.verify", "/account/verify", owner),
        View("accounts.check_mail", "/account/check-mail"),
        View("accounts.overview", "/account/", (*account, BANGKOK, ADMINISTRATOR, AUDITOR)),
        View("accounts.new_organisation", "/account/organisation", owner),
        View("accounts.join", "/account/join", owner),
        View("notifications.index", "/account/notifications/", (*account, NANNING)),
        View("notifications.preferences", "/account/notifications/preferences", (*owner, NANNING)),
        View("searches.index", "/account/searches/", account),
        View("searches.new", "/account/searches/new?q=bagasse&kind=offer", owner),
        View("searches.edit", f"/account/searches/{have.saved}/edit", owner),
        View("mail_links.unsubscribe", f"/account/unsubscribe/{have.stop}"),
        View("mail_links.address", f"/account/address/{have.address}"),
        View("claims.claim", "/my/claim", account),
        View("engine.learnt", "/desk/engine/", (NANNING, ADMINISTRATOR)),
        View("statistics.index", "/desk/statistics/", (NANNING, AUDITOR)),
        View("statistics.report", "/desk/statistics/report", (NANNING,)),
        View("posting.mine", "/my/listings/", owner),
        View("posting.new", "/my/listings/new", (*owner, BANGKOK)),
        View("posting.tasks", own, owner),
        View("posting.tasks", f"/my/listings/{have.published}", owner),
        View("posting.check", f"{own}/check", owner),
        View("posting.submitted", f"/my/listings/{have.submitted}/submitted", owner),
        *(View("posting.step", f"{own}/edit/{step}", owner) for step in steps),
        View("posting.languages", f"{own}/languages", owner),
        View("posting.version", f"{own}/languages/en", owner),
        View("posting.files", f"{own}/files", owner),
        View("posting.describe_file", f"{own}/files/{have.file}", owner),
        View("posting.confirm", f"{own}/archive", owner),
        View("imports.upload", "/my/import", owner),
        View("imports.report", f"/my/import/{have.batch}", owner),
        View("cases.mine", "/my/matches/", owner),
        View("cases.case", f"/my/matches/{have.offered}", owner),
        View("cases.case", f"/my/matches/{have.introduced}", owner),
        View("follow_up.answer", f"/follow-up/{have.answer}"),
        View("talks.thread", f"/talks/{have.introduced}/", (ENTERPRISE, NANNING)),
        View("talks.files", f"/talks/{have.introduced}/files", owner),
        View("talks.nda", f"/talks/{have.introduced}/agreement", (ENTERPRISE, NANNING)),
        View("talks.meetings", f"/talks/{have.introduced}/meetings", owner),
        View("talks.propose_meeting", f"/talks/{have.introduced}/meetings/new", owner),
        View("talks.meeting", f"/talks/{have.introduced}/meetings/{have.meeting}", owner),
        View(
            "talks.propose_again", f"/talks/{have.introduced}/meetings/{have.meeting}/times", owner
        ),
        View("talks.thread", f"/talks/{have.agreed}/", owner),
        View("talks.nda", f"/talks/{have.agreed}/agreement", owner),
        View("talks.print_nda", f"/talks/{have.agreed}/agreement/print", owner),
        View("nda_texts.index", "/administration/agreement/", (ADMINISTRATOR,)),
        View("undeliverable.index", "/administration/undeliverable-mail/", (ADMINISTRATOR,)),
        View("nda_texts.edit", "/administration/agreement/edit?language=en", (ADMINISTRATOR,)),
        View("cases.interest", f"/my/matches/interest/{have.others}", owner),
        View("desk.index", "/desk/", staff),
        View("desk.talks", "/desk/talks", staff),
        View("desk.workload", "/desk/workload", (NANNING,)),
        View("desk.delegate", "/desk/delegations", (NANNING,)),
        View("glossary.index", "/desk/glossary/", (NANNING,)),
        View("glossary.new", "/desk/glossary/new", (NANNING,)),
        View("glossary.concept", "/desk/glossary/concepts/bagasse", (NANNING,)),
        View("glossary.edit", "/desk/glossary/concepts/bagasse/edit", (NANNING,)),
        View(
            "glossary.edit_label",
            "/desk/glossary/concepts/bagasse/labels/edit?language=en&label=bagasse",
            (NANNING,),
        ),
        View("glossary.pairs", "/desk/glossary/pairs", (NANNING,)),
        View("glossary.edit_pair", f"/desk/glossary/pairs/edit?{have.pair}", (NANNING,)),
        View("glossary.upload", "/desk/glossary/import", (NANNING,)),
        View("moderation.queue", "/desk/listings/", staff),
        View("moderation.review", desk, staff[:1]),
        View("translations.queue", "/desk/translations/", (NANNING,)),
        View("translations.work", f"/desk/translations/{have.translated}/1/en", (NANNING,)),
        View("matches.queue", "/desk/matches/", staff),
        View("matches.review", f"/desk/matches/{have.match}", staff),
        View("matches.review", f"/desk/matches/{have.introduced}", staff[:1]),
        View("matches.pair", "/desk/matches/pair", staff[:1]),
        View("tasks.queue", "/desk/tasks/", (NANNING,)),
        View("tasks.task", f"/desk/tasks/{have.task}", (NANNING,)),
        View("tasks.letter", f"/desk/tasks/{have.task}/letter", (NANNING,)),
        View("represented.index", "/desk/organisations/", (NANNING,)),
        View("represented.new", "/desk/organisations/new", (NANNING,)),
        View("represented.organisation", f"/desk/organisations/{have.organisation}", (NANNING,)),
        View("organisations.queue", "/organisations/", staff),
        View("match_audit.queue", "/audit/matches/", (AUDITOR,)),
        View("match_audit.review", f"/audit/matches/{have.introduced}", (AUDITOR,)),
        View("demo.mails", "/demo/mails"),
        View("demo.mail", "/demo/mails/20261123-040000-1"),
    ]


_MAIL = """Content-Type: text/plain; charset="utf-8"
MIME-Version: 1.0
Content-Transfer-Encoding: 8bit
Subject: Welcome
From: noreply@example.org
To: person@example.org
Content-Language: en

Hello,

https://example.org/a-long-address-without-a-place-to-break-it-0123456789012345678901234567890123456789
"""


@dataclass
class Tour:
    """The site with something on every page."""

    site: Site
    views: list[View] = field(default_factory=list)


@pytest.fixture(scope="session")
def tour(new_settings: Callable[[], Settings]) -> Iterator[Tour]:
    """A site like the demonstration's, without a worker: what the pages show stays as it is."""
    settings = new_settings()
    site = Site(settings, settings.instance_folder, None)
    hashed = hashed_password(site)
    with site.write() as session:
        load_network(session, hashed)
        samples = load_samples(session, settings, hashed)
    (settings.mail_folder / "20261123-040000-1.log").write_text(
        f"{_MAIL}\n{'-' * 79}\n", encoding="utf-8"
    )
    confirm, recover = site.inside(lambda: (confirmation_token(NEWCOMER), recovery_token(NEWCOMER)))
    try:
        site.start(worker=False)
        yield Tour(site, views(samples, confirm, recover))
    finally:
        site.stop()


def troubles_of(page: Page, widths: tuple[int, ...]) -> list[str]:
    """Return what axe finds on a page, and where it is wider than the window."""
    found = []
    for violation in Axe().run(page, options=OPTIONS).response["violations"]:
        places = [node["html"][:160] for node in violation["nodes"][:3]]
        found.append(f"{violation['id']}: {violation['help']}: {places}")
    if (headings := page.locator("h1").count()) != 1:
        found.append(f"{headings} headings of the first level")
    for width in widths:
        page.set_viewport_size({"width": width, "height": 760})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{wide} pixels wide in a window of {width}")
    if widths:
        page.set_viewport_size({"width": widths[0], "height": 760})
    return found


@pytest.mark.parametrize(
    ("locale", "widths"),
    [
        pytest.param("en", (), id="en"),
        pytest.param("zh-Hans", (), id="zh-Hans"),
        pytest.param("th", (), id="th"),
        pytest.param("my", (), id="my"),
        pytest.param("en", (360, 320), id="en on a phone"),
    ],
)
def test_every_page(
    tour: Tour, new_page: Callable[..., Page], locale: str, widths: tuple[int, ...]
) -> None:
    """Visit every page; with the eyes of everybody in English, each template once in the others."""
    people: dict[str, Visitor] = {}
    found: dict[str, list[str]] = {}
    once = {view.endpoint: view for view in reversed(tour.views)}
    for view in tour.views if locale == "en" else once.values():
        for who in view.who if locale == "en" and not widths else view.who[:1]:
            if who not in people:
                page = new_page(width=widths[0] if widths else 1280, locale=locale)
                people[who] = Visitor(page, tour.site.url, locale)
                if who:
                    people[who].sign_in(who)
            person = people[who]
            person.open(view.path)
            if troubles := troubles_of(person.page, widths):
                found[f"{view.path} ({who or 'a visitor'})"] = troubles
    assert not found, "\n".join(f"{place}: {what}" for place, what in found.items())


@pytest.mark.parametrize("locale", ["en", "zh-Hans", "th", "my"])
def test_pages_with_errors(tour: Tour, new_page: Callable[..., Page], locale: str) -> None:
    """What comes instead of a page, and what a page says when a form was not right."""
    reader = Visitor(new_page(width=360, locale=locale), tour.site.url, locale)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        if troubles := troubles_of(reader.page, (360, 320)):
            found[name] = troubles

    reader.page.goto(f"{tour.site.url}/{locale}/nothing-here")
    look("unknown page")
    for path in ("/account/register", "/account/sign-in"):
        reader.open(path)
        reader.send()
        look(path)
    reader.sign_in(BANGKOK)
    reader.page.goto(f"{tour.site.url}/{locale}/audit/matches/")
    look("forbidden page")
    reader.open("/desk/matches/pair")
    reader.send()
    look("pair")
    reader.open("/desk/matches/")
    reader.send("/bulk")
    look("bulk")
    review = next(view.path for view in tour.views if view.endpoint == "matches.review")
    reader.open(review)
    reader.send("/decide/need")
    look("decision")

    owner = reader = Visitor(new_page(width=360, locale=locale), tour.site.url, locale)
    owner.sign_in(ENTERPRISE)
    owner.open("/my/listings/")
    with owner.page.expect_navigation():
        owner.main.locator('button[form="drafts"], #drafts button').first.click()
    look("drafts")
    step = next(view.path for view in tour.views if view.path.endswith("/cooperation"))
    other = Visitor(owner.page.context.new_page(), tour.site.url, locale)
    for tab in (owner, other):
        tab.open(step)
        tab.fill(expected_role_of_partner=f"{locale}: {id(tab)}")
    other.send()
    other.page.close()
    owner.send()
    expect(owner.main.locator("table td.passage--block")).to_have_count(2)
    look("conflict")
    assert not found, "\n".join(f"{place}: {what}" for place, what in found.items())


def test_axe_finds_what_is_wrong(tour: Tour, new_page: Callable[..., Page]) -> None:
    """The page's own security policy does not keep axe from looking."""
    reader = Visitor(new_page(), tour.site.url, "en")
    reader.open("/search")
    reader.page.evaluate(
        """() => {
          document.querySelector("[for=q]").remove();
          document.querySelector("main h1").style.color = "#eeeeee";
          document.querySelector("main").style.width = "2000px";
        }"""
    )
    found = " ".join(troubles_of(reader.page, (360,)))
    assert "label: " in found
    assert "color-contrast: " in found
    assert "pixels wide in a window of 360" in found


def test_no_page_is_left_out(tour: Tour) -> None:
    """Each address that can be read is either looked at or no page."""
    rules = tour.site.inside(lambda: list(current_app.url_map.iter_rules()))
    pages = {rule.endpoint for rule in rules if "GET" in (rule.methods or ())}
    assert pages - NOT_PAGES == {view.endpoint for view in tour.views}
