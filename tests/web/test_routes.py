"""Every address and who may open it; every label and sentence that a page may need."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from matchmaker.domain import vocabulary
from matchmaker.domain.countries import MEMBERS, PROVINCES
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.export_control import Gate
from matchmaker.domain.permissions import GRANTS, Permission, Role
from matchmaker.i18n.countries import country_choices, place_name, read_names
from matchmaker.i18n.errors import sentence
from matchmaker.i18n.formats import file_size, language_name, money
from matchmaker.i18n.labels import label
from matchmaker.models import User
from matchmaker.web import permissions
from tests.factories import (
    make_appointment,
    make_centre,
    make_membership,
    make_organisation,
    make_user,
)

Login = Callable[[User], FlaskClient]
ENUMS = [
    kind
    for _name, kind in inspect.getmembers(vocabulary, inspect.isclass)
    if issubclass(kind, StrEnum) and kind is not StrEnum
]


def address(app: Flask, rule: Rule) -> str:
    """An address of `rule` that exists in form, though nothing may be there."""
    examples = {"locale": "en", "reference": "D-0000-0000", "filename": "css/site.css"}
    values: dict[str, object] = {}
    for name in rule.arguments:
        converter = type(rule._converters[name]).__name__
        if name in examples:
            values[name] = examples[name]
        elif converter == "IntegerConverter":
            values[name] = 1
        elif converter == "AnyConverter":
            values[name] = min(rule._converters[name].items)  # type: ignore[attr-defined]
        else:
            values[name] = "x"
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return built[1]


def guarded(app: Flask) -> list[tuple[Rule, frozenset[Permission]]]:
    """The rules whose views ask for a permission, with those of which one suffices."""
    access = permissions.declared_access(app)
    found = [(rule, access[rule.endpoint]) for rule in app.url_map.iter_rules()]
    return [(rule, need) for rule, need in found if isinstance(need, frozenset)]


def method_of(rule: Rule) -> str:
    return "GET" if "GET" in (rule.methods or ()) else "POST"


def test_every_view_declares_who_may_open_it(app: Flask) -> None:
    access = permissions.declared_access(app)
    assert None not in access.values()
    assert len(guarded(app)) >= 6


def test_site_with_an_undeclared_view_does_not_start(app: Flask) -> None:
    def careless() -> str:
        return ""

    other = Flask("other")
    other.add_url_rule("/", view_func=careless)
    with pytest.raises(RuntimeError, match="careless"):
        permissions.refuse_undeclared(other)


def test_visitors_are_sent_to_sign_in(app: Flask, client: FlaskClient) -> None:
    for rule, _need in guarded(app):
        answer = client.open(address(app, rule), method=method_of(rule))
        assert answer.status_code == 302, rule
        assert "/account/sign-in" in answer.location, rule


@pytest.mark.parametrize(
    "role", [Role.ACCOUNT, Role.MEMBER, Role.STAFF, Role.ADMINISTRATOR, Role.AUDITOR]
)
def test_route_by_role(app: Flask, login: Login, session: Session, role: Role) -> None:
    """Whoever lacks the permission gets 403, whoever has it something else."""
    centre = make_centre(session, head_office=True)
    held = GRANTS[role] | GRANTS[Role.ACCOUNT]
    if role is Role.MEMBER:
        user = make_membership(session, make_organisation(session, centre=centre))
    elif role is Role.STAFF:
        user = make_appointment(session, centre)
    elif role is Role.ACCOUNT:
        user = make_user(session)
    else:
        user = make_user(session, roles=[role.value])
    client = login(user)
    for rule, need in guarded(app):
        if not need & held:
            answer = client.open(address(app, rule), method=method_of(rule))
            assert answer.status_code == 403, (rule, role)


def test_every_page_lives_under_a_locale(app: Flask) -> None:
    others = {rule.rule for rule in app.url_map.iter_rules() if "locale" not in rule.arguments}
    assert {rule for rule in others if not rule.startswith("/static/")} == {"/"}


def test_no_page_changes_anything_by_get(app: Flask) -> None:
    words = ("delete", "remove", "verify", "accept", "publish", "approve", "reject", "withdraw")
    for rule in app.url_map.iter_rules():
        name = rule.endpoint.rsplit(".", 1)[-1]
        if name in words:
            assert rule.endpoint == "security.verify" or "GET" not in (rule.methods or ()), rule


@pytest.mark.parametrize("kind", [*ENUMS, Role, Gate])
def test_every_member_has_a_label(app: Flask, kind: type[StrEnum]) -> None:
    with app.test_request_context("/en/"):
        for member in kind:
            assert str(label(member)).strip()


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_has_a_sentence(app: Flask, code: ErrorCode) -> None:
    with app.test_request_context("/zh-Hans/"):
        text = sentence(DomainError(code))
        assert text.strip()
        assert "%(" not in text
        assert text.endswith((".", "。"))


def test_sentence_with_words_of_the_reader(app: Flask) -> None:
    error = DomainError(ErrorCode.LANGUAGE_DIFFERS, detected="lo", declared="th")
    with app.test_request_context("/en/"):
        assert "seems to be in Lao, not in Thai" in sentence(error)
    step = DomainError(
        ErrorCode.LISTING_STEP_NOT_ALLOWED,
        state=vocabulary.ListingState.DRAFT,
        target=vocabulary.ListingState.ON_HOLD,
    )
    with app.test_request_context("/en/"):
        assert "“Draft”" in sentence(step)


def test_countries_and_provinces_have_names(app: Flask) -> None:
    for locale in ("en", "zh-Hans", "km", "my", "fil"):
        with app.test_request_context(f"/{locale}/"):
            for code in (*MEMBERS, *PROVINCES["CN"]):
                assert place_name(code) != code, (locale, code)
            codes = [code for code, _name in country_choices()]
            assert len(codes) == len(set(codes)) > 190
            assert set(codes[:12]) == set(MEMBERS)


def test_operator_replaces_names(app: Flask) -> None:
    path = Path(app.config["COUNTRY_NAMES_FILE"])
    path.write_text("code,locale,name\nTL,en,Democratic Republic of Timor-Leste\n", "utf-8")
    read_names.cache_clear()
    try:
        with app.test_request_context("/en/"):
            assert place_name("TL") == "Democratic Republic of Timor-Leste"
    finally:
        path.unlink()
        read_names.cache_clear()


def test_amounts(app: Flask) -> None:
    with app.test_request_context("/en/"):
        assert money(123450, "CNY").replace("\xa0", " ") == "CNY 1,234.50"
        assert money(123400, "LAK").replace("\xa0", " ") == "LAK 1,234"
        assert [file_size(size) for size in (23, 1500, 2_340_000)] == ["1 kB", "2 kB", "2.3 MB"]
        assert language_name("tet") == "Tetum"
        assert language_name("zh-Hant") == "Traditional Chinese"
    with app.test_request_context("/vi/"):
        assert money(123450, "VND").replace("\xa0", " ") == "VND 1.234,50"
        assert file_size(2_340_000) == "2,3 MB"
