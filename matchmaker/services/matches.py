"""What staff do with matches, and how people make them: decide, assign, comment, pair, reopen.

Asking the parties and introducing them is in `introductions`, whose verbs are offered here too.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.database import upsert
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_states import LIVE
from matchmaker.domain.match_states import BEFORE_INTRODUCTION, ENDINGS, By
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import (
    Answer,
    MatchOrigin,
    MatchState,
    RejectReason,
    Side,
    Verdict,
)
from matchmaker.models import Listing, Match, MatchComment, MatchDecision, PartyAnswer, User
from matchmaker.queries.actors import load_actor
from matchmaker.services import audit, match_states
from matchmaker.services.audit import AuditAction
from matchmaker.services.introductions import (
    answer,
    clear_export,
    introduce,
    offer_to_parties,
    take_step,
)
from matchmaker.services.match_sides import (
    check_alive,
    check_side,
    check_staff,
    deciding_centre,
    is_readable,
    staff_sides,
)
from matchmaker.services.suggestions import text_changed

__all__ = [
    "answer",
    "assign",
    "clear_export",
    "comment",
    "decide",
    "express_interest",
    "introduce",
    "offer_to_parties",
    "pair",
    "reopen",
    "stop",
    "take_step",
]

JUDGED = frozenset({MatchState.SUGGESTED, MatchState.UNDER_REVIEW})
STOPPABLE = frozenset({MatchState.APPROVED, MatchState.OFFERED})


def decide(
    session: Session,
    actor: Actor,
    match: Match,
    side: Side,
    *,
    verdict: Verdict,
    reason: RejectReason | None = None,
    note: str = "",
    read_in_original: bool = False,
    seen: tuple[int, int] | None = None,
    now: datetime,
) -> Match:
    """Record what the centre of one side decides; it may change its mind until both have decided.

    `seen` are the numbers of the revisions of the offer and the need that the person read, None
    where nobody looked at a page. A rejection ends the match; two approvals approve it.
    Raises DomainError: NOT_ALLOWED, DECISION_OTHER_SIDE, DECISION_OWN_ORGANISATION,
    DECISION_TOO_LATE, MATCH_STEP_NOT_ALLOWED (it ended), TEXT_REVISED, REASON_MISSING,
    NOTE_MISSING, TEXT_NOT_READABLE.
    """
    check_side(actor, match, side)
    match_states.follow_revisions(session, actor, match, now=now)
    if match.state not in JUDGED:
        _refuse_decision(match, verdict)
    if seen is not None and seen != (match.offer_revision.number, match.need_revision.number):
        raise DomainError(ErrorCode.TEXT_REVISED)
    note = note.strip()
    if verdict is Verdict.REJECT:
        _check_reason(reason, note)
    else:
        reason = None
        _check_read(actor, match, read_in_original=read_in_original)
    centre_id = deciding_centre(session, actor, match.centre_id(side), now=now)
    decision = match.decision(side)
    if decision is None:
        decision = MatchDecision(side=side, centre_id=centre_id)
        match.decisions.append(decision)
    decision.verdict, decision.reason, decision.note = verdict, reason, note
    decision.read_in_original = read_in_original
    decision.at, decision.by_id, decision.centre_id = now, actor.user_id, centre_id
    decision.acting_for_id = None if centre_id == match.centre_id(side) else match.centre_id(side)
    match_states.touch(match)
    audit.record(
        session, actor, AuditAction.MATCH_DECIDED, match, now=now,
        side=side, verdict=verdict, reason=reason, centre=decision.centre_id,
        acting_for=decision.acting_for_id, read_in_original=read_in_original,
        revisions=[match.offer_revision.number, match.need_revision.number],
    )  # fmt: skip
    _follow_decision(session, actor, match, verdict, now)
    return match


def _refuse_decision(match: Match, verdict: Verdict) -> None:
    if match.state in ENDINGS:
        target = MatchState.APPROVED if verdict is Verdict.APPROVE else MatchState.REJECTED
        raise DomainError(ErrorCode.MATCH_STEP_NOT_ALLOWED, state=match.state, target=target)
    raise DomainError(ErrorCode.DECISION_TOO_LATE)


def _check_reason(reason: RejectReason | None, note: str) -> None:
    if reason is None:
        raise DomainError(ErrorCode.REASON_MISSING, field="reason")
    if reason is RejectReason.OTHER and not note:
        raise DomainError(ErrorCode.NOTE_MISSING, field="note")


def _check_read(actor: Actor, match: Match, *, read_in_original: bool) -> None:
    readable = all(
        is_readable(actor, revision) for revision in (match.offer_revision, match.need_revision)
    )
    if not (readable or read_in_original or actor.system):
        raise DomainError(ErrorCode.TEXT_NOT_READABLE, field="read_in_original")


def _follow_decision(
    session: Session, actor: Actor, match: Match, verdict: Verdict, now: datetime
) -> None:
    """Take the match where its decisions lead."""
    if verdict is Verdict.REJECT:
        match_states.move(session, actor, match, MatchState.REJECTED, by=By.STAFF, now=now)
        return
    if match.state is MatchState.SUGGESTED:
        match_states.move(session, actor, match, MatchState.UNDER_REVIEW, by=By.STAFF, now=now)
    given = [match.decision(side) for side in Side]
    if all(one is not None and one.verdict is Verdict.APPROVE for one in given):
        match_states.move(session, actor, match, MatchState.APPROVED, by=By.SYSTEM, now=now)


def stop(
    session: Session,
    actor: Actor,
    match: Match,
    *,
    reason: RejectReason,
    note: str = "",
    now: datetime,
) -> Match:
    """End a match that both sides approved, before the introduction. What was decided stays.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, NOTE_MISSING,
    MATCH_STEP_NOT_ALLOWED.
    """
    check_staff(actor, match)
    if match.state not in STOPPABLE:
        raise DomainError(
            ErrorCode.MATCH_STEP_NOT_ALLOWED, state=match.state, target=MatchState.REJECTED
        )
    _check_reason(reason, note.strip())
    match_states.move(
        session, actor, match, MatchState.REJECTED, by=By.STAFF, now=now, reason=reason
    )
    _note(session, actor, match, note, now)
    return match


def reopen(session: Session, actor: Actor, match: Match, *, note: str, now: datetime) -> Match:
    """Take an ended match back into review, with a reason for the colleagues; both sides decide
    and both parties answer again.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, NOTE_MISSING,
    MATCH_LISTING_NOT_LIVE, MATCH_STEP_NOT_ALLOWED.
    """
    check_staff(actor, match)
    if not note.strip():
        raise DomainError(ErrorCode.NOTE_MISSING, field="note")
    check_alive(match)
    match_states.move(session, actor, match, MatchState.UNDER_REVIEW, by=By.STAFF, now=now)
    match_states.start_again(match)
    _note(session, actor, match, note, now)
    session.flush()
    return match


def assign(
    session: Session,
    actor: Actor,
    match: Match,
    side: Side,
    assignee: User | None,
    *,
    now: datetime,
) -> Match:
    """Give one side of a match to somebody who decides for it; None gives it to nobody.

    Raises DomainError: NOT_ALLOWED, DECISION_OTHER_SIDE, DECISION_OWN_ORGANISATION (of either
    person).
    """
    check_side(actor, match, side)
    if assignee is not None:
        check_side(load_actor(session, assignee.id, now=now), match, side)
    if side is Side.OFFER:
        match.offer_assignee = assignee
    else:
        match.need_assignee = assignee
    audit.record(
        session, actor, AuditAction.MATCH_ASSIGNED, match, now=now,
        side=side, assignee=assignee.id if assignee else None,
    )  # fmt: skip
    return match


def comment(
    session: Session, actor: Actor, match: Match, *, note: str, now: datetime
) -> MatchComment:
    """Write a note that the staff of both centres read.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, TEXT_EMPTY.
    """
    check_staff(actor, match)
    if not note.strip():
        raise DomainError(ErrorCode.TEXT_EMPTY, field="note")
    if actor.user_id is None:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    return _note(session, actor, match, note, now)


def _note(session: Session, actor: Actor, match: Match, note: str, now: datetime) -> MatchComment:
    sides = staff_sides(actor, match)
    own = next((s for s in sides if match.centre_id(s) in actor.centre_ids), sides[0])
    written = MatchComment(
        by_id=actor.user_id,
        centre_id=deciding_centre(session, actor, match.centre_id(own), now=now),
        at=now,
        note=note.strip(),
    )
    if actor.user_id is not None and written.note:
        match.comments.append(written)
        audit.record(session, actor, AuditAction.MATCH_NOTED, match, now=now)
    return written


def pair(
    session: Session,
    actor: Actor,
    first: Listing,
    second: Listing,
    *,
    note: str = "",
    now: datetime,
) -> Match:
    """Put an offer and a need together by hand; one of them is the actor's centre's.

    A suggestion of the engine turns into a pair of staff. Raises DomainError: NOT_ALLOWED,
    MATCH_SAME_KIND, MATCH_SAME_ORGANISATION, MATCH_LISTING_NOT_LIVE, MATCH_EXISTS (with its
    reference: an ended one is reopened instead), DECISION_OWN_ORGANISATION.
    """
    offer, need = _two_sides(first, second)
    centres = {offer.centre_id, need.centre_id}
    if not actor.system and not (
        actor.may(Permission.MATCH_CENTRE_REVIEW) and centres & actor.acting_centre_ids
    ):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    match, made = _row_of_pair(session, offer, need, MatchOrigin.MANUAL, now)
    check_staff(actor, match)
    if not made:
        if match.state is not MatchState.SUGGESTED:
            raise DomainError(ErrorCode.MATCH_EXISTS, reference=match.reference)
        match.origin = MatchOrigin.MANUAL
        match_states.move(session, actor, match, MatchState.UNDER_REVIEW, by=By.STAFF, now=now)
    audit.record(session, actor, AuditAction.MATCH_PAIRED, match, now=now)
    _note(session, actor, match, note, now)
    return match


def express_interest(
    session: Session, actor: Actor, target: Listing, own: Listing, *, note: str = "", now: datetime
) -> Match:
    """Say that the organisation of `own` would talk about `target`; it counts as its yes.

    Both are published, of different kinds. A suggestion becomes a case for review; a pair that
    lapsed, or that ended before a text of it changed, opens again. Raises DomainError: NOT_ALLOWED,
    INTEREST_CLOSED, MATCH_LISTING_NOT_LIVE, MATCH_SAME_KIND, MATCH_SAME_ORGANISATION, MATCH_EXISTS.
    """
    if not actor.may(Permission.MATCH_OWN_ANSWER) or (
        own.organisation_id not in actor.verified_organisation_ids and not actor.system
    ):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    if target.state not in LIVE or not target.open_for_interest:
        raise DomainError(ErrorCode.INTEREST_CLOSED)
    offer, need = _two_sides(target, own)
    match, made = _row_of_pair(session, offer, need, MatchOrigin.INTEREST, now)
    if not made:
        _turn_to_interest(session, actor, match, now)
    side = Side.OFFER if own is offer else Side.NEED
    if match.answer(side) is not None:
        raise DomainError(ErrorCode.MATCH_EXISTS, reference=match.reference)
    match.answers.append(
        PartyAnswer(side=side, answer=Answer.YES, note=note.strip(), by_id=actor.user_id, at=now)
    )
    match_states.touch(match)
    audit.record(session, actor, AuditAction.MATCH_INTEREST, match, now=now, side=side)
    return match


def _turn_to_interest(session: Session, actor: Actor, match: Match, now: datetime) -> None:
    """Let a party's interest in an existing pair count, or refuse it as already known."""
    if match.state in ENDINGS:
        revised = any(text_changed(match, side) for side in Side)
        if match.state is not MatchState.LAPSED and not revised:
            raise DomainError(ErrorCode.MATCH_EXISTS)
        match_states.start_again(match)
        match_states.move(session, actor, match, MatchState.SUGGESTED, by=By.SYSTEM, now=now)
    if match.state not in BEFORE_INTRODUCTION:
        raise DomainError(ErrorCode.MATCH_EXISTS)
    if match.state is MatchState.SUGGESTED:
        match.origin = MatchOrigin.INTEREST
        match_states.move(session, actor, match, MatchState.UNDER_REVIEW, by=By.PARTY, now=now)


def _two_sides(first: Listing, second: Listing) -> tuple[Listing, Listing]:
    """Return the offer and the need of two published listings of different organisations."""
    if first.kind.is_need == second.kind.is_need:
        raise DomainError(ErrorCode.MATCH_SAME_KIND)
    if first.organisation_id == second.organisation_id:
        raise DomainError(ErrorCode.MATCH_SAME_ORGANISATION)
    if first.state not in LIVE or second.state not in LIVE:
        raise DomainError(ErrorCode.MATCH_LISTING_NOT_LIVE)
    return (second, first) if first.kind.is_need else (first, second)


def _row_of_pair(
    session: Session, offer: Listing, need: Listing, origin: MatchOrigin, now: datetime
) -> tuple[Match, bool]:
    """Return the row of a pair, and whether it was made now: two people may try at once.

    Whoever ends one of the listings at this moment waits, and then finds the match to lapse.
    """
    states = session.scalars(
        select(Listing.state)
        .where(Listing.id.in_([offer.id, need.id]))
        .order_by(Listing.id)
        .with_for_update(read=True)
    ).all()
    if not LIVE.issuperset(states):
        raise DomainError(ErrorCode.MATCH_LISTING_NOT_LIVE)
    if offer.published is None or need.published is None:
        raise DomainError(ErrorCode.MATCH_LISTING_NOT_LIVE)
    row = {
        "reference": new_reference(Prefix.MATCH),
        "offer_id": offer.id,
        "need_id": need.id,
        "origin": origin,
        "state": MatchState.UNDER_REVIEW,
        "offer_centre_id": offer.centre_id or offer.organisation.centre_id,
        "need_centre_id": need.centre_id or need.organisation.centre_id,
        "offer_revision_id": offer.published.id,
        "need_revision_id": need.published.id,
        "reasons": [],
        "created_at": now,
        "state_changed_at": now,
        "lock_version": 1,
    }
    upsert(session, Match.__table__, [row], key=["offer_id", "need_id"])  # type: ignore[arg-type]
    match = session.scalars(
        select(Match).where(Match.offer_id == offer.id, Match.need_id == need.id)
    ).one()
    return match, match.reference == row["reference"]
