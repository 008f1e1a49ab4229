"""Staff edit the glossary and decide on proposed pairs, on the pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.vocabulary import (
    LabelSource,
    LabelStatus,
    ListingKind,
    ListingState,
    ProposalState,
    TextOrigin,
)
from matchmaker.matching.glossary_files import Format, dump
from matchmaker.models import GlossaryConcept, GlossaryLabel, Listing, TermProposal, User
from matchmaker.queries.glossary import read_glossary
from matchmaker.services import term_proposals
from matchmaker.web.glossary import files, forms
from tests.factories import (
    NOW,
    add_text,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_membership,
    make_organisation,
    make_sectors,
    make_user,
)

Login = Callable[[User], FlaskClient]
HOME = "/en/desk/glossary/"
BAGASSE = f"{HOME}concepts/bagasse"
LAO, CHINESE = ("lo", "ກາກອ້ອຍ"), ("zh-Hans", "甘蔗渣")
NEW_CONCEPT = {"code": "cane_wax", "text": "cane wax", "sectors": ["sugar_cane"], "broader": ""}


@dataclass(frozen=True)
class Desk:
    staff: User
    colleague: User
    concept: GlossaryConcept

    def label(self, text: str) -> GlossaryLabel:
        return next(label for label in self.concept.labels if label.text == text)


@pytest.fixture
def desk(session: Session) -> Desk:
    make_sectors(session)
    centre = make_centre(session, head_office=True)
    concept = GlossaryConcept(code="bagasse", definition="What is left of cane.", created_at=NOW)
    for language, text, status in (
        ("en", "bagasse", LabelStatus.CONFIRMED),
        ("th", "ชานอ้อย", LabelStatus.CONFIRMED),
        ("th", "กากอ้อย", LabelStatus.UNCONFIRMED),
        ("km", "កាកអំពៅ", LabelStatus.UNCONFIRMED),
    ):
        concept.labels.append(
            GlossaryLabel(
                language=language, text=text, status=status, source=LabelSource.SEED,
                preferred=text != "กากอ้อย", created_at=NOW,
            )
        )  # fmt: skip
    session.add(concept)
    session.flush()
    return Desk(make_appointment(session, centre), make_appointment(session, centre), concept)


def _press(
    person: FlaskClient, action: str, label: GlossaryLabel, version: int | None = None
) -> Any:
    return person.post(
        f"{BAGASSE}/labels/{action}",
        data={
            "language": label.language, "label": label.text,
            "version": label.lock_version if version is None else version,
        },
        follow_redirects=True,
    )  # fmt: skip


PAGES = [HOME, BAGASSE, f"{HOME}new", f"{BAGASSE}/edit", f"{HOME}pairs", f"{HOME}import",
         f"{HOME}export.csv"]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_only_staff(
    client: FlaskClient, login: Login, session: Session, desk: Desk, page: str
) -> None:
    assert client.get(page).status_code == 302
    member = make_membership(session, make_organisation(session))
    for person in (member, make_user(session, roles=["administrator"])):
        assert login(person).get(page).status_code == 403
    assert login(desk.staff).get(page).status_code == 200


# Concepts


def test_a_concept_is_found_by_a_word_in_any_language(login: Login, desk: Desk) -> None:
    staff = login(desk.staff)
    for word in ("ชานอ้อย", "កាកអំពៅ", "BAGASSE", "left of cane"):
        assert (
            'href="/en/desk/glossary/concepts/bagasse"'
            in staff.get(HOME, query_string={"text": word}).text
        ), word
    assert "No concept fits." in staff.get(HOME, query_string={"text": "โลหะ"}).text
    assert "1 to confirm" not in staff.get(HOME).text
    assert "2 to confirm" in staff.get(HOME).text


def test_filters_tell_what_is_to_do(login: Login, desk: Desk) -> None:
    staff = login(desk.staff)

    def found(**chosen: str) -> bool:
        return "concepts/bagasse" in staff.get(HOME, query_string=chosen).text

    assert found(show="to-confirm", language="km")
    assert not found(show="to-confirm", language="en")
    assert found(show="without", language="my")
    assert not found(show="without", language="km")
    assert not found(show="without")  # none given: the reader's own
    assert not found(sector="sugar_cane")
    assert found(language="nonsense", show="nonsense")


def test_a_reader_sees_the_name_in_the_own_language_with_its_lang(login: Login, desk: Desk) -> None:
    page = login(desk.staff).get("/th/desk/glossary/concepts/bagasse").text
    assert '<h1 lang="th">ชานอ้อย</h1>' in page
    assert 'lang="km">កាកអំពៅ' in page
    listed = login(desk.staff).get("/th/desk/glossary/").text
    assert 'lang="th">ชานอ้อย</a>' in listed
    assert '<span lang="en">bagasse</span>' in listed


def test_a_new_concept_has_an_english_name_that_waits(
    login: Login, session: Session, desk: Desk
) -> None:
    staff = login(desk.staff)
    answer = staff.post(f"{HOME}new", data=NEW_CONCEPT | {"broader": "bagasse"})
    assert answer.location == f"{HOME}concepts/cane_wax"
    concept = session.scalars(select(GlossaryConcept).filter_by(code="cane_wax")).one()
    assert concept.broader is desk.concept
    assert [row.sector_code for row in concept.sectors] == ["sugar_cane"]
    label = concept.labels[0]
    assert (label.text, label.status, label.author_id) == (
        "cane wax", LabelStatus.UNCONFIRMED, desk.staff.id,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"code": "Cane Wax"}, "with a letter first"),
        ({"code": "bagasse"}, "There is already a concept"),
        ({"broader": "nothing"}, "There is no concept with the code “nothing”"),
        ({"text": ""}, "Enter the name."),
    ],
)
def test_what_is_wrong_with_a_new_concept_is_said_and_nothing_is_kept(
    login: Login, session: Session, desk: Desk, change: dict[str, str], sentence: str
) -> None:
    answer = login(desk.staff).post(f"{HOME}new", data=NEW_CONCEPT | change)
    assert sentence in answer.text
    assert "Error: " in answer.text.partition("<title>")[2].partition("</title>")[0]
    assert len(session.scalars(select(GlossaryConcept)).all()) == 1


def test_a_concept_is_changed_and_two_who_change_it_see_each_other(
    login: Login, session: Session, desk: Desk
) -> None:
    staff = login(desk.staff)
    before = desk.concept.lock_version
    changed = {"definition": "Pressed cane.", "sectors": ["sugar_cane"], "version": before}
    assert staff.post(f"{BAGASSE}/edit", data=changed).location == BAGASSE
    assert desk.concept.definition == "Pressed cane."
    late = staff.post(f"{BAGASSE}/edit", data=changed | {"definition": "Fibre."})
    assert late.status_code == 409
    assert "Pressed cane." in late.text
    assert "Fibre." in late.text
    assert desk.concept.definition == "Pressed cane."


def test_a_concept_does_not_stand_below_itself(login: Login, desk: Desk) -> None:
    data = {"broader": "bagasse", "version": desk.concept.lock_version}
    answer = login(desk.staff).post(f"{BAGASSE}/edit", data=data)
    assert "cannot stand below one that stands below itself" in answer.text


def test_a_concept_is_removed_but_not_without_having_been_seen(
    login: Login, session: Session, desk: Desk
) -> None:
    staff = login(desk.staff)
    staff.post(f"{BAGASSE}/remove")
    assert session.scalars(select(GlossaryConcept)).all() == [desk.concept]
    staff.post(f"{BAGASSE}/remove", data={"version": desk.concept.lock_version})
    assert session.scalars(select(GlossaryConcept)).all() == []


# Labels


def test_a_label_is_confirmed_by_another_person_than_its_author(
    login: Login, session: Session, desk: Desk
) -> None:
    staff = login(desk.staff)
    data = {"language": "my", "text": "ကြံဖတ်", "preferred": "y"}
    assert staff.post(f"{BAGASSE}/labels", data=data).location == BAGASSE
    label = desk.label("ကြံဖတ်")
    page = staff.get(BAGASSE).text
    assert "somebody else must confirm it" in page
    assert f"written by {desk.staff.name}" in page
    assert (
        "You wrote this label, so somebody else must confirm it."
        in _press(staff, "confirm", label).text
    )
    assert label.status is LabelStatus.UNCONFIRMED
    assert (
        "Matching uses it from the next round."
        in _press(login(desk.colleague), "confirm", label).text
    )
    assert (label.status, label.confirmed_by_id) == (LabelStatus.CONFIRMED, desk.colleague.id)
    assert read_glossary(session).find("ကြံဖတ်", "my")


def test_a_label_is_added_once_and_with_all_that_it_needs(login: Login, desk: Desk) -> None:
    staff = login(desk.staff)
    for data, sentence in (
        ({"language": "th", "text": "ชานอ้อย"}, "already has the label “ชานอ้อย” in Thai"),
        ({"language": "", "text": "x"}, "Choose a language."),
        ({"language": "zh-Hant", "text": "x"}, "Choose one of the answers shown."),
        ({"language": "th", "text": " "}, "Enter the label."),
        ({"language": "th", "text": "x" * 201}, "Shorten this to 200"),
    ):
        answer = staff.post(f"{BAGASSE}/labels", data=data)
        assert answer.status_code == 422
        assert sentence in answer.text


def test_buttons_beside_a_label(login: Login, session: Session, desk: Desk) -> None:
    staff = login(desk.staff)
    other = desk.label("กากอ้อย")
    _press(staff, "prefer", other)
    assert other.preferred
    assert not desk.label("ชานอ้อย").preferred
    _press(staff, "confirm", other)
    _press(staff, "withdraw", other)
    assert other.status is LabelStatus.UNCONFIRMED
    _press(staff, "remove", other)
    assert [label.text for label in desk.concept.labels if label.language == "th"] == ["ชานอ้อย"]


def test_a_button_pressed_on_an_old_page_changes_nothing(login: Login, desk: Desk) -> None:
    staff = login(desk.staff)
    label = desk.label("กากอ้อย")
    seen = label.lock_version
    _press(staff, "prefer", label)
    assert _press(staff, "confirm", label, seen).status_code == 409
    assert label.status is LabelStatus.UNCONFIRMED
    _press(staff, "remove", label)
    sent = {"language": "th", "label": "กากอ้อย", "version": seen}
    answer = staff.post(f"{BAGASSE}/labels/confirm", data=sent, follow_redirects=True)
    assert "This label is no longer there" in answer.text


def test_a_rewritten_label_waits_again(login: Login, desk: Desk) -> None:
    label = desk.label("ชานอ้อย")
    address = f"{BAGASSE}/labels/edit?language=th&label=ชานอ้อย"
    staff = login(desk.staff)
    assert 'value="ชานอ้อย"' in staff.get(address).text
    staff.post(address, data={"text": "ใยอ้อย", "version": label.lock_version})
    assert (label.text, label.status, label.author_id) == (
        "ใยอ้อย", LabelStatus.UNCONFIRMED, desk.staff.id,
    )  # fmt: skip
    assert "no longer there" in staff.get(address, follow_redirects=True).text


# Proposed pairs


@pytest.fixture
def listing(session: Session, desk: Desk) -> Listing:
    """A Lao need with a Chinese translation."""
    need = make_listing(
        session, make_organisation(session, country="LA"), kind=ListingKind.DEMAND,
        state=ListingState.PUBLISHED, language="lo", title="ຊອກຫາວິທີໃຊ້ກາກອ້ອຍ",
        description="ໂຮງງານມີຫຼາຍ. <b>ກາກອ້ອຍ</b> ເຫຼືອທຸກປີ.",
        texts={"confidential_detail": "ກາກອ້ອຍຂອງບໍລິສັດລັບ"},
    )  # fmt: skip
    add_text(session, need.revisions[0], "zh-Hans", title="为甘蔗渣找用途", description="很多。")
    add_text(session, need.revisions[0], "en", origin=TextOrigin.MACHINE, title="Bagasse")
    return need


@pytest.fixture
def pair(session: Session, listing: Listing) -> TermProposal:
    found = term_proposals.propose(
        session, LAO, CHINESE, score=0.8,
        evidence=[{"kind": "listing", "reference": listing.reference}], now=NOW,
    )  # fmt: skip
    assert found is not None
    session.flush()
    return found


def _terms(pair: TermProposal, **more: object) -> dict[str, object]:
    return {
        "left_language": pair.left_language, "left": pair.left_text,
        "right_language": pair.right_language, "right": pair.right_text,
        "version": pair.lock_version, **more,
    }  # fmt: skip


def test_a_pair_shows_the_sentences_it_was_seen_in(
    login: Login, desk: Desk, pair: TermProposal, listing: Listing
) -> None:
    page = login(desk.staff).get(f"{HOME}pairs").text
    assert '<p lang="lo">ຊອກຫາວິທີໃຊ້<mark>ກາກອ້ອຍ</mark></p>' in page
    assert '<p lang="zh-Hans">为<mark>甘蔗渣</mark>找用途</p>' in page
    assert listing.reference in page
    assert "ລັບ" not in page
    assert "they would make a new concept" in page


def test_what_was_withdrawn_is_not_shown_any_more(
    login: Login, session: Session, desk: Desk, pair: TermProposal, listing: Listing
) -> None:
    listing.state = ListingState.CLOSED
    stranger = make_appointment(session, make_centre(session, country="VN"))
    page = login(stranger).get(f"{HOME}pairs").text
    assert "not yours to read" in page
    assert "为" not in page


def test_a_match_is_named_to_those_who_may_open_it(
    login: Login, session: Session, desk: Desk, pair: TermProposal, listing: Listing
) -> None:
    offer = make_listing(
        session, make_organisation(session), state=ListingState.PUBLISHED, language="zh-Hans",
        title="甘蔗渣板材", description="以甘蔗渣为原料。",
    )  # fmt: skip
    match = make_match(session, offer, listing)
    pair.evidence = [{"kind": "match", "reference": match.reference}]
    session.flush()
    assert f"matches/{match.reference}" in login(desk.staff).get(f"{HOME}pairs").text
    stranger = make_appointment(session, make_centre(session, country="VN"))
    page = login(stranger).get(f"{HOME}pairs").text
    assert match.reference not in page
    assert "<mark>甘蔗渣</mark>板材" in page


def test_confirming_a_pair_helps_matching_and_says_so(
    login: Login, session: Session, desk: Desk, pair: TermProposal
) -> None:
    answer = login(desk.staff).post(
        f"{HOME}pairs/confirm", data=_terms(pair, shown="lo"), follow_redirects=True
    )
    assert "Matching uses it from the next round." in answer.text
    assert answer.request.args["language"] == "lo"
    assert pair.state is ProposalState.CONFIRMED
    assert read_glossary(session).find("甘蔗渣", "zh-Hans")
    again = login(desk.colleague).post(
        f"{HOME}pairs/refuse", data=_terms(pair), follow_redirects=True
    )
    assert "Somebody has already decided" in again.text
    assert pair.state is ProposalState.CONFIRMED


def test_refusing_a_pair(login: Login, desk: Desk, pair: TermProposal) -> None:
    staff = login(desk.staff)
    staff.post(f"{HOME}pairs/refuse", data=_terms(pair))
    assert pair.state is ProposalState.REFUSED
    assert "No pair waits." in staff.get(f"{HOME}pairs").text


def test_a_pair_on_an_old_page_is_not_confirmed(
    login: Login, session: Session, desk: Desk, pair: TermProposal
) -> None:
    sent = _terms(pair)
    pair.score = 0.9
    session.flush()
    assert login(desk.staff).post(f"{HOME}pairs/confirm", data=sent).status_code == 409
    assert pair.state is ProposalState.OPEN


def test_an_edited_term_waits_for_a_second_person(
    login: Login, desk: Desk, pair: TermProposal
) -> None:
    staff = login(desk.staff)
    query = {name: value for name, value in _terms(pair).items() if name != "version"}
    assert 'value="甘蔗渣"' in staff.get(f"{HOME}pairs/edit", query_string=query).text
    texts = {"left_text": LAO[1], "right_text": "蔗渣", "concept": "bagasse"}
    unknown = staff.post(f"{HOME}pairs/edit", data=_terms(pair, **texts | {"concept": "nothing"}))
    assert "There is no concept with the code" in unknown.text
    assert 'value="蔗渣"' in unknown.text
    answer = staff.post(f"{HOME}pairs/edit", data=_terms(pair, **texts), follow_redirects=True)
    assert "counts once somebody else confirms it" in answer.text
    assert pair.concept is desk.concept
    assert desk.label(LAO[1]).status is LabelStatus.CONFIRMED
    assert (desk.label("蔗渣").status, desk.label("蔗渣").author_id) == (
        LabelStatus.UNCONFIRMED, desk.staff.id,
    )  # fmt: skip


def test_the_queue_is_narrowed_by_language(login: Login, desk: Desk, pair: TermProposal) -> None:
    staff = login(desk.staff)
    assert "甘蔗渣" in staff.get(f"{HOME}pairs?language=lo").text
    assert "甘蔗渣" not in staff.get(f"{HOME}pairs?language=th").text
    assert "甘蔗渣" in staff.get(f"{HOME}pairs?language=nonsense").text


# Files


def _upload(person: FlaskClient, name: str, content: bytes, **more: str) -> Any:
    return person.post(
        f"{HOME}import",
        data={"file": (io.BytesIO(content), name), **more},
        content_type="multipart/form-data",
    )


WIDE = (
    "concept,definition_en,sectors,broader,en,th,xx\n"
    "cane_wax,Wax of cane.,sugar_cane,bagasse,cane wax,ไขอ้อย,?\n"
    "Bad Code!,,,,,\n"
)


def test_a_file_is_checked_first_and_nothing_is_saved(
    login: Login, session: Session, desk: Desk
) -> None:
    staff = login(desk.staff)
    answer = _upload(staff, "terms.csv", WIDE.encode())
    assert "Nothing is saved yet." in answer.text
    assert "Refused entries" in answer.text
    assert len(session.scalars(select(GlossaryConcept)).all()) == 1
    packed = answer.text.partition('name="packed" value="')[2].partition('"')[0]
    done = staff.post(f"{HOME}import/take", data={"name": "terms.csv", "packed": packed})
    assert "The file is taken in." in done.text
    concept = session.scalars(select(GlossaryConcept).filter_by(code="cane_wax")).one()
    assert {label.text for label in concept.labels} == {"cane wax", "ไขอ้อย"}
    assert {label.status for label in concept.labels} == {LabelStatus.UNCONFIRMED}


def test_all_refused_entries_are_downloaded(login: Login, session: Session, desk: Desk) -> None:
    staff = login(desk.staff)
    many = "".join(f"=Bad {number},,\n" for number in range(files.MOST_REFUSED + 50))
    page = _upload(staff, "terms.csv", f"concept,en,th\n{many}".encode()).text
    assert page.count("=Bad") < files.MOST_REFUSED + 50
    assert "Download the refused entries (CSV)" in page
    packed = page.partition('name="packed" value="')[2].partition('"')[0]
    answer = staff.post(f"{HOME}import/refused", data={"name": "terms.csv", "packed": packed})
    assert "refused.csv" in answer.headers["Content-Disposition"]
    heading, *lines = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert heading == ["Where", "Row or line", "What is wrong"]
    assert len(lines) == files.MOST_REFUSED + 50
    assert lines[-1][:2] == ["terms.csv", str(files.MOST_REFUSED + 51)]
    assert "=Bad 249" in lines[-1][2]
    assert len(session.scalars(select(GlossaryConcept)).all()) == 1


@pytest.mark.parametrize("address", ["take", "refused"])
@pytest.mark.parametrize("packed", ["", "%%%", "AAAA", "eJwDAAAAAAE="])
def test_a_damaged_file_is_asked_for_again(
    login: Login, desk: Desk, packed: str, address: str
) -> None:
    answer = login(desk.staff).post(
        f"{HOME}import/{address}",
        data={"name": "terms.csv", "packed": packed},
        follow_redirects=True,
    )
    assert "Choose the file once more." in answer.text


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("terms.csv", b" ", "This file is empty."),
        ("terms.pdf", b"%PDF", "does not say what the file is"),
        ("terms.tbx", b"<tbx", "could not read this file"),
    ],
)
def test_a_file_that_is_none_is_refused_beside_its_field(
    login: Login, desk: Desk, name: str, content: bytes, sentence: str
) -> None:
    answer = _upload(login(desk.staff), name, content)
    assert 'id="file-error"' in answer.text
    assert sentence in answer.text


def test_a_file_that_is_too_large_is_refused(
    login: Login, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "MAX_MEGABYTES", 0)
    answer = _upload(login(desk.staff), "terms.csv", WIDE.encode())
    assert "The file is too large: it may have up to 0 megabytes." in answer.text


@pytest.mark.parametrize("kind", ["ttl", "tbx", "csv"])
def test_what_is_exported_comes_back_unchanged(
    login: Login, session: Session, desk: Desk, kind: str
) -> None:
    staff = login(desk.staff)
    exported = staff.get(f"{HOME}export.{kind}")
    assert f"glossary.{kind}" in exported.headers["Content-Disposition"]
    forms = {"ttl": Format.TURTLE, "tbx": Format.TBX, "csv": Format.WIDE}
    assert exported.data == dump(read_glossary(session), forms[kind])
    answer = _upload(staff, f"back.{kind}", exported.data, trust="y")
    assert "The file brings nothing new." in answer.text
