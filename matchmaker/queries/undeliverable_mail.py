"""The addresses that mails do not reach, for administrators: since when, how often, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from matchmaker.domain.notifications import CODES, MOST_BOUNCES, BounceCode, NotificationKind
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.models import MailBounce, OutgoingMail, User
from matchmaker.queries.mail_addresses import address_hash

KEPT_FOR: Final = timedelta(days=30)
"""So long a mail that was given up, or came late, stays in the list."""
ASKED_FOR: Final = "account_"
"""Codes of mails that a person asks for at this moment begin so: an old one is of no use."""


@dataclass(slots=True)
class Trouble:
    """What happened to the mails for one address."""

    address: str
    person: User | None = None
    bounces: list[MailBounce] = field(default_factory=list)
    """That still count, the oldest first."""
    given_up: list[OutgoingMail] = field(default_factory=list)
    """Mails that nobody tries any more, the oldest first."""
    about: dict[int, OutgoingMail] = field(default_factory=dict)
    """The mails that came back, by id."""

    @property
    def key(self) -> str:
        """What names the address on the site."""
        return address_hash(self.address)

    @property
    def returned(self) -> int:
        """How many mails came back for good."""
        return sum(each.code is BounceCode.PERMANENT for each in self.bounces)

    @property
    def late(self) -> int:
        """How many mails were reported to be late."""
        return len(self.bounces) - self.returned

    @property
    def blocked(self) -> bool:
        """Whether the address gets no more mails."""
        return self.returned >= MOST_BOUNCES

    @property
    def again(self) -> list[OutgoingMail]:
        """The mails that are worth another try."""
        return [mail for mail in self.given_up if not mail.code.startswith(ASKED_FOR)]

    @property
    def last_at(self) -> datetime:
        """When it happened last."""
        given_up = [mail.gave_up_at for mail in self.given_up if mail.gave_up_at]
        return max([*given_up, *(each.at for each in self.bounces)])

    @property
    def reasons(self) -> list[str]:
        """What the mail servers said, each once, the newest first."""
        said = [
            *((mail.gave_up_at, mail.last_error) for mail in self.given_up),
            *((each.at, self._said(each)) for each in self.bounces),
        ]
        newest = sorted(((at, text) for at, text in said if at and text), reverse=True)
        return list(dict.fromkeys(text for _at, text in newest))

    def _said(self, bounce: MailBounce) -> str:
        mail = self.about.get(bounce.mail_id or 0)
        error = mail.last_error if mail is not None else None
        return error if error and bounce.status in error else bounce.status

    @property
    def kinds(self) -> list[NotificationKind | None]:
        """What the mails were about; None for those about the account itself."""
        mails = {mail.id: mail for mail in (*self.about.values(), *self.given_up)}
        return list(dict.fromkeys(CODES.get(mails[each].code) for each in sorted(mails)))


def undeliverable_mail(session: Session, actor: Actor, *, now: datetime) -> list[Trouble]:
    """Return the addresses with trouble, what happened last first; nothing for who is no
    administrator.

    What came back counts until the address is confirmed or cleared; what was given up, until a
    later mail to the address was sent.
    """
    if not actor.may(Permission.USER_ANY_MANAGE):
        return []
    found: dict[str, Trouble] = {}
    for bounce, mail, address in _bounces(session, now):
        trouble = found.setdefault(address, Trouble(address))
        trouble.bounces.append(bounce)
        if mail is not None:
            trouble.about[mail.id] = mail
    for mail in _given_up(session, now):
        address = mail.recipient.lower()
        found.setdefault(address, Trouble(address)).given_up.append(mail)
    for person in _people(session, found):
        found[person.email.lower()].person = person
    return sorted(found.values(), key=lambda each: (each.last_at, each.address), reverse=True)


def _bounces(
    session: Session, now: datetime
) -> Iterable[tuple[MailBounce, OutgoingMail | None, str]]:
    """What came back and still counts, with its mail and its address, as far as that is known."""
    # Either of the outer joins may find nothing, which the types do not say.
    rows: Any = session.execute(
        select(MailBounce, OutgoingMail, User)
        .outerjoin(OutgoingMail, OutgoingMail.id == MailBounce.mail_id)
        .outerjoin(User, User.id == MailBounce.user_id)
        .where(
            MailBounce.cleared_at.is_(None),
            or_(MailBounce.code == BounceCode.PERMANENT, MailBounce.at >= now - KEPT_FOR),
        )
        .order_by(MailBounce.id)
    )
    for bounce, mail, person in rows:
        known = [mail.recipient] if mail is not None else []
        known += [person.email] if person is not None else []
        for address in known:
            if address_hash(address) == bounce.address_hash:
                yield bounce, mail, address.lower()
                break


def _given_up(session: Session, now: datetime) -> Sequence[OutgoingMail]:
    later = aliased(OutgoingMail)
    return session.scalars(
        select(OutgoingMail)
        .where(
            OutgoingMail.gave_up_at >= now - KEPT_FOR,
            ~exists().where(
                later.recipient == OutgoingMail.recipient,
                later.sent_at > OutgoingMail.gave_up_at,
            ),
        )
        .order_by(OutgoingMail.gave_up_at, OutgoingMail.id)
    ).all()


def _people(session: Session, addresses: Iterable[str]) -> Sequence[User]:
    return session.scalars(select(User).where(func.lower(User.email).in_(list(addresses)))).all()
