"""Staff edit the glossary: concepts and their labels. A label counts once two people agree.

Every write changes the glossary's version in the same transaction; the processes of the site read
the glossary anew when they meet another version, and the worker takes it into the indexes.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from matchmaker.database import upsert
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.glossary import LABEL_LANGUAGES, MAX_DEFINITION, clean_text, is_code
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import LabelSource, LabelStatus
from matchmaker.matching.glossary import checked_label
from matchmaker.models import (
    GlossaryConcept,
    GlossaryConceptSector,
    GlossaryLabel,
    Sector,
    SiteSetting,
)
from matchmaker.queries.glossary import VERSION_KEY
from matchmaker.services import audit
from matchmaker.services.audit import AuditAction


def mark_changed(session: Session) -> None:
    """Give the glossary another version. Two writers wait for each other here."""
    row = {"key": VERSION_KEY, "value": {"version": secrets.token_hex(8)}}
    upsert(session, SiteSetting.__table__, [row], key=["key"], update=["value"])  # type: ignore[arg-type]


def add_concept(
    session: Session,
    actor: Actor,
    *,
    code: str,
    definition: str = "",
    sectors: Iterable[str] = (),
    broader: GlossaryConcept | None = None,
    now: datetime,
) -> GlossaryConcept:
    """Add a concept without labels.

    Raises DomainError: NOT_ALLOWED, GLOSSARY_CODE_INVALID, GLOSSARY_CODE_TAKEN, TEXT_TOO_LONG,
    and UNKNOWN_CODE for a sector that there is not.
    """
    check_editor(actor)
    code = code.strip()
    if not is_code(code):
        raise DomainError(ErrorCode.GLOSSARY_CODE_INVALID, field="code", value=code)
    rows = [GlossaryConceptSector(sector_code=each) for each in _known(session, sectors)]
    try:
        with session.begin_nested():
            concept = GlossaryConcept(
                code=code,
                definition=_checked_definition(definition),
                sectors=rows,
                broader=broader,
                created_at=now,
            )
            session.add(concept)
    except IntegrityError as error:
        raise DomainError(ErrorCode.GLOSSARY_CODE_TAKEN, field="code", value=code) from error
    _note(session, actor, AuditAction.GLOSSARY_CONCEPT_ADDED, concept, now)
    return concept


def save_concept(
    session: Session,
    actor: Actor,
    concept: GlossaryConcept,
    *,
    definition: str,
    sectors: Iterable[str],
    broader: GlossaryConcept | None,
    now: datetime,
    version: int | None = None,
) -> GlossaryConcept:
    """Change a concept's definition, sectors and wider concept.

    `version` is the lock_version that the editor saw. Raises DomainError: NOT_ALLOWED, STALE,
    TEXT_TOO_LONG, UNKNOWN_CODE for a sector, GLOSSARY_CYCLE where the wider concept is below this
    one.
    """
    _check_change(actor, concept, version)
    check_broader(concept, broader)
    concept.definition = _checked_definition(definition)
    concept.broader = broader
    held = {row.sector_code: row for row in concept.sectors}
    concept.sectors = [
        held.get(each) or GlossaryConceptSector(sector_code=each)
        for each in _known(session, sectors)
    ]
    flag_modified(concept, "definition")  # another version, even where only sectors changed
    _note(session, actor, AuditAction.GLOSSARY_CONCEPT_CHANGED, concept, now)
    return concept


def remove_concept(
    session: Session,
    actor: Actor,
    concept: GlossaryConcept,
    *,
    now: datetime,
    version: int | None = None,
) -> None:
    """Remove a concept with its labels. Raises DomainError: NOT_ALLOWED, STALE, and
    GLOSSARY_HAS_NARROWER while others are below it."""
    _check_change(actor, concept, version)
    below = session.scalar(
        select(GlossaryConcept.id).where(GlossaryConcept.broader_id == concept.id).limit(1)
    )
    if below is not None:
        raise DomainError(ErrorCode.GLOSSARY_HAS_NARROWER)
    _note(session, actor, AuditAction.GLOSSARY_CONCEPT_REMOVED, concept, now)
    session.delete(concept)
    session.flush()


def add_label(
    session: Session,
    actor: Actor,
    concept: GlossaryConcept,
    *,
    language: str,
    text: str,
    preferred: bool = False,
    now: datetime,
) -> GlossaryLabel:
    """Add a label, unconfirmed; the first of its language is the preferred one.

    Raises DomainError: NOT_ALLOWED, UNKNOWN_CODE for a language, TEXT_EMPTY, TEXT_TOO_LONG,
    TEXT_UNREADABLE_ENCODING, GLOSSARY_LABEL_EXISTS.
    """
    check_editor(actor)
    label = insert_label(
        session,
        concept,
        GlossaryLabel(
            language=_checked_language(language),
            text=checked_label(text),
            preferred=preferred,
            status=LabelStatus.UNCONFIRMED,
            source=LabelSource.STAFF,
            author_id=actor.user_id,
            created_at=now,
        ),
    )
    _note_label(session, actor, AuditAction.GLOSSARY_LABEL_ADDED, label, now)
    return label


def edit_label(
    session: Session,
    actor: Actor,
    label: GlossaryLabel,
    *,
    text: str,
    now: datetime,
    version: int | None = None,
) -> GlossaryLabel:
    """Change a label's text: it is the editor's now, and waits for a second person again.

    Raises DomainError as `add_label` does, and STALE. The same text changes nothing.
    """
    _check_change(actor, label, version)
    new = checked_label(text)
    if new == label.text:
        return label
    try:
        with session.begin_nested():
            label.text = new
            _unconfirm(label)
            label.source = LabelSource.STAFF
            label.author_id = actor.user_id
    except IntegrityError as error:
        raise _exists(label.language, new) from error
    _note_label(session, actor, AuditAction.GLOSSARY_LABEL_CHANGED, label, now)
    return label


def remove_label(
    session: Session,
    actor: Actor,
    label: GlossaryLabel,
    *,
    now: datetime,
    version: int | None = None,
) -> None:
    """Remove a label; of those left in its language a confirmed one becomes the preferred one.

    Raises DomainError NOT_ALLOWED and STALE.
    """
    _check_change(actor, label, version)
    concept = label.concept
    left = [each for each in concept.labels if each.language == label.language and each != label]
    _note_label(session, actor, AuditAction.GLOSSARY_LABEL_REMOVED, label, now)
    was_preferred = label.preferred
    concept.labels.remove(label)
    session.flush()
    if was_preferred and left:
        best = min(left, key=lambda each: (each.status is not LabelStatus.CONFIRMED, each.id))
        best.preferred = True


def set_preferred(
    session: Session,
    actor: Actor,
    label: GlossaryLabel,
    *,
    now: datetime,
    version: int | None = None,
) -> GlossaryLabel:
    """Make a label the one that names its concept in its language. NOT_ALLOWED, STALE."""
    _check_change(actor, label, version)
    if not label.preferred:
        _no_longer_preferred(session, label.concept, label.language)
        label.preferred = True
        _note_label(session, actor, AuditAction.GLOSSARY_LABEL_PREFERRED, label, now)
    return label


def confirm_label(
    session: Session,
    actor: Actor,
    label: GlossaryLabel,
    *,
    now: datetime,
    version: int | None = None,
) -> GlossaryLabel:
    """Confirm somebody else's label, so that it counts for matching.

    Raises DomainError: NOT_ALLOWED, STALE, and GLOSSARY_OWN_LABEL for its author. A confirmed one
    stays as it is.
    """
    _check_change(actor, label, version)
    if label.status is LabelStatus.CONFIRMED:
        return label
    if label.author_id is not None and label.author_id == actor.user_id:
        raise DomainError(ErrorCode.GLOSSARY_OWN_LABEL)
    set_confirmed(label, actor, now)
    _note_label(session, actor, AuditAction.GLOSSARY_LABEL_CONFIRMED, label, now)
    return label


def withdraw_confirmation(
    session: Session,
    actor: Actor,
    label: GlossaryLabel,
    *,
    now: datetime,
    version: int | None = None,
) -> GlossaryLabel:
    """Take a confirmation back: the label no longer counts for matching. NOT_ALLOWED, STALE."""
    _check_change(actor, label, version)
    if label.status is LabelStatus.CONFIRMED:
        _unconfirm(label)
        _note_label(session, actor, AuditAction.GLOSSARY_LABEL_WITHDRAWN, label, now)
    return label


# Shared with proposals and imports


def check_editor(actor: Actor) -> None:
    """Raise DomainError NOT_ALLOWED for somebody who may not edit the glossary."""
    if not actor.may(Permission.GLOSSARY_CENTRE_EDIT):
        raise DomainError(ErrorCode.NOT_ALLOWED)


def _check_change(actor: Actor, row: GlossaryConcept | GlossaryLabel, version: int | None) -> None:
    """Raise NOT_ALLOWED, and STALE where somebody changed the row since `version` was seen."""
    check_editor(actor)
    if version is not None and row.lock_version != version:
        raise DomainError(ErrorCode.STALE)


def check_broader(concept: GlossaryConcept, broader: GlossaryConcept | None) -> None:
    """Raise DomainError GLOSSARY_CYCLE where the wider concept stands below the concept."""
    above = broader
    while above is not None:
        if above is concept:
            raise DomainError(ErrorCode.GLOSSARY_CYCLE, field="broader")
        above = above.broader


def insert_label(session: Session, concept: GlossaryConcept, label: GlossaryLabel) -> GlossaryLabel:
    """Add a checked label to its concept. Raises DomainError GLOSSARY_LABEL_EXISTS."""
    session.flush()
    same = [each for each in concept.labels if each.language == label.language]
    if any(each.text == label.text for each in same):
        raise _exists(label.language, label.text)
    if not any(each.preferred for each in same):
        label.preferred = True
    elif label.preferred:
        _no_longer_preferred(session, concept, label.language)
    try:
        with session.begin_nested():
            concept.labels.append(label)
    except IntegrityError as error:  # somebody else added it at the same moment
        raise _exists(label.language, label.text) from error
    return label


def set_confirmed(label: GlossaryLabel, actor: Actor, now: datetime) -> None:
    """Write down that a label is confirmed, and by whom."""
    label.status = LabelStatus.CONFIRMED
    label.confirmed_by_id = actor.user_id
    label.confirmed_at = now


def _unconfirm(label: GlossaryLabel) -> None:
    label.status = LabelStatus.UNCONFIRMED
    label.confirmed_by_id = None
    label.confirmed_at = None


def _no_longer_preferred(session: Session, concept: GlossaryConcept, language: str) -> None:
    """Before another one is: the database allows one at a time."""
    session.execute(
        update(GlossaryLabel)
        .where(
            GlossaryLabel.concept_id == concept.id,
            GlossaryLabel.language == language,
            GlossaryLabel.preferred,
        )
        .values(preferred=False)
    )


def _exists(language: str, text: str) -> DomainError:
    return DomainError(ErrorCode.GLOSSARY_LABEL_EXISTS, field="text", language=language, value=text)


def _checked_language(language: str) -> str:
    if language not in LABEL_LANGUAGES:
        raise DomainError(ErrorCode.UNKNOWN_CODE, field="language", value=language)
    return language


def _checked_definition(text: str) -> str:
    clean = clean_text(text)
    if len(clean) > MAX_DEFINITION:
        raise DomainError(
            ErrorCode.TEXT_TOO_LONG, field="definition", limit=MAX_DEFINITION, length=len(clean)
        )
    return clean


def _known(session: Session, sectors: Iterable[str]) -> list[str]:
    """The codes of sectors, each once; DomainError UNKNOWN_CODE for one that there is not."""
    wanted = list(dict.fromkeys(sectors))
    known = set(session.scalars(select(Sector.code).where(Sector.code.in_(wanted))))
    for code in wanted:
        if code not in known:
            raise DomainError(ErrorCode.UNKNOWN_CODE, field="sectors", value=code)
    return wanted


def _note(
    session: Session, actor: Actor, action: AuditAction, concept: GlossaryConcept, now: datetime
) -> None:
    audit.record(session, actor, action, concept, now=now, concept=concept.code)
    mark_changed(session)


def _note_label(
    session: Session, actor: Actor, action: AuditAction, label: GlossaryLabel, now: datetime
) -> None:
    """The trail of a label is its concept's, so that it can be read where the label was."""
    session.flush()
    audit.record(
        session, actor, action, label.concept,
        now=now, concept=label.concept.code, language=label.language, label=label.id,
    )  # fmt: skip
    mark_changed(session)
