"""On the pages: a text that was not checked, a licence by number, and the sample agreement."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask

from matchmaker.config import Environment, Settings
from matchmaker.domain.vocabulary import ControlClass, MatchState, RevisionState, Side
from tests.factories import NOW, add_text, make_catalogue, make_nda_text, make_revision
from tests.web.test_matches import Desk, Login, sent


@pytest.fixture
def desk(session: object) -> Desk:
    """A match whose parties were introduced across a border."""
    desk = Desk(session)  # type: ignore[arg-type]
    desk.match.state = MatchState.INTRODUCED
    desk.match.offered_at = desk.match.introduced_at = NOW
    desk.session.flush()
    return desk


def kind_of_field(page: str) -> str:
    """The element with which the version of the catalogue is given."""
    found = re.search(r'<(\w+)[^>]*\bid="clear-offer-catalogue_version"', page)
    assert found is not None
    return found.group(1)


def test_one_press_keeps_the_check_for_a_new_text(desk: Desk, login: Login) -> None:
    offer = desk.match.offer
    revision = make_revision(desk.session, offer, state=RevisionState.SUBMITTED)
    add_text(desk.session, revision, "en", title="Boards", description="Of another kind")
    revision.submitted_at = NOW
    desk.session.flush()
    client = login(desk.cn_staff)
    url = f"/en/desk/listings/{offer.reference}"
    assert "This text says something else than the one that was checked" in client.get(url).text
    form = {"publish-version": str(revision.lock_version)}
    refused = client.post(f"{url}/publish", data=form)
    assert "introduced to a partner abroad" in refused.text
    done = client.post(f"{url}/confirm-export", follow_redirects=True)
    assert "The export check holds for this text." in done.text
    assert "says something else" not in done.text
    assert client.post(f"{url}/publish", data=form).status_code == 302
    assert offer.published is revision


def test_the_version_is_chosen_where_the_country_has_catalogues(desk: Desk, login: Login) -> None:
    client = login(desk.cn_staff)
    assert kind_of_field(client.get(desk.url).text) == "input"
    make_catalogue(desk.session)
    assert kind_of_field(client.get(desk.url).text) == "select"
    fields = sent(
        client, desk, "clear-offer", control_class="restricted", clearance="licence_intent",
        catalogue_version="2026", number="LI 7", valid_until="2099-12-31",
    )  # fmt: skip
    assert client.post(f"{desk.url}/clear/offer", data=fields).status_code == 302
    given = desk.match.clearance(Side.OFFER)
    assert given is not None
    assert (given.number, given.control_class) == ("LI 7", ControlClass.RESTRICTED)
    assert "The export check no longer allows this introduction." in client.get(desk.url).text


def test_the_sample_is_not_accepted_in_production(
    desk: Desk, login: Login, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_nda_text(desk.session, sample=True)
    settings: Settings = app.config["SETTINGS"]
    url = f"/en/talks/{desk.match.reference}/agreement"
    assert "Accept the agreement" in login(desk.seller_user).get(url).text
    real = replace(settings, environment=Environment.PRODUCTION)
    monkeypatch.setitem(app.config, "SETTINGS", real)
    page = login(desk.seller_user).get(url).text
    assert "Accept the agreement" not in page
    assert "It cannot be accepted here." in page
    assert "Ask an administrator" in login(desk.cn_staff).get(url).text
