"""Pages say when the engine has not read a text in full."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from scipy.sparse import csr_matrix
from sqlalchemy.orm import Session

from matchmaker.config import Settings
from matchmaker.matching.documents import Document
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import Index
from matchmaker.matching.semantic import LATENT_DIMENSIONS, EncoderId
from matchmaker.models import Listing, User
from matchmaker.queries import indexes
from tests.web.test_matches import Desk

Login = Callable[[User], FlaskClient]
Put = Callable[..., None]

NOT_IN_FULL = "has not been read in full yet"
NOT_THERE = "is not in the engine's index yet"


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


@pytest.fixture
def put(app: Flask) -> Iterator[Put]:
    """Writes the public index: of these listings, all but the waiting ones with latent terms."""
    settings: Settings = app.config["SETTINGS"]

    def put_index(
        *listings: Listing, waiting: tuple[Listing, ...] = (), encoder: EncoderId | None
    ) -> None:
        documents = [
            Document(f"{each.reference}:en", each.reference, "offer", "en", "Bagasse", "")
            for each in listings
        ]
        row = csr_matrix(np.ones((1, LATENT_DIMENSIONS), dtype=np.float32))
        rest = {each.reference for each in waiting}
        latent = {each.id: row for each in documents if each.group not in rest}
        index = Index.build(documents, latent=latent, glossary=Glossary(), encoder=encoder)
        indexes.index_file(settings.index_folder, "public").put(index)

    yield put_index
    shutil.rmtree(settings.index_folder, ignore_errors=True)


MODEL = EncoderId("words", "7")


def test_a_match_says_which_side_waits(desk: Desk, login: Login, put: Put) -> None:
    client = login(desk.cn_staff)
    put(desk.offer, desk.need, encoder=MODEL)
    assert NOT_IN_FULL not in client.get(desk.url).text
    assert NOT_IN_FULL not in client.get("/en/desk/matches/").text
    put(desk.offer, desk.need, waiting=(desk.need,), encoder=MODEL)
    page = client.get(desk.url).text
    assert f"{desk.need.reference} {NOT_IN_FULL}" in page
    assert f"{desk.offer.reference} {NOT_IN_FULL}" not in page
    assert f"1 listing {NOT_IN_FULL}" in client.get("/en/desk/matches/").text
    put(desk.offer, encoder=MODEL)
    assert f"{desk.need.reference} {NOT_THERE}" in client.get(desk.url).text


def test_the_owner_reads_it_on_the_listing_s_page(desk: Desk, login: Login, put: Put) -> None:
    client = login(desk.buyer_user)
    address = f"/en/my/listings/{desk.need.reference}"
    put(desk.need, encoder=MODEL)
    assert NOT_IN_FULL not in client.get(address).text
    put(desk.need, waiting=(desk.need,), encoder=MODEL)
    assert NOT_IN_FULL in client.get(address).text
    put(desk.offer, encoder=MODEL)
    assert NOT_THERE in client.get(address).text


def test_staff_see_which_model_has_read_the_listings(desk: Desk, login: Login, put: Put) -> None:
    client = login(desk.cn_staff)
    assert "The index holds 0 listings." in client.get("/en/desk/engine/").text
    put(desk.offer, desk.need, waiting=(desk.need,), encoder=MODEL)
    page = client.get("/en/desk/engine/").text
    assert "The index holds 2 listings." in page
    assert "language model words 7" in page
    assert "1 of them waits for it." in page
    put(desk.offer, desk.need, waiting=(desk.offer, desk.need), encoder=None)
    page = client.get("/en/desk/engine/").text
    assert "No language model has read them" in page
    assert "waits for it" not in page


def test_search_says_when_meaning_was_not_searched(desk: Desk, login: Login, put: Put) -> None:
    put(desk.offer, encoder=MODEL)  # another model than the one installed
    assert "but not their meaning" in login(desk.cn_staff).get("/en/search?q=bagasse").text
