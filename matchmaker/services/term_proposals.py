"""Term pairs that the engine proposes: staff confirm or refuse them."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.glossary import code_from
from matchmaker.domain.languages import BRIDGE
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import LabelSource, LabelStatus, ProposalState
from matchmaker.matching.glossary import checked_label, kept_label
from matchmaker.models import GlossaryConcept, GlossaryLabel, TermProposal
from matchmaker.services import audit
from matchmaker.services.audit import AuditAction
from matchmaker.services.glossary import (
    add_concept,
    add_label,
    check_editor,
    insert_label,
    mark_changed,
    set_confirmed,
)

Term = tuple[str, str]
"""A language and a text."""


def propose(
    session: Session,
    one: Term,
    other: Term,
    *,
    score: float,
    evidence: Sequence[dict[str, Any]],
    now: datetime,
) -> TermProposal | None:
    """Write a proposed pair, or the new score and evidence of an open one.

    One that was decided stays as it is. None for two terms of one language, and for two that are
    confirmed labels of one concept already. Raises DomainError TEXT_EMPTY and TEXT_TOO_LONG.
    """
    left, right = sorted((language, kept_label(text)) for language, text in (one, other))
    known = _labels(session, left), _labels(session, right)
    if left[0] == right[0] or _agree(*known):
        return None
    proposal = session.scalar(
        select(TermProposal).where(
            TermProposal.left_language == left[0],
            TermProposal.left_text == left[1],
            TermProposal.right_language == right[0],
            TermProposal.right_text == right[1],
        )
    )
    if proposal is None:
        proposal = TermProposal(
            left_language=left[0],
            left_text=left[1],
            right_language=right[0],
            right_text=right[1],
            concept_id=_concept_of(known),
            state=ProposalState.OPEN,
            created_at=now,
        )
        session.add(proposal)
    if proposal.state is ProposalState.OPEN:
        proposal.score = score
        proposal.evidence = list(evidence)
    return proposal


def confirm_proposal(
    session: Session,
    actor: Actor,
    proposal: TermProposal,
    *,
    concept: GlossaryConcept | None = None,
    edited: Mapping[str, str] | None = None,
    now: datetime,
    version: int | None = None,
) -> GlossaryConcept:
    """Make both sides confirmed labels of one concept: the engine and a person agree.

    `concept` says which; else it is the one that has a side as a label, else a new one. `edited`
    has another text for a side, by language: that one is the editor's own and waits for a second
    person like every label. Raises DomainError: NOT_ALLOWED, STALE, PROPOSAL_DECIDED, and for an
    edited text TEXT_EMPTY, TEXT_TOO_LONG and TEXT_UNREADABLE_ENCODING.
    """
    _may_decide(actor, proposal, version)
    proposed = [
        (proposal.left_language, proposal.left_text),
        (proposal.right_language, proposal.right_text),
    ]
    left, right = (_edited(term, edited or {}) for term in proposed)
    if concept is None:
        known = _concept_of((_labels(session, left), _labels(session, right)))
        if known is not None:
            concept = session.get(GlossaryConcept, known)
    if concept is None:
        code = _new_code(session, left, right)
        concept = add_concept(session, actor, code=code, now=now)
    for term in (left, right):
        if term in proposed:
            _confirm_term(session, actor, concept, term, now)
        elif not any((each.language, each.text) == term for each in concept.labels):
            add_label(session, actor, concept, language=term[0], text=term[1], now=now)
    proposal.concept = concept
    _decide(session, actor, proposal, ProposalState.CONFIRMED, now)
    mark_changed(session)
    return concept


def refuse_proposal(
    session: Session,
    actor: Actor,
    proposal: TermProposal,
    *,
    now: datetime,
    version: int | None = None,
) -> TermProposal:
    """Write down that the two do not mean the same; the engine will not propose them again.

    Raises DomainError: NOT_ALLOWED, STALE, PROPOSAL_DECIDED.
    """
    _may_decide(actor, proposal, version)
    _decide(session, actor, proposal, ProposalState.REFUSED, now)
    return proposal


def _may_decide(actor: Actor, proposal: TermProposal, version: int | None) -> None:
    check_editor(actor)
    if proposal.state is not ProposalState.OPEN:
        raise DomainError(ErrorCode.PROPOSAL_DECIDED)
    if version is not None and proposal.lock_version != version:
        raise DomainError(ErrorCode.STALE)


def _decide(
    session: Session, actor: Actor, proposal: TermProposal, state: ProposalState, now: datetime
) -> None:
    proposal.state = state
    proposal.decided_by_id = actor.user_id
    proposal.decided_at = now
    action = (
        AuditAction.TERM_PROPOSAL_CONFIRMED
        if state is ProposalState.CONFIRMED
        else AuditAction.TERM_PROPOSAL_REFUSED
    )
    concept = proposal.concept.code if proposal.concept is not None else None
    audit.record(session, actor, action, proposal, now=now, concept=concept)


def _edited(term: Term, edited: Mapping[str, str]) -> Term:
    """A side with the text that somebody gave it instead."""
    text = edited.get(term[0])
    return term if text is None else (term[0], checked_label(text))


def _confirm_term(
    session: Session, actor: Actor, concept: GlossaryConcept, term: Term, now: datetime
) -> None:
    language, text = term
    label = next((each for each in concept.labels if (each.language, each.text) == term), None)
    if label is None:
        label = GlossaryLabel(
            language=language,
            text=text,
            preferred=False,
            status=LabelStatus.CONFIRMED,
            source=LabelSource.PROPOSED,
            created_at=now,
        )
        set_confirmed(label, actor, now)
        insert_label(session, concept, label)
    elif label.status is not LabelStatus.CONFIRMED:
        set_confirmed(label, actor, now)
        if label.author_id == actor.user_id:
            label.confirmed_by_id = None  # who agrees with the author here is the engine


def _labels(session: Session, term: Term) -> Sequence[GlossaryLabel]:
    return session.scalars(
        select(GlossaryLabel)
        .where(GlossaryLabel.language == term[0], GlossaryLabel.text == term[1])
        .order_by(GlossaryLabel.id)
    ).all()


def _agree(left: Sequence[GlossaryLabel], right: Sequence[GlossaryLabel]) -> bool:
    """Whether one concept has both as confirmed labels."""
    one, other = (
        {label.concept_id for label in side if label.status is LabelStatus.CONFIRMED}
        for side in (left, right)
    )
    return bool(one & other)


def _concept_of(sides: tuple[Sequence[GlossaryLabel], Sequence[GlossaryLabel]]) -> int | None:
    """The concept that has a side, or better both, as a label; confirmed ones first."""
    both = {label.concept_id for label in sides[0]} & {label.concept_id for label in sides[1]}
    labels = [*sides[0], *sides[1]]
    labels.sort(
        key=lambda label: (
            label.concept_id not in both,
            label.status is not LabelStatus.CONFIRMED,
            label.id,
        )
    )
    return labels[0].concept_id if labels else None


def _new_code(session: Session, left: Term, right: Term) -> str:
    """A code that nobody has: from the English side, else the other Latin one, else a number."""
    terms = sorted((left, right), key=lambda term: term[0] != BRIDGE)
    digest = hashlib.sha256(repr(terms).encode()).hexdigest()[:8]
    wanted = next((code for _, text in terms if len(code := code_from(text)) > 1), "term")
    taken = select(GlossaryConcept.id).where(GlossaryConcept.code == wanted)
    if wanted != "term" and session.scalar(taken) is None:
        return wanted
    return f"{wanted[:50]}_{digest}"
