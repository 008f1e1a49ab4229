"""Who may act on which side of a match. Every verb on matches asks here first."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import reads
from matchmaker.domain.listing_states import ALIVE
from matchmaker.domain.match_states import By
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import Side, TextOrigin
from matchmaker.models import CentreDelegation, ListingRevision, Match
from matchmaker.queries.centres import delegation_runs, head_office

READABLE = frozenset({TextOrigin.ORIGINAL, TextOrigin.HUMAN})
"""What a person wrote. A machine's version helps, but nobody decides on it."""


def staff_sides(actor: Actor, match: Match) -> tuple[Side, ...]:
    """Return the sides for which the actor decides as staff."""
    if actor.system:
        return tuple(Side)
    if not actor.may(Permission.MATCH_CENTRE_REVIEW):
        return ()
    return tuple(side for side in Side if match.centre_id(side) in actor.acting_centre_ids)


def party_sides(actor: Actor, match: Match) -> tuple[Side, ...]:
    """Return the sides whose organisation, if it is verified, the actor belongs to."""
    if not actor.may(Permission.MATCH_OWN_ANSWER):
        return ()
    return tuple(
        side
        for side in Side
        if match.listing(side).organisation_id in actor.verified_organisation_ids
    )


def is_involved(actor: Actor, match: Match) -> bool:
    """Tell whether the actor belongs to one of the two organisations, verified or not."""
    return any(match.listing(side).organisation_id in actor.organisation_ids for side in Side)


def check_staff(actor: Actor, match: Match) -> tuple[Side, ...]:
    """Return the sides that the actor decides for, at least one; raise DomainError otherwise."""
    sides = staff_sides(actor, match)
    if not sides:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    if is_involved(actor, match):
        raise DomainError(ErrorCode.DECISION_OWN_ORGANISATION)
    return sides


def check_side(actor: Actor, match: Match, side: Side) -> None:
    """Raise DomainError unless the actor decides for this side as staff."""
    if side not in check_staff(actor, match):
        raise DomainError(ErrorCode.DECISION_OTHER_SIDE)


def role_in(actor: Actor, match: Match) -> By:
    """Return as what the actor takes a step after the introduction.

    Staff of a centre who belong to one of the organisations act as that party.
    """
    if staff_sides(actor, match) and not is_involved(actor, match):
        return By.STAFF
    if party_sides(actor, match):
        return By.PARTY
    raise DomainError(ErrorCode.NOT_ALLOWED)


def check_alive(match: Match) -> None:
    """Raise DomainError when one of the two listings has ended."""
    if any(match.listing(side).state not in ALIVE for side in Side):
        raise DomainError(ErrorCode.MATCH_LISTING_NOT_LIVE)


def is_readable(actor: Actor, revision: ListingRevision) -> bool:
    """Tell whether a person wrote a text of this revision in a language that the actor reads."""
    return any(
        text.origin in READABLE and reads(actor.languages, text.language) for text in revision.texts
    )


def deciding_centre(session: Session, actor: Actor, responsible_id: int, *, now: datetime) -> int:
    """Return the centre of the actor that decides for the responsible one: itself, the one it
    delegated to, else (for an inactive centre) the head office."""
    if actor.system or responsible_id in actor.centre_ids:
        return responsible_id
    delegate = session.scalar(
        select(CentreDelegation.delegate_id)
        .where(
            CentreDelegation.centre_id == responsible_id,
            CentreDelegation.delegate_id.in_(actor.centre_ids),
            delegation_runs(now),
        )
        .order_by(CentreDelegation.delegate_id)
    )
    if delegate is not None:
        return delegate
    return head_office(session).id
