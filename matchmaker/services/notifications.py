"""Telling people: one row for each person and event, and a mail now, in a digest, or not at all.

Written in the transaction of what it tells of. What waits for a digest says when that leaves
(`mail_due_at`); a digest is one mail, written in the transaction that marks what it holds, so that
a crash loses nothing and nobody gets it twice. What was read in the site meanwhile is not mailed.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from matchmaker.database import insert_new, upsert
from matchmaker.domain.notifications import (
    CHOOSABLE,
    CODES,
    DIGEST,
    Frequency,
    NotificationKind,
    digest_day,
    next_digest,
)
from matchmaker.domain.permissions import Actor
from matchmaker.models import (
    Notification,
    NotificationPreference,
    OutgoingMail,
    SavedSearch,
    User,
)
from matchmaker.queries.mail_addresses import is_undeliverable, undeliverable
from matchmaker.queries.notifications import frequencies, own_frequencies, told_about
from matchmaker.services.audit import SEEDED
from matchmaker.services.mail import mail_user

AT_A_TIME: Final = 100
KEPT_FOR: Final = timedelta(days=400)
_QUIET_FOR: Final = timedelta(days=1)
_DIGESTS: Final = (Frequency.DAILY, Frequency.WEEKLY)
_NO_TEXT: Final = (
    "centre", "count", "first_day", "language", "last_day", "listings", "meeting",
    "days", "reference", "revision", "side", "state", "to", "valid_until", "verdict",
    "answer",
)  # fmt: skip
"""What a notification keeps of its mail's data: no titles, names or reasons."""
_TABLE: Any = Notification.__table__


def notify(
    session: Session,
    people: Iterable[User],
    code: str,
    *,
    key: str,
    now: datetime,
    **data: object,
) -> None:
    """Tell people something, each once: in the site, and by mail as often as each wants.

    `code` (one of `domain.notifications.CODES`) says what happened, `key` names the event, `data`
    is what the mail needs, as JSON values; the site keeps references, codes and numbers of it.
    """
    by_id = {person.id: person for person in people}
    wanted = frequencies(session, by_id, CODES[code])
    told = [(person, wanted[person.id]) for person in by_id.values()]
    notify_as_wanted(session, told, code, key=key, now=now, data=data)


def notify_as_wanted(
    session: Session,
    people: Sequence[tuple[User, Frequency]],
    code: str,
    *,
    key: str,
    now: datetime,
    data: Mapping[str, object],
) -> None:
    """Tell people something, as `notify` does, each as often as stands beside them."""
    blocked = undeliverable(session, [person.email for person, _frequency in people])
    rows = [
        _row(
            person, frequency, code, key=key, now=now, data=data,
            blocked=person.email in blocked, seeded=SEEDED in session.info,
        )
        for person, frequency in people
    ]  # fmt: skip
    made = set(insert_new(session, _TABLE, rows, key=["dedupe_key"], returning=_TABLE.c.user_id))
    mailed = {row["user_id"] for row in rows if row["mailed_at"]} & made
    for person, _frequency in people:
        if person.id in mailed:
            mail_user(session, person, code=code, dedupe_key=key, now=now, **data)


def _row(
    person: User,
    frequency: Frequency,
    code: str,
    *,
    key: str,
    now: datetime,
    data: Mapping[str, object],
    blocked: bool,
    seeded: bool,
) -> dict[str, Any]:
    wanted = Frequency.OFF if seeded else frequency
    at_once = wanted is Frequency.IMMEDIATE and not blocked
    return {
        "token": secrets.token_urlsafe(12),
        "user_id": person.id,
        "kind": CODES[code],
        "code": code,
        "data": {name: data[name] for name in _NO_TEXT if name in data},
        "subject": str(data.get("reference") or data.get("centre") or ""),
        "dedupe_key": f"{key}:user:{person.id}",
        "at": now,
        "frequency": wanted,
        "mail_due_at": None if at_once else _due(person, wanted, now),
        "mailed_at": now if at_once else None,
    }


def notify_unless_told(
    session: Session,
    people: Sequence[User],
    code: str,
    *,
    key: str,
    now: datetime,
    subject: str,
    **data: object,
) -> None:
    """Tell people of something that grows, such as a queue: not again while they have not read
    what they were told about `subject`, unless its mail went out more than a day ago."""
    told = told_about(
        session, [person.id for person in people], CODES[code], subject, since=now - _QUIET_FOR
    )
    fresh = [person for person in people if person.id not in told]
    notify(session, fresh, code, key=key, now=now, **data)


def _due(person: User, frequency: Frequency, now: datetime) -> datetime | None:
    """When the digest leaves; at-once mails to an address that does not work wait for one, too."""
    if frequency is Frequency.OFF:
        return None
    return next_digest(now, person.time_zone, frequency)


def mark_read(notification: Notification, *, now: datetime) -> None:
    """Write down that somebody read what they were told; no digest repeats it."""
    if notification.read_at is None:
        notification.read_at, notification.mail_due_at = now, None


def mark_all_read(session: Session, actor: Actor, *, now: datetime) -> None:
    """Write down that the actor read all that they were told until `now`."""
    session.execute(
        update(Notification)
        .where(
            Notification.user_id == actor.user_id,
            Notification.read_at.is_(None),
            Notification.at <= now,
        )
        .values(read_at=now, mail_due_at=None)
    )


def set_frequencies(
    session: Session, user: User, chosen: Mapping[NotificationKind, Frequency], *, now: datetime
) -> None:
    """Write down how often somebody wants mails of some kinds (of `CHOOSABLE`, others stay as they
    are); what waits for a digest follows."""
    allowed = {kind: frequency for kind, frequency in chosen.items() if kind in CHOOSABLE}
    rows = [
        {"user_id": user.id, "kind": kind, "frequency": frequency, "changed_at": now}
        for kind, frequency in allowed.items()
    ]
    upsert(
        session,
        NotificationPreference.__table__,  # type: ignore[arg-type]  # it is a Table
        rows,
        key=["user_id", "kind"],
        update=["frequency", "changed_at"],
    )
    for kind, frequency in allowed.items():
        reschedule(session, user, Notification.kind == kind, frequency, now)


def reschedule(
    session: Session, user: User, which: ColumnElement[bool], frequency: Frequency, now: datetime
) -> None:
    """Let what waits for a digest follow another frequency; what nobody wants mailed waits no
    more."""
    session.execute(
        update(Notification)
        .where(Notification.user_id == user.id, Notification.mail_due_at.is_not(None), which)
        .values(frequency=frequency, mail_due_at=_due(user, frequency, now))
    )


def set_time_zone(session: Session, user: User, time_zone: str, *, now: datetime) -> None:
    """Set somebody's time zone, an IANA name; digests that wait leave by it."""
    user.time_zone = time_zone
    for frequency in Frequency:
        reschedule(session, user, Notification.frequency == frequency, frequency, now)


def quiet_all(session: Session, user: User, *, now: datetime) -> None:
    """Send somebody no more notifications by mail, of searches neither; the site goes on."""
    set_frequencies(session, user, dict.fromkeys(CHOOSABLE, Frequency.OFF), now=now)
    _quiet_searches(session, user, tuple(Frequency), now)


def unsubscribe(
    session: Session, user: User, kind: NotificationKind | None, *, now: datetime
) -> None:
    """Send somebody no more mails of a kind; None stands for all that comes in digests. Doing it
    again changes nothing."""
    if kind is NotificationKind.SAVED_SEARCH:
        _quiet_searches(session, user, tuple(Frequency), now)
    elif kind is not None:
        set_frequencies(session, user, {kind: Frequency.OFF}, now=now)
    else:
        chosen = own_frequencies(session, user.id)
        digests = [each for each in CHOOSABLE if chosen[each] in _DIGESTS]
        set_frequencies(session, user, dict.fromkeys(digests, Frequency.OFF), now=now)
        _quiet_searches(session, user, _DIGESTS, now)


def _quiet_searches(
    session: Session, user: User, frequency: Iterable[Frequency], now: datetime
) -> None:
    session.execute(
        update(SavedSearch)
        .where(SavedSearch.user_id == user.id, SavedSearch.frequency.in_(frequency))
        .values(frequency=Frequency.OFF)
    )
    searches = Notification.kind == NotificationKind.SAVED_SEARCH
    reschedule(session, user, searches & Notification.frequency.in_(frequency), Frequency.OFF, now)


def send_digests(session: Session, *, now: datetime) -> int:
    """Write the digests that are due: one mail for each person and local date. Returns how many
    people it concerned; the boundary calls again while there are more."""
    people = session.scalars(
        select(User)
        .where(User.id.in_(select(Notification.user_id).where(Notification.mail_due_at <= now)))
        .order_by(User.id)
        .limit(AT_A_TIME)
        # Two workers at once would each write one, and the second would be none.
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    return sum(_send_digest(session, person, now) for person in people)


def _send_digest(session: Session, person: User, now: datetime) -> int:
    waiting = session.scalars(
        select(Notification)
        .where(Notification.user_id == person.id, Notification.mail_due_at <= now)
        .order_by(Notification.id)
    ).all()
    key = f"digest:{digest_day(now, person.time_zone)}"
    if not _reachable(session, person) or _is_written(session, f"{key}:user:{person.id}"):
        for each in waiting:
            each.mail_due_at = _due(person, each.frequency, now)
        return 1
    mail_user(
        session, person, code=DIGEST, dedupe_key=key, now=now, at=now.isoformat(),
        notifications=[each.id for each in waiting],
    )  # fmt: skip
    for each in waiting:
        each.mailed_at, each.mail_due_at = now, None
    return 1


def _reachable(session: Session, person: User) -> bool:
    return (
        person.active
        and person.confirmed_at is not None
        and not is_undeliverable(session, person.email)
    )


def _is_written(session: Session, key: str) -> bool:
    return session.scalar(select(OutgoingMail.id).where(OutgoingMail.dedupe_key == key)) is not None


def forget_old(session: Session, *, now: datetime) -> int:
    """Delete what people were told more than 400 days ago; return how many rows."""
    old = select(Notification.id).where(Notification.at < now - KEPT_FOR).limit(AT_A_TIME)
    ids = session.scalars(old).all()
    session.execute(delete(Notification).where(Notification.id.in_(ids)))
    return len(ids)
