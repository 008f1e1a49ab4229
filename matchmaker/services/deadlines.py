"""What time brings: listings end, owners are asked to renew, parties are reminded, matches end.

Each function finds what is due in the rows, so that a job that was lost or runs twice makes no
difference. Days end at midnight of the responsible centre.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Table, or_, select, update
from sqlalchemy.orm import Session

from matchmaker.domain.clock import local_date
from matchmaker.domain.listing_states import ALIVE
from matchmaker.domain.listing_states import By as ListingBy
from matchmaker.domain.match_states import NO_REPLY_AFTER, REMINDER_AFTER
from matchmaker.domain.match_states import By as MatchBy
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import ListingState, MatchState, Side, TaskKind
from matchmaker.models import Listing, Match
from matchmaker.queries.match_waits import both_agreed
from matchmaker.queries.silence import heard_since_introduction, silences_of
from matchmaker.services import audit, listing_states, match_states
from matchmaker.services.outreach import tell_organisation

NOTICE_BEFORE: Final = timedelta(days=14)
AT_A_TIME: Final = 100
"""Rows that one transaction changes; the boundary calls again while there are more."""
_EARLIEST_ZONE: Final = timedelta(hours=14)
"""Somewhere it is already that much later than in UTC."""
_ANSWERS_WANTED: Final = (MatchState.OFFERED, MatchState.INTRODUCED)
"""An offer waits for both answers; after an introduction somebody should say that talks began."""


def expire_listings(session: Session, *, now: datetime) -> int:
    """End the listings whose last day is over at their centre, and tell their owners."""
    count = 0
    for listing in _ending(session, before=now + _EARLIEST_ZONE):
        if listing.valid_until is None or listing.valid_until >= _today(listing, now):
            continue
        listing_states.move(
            session, SYSTEM, listing, ListingState.EXPIRED, by=ListingBy.CLOCK, now=now
        )
        _tell_owner(session, listing, code="listing_expired", now=now)
        count += 1
    return count


def send_renewal_notices(session: Session, *, now: datetime) -> int:
    """Tell owners, once for each last day, that a listing ends within 14 days."""
    count = 0
    unsaid = or_(
        Listing.renewal_notice_for.is_(None), Listing.renewal_notice_for != Listing.valid_until
    )
    for listing in _ending(session, unsaid, before=now + NOTICE_BEFORE + _EARLIEST_ZONE):
        last = listing.valid_until
        today = _today(listing, now)
        if last is None or not today <= last <= today + NOTICE_BEFORE:
            continue
        _tell_owner(session, listing, code="listing_expiring", now=now)
        # Not through the row's version: the owner may have a form open, which stays good.
        session.execute(
            update(_LISTING).where(_LISTING.c.id == listing.id).values(renewal_notice_for=last)
        )
        count += 1
    return count


def remind_parties(session: Session, *, now: datetime) -> int:
    """Remind, once, those who have not answered an offer or begun to talk within 14 days."""
    unreminded = or_(Match.reminded_at.is_(None), Match.reminded_at < Match.state_changed_at)
    matches = _unanswered(session, unreminded, since=now - REMINDER_AFTER)
    for match in matches:
        for side in _unheard(session, match, now):
            _remind(session, match, side, now)
        session.execute(update(_MATCH).where(_MATCH.c.id == match.id).values(reminded_at=now))
    return len(matches)


def end_unanswered(session: Session, *, now: datetime) -> int:
    """End the matches that a party has not answered for 30 days; staff may reopen them.

    Where both have said yes, the centres owe the next step, not the parties. Talks in which
    somebody spoke go on, even where nobody recorded it: staff end those.
    """
    quiet = (~both_agreed(), Match.id.not_in(heard_since_introduction()))
    matches = _unanswered(session, *quiet, since=now - NO_REPLY_AFTER)
    for match in matches:
        match_states.move(session, SYSTEM, match, MatchState.NO_REPLY, by=MatchBy.CLOCK, now=now)
    return len(matches)


def _unheard(session: Session, match: Match, now: datetime) -> list[Side]:
    """The sides that have not answered an offer, or that owe the other one a word."""
    if match.state is MatchState.OFFERED:
        return [side for side in Side if match.answer(side) is None]
    return list(silences_of(session, [match.id], now=now).get(match.id, {}))


def _ending(
    session: Session, *conditions: ColumnElement[bool], before: datetime
) -> Sequence[Listing]:
    return session.scalars(
        select(Listing)
        .where(
            Listing.state.in_(ALIVE),
            Listing.valid_until <= before.date(),
            *conditions,
        )
        .order_by(Listing.valid_until, Listing.id)
        .limit(AT_A_TIME)
        .with_for_update(of=Listing, skip_locked=True)
    ).all()


def _today(listing: Listing, now: datetime) -> date:
    centre = listing.centre or listing.organisation.centre
    return local_date(now, centre.time_zone)


def _tell_owner(session: Session, listing: Listing, *, code: str, now: datetime) -> None:
    last = listing.valid_until.isoformat() if listing.valid_until else ""
    tell_organisation(
        session,
        SYSTEM,
        listing.organisation,
        code=code,
        task=TaskKind.RENEWAL,
        dedupe_key=f"{code}:{listing.id}:{last}",
        now=now,
        listing=listing,
        reference=listing.reference,
        valid_until=last,
    )


def _unanswered(
    session: Session, *conditions: ColumnElement[bool], since: datetime
) -> Sequence[Match]:
    return session.scalars(
        select(Match)
        .where(
            Match.state.in_(_ANSWERS_WANTED),
            Match.state_changed_at <= since,
            *conditions,
        )
        .order_by(Match.id)
        .limit(AT_A_TIME)
        .with_for_update(of=Match, skip_locked=True)
    ).all()


def _remind(session: Session, match: Match, side: Side, now: datetime) -> None:
    listing = match.listing(side)
    tell_organisation(
        session,
        SYSTEM,
        listing.organisation,
        code="match_reminder",
        task=TaskKind.QUESTION,
        dedupe_key=f"match_reminder:{match.reference}:{side}:{match.state_changed_at.isoformat()}",
        now=now,
        listing=listing,
        match=match,
        reference=match.reference,
        match_id=match.id,
        side=side.value,
        state=match.state.value,
    )
    audit.record(
        session, SYSTEM, audit.AuditAction.MATCH_REMINDED, match, now=now, side=side, who="party"
    )


_LISTING: Table = Listing.__table__  # type: ignore[assignment]  # it is a Table
_MATCH: Table = Match.__table__  # type: ignore[assignment]  # it is a Table
