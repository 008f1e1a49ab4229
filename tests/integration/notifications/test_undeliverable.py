"""The administrator's list of addresses that mails do not reach, and what is done about them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.notifications import BounceCode, NotificationKind
from matchmaker.domain.permissions import Actor
from matchmaker.models import AuditEntry, MailBounce, OutgoingMail, User
from matchmaker.queries.mail_addresses import address_hash, is_undeliverable
from matchmaker.queries.undeliverable_mail import Trouble, undeliverable_mail
from matchmaker.services import bounces
from matchmaker.services.undeliverable_mail import try_again, works_again
from tests.factories import NOW, actor_of, make_appointment, make_centre, make_user

DAY: Final = timedelta(days=1)


class Post:
    """Mails that were sent, came back, or were given up."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.administrator = actor_of(session, make_user(session, roles=["administrator"]))
        self.person = make_user(session, email="somchai@x.org", name="Somchai")
        self.count = 0

    def mail(
        self, to: str = "somchai@x.org", code: str = "match_message", days: float = 5,
        **more: object,
    ) -> OutgoingMail:  # fmt: skip
        self.count += 1
        mail = OutgoingMail(
            dedupe_key=f"mail-{self.count}", recipient=to, locale="en", code=code, data={},
            created_at=NOW - days * DAY, attempts=9, **more,
        )  # fmt: skip
        self.session.add(mail)
        self.session.flush()
        return mail

    def given_up(self, days: float = 2, **more: object) -> OutgoingMail:
        return self.mail(gave_up_at=NOW - days * DAY, last_error="451 Try later", **more)  # type: ignore[arg-type]

    def bounce(
        self, mail: OutgoingMail, code: BounceCode = BounceCode.PERMANENT, days: float = 1
    ) -> None:
        bounces.record(
            self.session, mail, code=code, status="5.1.1", key=f"b{mail.id}-{code}",
            now=NOW - days * DAY,
        )  # fmt: skip
        self.session.flush()

    def listed(self, actor: Actor | None = None) -> list[Trouble]:
        self.session.flush()
        return undeliverable_mail(self.session, actor or self.administrator, now=NOW)


@pytest.fixture
def post(session: Session) -> Post:
    return Post(session)


def test_nothing_is_wrong(post: Post) -> None:
    post.mail(sent_at=NOW)
    post.mail(next_attempt_at=NOW)
    assert post.listed() == []


def test_what_came_back_and_what_was_given_up(post: Post) -> None:
    sent = post.mail(sent_at=NOW - 4 * DAY)
    post.bounce(sent)
    post.bounce(sent, BounceCode.TEMPORARY, days=3)
    post.given_up(to="Letters@y.org", code="listing_published")
    somchai, letters = post.listed()
    assert (somchai.address, somchai.person) == ("somchai@x.org", post.person)
    assert (somchai.returned, somchai.late, somchai.given_up) == (1, 1, [])
    assert somchai.reasons == ["5.1.1"]
    assert somchai.kinds == [NotificationKind.NEW_MESSAGE]
    assert somchai.last_at == NOW - DAY
    assert not somchai.blocked
    assert (letters.address, letters.person) == ("letters@y.org", None)
    assert letters.reasons == ["451 Try later"]
    assert letters.last_at == NOW - 2 * DAY
    assert letters.kinds == [NotificationKind.LISTING_MODERATED]


def test_only_administrators_see_and_do(post: Post, session: Session) -> None:
    post.given_up()
    key = post.listed()[0].key
    staff = actor_of(session, make_appointment(session, make_centre(session), lead=True))
    auditor = actor_of(session, make_user(session, roles=["auditor"]))
    for actor in (staff, auditor, actor_of(session, post.person)):
        assert post.listed(actor) == []
        for act in (try_again, works_again):
            with pytest.raises(DomainError) as caught:
                act(session, actor, key, now=NOW)
            assert caught.value.code is ErrorCode.NOT_ALLOWED


def test_what_arrived_later_or_is_old_is_no_trouble(post: Post) -> None:
    post.given_up(days=31, to="old@x.org")
    post.given_up(days=3, to="fine@x.org")
    post.mail(to="fine@x.org", sent_at=NOW - DAY)
    late = post.mail(to="late@x.org", sent_at=NOW - 40 * DAY)
    post.bounce(late, BounceCode.TEMPORARY, days=31)
    assert post.listed() == []


def test_trying_again(post: Post, session: Session) -> None:
    mail = post.given_up()
    asked_for = post.given_up(code="account_reset")
    other = post.given_up(to="other@x.org")
    key = next(each.key for each in post.listed() if each.person)
    assert try_again(session, post.administrator, key, now=NOW) == 1
    assert (mail.gave_up_at, mail.next_attempt_at, mail.attempts) == (None, NOW, 0)
    assert asked_for.next_attempt_at is None
    assert other.next_attempt_at is None
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.data) == ("mail_tried_again", {"mails": [mail.id]})
    assert try_again(session, post.administrator, key, now=NOW) == 0


def test_an_address_that_works_again(post: Post, session: Session) -> None:
    for _each in range(3):
        post.bounce(post.mail(sent_at=NOW - DAY))
    trouble = post.listed()[0]
    assert trouble.blocked
    assert is_undeliverable(session, "somchai@x.org")
    works_again(session, post.administrator, trouble.key, now=NOW)
    session.flush()
    assert not is_undeliverable(session, "somchai@x.org")
    assert post.listed() == []
    assert session.scalars(select(MailBounce.cleared_at)).all() == [NOW] * 3
    with pytest.raises(DomainError) as caught:
        works_again(session, post.administrator, trouble.key, now=NOW)
    assert caught.value.code is ErrorCode.NOT_FOUND


def test_an_address_that_somebody_left_is_not_guessed(post: Post, session: Session) -> None:
    mail = post.mail(sent_at=NOW - DAY)
    post.bounce(mail)
    person = session.get_one(User, post.person.id)
    person.email = "new@x.org"
    session.flush()
    assert [each.address for each in post.listed()] == ["somchai@x.org"], "as the mail says"
    session.delete(mail)
    session.flush()
    session.expire_all()
    assert post.listed() == []


def test_the_page(post: Post, session: Session, login: Callable[[User], FlaskClient]) -> None:
    url = "/en/administration/undeliverable-mail/"
    administrator = make_user(session, roles=["administrator"])
    assert "All mails arrive" in login(administrator).get(url).text
    mail = post.given_up(to="letters@y.org")
    mail.gave_up_at = utc_now()
    mail.last_error = "550 5.1.1 <b>No such person</b>"
    for _each in range(3):
        post.bounce(post.mail(sent_at=NOW - DAY))
    client = login(administrator)
    page = client.get(url).text
    for told in (
        "2 addresses", "letters@y.org", "550 5.1.1 &lt;b&gt;No such person", "Somchai",
        "Gets no more mails", "3 came back for good", "1 given up", "No account", "5.1.1",
    ):  # fmt: skip
        assert told in page, told
    letters, somchai = (f"{url}{address_hash(each)}" for each in ("letters@y.org", "somchai@x.org"))
    assert client.post(f"{letters}/again").status_code == 302
    session.refresh(mail)
    assert mail.gave_up_at is None
    assert "1 mail is tried again." in client.get(url).text
    assert client.post(f"{somchai}/works").status_code == 302
    assert not is_undeliverable(session, "somchai@x.org")
    assert client.post(f"{somchai}/works").status_code == 404
    assert client.get(f"{url}?page=99999").status_code == 200
