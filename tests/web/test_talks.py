"""The pages of a case's talks in a browser without scripts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from matchmaker.domain.clock import utc_now
from matchmaker.domain.vocabulary import ConfidentialAfter, MatchState, MeetingState, NdaState, Side
from matchmaker.models import (
    CaseMessage,
    CaseMessageTranslation,
    Meeting,
    Nda,
    NdaAcceptance,
    NdaText,
    User,
)
from matchmaker.queries.ndas import current_text
from matchmaker.services import meetings
from matchmaker.services.meetings import Plan
from matchmaker.web.talks.text import plain_text
from tests.factories import NOW, actor_of, make_message, make_nda, make_nda_text, make_user
from tests.web.own_site import post
from tests.web.test_matches import PDF, Desk, Login, hidden


@pytest.fixture
def desk(session: Session) -> Desk:
    """A match whose parties are introduced."""
    desk = Desk(session)
    desk.match.state, desk.match.introduced_at = MatchState.INTRODUCED, NOW
    desk.match.offered_at = NOW
    desk.buyer_user.time_zone = "Asia/Bangkok"
    session.flush()
    return desk


def talk_url(desk: Desk, part: str = "") -> str:
    return f"/en/talks/{desk.match.reference}/{part}"


def write(client: FlaskClient, desk: Desk, body: str, **more: object) -> object:
    return client.post(talk_url(desk), data={"body": body, **more})


def propose(desk: Desk, user: User, **more: object) -> Meeting:
    soon = utc_now().replace(microsecond=0) + timedelta(days=5)
    values = {
        "title": "First call", "times": [soon, soon + timedelta(days=1)], "minutes": 60,
        "time_zone": "Asia/Shanghai", "place": "Room 5",
    }  # fmt: skip
    return meetings.propose_meeting(
        desk.session, actor_of(desk.session, user), desk.match,
        Plan(**(values | more)), now=utc_now(),  # type: ignore[arg-type]
    )  # fmt: skip


# The thread


def test_a_message_is_written_and_read(desk: Desk, login: Login) -> None:
    client = login(desk.seller_user)
    assert "Nobody has written yet." in client.get(talk_url(desk)).text
    answer = write(client, desk, "<b>Hello</b>\n\nsee https://example.org/a?b=1&c=2.")
    assert answer.status_code == 302  # type: ignore[attr-defined]
    assert answer.location.endswith("#message-1")  # type: ignore[attr-defined]
    client = login(desk.buyer_user)
    assert "1 new message" in client.get("/en/my/matches/").text
    assert "1 new message" in client.get(f"/en/my/matches/{desk.match.reference}").text
    page = client.get(talk_url(desk)).text
    assert "&lt;b&gt;Hello&lt;/b&gt;" in page
    assert '<a href="https://example.org/a?b=1&amp;c=2"' in page
    assert ">New<" in page
    assert "Guangxi Boards" in page
    again = client.get(talk_url(desk)).text
    assert ">New<" not in again
    assert "1 new message" not in client.get("/en/my/matches/").text


def test_what_was_typed_is_kept_when_it_is_refused(desk: Desk, login: Login) -> None:
    client = login(desk.buyer_user)
    refused = write(client, desk, "Look", files=(BytesIO(b"MZ\x90"), "virus.pdf"))
    assert refused.status_code == 409  # type: ignore[attr-defined]
    assert "This type of file is not accepted." in refused.text  # type: ignore[attr-defined]
    assert "Look</textarea>" in refused.text  # type: ignore[attr-defined]
    empty = write(client, desk, "  ")
    assert empty.status_code == 400  # type: ignore[attr-defined]
    assert desk.session.scalars(select(CaseMessage)).all() == []


def test_files_that_are_too_large_together_leave_the_message(desk: Desk, login: Login) -> None:
    client = login(desk.seller_user)
    page = client.get(talk_url(desk)).text
    assert "up to 5 files, each up to 10 megabytes, together up to 20." in page

    def send(body: str, sizes: list[int]) -> TestResponse:
        contents = [PDF[:8] + b"\0" * (size - 8 - len(PDF)) + PDF for size in sizes]
        files = [FileStorage(BytesIO(content), "a.pdf") for content in contents]
        return post(client, talk_url(desk), {"body": body, "files": files})

    refused = send("Our three tests", [8 * 1024**2] * 3)
    assert refused.status_code == 400
    assert "The files are too large: together they may have up to 20 megabytes." in refused.text
    assert "Our three tests" in refused.text
    assert desk.session.scalars(select(CaseMessage)).all() == []
    assert send("The two largest", [10 * 1024**2] * 2).status_code == 302


def test_files_are_handed_out_to_those_who_take_part(
    desk: Desk, login: Login, client: FlaskClient
) -> None:
    write(login(desk.seller_user), desk, "The paper", files=(BytesIO(PDF), "../报告.pdf"))
    page = login(desk.th_staff).get(talk_url(desk, "files")).text
    found = re.search(r'href="(/en/talks/[^"]+/files/[^"]+)"', page)
    assert found
    assert "报告.pdf" in page
    file = client.get(found.group(1))
    assert file.data == PDF
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert "no-store" in file.headers["Cache-Control"]
    file.close()
    stranger = make_user(desk.session, roles=["administrator"])
    assert login(stranger).get(found.group(1)).status_code == 403


def test_an_ended_case_is_read_only(desk: Desk, login: Login) -> None:
    make_message(desk.session, desk.match, desk.seller_user, side=Side.OFFER, body="Farewell")
    meeting = propose(desk, desk.seller_user)
    desk.match.state = MatchState.WITHDRAWN
    client = login(desk.buyer_user)
    page = client.get(talk_url(desk)).text
    assert "Farewell" in page
    assert "This case is closed" in page
    assert "<textarea" not in page
    refused = write(client, desk, "Wait")
    assert refused.status_code == 409  # type: ignore[attr-defined]
    assert client.get(talk_url(desk, "meetings/new")).status_code == 302
    shown = client.get(talk_url(desk, f"meetings/{meeting.reference}")).text
    assert "Take this time" not in shown


def test_many_messages_come_in_pages(desk: Desk, login: Login) -> None:
    for number in range(1, 53):
        make_message(
            desk.session, desk.match, desk.seller_user, side=Side.OFFER, body=f"Number {number}."
        )
    client = login(desk.buyer_user)
    first = client.get(talk_url(desk, "?page=1")).text
    assert "Number 1." in first
    assert "Number 51." not in first
    assert "2 new messages" in client.get("/en/my/matches/").text
    last = client.get(talk_url(desk)).text
    assert "Number 51." in last
    assert 'id="message-52"' in last
    for odd in ("0", "99", "x", "-1", "9" * 30):
        assert client.get(talk_url(desk, f"?page={odd}")).status_code == 200


def test_a_machines_version_is_marked_and_the_original_near(desk: Desk, login: Login) -> None:
    message = make_message(
        desk.session, desk.match, desk.seller_user, side=Side.OFFER, body="我们的胶水",
        language="zh-Hans",
    )  # fmt: skip
    client = login(desk.buyer_user)
    page = client.get(talk_url(desk)).text
    assert 'lang="zh-Hans"' in page
    assert "Translate by machine" not in page, "no machine is configured"
    answer = client.post(talk_url(desk, "messages/1/translate"))
    assert answer.status_code == 302
    assert message.translations == []
    version = CaseMessageTranslation(language="en", next_attempt_at=NOW, attempts=0)
    message.translations.append(version)
    assert "is being made" in client.get(talk_url(desk)).text
    version.next_attempt_at = None
    assert "Translate by machine" not in client.get(talk_url(desk)).text
    version.text, version.made_by, version.made_at = "Our glue <b>", "Babel fish", NOW
    page = client.get(talk_url(desk)).text
    assert "Our glue &lt;b&gt;" in page
    assert "Machine translation" in page
    assert "Babel fish" in page
    assert page.index("Our glue") < page.index("Show the original") < page.index("我们的胶水")


def test_an_anonymous_owner_is_called_by_its_side(desk: Desk, login: Login) -> None:
    revision = desk.offer.revisions[0]
    revision.anonymous, revision.confidential_after = True, ConfidentialAfter.NDA
    desk.seller_user.name = "Zhang Wei"
    make_message(desk.session, desk.match, desk.seller_user, side=Side.OFFER)
    propose(desk, desk.seller_user)
    make_nda_text(desk.session)
    accept(login(desk.seller_user), desk, name="Zhang Wei")
    client = login(desk.buyer_user)
    parts = ("", "files", "agreement", "meetings")
    for part in parts:
        page = client.get(talk_url(desk, part)).text
        assert "Zhang Wei" not in page, part
        assert "Guangxi Boards" not in page, part
    assert "Offer side" in client.get(talk_url(desk)).text
    accept(client, desk, name="Malee")
    assert "Zhang Wei" in client.get(talk_url(desk)).text
    assert "Zhang Wei" in client.get(talk_url(desk, "agreement/print")).text


def test_plain_text_becomes_paragraphs_and_links_and_nothing_else() -> None:
    html = plain_text("One\ntwo\n\n<script>x</script> http://a.example/b). 见https://b.example/。")
    assert html.startswith("<p>One<br>two</p>")
    assert "<script" not in html
    assert '<a href="http://a.example/b" ' in html
    assert '<a href="https://b.example/" ' in html
    for bad in ("javascript:alert(1)", "data:text/html,x", 'https://x" onclick="y'):
        found = plain_text(bad)
        assert "onclick" not in re.sub(r">[^<]*<", "", found)
        assert 'href="javascript' not in found


# The agreement


def accept(client: FlaskClient, desk: Desk, *, name: str = "Malee", **more: str) -> object:
    page = client.get(talk_url(desk, "agreement")).text
    data = {
        "sha256": hidden(page, "sha256"), "language": hidden(page, "language"),
        "name": name, "agreed": "y", **more,
    }  # fmt: skip
    return client.post(talk_url(desk, "agreement/accept"), data=data)


def test_both_sides_accept_and_print(desk: Desk, login: Login) -> None:
    desk.offer.revisions[0].confidential_after = ConfidentialAfter.NDA
    text = make_nda_text(desk.session, sample=True)
    client = login(desk.seller_user)
    page = client.get(talk_url(desk, "agreement")).text
    assert "This is a sample" in page
    assert text.bodies[0].sha256 in page
    assert "双方对所获信息保密" in client.get(talk_url(desk, "agreement?text=zh-Hans")).text
    unticked = accept(client, desk, agreed="")
    assert unticked.status_code == 400  # type: ignore[attr-defined]
    assert "Tick this to accept the agreement." in unticked.text  # type: ignore[attr-defined]
    accept(client, desk, name="Li Ming")
    client = login(desk.buyer_user)
    case = f"/en/my/matches/{desk.match.reference}"
    assert "The secret glue" not in client.get(case).text
    assert "Li Ming" in client.get(talk_url(desk, "agreement")).text
    assert client.get(talk_url(desk, "agreement/print")).status_code == 302
    accept(client, desk, name="Malee")
    assert desk.match.state is MatchState.NDA
    assert "The secret glue" in client.get(case).text
    printed = client.get(talk_url(desk, "agreement/print")).text
    for part in ("Li Ming", "Malee", "Guangxi Boards", "Khon Kaen Sugar", text.bodies[0].sha256):
        assert part in printed
    for given in desk.session.scalars(select(NdaAcceptance)):
        assert f"{given.at:%Y-%m-%d %H:%M:%S UTC}" in printed


def test_a_text_that_changed_is_read_again(desk: Desk, login: Login) -> None:
    make_nda_text(desk.session)
    client = login(desk.seller_user)
    old = client.get(talk_url(desk, "agreement")).text
    newer = make_nda_text(desk.session)
    data = {"sha256": hidden(old, "sha256"), "language": "en", "name": "Li", "agreed": "y"}
    refused = client.post(talk_url(desk, "agreement/accept"), data=data)
    assert refused.status_code == 409
    assert "The agreement changed since you opened this page." in refused.text
    assert newer.body("en").sha256 == hidden(refused.text, "sha256")  # type: ignore[union-attr]
    assert 'value="Li"' in refused.text


def test_a_signed_file_is_uploaded_and_confirmed(desk: Desk, login: Login) -> None:
    def upload(client: FlaskClient) -> None:
        client.post(talk_url(desk, "agreement/upload"), data={"file": (BytesIO(PDF), "signed.pdf")})

    client = login(desk.cn_staff)
    upload(client)
    page = client.get(talk_url(desk, "agreement")).text
    assert "signed.pdf" in page
    assert "Confirm the agreement" not in page, "who uploaded it does not confirm it"
    client = login(desk.buyer_user)
    page = client.get(talk_url(desk, "agreement")).text
    answer = {"sha256": hidden(page, "sha256")}
    client.post(talk_url(desk, "agreement/refuse"), data=answer)
    assert desk.session.scalars(select(Nda)).one().state is NdaState.REFUSED
    upload(client)
    page = login(desk.seller_user).get(talk_url(desk, "agreement")).text
    client.post(talk_url(desk, "agreement/confirm"), data={"sha256": hidden(page, "sha256")})
    assert desk.match.state is MatchState.NDA
    assert "in force since" in client.get(talk_url(desk, "agreement")).text


def test_a_state_without_agreement_shows_no_agreement(desk: Desk, login: Login) -> None:
    desk.match.state = MatchState.NEGOTIATING
    page = login(desk.buyer_user).get(talk_url(desk, "agreement")).text
    assert "in force since" not in page
    make_nda(desk.session, desk.match)
    assert "in force since" in login(desk.buyer_user).get(talk_url(desk, "agreement")).text


def test_administrators_edit_the_text(desk: Desk, login: Login) -> None:
    client = login(make_user(desk.session, roles=["administrator"]))
    url = "/en/administration/agreement/"
    assert "There is no agreement yet" in client.get(url).text
    first = make_nda_text(desk.session, sample=True)
    assert "The sample is in use" in client.get(url).text
    for language in ("en", "zh-Hans"):
        page = client.get(f"{url}edit?language={language}").text
        data = {
            "version": hidden(page, "version"), "language": language, "title": "Ours",
            "body": f"Text in {language}",
        }  # fmt: skip
        client.post(f"{url}edit", data=data)
        late = client.post(f"{url}edit", data=data)
        assert "changed since you opened this page" in late.text
    assert "The sample is in use" not in client.get(url).text
    assert first.version + 2 == current_version(desk.session).version
    client.post(f"{url}remove/zh-Hans")
    assert [body.language for body in current_version(desk.session).bodies] == ["en"]
    assert client.post(f"{url}remove/en").status_code in {400, 409}
    for user in (desk.cn_staff, desk.seller_user, make_user(desk.session, roles=["auditor"])):
        assert login(user).get(url).status_code == 403


def current_version(session: Session) -> NdaText:
    text = current_text(session)
    assert text is not None
    return text


# Meetings


def proposal(**more: str) -> dict[str, str]:
    day = (utc_now() + timedelta(days=9)).date().isoformat()
    return {
        "title": "First call", "day_1": day, "clock_1": "14:30", "time_zone": "Asia/Bangkok",
        "minutes": "60", "place": "https://meet.example.org/x", "interpreter": "y",
        "interpret_from": "zh-Hans", "interpret_to": "th", **more,
    }  # fmt: skip


def test_a_meeting_from_proposal_to_calendar(desk: Desk, login: Login) -> None:
    client = login(desk.buyer_user)
    assert "Bangkok (GMT+07:00)" in client.get(talk_url(desk, "meetings/new")).text
    made = client.post(talk_url(desk, "meetings/new"), data=proposal())
    assert made.status_code == 302
    meeting = desk.session.scalars(select(Meeting)).one()
    assert meeting.times[0].starts_at.hour == 7
    assert meeting.times[0].starts_at.minute == 30
    page = client.get(made.location).text
    assert "14:30" in page
    assert "15:30" in page, "the time of the other side"
    assert "Take this time" not in page
    url = talk_url(desk, f"meetings/{meeting.reference}")
    assert client.get(f"{url}/calendar").status_code == 404
    client = login(desk.seller_user)
    assert "Answer" in client.get(talk_url(desk, "meetings")).text
    page = client.get(url).text
    data = {
        "accept-version": hidden(page, "accept-version"),
        "accept-starts_at": meeting.times[0].starts_at.isoformat(),
    }
    assert client.post(f"{url}/accept", data=data).status_code == 302
    assert meeting.state is MeetingState.ACCEPTED
    file = client.get(f"{url}/calendar")
    assert file.mimetype == "text/calendar"
    calendar = Calendar.from_ical(file.data)
    assert calendar["METHOD"] == "PUBLISH"
    (event,) = calendar.walk("VEVENT")
    assert str(event["UID"]).startswith(meeting.reference)
    assert event.decoded("dtstart") == meeting.starts_at
    assert event["SUMMARY"] == "First call"
    assert "Simplified Chinese" in event["DESCRIPTION"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"day_1": ""}, "Enter a date"),
        ({"clock_1": ""}, "Enter a time of day"),
        ({"clock_1": "25:00"}, "Enter a time of day"),
        ({"day_1": "0001-01-01", "clock_1": "00:30"}, "Enter a date"),
        ({"day_1": "9999-12-31", "clock_1": "23:30"}, "Enter a date"),
        ({"day_1": "2020-01-01"}, "Choose a time in the future."),
        ({"day_1": "", "clock_1": ""}, "Propose at least one time."),
        ({"time_zone": "Mars/Olympus"}, "Choose a time zone from the list."),
        ({"title": ""}, "Say what the meeting is about."),
        ({"minutes": "7"}, "Choose one of the answers shown."),
        ({"interpret_to": "zh-Hans"}, "Choose two different languages."),
        ({"interpret_to": ""}, "is not among the allowed values"),
    ],
)
def test_a_proposal_that_cannot_be(
    desk: Desk, login: Login, wrong: dict[str, str], sentence: str
) -> None:
    client = login(desk.buyer_user)
    refused = client.post(talk_url(desk, "meetings/new"), data=proposal(**wrong))
    assert refused.status_code in {400, 409}
    assert sentence in refused.text
    assert "https://meet.example.org/x" in refused.text, "what was typed is kept"
    assert desk.session.scalars(select(Meeting)).all() == []


def test_the_slower_side_is_told(desk: Desk, login: Login) -> None:
    meeting = propose(desk, desk.cn_staff)
    url = talk_url(desk, f"meetings/{meeting.reference}")
    pages = {user: login(user).get(url).text for user in (desk.seller_user, desk.buyer_user)}
    times = [each.starts_at.isoformat() for each in meeting.times]
    answers = []
    for user, at in zip((desk.seller_user, desk.buyer_user), times, strict=True):
        data = {
            "accept-version": hidden(pages[user], "accept-version"), "accept-starts_at": at,
        }  # fmt: skip
        answers.append(login(user).post(f"{url}/accept", data=data))
    assert answers[0].status_code == 302
    assert answers[1].status_code in {400, 409}
    assert meeting.starts_at is not None
    assert meeting.starts_at.isoformat() == times[0]


def test_a_stale_answer_is_told_what_is_now(desk: Desk, login: Login) -> None:
    meeting = propose(desk, desk.seller_user)
    url = talk_url(desk, f"meetings/{meeting.reference}")
    client = login(desk.buyer_user)
    page = client.get(url).text
    data = {
        "accept-version": hidden(page, "accept-version"),
        "accept-starts_at": meeting.times[0].starts_at.isoformat(),
    }
    meeting.place = "Room 6"
    desk.session.flush()
    late = client.post(f"{url}/accept", data=data)
    assert late.status_code == 409
    assert "Somebody else answered while you were reading." in late.text
    assert "Room 6" in late.text
    declined = {
        "decline-version": hidden(client.get(url).text, "decline-version"),
        "decline-note": "We are away",
    }
    assert client.post(f"{url}/decline", data=declined).status_code == 302
    assert meeting.state is MeetingState.DECLINED
    assert "We are away" in client.get(url).text


def test_other_times_and_a_cancellation(desk: Desk, login: Login) -> None:
    meeting = propose(desk, desk.seller_user)
    url = talk_url(desk, f"meetings/{meeting.reference}")
    client = login(desk.buyer_user)
    page = client.get(f"{url}/times").text
    assert 'value="First call"' in page
    data = proposal(title="Later", version=hidden(page, "version"))
    assert client.post(f"{url}/times", data=data).status_code == 302
    assert (meeting.title, len(meeting.times), meeting.side) == ("Later", 1, Side.NEED)
    page = client.get(url).text
    data = {"cancel-version": hidden(page, "cancel-version"), "cancel-note": "x" * 1001}
    assert client.post(f"{url}/cancel", data=data).status_code == 400
    data["cancel-note"] = "No longer needed"
    assert client.post(f"{url}/cancel", data=data).status_code == 302
    assert meeting.state is MeetingState.CANCELLED
    assert client.get(f"{url}/times").status_code == 302


def test_a_translator_offers_its_button(desk: Desk, app: Flask, login: Login) -> None:
    make_message(desk.session, desk.match, desk.seller_user, side=Side.OFFER, language="zh-Hans")
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, translator_url="http://127.0.0.1:9")
    try:
        client = login(desk.buyer_user)
        assert "Translate by machine" in client.get(talk_url(desk)).text
        client.post(talk_url(desk, "messages/1/translate"))
        assert client.post(talk_url(desk, "messages/2/translate")).status_code == 404
        assert "is being made" in client.get(talk_url(desk)).text
    finally:
        app.config["SETTINGS"] = before


def test_staff_read_in_the_history_what_happened(desk: Desk, login: Login) -> None:
    make_nda_text(desk.session)
    accept(login(desk.seller_user), desk, name="Li Ming")
    accept(login(desk.buyer_user), desk, name="Malee")
    meeting = propose(desk, desk.seller_user)
    page = login(desk.cn_staff).get(desk.url).text
    for sentence in (
        "The organisation with the offer accepted the non-disclosure agreement.",
        "The non-disclosure agreement came into force.",
        f"The organisation with the offer proposed times for meeting {meeting.reference}.",
    ):
        assert sentence in page
    assert "Li Ming" not in page
