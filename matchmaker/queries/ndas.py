"""Agreements of a case and the operator's texts, for those who may see them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.languages import choose
from matchmaker.domain.vocabulary import NdaState, Side
from matchmaker.models import Match, Nda, NdaAcceptance, NdaText, NdaTextBody
from matchmaker.queries.case_tiers import nda_in_force
from matchmaker.queries.talks import Talk, knows


@dataclass(frozen=True, slots=True)
class Signature:
    """One party's acceptance as the reader may see it: an anonymous owner's name waits until the
    agreement is in force."""

    side: Side
    acceptance: NdaAcceptance
    named: bool


def current_text(session: Session) -> NdaText | None:
    """Return the operator's newest agreement, None where there is none yet."""
    return session.scalar(select(NdaText).order_by(NdaText.version.desc()).limit(1))


def all_texts(session: Session) -> Sequence[NdaText]:
    """Return all versions of the operator's agreement, the newest first."""
    return session.scalars(select(NdaText).order_by(NdaText.version.desc())).all()


def fingerprint(title: str, body: str) -> str:
    """Return the SHA-256 of an agreement in one language: title, an empty line, body, in UTF-8."""
    return hashlib.sha256(f"{title}\n\n{body}".encode()).hexdigest()


def sample_hashes(session: Session) -> frozenset[str]:
    """Return the hashes of the sample's texts as they came with the software."""
    return frozenset(
        session.scalars(
            select(NdaTextBody.sha256)
            .join(NdaText)
            .where(NdaText.sample, NdaText.created_by_id.is_(None))
        )
    )


def body_for(text: NdaText, locale: str) -> NdaTextBody:
    """Return the agreement in the reader's language, else in English, else in the first one."""
    bodies = {body.language: body for body in text.bodies}
    return bodies[choose(list(bodies), locale, next(iter(bodies)))]


def open_nda(session: Session, match: Match) -> Nda | None:
    """Return the agreement that waits for a side since the parties were introduced."""
    statement = select(Nda).where(Nda.match_id == match.id, Nda.state == NdaState.PROPOSED)
    if match.introduced_at is not None:
        statement = statement.where(Nda.created_at >= match.introduced_at)
    return session.scalar(statement.execution_options(populate_existing=True))


def shown_nda(session: Session, talk: Talk) -> Nda | None:
    """Return the agreement to show: the one in force, else the one that waits for a side."""
    return nda_in_force(session, talk.match) or open_nda(session, talk.match)


def accepted_text(session: Session, match: Match) -> NdaText | None:
    """Return the text that the sides accept: what the first of them did, unless that is the sample,
    else the newest."""
    waiting = open_nda(session, match)
    if waiting is not None and waiting.nda_text is not None and not waiting.nda_text.sample:
        return waiting.nda_text
    return current_text(session)


def signatures(session: Session, talk: Talk, nda: Nda) -> list[Signature]:
    """Return what both parties signed, with names as far as the reader may know them."""
    in_force = nda.state is NdaState.IN_FORCE
    return [
        Signature(each.side, each, in_force or knows(session, talk, each.side))
        for each in sorted(nda.acceptances, key=lambda each: each.at)
    ]


def past_ndas(session: Session, talk: Talk) -> Sequence[Nda]:
    """Return refused and replaced agreements, and those of an earlier introduction."""
    shown = shown_nda(session, talk)
    return session.scalars(
        select(Nda)
        .where(Nda.match_id == talk.match.id, Nda.id != (shown.id if shown else 0))
        .order_by(Nda.id.desc())
    ).all()
