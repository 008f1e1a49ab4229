"""Matches as the parties see them: what waits for their answer, and their running cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import Tier
from matchmaker.domain.listing_states import LIVE
from matchmaker.domain.match_states import CASE_STATES
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import parse_reference
from matchmaker.domain.vocabulary import CodeField, ListingKind, MatchState, Side
from matchmaker.models import Interest, Listing, Match, PartyAnswer
from matchmaker.queries.case_tiers import SideView, party_tier, side_view

TOLD = CASE_STATES | {MatchState.OFFERED}


@dataclass(frozen=True, slots=True)
class Case:
    """A match as one party sees it: its own listing whole, the other's cut to its tier."""

    match: Match
    side: Side
    views: Mapping[Side, SideView]
    waits: bool
    """Whether an answer of this party is wanted."""

    @property
    def interests(self) -> Mapping[Side, Interest]:
        """What the parties wrote with their interest, as far as this one reads it."""
        return {
            side: interest
            for side in (self.side, self.side.other)
            if (interest := self.match.interest(side)) and self.views[side].tier is Tier.CASE
        }

    @property
    def own(self) -> SideView:
        return self.views[self.side]

    @property
    def other(self) -> SideView:
        return self.views[self.side.other]


def my_cases(session: Session, actor: Actor) -> Sequence[Case]:
    """Return what the actor's organisations are told of; what waits for an answer comes first."""
    if not actor.may(Permission.MATCH_OWN_ANSWER) or not actor.verified_organisation_ids:
        return []
    matches = session.scalars(
        select(Match).where(_told(actor)).order_by(Match.state_changed_at.desc(), Match.id.desc())
    )
    cases = [
        case_of(session, actor, match, side)
        for match in matches
        for side in own_sides(actor, match)
    ]
    return sorted(cases, key=lambda case: not case.waits)


def get_case(session: Session, actor: Actor, reference: str) -> Case:
    """Return a match of one of the actor's organisations that it was told of; else NOT_FOUND.

    Who belongs to both sees it from the side that has not answered yet.
    """
    match = None
    if actor.may(Permission.MATCH_OWN_ANSWER) and actor.verified_organisation_ids:
        match = session.scalar(
            select(Match).where(Match.reference == parse_reference(reference), _told(actor))
        )
    sides = own_sides(actor, match) if match is not None else ()
    if match is None or not sides:
        raise DomainError(ErrorCode.NOT_FOUND)
    return case_of(
        session, actor, match, next((s for s in sides if match.answer(s) is None), sides[0])
    )


def case_of(session: Session, actor: Actor, match: Match, side: Side) -> Case:
    """Cut a match to what the party of `side` may see."""
    introduced = match.state in CASE_STATES
    views = {
        side: side_view(session, match, side, Tier.CASE, actor.locale),
        side.other: side_view(
            session,
            match,
            side.other,
            party_tier(session, match, side.other),
            actor.locale,
            contact=introduced,
        ),
    }
    waits = match.state is MatchState.OFFERED and match.answer(side) is None
    return Case(match, side, views, waits)


def _told(actor: Actor) -> ColumnElement[bool]:
    """A party knows of a match once it was asked, and of the interest it expressed itself; one
    that was introduced goes on reading it while it is judged again."""
    offer, need = aliased(Listing), aliased(Listing)
    conditions = []
    for side, listing, column in (
        (Side.OFFER, offer, Match.offer_id),
        (Side.NEED, need, Match.need_id),
    ):
        mine = exists().where(
            listing.id == column,
            listing.organisation_id.in_(actor.verified_organisation_ids),
        )
        answered = exists().where(PartyAnswer.match_id == Match.id, PartyAnswer.side == side)
        told = or_(
            Match.state.in_(TOLD),
            Match.offered_at.is_not(None),
            Match.introduced_at.is_not(None),
            answered,
        )
        conditions.append(and_(mine, told))
    return or_(*conditions)


def own_sides(actor: Actor, match: Match) -> tuple[Side, ...]:
    """Return the sides whose organisation, if it is verified, the actor belongs to."""
    return tuple(
        side
        for side in Side
        if match.listing(side).organisation_id in actor.verified_organisation_ids
    )


def known_pair(session: Session, actor: Actor, first: str, second: str) -> Match | None:
    """Return the match of two listings, by their references, if the actor was told of it."""
    offer, need = aliased(Listing), aliased(Listing)
    both = (parse_reference(first), parse_reference(second))
    return session.scalar(
        select(Match)
        .join(offer, offer.id == Match.offer_id)
        .join(need, need.id == Match.need_id)
        .where(_told(actor), offer.reference.in_(both), need.reference.in_(both))
    )


def interesting_listing(session: Session, reference: str) -> Listing:
    """Return a published listing by its reference, for an expression of interest."""
    listing = session.scalar(
        select(Listing).where(
            Listing.reference == parse_reference(reference), Listing.state.in_(LIVE)
        )
    )
    if listing is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return listing


def wanted_places(listing: Listing) -> tuple[str, ...]:
    """Return the countries in which a listing looks for partners; none: anywhere."""
    published = listing.published
    return tuple(published.values(CodeField.TARGET_COUNTRY)) if published is not None else ()


def own_partners(session: Session, actor: Actor, target: Listing) -> list[Listing]:
    """Return the actor's published listings that could be paired with `target`, newest first."""
    kinds = [kind for kind in ListingKind if kind.is_need != target.kind.is_need]
    return list(
        session.scalars(
            select(Listing)
            .where(
                Listing.organisation_id.in_(actor.verified_organisation_ids),
                Listing.organisation_id != target.organisation_id,
                Listing.state.in_(LIVE),
                Listing.kind.in_(kinds),
            )
            .order_by(Listing.published_at.desc(), Listing.id.desc())
        )
    )
