"""What one listing of a match shows to whom: public, member or case tier, in one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.languages import choose
from matchmaker.domain.listing_content import Tier, text_fields
from matchmaker.domain.match_states import CASE_STATES
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import (
    Channel,
    CodeField,
    ConfidentialAfter,
    MatchState,
    NdaState,
    Side,
    TextField,
    TextOrigin,
)
from matchmaker.models import (
    Listing,
    ListingRevision,
    ListingText,
    Match,
    Membership,
    Nda,
    Organisation,
    RevisionAttachment,
    User,
)
from matchmaker.queries.match_gate import closed_behind, says_the_same

STAFF_CASE: Final = frozenset({MatchState.UNDER_REVIEW, MatchState.APPROVED, MatchState.OFFERED})
"""Before the introduction, staff of both centres read confidential detail in these states."""


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the people of a listing."""

    name: str
    email: str | None
    phone: str | None
    channel: Channel | None
    handle: str | None


@dataclass(frozen=True, slots=True)
class Passage:
    """One field in one language."""

    field: TextField
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class SideView:
    """One listing of a match, cut to what the reader may see.

    Where the shown text is a version, `original` holds the passages of the original.
    """

    side: Side
    tier: Tier
    listing: Listing
    revision: ListingRevision
    language: str
    machine: bool
    title: str
    passages: Sequence[Passage]
    original: Sequence[Passage]
    country: str
    province: str | None
    organisation: str | None
    """None: the owner is anonymous to this reader."""
    contact: Contact | None
    files: Sequence[RevisionAttachment]

    def values(self, field: CodeField) -> tuple[str, ...]:
        """Return the values of a coded field."""
        return self.revision.values(field)


def staff_tier(actor: Actor, match: Match) -> Tier:
    """Return what staff of the two centres read; auditors and people involved read less."""
    if actor.system:
        return Tier.CASE
    if not actor.acting_centre_ids & {match.offer_centre_id, match.need_centre_id}:
        return Tier.PUBLIC
    involved = {match.offer.organisation_id, match.need.organisation_id} & actor.organisation_ids
    open_to_staff = match.state in STAFF_CASE | CASE_STATES
    return Tier.CASE if open_to_staff and not involved else Tier.MEMBER


def party_tier(session: Session, match: Match, side: Side) -> Tier:
    """Return what the other party reads of the listing of `side`."""
    if match.state not in CASE_STATES:
        return Tier.PUBLIC
    revision = shown_revision(match, side)
    if revision.confidential_after is ConfidentialAfter.NDA and not nda_in_force(session, match):
        return Tier.MEMBER
    return Tier.CASE


def nda_in_force(session: Session, match: Match) -> Nda | None:
    """Return the agreement that both parties made since they were introduced, if there is one.

    What counts is the agreement, not the state of the match: either party may take that further
    alone, but nobody opens the other's confidential part alone.
    """
    statement = select(Nda).where(Nda.match_id == match.id, Nda.state == NdaState.IN_FORCE)
    if match.introduced_at is not None:
        statement = statement.where(Nda.in_force_at >= match.introduced_at)
    return session.scalar(statement.order_by(Nda.id.desc()).limit(1))


def owner_is_known(session: Session, match: Match, side: Side) -> bool:
    """Tell whether the other party knows who stands behind the listing of `side`."""
    return (
        not shown_revision(match, side).anonymous or party_tier(session, match, side) is Tier.CASE
    )


def shown_revision(match: Match, side: Side) -> ListingRevision:
    """Return the text to show: what is published now, else what was judged.

    Once the parties of two countries are introduced, a new text of the offer is shown when its
    export is cleared; until then they go on reading the one about which they were introduced.
    """
    judged = match.offer_revision if side is Side.OFFER else match.need_revision
    published = match.listing(side).published
    if published is None or published is judged:
        return judged
    return judged if side is Side.OFFER and withholds_text(match) else published


def withholds_text(match: Match) -> bool:
    """Tell whether a published text of the offer is not shown in this case yet."""
    published = match.offer.published
    return (
        published is not None
        and closed_behind(match)
        and not says_the_same(match.offer_revision, published)
    )


def side_view(
    session: Session, match: Match, side: Side, tier: Tier, locale: str, *, contact: bool = False
) -> SideView:
    """Cut one listing of a match to a tier, in the reader's language.

    `contact`: whether this reader may reach the listing's people; for an anonymous owner whose
    case tier is still closed, its centre answers.
    """
    listing, revision = match.listing(side), shown_revision(match, side)
    text = text_for(revision, locale)
    original = revision.original or text
    known = tier is Tier.CASE or not revision.anonymous
    owner = listing.organisation
    return SideView(
        side=side,
        tier=tier,
        listing=listing,
        revision=revision,
        language=text.language,
        machine=text.origin is TextOrigin.MACHINE,
        title=text.title,
        passages=_passages(text, original, tier),
        original=_passages(original, original, tier) if original is not text else (),
        country=owner.country,
        province=owner.province if known else None,
        organisation=organisation_name(owner, locale) if known else None,
        contact=_contact(session, listing, locale, known=known) if contact else None,
        files=[
            file
            for file in revision.attachments
            if tier is Tier.CASE or (tier is Tier.MEMBER and not file.confidential)
        ],
    )


def _passages(text: ListingText, original: ListingText, tier: Tier) -> list[Passage]:
    fields = text_fields(min(tier, Tier.MEMBER))
    passages = [
        Passage(field, text.get(field), text.language) for field in fields if text.get(field)
    ]
    if tier is Tier.CASE:
        holder = text if text.confidential_detail else original
        if holder.confidential_detail:
            passages.append(
                Passage(TextField.CONFIDENTIAL_DETAIL, holder.confidential_detail, holder.language)
            )
    return passages


def text_for(revision: ListingRevision, locale: str) -> ListingText:
    """Return the text in the reader's language, else in English, else the original."""
    titled = [text for text in revision.texts if text.title] or revision.texts
    by_language = {text.language: text for text in titled}
    return by_language[choose(list(by_language), locale, revision.original_language)]


def organisation_name(organisation: Organisation, locale: str) -> str:
    """Return the name in the best language; the reference where there is none."""
    names = {text.language: text.name for text in organisation.texts}
    if not names:
        return organisation.reference
    return names[choose(list(names), locale, organisation.original_language)]


def _contact(session: Session, listing: Listing, locale: str, *, known: bool) -> Contact:
    if known:
        return contact_of(session, listing)
    centre = listing.centre or listing.organisation.centre
    names = {name.language: name.name for name in centre.names}
    name = names[choose(list(names), locale, next(iter(names)))] if names else centre.code
    return Contact(name=name, email=centre.email, phone=centre.phone, channel=None, handle=None)


def contact_of(session: Session, listing: Listing) -> Contact:
    """Return how to reach a listing's people: its contact, else a member, else what staff noted."""
    owner = listing.organisation
    person = listing.contact
    if person is None or not person.active:
        person = session.scalar(
            select(User)
            .join(Membership)
            .where(
                Membership.organisation_id == owner.id,
                Membership.accepted_at.is_not(None),
                User.active,
            )
            .order_by(User.id)
            .limit(1)
        )
    return Contact(
        name=person.name if person else owner.contact_name or "",
        email=person.email if person else owner.contact_email,
        phone=owner.phone,
        channel=owner.channel,
        handle=owner.channel_handle,
    )
