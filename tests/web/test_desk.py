"""The desk of a centre, its workload, and who decides for whom."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.clock import utc_now
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import (
    Answer,
    ControlClass,
    ListingKind,
    ListingState,
    MatchState,
    Side,
    Verdict,
    Wait,
)
from matchmaker.models import AuditEntry, CentreDelegation, Match, MatchDecision, PartyAnswer, User
from matchmaker.queries.desk import Desk, DeskFilter
from matchmaker.services import matches
from tests.factories import (
    NOW,
    actor_of,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_meeting,
    make_message,
    make_organisation,
    make_outcome,
    make_user,
)

Login = Callable[[User], FlaskClient]


class Office:
    """A Chinese and a Thai centre, and matches in every state between them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.head_office = make_centre(session, head_office=True)
        self.thai = make_centre(session, country="TH")
        self.lead = make_appointment(session, self.thai, lead=True)
        self.staff = make_appointment(session, self.thai)
        self.chinese = make_appointment(session, self.head_office)
        self.seller, self.buyer = (
            make_organisation(session, country=country) for country in ("CN", "TH")
        )
        self.need = make_listing(
            session, self.buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED
        )
        self.by_state = {state: self.add(state) for state in MatchState}

    def add(
        self, state: MatchState, days: int = 0, control: ControlClass = ControlClass.FREE
    ) -> Match:
        offer = make_listing(
            self.session, self.seller, state=ListingState.PUBLISHED, control_class=control
        )
        match = make_match(self.session, offer, self.need, state=state)
        match.state_changed_at = utc_now() - timedelta(days=days, hours=1)
        return match

    def desk(self, user: User | None = None) -> Desk:
        self.session.flush()
        return Desk(self.session, self.actor(user), now=utc_now())

    def actor(self, user: User | None = None) -> Actor:
        return actor_of(self.session, user or self.staff)

    def waiting(self, wait: Wait, user: User | None = None, **narrowed: object) -> set[str]:
        page = self.desk(user).page(DeskFilter(wait=wait, **narrowed))  # type: ignore[arg-type]
        return {row.match.reference for row in page.rows}

    def references(self, *states: MatchState) -> set[str]:
        return {self.by_state[state].reference for state in states}


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session)


def test_what_waits_for_a_centre(office: Office) -> None:
    s = MatchState
    assert office.waiting(Wait.DECISION) == office.references(s.SUGGESTED, s.UNDER_REVIEW)
    office.by_state[s.UNDER_REVIEW].decisions.append(
        MatchDecision(side=Side.NEED, verdict=Verdict.APPROVE, centre_id=office.thai.id, at=NOW)
    )
    assert office.waiting(Wait.DECISION) == office.references(s.SUGGESTED)
    both = office.references(s.SUGGESTED, s.UNDER_REVIEW)
    assert office.waiting(Wait.DECISION, office.chinese) == both
    assert office.waiting(Wait.ASKING) == office.references(s.APPROVED)
    offered = office.by_state[s.OFFERED]
    assert office.waiting(Wait.ANSWER) == {offered.reference}
    offered.answers.append(PartyAnswer(side=Side.NEED, answer=Answer.YES, at=NOW))
    assert office.waiting(Wait.ANSWER) == set()
    assert office.waiting(Wait.ANSWER, office.chinese) == {offered.reference}
    assert office.waiting(Wait.INTRODUCTION) == set()
    answered = utc_now() - timedelta(minutes=5)
    offered.answers.append(PartyAnswer(side=Side.OFFER, answer=Answer.YES, at=answered))
    assert office.waiting(Wait.INTRODUCTION) == {offered.reference}
    row = office.desk().page(DeskFilter(wait=Wait.INTRODUCTION)).rows[0]
    assert row.since == answered, "an introduction waits since the second yes"


def test_whose_clearance_is_missing(office: Office) -> None:
    match = office.add(MatchState.APPROVED, control=ControlClass.DUAL_USE)
    unchecked = office.add(MatchState.APPROVED, control=ControlClass.NOT_CHECKED)
    assert office.waiting(Wait.CLEARANCE) == set()
    assert office.waiting(Wait.CLEARANCE, office.chinese) == {
        match.reference, unchecked.reference,
    }  # fmt: skip


def test_talks_without_news(office: Office) -> None:
    quiet = office.add(MatchState.NEGOTIATING, days=20)
    spoken = office.add(MatchState.NEGOTIATING, days=20)
    arranged = office.add(MatchState.NEGOTIATING, days=20)
    for match, action in ((spoken, "match_noted"), (arranged, "match_assigned")):
        office.session.add(
            AuditEntry(
                at=utc_now() - timedelta(days=1), action=action,
                subject_type="match", subject_id=match.id, data={},
            )
        )  # fmt: skip
    assert office.waiting(Wait.NEWS) == {quiet.reference, arranged.reference}
    for match in (quiet, arranged):
        assert match.state_changed_at < utc_now() - timedelta(days=14)


def test_the_longest_waits_first_and_counts_agree(office: Office) -> None:
    for days in (3, 40, 9):
        office.add(MatchState.SUGGESTED, days=days)
    desk = office.desk()
    page = desk.page(DeskFilter())
    assert [row.since for row in page.rows] == sorted(row.since for row in page.rows)
    everybody, mine = desk.counts()
    for wait in Wait:
        assert everybody[wait] == desk.page(DeskFilter(wait=wait)).total
        assert mine[wait] == 0
    office.by_state[MatchState.APPROVED].need_assignee = office.staff
    assert office.desk().counts()[1][Wait.ASKING] == 1
    assert office.waiting(Wait.ASKING, person_id=office.staff.id) == office.references(
        MatchState.APPROVED
    )
    assert office.waiting(Wait.ASKING, nobody=True) == set()


def test_two_pages_show_all_once(office: Office) -> None:
    for _number in range(30):
        office.add(MatchState.SUGGESTED)
    desk = office.desk()
    pages = [desk.page(DeskFilter(), number=number) for number in (1, 2)]
    seen = [row.match.id for page in pages for row in page.rows]
    assert len(seen) == len(set(seen)) == pages[0].total


def test_others_have_an_empty_desk(office: Office, login: Login, session: Session) -> None:
    third = make_appointment(session, make_centre(session, country="VN"))
    assert "Nothing waits here." in login(third).get("/en/desk/").text


def shown(client: FlaskClient, query: str) -> set[str]:
    page = client.get(f"/en/desk/?{query}").text
    return set(re.findall(r"/desk/matches/(M-[0-9A-Z-]+)", page))


def test_filters_of_the_page(office: Office, login: Login) -> None:
    client = login(office.staff)
    s = MatchState
    office.by_state[s.APPROVED].need_due_on = (utc_now() - timedelta(days=3)).date()
    office.by_state[s.APPROVED].need_assignee = office.staff
    office.by_state[s.OFFERED].offer_due_on = (utc_now() - timedelta(days=3)).date()
    assert shown(client, "wait=all&overdue=y") == office.references(s.APPROVED)
    assert shown(client, "wait=asking&person=me") == office.references(s.APPROVED)
    assert shown(client, "wait=all&person=me") == office.references(s.APPROVED)
    assert shown(client, "wait=asking&person=nobody") == set()
    assert shown(client, f"person={office.staff.email}") == office.references(s.APPROVED)
    assert shown(client, "state=offered") == office.references(s.OFFERED)
    assert shown(client, "side=offer&wait=all") == set()
    assert shown(client, "wait=all&age=31") == set()
    assert shown(client, "wait=x&person=y&state=rejected&side=z&age=1&centre=q&page=x") == shown(
        client, ""
    )
    page = client.get("/en/desk/").text
    assert "Overdue" in page
    assert "Workload" not in page


def test_a_reminder_stands_on_the_desk(office: Office, login: Login) -> None:
    match = office.by_state[MatchState.UNDER_REVIEW]
    matches.remind_centre(
        office.session, office.actor(office.chinese), match, Side.NEED, now=utc_now()
    )
    client = login(office.staff)
    assert shown(client, "reminded=y") == {match.reference}
    assert "Reminded on" in client.get("/en/desk/?reminded=y").text
    assert shown(login(office.chinese), "reminded=y") == set()


def test_each_number_of_the_workload_leads_to_as_many(office: Office, login: Login) -> None:
    for place, state in enumerate((MatchState.SUGGESTED, MatchState.OFFERED, MatchState.NDA)):
        match = office.add(state, days=10 * (place + 1))
        match.need_assignee = office.staff if place else office.lead
        match.need_due_on = (utc_now() - timedelta(days=place + 2)).date()
    client = login(office.lead)
    page = client.get("/en/desk/workload").text
    links = re.findall(r'<a href="(/en/desk/\?[^"]+)">(\d+)</a>', page)
    assert len(links) > 25
    for link, count in links:
        listed = client.get(html.unescape(link)).text
        assert f"<h2>{count} match" in listed, link
    assert login(office.staff).get("/en/desk/workload").status_code == 403


def test_ages_have_no_gap(office: Office) -> None:
    days = (0, 7, 8, 14, 15, 30, 31, 400)
    for day in days:
        office.add(MatchState.NDA, days=day)
    ages = office.desk().ages(DeskFilter(everything=True))[MatchState.NDA]
    assert ages == {"0-7": 3, "8-14": 2, "15-30": 2, "31": 2}


def test_a_lead_delegates_and_ends_it(office: Office, login: Login) -> None:
    client = login(office.lead)
    url = "/en/desk/delegations"
    assert "your centre decides for itself" in client.get(url).text
    fields = {"centre": office.thai.code, "to": office.head_office.code, "last_day": "1999-01-01"}
    assert "Choose a date in the future." in client.post(url, data=fields).text
    assert client.post(url, data=fields | {"centre": "x"}).status_code == 200
    fields["last_day"] = (utc_now() + timedelta(days=30)).date().isoformat()
    assert client.post(url, data=fields).status_code == 302
    page = client.get(url).text
    assert "End it now" in page
    assert "Now" in page
    match = f"/en/desk/matches/{office.by_state[MatchState.UNDER_REVIEW].reference}"
    chinese = login(office.chinese)
    assert f"{match}/decide/need" in chinese.get(match).text
    end = f"{url}/{office.thai.code}/{office.head_office.code}/end"
    assert chinese.post(end).status_code == 403
    assert login(office.lead).post(end).status_code == 302
    assert office.session.scalars(select(CentreDelegation)).all() == []
    assert login(office.lead).post(end).status_code == 404
    assert f"{match}/decide/need" not in login(office.chinese).get(match).text


def talks(client: FlaskClient, query: str = "") -> set[str]:
    page = client.get(f"/en/desk/talks?{query}").text
    return set(re.findall(r"/desk/matches/(M-[0-9A-Z-]+)", page))


def test_running_talks_and_their_filters(office: Office, login: Login) -> None:
    client = login(office.staff)
    s = MatchState
    running = (s.INTRODUCED, s.IN_DISCUSSION, s.NDA, s.NEGOTIATING, s.AGREEMENT)
    assert talks(client) == office.references(*running)
    quiet = office.add(s.NEGOTIATING, days=40)
    assert talks(client, "silent=30") == {quiet.reference}
    assert talks(client, "silent=30&order=meeting&state=nda") == set()
    assert talks(client, "state=outcome_confirmed") == office.references(s.OUTCOME_CONFIRMED)
    partner = f"partner={office.head_office.code}"
    assert talks(client, partner) == {quiet.reference} | office.references(*running)
    assert talks(client, f"centre={office.head_office.code}") == talks(client), "not a choice"
    assert talks(client, "side=offer") == set()
    assert talks(client, "person=me") == set()
    odd = "state=rejected&silent=x&order=y&side=z&person=q&centre=r&partner=s&page=x"
    assert talks(client, odd) == talks(client)
    assert talks(client, "endpoint=x&_external=1&self=y&locale=q") == talks(client)
    assert "No talks are like this." in client.get("/en/desk/talks?person=me").text


def test_no_running_talks_yet(login: Login, session: Session) -> None:
    page = login(make_appointment(session, make_centre(session))).get("/en/desk/talks").text
    assert "No parties talk yet." in page


def test_running_talks_tell_when_and_who_but_not_what(office: Office, login: Login) -> None:
    match = office.by_state[MatchState.NDA]
    make_message(
        office.session, match, make_user(office.session), side=Side.OFFER, body="Zqsecretword."
    )
    make_meeting(office.session, match, office.staff).starts_at = utc_now() + timedelta(days=2)
    match.need_assignee = office.staff
    make_outcome(office.session, office.by_state[MatchState.AGREEMENT], recorded_by=office.chinese)
    page = login(office.staff).get("/en/desk/talks").text
    assert "Zqsecretword" not in page
    assert "First call" not in page
    for told in (
        "Offer side", "1 new message", f"Assigned to {html.escape(office.staff.name)}",
        "THB 1,200,000", "Not yet confirmed",
    ):  # fmt: skip
        assert told in page, told
    assert "/desk/talks" in login(office.lead).get("/en/desk/workload").text
    assert "/desk/talks" in login(office.staff).get("/en/desk/").text


def test_a_silent_side_is_reminded_and_the_talks_ended(office: Office, login: Login) -> None:
    match = office.add(MatchState.NEGOTIATING, days=40)
    silent = office.add(MatchState.NEGOTIATING, days=20)
    client = login(office.staff)
    url = "/en/desk/talks?silent=14"
    page = client.get(url).text
    assert page.count("Silent since") == 4
    remind = f"/en/desk/talks/{match.reference}/remind/need"
    assert f'action="{remind}"' in page
    answer = client.post(remind, data={"silent": "14", "endpoint": "x", "order": ""})
    assert answer.status_code == 302
    assert answer.location == url
    page = client.get(url).text
    assert "The party is reminded" in page
    assert "Reminded on" in page
    assert f'action="{remind}"' not in page
    assert client.post(remind).status_code == 409
    end = f"/en/desk/matches/{match.reference}?step=no_reply"
    assert f'href="{end}#h-step"' in page
    assert f"{silent.reference}?step=no_reply" not in page, "20 days are not enough"
    page = client.get(end).text
    assert '<option value="no_reply" selected' in page
    assert page.count("Silent since") == 2
    version = re.search(r'name="step-version"[^>]*value="(\d+)"', page)
    assert version is not None
    fields = {"step-version": version[1], "step-target": "no_reply", "step-seen": "1-1"}
    assert client.post(end.replace("?step=no_reply", "/step"), data=fields).status_code == 302
    assert match.state is MatchState.NO_REPLY
    assert match.reference not in client.get(url).text
