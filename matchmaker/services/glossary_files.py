"""Whole glossaries into the tables: the program's seeds, and files that somebody imports."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session, selectinload

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import LabelSource, LabelStatus
from matchmaker.matching.glossary import Concept, Label
from matchmaker.matching.glossary_files import Place, Reading, Refused
from matchmaker.models import (
    GlossaryConcept,
    GlossaryConceptSector,
    GlossaryLabel,
    GlossarySeed,
    Sector,
)
from matchmaker.services import audit
from matchmaker.services.audit import AuditAction
from matchmaker.services.glossary import check_broader, check_editor, mark_changed

Progress = Callable[[int, int], None]
_Key = tuple[str, str, str]
"""A concept's code, a language and a text."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a file brought: new concepts and labels; of those there were, concepts whose definition,
    sectors or place it `changed`, and labels that it `confirmed`."""

    concepts: int = 0
    changed: int = 0
    labels: int = 0
    confirmed: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, and every entry that it left out."""

    counts: Counts
    refused: tuple[Refused, ...]


def load_seeds(session: Session, seeds: Reading, *, now: datetime) -> Counts:
    """Write the seeds that this site has not taken yet.

    A seed is taken once: what staff changed or removed afterwards stays so, whenever this runs. A
    label that nobody touched here becomes confirmed when the seeds say so.
    """
    taken = {tuple(row) for row in session.execute(_SEEDS)}
    concepts = [each for each in seeds.concepts if (each.id, "", "") not in taken]
    labels = [each for each in seeds.labels if _key(each) not in taken]
    ids = _ids(session)
    new = [each for each in concepts if each.id not in ids]
    _insert_concepts(session, new, ids, now)
    added = _insert_labels(session, labels, ids, LabelSource.SEED, now)
    confirmed = _confirm_seeds(session, seeds.labels, ids, now)
    keys = [(each.id, "", "") for each in concepts] + [_key(each) for each in labels]
    if keys:
        rows = [{"code": code, "language": lang, "text": text} for code, lang, text in keys]
        session.execute(insert(GlossarySeed), rows)
    if new or added or confirmed:
        mark_changed(session)
    return Counts(concepts=len(new), labels=added, confirmed=confirmed)


def import_glossary(
    session: Session,
    actor: Actor,
    reading: Reading,
    *,
    trust: bool,
    now: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Take what was read into the glossary; nothing is removed.

    What the file says of a concept (definition, sectors, wider concept) replaces what is there;
    labels are added. They are confirmed only where the file says so and `trust` is given, and never
    by who wrote them: those stay as they are and stand in the report.
    `progress(done, total)` counts concepts. Raises DomainError NOT_ALLOWED.
    """
    check_editor(actor)
    labels: dict[str, list[Label]] = {}
    for label in reading.labels:
        labels.setdefault(label.concept, []).append(
            label if trust else replace(label, confirmed=False)
        )
    given = {each.id: each for each in reading.concepts}
    before = _ids(session)
    # A concept may have been removed since the file was read.
    codes = [code for code in dict.fromkeys((*given, *labels)) if code in given or code in before]
    ids = dict(before)
    sectors = set(session.scalars(select(Sector.code)))
    _insert_concepts(session, [given[code] for code in codes if code not in ids], ids, now)
    refused = [
        Refused(reading.places[each.id], ErrorCode.GLOSSARY_SECTOR_UNKNOWN, {"value": code})
        for each in reading.concepts
        for code in each.sectors
        if code not in sectors
    ]
    changed, cycles = _change_concepts(session, [given[c] for c in given if c in before], reading)
    counts = Counts(concepts=len(ids) - len(before), changed=len(changed))
    own: list[Refused] = []
    for done, code in enumerate(codes, start=1):
        added, confirmed = _take_labels(
            session, actor, ids[code], labels.get(code, ()), now, own=own
        )
        counts = replace(
            counts, labels=counts.labels + added, confirmed=counts.confirmed + confirmed
        )
        if added or confirmed or code in changed or code not in before:
            audit.record(
                session, actor, AuditAction.GLOSSARY_CONCEPT_IMPORTED,
                session.get_one(GlossaryConcept, ids[code]),
                now=now, concept=code, labels=added, confirmed=confirmed,
            )  # fmt: skip
        if progress is not None:
            progress(done, len(codes))
    if counts != Counts():
        mark_changed(session)
    return ImportReport(counts, (*reading.refused, *refused, *cycles, *own))


def _change_concepts(
    session: Session, given: Sequence[Concept], reading: Reading
) -> tuple[set[str], list[Refused]]:
    """Write what a file says of concepts that were there; returns the codes of those that it
    changed, and what would have been a cycle."""
    rows = {
        row.code: row
        for row in session.scalars(
            select(GlossaryConcept).options(selectinload(GlossaryConcept.sectors))
        )
    }
    known = set(session.scalars(select(Sector.code)))
    changed, refused = set[str](), list[Refused]()
    for concept in given:
        row = rows[concept.id]
        sectors = {code for code in concept.sectors if code in known}
        held = {each.sector_code: each for each in row.sectors}
        broader = rows.get(concept.broader) if concept.broader else None
        try:
            check_broader(row, broader)
        except DomainError as error:
            place: Place = reading.places[concept.id]
            refused.append(Refused(place, error.code, {"value": concept.broader}))
            broader = None
        if concept.definition and concept.definition != row.definition:
            row.definition = concept.definition
            changed.add(row.code)
        if broader is not None and broader is not row.broader:
            row.broader = broader
            changed.add(row.code)
        if sectors and sectors != held.keys():
            row.sectors = [
                held.get(code) or GlossaryConceptSector(sector_code=code)
                for code in sorted(sectors)
            ]
            changed.add(row.code)
    session.flush()
    return changed, refused


def _take_labels(
    session: Session,
    actor: Actor,
    concept_id: int,
    labels: Sequence[Label],
    now: datetime,
    *,
    own: list[Refused],
) -> tuple[int, int]:
    """Add one concept's labels and confirm those there; returns how many of each. Those that the
    actor wrote are put into `own` instead of confirmed."""
    held = {
        (row.language, row.text): row
        for row in session.scalars(
            select(GlossaryLabel).where(GlossaryLabel.concept_id == concept_id)
        )
    }
    confirmed = 0
    for label in labels:
        row = held.get((label.language, label.text))
        if row is None or not label.confirmed or row.status is not LabelStatus.UNCONFIRMED:
            continue
        if row.author_id is not None and row.author_id == actor.user_id:
            place = Place(f"{label.concept} ({label.language}): {label.text}")
            own.append(Refused(place, ErrorCode.GLOSSARY_OWN_LABEL))
            continue
        row.status = LabelStatus.CONFIRMED
        row.confirmed_at = now
        row.confirmed_by_id = actor.user_id
        confirmed += 1
    session.flush()
    new = [label for label in labels if (label.language, label.text) not in held]
    preferred = {row.language for row in held.values() if row.preferred}
    _insert_label_rows(
        session,
        [_row(label, concept_id, preferred, LabelSource.IMPORTED, now) for label in new],
    )
    return len(new), confirmed


def _insert_concepts(
    session: Session, concepts: Sequence[Concept], ids: dict[str, int], now: datetime
) -> None:
    """Insert concepts with their sectors and places, and note their ids in `ids`."""
    if not concepts:
        return
    rows = [
        {"code": each.id, "definition": each.definition, "created_at": now} for each in concepts
    ]
    session.execute(insert(GlossaryConcept), rows)
    ids.update(_ids(session))
    known = set(session.scalars(select(Sector.code)))
    sectors = [
        {"concept_id": ids[each.id], "sector_code": code}
        for each in concepts
        for code in each.sectors
        if code in known
    ]
    if sectors:
        session.execute(insert(GlossaryConceptSector), sectors)
    below = [
        {"id": ids[each.id], "broader_id": ids[each.broader]}
        for each in concepts
        if each.broader in ids
    ]
    for row in below:
        session.execute(
            update(GlossaryConcept)
            .where(GlossaryConcept.id == row["id"])
            .values(broader_id=row["broader_id"])
        )


def _insert_labels(
    session: Session,
    labels: Iterable[Label],
    ids: Mapping[str, int],
    source: LabelSource,
    now: datetime,
) -> int:
    """Insert the labels of known concepts that are not there yet; returns how many."""
    held = session.execute(
        select(
            GlossaryLabel.concept_id,
            GlossaryLabel.language,
            GlossaryLabel.text,
            GlossaryLabel.preferred,
        )
    ).all()
    there = {(row.concept_id, row.language, row.text) for row in held}
    preferred: dict[int, set[str]] = {}
    for row in held:
        if row.preferred:
            preferred.setdefault(row.concept_id, set()).add(row.language)
    new = []
    for label in labels:
        concept_id = ids.get(label.concept)
        if concept_id is not None and (concept_id, label.language, label.text) not in there:
            languages = preferred.setdefault(concept_id, set())
            new.append(_row(label, concept_id, languages, source, now))
    _insert_label_rows(session, new)
    return len(new)


def _row(
    label: Label, concept_id: int, preferred: set[str], source: LabelSource, now: datetime
) -> dict[str, Any]:
    """A label's row; it is preferred only where no other is, noted in `preferred`."""
    first = label.preferred and label.language not in preferred
    if first:
        preferred.add(label.language)
    return {
        "concept_id": concept_id,
        "language": label.language,
        "text": label.text,
        "preferred": first,
        "status": LabelStatus.CONFIRMED if label.confirmed else LabelStatus.UNCONFIRMED,
        "source": source,
        "created_at": now,
        "confirmed_at": now if label.confirmed else None,
    }


def _insert_label_rows(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(GlossaryLabel), rows)


def _confirm_seeds(
    session: Session, labels: Iterable[Label], ids: Mapping[str, int], now: datetime
) -> int:
    """Confirm the labels of seeds that the seeds confirm by now and nobody touched here."""
    wanted = {
        (ids[each.concept], each.language, each.text)
        for each in labels
        if each.confirmed and each.concept in ids
    }
    untouched = session.execute(
        select(
            GlossaryLabel.id, GlossaryLabel.concept_id, GlossaryLabel.language, GlossaryLabel.text
        ).where(
            GlossaryLabel.source == LabelSource.SEED,
            GlossaryLabel.status == LabelStatus.UNCONFIRMED,
            GlossaryLabel.lock_version == 1,
        )
    )
    due = [row.id for row in untouched if (row.concept_id, row.language, row.text) in wanted]
    for label_id in due:
        session.execute(
            update(GlossaryLabel)
            .where(GlossaryLabel.id == label_id)
            .values(status=LabelStatus.CONFIRMED, confirmed_at=now)
        )
    return len(due)


def _ids(session: Session) -> dict[str, int]:
    rows = session.execute(select(GlossaryConcept.code, GlossaryConcept.id))
    return {row.code: row.id for row in rows}


def _key(label: Label) -> _Key:
    return label.concept, label.language, label.text


_SEEDS = select(GlossarySeed.code, GlossarySeed.language, GlossarySeed.text)
