"""The header: what each person finds there, and that it stays one row."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from matchmaker.domain.vocabulary import ListingKind, ListingState, MatchState
from matchmaker.models import User
from tests.factories import (
    NOW,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_membership,
    make_organisation,
    make_user,
)

Login = Callable[[User], FlaskClient]


def wide(page: str) -> str:
    """The menu of wide screens."""
    return page.partition('class="site-nav__wide"')[2].partition("</nav>")[0]


def headings(page: str) -> list[str]:
    return re.findall(r"<summary>([^<]+)</summary>", wide(page))


def links(page: str) -> list[str]:
    return re.findall(r'<a href="/en(/[^"]*)"', wide(page))


def test_few_entries_stand_in_a_row(login: Login, session: Session, client: FlaskClient) -> None:
    make_centre(session, head_office=True)
    member = make_membership(session, make_organisation(session))
    for visitor in (client, login(member)):
        page = visitor.get("/en/").text
        assert headings(page) == []
        assert links(page)[:2] == ["/search", "/directory/"]


def test_what_staff_have_folds_into_groups(login: Login, session: Session) -> None:
    centre = make_centre(session, head_office=True)
    client = login(make_appointment(session, centre, lead=True))
    page = client.get("/en/desk/").text
    assert headings(page) == ["Listings", "Matches", "Knowledge"]
    found = links(page)
    assert len(found) == len(set(found)) == 16
    narrow = page.partition('class="site-nav__narrow"')[2].partition("</nav>")[0]
    assert re.findall(r'<a href="/en(/[^"]*)"', narrow) == found


def test_where_one_is_stands_out_once(login: Login, session: Session) -> None:
    centre = make_centre(session, head_office=True)
    client = login(make_appointment(session, centre, lead=True))
    places = {
        "/en/desk/": ("My desk", False),
        "/en/desk/workload": ("My desk", False),
        "/en/desk/talks": ("Running talks", True),
        "/en/desk/statistics/report": ("Statistics", True),
        "/en/my/listings/new": ("Post", True),
    }
    for path, (name, in_group) in places.items():
        menu = wide(client.get(path).text)
        assert re.findall(r'aria-current="page">([^<]+)<', menu) == [name], path
        assert ("site-nav__group--current" in menu) is in_group, path


def test_an_administrators_groups(login: Login, session: Session) -> None:
    page = login(make_user(session, roles=["administrator"])).get("/en/").text
    assert {"/desk/engine/", "/export-control/", "/desk/statistics/"} <= set(links(page))


def test_pages_of_talks_belong_to_the_list_that_leads_there(login: Login, session: Session) -> None:
    centre = make_centre(session, head_office=True)
    seller, buyer = (make_organisation(session) for _each in range(2))
    need = make_listing(session, buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED)
    offer = make_listing(session, seller, state=ListingState.PUBLISHED)
    match = make_match(session, offer, need, state=MatchState.INTRODUCED)
    match.introduced_at = NOW
    people = {
        "Running talks": make_appointment(session, centre),
        "My matches": make_membership(session, seller),
    }
    for name, person in people.items():
        menu = wide(login(person).get(f"/en/talks/{match.reference}/").text)
        assert re.findall(r'aria-current="page">([^<]+)<', menu) == [name]
