"""Agreements and the question how talks go, in a browser without scripts."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from matchmaker.config import Settings
from matchmaker.domain.clock import utc_now
from matchmaker.domain.vocabulary import DeclineReason, FollowUpAnswer, MatchState, Side
from matchmaker.i18n.mail_texts import mail_text
from matchmaker.models import FollowUp, Outcome, OutgoingMail
from matchmaker.queries.follow_ups import introduction_of
from matchmaker.services import follow_ups, matches
from matchmaker.services.follow_up_links import AnswerLink, answer_token
from tests.factories import NOW, TODAY, actor_of, make_follow_up, make_outcome
from tests.web.own_site import post
from tests.web.test_matches import PDF, Desk, Login, hidden, sent

A = FollowUpAnswer


@pytest.fixture
def desk(session: Session) -> Desk:
    """A match whose parties talk."""
    desk = Desk(session)
    desk.match.state = MatchState.IN_DISCUSSION
    desk.match.offered_at = desk.match.introduced_at = NOW
    session.flush()
    return desk


@pytest.fixture
def asked(desk: Desk) -> FollowUp:
    """The buyer was asked just now."""
    return make_follow_up(desk.session, desk.match, Side.NEED, asked_at=utc_now())


def case_url(desk: Desk) -> str:
    return f"/en/my/matches/{desk.match.reference}"


def agreement(**fields: object) -> dict[str, object]:
    return {
        "contract_type": "licence", "signed_on": TODAY.isoformat(), "contract_value": "1,200,000",
        "currency": "THB", "transaction_value": "800000.50", "jobs": "12", **fields,
    }  # fmt: skip


def party_form(client: FlaskClient, desk: Desk, form: str, fields: dict[str, object]) -> dict:
    page = client.get(case_url(desk)).text
    names = {name: hidden(page, f"{form}-{name}") for name in ("version", "seen", "known")}
    return {f"{form}-{name}": value for name, value in (names | fields).items()}


def link(app: Flask, asked: FollowUp, answer: A, *, secret: str = "") -> str:
    settings: Settings = app.config["SETTINGS"]
    introduced = introduction_of(asked.match)
    chosen = AnswerLink(asked.match.reference, asked.side, asked.days, introduced, answer)
    return f"/en/follow-up/{answer_token(secret or settings.secret_key, chosen)}"


# The agreement


def test_staff_record_and_the_other_centre_confirms(desk: Desk, login: Login) -> None:
    client = login(desk.cn_staff)
    steps = client.get(desk.url).text.split('id="step-target"')[1].split("</select>")[0]
    assert 'value="agreement"' not in steps
    wrong = sent(client, desk, "outcome", **agreement(currency=""))
    refused = client.post(f"{desk.url}/outcome", data=wrong)
    assert refused.status_code == 409
    assert "Choose the currency of the amount." in refused.text
    assert 'value="1,200,000"' in refused.text
    assert desk.match.state is MatchState.IN_DISCUSSION
    right = sent(client, desk, "outcome", **agreement())
    right["outcome-files"] = (BytesIO(PDF), "合同.pdf")
    assert client.post(f"{desk.url}/outcome", data=right).status_code == 302
    outcome = desk.session.scalars(select(Outcome)).one()
    assert (outcome.contract_value, outcome.transaction_value) == (120_000_000, 80_000_050)
    page = client.get(desk.url).text
    assert "THB 1,200,000" in page
    assert "合同.pdf" in page
    assert "confirm-version" not in page
    other = login(desk.th_staff)
    data = sent(other, desk, "confirm")
    assert other.post(f"{desk.url}/confirm", data=data).status_code == 302
    assert desk.match.state is MatchState.OUTCOME_CONFIRMED
    page = other.get(desk.url).text
    assert "Confirmed by" in page
    assert "recorded the agreement: Technology licence" in page


def test_evidence_that_is_too_large_leaves_what_was_typed(desk: Desk, login: Login) -> None:
    client = login(desk.cn_staff)
    data = sent(client, desk, "outcome", **agreement(note="Signed in Nanning"))
    contents = [PDF + b"\0" * 9_000_000] * 3
    data["outcome-files"] = [FileStorage(BytesIO(each), "a.pdf") for each in contents]
    refused = post(client, f"{desk.url}/outcome", data)
    assert refused.status_code == 400
    assert "together they may have up to 20 megabytes" in refused.text
    assert "Signed in Nanning" in refused.text
    assert desk.session.scalars(select(Outcome)).all() == []


def test_type_and_day_are_asked_for(desk: Desk, login: Login) -> None:
    client = login(desk.th_staff)
    page = client.post(f"{desk.url}/outcome", data=sent(client, desk, "outcome", jobs="many"))
    assert page.status_code == 400
    for sentence in (
        "Choose the type of the contract.",
        "Enter the day on which it was signed.",
        "Enter a whole number of jobs",
    ):
        assert sentence in page.text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        *(
            ({"jobs": number}, "Enter a whole number of jobs")
            for number in ("1e50", "Infinity", "NaN", "sNaN", "1" * 30, "1e-9", "-1", "1.5")
        ),
        *(
            ({"contract_value": number}, "Enter an amount of money")
            for number in ("1e999999", "-1e999999", "Infinity", "1" * 30, "1e-99999")
        ),
        ({"signed_on": "0001-01-01"}, "Enter a date"),
        ({"signed_on": "9999-12-31"}, "Enter a date"),
    ],
)
def test_numbers_and_days_that_cannot_be(
    desk: Desk, login: Login, wrong: dict[str, object], sentence: str
) -> None:
    client = login(desk.cn_staff)
    data = sent(client, desk, "outcome", **agreement(**wrong))
    refused = client.post(f"{desk.url}/outcome", data=data)
    assert refused.status_code == 400
    assert sentence in refused.text
    assert f'value="{next(iter(wrong.values()))}"' in refused.text, "what was typed is kept"
    assert desk.session.scalars(select(Outcome)).all() == []


def test_amounts_are_read_as_the_language_writes_them(desk: Desk, login: Login) -> None:
    client = login(desk.th_staff)
    data = sent(client, desk, "outcome", **agreement(contract_value="1.200.000,50"))
    url = f"{desk.url}/outcome".replace("/en/", "/id/")
    assert client.post(url, data=data | {"outcome-transaction_value": ""}).status_code == 302
    assert desk.session.scalars(select(Outcome)).one().contract_value == 120_000_050


def test_a_party_reports_and_sees_what_became_of_it(desk: Desk, login: Login) -> None:
    client = login(desk.buyer_user)
    data = party_form(client, desk, "outcome", agreement(note="Between us and the centre"))
    data["outcome-files"] = (BytesIO(PDF), "signed.pdf")
    assert client.post(f"{case_url(desk)}/signed", data=data).status_code == 302
    page = client.get(case_url(desk)).text
    assert "You reported it." in page
    file = page.split('<ul class="evidence">')[1].split('href="')[1].split('"')[0]
    download = client.get(file)
    assert download.data == PDF
    download.close()
    seller = login(desk.seller_user)
    assert "You reported it." not in seller.get(case_url(desk)).text
    assert seller.get(file).status_code == 404
    staff = login(desk.th_staff)
    page = staff.get(desk.url).text
    assert "Reported by a party, to be recorded" in page
    assert "Between us and the centre" in page
    form = sent(staff, desk, "refuse_outcome-need", note="Only a letter of intent")
    assert staff.post(f"{desk.url}/refuse-outcome/need", data=form).status_code == 302
    page = staff.get(desk.url).text
    assert "Earlier agreements and reports" in page
    assert "Not taken over" in page
    kept = staff.get(f"{desk.url}/evidence/{file.rsplit('/', 1)[-1]}")
    assert kept.data == PDF
    kept.close()
    assert "You reported it." not in client.get(case_url(desk)).text


def test_both_parties_read_what_is_recorded_without_notes(desk: Desk, login: Login) -> None:
    desk.match.state = MatchState.AGREEMENT
    make_outcome(desk.session, desk.match, side=Side.NEED, recorded_by=desk.cn_staff)
    for user in (desk.seller_user, desk.buyer_user):
        page = login(user).get(case_url(desk)).text
        assert "2026-45-0001" in page
        assert "Signed in Bangkok" not in page
        assert "We have signed an agreement" not in page


def test_evidence_can_be_taken_away(desk: Desk, login: Login) -> None:
    client = login(desk.cn_staff)
    data = sent(client, desk, "outcome", **agreement())
    data["outcome-files"] = (BytesIO(PDF), "wrong.pdf")
    client.post(f"{desk.url}/outcome", data=data)
    token = desk.session.scalars(select(Outcome)).one().evidence[0].attachment.token
    file = client.get(f"{desk.url}/evidence/{token}")
    assert file.data == PDF
    file.close()
    assert client.post(f"{desk.url}/evidence/{token}/remove").status_code == 302
    assert "wrong.pdf" not in client.get(desk.url).text


# How the talks go


def test_opening_a_link_records_nothing_and_the_button_does(
    desk: Desk, asked: FollowUp, app: Flask, client: FlaskClient
) -> None:
    url = link(app, asked, A.TESTING)
    page = client.get(url).text
    assert 'value="testing" checked' in page
    assert page.count("<button") == page.split("<main")[0].count("<button") + 1
    assert "Khon Kaen" not in page
    assert asked.answer is None
    done = client.post(url, data={"answer": "testing", "note": "A pilot line"})
    assert done.status_code == 200
    assert "Recorded: We are testing together." in done.text
    assert (asked.answer, asked.note, asked.by_id) == (A.TESTING, "A pilot line", None)
    again = client.get(link(app, asked, A.PAUSED)).text
    assert 'value="paused" checked' in again
    assert "A pilot line" not in again
    client.post(link(app, asked, A.PAUSED), data={"answer": "paused"})
    assert asked.answer is A.PAUSED


def test_an_end_is_asked_for_its_reason_and_handed_to_staff(
    desk: Desk, asked: FollowUp, app: Flask, client: FlaskClient, login: Login
) -> None:
    url = link(app, asked, A.ENDED)
    refused = client.post(url, data={"answer": "ended"})
    assert refused.status_code == 409
    assert asked.answer is None
    done = client.post(url, data={"answer": "ended", "decline_reason": "price"})
    assert "Your centre will close the case." in done.text
    page = login(desk.th_staff).get(desk.url).text
    assert '<option value="declined" selected>' in page
    assert '<option value="price" selected>' in page
    assert '<option value="need" selected>' in page
    assert "Record the end of the talks" in page
    form = sent(
        login(desk.th_staff), desk, "step",
        target="declined", decline_reason="price", declined_by="need",
    )  # fmt: skip
    assert client.post(f"{desk.url}/step", data=form).status_code == 302
    assert client.get(url).status_code == 410
    page = login(desk.seller_user).get(f"/en/my/listings/{desk.offer.reference}").text
    assert "What others said" in page
    assert "Say what the price or budget covers" in page
    assert "Khon Kaen" not in page
    assert (
        "What others said"
        not in login(desk.buyer_user).get(f"/en/my/listings/{desk.need.reference}").text
    )


def test_a_link_that_we_did_not_make_leads_nowhere(
    asked: FollowUp, app: Flask, client: FlaskClient
) -> None:
    assert client.get(link(app, asked, A.TESTING, secret="x" * 48)).status_code == 404
    assert client.get(link(app, asked, A.TESTING)[:-2]).status_code == 404
    assert client.post("/en/follow-up/nonsense", data={"answer": "ended"}).status_code == 404


@pytest.mark.parametrize("why", ["old", "later question", "case ended"])
def test_a_closed_question_takes_no_answer(
    desk: Desk, asked: FollowUp, app: Flask, client: FlaskClient, why: str
) -> None:
    if why == "old":
        asked.asked_at = utc_now() - timedelta(days=60)
    elif why == "later question":
        make_follow_up(desk.session, desk.match, Side.NEED, days=90, asked_at=utc_now())
    else:
        desk.match.state = MatchState.WITHDRAWN
    desk.session.flush()
    desk.session.expire_all()
    url = link(app, asked, A.TESTING)
    assert client.get(url).status_code == 410
    assert client.post(url, data={"answer": "testing"}).status_code == 410
    assert asked.answer is None


@pytest.mark.parametrize("asked_again", [True, False])
def test_a_link_about_an_earlier_introduction_answers_nothing(
    desk: Desk, asked: FollowUp, app: Flask, client: FlaskClient, *, asked_again: bool
) -> None:
    old = link(app, asked, A.AGREEMENT_SIGNED)
    desk.session.delete(asked)
    desk.match.introduced_at = NOW + timedelta(days=40)
    desk.session.flush()
    desk.session.expire_all()
    if asked_again:
        again = make_follow_up(desk.session, desk.match, Side.NEED, asked_at=utc_now())
    for answer in (client.get(old), client.post(old, data={"answer": "agreement_signed"})):
        assert answer.status_code == 410
        assert "This question is closed." in answer.text
    if asked_again:
        assert again.answer is None
        assert client.get(link(app, again, A.AGREEMENT_SIGNED)).status_code == 200


def test_a_party_answers_on_its_own_page(desk: Desk, asked: FollowUp, login: Login) -> None:
    client = login(desk.buyer_user)
    data = party_form(client, desk, "follow_up", {"answer": "negotiating"})
    assert client.post(f"{case_url(desk)}/follow-up", data=data).status_code == 302
    assert asked.by_id == desk.buyer_user.id
    assert 'value="negotiating" checked' in client.get(case_url(desk)).text
    assert "Your centre asks" not in login(desk.seller_user).get(case_url(desk)).text


def test_staff_write_down_what_they_hear(desk: Desk, asked: FollowUp, login: Login) -> None:
    client = login(desk.th_staff)
    data = sent(client, desk, "follow_up-need", answer="agreement_signed", note="By phone")
    assert client.post(f"{desk.url}/follow-up/need", data=data).status_code == 302
    page = client.get(desk.url).text
    assert "By phone" in page
    assert "written down by staff" in page
    assert "Record the agreement" in page
    assert login(desk.cn_staff).post(f"{desk.url}/follow-up/need").status_code in {400, 409}


def test_the_mail_brings_a_link_for_each_answer(
    desk: Desk, app: Flask, client: FlaskClient
) -> None:
    desk.match.introduced_at = utc_now() - timedelta(days=31)
    desk.session.flush()
    follow_ups.ask_due(desk.session, now=utc_now())
    desk.session.flush()
    statement = select(OutgoingMail).where(OutgoingMail.recipient == desk.buyer_user.email)
    row = desk.session.scalars(statement).one()

    class Mail:
        code, locale, name, data = row.code, row.locale, "Somchai", row.data

    settings: Settings = app.config["SETTINGS"]
    with app.app_context():
        subject, body = mail_text(desk.session, Mail(), settings)
    assert "How do the talks about Use for our bagasse go?" in subject
    links = [line for line in body.splitlines() if "/follow-up/" in line]
    assert len(links) == len(A)
    for address, answer in zip(links, A, strict=True):
        page = client.get(address.removeprefix(settings.public_url)).text
        assert f'value="{answer.value}" checked' in page


def test_a_decline_after_talks_is_told_to_the_other_side(desk: Desk) -> None:
    matches.take_step(
        desk.session, actor_of(desk.session, desk.buyer_user), desk.match, MatchState.DECLINED,
        decline_reason=DeclineReason.PRICE, now=NOW,
    )  # fmt: skip
    desk.session.flush()
    statement = select(OutgoingMail.recipient).where(OutgoingMail.code == "match_declined")
    assert list(desk.session.scalars(statement)) == [desk.seller_user.email]
