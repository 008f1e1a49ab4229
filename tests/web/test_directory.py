"""The pages of the directory: what everybody reads, and what keepers and staff do there."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.vocabulary import OrganisationServiceKind
from matchmaker.models import LandingStep, OrganisationService, OrganisationServiceText, User
from tests.factories import make_organisation, make_sectors, make_service
from tests.integration.matches.conftest import World, world

__all__ = ["world"]
Login = Callable[[User], FlaskClient]


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found.group(1)


def test_everybody_reads_in_the_own_language_or_is_told(world: World, client: FlaskClient) -> None:
    service = make_service(world.session, world.seller, language="th", title="สายการผลิตนำร่อง")
    page = client.get(f"/en/directory/{service.reference}").text
    assert '<span class="passage " lang="th">สายการผลิตนำร่อง</span>' in page
    assert "not available in your language yet" in page
    service.texts.append(OrganisationServiceText(language="en", title="Pilot line"))
    world.session.flush()
    page = client.get(f"/en/directory/{service.reference}").text
    assert '<span class="passage " lang="en">Pilot line</span>' in page
    assert "Translated from Thai" in page
    assert "สายการผลิตนำร่อง" in client.get(f"/th/directory/{service.reference}").text
    assert client.get(f"/en/directory/{service.reference.lower()}").status_code == 302
    service.published = False
    assert client.get(f"/en/directory/{service.reference}").status_code == 404


def test_pages_and_filters(world: World, client: FlaskClient) -> None:
    for number in range(23):
        make_service(world.session, world.seller, title=f"Line {number}")
    thai = make_organisation(world.session, country="TH")
    make_service(world.session, thai, kind=OrganisationServiceKind.TESTING, title="Tests of rice")
    page = client.get("/en/directory/").text
    assert "24 services" in page
    assert "Page 1 of 2" in page
    assert "page=2" in page
    assert client.get("/en/directory/?page=2").text.count('href="/en/directory/V-') == 4
    for query in ("kind=testing", "country=TH", "q=rice"):
        found = client.get(f"/en/directory/?{query}").text
        assert "One service" in found, query
        assert "Tests of rice" in found
    assert "No service fits." in client.get("/en/directory/?q=nothing+like+it").text
    odd = client.get("/en/directory/?kind=odd&country=odd&sector=odd&page=x")
    assert (odd.status_code, "24 services" in odd.text) == (200, True)


def test_a_member_enters_and_publishes_a_service(world: World, login: Login) -> None:
    make_sectors(world.session)
    browser = login(world.users["seller"])
    form = {
        "organisation": world.seller.reference, "language": "zh-Hans", "title": "甘蔗渣中试",
        "description": "每日200公斤。", "kind": "piloting", "sectors": ["sugar_cane"],
        "countries": ["TH"], "provinces": ["CN-GX"], "languages": ["zh-Hans", "en"],
        "stage_from": "lab_tested", "stage_to": "",
    }  # fmt: skip
    wrong = browser.post("/en/my/services/new", data={**form, "title": "", "kind": ""})
    assert "Write a title." in wrong.text
    assert "每日200公斤。" in wrong.text
    assert browser.post("/en/my/services/new", data=form).status_code == 302
    service = world.session.scalars(select(OrganisationService)).one()
    assert sorted(place.place for place in service.places) == ["CN-GX", "TH"]
    own = f"/en/my/services/{service.reference}"
    assert "Not public" in browser.get(own).text
    browser.post(f"{own}/publish")
    assert service.published
    text = browser.get(f"{own}/languages/en").text
    seen = version_in(text)
    data = {"title": "Pilot line", "description": "", "version": seen}
    assert browser.post(f"{own}/languages/en", data=data).status_code == 302
    late = browser.post(f"{own}/languages/en", data={**data, "title": "Another"})
    assert late.status_code == 409
    assert "Another" in late.text
    browser.post(f"{own}/languages/en/remove")
    assert service.text("en") is None
    reversed_stages = {**form, "stage_to": "concept", "version": version_in(browser.get(own).text)}
    assert "must not come before" in browser.post(own, data=reversed_stages).text


def test_staff_keep_services_of_organisations_of_their_centre(world: World, login: Login) -> None:
    service = make_service(world.session, world.seller)
    browser = login(world.users["offer_staff"])
    assert (
        service.reference
        in browser.get(f"/en/my/services/?organisation={world.seller.reference}").text
    )
    assert browser.get(f"/en/my/services/{service.reference}").status_code == 200
    thai = login(world.users["need_staff"])
    address = f"/en/my/services/?organisation={world.seller.reference}"
    assert thai.get(address).status_code == 404


def test_staff_draw_the_path_and_parties_read_it(world: World, login: Login) -> None:
    service = make_service(world.session, world.seller)
    path = f"/en/desk/matches/{world.match.reference}/landing/"
    browser = login(world.users["need_staff"])
    assert "Nothing is on the path yet." in browser.get(path).text
    unknown = browser.post(f"{path}attach", data={"reference": "V-0000-0000"})
    assert unknown.status_code == 409
    data = {"reference": service.reference, "note": "Ask for Mr Qin."}
    assert browser.post(f"{path}attach", data=data).status_code == 302
    review = browser.get(f"/en/desk/matches/{world.match.reference}").text
    assert "Landing path" in review
    assert f"/en/directory/{service.reference}" in review
    assert f"put {service.reference} on the landing path" in review
    case = f"/en/my/matches/{world.match.reference}"
    world.ask()
    world.session.flush()
    assert service.reference not in login(world.users["buyer"]).get(case).text


@pytest.mark.parametrize("who", ["seller", "buyer"])
def test_after_the_introduction_it_stands_on_the_page_of_the_case(
    world: World, login: Login, session: Session, who: str
) -> None:
    service = make_service(session, world.seller)
    world.introduce()
    browser = login(world.users["offer_staff"])
    path = f"/en/desk/matches/{world.match.reference}/landing/"
    browser.post(f"{path}attach", data={"reference": service.reference, "note": "Ask Mr Qin."})
    page = login(world.users[who]).get(f"/en/my/matches/{world.match.reference}").text
    assert "Ask Mr Qin." in page
    assert "change the path" not in page
    browser = login(world.users["offer_staff"])
    browser.post(f"{path}detach/{service.reference}")
    assert session.scalars(select(LandingStep)).all() == []
