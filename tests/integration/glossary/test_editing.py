"""Staff edit concepts and labels; a label needs two people."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import VISITOR, Actor
from matchmaker.domain.vocabulary import LabelSource, LabelStatus
from matchmaker.models import AuditEntry, Centre, GlossaryConcept, GlossaryLabel
from matchmaker.queries import glossary as reading
from matchmaker.services import glossary
from tests.factories import NOW, actor_of, make_appointment, make_centre, make_sectors, make_user


@pytest.fixture
def centre(session: Session) -> Centre:
    """Where the people work."""
    return make_centre(session)


@pytest.fixture
def staff(session: Session, centre: Centre) -> Actor:
    """Somebody of a centre's staff."""
    return actor_of(session, make_appointment(session, centre))


@pytest.fixture
def other(session: Session, centre: Centre) -> Actor:
    """Somebody else."""
    return actor_of(session, make_appointment(session, centre))


@pytest.fixture
def concept(session: Session, staff: Actor) -> GlossaryConcept:
    """A concept without labels."""
    return glossary.add_concept(session, staff, code="bagasse", definition=" Cane. ", now=NOW)


def _label(
    session: Session, actor: Actor, concept: GlossaryConcept, text: str, language: str = "en"
) -> GlossaryLabel:
    return glossary.add_label(session, actor, concept, language=language, text=text, now=NOW)


def _refused(call: object, code: ErrorCode) -> None:
    with pytest.raises(DomainError) as caught:
        call()  # type: ignore[operator]
    assert caught.value.code is code


def test_a_label_counts_once_a_second_person_confirms_it(
    session: Session, staff: Actor, other: Actor, concept: GlossaryConcept
) -> None:
    label = _label(session, staff, concept, "  bagasse   pulp ")
    assert (label.text, label.preferred) == ("bagasse pulp", True)
    assert (label.status, label.source) == (LabelStatus.UNCONFIRMED, LabelSource.STAFF)
    assert reading.glossary(session).find("bagasse pulp", "en") == []
    _refused(
        lambda: glossary.confirm_label(session, staff, label, now=NOW),
        ErrorCode.GLOSSARY_OWN_LABEL,
    )
    glossary.confirm_label(session, other, label, now=NOW)
    assert reading.glossary(session).find("bagasse pulp", "en") == [(0, 12, "bagasse")]
    glossary.withdraw_confirmation(session, other, label, now=NOW)
    assert reading.glossary(session).find("bagasse pulp", "en") == []
    assert label.confirmed_by_id is None


def test_an_edited_label_waits_again_and_is_its_editors(
    session: Session, staff: Actor, other: Actor, concept: GlossaryConcept
) -> None:
    label = _label(session, staff, concept, "bagase")
    glossary.confirm_label(session, other, label, now=NOW)
    glossary.edit_label(session, other, label, text="bagasse", now=NOW)
    assert label.status is LabelStatus.UNCONFIRMED
    _refused(
        lambda: glossary.confirm_label(session, other, label, now=NOW),
        ErrorCode.GLOSSARY_OWN_LABEL,
    )
    assert glossary.confirm_label(session, staff, label, now=NOW).confirmed_by_id == staff.user_id


def test_the_same_label_twice_is_refused(
    session: Session, staff: Actor, concept: GlossaryConcept
) -> None:
    _label(session, staff, concept, "bagasse")
    second = _label(session, staff, concept, "cane trash")
    _refused(lambda: _label(session, staff, concept, " bagasse "), ErrorCode.GLOSSARY_LABEL_EXISTS)
    _refused(
        lambda: glossary.edit_label(session, staff, second, text="bagasse", now=NOW),
        ErrorCode.GLOSSARY_LABEL_EXISTS,
    )
    session.refresh(second)
    assert second.text == "cane trash"
    _label(session, staff, concept, "bagasse", "pt")


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("en", "  ", ErrorCode.TEXT_EMPTY),
        ("en", "x" * 201, ErrorCode.TEXT_TOO_LONG),
        ("fr", "bagasse", ErrorCode.UNKNOWN_CODE),
        ("zh-Hant", "蔗渣", ErrorCode.UNKNOWN_CODE),
    ],
)
def test_what_no_label_can_be(
    session: Session, staff: Actor, language: str, text: str, code: ErrorCode
) -> None:
    concept = glossary.add_concept(session, staff, code="bagasse", now=NOW)
    _refused(lambda: _label(session, staff, concept, text, language), code)


def test_one_label_of_a_language_is_preferred(
    session: Session, staff: Actor, other: Actor, concept: GlossaryConcept
) -> None:
    first = _label(session, staff, concept, "bagasse")
    second = _label(session, staff, concept, "cane trash")
    third = _label(session, staff, concept, "cane pulp")
    glossary.set_preferred(session, staff, second, now=NOW)
    session.flush()
    assert [each.preferred for each in (first, second, third)] == [False, True, False]
    glossary.confirm_label(session, other, third, now=NOW)
    glossary.remove_label(session, staff, second, now=NOW)
    session.flush()
    assert [each.preferred for each in (first, third)] == [False, True]
    assert reading.glossary(session).label("bagasse", "en") == "cane pulp"


def test_concepts_stand_in_a_tree(session: Session, staff: Actor, concept: GlossaryConcept) -> None:
    make_sectors(session)
    below = glossary.add_concept(
        session, staff, code="wet_bagasse", sectors=["sugar_cane"], broader=concept, now=NOW
    )
    _refused(
        lambda: glossary.save_concept(
            session, staff, concept, definition="", sectors=[], broader=below, now=NOW
        ),
        ErrorCode.GLOSSARY_CYCLE,
    )
    _refused(
        lambda: glossary.remove_concept(session, staff, concept, now=NOW),
        ErrorCode.GLOSSARY_HAS_NARROWER,
    )
    before = below.lock_version
    glossary.save_concept(
        session, staff, below, definition="", sectors=["agriculture"], broader=None, now=NOW
    )
    session.flush()
    assert below.lock_version > before
    assert [row.sector_code for row in below.sectors] == ["agriculture"]
    _refused(
        lambda: glossary.remove_concept(session, staff, below, version=before, now=NOW),
        ErrorCode.STALE,
    )
    glossary.remove_concept(session, staff, concept, now=NOW)
    assert session.scalars(select(GlossaryConcept.code)).all() == ["wet_bagasse"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("Bagasse", ErrorCode.GLOSSARY_CODE_INVALID),
        ("", ErrorCode.GLOSSARY_CODE_INVALID),
        ("x" * 65, ErrorCode.GLOSSARY_CODE_INVALID),
        ("bagasse", ErrorCode.GLOSSARY_CODE_TAKEN),
    ],
)
def test_codes_are_checked(
    session: Session, staff: Actor, concept: GlossaryConcept, code: str, error: ErrorCode
) -> None:
    _refused(lambda: glossary.add_concept(session, staff, code=code, now=NOW), error)
    assert session.scalars(select(GlossaryConcept)).all() == [concept]


def test_only_staff_edit_and_look_through(session: Session, concept: GlossaryConcept) -> None:
    member = actor_of(session, make_user(session))
    for actor in (member, VISITOR):
        _refused(
            lambda actor=actor: glossary.remove_concept(session, actor, concept, now=NOW),
            ErrorCode.NOT_ALLOWED,
        )
        assert reading.concepts(session, actor).rows == ()
        _refused(
            lambda actor=actor: reading.get_concept(session, actor, "bagasse"), ErrorCode.NOT_FOUND
        )


def test_the_version_changes_with_every_write(session: Session, staff: Actor, other: Actor) -> None:
    assert reading.glossary_version(session) is None
    assert not reading.glossary(session).concepts
    versions = set()
    concept = glossary.add_concept(session, staff, code="bagasse", now=NOW)
    versions.add(reading.glossary_version(session))
    label = _label(session, staff, concept, "bagasse")
    versions.add(reading.glossary_version(session))
    glossary.confirm_label(session, other, label, now=NOW)
    versions.add(reading.glossary_version(session))
    once = reading.glossary(session)
    assert reading.glossary(session) is once
    glossary.remove_label(session, staff, label, now=NOW)
    versions.add(reading.glossary_version(session))
    assert len(versions) == 4
    assert reading.glossary(session).labels == ()


def test_the_trail_holds_codes_but_no_text(
    session: Session, staff: Actor, concept: GlossaryConcept
) -> None:
    label = _label(session, staff, concept, "secret words")
    label_id = label.id
    glossary.remove_label(session, staff, label, now=NOW)
    session.flush()
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == [
        "glossary_concept_added",
        "glossary_label_added",
        "glossary_label_removed",
    ]
    assert {entry.subject_id for entry in entries} == {concept.id}
    assert entries[-1].data == {"concept": "bagasse", "language": "en", "label": label_id}


def test_concepts_are_found_by_what_pages_ask(
    session: Session, staff: Actor, other: Actor, concept: GlossaryConcept
) -> None:
    make_sectors(session)
    pump = glossary.add_concept(
        session, staff, code="pump", sectors=["machinery"], definition="It lifts water.", now=NOW
    )
    glossary.confirm_label(session, other, _label(session, staff, pump, "Máy bơm", "vi"), now=NOW)
    _label(session, staff, concept, "甘蔗渣", "zh-Hans")

    def codes(**conditions: object) -> list[str]:
        found = reading.concepts(session, staff, **conditions)  # type: ignore[arg-type]
        return [row.code for row in found.rows]

    assert codes() == ["bagasse", "pump"]
    assert codes(text="蔗渣") == ["bagasse"]
    assert codes(text="máy BƠM") == codes(text="lifts") == codes(sector="machinery") == ["pump"]
    assert codes(text="100%_") == []
    assert codes(unconfirmed=True) == ["bagasse"]
    assert codes(unconfirmed=True, language="vi") == []
    assert codes(without="vi") == ["bagasse"]
    page = reading.concepts(session, staff, page=9, size=1)
    assert (page.total, page.page, page.pages) == (2, 2, 2)
    assert reading.get_label(session, staff, "pump", "vi", "Máy bơm").concept is pump
