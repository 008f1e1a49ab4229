"""The one place that sets the state of a match, and what follows from listings by itself."""

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from matchmaker.domain.match_states import (
    AGREED,
    BEFORE_INTRODUCTION,
    ENDINGS,
    By,
    check_transition,
)
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import MatchState, NdaState, OutcomeClosing, Side
from matchmaker.models import Listing, ListingRevision, Match, Nda
from matchmaker.services import audit
from matchmaker.services.match_endings import follow_ending

FOLLOWS_REVISIONS = frozenset({MatchState.SUGGESTED, MatchState.UNDER_REVIEW, MatchState.APPROVED})
"""States in which a newly published text replaces the judged one. Once the parties were asked,
the match goes on with what they were asked about."""


def move(
    session: Session,
    actor: Actor,
    match: Match,
    target: MatchState,
    *,
    by: By,
    now: datetime,
    **data: object,
) -> Match:
    """Take a match to `target`, or raise DomainError MATCH_STEP_NOT_ALLOWED.

    `data` (ids, codes, numbers) goes into the audit entry beside the two states. At an ending,
    meetings are called off and everybody concerned is told.
    """
    check_transition(match.state, target, by)
    before = match.state
    match.state = target
    match.state_changed_at = now
    audit.record(
        session,
        actor,
        audit.AuditAction.MATCH_STATE_CHANGED,
        match,
        now=now,
        **{"from": before.value, "to": target.value, "by": by.value},
        **data,
    )
    _close_outcomes(session, actor, match, now)
    if target in ENDINGS:
        follow_ending(session, actor, match, before, by=by, data=data, now=now)
    return match


def _close_outcomes(session: Session, actor: Actor, match: Match, now: datetime) -> None:
    """Close what no longer counts in the state of a match: the agreement when talks step back from
    it, and all that was written of one when they end. Nothing is deleted."""
    ended = match.state in ENDINGS
    if match.state in AGREED:
        return
    over = [o for o in match.outcomes if o.is_open and (ended or o.recorded_at is not None)]
    for outcome in over:
        outcome.closed_at = now
        outcome.closing = OutcomeClosing.ENDED if ended else OutcomeClosing.STEPPED_BACK
        if outcome.recorded_at is not None:
            audit.record(
                session, actor, audit.AuditAction.OUTCOME_CLOSED, match, now=now,
                closing=outcome.closing, contract_type=outcome.contract_type,
            )  # fmt: skip
    if over:
        session.flush()  # one open agreement at a time


def touch(match: Match) -> None:
    """Let the next flush raise the version of a match, although only its rows below change."""
    flag_modified(match, "state")


def lapse_open(session: Session, actor: Actor, listing: Listing, now: datetime) -> list[Match]:
    """End the matches of a listing that ended, except those whose parties were introduced."""
    matches = open_matches(session, listing)
    for match in matches:
        move(
            session, actor, match, MatchState.LAPSED, by=By.SYSTEM, now=now,
            listing=listing.reference,
        )  # fmt: skip
    return matches


def open_matches(session: Session, listing: Listing) -> list[Match]:
    """Return the matches of a listing before introduction, in the order of their making."""
    return list(
        session.scalars(
            select(Match)
            .where(
                or_(Match.offer_id == listing.id, Match.need_id == listing.id),
                Match.state.in_(BEFORE_INTRODUCTION),
            )
            .order_by(Match.id)
        )
    )


def follow_revisions(session: Session, actor: Actor, match: Match, *, now: datetime) -> bool:
    """Let a match that is still judged refer to the texts that are published now.

    What was decided about an older text no longer counts: the decisions go (the audit trail keeps
    them), and an approved match returns to review. Returns whether anything was newer.
    """
    if match.state not in FOLLOWS_REVISIONS:
        return False
    newer = {side: revision for side in Side if (revision := newer_revision(match, side))}
    if not newer:
        return False
    judge(match, newer)
    if match.decisions:
        match.decisions.clear()
        touch(match)
    if match.state is MatchState.APPROVED:
        move(
            session, actor, match, MatchState.UNDER_REVIEW, by=By.SYSTEM, now=now,
            revised=sorted(side.value for side in newer),
        )  # fmt: skip
    session.flush()
    return True


def newer_revision(match: Match, side: Side) -> ListingRevision | None:
    """Return the published revision of one side where it is not the one that was judged."""
    published = match.listing(side).published
    judged = match.offer_revision_id if side is Side.OFFER else match.need_revision_id
    return published if published is not None and published.id != judged else None


def judge(match: Match, revisions: dict[Side, ListingRevision]) -> None:
    """Say which revisions are judged from now on; what the engine knew of others goes."""
    if revisions:
        match.features = None
    if Side.OFFER in revisions:
        match.offer_revision = revisions[Side.OFFER]
    if Side.NEED in revisions:
        match.need_revision = revisions[Side.NEED]


def teaching(match: Match) -> dict[str, object]:
    """What an audit entry says of a pair so that the engine can learn from the trail alone."""
    return {"offer": match.offer_id, "need": match.need_id, "features": match.features}


def start_again(session: Session, match: Match) -> None:
    """Forget the decisions and answers of an ended match that opens again, and take the present
    texts. What was cleared for export is asked again as well; what the parties said of their talks
    stays in the audit trail, and an agreement that fell through was closed at the ending. A
    non-disclosure agreement that waited for a side waits no more: who accepted it did so for the
    talks of then."""
    judge(match, {side: r for side in Side if (r := newer_revision(match, side))})
    match.decisions.clear()
    match.answers.clear()
    match.clearances.clear()
    match.follow_ups.clear()
    match.offered_at = match.reminded_at = None
    replace_waiting_nda(session, match)


def replace_waiting_nda(session: Session, match: Match) -> None:
    """Let no non-disclosure agreement of a match wait for a side any longer."""
    session.execute(
        update(Nda)
        .where(Nda.match_id == match.id, Nda.state == NdaState.PROPOSED)
        .values(state=NdaState.REPLACED)
    )
