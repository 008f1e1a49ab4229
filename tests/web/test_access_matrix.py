"""Every address with real rows, and everybody: who gets in, and what they read there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from matchmaker.config import Settings
from matchmaker.domain.permissions import VISITOR
from matchmaker.domain.vocabulary import ConfidentialAfter, MatchState, Side, TextField
from matchmaker.i18n.mail_texts import Letter, mail_text
from matchmaker.web import permissions
from tests.factories import NOW, actor_of, make_nda
from tests.web.access_world import MARKS, OWNER, Login, World

MEMBERS: Final = frozenset({"owner", "partner", "outsider"})
OWN_STAFF: Final = frozenset({"staff", "lead"})
STAFF: Final = OWN_STAFF | {"thai_staff", "other_staff"}
SIGNED_IN: Final = MEMBERS | STAFF | {"account", "newcomer", "administrator", "auditor"}
EVERYBODY: Final = SIGNED_IN | {"visitor"}
OWNER_ONLY: Final = frozenset({"owner"})
PEOPLE: Final = sorted(EVERYBODY)

ALLOWED: Final[dict[str, frozenset[str]]] = {
    "home.redirect_to_locale": EVERYBODY,
    "home.index": EVERYBODY,
    "home.stylesheet": EVERYBODY,
    "search.results": EVERYBODY,
    "search.listing": EVERYBODY,
    "accounts.check_mail": EVERYBODY,
    "mail_links.unsubscribe": EVERYBODY,
    "mail_links.address": EVERYBODY,
    "notifications.index": SIGNED_IN,
    "notifications.read_all": SIGNED_IN,
    "notifications.preferences": SIGNED_IN,
    "notifications.quiet": SIGNED_IN,
    "notifications.check_address": SIGNED_IN,
    "searches.index": SIGNED_IN,
    "searches.new": SIGNED_IN,
    "accounts.overview": SIGNED_IN,
    "accounts.join": SIGNED_IN,
    "accounts.new_organisation": SIGNED_IN,
    "accounts.answer_request": OWNER_ONLY,
    "claims.claim": SIGNED_IN,
    "organisations.queue": STAFF,
    "organisations.verify": OWN_STAFF,
    "cases.mine": MEMBERS,
    "cases.interest": MEMBERS,
    "cases.case": frozenset({"owner", "partner"}),
    "cases.answer": frozenset({"owner", "partner"}),
    "cases.step": frozenset({"owner", "partner"}),
    "cases.outcome": frozenset({"owner", "partner"}),
    "cases.follow_up": frozenset({"owner", "partner"}),
    "cases.evidence": OWNER_ONLY,
    "follow_up.answer": EVERYBODY,
    "desk.index": STAFF,
    "desk.talks": STAFF,
    "desk.remind": OWN_STAFF | {"thai_staff"},
    "desk.workload": frozenset({"lead"}),
    "desk.delegate": frozenset({"lead"}),
    "desk.end_delegation": frozenset({"lead"}),
    "imports.upload": MEMBERS | STAFF,
    "imports.template": MEMBERS | STAFF,
    "imports.report": OWNER_ONLY,
    "imports.refused": OWNER_ONLY,
    "imports.apply": OWNER_ONLY,
    "match_audit.queue": frozenset({"auditor"}),
    "match_audit.review": frozenset({"auditor"}),
    "matches.queue": STAFF,
    "matches.pair": STAFF,
    "matches.bulk": STAFF,
    "moderation.queue": STAFF,
    "moderation.reopen": STAFF,
    "directory.index": EVERYBODY,
    "directory.service": EVERYBODY,
    "services.mine": MEMBERS | STAFF | {"newcomer"},
    "services.new": MEMBERS | {"newcomer"},
    "landing.reopen": STAFF,
    "export_control.index": STAFF | {"administrator"},
    "export_control.catalogue": STAFF | {"administrator"},
    "export_control.review": STAFF,
    "export_control.evidence": OWN_STAFF,
    "engine.learnt": STAFF | {"administrator", "auditor"},
    "engine.reopen": STAFF | {"administrator", "auditor"},
    "engine.switch_on": frozenset({"lead", "administrator"}),
    "engine.switch_off": frozenset({"lead", "administrator"}),
    "represented.index": STAFF,
    "represented.new": STAFF,
    "represented.organisation": OWN_STAFF,
    "represented.ask": OWN_STAFF,
    "represented.offer_claim": OWN_STAFF,
    "tasks.queue": STAFF,
    "tasks.task": OWN_STAFF,
    "tasks.letter": OWN_STAFF,
    "translations.queue": STAFF,
    "translations.reopen": STAFF,
    "posting.mine": MEMBERS | STAFF | {"newcomer"},
    "posting.new": MEMBERS | STAFF | {"newcomer"},
    "posting.submit_many": MEMBERS | STAFF | {"newcomer"},
    "posting.file": MEMBERS | STAFF,
}
"""Who opens an address, where its area says nothing."""
AREAS: Final[dict[str, frozenset[str]]] = {
    "glossary": STAFF,
    "notifications": OWNER_ONLY,
    "searches": OWNER_ONLY,
    "services": OWN_STAFF | {"owner"},
    "landing": OWN_STAFF | {"thai_staff"},
    "export_control": frozenset({"administrator"}),
    "statistics": STAFF | {"administrator", "auditor"},
    "posting": OWNER_ONLY,
    "matches": OWN_STAFF | {"thai_staff"},
    "nda_texts": frozenset({"administrator"}),
    "undeliverable": frozenset({"administrator"}),
    "talks": OWN_STAFF | {"thai_staff", "owner", "partner"},
    "moderation": OWN_STAFF,
    "translations": OWN_STAFF,
}


def may_open(endpoint: str) -> frozenset[str]:
    area = endpoint.partition(".")[0]
    assert endpoint in ALLOWED or area in AREAS, f"Say here who may open {endpoint}"
    return ALLOWED[endpoint] if endpoint in ALLOWED else AREAS[area]


def values_of(world: World, rule: Rule) -> dict[str, Any]:
    """What stands in an address, so that it leads to a row that is really there."""
    area = rule.endpoint.partition(".")[0]
    references = {
        "search": world.offer, "posting": world.draft, "moderation": world.waiting,
        "translations": world.waiting, "matches": world.match, "cases": world.match,
        "match_audit": world.match, "represented": world.shop, "tasks": world.task,
        "organisations": world.young, "accounts": world.seller,
        "talks": world.talk, "desk": world.talk,
        "directory": world.service, "services": world.service,
        "landing": world.match, "searches": world.saved,
    }  # fmt: skip
    row = references.get(area)
    if rule.endpoint in {"cases.interest", "posting.file"}:
        row = world.offer
    if rule.endpoint.endswith("evidence") and area in {"cases", "matches"}:
        row = world.talk if area == "cases" else world.signed
    tokens = {"cases": world.files["outcome"], "matches": world.files["signed"],
              "follow_up": world.answer_token, "imports": world.batch.token,
              "posting": world.files["draft"],
              "notifications": world.notice.token,
              "mail_links": world.mail_links.get(rule.endpoint),
              "talks": world.files["talk"], "export_control": world.files["evidence"]}  # fmt: skip
    values = {
        "locale": "en", "code": world.concept.code,
        "reference": row.reference if row else "", "key": "text",
        "token": world.files["open"] if rule.endpoint == "posting.file" else tokens.get(area),
        "table": "funnel", "meeting": world.meeting.reference,
        "service": world.service.reference, "country": "CN", "address": world.troubled,
        "user_id": world.applicant.id, "number": 1, "side": "offer",
        "centre": world.chinese.code, "to": world.vietnamese.code,
        "language": "en" if area == "translations" else "th",
    }  # fmt: skip
    for name in rule.arguments - values.keys():
        values[name] = min(rule._converters[name].items)  # type: ignore[attr-defined]
    return values


def ours(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Each address that is not Flask-Security's, with each of its methods."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in permissions.OTHERS and not rule.endpoint.startswith("demo."):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, method


def gets_in(world: World, browser: FlaskClient, address: str, method: str) -> bool:
    """Whether an address is opened; whatever it changed is undone."""
    point = world.session.begin_nested()
    answer = browser.open(address, method=method)
    answer.close()
    point.rollback()
    assert answer.status_code < 500, (address, answer.status_code)
    sign_in = answer.status_code == 302 and "/account/sign-in" in answer.location
    return not sign_in and answer.status_code not in {403, 404}


@pytest.fixture
def world(session: Session, app: Flask) -> World:
    return World(session, app)


@pytest.mark.parametrize("who", PEOPLE)
def test_who_opens_what(
    app: Flask, world: World, client: FlaskClient, login: Login, who: str
) -> None:
    browser = world.browser(who, client, login)
    wrong = []
    for rule, method in ours(app):
        built = rule.build(values_of(world, rule), append_unknown=False)
        assert built is not None, rule
        if gets_in(world, browser, built[1], method) is not (who in may_open(rule.endpoint)):
            wrong.append((method, built[1]))
    assert not wrong


@pytest.mark.parametrize("who", PEOPLE)
def test_the_table_grants_nothing_that_a_role_does_not(app: Flask, world: World, who: str) -> None:
    user = world.people[who]
    actor = actor_of(world.session, user) if user else VISITOR
    access = permissions.declared_access(app)
    for rule, _method in ours(app):
        need = access[rule.endpoint]
        if isinstance(need, frozenset) and who in may_open(rule.endpoint):
            assert any(actor.may(permission) for permission in need), rule


FILES: Final = {
    "open": ("offer", MEMBERS | STAFF),
    "confidential": ("offer", OWN_STAFF | {"owner", "thai_staff"}),
    "draft": ("draft", OWNER_ONLY),
    "shop": ("shop_draft", OWN_STAFF),
}
"""Each file with its listing and who opens it while the parties are asked."""


@pytest.mark.parametrize("file", FILES)
def test_who_opens_a_file(world: World, client: FlaskClient, login: Login, file: str) -> None:
    listing, people = FILES[file]
    token = world.files[file]
    address = f"/en/listings/{getattr(world, listing).reference}/files/{token}"
    elsewhere = f"/en/listings/{world.need.reference}/files/{token}"
    for who in PEOPLE:
        browser = world.browser(who, client, login)
        assert gets_in(world, browser, address, "GET") is (who in people), who
        assert not gets_in(world, browser, elsewhere, "GET"), who


@pytest.mark.parametrize("who", PEOPLE)
def test_staff_write_for_those_without_an_account(
    world: World, client: FlaskClient, login: Login, who: str
) -> None:
    browser = world.browser(who, client, login)
    for path in ("", "/check", "/edit/text", "/files", "/languages", "/archive"):
        address = f"/en/my/listings/{world.shop_draft.reference}{path}"
        for method in ("GET", "POST"):
            if path in {"", "/languages"} and method == "POST":
                continue
            assert gets_in(world, browser, address, method) is (who in OWN_STAFF), address


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "-9", "²", "0x1"])
def test_no_number_is_too_odd(world: World, client: FlaskClient, login: Login, number: str) -> None:
    staff = world.browser("staff", client, login)
    match, waiting = world.match.reference, world.waiting.reference
    for address in (
        f"/en/my/listings/?page={number}",
        f"/en/desk/matches/?after={number}.{match}",
        f"/en/desk/listings/?after={number}~{waiting}",
        f"/en/desk/translations/?page={number}",
        f"/en/desk/tasks/?page={number}",
        f"/en/desk/organisations/?page={number}",
        f"/en/desk/translations/{waiting}/{number}/en",
        f"/en/search?after={number}-{number}&trl={number}",
    ):
        assert staff.get(address).status_code in {200, 404}, address
    form = {"decide-offer-version": number, "decide-offer-seen": f"{number}-{number}"}
    decided = staff.post(f"/en/desk/matches/{match}/decide/offer", data=form)
    assert decided.status_code in {400, 409}
    ticked = {"match": f"{match}:{number}:{number}:{number}", "action": "approve"}
    assert staff.post("/en/desk/matches/bulk", data=ticked).status_code == 400


# What they read.

PUBLIC: Final = frozenset({TextField.TITLE, TextField.SUMMARY})
CASE: Final = frozenset(TextField)
MEMBER: Final = CASE - {TextField.CONFIDENTIAL_DETAIL}
TITLE: Final = frozenset({TextField.TITLE})
NOTHING: Final[frozenset[TextField]] = frozenset()

STAGES: Final = {
    "suggested": (MatchState.SUGGESTED, ConfidentialAfter.INTRODUCTION),
    "asked": (MatchState.OFFERED, ConfidentialAfter.INTRODUCTION),
    "introduced": (MatchState.INTRODUCED, ConfidentialAfter.INTRODUCTION),
    "introduced, agreement wanted": (MatchState.INTRODUCED, ConfidentialAfter.NDA),
    "agreement only claimed": (MatchState.NDA, ConfidentialAfter.NDA),
    "agreed": (MatchState.NDA, ConfidentialAfter.NDA),
    "withdrawn": (MatchState.WITHDRAWN, ConfidentialAfter.INTRODUCTION),
}
OPEN: Final = frozenset({"introduced", "agreed"})
"""Stages in which the partner reads the case tier."""
WAITING: Final = frozenset({"introduced, agreement wanted", "agreement only claimed"})
"""Stages in which the offer waits for an agreement that is not in force."""
STAFF_OPEN: Final = OPEN | WAITING | {"asked"}


def expected(stage: str, page: str, who: str) -> frozenset[TextField]:
    """The fields of the offer that somebody reads on a page."""
    centre = who in OWN_STAFF | {"thai_staff"}
    if page in {"search", "home"}:
        return PUBLIC
    if page == "listing":
        return _on_the_listing(stage, who)
    if page == "desk" and centre:
        return CASE if stage in STAFF_OPEN else MEMBER
    if page == "case" and stage != "suggested":
        closed = MEMBER if stage in WAITING else PUBLIC
        return {"owner": TITLE, "partner": CASE if stage in OPEN else closed}.get(who, NOTHING)
    if page == "moderation":
        return MEMBER if who in OWN_STAFF else NOTHING
    if page == "interest":
        return TITLE if who in MEMBERS else NOTHING
    return TITLE if page == "audit" and who == "auditor" else NOTHING


def _on_the_listing(stage: str, who: str) -> frozenset[TextField]:
    if who == "owner" or (who == "partner" and stage in OPEN):
        return CASE
    if who in OWN_STAFF | {"thai_staff"} and stage in STAFF_OPEN:
        return CASE
    return MEMBER if who in MEMBERS | STAFF else PUBLIC


def names_the_owner(stage: str, page: str, who: str) -> bool:
    """Whether the anonymous owner's name stands on a page."""
    if page == "moderation":
        return who in OWN_STAFF
    return page in {"listing", "desk", "case"} and expected(stage, page, who) == CASE


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("who", PEOPLE)
def test_which_fields_are_read_where(
    world: World, client: FlaskClient, login: Login, stage: str, who: str
) -> None:
    set_stage(world, stage)
    browser = world.browser(who, client, login)
    offer, match = world.offer.reference, world.match.reference
    pages = {
        "home": "/en/",
        "search": "/en/search",
        "listing": f"/en/listings/{offer}",
        "interest": f"/en/my/matches/interest/{offer}",
        "case": f"/en/my/matches/{match}",
        "desk": f"/en/desk/matches/{match}",
        "moderation": f"/en/desk/listings/{offer}",
        "audit": f"/en/audit/matches/{match}",
    }
    for page, address in pages.items():
        text = browser.get(address).text
        read = frozenset(field for field, mark in MARKS.items() if mark in text)
        fields = expected(stage, page, who)
        if page in {"home", "search"}:
            assert read <= fields, page
        else:
            assert read == fields, page
        assert (OWNER in text) is names_the_owner(stage, page, who), page


def set_stage(world: World, stage: str) -> None:
    state, after = STAGES[stage]
    world.match.state = state
    world.match.offered_at = None if state is MatchState.SUGGESTED else NOW
    world.match.introduced_at = NOW if state in {MatchState.INTRODUCED, MatchState.NDA} else None
    world.offer.newest.confidential_after = after
    if stage == "agreed":
        make_nda(world.session, world.match)
    world.session.flush()


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "code",
    ["match_offered", "match_introduced", "match_declined", "match_ended", "match_reminder"],
)
def test_mails_tell_the_partner_a_title_at_most(
    app: Flask, world: World, stage: str, code: str
) -> None:
    set_stage(world, stage)
    settings: Settings = app.config["SETTINGS"]
    data = {"reference": world.match.reference, "side": Side.NEED.value, "state": "offered"}
    with app.test_request_context("/en/"):
        text = "\n".join(mail_text(world.session, Letter(code, "en", data=data), settings))
    assert {field for field, mark in MARKS.items() if mark in text} <= TITLE
    assert (OWNER in text) is (code == "match_introduced" and stage in OPEN)
