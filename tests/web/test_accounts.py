"""Signing up and in, recovering, and the organisations that a person acts for."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.vocabulary import MembershipRole
from matchmaker.models import AuditEntry, Membership, Organisation, OutgoingMail, User
from tests.factories import (
    make_appointment,
    make_centre,
    make_membership,
    make_organisation,
    make_sectors,
    make_user,
)

Login = Callable[[User], FlaskClient]
PASSWORD = "six green teapots"
NEW = {"name": "สมชาย ใจดี", "email": "Somchai@Example.org", "password": PASSWORD, "locale": "th"}
ORGANISATION = {
    "name": "บริษัท น้ำตาล จำกัด",
    "language": "th",
    "organisation_type": "enterprise",
    "size": "from_50_to_249",
    "country": "TH",
    "city": "Khon Kaen",
    "website": "www.example.org",
    "sectors": ["sugar_cane"],
}


def mails(session: Session) -> list[OutgoingMail]:
    return list(session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def link_of(mail: OutgoingMail) -> str:
    link = urlsplit(str(mail.data["link"]))
    assert link.netloc == "127.0.0.1:8000"
    return link.path


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD) -> int:
    form = {"email": email, "password": password}
    return client.post("/en/account/sign-in", data=form).status_code


@pytest.fixture
def person(app: Flask, session: Session) -> User:
    """Somebody with a password."""
    with app.app_context():
        return make_user(session, email="li@example.org", password_hash=hash_password(PASSWORD))


def test_register_confirm_sign_in(client: FlaskClient, session: Session) -> None:
    answer = client.post("/th/account/register", data=NEW)
    assert answer.location == "/th/account/check-mail"
    (mail,) = mails(session)
    assert (mail.code, mail.recipient.lower()) == ("account_confirm", "somchai@example.org")
    assert mail.locale == "th"
    assert sign_in(client, "somchai@example.org") == 200
    confirm = link_of(mail)
    assert confirm.startswith("/th/account/")
    assert client.get(confirm).status_code == 200
    user = session.scalars(select(User)).one()
    assert user.confirmed_at is None, "opening the link alone confirms nothing"
    assert client.post(confirm).status_code == 302
    session.expire_all()
    assert user.confirmed_at is not None
    assert user.confirmed_at.tzinfo is not None
    assert (user.name, user.locale) == (NEW["name"], "th")
    assert sign_in(client, "somchai@example.org") == 302
    overview = client.get("/th/account/")
    assert overview.status_code == 200
    actions = set(session.scalars(select(AuditEntry.action)))
    assert {"user_registered", "user_confirmed"} <= actions


def test_same_answer_for_a_known_address(
    client: FlaskClient, session: Session, person: User
) -> None:
    unknown = client.post("/en/account/register", data=NEW)
    known = client.post("/en/account/register", data={**NEW, "email": person.email})
    assert unknown.status_code == known.status_code == 302
    assert unknown.location == known.location
    assert [mail.code for mail in mails(session)] == ["account_confirm", "account_exists"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": " "}, "Enter your name."),
        ({"email": "nobody"}, "Enter an e-mail address in the right form"),
        ({"email": ""}, "Enter your e-mail address."),
        ({"password": "short"}, "at least 8 characters"),
        ({"password": "Password2026"}, "too easy to guess"),
        ({"password": "somchai99"}, "too easy to guess"),
        ({"locale": "xx"}, "Choose one of the answers shown."),
        ({"name": "x" * 201}, "Shorten this to 200 characters"),
    ],
)
def test_wrong_answers_when_registering(
    client: FlaskClient, session: Session, change: dict[str, str], sentence: str
) -> None:
    page = client.post("/en/account/register", data={**NEW, **change})
    assert page.status_code == 200
    assert sentence in page.text
    assert "Error:" in page.text.split("</title>")[0]
    assert PASSWORD not in page.text
    if "email" not in change:
        assert 'value="somchai@' in page.text
    assert not list(session.scalars(select(User)))


def test_same_answer_for_wrong_password_and_unknown_account(
    client: FlaskClient, person: User
) -> None:
    wrong = client.post("/en/account/sign-in", data={"email": person.email, "password": "x" * 9})
    nobody = client.post(
        "/en/account/sign-in", data={"email": "no@example.org", "password": "x" * 9}
    )
    assert wrong.status_code == nobody.status_code == 200
    assert "The e-mail address or the password is not right" in wrong.text

    def plain(text: str) -> str:
        return re.sub(r'(value|content)="[^"]*"', "", text)

    assert plain(wrong.text) == plain(nobody.text)


def test_closed_account_cannot_sign_in(client: FlaskClient, session: Session, person: User) -> None:
    person.active = False
    assert sign_in(client, person.email) == 200
    assert client.get("/en/account/").status_code == 302


def test_sign_in_goes_on_only_on_this_site(client: FlaskClient, person: User) -> None:
    form = {"email": person.email, "password": PASSWORD}
    good = client.post("/en/account/sign-in?next=/en/account/join", data=form)
    assert urlsplit(good.location).path == "/en/account/join"
    client.post("/en/account/sign-out")
    for target in ("https://evil.org/", "//evil.org/", "/\\evil.org"):
        bad = client.post("/en/account/sign-in", data={**form, "next": target})
        assert urlsplit(bad.location or "").netloc in {"", "127.0.0.1:8000"}


def test_recover(client: FlaskClient, session: Session, person: User) -> None:
    known = client.post("/en/account/recover", data={"email": person.email})
    nobody = client.post("/en/account/recover", data={"email": "no@example.org"})
    sentence = "If there is an account with this e-mail address, we have sent it a link."
    assert sentence in known.text
    assert sentence in nobody.text
    (mail,) = mails(session)
    assert mail.code == "account_reset"
    form = {"password": "nine blue kettles", "password_confirm": "nine blue kettles"}
    assert client.get(link_of(mail)).status_code == 200
    assert client.post(link_of(mail), data=form).status_code == 302
    assert sign_in(client, person.email) == 200
    assert sign_in(client, person.email, "nine blue kettles") == 302
    again = client.post(link_of(mail), data=form, follow_redirects=True)
    assert "This link is not valid" in again.text


@pytest.mark.parametrize("page", ["confirm", "recover"])
def test_broken_link(client: FlaskClient, page: str) -> None:
    method = client.post if page == "confirm" else client.get
    answer = method(f"/zh-Hans/account/{page}/WyIx-broken", follow_redirects=True)
    assert answer.status_code == 200
    assert '<html lang="zh-Hans"' in answer.text


def test_only_the_cookie_signs_in(client: FlaskClient, person: User) -> None:
    answer = client.post(
        "/en/account/sign-in?include_auth_token",
        json={"email": person.email, "password": PASSWORD},
    )
    token = (answer.json or {}).get("response", {}).get("user", {}).get("authentication_token", "")
    assert token, "otherwise this test shows nothing"
    with client.session_transaction() as cookie:
        cookie.clear()
    for headers, query in (({"Authentication-Token": token}, {}), ({}, {"auth_token": token})):
        page = client.get("/en/account/", headers=headers, query_string=query)
        assert page.status_code == 302


@pytest.mark.parametrize(
    "target",
    ["//evil.com", "/\\evil.com", "https://evil.com/", "///evil.com", "\\\\evil.com",
     "/\t/evil.com", "javascript:alert(1)", "https:evil.com"],
)  # fmt: skip
def test_sign_in_leads_nowhere_else(client: FlaskClient, person: User, target: str) -> None:
    answer = client.post(
        "/en/account/sign-in", data={"email": person.email, "password": PASSWORD, "next": target},
        query_string={"next": target},
    )  # fmt: skip
    assert answer.status_code in {200, 302, 400}
    if answer.status_code == 302:
        assert "\\" not in answer.location
        assert urlsplit(urljoin("http://localhost/en/", answer.location)).netloc == "localhost"


def test_change_the_password(client: FlaskClient, session: Session, person: User) -> None:
    sign_in(client, person.email)
    form = {"password": PASSWORD, "new_password": "nine blue kettles"}
    wrong = client.post("/en/account/password", data={**form, "new_password_confirm": "other"})
    assert "The two passwords differ." in wrong.text
    right = client.post(
        "/en/account/password", data={**form, "new_password_confirm": "nine blue kettles"}
    )
    assert right.status_code == 302
    assert mails(session)[-1].code == "account_password_changed"


def test_sign_out_only_by_post(client: FlaskClient, person: User) -> None:
    sign_in(client, person.email)
    assert client.get("/en/account/sign-out").status_code == 405
    assert client.post("/en/account/sign-out").status_code == 302
    assert client.get("/en/account/").status_code == 302


def test_register_an_organisation_and_have_it_verified(login: Login, session: Session) -> None:
    head = make_centre(session, head_office=True)
    make_sectors(session)
    person, officer = make_user(session), make_appointment(session, head)
    client = login(person)
    answer = client.post("/th/account/organisation", data=ORGANISATION, follow_redirects=True)
    assert answer.status_code == 200
    organisation = session.scalars(select(Organisation)).one()
    assert organisation.reference in answer.text
    assert organisation.verified_at is None
    assert organisation.website == "https://www.example.org"
    assert organisation.texts[0].name == ORGANISATION["name"]
    assert session.scalars(select(Membership)).one().role is MembershipRole.OWNER
    verify = f"/zh-Hans/organisations/{organisation.reference}/verify"
    assert client.post(verify).status_code == 403
    client = login(officer)
    assert str(ORGANISATION["name"]) in client.get("/zh-Hans/organisations/").text
    assert client.post(verify).status_code == 302
    assert client.post(verify).status_code == 302, "twice is no harm"
    session.expire_all()
    assert organisation.verified_at is not None
    assert [mail.code for mail in mails(session)] == ["organisation_verified"]


def test_staff_verify_only_for_their_centre(login: Login, session: Session) -> None:
    make_centre(session, head_office=True)
    here, there = make_centre(session, country="LA"), make_centre(session, country="VN")
    organisation = make_organisation(session, centre=there, verified=False)
    client = login(make_appointment(session, here))
    assert organisation.reference not in client.get("/en/organisations/").text
    assert client.post(f"/en/organisations/{organisation.reference}/verify").status_code == 404


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Enter the name of the organisation."),
        ({"name": "x" * 257}, "Shorten this to 256 characters"),
        ({"country": "XX"}, "Choose one of the answers shown."),
        ({"organisation_type": ""}, "Choose the type of organisation."),
        ({"website": "not a place"}, "Enter a web address"),
        ({"sectors": ["nothing"]}, "is not among the allowed values"),
        ({"sectors": ["a", "b", "c", "d"]}, "Choose no more than 3."),
    ],
)
def test_wrong_answers_about_an_organisation(
    login: Login, session: Session, change: dict[str, object], sentence: str
) -> None:
    make_centre(session, head_office=True)
    make_sectors(session)
    page = login(make_user(session)).post(
        "/en/account/organisation", data={**ORGANISATION, **change}
    )
    assert page.status_code == 200
    assert sentence in page.text
    assert "Khon Kaen" in page.text
    assert not list(session.scalars(select(Organisation)))


def test_second_organisation_of_the_same_name(login: Login, session: Session) -> None:
    make_centre(session, head_office=True)
    make_sectors(session)
    client = login(make_user(session))
    client.post("/en/account/organisation", data=ORGANISATION)
    page = client.post("/en/account/organisation", data=ORGANISATION)
    assert "already registered" in page.text
    assert len(list(session.scalars(select(Organisation)))) == 1


@pytest.mark.parametrize("answer", ["accept", "refuse"])
def test_join_an_organisation(login: Login, session: Session, answer: str) -> None:
    centre = make_centre(session, head_office=True)
    organisation = make_organisation(session, centre=centre)
    owner = make_membership(session, organisation)
    newcomer, stranger = make_user(session), make_user(session)
    typed = organisation.reference.lower().replace("-", " ")
    client = login(newcomer)
    assert client.post("/en/account/join", data={"reference": typed}).status_code == 302
    again = client.post("/en/account/join", data={"reference": typed})
    assert "already belong" in again.text
    address = f"/en/account/requests/{organisation.reference}/{newcomer.id}/{answer}"
    assert login(stranger).post(address).status_code == 404
    assert login(newcomer).post(address).status_code == 404
    assert newcomer.name in login(owner).get("/en/account/").text
    assert login(owner).post(address).status_code == 302
    session.expire_all()
    membership = session.get(Membership, (newcomer.id, organisation.id))
    assert (membership is not None and membership.accepted_at is not None) is (answer == "accept")
    told = "membership_accepted" if answer == "accept" else "membership_refused"
    assert [mail.code for mail in mails(session)] == ["membership_requested", told]


def test_join_what_does_not_exist(login: Login, session: Session) -> None:
    page = login(make_user(session)).post("/en/account/join", data={"reference": "G-0000-0001"})
    assert page.status_code == 200
    assert "could not find" in page.text
    assert 'value="G-0000-0001"' in page.text
