"""The glossary as the engine reads it, and as staff look through it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import QueryableAttribute, Session, joinedload, selectinload

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import LabelStatus, ProposalState
from matchmaker.matching.glossary import Concept, Glossary, Label
from matchmaker.models import (
    GlossaryConcept,
    GlossaryConceptSector,
    GlossaryLabel,
    SiteSetting,
    TermProposal,
)

VERSION_KEY: Final = "glossary"
PAGE_SIZE: Final = 25
_NOTHING: Final = Glossary()
_KEPT: Final = 2

_lock = threading.Lock()
_loaded: dict[str, Glossary] = {}
"""What this process has read, by version; the newest last. Versions are never used twice."""


def glossary_version(session: Session) -> str | None:
    """Return what changes with every write to the glossary; None where there never was one."""
    value = session.scalar(select(SiteSetting.value).where(SiteSetting.key == VERSION_KEY))
    return str(value["version"]) if value else None


def glossary(session: Session) -> Glossary:
    """Return the site's glossary, read once by each process until it changes."""
    # The version first: what is read after it is that version's or newer, and newer is read again.
    version = glossary_version(session)
    if version is None:
        return _NOTHING
    with _lock:
        if version not in _loaded:
            _loaded[version] = read_glossary(session)
            for old in list(_loaded)[:-_KEPT]:
                del _loaded[old]
        return _loaded[version]


def read_glossary(session: Session) -> Glossary:
    """Read all concepts and labels, in the order in which they came."""
    sectors: dict[int, list[str]] = {}
    for concept_id, sector in session.execute(
        select(GlossaryConceptSector.concept_id, GlossaryConceptSector.sector_code).order_by(
            GlossaryConceptSector.concept_id, GlossaryConceptSector.sector_code
        )
    ):
        sectors.setdefault(concept_id, []).append(sector)
    rows = session.execute(
        select(
            GlossaryConcept.id,
            GlossaryConcept.code,
            GlossaryConcept.definition,
            GlossaryConcept.broader_id,
        ).order_by(GlossaryConcept.id)
    ).all()
    codes = {row.id: row.code for row in rows}
    labels = session.execute(
        select(
            GlossaryLabel.concept_id,
            GlossaryLabel.language,
            GlossaryLabel.text,
            GlossaryLabel.preferred,
            GlossaryLabel.status,
        ).order_by(GlossaryLabel.id)
    )
    return Glossary(
        [
            Concept(
                row.code,
                tuple(sectors.get(row.id, ())),
                row.definition,
                codes.get(row.broader_id),
            )
            for row in rows
        ],
        [
            Label(codes[concept], language, text, preferred, status is LabelStatus.CONFIRMED)
            for concept, language, text, preferred, status in labels
            if concept in codes
        ],
    )


@dataclass(frozen=True)
class ConceptPage:
    """A page of concepts with their labels, by code; `pages` is at least 1."""

    rows: Sequence[GlossaryConcept]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class ProposalPage:
    """A page of proposed term pairs, the surest first; `pages` is at least 1."""

    rows: Sequence[TermProposal]
    total: int
    page: int
    pages: int


def concepts(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    sector: str | None = None,
    unconfirmed: bool = False,
    language: str | None = None,
    without: str | None = None,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> ConceptPage:
    """Return the concepts that all conditions hold for, by code.

    `text` stands in the code, the definition or a label of any language; `unconfirmed`: a label (of
    `language`, if given) waits for a second person; `without`: a language in which there is no
    label. A page beyond the last gives the last.
    """
    if not actor.may(Permission.GLOSSARY_CENTRE_EDIT):
        return ConceptPage((), 0, 1, 1)
    chosen = select(GlossaryConcept).where(
        *_conditions(text.strip(), sector, unconfirmed=unconfirmed, language=language),
        *([~GlossaryConcept.labels.any(GlossaryLabel.language == without)] if without else []),
    )
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    rows = session.scalars(
        chosen.order_by(GlossaryConcept.code)
        .offset((page - 1) * size)
        .limit(size)
        .options(selectinload(GlossaryConcept.labels), selectinload(GlossaryConcept.sectors))
    ).all()
    return ConceptPage(rows, total, page, pages)


def get_concept(session: Session, actor: Actor, code: str) -> GlossaryConcept:
    """Return a concept with its labels and neighbours; DomainError NOT_FOUND where none is."""
    concept = session.scalar(
        select(GlossaryConcept)
        .where(GlossaryConcept.code == code)
        .options(
            selectinload(GlossaryConcept.labels).joinedload(GlossaryLabel.author),
            selectinload(GlossaryConcept.labels).joinedload(GlossaryLabel.confirmed_by),
            selectinload(GlossaryConcept.sectors),
            selectinload(GlossaryConcept.narrower),
            joinedload(GlossaryConcept.broader),
        )
    )
    if concept is None or not actor.may(Permission.GLOSSARY_CENTRE_EDIT):
        raise DomainError(ErrorCode.NOT_FOUND)
    return concept


def get_label(session: Session, actor: Actor, code: str, language: str, text: str) -> GlossaryLabel:
    """Return a label by its concept's code, language and text; DomainError NOT_FOUND."""
    label = session.scalar(
        select(GlossaryLabel)
        .join(GlossaryConcept)
        .where(
            GlossaryConcept.code == code,
            GlossaryLabel.language == language,
            GlossaryLabel.text == text,
        )
    )
    if label is None or not actor.may(Permission.GLOSSARY_CENTRE_EDIT):
        raise DomainError(ErrorCode.NOT_FOUND)
    return label


def proposals(
    session: Session,
    actor: Actor,
    *,
    state: ProposalState = ProposalState.OPEN,
    language: str | None = None,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> ProposalPage:
    """Return the proposed term pairs of a state, the surest first; `language`: of either side."""
    if not actor.may(Permission.GLOSSARY_CENTRE_EDIT):
        return ProposalPage((), 0, 1, 1)
    chosen = select(TermProposal).where(TermProposal.state == state)
    if language is not None:
        chosen = chosen.where(
            or_(TermProposal.left_language == language, TermProposal.right_language == language)
        )
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    rows = session.scalars(
        chosen.order_by(TermProposal.score.desc(), TermProposal.id)
        .offset((page - 1) * size)
        .limit(size)
        .options(joinedload(TermProposal.concept).selectinload(GlossaryConcept.labels))
    ).all()
    return ProposalPage(rows, total, page, pages)


def get_pair(
    session: Session, actor: Actor, left: tuple[str, str], right: tuple[str, str]
) -> TermProposal:
    """Return a proposed term pair by its languages and texts; DomainError NOT_FOUND."""
    found = session.scalar(
        select(TermProposal).where(
            TermProposal.left_language == left[0],
            TermProposal.left_text == left[1],
            TermProposal.right_language == right[0],
            TermProposal.right_text == right[1],
        )
    )
    if found is None or not actor.may(Permission.GLOSSARY_CENTRE_EDIT):
        raise DomainError(ErrorCode.NOT_FOUND)
    return found


def open_pairs(session: Session, actor: Actor) -> int:
    """Return how many proposed term pairs wait for a decision."""
    return proposals(session, actor, size=1).total


def _conditions(
    text: str, sector: str | None, *, unconfirmed: bool, language: str | None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if text:
        conditions.append(
            or_(
                _contains(GlossaryConcept.code, text),
                _contains(GlossaryConcept.definition, text),
                GlossaryConcept.labels.any(_contains(GlossaryLabel.text, text)),
            )
        )
    if sector:
        conditions.append(GlossaryConcept.sectors.any(GlossaryConceptSector.sector_code == sector))
    if unconfirmed:
        waiting = GlossaryLabel.status == LabelStatus.UNCONFIRMED
        if language:
            waiting &= GlossaryLabel.language == language
        conditions.append(GlossaryConcept.labels.any(waiting))
    return conditions


def _contains(column: QueryableAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether a column holds a text in any case; SQLite itself folds A to Z alone."""
    variants = dict.fromkeys((text, text.lower(), text.capitalize()))
    return or_(*(column.icontains(variant, autoescape=True) for variant in variants))
