"""The talks of a case after the introduction: who takes part, messages, files, what is unread."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.match_states import BEFORE_INTRODUCTION, CASE_STATES, By
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import parse_reference
from matchmaker.domain.vocabulary import Side
from matchmaker.models import (
    Attachment,
    CaseFile,
    CaseMessage,
    CaseReading,
    Match,
    Nda,
    User,
)
from matchmaker.queries.case_tiers import organisation_name, owner_is_known
from matchmaker.queries.cases import own_sides

PAGE_SIZE: Final = 50
"""Messages of one page."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The talks of a match as one of those who take part sees them."""

    match: Match
    by: By
    """PARTY or STAFF."""
    sides: tuple[Side, ...]
    """The own organisation's, or those of the own centres; never empty."""

    @property
    def side(self) -> Side | None:
        """The party that the person belongs to; None for staff."""
        return self.sides[0] if self.by is By.PARTY else None

    @property
    def open(self) -> bool:
        """Whether anything may be added: outside an introduction all is only read."""
        return self.match.state in CASE_STATES

    @property
    def paused(self) -> bool:
        """Whether the talks were opened again, and wait for another introduction."""
        return self.match.state in BEFORE_INTRODUCTION


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who wrote something, as far as the reader may know: an anonymous owner stays unnamed."""

    name: str
    group: str
    """The organisation or centre, '' where it is not to be named."""
    side: Side | None


def talk_of(actor: Actor, match: Match) -> Talk | None:
    """Return the talks of a match for somebody who takes part in them; None for all others. Those
    of an earlier introduction are there to be read, also while the match is judged again.

    Staff who belong to one of the organisations take part as that party, or not at all.
    """
    if match.state not in CASE_STATES and match.introduced_at is None:
        return None
    if actor.may(Permission.MATCH_OWN_ANSWER) and (sides := own_sides(actor, match)):
        return Talk(match, By.PARTY, sides)
    involved = {match.offer.organisation_id, match.need.organisation_id} & actor.organisation_ids
    if involved or not actor.may(Permission.MATCH_CENTRE_REVIEW):
        return None
    sides = tuple(side for side in Side if match.centre_id(side) in actor.acting_centre_ids)
    return Talk(match, By.STAFF, sides) if sides else None


def get_talk(session: Session, actor: Actor, reference: str) -> Talk:
    """Return the talks of a match by its reference. Raises DomainError NOT_FOUND."""
    match = session.scalar(select(Match).where(Match.reference == parse_reference(reference)))
    talk = talk_of(actor, match) if match is not None else None
    if talk is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return talk


def takes_part(session: Session, actor: Actor, reference: str) -> bool:
    """Tell whether somebody takes part in the talks of the match with this reference."""
    match = session.scalar(select(Match).where(Match.reference == reference))
    return match is not None and talk_of(actor, match) is not None


# Messages


def count_messages(session: Session, match: Match) -> int:
    """Return how many messages the thread of a match has."""
    return session.scalar(select(func.count()).where(CaseMessage.match_id == match.id)) or 0


def messages(
    session: Session, talk: Talk, *, first: int = 1, most: int = PAGE_SIZE
) -> list[tuple[int, CaseMessage]]:
    """Return messages with their numbers in the thread, from the number `first` on."""
    rows = session.scalars(
        select(CaseMessage)
        .where(CaseMessage.match_id == talk.match.id)
        .order_by(CaseMessage.id)
        .offset(first - 1)
        .limit(most)
        .options(
            joinedload(CaseMessage.author),
            selectinload(CaseMessage.files).joinedload(CaseFile.attachment),
            selectinload(CaseMessage.translations),
        )
    )
    return list(enumerate(rows, first))


def numbered_message(session: Session, talk: Talk, number: int) -> CaseMessage:
    """Return the message with this number (from 1) in the thread. Raises DomainError NOT_FOUND."""
    found = messages(session, talk, first=number, most=1) if number >= 1 else []
    if not found:
        raise DomainError(ErrorCode.NOT_FOUND)
    return found[0][1]


def last_read(session: Session, match_id: int, user_id: int) -> int:
    """Return the id of the last message that somebody read in a thread, 0 for none."""
    reading = session.get(CaseReading, (match_id, user_id))
    return reading.last_message_id if reading is not None else 0


def unread_counts(session: Session, actor: Actor, match_ids: Collection[int]) -> dict[int, int]:
    """Return how many messages of others the actor has not read yet, by match; none are left out.

    Which matches the actor may see is the caller's to know.
    """
    rows = session.execute(
        select(CaseMessage.match_id, func.count())
        .outerjoin(
            CaseReading,
            and_(
                CaseReading.match_id == CaseMessage.match_id,
                CaseReading.user_id == actor.user_id,
            ),
        )
        .where(
            CaseMessage.match_id.in_(match_ids),
            CaseMessage.author_id != actor.user_id,
            CaseMessage.id > func.coalesce(CaseReading.last_message_id, 0),
        )
        .group_by(CaseMessage.match_id)
    )
    return dict(rows.all())


# Files


def files(session: Session, talk: Talk) -> Sequence[CaseFile]:
    """Return the files of a thread, the newest first."""
    return session.scalars(
        select(CaseFile)
        .join(CaseMessage)
        .where(CaseMessage.match_id == talk.match.id)
        .order_by(CaseMessage.id.desc(), CaseFile.position)
        .options(
            joinedload(CaseFile.attachment),
            joinedload(CaseFile.message).joinedload(CaseMessage.author),
        )
    ).all()


def talk_file(session: Session, talk: Talk, token: str) -> Attachment:
    """Return a file of the thread, or of an agreement of the case. Raises DomainError NOT_FOUND."""
    sent = (
        select(CaseFile.attachment_id)
        .join(CaseMessage)
        .where(CaseMessage.match_id == talk.match.id)
    )
    agreed = select(Nda.attachment_id).where(Nda.match_id == talk.match.id)
    found = session.scalar(
        select(Attachment).where(
            Attachment.token == token, or_(Attachment.id.in_(sent), Attachment.id.in_(agreed))
        )
    )
    if found is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return found


# Who is who


def knows(session: Session, talk: Talk, side: Side) -> bool:
    """Tell whether somebody who takes part may know who stands behind one side."""
    return talk.by is By.STAFF or side in talk.sides or owner_is_known(session, talk.match, side)


def party_name(session: Session, talk: Talk, side: Side, locale: str) -> str:
    """Return the name of the organisation of one side, '' where the reader may not know it."""
    owner = talk.match.listing(side).organisation
    return organisation_name(owner, locale) if knows(session, talk, side) else ""


def speaker(
    session: Session, talk: Talk, user: User, side: Side | None, *, centre: str, locale: str
) -> Speaker:
    """Return who somebody is to the reader. `centre`: the name of the centre of staff."""
    if side is None:
        return Speaker(user.name, centre, None)
    if not knows(session, talk, side):
        return Speaker("", "", side)
    return Speaker(user.name, party_name(session, talk, side, locale), side)
