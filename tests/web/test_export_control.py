"""The pages of export control: a catalogue comes in, checks follow it, and nothing is chosen."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from matchmaker.config import Settings
from matchmaker.domain.vocabulary import ControlClass, Side
from matchmaker.models import ExportCatalogue, User
from tests.factories import make_catalogue
from tests.integration.matches.conftest import World, world

__all__ = ["world"]
Login = Callable[[User], FlaskClient]
TABLE = b"number,name,class,language\n1-01,Boards of bagasse,restricted,en\n2,Odd,secret,en\n"
PDF = b"%PDF-1.7\ntrailer\n%%EOF\n"


def table(content: bytes = TABLE) -> dict[str, Any]:
    return {
        "country": "CN", "version": "2026", "title": "Invented",
        "file": (io.BytesIO(content), "table.csv"),
    }  # fmt: skip


def test_a_catalogue_is_checked_before_it_is_taken_in(world: World, login: Login) -> None:
    browser = login(world.users["administrator"])
    report = browser.post("/en/export-control/import", data=table()).text
    assert "Nothing is saved yet." in report
    assert "“secret” is not among the allowed values." in report
    assert world.session.scalars(select(ExportCatalogue)).all() == []
    hidden = dict(re.findall(r'name="(country|version|title|packed)" value="([^"]*)"', report))
    assert browser.post("/en/export-control/import/take", data=hidden).status_code == 302
    held = world.session.scalars(select(ExportCatalogue)).one()
    assert (held.version, held.in_force, len(held.entries)) == ("2026", True, 1)
    again = browser.post("/en/export-control/import", data=table()).text
    assert "This version of the catalogue is already there." in again
    broken = browser.post("/en/export-control/import/take", data={**hidden, "packed": "x"})
    assert broken.location == "/en/export-control/import"
    assert "Boards of bagasse" in browser.get("/en/export-control/catalogues/CN").text
    assert browser.get("/en/export-control/catalogues/TH").status_code == 404


def test_a_file_that_is_no_table_is_told_beside_the_field(world: World, login: Login) -> None:
    browser = login(world.users["administrator"])
    page = browser.post("/en/export-control/import", data=table(b"colour\nred\n")).text
    assert 'id="file-error"' in page
    empty = browser.post("/en/export-control/import", data=table(b" ")).text
    assert "This file is empty." in empty


def test_checks_by_an_older_version_are_shown(world: World, login: Login) -> None:
    make_catalogue(world.session, version="2027")
    browser = login(world.users["offer_staff"])
    review = browser.get("/en/export-control/review").text
    assert world.offer.reference in review
    address = f"/en/desk/listings/{world.offer.reference}"
    page = browser.get(address).text
    assert "made under an older version" in page
    assert 'value="2027"' in page
    data = {
        "export-control_class": "restricted", "export-catalogue_version": "2027",
        "export-entries": "1-01, 1-02", "export-evidence": (io.BytesIO(PDF), "letter.pdf"),
    }  # fmt: skip
    assert browser.post(f"{address}/export-check", data=data).status_code == 302
    page = browser.get(address).text
    assert "made under an older version" not in page
    assert "letter.pdf" in page
    assert "1-01" in page
    assert world.offer.reference not in browser.get("/en/export-control/review").text
    token = re.search(r'export-control/evidence/([\w-]+)"', page)
    assert token
    file = browser.get(f"/en/export-control/evidence/{token.group(1)}")
    assert (file.status_code, file.data) == (200, PDF)
    file.close()


def test_nothing_is_chosen_for_anybody(world: World, login: Login) -> None:
    make_catalogue(world.session)
    world.offer.export_checks.clear()
    world.session.flush()
    page = login(world.users["offer_staff"]).get(f"/en/desk/listings/{world.offer.reference}").text
    select_box = re.search(r'(?s)<select[^>]*name="export-control_class".*?</select>', page)
    assert select_box
    assert re.search(r'<option value=""[^>]*>', select_box.group(0))
    assert not re.search(r'<option value="\w+" selected', select_box.group(0))
    assert re.search(r'name="export-entries" value=""', page)


def test_a_side_is_cleared_with_evidence(world: World, login: Login, app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    make_catalogue(world.session)
    world.ask()
    browser = login(world.users["offer_staff"])
    address = f"/en/desk/matches/{world.match.reference}"
    page = browser.get(address).text
    version = re.search(r'name="clear-offer-version" value="(\d+)"', page)
    assert version
    data = {
        "clear-offer-version": version.group(1), "clear-offer-control_class": "restricted",
        "clear-offer-clearance": "licence_intent", "clear-offer-catalogue_version": "2026",
        "clear-offer-entries": "9-99", "clear-offer-note": "Seen.",
        "clear-offer-evidence": (io.BytesIO(PDF), "intent.pdf"),
    }  # fmt: skip
    wrong = browser.post(f"{address}/clear/offer", data=data)
    assert wrong.status_code == 409
    assert "“9-99” is not a number of an entry" in wrong.text
    data |= {
        "clear-offer-entries": "1-01",
        "clear-offer-evidence": (io.BytesIO(PDF), "intent.pdf"),
    }
    assert browser.post(f"{address}/clear/offer", data=data).status_code == 302
    given = world.match.clearance(Side.OFFER)
    assert given is not None
    assert (given.control_class, given.entries) == (ControlClass.RESTRICTED, ["1-01"])
    page = browser.get(address).text
    assert "intent.pdf" in page
    assert any(settings.upload_folder.rglob("*"))
    assert "intent.pdf" in login(world.users["need_staff"]).get(address).text
    assert (
        "intent.pdf"
        not in login(world.users["auditor"]).get(f"/en/audit/matches/{world.match.reference}").text
    )
