"""The parties' pages of matches."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from matchmaker.domain.vocabulary import (
    Answer,
    ConfidentialAfter,
    ListingKind,
    ListingState,
    MatchState,
    Side,
)
from matchmaker.models import PartyAnswer
from matchmaker.services import matches
from tests.factories import (
    NOW,
    actor_of,
    make_listing,
    make_membership,
    make_nda,
    make_organisation,
)
from tests.web.test_matches import Desk, Login, hidden

SECRETS = ("The secret glue", "Guangxi Boards", "person", "Formaldehyde-free")


@pytest.fixture
def desk(session: Session) -> Desk:
    desk = Desk(session)
    revision = desk.offer.revisions[0]
    revision.anonymous = True
    revision.texts[0].summary = "Boards for furniture"
    revision.texts[0].description = "Formaldehyde-free boards"
    desk.seller_user.email = "person@guangxi.example.org"
    desk.session.flush()
    return desk


def case_url(desk: Desk) -> str:
    return f"/en/my/matches/{desk.match.reference}"


def answer(client: FlaskClient, desk: Desk, **fields: str) -> object:
    page = client.get(case_url(desk)).text
    data = {"answer-version": hidden(page, "answer-version")}
    data |= {f"answer-{name}": value for name, value in fields.items()}
    return client.post(f"{case_url(desk)}/answer", data=data)


def body(client: FlaskClient, desk: Desk) -> str:
    return re.sub(r"(?s)<footer.*", "", client.get(case_url(desk)).text)


@pytest.mark.parametrize(
    "state",
    [
        MatchState.SUGGESTED,
        MatchState.UNDER_REVIEW,
        MatchState.APPROVED,
        MatchState.REJECTED,
        MatchState.LAPSED,
    ],
)
def test_a_party_is_told_of_nothing_before_it_is_asked(
    desk: Desk, login: Login, state: MatchState
) -> None:
    desk.match.state = state
    client = login(desk.buyer_user)
    assert client.get(case_url(desk)).status_code == 404
    assert desk.match.reference not in client.get("/en/my/matches/").text


def test_others_never_see_a_case(desk: Desk, login: Login, client: FlaskClient) -> None:
    desk.match.state = MatchState.INTRODUCED
    assert client.get(case_url(desk)).status_code == 302
    stranger = make_membership(desk.session, make_organisation(desk.session, country="VN"))
    assert login(stranger).get(case_url(desk)).status_code == 404
    assert login(desk.cn_staff).get(case_url(desk)).status_code == 403


def test_an_asked_party_sees_the_public_tier_and_answers(desk: Desk, login: Login) -> None:
    desk.match.state, desk.match.offered_at = MatchState.OFFERED, NOW
    client = login(desk.buyer_user)
    listed = client.get("/en/my/matches/").text
    assert "Waiting for your answer" in listed
    page = body(client, desk)
    assert "Boards for furniture" in page
    assert "Anonymous until the introduction" in page
    for secret in SECRETS:
        assert secret not in page
        assert secret not in listed
    refused = answer(client, desk, answer="no", note="Too dear")
    assert refused.status_code == 409  # type: ignore[attr-defined]
    assert "Choose a reason." in refused.text  # type: ignore[attr-defined]
    assert "Too dear" in refused.text  # type: ignore[attr-defined]
    answer(client, desk, answer="no", decline_reason="price", note="Too dear")
    assert desk.match.state is MatchState.DECLINED
    assert client.get(case_url(desk)).status_code == 200


@pytest.mark.parametrize("state", [MatchState.OFFERED, MatchState.INTRODUCED])
def test_who_withdraws_is_asked_why(desk: Desk, login: Login, state: MatchState) -> None:
    desk.match.state, desk.match.offered_at = state, NOW
    client = login(desk.buyer_user)
    step = {
        "step-version": hidden(body(client, desk), "step-version"),
        "step-target": "withdrawn",
        "step-note": "We found somebody nearer.",
    }
    refused = client.post(f"{case_url(desk)}/step", data=step)
    assert refused.status_code == 409
    assert "Choose a reason." in refused.text
    assert "We found somebody nearer." in refused.text
    step["step-decline_reason"] = "no_resources"
    assert client.post(f"{case_url(desk)}/step", data=step).status_code == 302
    assert desk.match.state is MatchState.WITHDRAWN
    assert [comment.note for comment in desk.match.comments] == ["We found somebody nearer."]
    assert "nearer" in login(desk.th_staff).get(f"/en/desk/matches/{desk.match.reference}").text
    assert "nearer" not in body(login(desk.seller_user), desk)


def test_the_case_tier_opens_with_the_introduction(desk: Desk, login: Login) -> None:
    desk.match.state, desk.match.introduced_at = MatchState.INTRODUCED, NOW
    page = body(login(desk.buyer_user), desk)
    for word in ("The secret glue", "Guangxi Boards", "person@guangxi.example.org"):
        assert word in page
    desk.match.state = MatchState.WITHDRAWN
    desk.match.offered_at = NOW
    page = body(login(desk.buyer_user), desk)
    for secret in SECRETS:
        assert secret not in page


def test_confidential_detail_may_wait_for_the_agreement(desk: Desk, login: Login) -> None:
    desk.offer.revisions[0].confidential_after = ConfidentialAfter.NDA
    desk.match.state, desk.match.introduced_at = MatchState.INTRODUCED, NOW - timedelta(days=30)
    client = login(desk.buyer_user)
    page = body(client, desk)
    assert "The secret glue" not in page
    assert "Guangxi Boards" not in page, "an anonymous owner waits for the agreement, too"
    assert "person@guangxi.example.org" not in page
    assert "@centres.example.org" in page
    assert "after a non-disclosure agreement" in page
    step = {"step-version": hidden(page, "step-version"), "step-target": "nda"}
    refused = client.post(f"{case_url(desk)}/step", data=step)
    assert "Both sides must have a non-disclosure agreement first." in refused.text
    assert desk.match.state is MatchState.INTRODUCED
    make_nda(desk.session, desk.match)
    client.post(f"{case_url(desk)}/step", data=step)
    assert desk.match.state is MatchState.NDA
    page = body(client, desk)
    for word in ("The secret glue", "Guangxi Boards", "person@guangxi.example.org"):
        assert word in page
    step = {"step-version": hidden(page, "step-version"), "step-target": "agreement"}
    assert client.post(f"{case_url(desk)}/step", data=step).status_code == 409
    step["step-target"] = "negotiating"
    client.post(f"{case_url(desk)}/step", data=step)
    assert "The secret glue" in body(client, desk)


def test_negotiating_without_agreement_keeps_it_closed(desk: Desk, login: Login) -> None:
    desk.offer.revisions[0].confidential_after = ConfidentialAfter.NDA
    desk.match.state, desk.match.introduced_at = MatchState.NEGOTIATING, NOW
    assert "The secret glue" not in body(login(desk.buyer_user), desk)


def test_interest(desk: Desk, login: Login) -> None:
    client = login(desk.buyer_user)
    url = f"/en/my/matches/interest/{desk.offer.reference}"
    assert "Use for our bagasse" in client.get(url).text
    words = {"what_cooperation": "Let us talk", "about_you": "A sugar mill"}
    bad = client.post(url, data={"own": desk.offer.reference, **words})
    assert "Let us talk" in bad.text
    silent = client.post(url, data={"own": desk.need.reference, "about_you": "A sugar mill"})
    assert "Write what you would like to do together." in silent.text
    made = client.post(url, data={"own": desk.need.reference, **words})
    assert made.status_code == 302
    assert made.location == case_url(desk)
    assert desk.match.state is MatchState.UNDER_REVIEW
    assert "The centres of both sides look at your interest" in client.get(case_url(desk)).text
    again = client.post(url, data={"own": desk.need.reference, **words})
    assert "already matched" in again.text
    assert case_url(desk) in again.text


def test_interest_needs_a_listing_of_ones_own(desk: Desk, login: Login) -> None:
    desk.need.state = ListingState.ON_HOLD
    client = login(desk.buyer_user)
    page = client.get(f"/en/my/matches/interest/{desk.offer.reference}").text
    assert "Post a listing of your own first" in page
    assert client.get("/en/my/matches/interest/D-0000-0000").status_code == 404


def test_closed_interest(desk: Desk, login: Login) -> None:
    desk.offer.open_for_interest = False
    client = login(desk.buyer_user)
    url = f"/en/my/matches/interest/{desk.offer.reference}"
    assert "does not take expressions of interest" in client.get(url).text
    words = {"what_cooperation": "Let us talk", "about_you": "A sugar mill"}
    refused = client.post(url, data={"own": desk.need.reference, **words})
    assert "does not take expressions of interest" in refused.text
    assert desk.match.state is MatchState.SUGGESTED


def test_who_expressed_interest_has_said_yes(desk: Desk, login: Login) -> None:
    need = make_listing(
        desk.session, desk.buyer, kind=ListingKind.SCENARIO, state=ListingState.PUBLISHED
    )
    actor = actor_of(desk.session, desk.buyer_user)
    desk.match = matches.express_interest(
        desk.session,
        actor,
        desk.offer,
        need,
        what_cooperation="Press boards",
        about_you="A mill",
        now=NOW,
    )
    desk.match.state, desk.match.offered_at = MatchState.OFFERED, NOW
    page = login(desk.buyer_user).get(case_url(desk)).text
    assert "You have said yes." in page
    assert "Change your answer" in page


def test_the_other_side_changes_meanwhile(desk: Desk, login: Login) -> None:
    desk.match.state, desk.match.offered_at = MatchState.OFFERED, NOW
    client = login(desk.buyer_user)
    page = client.get(case_url(desk)).text
    version = hidden(page, "answer-version")
    desk.match.answers.append(PartyAnswer(side=Side.OFFER, answer=Answer.YES, at=NOW))
    desk.match.state = MatchState.LAPSED
    data = {"answer-version": version, "answer-answer": "yes", "answer-note": "Happy to"}
    told = client.post(f"{case_url(desk)}/answer", data=data)
    assert told.status_code == 409
    assert "Happy to" in told.text
