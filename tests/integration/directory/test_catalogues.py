"""Catalogues: bringing one in, likely entries, checks by an older version, evidence."""

from pathlib import Path

import pytest
from sqlalchemy import select

from matchmaker.config import Settings
from matchmaker.database import Transactions
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.export_control import Gate
from matchmaker.domain.vocabulary import Clearance, ControlClass, ListingState, Side
from matchmaker.models import Attachment, ExportCatalogue, Listing
from matchmaker.queries import export_control as find
from matchmaker.queries.match_gate import gate_of
from matchmaker.services import attachments, matches, moderation, small_indexes
from matchmaker.services.export_catalogues import (
    CatalogueReport,
    import_catalogue,
    likely_entries,
)
from matchmaker.services.export_evidence import EvidenceFile
from tests.factories import (
    NOW,
    make_catalogue,
    make_centre,
    make_listing,
    make_organisation,
    make_sectors,
)
from tests.integration.conftest import WordEncoder
from tests.integration.matches.conftest import World, world

__all__ = ["world"]

TABLE = """number,name,keywords,class,language
1-01,Boards of bagasse,pressing;boards,restricted,en
1-01,甘蔗渣板材,压制,restricted,zh-Hans
1-02,Samplers,,dual use,
"""
PDF = b"%PDF-1.7\ntrailer\n%%EOF\n"


def bring(world: World, text: str, *, who: str = "administrator", version: str = "2026",
          country: str = "CN") -> CatalogueReport:  # fmt: skip
    return import_catalogue(
        world.session, world.actor(who), text.encode(),
        country=country, version=version, title="Invented", now=NOW,
    )  # fmt: skip


def test_an_administrator_puts_a_version_in_force(world: World) -> None:
    first = bring(world, TABLE)
    assert (first.numbers, first.rows, len(first.refused), first.replaced) == (2, 3, 0, "")
    assert first.catalogue.entries[2].language == "en"
    assert first.catalogue.entries[2].control_class is ControlClass.DUAL_USE
    second = bring(world, TABLE, version="2027")
    assert second.replaced == "2026"
    bring(world, TABLE, country="TH")
    in_force = world.session.execute(
        select(ExportCatalogue.country, ExportCatalogue.version).where(ExportCatalogue.in_force)
    ).all()
    assert sorted(tuple(row) for row in in_force) == [("CN", "2027"), ("TH", "2026")]
    with pytest.raises(DomainError) as caught:
        bring(world, TABLE)
    assert caught.value.code is ErrorCode.CATALOGUE_VERSION_EXISTS


@pytest.mark.parametrize("who", ["offer_staff", "seller", "auditor", "visitor"])
def test_nobody_else_does(world: World, who: str) -> None:
    with pytest.raises(DomainError) as caught:
        bring(world, TABLE, who=who)
    assert caught.value.code is ErrorCode.NOT_ALLOWED


def test_wrong_rows_are_left_out_and_told(world: World) -> None:
    wrong = (
        f"{TABLE}1-02,Twice,,free,en\n,No number,,free,en\n3,No class,,not_checked,en\n"
        "4,Odd class,,secret,en\n5,Odd language,,free,xx\n6,,,free,en\n7,Good,,free,th\n"
    )
    report = bring(world, wrong)
    assert report.rows == 4
    assert [(each.row, each.error.code) for each in report.refused] == [
        (5, ErrorCode.CATALOGUE_ENTRY_TWICE),
        (6, ErrorCode.TEXT_EMPTY),
        (7, ErrorCode.UNKNOWN_CODE),
        (8, ErrorCode.UNKNOWN_CODE),
        (9, ErrorCode.UNKNOWN_CODE),
        (10, ErrorCode.TEXT_EMPTY),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("number,name\n1,x\n", ErrorCode.SPREADSHEET_COLUMN_MISSING),
        ("number,name,class,colour\n1,x,free,red\n", ErrorCode.SPREADSHEET_COLUMN_UNKNOWN),
        ("number,name,class\n", ErrorCode.SPREADSHEET_NO_ROWS),
        ("number,name,class\n1,x,secret\n", ErrorCode.UNKNOWN_CODE),
    ],
)
def test_a_table_that_is_none_is_refused_whole(world: World, text: str, code: ErrorCode) -> None:
    with pytest.raises(DomainError) as caught:
        bring(world, text)
    assert caught.value.code is code
    assert world.session.scalars(select(ExportCatalogue)).all() == []


def to_review(world: World, who: str) -> list[Listing]:
    return list(find.checks_to_review(world.session, world.actor(who)).listings)


def test_a_new_version_marks_old_checks(world: World) -> None:
    assert to_review(world, "offer_staff") == []
    make_catalogue(world.session, version="2023")
    assert to_review(world, "offer_staff") == []  # the check was made by this one
    world.session.scalars(select(ExportCatalogue)).one().in_force = False
    make_catalogue(world.session, version="2024")
    assert to_review(world, "offer_staff") == [world.offer]
    assert gate_of(world.match) is Gate.OPEN  # what was recorded counts until then
    for who in ("need_staff", "other_staff", "seller", "administrator", "auditor", "visitor"):
        assert to_review(world, who) == []
    moderation.check_export(
        world.session, world.actor("offer_staff"), world.offer,
        control_class=ControlClass.RESTRICTED, catalogue_version="2024", now=NOW,
    )  # fmt: skip
    assert to_review(world, "offer_staff") == []
    assert gate_of(world.match) is Gate.NEEDS_LICENCE_INTENT


def test_offers_that_are_over_need_no_review(world: World) -> None:
    make_catalogue(world.session, version="2024")
    world.offer.state = ListingState.CLOSED
    world.session.flush()
    assert to_review(world, "offer_staff") == []


def test_entries_that_were_considered_are_checked(world: World) -> None:
    make_catalogue(world.session)

    def check(entries: str, version: str = "2026") -> list[str] | None:
        return moderation.check_export(
            world.session, world.actor("offer_staff"), world.offer,
            control_class=ControlClass.FREE, catalogue_version=version, entries=entries, now=NOW,
        ).entries  # fmt: skip

    assert check(" 1-01 ; 1-02, 1-01,") == ["1-01", "1-02"]
    assert check("9-99", version="on paper") == ["9-99"]
    with pytest.raises(DomainError) as caught:
        check("9-99")
    assert caught.value.code is ErrorCode.CATALOGUE_ENTRY_UNKNOWN


def clear(world: World, who: str, side: Side, folder: Path) -> None:
    matches.clear_export(
        world.session, world.actor(who), world.match, side,
        control_class=ControlClass.RESTRICTED, clearance=Clearance.LICENCE_INTENT,
        catalogue_version="2026", entries="1-01", note="Seen on paper.",
        evidence=EvidenceFile(PDF, "letter.pdf", folder), now=NOW,
    )  # fmt: skip


def test_each_side_records_with_evidence_and_the_gate_follows(world: World, tmp_path: Path) -> None:
    make_catalogue(world.session)
    moderation.check_export(
        world.session, world.actor("offer_staff"), world.offer,
        control_class=ControlClass.RESTRICTED, catalogue_version="2026",
        evidence=EvidenceFile(PDF, "check.pdf", tmp_path), now=NOW,
    )  # fmt: skip
    gates = [gate_of(world.match)]
    for who, side in (("offer_staff", Side.OFFER), ("need_staff", Side.NEED)):
        clear(world, who, side, tmp_path)
        gates.append(gate_of(world.match))
    assert gates == [Gate.NEEDS_LICENCE_INTENT, Gate.NEEDS_CONFIRMATION, Gate.OPEN]
    given = world.match.clearance(Side.OFFER)
    assert given is not None
    assert (given.catalogue_version, given.entries) == ("2026", ["1-01"])
    files = find.evidence_of_match(world.session, world.match)
    assert {side: [file.filename for file in held] for side, held in files.items()} == {
        Side.OFFER: ["letter.pdf"], Side.NEED: ["letter.pdf"],
    }  # fmt: skip


def test_the_version_is_one_of_those_that_were_imported(world: World, tmp_path: Path) -> None:
    make_catalogue(world.session, version="2025")
    world.session.scalars(select(ExportCatalogue)).one().in_force = False
    make_catalogue(world.session)
    assert find.catalogue_versions(world.session, "CN") == ["2026", "2025"]

    def confirm(version: str) -> str | None:
        return matches.clear_export(
            world.session, world.actor("offer_staff"), world.match, Side.OFFER,
            control_class=ControlClass.RESTRICTED, clearance=Clearance.LICENCE_INTENT,
            number="LI 7", catalogue_version=version, now=NOW,
        ).catalogue_version  # fmt: skip

    with pytest.raises(DomainError) as caught:
        confirm("on paper")
    assert caught.value.code is ErrorCode.CATALOGUE_VERSION_UNKNOWN
    assert confirm(" 2025 ") == "2025"


READERS = {
    "check.pdf": {"offer_staff"},
    "letter.pdf": {"offer_staff", "need_staff"},
}


def opens(world: World, who: str, token: str) -> bool:
    try:
        find.open_evidence(world.session, world.actor(who), token)
    except DomainError:
        return False
    return True


def test_who_opens_evidence_and_that_it_is_kept(world: World, tmp_path: Path) -> None:
    make_catalogue(world.session)
    moderation.check_export(
        world.session, world.actor("offer_staff"), world.offer,
        control_class=ControlClass.RESTRICTED, catalogue_version="2026",
        evidence=EvidenceFile(PDF, "check.pdf", tmp_path), now=NOW,
    )  # fmt: skip
    clear(world, "offer_staff", Side.OFFER, tmp_path)
    files = world.session.scalars(select(Attachment)).all()
    for file in files:
        for who in (*world.users, "visitor"):
            assert opens(world, who, file.token) is (who in READERS[file.filename]), who
    later = NOW.replace(year=NOW.year + 1)
    assert attachments.remove_unused(world.session, tmp_path, now=later) == 0
    assert len(world.session.scalars(select(Attachment)).all()) == len(files) == 2


def test_a_file_that_is_none_is_refused_by_its_field(world: World, tmp_path: Path) -> None:
    with pytest.raises(DomainError) as caught:
        moderation.check_export(
            world.session, world.actor("offer_staff"), world.offer,
            control_class=ControlClass.FREE, catalogue_version="2026",
            evidence=EvidenceFile(b"MZ", "virus.exe", tmp_path), now=NOW,
        )  # fmt: skip
    assert (caught.value.code, caught.value.field) == (ErrorCode.FILE_TYPE_REFUSED, "evidence")


def test_the_engine_shows_entries_and_decides_nothing(
    own_transactions: Transactions, own_settings: Settings
) -> None:
    folder, encoder = own_settings.index_folder, WordEncoder()
    with own_transactions.write() as session:
        make_sectors(session)
        make_centre(session, head_office=True)
        listing_id = make_listing(
            session, make_organisation(session), state=ListingState.SUBMITTED
        ).id
        make_catalogue(session)
    with own_transactions.read() as session:
        listing = session.get_one(Listing, listing_id)
        held = find.catalogue_in_force(session, "CN")
        before = likely_entries(session, listing.newest, folder, encoder, held)
    small_indexes.update_small_indexes(own_transactions, folder, encoder)
    with own_transactions.read() as session:
        listing = session.get_one(Listing, listing_id)
        held = find.catalogue_in_force(session, "CN")
        found = likely_entries(session, listing.newest, folder, encoder, held)
        assert listing.export_checks == []
        elsewhere = likely_entries(session, listing.newest, folder, encoder, None)
    assert before == elsewhere == []
    assert found[0].entries[0].number == "1-01"
    assert any(reason.left and reason.amount > 0 for reason in found[0].likeness.reasons)
