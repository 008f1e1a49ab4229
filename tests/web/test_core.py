"""The frame of every page: locale, headers, errors, forms."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from matchmaker.config import Settings, SettingsError
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import LOCALES
from matchmaker.models import User
from matchmaker.services import organisations
from matchmaker.web.forms import LocalDateField, MoneyField, Phone, VersionedForm
from tests.factories import make_centre, make_user

Login = Callable[[User], FlaskClient]


@pytest.mark.parametrize("locale", LOCALES)
def test_front_page_in_every_locale(client: FlaskClient, locale: str) -> None:
    page = client.get(f"/{locale}/")
    assert page.status_code == 200
    assert f'<html lang="{locale}"' in page.text
    assert page.text.count("hreflang=") >= 2 * len(LOCALES) + 1
    assert page.text.count("<h1") == 1
    assert "<script" not in page.text
    assert "style=" not in page.text


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("tl-PH", "fil"),
        ("in", "id"),
        ("de,km;q=0.4,vi;q=0.7", "vi"),
        ("de", "en"),
        ("vi;q=0, th", "th"),
        ("nonsense;;;", "en"),
        ("", "en"),
    ],
)
def test_root_follows_the_browser(client: FlaskClient, accepted: str, locale: str) -> None:
    answer = client.get("/", headers={"Accept-Language": accepted})
    assert answer.status_code == 302
    assert answer.location == f"/{locale}/"
    assert "Accept-Language" in answer.headers["Vary"]


def test_root_prefers_the_language_chosen_before(client: FlaskClient) -> None:
    client.get("/lo/", headers={"Referer": "http://127.0.0.1:8000/en/"})
    answer = client.get("/", headers={"Accept-Language": "vi"})
    assert answer.location == "/lo/"


def test_a_link_from_elsewhere_does_not_change_the_language(client: FlaskClient) -> None:
    client.get("/lo/", headers={"Referer": "https://example.org/en/"})
    assert client.get("/", headers={"Accept-Language": "vi"}).location == "/vi/"


def test_language_links_stay_on_the_page(client: FlaskClient) -> None:
    page = client.get("/en/account/register?next=/en/account/&_external=1&endpoint=x")
    assert 'href="/km/account/register?next=/en/account/&amp;_external=1' in page.text


def test_headers(client: FlaskClient) -> None:
    headers = client.get("/en/").headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in headers


def test_pages_of_a_person_are_not_stored(login: Login, session: Session) -> None:
    page = login(make_user(session)).get("/en/account/")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"


def test_visitor_is_sent_to_sign_in_and_back(client: FlaskClient) -> None:
    answer = client.get("/vi/account/?x=1")
    assert answer.status_code == 302
    assert answer.location == "/vi/account/sign-in?next=/vi/account/?x%3D1"


def test_without_the_permission(login: Login, session: Session) -> None:
    page = login(make_user(session)).get("/en/organisations/")
    assert page.status_code == 403
    assert "You may not open this page" in page.text


def test_unknown_page(client: FlaskClient) -> None:
    page = client.get("/th/nothing")
    assert page.status_code == 404
    assert '<html lang="th"' in page.text


def test_wrong_method(client: FlaskClient) -> None:
    page = client.delete("/en/")
    assert page.status_code == 405
    assert "GET" in page.headers["Allow"]


@pytest.fixture
def failing(
    login: Login, session: Session, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Exception], tuple[int, str]]:
    """Send the form of a new organisation while saving it fails in some way."""
    make_centre(session, head_office=True)
    client = login(make_user(session))

    def send(error: Exception) -> tuple[int, str]:
        def fail(*_args: object, **_kwargs: object) -> None:
            raise error

        monkeypatch.setattr(organisations, "create", fail)
        page = client.post(
            "/en/account/organisation",
            data={
                "name": "Nhà máy <b>đường</b>",
                "language": "vi",
                "organisation_type": "enterprise",
                "size": "large",
                "country": "VN",
            },
        )
        return page.status_code, page.text

    return send


TYPED = "Nhà máy &lt;b&gt;đường&lt;/b&gt;"


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (OperationalError("x", {}, Exception("locked")), 503, "The site is busy"),
        (OSError(errno.ENOSPC, "full"), 507, "no space left"),
        (StaleDataError("x"), 409, "Somebody else changed this"),
        (DomainError(ErrorCode.STALE), 409, "Somebody else changed this"),
    ],
)
def test_failure_keeps_what_was_typed(
    failing: Callable[[Exception], tuple[int, str]], error: Exception, status: int, sentence: str
) -> None:
    got, page = failing(error)
    assert got == status
    assert sentence in page
    assert TYPED in page


def test_failure_nobody_foresaw(app: Flask, failing: Callable[..., tuple[int, str]]) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        got, page = failing(ValueError("secret detail"))
    finally:
        app.config["PROPAGATE_EXCEPTIONS"] = None
    assert got == 500
    assert "The number of this error is" in page
    assert "secret detail" not in page


def test_error_beside_its_field(failing: Callable[..., tuple[int, str]]) -> None:
    got, page = failing(DomainError(ErrorCode.ORGANISATION_DUPLICATE, field="name"))
    assert got == 200
    assert "<title>" in page
    assert "Error:" in page.split("</title>")[0]
    assert 'href="#name"' in page
    assert 'aria-invalid="true"' in page
    assert TYPED in page


def test_expired_form_is_shown_again(app: Flask, login: Login, session: Session) -> None:
    client = login(make_user(session))
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        data = {"reference": "G-1234", "csrf_token": "old"}
        ours = client.post("/en/account/join", data=data, headers={"Sec-Fetch-Site": "same-origin"})
        foreign = client.post("/en/account/join", data=data, headers={"Origin": "https://evil.org"})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert ours.status_code == foreign.status_code == 400
    assert 'name="reference" value="G-1234"' in ours.text
    assert "G-1234" not in foreign.text


@pytest.mark.parametrize(
    ("locale", "typed", "hundredths"),
    [
        ("en", "1,200,000.50", 120000050),
        ("vi", "1.200.000,50", 120000050),
        ("vi", "1200000.50", 120000050),
        ("en", "0", 0),
        ("en", "-1", None),
        ("en", "1.234", None),
        ("en", "NaN", None),
        ("en", "9" * 30, None),
        ("en", "lots", None),
    ],
)
def test_money_as_people_write_it(
    app: Flask, locale: str, typed: str, hundredths: int | None
) -> None:
    class PriceForm(VersionedForm):
        price = MoneyField("Price")

    with app.test_request_context(f"/{locale}/", method="POST"):
        form = PriceForm(MultiDict({"price": typed}))
        assert form.validate() is (hundredths is not None)
        assert form.price.data == hundredths


@pytest.mark.parametrize(
    ("locale", "typed", "day"),
    [
        ("en", "2027-03-31", date(2027, 3, 31)),
        ("vi", "31/03/2027", date(2027, 3, 31)),
        ("en", "31 something", None),
        ("en", "2027-02-30", None),
    ],
)
def test_dates_as_people_write_them(app: Flask, locale: str, typed: str, day: date | None) -> None:
    class DayForm(VersionedForm):
        day = LocalDateField("Day")

    with app.test_request_context(f"/{locale}/", method="POST"):
        form = DayForm(MultiDict({"day": typed}))
        assert form.validate() is (day is not None)
        assert form.day.data == day


def test_version_that_was_not_sent_is_stale(app: Flask) -> None:
    with app.test_request_context("/en/", method="POST"):
        assert VersionedForm(MultiDict({"version": "3"})).is_stale(4)
        assert not VersionedForm(MultiDict({"version": "4"})).is_stale(4)
        assert VersionedForm(MultiDict({"version": "x"})).is_stale(4)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECURITY_PASSWORD_SALT", ""),
        ("PUBLIC_URL", ""),
        ("PUBLIC_URL", "http://example.org"),
        ("MAIL_PORT", "many"),
        ("MATCHMAKER_ENV", "prod"),
        ("MAIL_USE_TLS", "perhaps"),
    ],
)
def test_production_refuses_to_start(variable: str, value: str) -> None:
    good = {
        "SECRET_KEY": "x" * 40,
        "SECURITY_PASSWORD_SALT": "y" * 20,
        "PUBLIC_URL": "https://match.example.org",
    }
    assert Settings.from_environment(good).is_production
    with pytest.raises(SettingsError, match=variable):
        Settings.from_environment({**good, variable: value})


def test_phone_becomes_e164(app: Flask) -> None:
    class Known:
        data = "138 1234 5678"

    with app.test_request_context("/en/"):
        field = Known()
        country = Known()
        country.data = "CN"
        Phone("country")({"country": country}, field)  # type: ignore[arg-type]
        assert field.data == "+8613812345678"


@pytest.mark.parametrize("referrer", ["http://[::1", "http://a]b/en/", "//", "\\", "x" * 3000])
def test_broken_referrers_break_nothing(client: FlaskClient, referrer: str) -> None:
    assert client.get("/en/", headers={"Referer": referrer}).status_code == 200


def test_foreign_hosts_are_refused(app: Flask, client: FlaskClient) -> None:
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1"]
    try:
        answer = client.get("/en/account/sign-in", base_url="https://evil.example.com")
    finally:
        app.config["TRUSTED_HOSTS"] = None
    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert answer.headers["Content-Security-Policy"]


def test_nothing_answers_to_trace(client: FlaskClient) -> None:
    for path in ("/en/", "/en/account/sign-in", "/static/css/site.css"):
        assert client.open(path, method="TRACE").status_code == 405
