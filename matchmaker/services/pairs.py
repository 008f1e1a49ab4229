"""How people make matches: staff put two listings together, a party expresses interest."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.database import upsert
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import clean_text
from matchmaker.domain.listing_states import LIVE
from matchmaker.domain.match_states import BEFORE_INTRODUCTION, ENDINGS, By
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import Answer, MatchOrigin, MatchState, Side
from matchmaker.models import Interest, Listing, Match, PartyAnswer
from matchmaker.queries.cases import wanted_places
from matchmaker.services import audit, match_states
from matchmaker.services.audit import AuditAction
from matchmaker.services.casework import write_note
from matchmaker.services.match_notices import tell_to_review
from matchmaker.services.match_sides import check_staff
from matchmaker.services.suggestions import text_changed


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
    write_note(session, actor, match, note, now)
    tell_to_review(session, actor, [match], now=now)
    return match


def express_interest(
    session: Session,
    actor: Actor,
    target: Listing,
    own: Listing,
    *,
    what_cooperation: str,
    what_is_missing: str = "",
    about_you: str,
    now: datetime,
) -> Match:
    """Say that the organisation of `own` would talk about `target`; it counts as its yes.

    Both are published, of different kinds. A suggestion becomes a case for review and keeps its
    score; a pair that lapsed, or that ended before a text of it changed, opens again. Raises
    DomainError: NOT_ALLOWED, INTEREST_CLOSED, INTEREST_COUNTRY_EXCLUDED (with the places wanted),
    TEXT_EMPTY, MATCH_LISTING_NOT_LIVE, MATCH_SAME_KIND, MATCH_SAME_ORGANISATION, MATCH_EXISTS.
    """
    if not actor.may(Permission.MATCH_OWN_ANSWER) or (
        own.organisation_id not in actor.verified_organisation_ids and not actor.system
    ):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    if target.state not in LIVE or not target.open_for_interest:
        raise DomainError(ErrorCode.INTEREST_CLOSED)
    offer, need = _two_sides(target, own)
    _check_country(target, own)
    words = Interest(
        side=Side.OFFER if own is offer else Side.NEED,
        what_cooperation=_said("what_cooperation", what_cooperation),
        what_is_missing=clean_text(what_is_missing),
        about_you=_said("about_you", about_you),
        by_id=actor.user_id,
        at=now,
    )
    match, made = _row_of_pair(session, offer, need, MatchOrigin.INTEREST, now)
    if not made:
        _turn_to_interest(session, actor, match, now)
    _keep_interest(session, match, words)
    audit.record(session, actor, AuditAction.MATCH_INTEREST, match, now=now, side=words.side)
    tell_to_review(session, actor, [match], now=now)
    return match


def _check_country(target: Listing, own: Listing) -> None:
    """The owner of a listing may want partners of some places only; staff may pair all the same."""
    places = wanted_places(target)
    if places and own.organisation.country not in places:
        raise DomainError(ErrorCode.INTEREST_COUNTRY_EXCLUDED, places=places)


def _said(field: str, text: str) -> str:
    cleaned = clean_text(text)
    if not cleaned:
        raise DomainError(ErrorCode.TEXT_EMPTY, field=field)
    return cleaned


def _keep_interest(session: Session, match: Match, words: Interest) -> None:
    """Add what a party says, and its yes; older words of the same party give way."""
    if match.answer(words.side) is not None:
        raise DomainError(ErrorCode.MATCH_EXISTS, reference=match.reference)
    older = match.interest(words.side)
    if older is not None:
        match.interests.remove(older)
        session.flush()
    match.interests.append(words)
    match.answers.append(
        PartyAnswer(side=words.side, answer=Answer.YES, by_id=words.by_id, at=words.at)
    )
    match_states.touch(match)


def _turn_to_interest(session: Session, actor: Actor, match: Match, now: datetime) -> None:
    """Let a party's interest in an existing pair count, or refuse it as already known."""
    if match.state in ENDINGS:
        revised = any(text_changed(match, side) for side in Side)
        if match.state is not MatchState.LAPSED and not revised:
            raise DomainError(ErrorCode.MATCH_EXISTS)
        match_states.start_again(session, match)
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
