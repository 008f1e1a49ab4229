"""Records become drafts: row by row, all or nothing, twice the same as once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_records import Record
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import CodeField, ListingState
from matchmaker.i18n.errors import SENTENCES
from matchmaker.models import AuditEntry, ImportBatch, Listing, ListingText, Organisation
from matchmaker.services import imports, listings
from matchmaker.services.imports import Outcome, RowReport, import_records
from tests.factories import (
    NOW,
    actor_of,
    make_appointment,
    make_centre,
    make_listing,
    make_membership,
    make_organisation,
    make_sectors,
    make_user,
)

GOOD: dict[str, object] = {
    "own_number": "R-1",
    "kind": "offer",
    "language": "en",
    "title": "Boards pressed from cane bagasse",
    "description": "A press that makes building boards from the fibre left after sugar milling.",
    "sectors": "sugar_cane",
    "trl": "6",
}


@pytest.fixture
def owner(session: Session) -> tuple[Organisation, Actor]:
    make_sectors(session)
    make_centre(session, head_office=True)
    organisation = make_organisation(session)
    return organisation, actor_of(session, make_membership(session, organisation))


def bring_in(
    session: Session, owner: tuple[Organisation, Actor], *records: Record, trust: bool = False
) -> list[RowReport]:
    organisation, actor = owner
    return import_records(
        session, actor, organisation, list(enumerate(records, start=2)),
        trust_language=trust, now=NOW,
    )  # fmt: skip


def count(session: Session) -> tuple[int, int, int]:
    """How many listings, texts and audit entries there are."""
    found = [
        session.scalar(select(func.count()).select_from(model)) or 0
        for model in (Listing, ListingText, AuditEntry)
    ]
    return found[0], found[1], found[2]


def test_a_row_becomes_a_draft(session: Session, owner: tuple[Organisation, Actor]) -> None:
    (report,) = bring_in(session, owner, GOOD)
    assert report.outcome is Outcome.CREATED
    listing = session.scalars(select(Listing)).one()
    assert listing.reference == report.reference
    assert listing.state is ListingState.DRAFT
    assert listing.own_number == "R-1"
    assert listing.newest.trl == 6
    assert listing.newest.values(CodeField.SECTOR) == ("sugar_cane",)


def test_half_of_the_rows_are_broken(session: Session, owner: tuple[Organisation, Actor]) -> None:
    before = count(session)
    broken: list[Record] = [
        {**GOOD, "own_number": "B-1", "kind": "gift"},
        {**GOOD, "own_number": "B-2", "title": "", "description": ""},
        {**GOOD, "own_number": "B-3", "title": "x" * 300},
        {**GOOD, "own_number": "B-4", "sectors": "nonsense"},
        {**GOOD, "own_number": "B-5", "sectors": "sugar_cane;machinery;biomedicine;agriculture"},
        {**GOOD, "own_number": "B-6", "price_min": "9", "price_max": "5", "currency": "CNY"},
        {**GOOD, "own_number": "B-7", "price_min": "9"},
        {**GOOD, "own_number": "B-8", "kind": "demand", "needed_by": "2020-01-01"},
        {**GOOD, "own_number": "B-9", "trl": "12"},
        {**GOOD, "own_number": "x" * 65},
        {**GOOD, "own_number": "B-10", "title": "broken \ufffd text"},
        {**GOOD, "own_number": "B-11", "language": "zh-Hans"},
        {**GOOD, "own_number": "B-12", "colour": "red"},
    ]
    good: list[Record] = [
        {**GOOD, "own_number": f"G-{n}", "title": f"Press number {n} for bagasse boards"}
        for n in range(len(broken))
    ]
    mixed = [row for pair in zip(good, broken, strict=True) for row in pair]
    reports = bring_in(session, owner, *mixed)
    assert [r.outcome for r in reports[::2]] == [Outcome.CREATED] * len(good)
    assert [r.outcome for r in reports[1::2]] == [Outcome.REFUSED] * len(broken)
    assert [(r.errors[0].code, str(r.errors[0].field)) for r in reports[1::2]] == [
        (ErrorCode.UNKNOWN_CODE, "kind"),
        (ErrorCode.TEXT_EMPTY, "title"),
        (ErrorCode.TEXT_TOO_LONG, "title"),
        (ErrorCode.UNKNOWN_CODE, "sector"),
        (ErrorCode.TOO_MANY_SECTORS, "sector"),
        (ErrorCode.RANGE_REVERSED, "price_min"),
        (ErrorCode.CURRENCY_MISSING, "currency"),
        (ErrorCode.DATE_PAST, "needed_by"),
        (ErrorCode.UNKNOWN_CODE, "trl"),
        (ErrorCode.TEXT_TOO_LONG, "own_number"),
        (ErrorCode.TEXT_UNREADABLE_ENCODING, "title"),
        (ErrorCode.LANGUAGE_DIFFERS, "language"),
        (ErrorCode.SPREADSHEET_COLUMN_UNKNOWN, "None"),
    ]
    after = count(session)
    assert after[0] - before[0] == after[1] - before[1] == len(good)
    assert not session.scalars(select(Listing).where(Listing.own_number.like("B-%"))).all()


def test_all_problems_of_a_row_are_told(
    session: Session, owner: tuple[Organisation, Actor]
) -> None:
    (report,) = bring_in(session, owner, {**GOOD, "title": "x" * 300, "trl": "10", "price_min": 1})
    assert [error.field for error in report.errors] == ["title", "currency", "trl"]


def test_language_is_trusted_on_request(
    session: Session, owner: tuple[Organisation, Actor]
) -> None:
    record = {**GOOD, "language": "zh-Hans"}
    assert bring_in(session, owner, record)[0].outcome is Outcome.REFUSED
    assert bring_in(session, owner, record, trust=True)[0].outcome is Outcome.CREATED


def test_own_number_updates(session: Session, owner: tuple[Organisation, Actor]) -> None:
    bring_in(session, owner, GOOD)
    assert bring_in(session, owner, GOOD)[0].outcome is Outcome.UNCHANGED
    changed = {**GOOD, "title": "Boards from bagasse, without glue", "trl": ""}
    assert bring_in(session, owner, changed)[0].outcome is Outcome.UPDATED
    listing = session.scalars(select(Listing)).one()
    assert listing.newest.original is not None
    assert listing.newest.original.title == "Boards from bagasse, without glue"
    assert listing.newest.trl == 6, "an empty cell changes nothing"
    assert bring_in(session, owner, {**GOOD, "kind": "demand"})[0].outcome is Outcome.REFUSED


def test_update_of_what_is_published_waits_for_staff(
    session: Session, owner: tuple[Organisation, Actor]
) -> None:
    organisation, _actor = owner
    listing = make_listing(
        session, organisation, state=ListingState.PUBLISHED, own_number="R-1", title="Old boards"
    )
    (report,) = bring_in(session, owner, GOOD)
    assert (report.outcome, report.reference) == (Outcome.UPDATED, listing.reference)
    assert listing.state is ListingState.PUBLISHED
    assert listing.published is not None
    assert listing.published.original is not None
    assert listing.published.original.title == "Old boards"
    assert listing.working is not None


def test_unchanged_row_leaves_a_submission_alone(
    session: Session, owner: tuple[Organisation, Actor]
) -> None:
    bring_in(session, owner, GOOD)
    listing = session.scalars(select(Listing)).one()
    listings.submit(session, owner[1], listing, now=NOW)
    assert bring_in(session, owner, GOOD)[0].outcome is Outcome.UNCHANGED
    session.expire_all()
    assert listing.state is ListingState.SUBMITTED


def test_closed_listing_is_not_revived(session: Session, owner: tuple[Organisation, Actor]) -> None:
    make_listing(session, owner[0], state=ListingState.CLOSED, own_number="R-1")
    (report,) = bring_in(session, owner, GOOD)
    assert [error.code for error in report.errors] == [ErrorCode.LISTING_NOT_EDITABLE]


def test_the_same_twice(session: Session, owner: tuple[Organisation, Actor]) -> None:
    without = {name: value for name, value in GOOD.items() if name != "own_number"}
    reports = bring_in(session, owner, GOOD, GOOD, without)
    assert [report.outcome for report in reports] == [Outcome.CREATED, *[Outcome.REFUSED] * 2]
    assert reports[1].errors[0].code is ErrorCode.OWN_NUMBER_TWICE
    assert reports[1].errors[0].data == {"row": 2}
    assert reports[2].errors[0].code is ErrorCode.LISTING_DUPLICATE
    other = {**without, "title": "Another board"}
    assert bring_in(session, owner, other)[0].outcome is Outcome.CREATED
    (again,) = bring_in(session, owner, other)
    assert again.errors[0].code is ErrorCode.LISTING_DUPLICATE


def test_dry_run_writes_nothing_but_its_report(
    session: Session, owner: tuple[Organisation, Actor]
) -> None:
    organisation, actor = owner
    before = count(session)
    rows: list[tuple[int, Record]] = [(2, GOOD), (3, {**GOOD, "kind": "gift"})]
    batch = imports.dry_run(session, actor, organisation, rows, filename="x" * 300, now=NOW)
    session.flush()
    assert count(session) == before
    assert [row["outcome"] for row in batch.report] == ["created", "refused"]
    (error,) = imports.stored_errors(batch.report[1])
    assert (error.code, error.field) == (ErrorCode.UNKNOWN_CODE, "kind")
    imports.apply(session, actor, batch, now=NOW)
    imports.apply(session, actor, batch, now=NOW)
    assert count(session)[0] == before[0] + 1
    assert batch.applied_at == NOW


def test_dry_run_of_somebody_else(session: Session, owner: tuple[Organisation, Actor]) -> None:
    organisation, actor = owner
    batch = imports.dry_run(session, actor, organisation, [(2, GOOD)], filename="x", now=NOW)
    session.flush()
    colleague = actor_of(session, make_membership(session, organisation))
    with pytest.raises(DomainError) as raised:
        imports.apply(session, colleague, batch, now=NOW)
    assert raised.value.code is ErrorCode.NOT_FOUND


def test_old_uploads_are_forgotten(session: Session, owner: tuple[Organisation, Actor]) -> None:
    organisation, actor = owner
    for at in (NOW - imports.KEPT_FOR - timedelta(seconds=1), NOW):
        imports.dry_run(session, actor, organisation, [(2, GOOD)], filename="x", now=at)
    session.flush()
    assert imports.forget_uploads(session, now=NOW) == 1
    assert imports.forget_uploads(session, now=NOW) == 0
    assert [batch.created_at for batch in session.scalars(select(ImportBatch))] == [NOW]


def test_who_may(session: Session, owner: tuple[Organisation, Actor]) -> None:
    organisation, _actor = owner
    stranger = actor_of(session, make_user(session))
    staff = actor_of(session, make_appointment(session, organisation.centre))
    for actor, code in (
        (stranger, ErrorCode.NOT_ALLOWED),
        (staff, ErrorCode.ORGANISATION_HAS_ACCOUNT),
    ):
        with pytest.raises(DomainError) as raised:
            import_records(session, actor, organisation, [(1, GOOD)], now=NOW)
        assert raised.value.code is code


def test_every_code_has_a_sentence() -> None:
    assert set(SENTENCES) == set(ErrorCode)
