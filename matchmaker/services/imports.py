"""Listings brought in from a table or a file: through the same verbs as the pages, row by row."""

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum, auto
from functools import cached_property
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import (
    MAX_OWN_NUMBER,
    Details,
    clean_text,
    detail_problems,
    fingerprint,
    for_kind,
    text_problems,
)
from matchmaker.domain.listing_records import ListingRecord, Record
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import (
    TEXT_LIMITS,
    ControlClass,
    ListingKind,
    ListingState,
    RevisionState,
    TextField,
    TextOrigin,
)
from matchmaker.models import (
    ExportCheck,
    ImportBatch,
    Listing,
    ListingCode,
    ListingRevision,
    ListingText,
    Organisation,
    Sector,
)
from matchmaker.services import audit, listings, moderation
from matchmaker.services.listing_access import acts_for, today_at


class Outcome(StrEnum):
    """What became, or would become, of a row."""

    CREATED = auto()
    UPDATED = auto()
    UNCHANGED = auto()
    REFUSED = auto()


KEPT_FOR: Final = timedelta(days=30)
"""How long an upload can be brought in, and its refused rows downloaded."""
_AT_A_TIME: Final = 100
_OF_A_LISTING: Final = (Listing, ListingRevision, ListingText, ListingCode, ExportCheck)
_CHANGING: Final = frozenset({Outcome.CREATED, Outcome.UPDATED})


@dataclass(frozen=True)
class RowReport:
    """What became of one row. `errors` hold codes with data; their sentences are made later."""

    number: int
    outcome: Outcome
    title: str
    reference: str | None = None
    errors: tuple[DomainError, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the report as it is stored with its batch."""
        return {
            "number": self.number,
            "outcome": self.outcome.value,
            "title": self.title,
            "reference": self.reference,
            "errors": [
                {"code": e.code.value, "field": e.field, "data": json.loads(_dumped(e.data))}
                for e in self.errors
            ],
        }


def stored_errors(row: Mapping[str, Any]) -> list[DomainError]:
    """Return the errors of a stored report's row."""
    return [
        DomainError(ErrorCode(entry["code"]), field=entry["field"], **entry["data"])
        for entry in row["errors"]
    ]


def import_records(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    records: Iterable[tuple[int, Record]],
    *,
    publish: bool = False,
    keep_duplicates: bool = False,
    trust_language: bool = False,
    now: datetime,
) -> list[RowReport]:
    """Bring in records as drafts of an organisation, each in a savepoint of its own.

    `records` are (row number, fields of FIELDS). The owner's own number updates the listing that
    has it. A row with errors, or with nothing new, changes nothing and is reported; the others go
    on. `publish` submits and publishes each, and `keep_duplicates` (from the command line only)
    also a text that the organisation has under another number; `trust_language` takes the declared
    language although a text looks like another one. Raises DomainError NOT_ALLOWED,
    ORGANISATION_HAS_ACCOUNT.
    """
    acts_for(session, actor, organisation)
    run = _Run(session, actor, organisation, publish, keep_duplicates, trust_language, now)
    reports: list[RowReport] = []
    kept = set(session)
    for number, record in records:
        point = session.begin_nested()
        try:
            report = run.bring_in(number, record)
        except DomainError as error:
            report = _refused(number, record, [error])
        if report.outcome in _CHANGING:
            point.commit()
        else:
            point.rollback()
        _forget(session, kept)
        reports.append(report)
    changed = sum(report.outcome in _CHANGING for report in reports)
    if changed:
        audit.record(
            session, actor, audit.AuditAction.LISTINGS_IMPORTED, organisation,
            now=now, rows=len(reports), changed=changed,
        )  # fmt: skip
    return reports


def dry_run(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    rows: Sequence[tuple[int, Record]],
    *,
    filename: str,
    trust_language: bool = False,
    now: datetime,
) -> ImportBatch:
    """Try all rows, undo everything, and keep the rows with the report for `apply`."""
    trial = session.begin_nested()
    try:
        reports = import_records(
            session, actor, organisation, rows, trust_language=trust_language, now=now
        )
    finally:
        trial.rollback()
    session.refresh(organisation)
    batch = ImportBatch(
        token=secrets.token_urlsafe(32),
        organisation=organisation,
        by_id=actor.user_id,
        filename=filename[:255],
        trust_language=trust_language,
        rows=[[number, dict(record)] for number, record in rows],
        report=[report.as_json() for report in reports],
        created_at=now,
    )
    session.add(batch)
    return batch


def apply(session: Session, actor: Actor, batch: ImportBatch, *, now: datetime) -> ImportBatch:
    """Bring in the rows of a dry run; a second call changes nothing.

    Raises DomainError NOT_FOUND for somebody else's batch.
    """
    if batch.by_id != actor.user_id:
        raise DomainError(ErrorCode.NOT_FOUND)
    session.refresh(batch, with_for_update=True)
    if batch.applied_at is None:
        rows = [(int(number), record) for number, record in batch.rows]
        reports = import_records(
            session, actor, batch.organisation, rows,
            trust_language=batch.trust_language, now=now,
        )  # fmt: skip
        batch.report = [report.as_json() for report in reports]
        batch.applied_at = now
    return batch


def _forget(session: Session, kept: Set[object]) -> None:
    """Let the session forget the listings of a row.

    After a rollback those that it read back would stay, although they no longer exist, and a new
    row may get their id; and thousands of rows would fill the memory.
    """
    for row in list(session):
        if isinstance(row, _OF_A_LISTING) and row not in kept and row in session:
            session.expunge(row)


def forget_uploads(session: Session, *, now: datetime) -> int:
    """Delete uploads that nobody needs any more: they hold all that the table held.

    Returns how many; the boundary calls again while there are more.
    """
    old = select(ImportBatch.id).where(ImportBatch.created_at < now - KEPT_FOR).limit(_AT_A_TIME)
    ids = session.scalars(old).all()
    session.execute(delete(ImportBatch).where(ImportBatch.id.in_(ids)))
    return len(ids)


@dataclass
class _Run:
    """One import: what its rows share."""

    session: Session
    actor: Actor
    organisation: Organisation
    publish: bool
    keep_duplicates: bool
    trust_language: bool
    now: datetime
    numbers: dict[str, int] = field(default_factory=dict)
    """The owner's numbers so far, with the row that had it."""

    @cached_property
    def sectors(self) -> frozenset[str]:
        return frozenset(self.session.scalars(select(Sector.code)))

    @cached_property
    def today(self) -> date:
        return today_at(self.organisation, self.now)

    @cached_property
    def texts(self) -> dict[str, str]:
        """The references of the organisation's listings by the fingerprint of what they say."""
        rows = self.session.execute(
            select(Listing.reference, Listing.kind, ListingText.title, ListingText.description)
            .join(ListingRevision, ListingRevision.listing_id == Listing.id)
            .join(ListingText, ListingText.revision_id == ListingRevision.id)
            .where(
                Listing.organisation_id == self.organisation.id,
                Listing.state.not_in([ListingState.ARCHIVED, ListingState.REJECTED]),
                ListingRevision.state.not_in([RevisionState.SUPERSEDED, RevisionState.DISCARDED]),
                ListingText.origin == TextOrigin.ORIGINAL,
            )
        )
        return {fingerprint(kind, title, text): name for name, kind, title, text in rows}

    def bring_in(self, number: int, record: Record) -> RowReport:
        """Create or update the listing of one row. Raises DomainError, or reports what is wrong."""
        given = ListingRecord.read(record)
        if problems := given.problems():
            return _refused(number, record, problems)
        listing = _existing(self.session, self.organisation, given.own_number)
        problems = [*self._twins(number, given)]
        if listing is None:
            problems += self._problems(given)
        elif listing.kind is not given.kind:
            problems.append(DomainError(ErrorCode.UNKNOWN_CODE, field="kind", value=given.kind))
        if problems:
            return _refused(number, record, problems)
        return self._write(number, record, given, listing)

    def _problems(self, given: ListingRecord) -> Iterator[DomainError]:
        """Everything that the rules for a new listing have against the row."""
        if given.own_number and len(given.own_number) > MAX_OWN_NUMBER:
            yield DomainError(
                ErrorCode.TEXT_TOO_LONG, field="own_number",
                limit=MAX_OWN_NUMBER, length=len(given.own_number),
            )  # fmt: skip
        yield from text_problems({name: clean_text(text) for name, text in given.texts().items()})
        details = for_kind(given.kind, given.details(Details()))
        yield from detail_problems(details, sectors=self.sectors, today=self.today)

    def _twins(self, number: int, given: ListingRecord) -> Iterator[DomainError]:
        """A number must not come twice, nor a text without a number that is already there."""
        if given.own_number is not None:
            first = self.numbers.setdefault(given.own_number, number)
            if first != number:
                yield DomainError(ErrorCode.OWN_NUMBER_TWICE, field="own_number", row=first)
            return
        mark = _mark(given)
        if mark in self.texts:
            yield DomainError(ErrorCode.LISTING_DUPLICATE, reference=self.texts[mark])

    def _write(
        self, number: int, record: Record, given: ListingRecord, listing: Listing | None
    ) -> RowReport:
        session, actor, now = self.session, self.actor, self.now
        created = listing is None
        if listing is None:
            listing = listings.create_listing(
                session, actor, self.organisation, kind=given.kind, language=given.language,
                own_number=given.own_number, now=now,
            )  # fmt: skip
        before = _content(listing)
        if not created:
            _make_editable(session, actor, listing, now)
            listings.set_language(session, actor, listing, given.language, now=now)
        session.flush()
        listings.save_text(
            session, actor, listing, given.language, given.texts(),
            confirmed=self.trust_language, now=now,
        )  # fmt: skip
        details = given.details(listings.details_of(listing.newest))
        listings.save_details(session, actor, listing, details, now=now)
        if self.publish:
            self._publish(listing, given.control_class)
        changed = created or _content(listing) != before
        outcome = Outcome.CREATED if created else Outcome.UPDATED if changed else Outcome.UNCHANGED
        if created and given.own_number is None:
            self.texts[_mark(given)] = listing.reference
        return RowReport(number, outcome, _title(record), listing.reference)

    def _publish(self, listing: Listing, control_class: ControlClass) -> None:
        if listing.working is None:
            return
        session, actor, now = self.session, self.actor, self.now
        listings.submit(session, actor, listing, keep_duplicate=self.keep_duplicates, now=now)
        if listing.kind is ListingKind.OFFER and listing.export_check is None:
            moderation.check_export(
                session, actor, listing,
                control_class=control_class,
                catalogue_version="import", note="", now=now,
            )  # fmt: skip
        moderation.publish(session, actor, listing, now=now)


def _mark(given: ListingRecord) -> str:
    texts = given.texts()
    return fingerprint(
        given.kind,
        clean_text(texts[TextField.TITLE]),
        clean_text(texts.get(TextField.DESCRIPTION, "")),
    )


def _refused(number: int, record: Record, errors: Sequence[DomainError]) -> RowReport:
    return RowReport(number, Outcome.REFUSED, _title(record), errors=tuple(errors))


def _existing(session: Session, organisation: Organisation, number: str | None) -> Listing | None:
    if number is None:
        return None
    return session.scalar(
        select(Listing).where(
            Listing.organisation_id == organisation.id,
            Listing.own_number == number,
        )
    )


def _make_editable(session: Session, actor: Actor, listing: Listing, now: datetime) -> None:
    """A published listing gets a pending revision; what was submitted is taken back."""
    if listing.state in (ListingState.PUBLISHED, ListingState.ON_HOLD) and listing.working is None:
        listings.start_revision(session, actor, listing, now=now)
    elif listing.state is ListingState.SUBMITTED:
        listings.take_back(session, actor, listing, now=now)


def _content(listing: Listing) -> tuple[object, ...]:
    """What an import may change, to tell an update from a row that says nothing new."""
    revision = listing.newest
    text = revision.original
    return (
        listings.details_of(revision),
        revision.original_language,
        tuple(text.get(field) for field in TextField) if text else (),
    )


def _title(record: Record) -> str:
    text = record.get("title") or record.get("description") or record.get("text") or ""
    return str(text)[: TEXT_LIMITS[TextField.TITLE]]


def _dumped(data: Mapping[str, object]) -> str:
    return json.dumps(data, default=str)
