"""Two centres on one match in the browser: sharing the work, the story, and who comes too late."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from matchmaker.config import Settings
from matchmaker.domain.clock import utc_now
from matchmaker.domain.vocabulary import ConfidentialAfter, MatchState, Side, Verdict
from matchmaker.models import Centre, Match, OutgoingMail, User
from matchmaker.services import matches
from tests.factories import NOW, actor_of, make_appointment, make_centre, make_membership, make_nda
from tests.web.own_site import OwnSite, opened, own_site
from tests.web.test_matches import Desk, hidden, sent

Login = Callable[[User], FlaskClient]


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


def express_interest(desk: Desk) -> None:
    matches.express_interest(
        desk.session, actor_of(desk.session, desk.buyer_user), desk.offer, desk.need,
        what_cooperation="Press boards here", about_you="We are a sugar mill", now=NOW,
    )  # fmt: skip


def press(client: FlaskClient, desk: Desk, form: str, path: str, **fields: str) -> TestResponse:
    return client.post(f"{desk.url}/{path}", data=sent(client, desk, form, **fields))


def test_taking_over_and_a_due_date(desk: Desk, login: Login) -> None:
    client = login(desk.cn_staff)
    assert press(client, desk, "take_over-offer", "take_over/offer").status_code == 404
    assert press(client, desk, "take_over-offer", "take-over/offer").status_code == 302
    assert desk.match.offer_assignee is desk.cn_staff
    page = client.get(desk.url).text
    assert f"{desk.cn_staff.name} took the match over." in page
    assert "take-over/offer" not in page
    assert "assign/need" not in page
    due = (utc_now() + timedelta(days=5)).date().isoformat()
    assert press(client, desk, "due-offer", "due/offer", due_on=due).status_code == 302
    assert "set a due date for the side of the offer" in client.get(desk.url).text
    wrong = press(client, desk, "due-offer", "due/offer", due_on="tomorrow")
    assert wrong.status_code == 400
    assert "Enter a date, like 2027-03-31." in wrong.text
    other = press(client, desk, "comment", "comment", note="")
    assert other.status_code == 400
    assert hidden(other.text, "due-offer-due_on") == due, "another form's error takes no date away"
    desk.match.offer_due_on = (utc_now() - timedelta(days=3)).date()
    assert "Overdue" in client.get(desk.url).text


def test_handing_over_in_the_browser(desk: Desk, login: Login) -> None:
    third = make_centre(desk.session, country="MY")
    make_appointment(desk.session, third)
    client = login(desk.cn_staff)
    silent = press(client, desk, "hand_over-offer", "hand-over/offer", centre=third.code)
    assert silent.status_code == 400
    answer = press(
        client, desk, "hand_over-offer", "hand-over/offer", centre=third.code, note="They know it"
    )
    assert answer.location == "/en/desk/matches/", "the match is no longer this centre's"
    assert desk.match.offer_centre_id == third.id
    assert client.get(desk.url).status_code == 404
    page = login(desk.th_staff).get(desk.url).text
    assert "handed the side of the offer over to another centre." in page
    assert "They know it" in page
    assert f"Before: Centre {desk.head_office.code}; now: Centre {third.code}." in page


def test_reminding_in_the_browser(desk: Desk, login: Login) -> None:
    client = login(desk.cn_staff)
    page = client.get(desk.url).text
    assert "remind-centre/need" in page
    assert "remind-centre/offer" not in page
    assert "remind-party" not in page, "the parties know of nothing yet"
    first = press(client, desk, "remind_centre-need", "remind-centre/need")
    assert first.status_code == 302
    again = press(client, desk, "remind_centre-need", "remind-centre/need")
    assert "They were reminded today already." in again.text
    codes = desk.session.scalars(select(OutgoingMail.code)).all()
    assert codes == ["match_centre_reminder"]
    express_interest(desk)
    desk.match.state = MatchState.INTRODUCED
    assert press(client, desk, "remind_party-need", "remind-party/need").status_code == 302
    assert "reminded the organisation with the need" in client.get(desk.url).text
    assert "A centre reminded you." in login(desk.buyer_user).get(case_url(desk)).text


def case_url(desk: Desk) -> str:
    return f"/en/my/matches/{desk.match.reference}"


def test_the_story_is_whole_for_staff_and_cut_for_others(desk: Desk, login: Login) -> None:
    session, now = desk.session, NOW
    cn, th = actor_of(session, desk.cn_staff), actor_of(session, desk.th_staff)
    express_interest(desk)
    for actor, side in ((cn, Side.OFFER), (th, Side.NEED)):
        matches.decide(
            session, actor, desk.match, side, verdict=Verdict.APPROVE, note=f"Note {side}", now=now
        )
    matches.comment(session, cn, desk.match, note="Ask them for samples", now=now)
    matches.offer_to_parties(session, cn, desk.match, now=now)
    staff = login(desk.th_staff).get(desk.url).text
    for words in (
        "The organisation with the need expressed interest.", "Note offer", "Note need",
        "Ask them for samples", "Press boards here", "We are a sugar mill",
    ):  # fmt: skip
        assert words in staff, words
    seller = login(desk.seller_user).get(case_url(desk)).text
    assert "The other side expressed interest." in seller
    assert "The centres asked whether you would like to be introduced." in seller
    own = login(desk.buyer_user).get(case_url(desk)).text
    assert "Your organisation expressed interest." in own
    assert "Press boards here" in own
    for page in (seller, own):
        for words in ("Note offer", "Ask them for samples", desk.cn_staff.name):
            assert words not in page, words
    assert "Press boards here" not in seller, "not before the introduction"


@pytest.mark.parametrize("after", ConfidentialAfter)
def test_interest_is_read_with_the_case_tier(
    desk: Desk, login: Login, after: ConfidentialAfter
) -> None:
    express_interest(desk)
    desk.need.revisions[0].confidential_after = after
    url = case_url(desk)

    def read(user: User, path: str = url) -> bool:
        return "Press boards here" in login(user).get(path).text

    assert not read(desk.seller_user)
    desk.match.state, desk.match.offered_at = MatchState.OFFERED, NOW
    assert not read(desk.seller_user)
    desk.match.state, desk.match.introduced_at = MatchState.INTRODUCED, NOW
    assert read(desk.seller_user) is (after is ConfidentialAfter.INTRODUCTION)
    assert read(desk.buyer_user)
    assert read(desk.th_staff, desk.url)
    make_nda(desk.session, desk.match)
    assert read(desk.seller_user)
    make_membership(desk.session, desk.seller, desk.cn_staff)
    assert not read(desk.cn_staff, desk.url), "who belongs to a party reads nothing as staff"


def test_who_belongs_to_both_answers_for_both(desk: Desk, login: Login) -> None:
    make_membership(desk.session, desk.buyer, desk.seller_user)
    desk.match.state, desk.match.offered_at = MatchState.OFFERED, NOW
    client = login(desk.seller_user)
    for _turn in Side:
        page = client.get(case_url(desk)).text
        data = {"answer-version": hidden(page, "answer-version"), "answer-answer": "yes"}
        assert client.post(f"{case_url(desk)}/answer", data=data).status_code == 302
    assert {answer.side for answer in desk.match.answers} == set(Side)


def test_who_decides_too_late_is_told_by_whom_and_what(desk: Desk, login: Login) -> None:
    colleague = make_appointment(desk.session, desk.head_office)
    late = sent(login(desk.cn_staff), desk, "decide-offer", verdict="approve", note="My long note")
    quick = login(colleague)
    press(quick, desk, "decide-offer", "decide/offer", verdict="reject", reason="duplicate")
    answer = login(desk.cn_staff).post(f"{desk.url}/decide/offer", data=late)
    assert answer.status_code == 409
    news = re.search(r"(?s)Since you opened this page.*?</ol>", answer.text)
    assert news
    assert f"{colleague.name} rejected for the side of the offer: Duplicate." in news.group(0)
    assert "My long note" in answer.text
    assert desk.match.state is MatchState.REJECTED


def test_a_party_is_told_what_came_before_its_step(desk: Desk, login: Login) -> None:
    express_interest(desk)
    desk.match.state, desk.match.offered_at = MatchState.INTRODUCED, NOW
    desk.match.introduced_at = NOW
    client = login(desk.buyer_user)
    page = client.get(case_url(desk)).text
    names = {name: hidden(page, name) for name in ("step-version", "step-known")}
    seller = actor_of(desk.session, desk.seller_user)
    matches.take_step(desk.session, seller, desk.match, MatchState.IN_DISCUSSION, now=NOW)
    data = names | {"step-target": "negotiating"}
    told = client.post(f"{case_url(desk)}/step", data=data)
    assert told.status_code == 409
    news = re.search(r"(?s)Since you opened this page.*?</ol>", told.text)
    assert news
    assert news.group(0).count("<li>") == 1
    assert "The other side took the talks from “Introduced” to “In discussion”." in news.group(0)


@pytest.fixture
def site(own_settings: Settings) -> Iterator[OwnSite]:
    with own_site(own_settings) as made:
        yield made


def the_match(session: Session, site: OwnSite) -> Match:
    reference = site.paths["match"].rsplit("/", 1)[1]
    return session.scalars(select(Match).where(Match.reference == reference)).one()


@pytest.mark.parametrize("side", Side)
def test_of_two_at_once_one_wins_and_the_other_is_told(site: OwnSite, side: Side) -> None:
    """Two browsers, two connections, really committed. They press at the same moment."""
    with Session(site.engine) as session:
        match = the_match(session, site)
        match.state = MatchState.UNDER_REVIEW
        if side is Side.NEED:  # both decide for the same side
            match.need_centre_id = session.scalars(
                select(Centre.id).where(Centre.id == match.offer_centre_id)
            ).one()
        session.commit()
    people = ("staff", "lead") if side is Side.NEED else ("staff", "thai_staff")
    wishes = {
        people[0]: (side, {"verdict": "approve", "read_in_original": "y", "note": "I approve it"}),
        people[1]: (
            side if side is Side.NEED else Side.NEED,
            {"verdict": "reject", "reason": "duplicate", "note": "I reject it"},
        ),
    }
    browsers = {who: site.browser(who) for who in people}
    start, answers = Barrier(2), {}
    forms = {}
    for who, (own, fields) in wishes.items():
        name = f"decide-{own}"
        shown = opened(browsers[who], site.paths["match"], name)
        forms[who] = shown | {f"{name}-{key}": value for key, value in fields.items()}

    def decide(who: str) -> None:
        start.wait()
        path = f"{site.paths['match']}/decide/{wishes[who][0]}"
        answers[who] = browsers[who].post(path, data=forms[who])

    threads = [Thread(target=decide, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers.values()) == [302, 409]
    loser = next(who for who, answer in answers.items() if answer.status_code == 409)
    page = answers[loser].text
    assert "Somebody else changed this since you opened it." in page
    assert "Since you opened this page" in page
    assert str(wishes[loser][1]["note"]) in page
    with Session(site.engine) as session:
        match = the_match(session, site)
        assert len(match.decisions) == 1
        winner_rejects = loser == people[0]
        assert (match.state is MatchState.REJECTED) is winner_rejects
