"""The list of running talks, counted a second time, row by row; and who finds what in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import (
    FollowUpAnswer,
    ListingKind,
    ListingState,
    MatchState,
    MeetingState,
    Side,
)
from matchmaker.models import AuditEntry, CaseMessage, FollowUp, Match, Meeting, OutgoingMail, User
from matchmaker.queries.running_talks import (
    TalkFilter,
    TalkOrder,
    partner_centres,
    running_talks,
)
from matchmaker.queries.silence import silences_of
from matchmaker.services import casework, ndas
from matchmaker.services.audit import AuditAction, record
from matchmaker.services.case_messages import Upload
from tests.factories import (
    NOW,
    actor_of,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_meeting,
    make_membership,
    make_message,
    make_organisation,
)

DAY: Final = timedelta(days=1)
TALKS: Final = (
    MatchState.INTRODUCED,
    MatchState.IN_DISCUSSION,
    MatchState.NDA,
    MatchState.NEGOTIATING,
)


class Network:
    """A Chinese, a Thai and a Vietnamese centre, and parties that talk."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.chinese = make_centre(session, head_office=True)
        self.thai = make_centre(session, country="TH")
        self.vietnamese = make_centre(session, country="VN")
        self.seller = make_organisation(session, name="Guangxi Boards")
        self.buyer = make_organisation(session, country="TH", name="Khon Kaen Sugar")
        self.far = make_organisation(session, country="VN", name="Can Tho Rice")
        self.staff = {
            centre.code: make_appointment(session, centre)
            for centre in (self.chinese, self.thai, self.vietnamese)
        }
        self.people = {
            Side.OFFER: make_membership(session, self.seller),
            Side.NEED: make_membership(session, self.buyer),
        }
        self.need = self.listing(self.buyer, ListingKind.DEMAND)
        self.far_need = self.listing(self.far, ListingKind.DEMAND)

    def listing(self, owner: object, kind: ListingKind = ListingKind.OFFER) -> object:
        return make_listing(
            self.session,
            owner,
            kind=kind,
            state=ListingState.PUBLISHED,  # type: ignore[arg-type]
        )

    def talk(
        self, state: MatchState, *, days: float, need: object = None, since: float | None = None
    ) -> Match:
        """A match whose parties were introduced so many days ago."""
        match = make_match(
            self.session,
            self.listing(self.seller),
            need or self.need,
            state=state,  # type: ignore[arg-type]
        )
        match.introduced_at = NOW - days * DAY
        match.state_changed_at = NOW - (days if since is None else since) * DAY
        return match

    def write(self, match: Match, side: Side | None, days: float) -> CaseMessage:
        """A message of a party, or of the staff of the offer's centre."""
        author = self.people[side] if side else self.staff[self.chinese.code]
        message = make_message(self.session, match, author, side=side)
        message.at = NOW - days * DAY
        return message

    def staff_of(self, place: str = "TH") -> User:
        centre = {"CN": self.chinese, "TH": self.thai, "VN": self.vietnamese}[place]
        return self.staff[centre.code]

    def listed(self, place: str = "TH", wanted: TalkFilter | None = None) -> list[Match]:
        self.session.flush()
        actor = actor_of(self.session, self.staff_of(place))
        found = running_talks(self.session, actor, wanted or TalkFilter(), now=NOW)
        assert found.total == len(found.rows)
        return [row.match for row in found.rows]

    def silent(self, match: Match) -> dict[Side, datetime]:
        self.session.flush()
        found = silences_of(self.session, [match.id], now=NOW).get(match.id, {})
        return {side: silence.since for side, silence in found.items()}


@pytest.fixture
def network(session: Session) -> Network:
    return Network(session)


def test_which_states_are_listed_and_for_whom(network: Network) -> None:
    by_state = {state: network.talk(state, days=3) for state in MatchState}
    running = {by_state[state] for state in (*TALKS, MatchState.AGREEMENT)}
    assert set(network.listed("TH")) == set(network.listed("CN")) == running
    assert network.listed("VN") == []
    for state in MatchState:
        found = network.listed("TH", TalkFilter(state=state))
        talks = {*TALKS, MatchState.AGREEMENT, MatchState.OUTCOME_CONFIRMED}
        assert found == ([by_state[state]] if state in talks else []), state


def test_parties_administrators_and_auditors_find_none(network: Network, session: Session) -> None:
    network.talk(MatchState.NDA, days=3)
    for person in (
        network.people[Side.OFFER],
        make_membership(session, network.far),
    ):
        found = running_talks(session, actor_of(session, person), TalkFilter(), now=NOW)
        assert found.total == 0
        assert found.rows == []


def test_staff_of_one_of_the_organisations_do_not_find_it(network: Network) -> None:
    match = network.talk(MatchState.NDA, days=3)
    other = network.talk(MatchState.NDA, days=3, need=network.far_need)
    make_membership(network.session, network.buyer, user=network.staff_of("CN"), accepted=True)
    assert network.listed("CN") == [other]
    assert network.listed("TH") == [match]


def test_each_filter(network: Network) -> None:
    ours = network.talk(MatchState.NDA, days=3)
    far = network.talk(MatchState.NEGOTIATING, days=4, need=network.far_need)
    ours.offer_assignee = network.staff_of("CN")
    assert network.listed("CN", TalkFilter(partner_id=network.vietnamese.id)) == [far]
    assert network.listed("CN", TalkFilter(partner_id=network.chinese.id)) == []
    assert network.listed("CN", TalkFilter(side=Side.NEED)) == []
    assert network.listed("TH", TalkFilter(side=Side.NEED)) == [ours]
    assert network.listed("CN", TalkFilter(centre_id=network.chinese.id)) == [far, ours]
    assert network.listed("CN", TalkFilter(centre_id=network.thai.id)) == []
    assert network.listed("CN", TalkFilter(person_id=network.staff_of("CN").id)) == [ours]
    assert network.listed("CN", TalkFilter(nobody=True)) == [far]
    assert network.listed("TH", TalkFilter(nobody=True)) == [ours]
    actor = actor_of(network.session, network.staff_of("CN"))
    assert set(partner_centres(network.session, actor)) == {network.thai, network.vietnamese}


def test_each_order(network: Network) -> None:
    old = network.talk(MatchState.NDA, days=50, since=2)
    new = network.talk(MatchState.INTRODUCED, days=5)
    middle = network.talk(MatchState.NEGOTIATING, days=30, since=20)
    network.write(old, Side.OFFER, 1)
    meeting = make_meeting(network.session, new, network.people[Side.OFFER])
    meeting.starts_at = NOW + DAY
    past = make_meeting(network.session, old, network.people[Side.OFFER])
    past.starts_at = NOW - DAY
    orders = {
        TalkOrder.QUIET: [middle, new, old],
        TalkOrder.STATE: [middle, new, old],
        TalkOrder.NEW: [new, middle, old],
        TalkOrder.MEETING: [new, old, middle],
    }
    for order, expected in orders.items():
        assert network.listed("TH", TalkFilter(order=order)) == expected, order


def test_pages_show_all_once(network: Network) -> None:
    matches = {network.talk(MatchState.NDA, days=day % 3).id for day in range(7)}
    network.session.flush()
    actor = actor_of(network.session, network.staff_of())
    pages = [
        running_talks(network.session, actor, TalkFilter(), now=NOW, number=number, size=3)
        for number in (1, 2, 3, 4)
    ]
    assert [len(page.rows) for page in pages] == [3, 3, 1, 0]
    assert {row.match.id for page in pages for row in page.rows} == matches
    assert {page.total for page in pages} == {7}


def test_who_is_silent(network: Network) -> None:
    nobody = network.talk(MatchState.INTRODUCED, days=40)
    assert network.silent(nobody) == dict.fromkeys(Side, NOW - 40 * DAY)
    one = network.talk(MatchState.IN_DISCUSSION, days=40)
    network.write(one, Side.OFFER, 35)
    network.write(one, Side.OFFER, 1)
    assert network.silent(one) == {Side.NEED: NOW - 40 * DAY}
    answered = network.talk(MatchState.IN_DISCUSSION, days=40)
    for side, days in ((Side.OFFER, 35), (Side.NEED, 30), (Side.OFFER, 20)):
        network.write(answered, side, days)
    assert network.silent(answered) == {Side.NEED: NOW - 20 * DAY}, "not whoever wrote last"
    fresh = network.talk(MatchState.IN_DISCUSSION, days=13.9)
    assert network.silent(fresh) == {}
    signed = network.talk(MatchState.AGREEMENT, days=90)
    assert network.silent(signed) == {}


def test_questions_of_the_centres_want_an_answer_too(network: Network) -> None:
    match = network.talk(MatchState.NEGOTIATING, days=60)
    network.write(match, Side.NEED, 50)
    network.write(match, Side.OFFER, 40)
    assert network.silent(match) == {Side.NEED: NOW - 40 * DAY}
    network.write(match, None, 25)
    assert network.silent(match) == {Side.NEED: NOW - 40 * DAY, Side.OFFER: NOW - 25 * DAY}
    asked = network.talk(MatchState.NEGOTIATING, days=60)
    network.write(asked, Side.NEED, 59)
    network.write(asked, Side.OFFER, 58)
    asked.follow_ups.append(FollowUp(side=Side.OFFER, days=30, asked_at=NOW - 30 * DAY, note=""))
    assert network.silent(asked) == {Side.NEED: NOW - 58 * DAY, Side.OFFER: NOW - 30 * DAY}
    record(
        network.session, SYSTEM, AuditAction.FOLLOW_UP_ANSWERED, asked, now=NOW - 10 * DAY,
        side=Side.OFFER, days=30, follow_up_answer=FollowUpAnswer.IN_DISCUSSION,
    )  # fmt: skip
    assert network.silent(asked) == {Side.NEED: NOW - 58 * DAY}


def test_a_step_of_a_party_and_a_meeting_are_signs(network: Network) -> None:
    match = network.talk(MatchState.NEGOTIATING, days=60)
    for by, side, days in (("party", Side.NEED, 20), ("staff", Side.OFFER, 18)):
        record(
            network.session, SYSTEM, AuditAction.MATCH_STATE_CHANGED, match, now=NOW - days * DAY,
            by=by, sides=[side.value], **{"from": "introduced", "to": "in_discussion"},
        )  # fmt: skip
    assert network.silent(match) == {Side.OFFER: NOW - 60 * DAY}
    meeting = make_meeting(network.session, match, network.people[Side.OFFER])
    meeting.starts_at = NOW + DAY
    assert network.silent(match) == {}, "they will meet"
    meeting.starts_at = NOW - 16 * DAY
    assert network.silent(match) == dict.fromkeys(Side, NOW - 16 * DAY), "nobody wrote since"


def test_every_figure_of_every_row_a_second_time(network: Network) -> None:
    """Talks as chance wills, each row made again from all rows of the tables, by hand."""
    chance = Random(3)
    for _each in range(30):
        _happens(network, chance)
    session = network.session
    session.flush()
    session.expire_all()
    actor = actor_of(session, network.staff_of())
    page = running_talks(session, actor, TalkFilter(), now=NOW, size=100)
    assert page.total == 30
    silent_days = {14: 0, 30: 0}
    for row in page.rows:
        match = row.match
        messages = _all(session, CaseMessage, match)
        newest = max(messages, key=lambda each: each.id, default=None)
        assert (row.last.at, row.last.side) == (newest.at, newest.side) if newest else not row.last
        assert row.unread == len(messages), "nobody of the Thai centre wrote or read"
        ahead = [
            each
            for each in _all(session, Meeting, match)
            if each.state is MeetingState.ACCEPTED and each.starts_at >= NOW
        ]
        assert row.meeting is min(ahead, key=lambda each: each.starts_at, default=None)
        due = [match.introduced_at + days * DAY for days in (30, 90, 180)]
        assert row.asked_next == next((at for at in due if at > NOW), None)
        assert row.parties == {Side.OFFER: "Guangxi Boards", Side.NEED: "Khon Kaen Sugar"}
        by_hand = {side: _silent_since(session, match, side) for side in Side}
        shown = {side: each.since for side, each in row.silent.items()}
        assert shown == {
            side: at for side, at in by_hand.items() if at is not None and at <= NOW - 14 * DAY
        }
        for days in silent_days:
            oldest = min((at for at in by_hand.values() if at is not None), default=NOW)
            silent_days[days] += oldest <= NOW - days * DAY
    for days, count in silent_days.items():
        assert 0 < count < 30
        wanted = TalkFilter(silent_days=days)
        assert running_talks(session, actor, wanted, now=NOW).total == count


def _happens(network: Network, chance: Random) -> None:
    introduced = chance.choice((5, 16, 40, 100, 200))
    match = network.talk(chance.choice(TALKS), days=introduced)
    session = network.session
    for _each in range(chance.randrange(6)):
        at = chance.uniform(0, introduced)
        side = chance.choice(list(Side))
        kind = chance.randrange(6)
        if kind < 3:
            network.write(match, side if kind else None, at)
        elif kind == 3:
            meeting = make_meeting(session, match, network.people[side])
            meeting.starts_at = NOW + (chance.choice((-1, 1)) * at + 0.01) * DAY
            meeting.state = chance.choice((MeetingState.ACCEPTED, MeetingState.CANCELLED))
        elif kind == 4:
            taken = {(each.side, each.days) for each in match.follow_ups}
            if (side, 30) not in taken:
                match.follow_ups.append(
                    FollowUp(side=side, days=30, asked_at=NOW - at * DAY, note="")
                )
        else:
            action = chance.choice((AuditAction.MEETING_DECLINED, AuditAction.MATCH_REMINDED))
            record(session, SYSTEM, action, match, now=NOW - at * DAY, side=side, who="party")


def _all(session: Session, kind: type, match: Match) -> list[object]:
    rows = session.scalars(select(kind).execution_options(populate_existing=True)).all()
    return [row for row in rows if row.match_id == match.id]


def _silent_since(session: Session, match: Match, side: Side) -> datetime | None:
    messages, meetings = _all(session, CaseMessage, match), _all(session, Meeting, match)
    held = [each.starts_at for each in meetings if each.state is MeetingState.ACCEPTED]
    entries = [
        entry
        for entry in session.scalars(select(AuditEntry))
        if entry.subject_id == match.id and entry.action == "meeting_declined"
    ]

    def signs(of: Side) -> list[datetime]:
        return [
            match.introduced_at,
            *held,
            *(each.at for each in messages if each.side is of),
            *(entry.at for entry in entries if entry.data["side"] == of),
        ]

    asked = [
        *signs(side.other),
        *(each.at for each in messages if each.side is None),
        *(each.asked_at for each in match.follow_ups if each.side is side),
    ]
    last = max(signs(side))
    return min((at for at in asked if at >= last), default=None)


def test_a_silent_side_is_reminded_once(network: Network) -> None:
    match = network.talk(MatchState.NEGOTIATING, days=40)
    network.write(match, Side.OFFER, 35)
    session = network.session
    staff = actor_of(session, network.staff_of("CN"))

    def remind(side: Side, now: datetime = NOW) -> ErrorCode | None:
        session.flush()
        try:
            casework.remind_silent(session, staff, match, side, now=now)
        except DomainError as error:
            return error.code
        return None

    assert remind(Side.OFFER) is ErrorCode.NOTHING_WAITS
    assert remind(Side.NEED) is None
    session.flush()
    assert session.scalars(select(OutgoingMail.recipient)).all() == [
        network.people[Side.NEED].email
    ]
    assert remind(Side.NEED, NOW + DAY) is ErrorCode.REMINDED_ONCE
    silence = silences_of(session, [match.id], now=NOW)[match.id][Side.NEED]
    assert silence.reminded_at == NOW
    assert silence.lasts(NOW)
    network.write(match, Side.NEED, -1)
    network.write(match, Side.OFFER, -2)
    assert remind(Side.NEED, NOW + 15 * DAY) is ErrorCode.NOTHING_WAITS
    assert remind(Side.NEED, NOW + 16 * DAY) is None, "a new silence"


def test_only_staff_of_a_centre_remind(network: Network) -> None:
    match = network.talk(MatchState.NEGOTIATING, days=40)
    network.session.flush()
    for person in (network.staff_of("VN"), network.people[Side.OFFER]):
        with pytest.raises(DomainError) as caught:
            casework.remind_silent(
                network.session, actor_of(network.session, person), match, Side.NEED, now=NOW
            )
        assert caught.value.code is ErrorCode.NOT_ALLOWED


def test_who_confirms_an_agreement_gives_a_sign(network: Network, tmp_path: Path) -> None:
    match = network.talk(MatchState.IN_DISCUSSION, days=60)
    session = network.session
    people = {side: actor_of(session, person) for side, person in network.people.items()}
    uploaded = ndas.upload_nda(
        session, people[Side.NEED], match, Upload(b"%PDF-1.7 %%EOF", "nda.pdf"),
        folder=tmp_path, now=NOW - 50 * DAY,
    )  # fmt: skip
    assert network.silent(match) == {Side.OFFER: NOW - 60 * DAY}
    assert uploaded.attachment is not None
    ndas.confirm_upload(
        session, people[Side.OFFER], match, sha256=uploaded.attachment.sha256,
        now=NOW - 40 * DAY,
    )  # fmt: skip
    assert network.silent(match) == {Side.NEED: NOW - 40 * DAY}
