"""Telling people: in the site at once, by mail as often as each wants, nothing twice or lost."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.notifications import BounceCode, Frequency, NotificationKind
from matchmaker.models import MailBounce, Notification, OutgoingMail, User
from matchmaker.queries.mail_addresses import address_hash
from matchmaker.services import audit, notifications
from matchmaker.services.notifications import notify, send_digests, set_frequencies
from tests.factories import NOW, actor_of, make_centre, make_user

MESSAGE = NotificationKind.NEW_MESSAGE
EIGHT = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
"""The next 08:00 in Shanghai after NOW, a Monday noon there."""


@pytest.fixture
def person(session: Session) -> User:
    return make_user(session)


def tell(session: Session, person: User, key: str, *, now: datetime = NOW) -> None:
    notify(
        session, [person], "match_message", key=key, now=now, reference="M-0000-0000",
        side="offer", title="kept out of the site's row",
    )  # fmt: skip


def want(session: Session, person: User, frequency: Frequency) -> None:
    set_frequencies(session, person, {MESSAGE: frequency}, now=NOW)


def mails(session: Session) -> Sequence[OutgoingMail]:
    session.flush()
    session.expire_all()
    return session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()


def rows(session: Session) -> Sequence[Notification]:
    session.flush()
    session.expire_all()
    return session.scalars(select(Notification).order_by(Notification.id)).all()


def bounce(session: Session, person: User, number: int) -> None:
    for each in range(number):
        session.add(
            MailBounce(
                dedupe_key=f"bounce {each}",
                address_hash=address_hash(person.email),
                user_id=person.id,
                code=BounceCode.PERMANENT,
                status="5.1.1",
                at=NOW,
            )
        )
    session.flush()


def test_at_once_there_is_a_row_and_the_mail_of_old(session: Session, person: User) -> None:
    tell(session, person, "one")
    tell(session, person, "one")
    (mail,), (row,) = mails(session), rows(session)
    assert (mail.code, mail.user_id, mail.dedupe_key) == (
        "match_message", person.id, f"one:user:{person.id}",
    )  # fmt: skip
    assert mail.data["title"] == "kept out of the site's row"
    assert row.data == {"reference": "M-0000-0000", "side": "offer"}
    assert (row.kind, row.subject, row.mailed_at, row.mail_due_at) == (
        MESSAGE, "M-0000-0000", NOW, None,
    )  # fmt: skip


def test_an_event_told_again_after_another_choice_sends_nothing_more(
    session: Session, person: User
) -> None:
    want(session, person, Frequency.DAILY)
    tell(session, person, "one")
    want(session, person, Frequency.IMMEDIATE)
    tell(session, person, "one")
    assert not mails(session)
    assert [row.mail_due_at for row in rows(session)] == [EIGHT]


def test_who_wants_none_still_reads_it_in_the_site(session: Session, person: User) -> None:
    want(session, person, Frequency.OFF)
    tell(session, person, "one")
    assert send_digests(session, now=NOW + timedelta(days=9)) == 0
    assert not mails(session)
    assert len(rows(session)) == 1


def test_an_introduction_always_goes_at_once(session: Session, person: User) -> None:
    notifications.quiet_all(session, person, now=NOW)
    notify(session, [person], "match_introduced", key="i", now=NOW, reference="M-1", side="offer")
    assert [mail.code for mail in mails(session)] == ["match_introduced"]


def test_a_demonstration_s_history_sends_no_mail(session: Session, person: User) -> None:
    with audit.seeding(session):
        tell(session, person, "one")
    assert not mails(session)
    assert len(rows(session)) == 1


def test_a_digest_leaves_once_with_all_that_waits(session: Session, person: User) -> None:
    want(session, person, Frequency.DAILY)
    for number in range(3):
        tell(session, person, f"event {number}")
    assert send_digests(session, now=EIGHT - timedelta(seconds=1)) == 0
    assert send_digests(session, now=EIGHT) == 1
    assert send_digests(session, now=EIGHT) == 0
    (mail,) = mails(session)
    assert mail.code == "digest"
    assert mail.data["notifications"] == [row.id for row in rows(session)]
    assert {row.mailed_at for row in rows(session)} == {EIGHT}


def test_what_happens_while_the_digest_leaves_comes_with_the_next(
    session: Session, person: User
) -> None:
    """Written before eight, committed after the digest: it neither makes a second one nor is
    lost."""
    want(session, person, Frequency.DAILY)
    tell(session, person, "early")
    send_digests(session, now=EIGHT)
    tell(session, person, "slow", now=EIGHT - timedelta(seconds=1))
    assert send_digests(session, now=EIGHT + timedelta(minutes=5)) == 1
    assert len(mails(session)) == 1
    slow = rows(session)[-1]
    assert (slow.mailed_at, slow.mail_due_at) == (None, EIGHT + timedelta(days=1))
    send_digests(session, now=EIGHT + timedelta(days=1))
    assert mails(session)[-1].data["notifications"] == [slow.id]


def test_a_worker_that_was_away_for_days_sends_one(session: Session, person: User) -> None:
    want(session, person, Frequency.DAILY)
    tell(session, person, "monday")
    tell(session, person, "tuesday", now=NOW + timedelta(days=1))
    assert send_digests(session, now=NOW + timedelta(days=5)) == 1
    (mail,) = mails(session)
    assert len(mail.data["notifications"]) == 2


def test_what_was_read_is_not_mailed(session: Session, person: User) -> None:
    want(session, person, Frequency.DAILY)
    tell(session, person, "read")
    notifications.mark_read(rows(session)[0], now=NOW)
    tell(session, person, "unread")
    send_digests(session, now=EIGHT)
    assert mails(session)[0].data["notifications"] == [rows(session)[1].id]
    tell(session, person, "all")
    notifications.mark_all_read(session, actor_of(session, person), now=EIGHT)
    assert send_digests(session, now=EIGHT + timedelta(days=1)) == 0


def test_another_choice_moves_what_waits(session: Session, person: User) -> None:
    want(session, person, Frequency.DAILY)
    tell(session, person, "one")
    want(session, person, Frequency.WEEKLY)
    assert rows(session)[0].mail_due_at == datetime(2026, 11, 30, 0, 0, tzinfo=UTC)
    want(session, person, Frequency.OFF)
    assert rows(session)[0].mail_due_at is None


def test_another_time_zone_moves_what_waits(session: Session, person: User) -> None:
    want(session, person, Frequency.DAILY)
    tell(session, person, "one")
    notifications.set_time_zone(session, person, "Asia/Yangon", now=NOW)
    assert rows(session)[0].mail_due_at == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)


def test_moving_east_makes_no_second_digest_on_one_day(session: Session, person: User) -> None:
    want(session, person, Frequency.DAILY)
    tell(session, person, "one")
    send_digests(session, now=EIGHT)
    tell(session, person, "two", now=EIGHT + timedelta(minutes=1))
    notifications.set_time_zone(session, person, "Asia/Yangon", now=EIGHT + timedelta(minutes=2))
    assert rows(session)[1].mail_due_at == EIGHT + timedelta(minutes=90)
    send_digests(session, now=EIGHT + timedelta(minutes=95))
    assert len(mails(session)) == 1
    send_digests(session, now=EIGHT + timedelta(days=1, minutes=95))
    assert [len(mail.data["notifications"]) for mail in mails(session)] == [1, 1]


@pytest.mark.parametrize("frequency", [Frequency.IMMEDIATE, Frequency.DAILY])
def test_an_address_that_does_not_work_waits_until_it_is_confirmed(
    session: Session, person: User, frequency: Frequency
) -> None:
    want(session, person, frequency)
    bounce(session, person, 3)
    tell(session, person, "one")
    assert send_digests(session, now=EIGHT) == 1
    assert not mails(session)
    notifications_waiting = [row.mail_due_at for row in rows(session)]
    assert notifications_waiting == [EIGHT + timedelta(days=1)]
    for each in session.scalars(select(MailBounce)):
        each.cleared_at = EIGHT
    send_digests(session, now=EIGHT + timedelta(days=1))
    assert [mail.code for mail in mails(session)] == ["digest"]


def test_two_bounces_are_not_enough(session: Session, person: User) -> None:
    bounce(session, person, 2)
    tell(session, person, "one")
    assert [mail.code for mail in mails(session)] == ["match_message"]


def test_a_queue_is_told_of_again_only_when_it_was_read(session: Session, person: User) -> None:
    centre = make_centre(session, code="cn-x", head_office=True)

    def waiting(key: str, now: datetime) -> None:
        notifications.notify_unless_told(
            session, [person], "review_waiting", key=key, now=now, subject=centre.code,
            centre=centre.code,
        )  # fmt: skip

    waiting("first", NOW)
    waiting("second", NOW + timedelta(minutes=1))
    assert len(rows(session)) == 1
    notifications.mark_read(rows(session)[0], now=NOW)
    waiting("third", NOW + timedelta(minutes=2))
    assert len(rows(session)) == 2
    send_digests(session, now=EIGHT)
    waiting("fourth", EIGHT + timedelta(hours=1))
    assert len(rows(session)) == 2
    waiting("fifth", EIGHT + timedelta(hours=25))  # mailed, and not opened since
    assert len(rows(session)) == 3


def test_old_ones_are_forgotten(session: Session, person: User) -> None:
    tell(session, person, "old")
    tell(session, person, "new", now=NOW + timedelta(days=10))
    assert notifications.forget_old(session, now=NOW + timedelta(days=401)) == 1
    assert notifications.forget_old(session, now=NOW + timedelta(days=401)) == 0
    assert [row.dedupe_key for row in rows(session)] == [f"new:user:{person.id}"]


def test_unsubscribing_from_summaries_leaves_mails_at_once(session: Session, person: User) -> None:
    want(session, person, Frequency.DAILY)
    tell(session, person, "one")
    for _twice in range(2):
        notifications.unsubscribe(session, person, None, now=NOW)
    assert send_digests(session, now=EIGHT) == 0
    notify(session, [person], "match_offered", key="o", now=NOW, reference="M-1", side="offer")
    tell(session, person, "two")
    assert [mail.code for mail in mails(session)] == ["match_offered"]
