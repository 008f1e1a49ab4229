"""A centre lets another one decide for it, for a period; its leads say so."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from matchmaker.domain.clock import local_date
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor
from matchmaker.models import Centre, CentreDelegation
from matchmaker.queries.centres import staff_of
from matchmaker.services import audit
from matchmaker.services.audit import AuditAction
from matchmaker.services.notifications import notify


def delegate(
    session: Session,
    actor: Actor,
    centre: Centre,
    to: Centre,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    now: datetime,
) -> CentreDelegation:
    """Let another centre decide for `centre`, which decides on as well. Days are those of `centre`.

    Without a first day it begins at once, without a last one it runs until it is ended; a pair of
    centres has one period, a new one takes its place. The other centre's staff are told by mail.
    Raises DomainError: NOT_ALLOWED (only its leads), CENTRE_UNSUITABLE, DATE_PAST, PERIOD_REVERSED.
    """
    _check_lead(actor, centre)
    if not to.active or to.id == centre.id:
        raise DomainError(ErrorCode.CENTRE_UNSUITABLE, field="to")
    today = local_date(now, centre.time_zone)
    first = first_day or today
    for field, day in (("first_day", first), ("last_day", last_day)):
        if day is not None and day < today:
            raise DomainError(ErrorCode.DATE_PAST, field=field)
    if last_day is not None and last_day < first:
        raise DomainError(ErrorCode.PERIOD_REVERSED, field="last_day")
    given = session.get(CentreDelegation, (centre.id, to.id))
    if given is None:
        given = CentreDelegation(centre=centre, delegate=to)
        session.add(given)
    given.since = now if first == today else _midnight(first, centre)
    given.until = _midnight(last_day + timedelta(days=1), centre) if last_day else None
    audit.record(
        session, actor, AuditAction.CENTRE_DELEGATED, centre, now=now, to=to.id,
        first=first.isoformat(), last=last_day.isoformat() if last_day else None,
    )  # fmt: skip
    notify(
        session, [user for user in staff_of(session, to.id) if user.id != actor.user_id],
        "centre_delegated", key=f"centre_delegated:{centre.id}:{to.id}:{now.isoformat()}", now=now,
        centre=centre.code, first_day=first.isoformat(),
        last_day=last_day.isoformat() if last_day else "",
    )  # fmt: skip
    return given


def _midnight(day: date, centre: Centre) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(centre.time_zone))


def end_delegation(
    session: Session, actor: Actor, delegation: CentreDelegation, *, now: datetime
) -> None:
    """Let a centre decide for itself alone again, at once. What was decided for it stays.

    Raises DomainError NOT_ALLOWED (only its leads).
    """
    centre = delegation.centre
    _check_lead(actor, centre)
    audit.record(
        session, actor, AuditAction.CENTRE_DELEGATION_ENDED, centre, now=now,
        to=delegation.delegate_id,
    )  # fmt: skip
    session.delete(delegation)


def _check_lead(actor: Actor, centre: Centre) -> None:
    if not actor.system and centre.id not in actor.lead_centre_ids:
        raise DomainError(ErrorCode.NOT_ALLOWED)
