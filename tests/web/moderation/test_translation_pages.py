"""The translation desk in a browser without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import (
    ListingKind,
    ListingState,
    TextOrigin,
    TranslationState,
)
from matchmaker.matching.glossary import Concept, Glossary, Label
from matchmaker.models import Centre, TranslationRequest, User
from matchmaker.services import translations
from matchmaker.web import glossing
from tests.factories import (
    NOW,
    add_text,
    make_appointment,
    make_centre,
    make_listing,
    make_membership,
    make_organisation,
    make_sectors,
)

Login = Callable[[User], FlaskClient]


@pytest.fixture
def nanning(session: Session) -> Centre:
    make_sectors(session)
    return make_centre(session, head_office=True, languages=("zh-Hans", "en", "th"))


@pytest.fixture
def staff(session: Session, nanning: Centre) -> User:
    return make_appointment(session, make_centre(session, country="TH", languages=("th", "en")))


@pytest.fixture
def wanted(session: Session, staff: User) -> TranslationRequest:
    owner = make_organisation(session, country="TH")
    listing = make_listing(
        session, owner, kind=ListingKind.DEMAND, state=ListingState.SUBMITTED, language="th",
        title="ต้องการแผ่นไม้จากชานอ้อย", description="แผ่นไม้ไร้ฟอร์มาลดีไฮด์",
        texts={"confidential_detail": "ความลับ"},
    )  # fmt: skip
    request = translations.want(session, SYSTEM, listing.newest, "en", NOW)
    assert request is not None
    return request


def _address(wanted: TranslationRequest) -> str:
    return f"/en/desk/translations/{wanted.revision.listing.reference}/1/en"


def _version(page: str, name: str = "version") -> dict[str, str]:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return {name: found[1]}


def test_the_queue_lists_what_is_asked_for(
    session: Session, staff: User, wanted: TranslationRequest, login: Login
) -> None:
    client = login(staff)
    page = client.get("/en/desk/translations/").text
    assert "One translation is wanted." in page
    assert '<span lang="th">ต้องการแผ่นไม้จากชานอ้อย</span>' in page
    assert "No translation is wanted" in client.get("/en/desk/translations/?original=vi").text
    assert client.get("/en/desk/translations/?original=xx&page=9").status_code == 200
    assert client.get("/zh-Hans/desk/translations/").status_code == 200


def test_a_person_translates_beside_the_original(
    session: Session, staff: User, wanted: TranslationRequest, login: Login,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    words = Glossary(
        [Concept("bagasse")],
        [Label("bagasse", "th", "ชานอ้อย"), Label("bagasse", "en", "bagasse")],
    )
    monkeypatch.setattr(glossing, "site_glossary", lambda: words)
    client = login(staff)
    page = client.get(_address(wanted)).text
    assert '<dt lang="th">ชานอ้อย</dt>' in page
    assert 'lang="th">แผ่นไม้ไร้ฟอร์มาลดีไฮด์</div>' in page
    assert "ความลับ" not in page
    assert re.search(r'<textarea[^>]*name="description"[^>]*lang="en"', page)
    typed = {**_version(page), "title": "Bagasse boards wanted", "description": "No formaldehyde."}
    done = client.post(_address(wanted), data=typed, follow_redirects=True)
    assert "is saved." in done.text
    text = wanted.revision.text("en")
    assert text is not None
    assert (text.title, text.origin) == ("Bagasse boards wanted", TextOrigin.HUMAN)
    late = client.post(_address(wanted), data={**typed, "title": "My other words"})
    assert late.status_code == 409
    assert "Somebody else has already finished this translation." in late.text
    assert "My other words" in late.text


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    session: Session, staff: User, wanted: TranslationRequest, login: Login
) -> None:
    client = login(staff)
    version = _version(client.get(_address(wanted)).text)
    empty = client.post(_address(wanted), data={**version, "description": "Typed words"})
    assert empty.status_code == 422
    assert "Typed words" in empty.text
    thai = "แผ่นไม้อัดจากชานอ้อยที่ไม่มีสารฟอร์มาลดีไฮด์เลย แผ่นไม้อัดจากชานอ้อย"
    typed = {**version, "title": "Boards", "description": thai}
    differs = client.post(_address(wanted), data=typed)
    assert differs.status_code == 409
    assert "seems to be in Thai" in differs.text
    assert thai in differs.text
    assert "keep_language" in differs.text
    stale = client.post(_address(wanted), data={**typed, "version": "55"})
    assert stale.status_code == 409
    assert "Somebody else changed this" in stale.text
    assert thai in stale.text
    kept = client.post(_address(wanted), data={**typed, "keep_language": "y"})
    assert kept.status_code == 302
    session.expire_all()
    assert wanted.state is TranslationState.DONE


def test_a_machine_version_is_filled_in(
    session: Session, staff: User, wanted: TranslationRequest, login: Login
) -> None:
    add_text(session, wanted.revision, "en", title="Board want", origin=TextOrigin.MACHINE)
    page = login(staff).get(_address(wanted)).text
    assert 'value="Board want"' in page
    assert "What you save replaces it." in page


def test_another_centre_is_asked(
    session: Session, staff: User, nanning: Centre, wanted: TranslationRequest, login: Login
) -> None:
    client = login(staff)
    page = client.get(_address(wanted)).text
    none = client.post(f"{_address(wanted)}/pass-on", data=_version(page, "pass-version"))
    assert none.status_code == 422
    assert "Choose a centre." in none.text
    data = {**_version(page, "pass-version"), "pass-centre": nanning.code}
    done = client.post(f"{_address(wanted)}/pass-on", data=data, follow_redirects=True)
    assert "The other centre has been asked" in done.text
    session.expire_all()
    assert wanted.centre is nanning
    assert client.get(_address(wanted)).status_code == 404
    lost = client.post(_address(wanted), data={"title": "Typed before it moved"})
    assert lost.status_code == 409
    assert "Typed before it moved" in lost.text
    helper = make_appointment(session, nanning)
    assert "Asked by:" in login(helper).get("/en/desk/translations/").text


def test_a_request_is_dropped(
    session: Session, staff: User, wanted: TranslationRequest, login: Login
) -> None:
    client = login(staff)
    version = _version(client.get(_address(wanted)).text, "drop-version")
    client.post(f"{_address(wanted)}/drop", data=version)
    session.expire_all()
    assert wanted.state is TranslationState.DROPPED
    again = client.post(f"{_address(wanted)}/drop", data=version)
    assert again.status_code == 409
    moved = client.get(f"{_address(wanted)}/drop")
    assert moved.location.endswith(_address(wanted))


def test_others_stay_outside(
    session: Session, nanning: Centre, wanted: TranslationRequest, login: Login
) -> None:
    assert login(make_appointment(session, nanning)).get(_address(wanted)).status_code == 404
    owner = make_membership(session, wanted.revision.listing.organisation)
    assert login(owner).get(_address(wanted)).status_code == 403
