"""Staff and organisations without an account, on the pages."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import (
    Channel,
    ControlClass,
    ListingKind,
    ListingState,
    MatchState,
    TaskKind,
    TaskState,
)
from matchmaker.models import (
    AuditEntry,
    Centre,
    Listing,
    Organisation,
    OutgoingMail,
    OutreachTask,
    User,
)
from matchmaker.services import introductions
from matchmaker.services.outreach import open_task
from tests.factories import (
    NOW,
    actor_of,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_membership,
    make_organisation,
    make_sectors,
    make_user,
)

Login = Callable[[User], FlaskClient]
ENTRY = {
    "name": "ໂຮງງານນ້ຳຕານ ສະຫວັນ",
    "language": "lo",
    "organisation_type": "enterprise",
    "size": "from_11_to_49",
    "country": "LA",
    "sectors": ["sugar_cane"],
    "contact_name": "Khamla",
    "contact_language": "lo",
    "channel": "whatsapp",
    "phone": "020 55 123 456",
    "consent_on": "2026-11-20",
    "consent_note": "On the telephone",
}


@dataclass(frozen=True)
class Desk:
    centre: Centre
    staff: User
    stranger: User
    """Staff of another centre."""


@pytest.fixture
def desk(session: Session) -> Desk:
    make_sectors(session)
    head = make_centre(session, head_office=True)
    centre = make_centre(session, country="LA", languages=["lo"], time_zone="Asia/Vientiane")
    centre.phone = "+85621212121"
    return Desk(centre, make_appointment(session, centre), make_appointment(session, head))


@pytest.fixture
def task(session: Session, desk: Desk) -> OutreachTask:
    organisation = make_organisation(
        session, country="LA", channel=Channel.WHATSAPP, phone="+8562055123456"
    )
    organisation.contact_name = "Khamla"
    organisation.contact_language = "zh-Hans"
    return open_task(
        session, SYSTEM, organisation,
        kind=TaskKind.QUESTION, dedupe_key="x", now=NOW, code="question_asked",
        reference=organisation.reference, question="How <moist> is it?", centre=desk.centre.code,
    )  # fmt: skip


PAGES = ["/en/desk/tasks/", "/en/desk/organisations/", "/en/desk/organisations/new"]


@pytest.mark.parametrize("page", PAGES)
def test_only_staff(
    client: FlaskClient, login: Login, session: Session, desk: Desk, page: str
) -> None:
    assert client.get(page).status_code == 302
    member = make_membership(session, make_organisation(session))
    for person in (make_user(session), member, make_user(session, roles=["administrator"])):
        assert login(person).get(page).status_code == 403
    assert login(desk.staff).get(page).status_code == 200


def test_other_centres_see_nothing(login: Login, desk: Desk, task: OutreachTask) -> None:
    own = f"/en/desk/organisations/{task.organisation.reference}"
    pages = [f"/en/desk/tasks/{task.reference}", f"/en/desk/tasks/{task.reference}/letter", own]
    client = login(desk.stranger)
    assert [client.get(page).status_code for page in pages] == [404] * 3
    assert client.post(pages[0], data={"note": ""}).status_code == 404
    assert client.post(own + "/claim").status_code == 404
    assert client.post(own + "/question", data={"question": "x"}).status_code == 404
    assert task.reference not in client.get("/en/desk/tasks/").text
    client = login(desk.staff)
    assert [client.get(page).status_code for page in pages] == [200] * 3


def test_task_page(login: Login, desk: Desk, task: OutreachTask) -> None:
    client = login(desk.staff)
    queue = client.get("/en/desk/tasks/").text
    assert task.reference in queue
    assert "Pass on a question" in queue
    page = client.get(f"/en/desk/tasks/{task.reference}").text
    assert "https://wa.me/8562055123456?text=" in page
    assert "tel:+8562055123456" in page
    assert "How &lt;moist&gt; is it?" in page
    assert '<div lang="zh-Hans">' in page
    assert '<div lang="en">' in page
    letter = client.get(f"/en/desk/tasks/{task.reference}/letter").text
    assert '<article class="letter" lang="zh-Hans">' in letter
    assert "+85621212121" in letter
    assert "How &lt;moist&gt; is it?" in letter


def test_done_once(login: Login, session: Session, desk: Desk, task: OutreachTask) -> None:
    client = login(desk.staff)
    page = f"/en/desk/tasks/{task.reference}"
    too_long = client.post(page, data={"note": "x" * 1001})
    assert "Shorten this to 1000 characters" in too_long.text
    assert "x" * 1001 in too_long.text
    assert client.post(page, data={"note": "Said 12%"}).status_code == 302
    assert session.get_one(OutreachTask, task.id).state is TaskState.DONE
    again = client.post(page, data={"note": "Again"})
    assert "Somebody else has already finished this task." in again.text
    assert "Said 12%" in client.get(page).text
    assert task.reference in client.get("/en/desk/tasks/?state=done").text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Enter the name of the organisation."),
        ({"name": "x" * 257}, "Shorten this to 256 characters"),
        ({"contact_name": " "}, "Enter the name of the contact person."),
        ({"channel": "pigeon"}, "Choose one of the answers shown."),
        ({"channel": ""}, "Choose how the contact person wants to be reached."),
        ({"phone": "1234"}, "Enter a telephone number with its country code"),
        ({"phone": ""}, "Give a way to reach the contact person."),
        ({"channel": "email"}, "Give a way to reach the contact person."),
        ({"contact_email": "no address"}, "Enter an e-mail address in the right form"),
        ({"consent_on": ""}, "Enter the date on which the contact person agreed."),
        ({"consent_on": "2199-01-01"}, "Choose a date that is not in the future."),
        ({"consent_on": "yesterday"}, "Enter a date"),
        ({"consent_note": ""}, "Write down how the contact person agreed."),
        (
            {"country": "TH", "phone": "+8562055123456"},
            "Another centre is responsible for this place.",
        ),
        ({"sectors": ["nowhere"]}, "is not among the allowed values"),
        ({"contact_language": "xx"}, "Choose one of the answers shown."),
    ],
)
def test_bad_entry(
    login: Login,
    session: Session,
    desk: Desk,
    changes: dict[str, str | list[str]],
    sentence: str,
) -> None:
    page = login(desk.staff).post("/en/desk/organisations/new", data={**ENTRY, **changes})
    assert page.status_code == 200
    assert sentence in page.text
    assert "ສະຫວັນ" in page.text or "name" in changes
    assert session.scalars(select(Organisation)).all() == []


def test_question(login: Login, session: Session, desk: Desk) -> None:
    organisation = make_organisation(session, country="LA")
    own = make_organisation(session, country="LA")
    make_membership(session, own)
    client = login(desk.staff)
    for one in (organisation, own):
        page = f"/en/desk/organisations/{one.reference}"
        assert "Write the question." in client.post(page + "/question", data={}).text
        answer = client.post(page + "/question", data={"question": "How moist?"})
        assert answer.status_code == 302
    assert [t.organisation_id for t in session.scalars(select(OutreachTask))] == [organisation.id]
    assert [mail.code for mail in session.scalars(select(OutgoingMail))] == ["question_asked"]
    assert "Open tasks" in client.get(f"/en/desk/organisations/{organisation.reference}").text
    assert "Post for it" not in client.get(f"/en/desk/organisations/{own.reference}").text


def test_wrong_codes_are_counted(login: Login, session: Session, desk: Desk) -> None:
    client = login(make_user(session))
    for _try in range(10):
        page = client.post("/en/my/claim", data={"code": "AAAA-BBBB-CCCC"})
        assert "is not valid, or has expired" in page.text
    page = client.post("/en/my/claim", data={"code": "AAAA-BBBB-CCCC"})
    assert "That was tried too often." in page.text
    tries = select(AuditEntry).where(AuditEntry.action == "organisation_claim_refused")
    assert len(session.scalars(tries).all()) == 10


def test_claim_needs_an_account(client: FlaskClient, login: Login, session: Session) -> None:
    assert client.get("/en/my/claim").status_code == 302
    page = login(make_user(session)).post("/en/my/claim", data={"code": ""})
    assert "Enter the code from the letter." in page.text


def test_the_whole_round(login: Login, session: Session, desk: Desk) -> None:
    """Staff enter an organisation, post for it by import, ask it by letter; it takes over."""
    client = login(desk.staff)
    answer = client.post("/en/desk/organisations/new", data=ENTRY)
    assert answer.status_code == 302, answer.text
    page = client.get(answer.location).text
    reference = answer.location.rsplit("/", 1)[1]
    assert "Post for it" in page
    assert f"/en/my/listings/new?organisation={reference}" in page
    organisation = session.scalars(select(Organisation)).one()
    assert (organisation.phone, organisation.verified_by_id) == ("+8562055123456", desk.staff.id)

    table = "kind,language,title,sectors\ndemand,en,We look for boards made of bagasse,sugar_cane\n"
    upload = client.post(
        "/en/my/import",
        data={"organisation": reference, "table": FileStorage(io.BytesIO(table.encode()), "a.csv")},
        content_type="multipart/form-data",
    )
    client.post(upload.location)
    draft = session.scalars(select(Listing)).one()
    assert draft.organisation_id == organisation.id
    assert draft.reference in client.get(answer.location).text

    task = _consent_task(session, organisation)
    page = client.get(f"/en/desk/tasks/{task.reference}").text
    assert task.match is not None
    assert f"/en/desk/matches/{task.match.reference}" in page
    letter = client.get(f"/en/desk/tasks/{task.reference}/letter").text
    assert "Khamla" in letter
    assert "+85621212121" in letter
    assert "/my/matches/" not in letter, "who has no account cannot open it"

    letter = client.post(f"/en/desk/organisations/{reference}/claim").text
    found = re.search(r'letter__code">([0-9A-Z-]+)<', letter)
    assert found is not None
    assert letter.count(found[1]) == 2
    assert "/lo/my/claim" in letter
    assert found[1] not in client.get(answer.location).text

    person = make_user(session)
    client = login(person)
    claimed = client.post("/en/my/claim", data={"code": found[1].lower()})
    assert claimed.status_code == 302
    assert reference in client.get(claimed.location).text
    assert draft.reference in client.get("/en/my/listings/").text
    assert actor_of(session, person).owned_organisation_ids == {organisation.id}

    client = login(desk.staff)
    page = client.get(f"/en/desk/tasks/{task.reference}").text
    assert "This organisation has its own account by now." in page
    again = client.post(f"/en/desk/organisations/{reference}/claim")
    assert again.status_code == 409


def _consent_task(session: Session, organisation: Organisation) -> OutreachTask:
    """An approved match of the organisation's need; its parties are asked."""
    need = make_listing(
        session, organisation, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED
    )
    other = make_organisation(session)
    make_membership(session, other)
    offer = make_listing(
        session, other, state=ListingState.PUBLISHED, control_class=ControlClass.FREE
    )
    match = make_match(session, offer, need, state=MatchState.APPROVED)
    introductions.offer_to_parties(session, SYSTEM, match, now=NOW)
    session.flush()
    return session.scalars(select(OutreachTask)).one()
