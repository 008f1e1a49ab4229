"""What mails tell, read when they are sent: titles in the reader's language, names, contacts.

There is no actor: each mail is written to somebody whom the service that queued it chose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from matchmaker.domain.languages import choose
from matchmaker.domain.match_states import CASE_STATES
from matchmaker.domain.vocabulary import Channel, MeetingState, Side
from matchmaker.models import (
    Centre,
    Listing,
    ListingRevision,
    Match,
    Meeting,
    Organisation,
    PublicListing,
)
from matchmaker.queries.case_tiers import contact_of, owner_is_known, shown_revision


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the other side after an introduction."""

    organisation: str
    country: str
    name: str
    email: str | None
    phone: str | None
    channel: Channel | None
    handle: str | None


@dataclass(frozen=True, slots=True)
class MatchFacts:
    """A match as one of its parties is told of it."""

    own_title: str
    own_reference: str
    other_title: str
    other_reference: str
    introduced: bool
    """Whether the introduction stands now; a mail may have waited for longer than that."""
    other: Contact
    """Cut to what the page of the case shows now."""
    own_language: str
    """Of the title; so the other's."""
    other_language: str


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """A meeting as a mail tells of it."""

    title: str
    place: str
    times: Sequence[datetime]
    """The chosen time, else those proposed."""
    minutes: int
    zones: Sequence[str]
    """Of both sides' centres."""
    interpret: tuple[str | None, str | None] | None
    note: str
    moved: bool
    """Whether a time was agreed before that no longer holds."""


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """A listing as everybody may read it."""

    reference: str
    title: str
    country: str


def listing_title(session: Session, reference: str, locale: str) -> str:
    """Return the title of a listing as its owner sees it now, in the best language; else ''."""
    return titled(session, reference, locale)[0]


def titled(session: Session, reference: str, locale: str) -> tuple[str, str]:
    """Return the title of a listing as its owner sees it now, and the language of that title."""
    listing = session.scalar(select(Listing).where(Listing.reference == reference))
    return _title(listing.newest, locale) if listing is not None and listing.revisions else ("", "")


def public_listings(session: Session, references: Sequence[str], locale: str) -> list[PublicFacts]:
    """Return those of the listings that are public now, in the order given."""
    rows = {
        row.reference: row
        for row in session.scalars(
            select(PublicListing)
            .where(PublicListing.reference.in_(references))
            .options(selectinload(PublicListing.texts))
        )
    }
    return [_public(rows[reference], locale) for reference in references if reference in rows]


def _public(row: PublicListing, locale: str) -> PublicFacts:
    titles = {text.language: text.title for text in row.texts}
    title = titles[choose(list(titles), locale, row.original_language)] if titles else ""
    return PublicFacts(row.reference, title or row.reference, row.country)


def organisation_name(session: Session, reference: str, locale: str) -> str:
    """Return the name of an organisation in the best language; '' for an unknown one."""
    found = session.scalar(select(Organisation).where(Organisation.reference == reference))
    return _name(found, locale) if found is not None else ""


def centre_name(session: Session, code: str, locale: str) -> str:
    """Return the name of a centre in the best language; '' for an unknown one."""
    centre = session.scalar(select(Centre).where(Centre.code == code))
    return _centre_name(centre, locale) if centre is not None else ""


def match_facts(session: Session, reference: str, side: Side, locale: str) -> MatchFacts | None:
    """Return what the party of one side is told of a match; None for an unknown one."""
    match = session.scalar(select(Match).where(Match.reference == reference))
    if match is None:
        return None
    own, other = match.listing(side), match.listing(side.other)
    own_title, own_language = _title(shown_revision(match, side), locale)
    other_title, other_language = _title(shown_revision(match, side.other), locale)
    return MatchFacts(
        own_title=own_title,
        own_reference=own.reference,
        other_title=other_title,
        other_reference=other.reference,
        introduced=match.state in CASE_STATES,
        other=_other(session, match, side.other, locale),
        own_language=own_language,
        other_language=other_language,
    )


def meeting_facts(session: Session, reference: str) -> MeetingFacts:
    """Return a meeting as a mail tells of it, as it is now; NoResultFound for an unknown one."""
    meeting = session.scalars(select(Meeting).where(Meeting.reference == reference)).one()
    return MeetingFacts(
        title=meeting.title,
        place=meeting.place,
        times=[meeting.starts_at] if meeting.starts_at else [t.starts_at for t in meeting.times],
        minutes=meeting.minutes,
        zones=[centre.time_zone for centre in map(meeting.match.centre, Side)],
        interpret=(meeting.interpret_from, meeting.interpret_to) if meeting.interpreter else None,
        note=meeting.note,
        moved=meeting.state is MeetingState.PROPOSED and meeting.invited_for is not None,
    )


def _other(session: Session, match: Match, side: Side, locale: str) -> Contact:
    """How to reach the side, as far as the other one's page tells: its people while they are
    introduced, its centre while its owner is anonymous, and else its country alone."""
    listing = match.listing(side)
    if match.state not in CASE_STATES:
        return Contact("", listing.organisation.country, "", None, None, None, None)
    if not owner_is_known(session, match, side):
        return _centre_of(listing, locale)
    people = contact_of(session, listing)
    return Contact(
        organisation=_name(listing.organisation, locale),
        country=listing.organisation.country,
        name=people.name,
        email=people.email,
        phone=people.phone,
        channel=people.channel,
        handle=people.handle,
    )


def _centre_name(centre: Centre, locale: str) -> str:
    names = {name.language: name.name for name in centre.names}
    return names[choose(list(names), locale, next(iter(names)))] if names else centre.code


def _centre_of(listing: Listing, locale: str) -> Contact:
    """Until the agreement that an anonymous owner wants, its centre speaks for it."""
    centre = listing.centre or listing.organisation.centre
    return Contact(
        organisation=_centre_name(centre, locale),
        country=listing.organisation.country,
        name="",
        email=centre.email,
        phone=centre.phone,
        channel=None,
        handle=None,
    )


def _title(revision: ListingRevision, locale: str) -> tuple[str, str]:
    titles = {text.language: text.title for text in revision.texts if text.title}
    if not titles:
        return "", ""
    language = choose(list(titles), locale, revision.original_language)
    return titles[language], language


def _name(organisation: Organisation, locale: str) -> str:
    names = {text.language: text.name for text in organisation.texts}
    if not names:
        return organisation.contact_name or organisation.reference
    return names[choose(list(names), locale, organisation.original_language)]
