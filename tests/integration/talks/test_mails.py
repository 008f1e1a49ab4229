"""What the talks of a case write by mail, through a real mail server, calendar files included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from flask import Flask
from icalendar import Calendar, Event
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.config import MailBackend, Settings
from matchmaker.database import Transactions
from matchmaker.domain.clock import utc_now
from matchmaker.domain.vocabulary import ListingKind, ListingState, MatchState
from matchmaker.extensions import db
from matchmaker.models import Match, Meeting, OutgoingMail, User
from matchmaker.queries.actors import load_actor
from matchmaker.services import case_messages, meetings
from matchmaker.services.meetings import Plan
from matchmaker.worker import mailer
from tests.factories import (
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_membership,
    make_organisation,
    make_user,
)
from tests.integration.mail_server import MailServer
from tests.own_app import own_app

SOON = utc_now().replace(minute=30, second=0, microsecond=0) + timedelta(days=5)


@pytest.fixture
def server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@dataclass
class Case:
    """An introduced pair: a Chinese seller, a Thai buyer, and a Thai colleague of the staff."""

    site: Flask
    server: MailServer

    @property
    def transactions(self) -> Transactions:
        return Transactions(db.engine)

    def act(self, who: str, verb: Callable[[Session, object, Match], object]) -> None:
        """Do something as somebody, committed."""
        with self.transactions.write() as session:
            user = session.scalars(select(User).where(User.email == f"{who}@x.org")).one()
            actor = load_actor(session, user.id, now=utc_now())
            verb(session, actor, session.scalars(select(Match)).one())

    def mails(self) -> dict[str, EmailMessage]:
        """Send what is due; return the mails by their readers."""
        self.server.messages.clear()
        mailer.send_due(self.transactions, self.site.config["SETTINGS"])
        found = {}
        for message in self.server.messages:
            assert isinstance(message, EmailMessage)
            found[str(message["To"]).partition("@")[0]] = message
        return found


@pytest.fixture
def case(own_settings: Settings, server: MailServer) -> Iterator[Case]:
    settings = replace(
        own_settings, mail_backend=MailBackend.SMTP, mail_server="127.0.0.1",
        mail_port=server.port, mail_timeout=30, public_url="https://match.example.org",
        mail_sender="noreply@match.example.org",
    )  # fmt: skip
    with own_app(settings) as app:
        case = Case(app, server)
        with case.transactions.write() as session:
            make_centre(session, head_office=True)
            thai = make_centre(session, country="TH", time_zone="Asia/Bangkok")
            seller = make_organisation(session, name="Guangxi Boards")
            buyer = make_organisation(session, country="TH", name="Khon Kaen Sugar")
            people = {
                "seller": make_user(session, email="seller@x.org", locale="zh-Hans"),
                "buyer": make_user(session, email="buyer@x.org", locale="en"),
                "staff": make_user(session, email="staff@x.org", locale="th"),
            }
            people["buyer"].time_zone = "Asia/Bangkok"
            make_membership(session, seller, people["seller"])
            make_membership(session, buyer, people["buyer"])
            make_appointment(session, thai, people["staff"])
            match = make_match(
                session,
                make_listing(session, seller, state=ListingState.PUBLISHED, title="Boards"),
                make_listing(
                    session, buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED,
                    title="Bagasse",
                ),
                state=MatchState.INTRODUCED,
            )  # fmt: skip
            match.introduced_at = match.offered_at = utc_now()
            match.need_assignee = people["staff"]
        yield case


def calendar_of(message: EmailMessage) -> tuple[Calendar, Event] | None:
    parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    if not parts:
        return None
    (part,) = parts
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    assert part.get_param("method") == calendar["METHOD"]
    assert str(part.get_filename()).endswith(".ics")
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def propose(case: Case, who: str, start: datetime = SOON) -> None:
    plan = Plan(
        title="First call; prices, volumes", times=[start, start + timedelta(days=1)], minutes=90,
        time_zone="Asia/Shanghai", place="https://meet.example.org/x",
        interpret=("zh-Hans", "th"),
    )  # fmt: skip
    case.act(who, lambda s, a, m: meetings.propose_meeting(s, a, m, plan, now=utc_now()))


def meeting_of(session: Session) -> Meeting:
    return session.scalars(select(Meeting)).one()


def accept(case: Case, who: str, start: datetime = SOON) -> None:
    def act(session: Session, actor: object, _match: Match) -> None:
        row = meeting_of(session)
        meetings.accept_time(session, actor, row, start, seen=row.lock_version, now=utc_now())

    case.act(who, act)


def cancel(case: Case, who: str) -> None:
    def act(session: Session, actor: object, _match: Match) -> None:
        row = meeting_of(session)
        meetings.cancel_meeting(
            session, actor, row, note="Typhoon", seen=row.lock_version, now=utc_now()
        )

    case.act(who, act)


def test_a_new_message_says_nothing_of_its_text(case: Case, own_settings: Settings) -> None:
    def write(body: str) -> None:
        case.act(
            "seller",
            lambda s, a, m: case_messages.write_message(
                s, a, m, body=body, folder=own_settings.upload_folder, now=utc_now()
            ),
        )

    write("The secret is the glue.")
    mails = case.mails()
    assert set(mails) == {"buyer", "staff"}
    assert mails["buyer"]["Subject"].startswith("You have a new message (M-")
    text = text_of(mails["buyer"])
    assert "glue" not in text
    assert "https://match.example.org/en/talks/M-" in text
    assert "/th/talks/M-" in text_of(mails["staff"])
    write("Are you there?")
    assert case.mails() == {}


def test_an_agreed_meeting_comes_with_a_calendar_file(case: Case) -> None:
    propose(case, "seller")
    mails = case.mails()
    assert set(mails) == {"buyer", "staff"}
    text = text_of(mails["buyer"])
    bangkok = (SOON + timedelta(hours=7)).strftime("%H:%M")
    shanghai = (SOON + timedelta(hours=8)).strftime("%H:%M")
    assert text.index(bangkok) < text.index(shanghai), "the reader's own time comes first"
    assert calendar_of(mails["buyer"]) is None
    accept(case, "buyer")
    mails = case.mails()
    assert set(mails) == {"buyer", "staff", "seller"}
    found = {who: calendar_of(mail) for who, mail in mails.items()}
    uids = set()
    for who, pair in found.items():
        assert pair is not None
        calendar, event = pair
        assert calendar["METHOD"] == "REQUEST"
        assert event.decoded("dtstart") == SOON
        assert event.decoded("dtend") == SOON + timedelta(minutes=90)
        assert event["SEQUENCE"] == 0
        assert event["STATUS"] == "CONFIRMED"
        assert event["SUMMARY"] == "First call; prices, volumes"
        assert event["LOCATION"] == "https://meet.example.org/x"
        assert event["ATTENDEE"] == f"mailto:{who}@x.org"
        assert event["ORGANIZER"] == "mailto:noreply@match.example.org"
        uids.add(str(event["UID"]))
    assert len(uids) == 1
    assert "/zh-Hans/talks/" in found["seller"][1]["DESCRIPTION"]  # type: ignore[index]
    assert "/en/talks/" in found["buyer"][1]["DESCRIPTION"]  # type: ignore[index]


def test_a_cancellation_takes_it_out_again(case: Case) -> None:
    propose(case, "seller")
    accept(case, "buyer")
    first = calendar_of(case.mails()["buyer"])
    cancel(case, "seller")
    mail = case.mails()["buyer"]
    assert "Typhoon" in text_of(mail)
    second = calendar_of(mail)
    assert first is not None
    assert second is not None
    calendar, event = second
    assert calendar["METHOD"] == "CANCEL"
    assert event["STATUS"] == "CANCELLED"
    assert event["SEQUENCE"] == 1
    assert event["UID"] == first[1]["UID"]
    assert event.decoded("dtstart") == SOON


def test_a_mail_that_waited_brings_what_is_true_when_it_is_sent(case: Case) -> None:
    propose(case, "seller")
    accept(case, "buyer")
    cancel(case, "buyer")
    case.server.messages.clear()
    mailer.send_due(case.transactions, case.site.config["SETTINGS"])
    to_buyer = [
        calendar_of(message)
        for message in case.server.messages
        if isinstance(message, EmailMessage) and str(message["To"]) == "buyer@x.org"
    ]
    methods = [pair[0]["METHOD"] for pair in to_buyer if pair is not None]
    assert methods == ["CANCEL", "CANCEL"]


@pytest.mark.parametrize("gone", ["handed over", "no appointment", "account off"])
def test_who_left_the_case_meanwhile_gets_no_mail(case: Case, gone: str) -> None:
    propose(case, "seller")
    accept(case, "buyer")

    def leave(session: Session, _actor: object, match: Match) -> None:
        staff = session.scalars(select(User).where(User.email == "staff@x.org")).one()
        if gone == "handed over":
            match.need_centre = make_centre(session, country="VN")
        elif gone == "no appointment":
            session.delete(staff.appointments[0])
        else:
            staff.active = False

    case.act("seller", leave)
    assert set(case.mails()) == {"buyer", "seller"}
    with case.transactions.read() as session:
        mails = session.scalars(select(OutgoingMail)).all()
        unsent = [mail for mail in mails if mail.sent_at is None]
        assert {mail.recipient for mail in unsent} == {"staff@x.org"}
        assert all(mail.next_attempt_at is None for mail in unsent), "nobody tries again"
        assert all(mail.gave_up_at is None for mail in unsent), "the address is not at fault"


def test_other_times_take_the_agreed_one_out_of_calendars(case: Case) -> None:
    propose(case, "seller")
    accept(case, "buyer")
    case.mails()
    later = SOON + timedelta(days=2)

    def again(session: Session, actor: object, _match: Match) -> None:
        row = meeting_of(session)
        plan = Plan(title=row.title, times=[later], minutes=60, time_zone=row.time_zone)
        meetings.propose_again(session, actor, row, plan, seen=row.lock_version, now=utc_now())

    case.act("buyer", again)
    mails = case.mails()
    assert set(mails) == {"buyer", "staff", "seller"}, "all calendars hold the old time"
    for mail in mails.values():
        pair = calendar_of(mail)
        assert pair is not None
        calendar, event = pair
        assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == (
            "CANCEL", "CANCELLED", 1,
        )  # fmt: skip
        assert event.decoded("dtstart") == SOON
    assert "no longer holds" in text_of(mails["buyer"])
    accept(case, "seller", later)
    pair = calendar_of(case.mails()["seller"])
    assert pair is not None
    calendar, event = pair
    assert (calendar["METHOD"], event["SEQUENCE"]) == ("REQUEST", 2)
    assert event.decoded("dtstart") == later
