"""Staff enter an organisation; somebody of it takes it over with a code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import (
    Channel,
    MembershipRole,
    OrganisationSize,
    OrganisationType,
)
from matchmaker.models import AuditEntry, Membership, Organisation
from matchmaker.services import organisation_accounts
from matchmaker.services.organisation_accounts import (
    CLAIM_VALID_FOR,
    MAX_TRIES,
    TRIES_COUNT_FOR,
    RepresentedOrganisation,
    claim,
    create_represented,
    normalised_phone,
    offer_claim,
)
from tests.factories import NOW, actor_of, make_appointment, make_centre, make_membership, make_user
from tests.integration.outreach.conftest import Desk

GIVEN = RepresentedOrganisation(
    name="ໂຮງງານນ້ຳຕານ ສະຫວັນ",
    language="lo",
    organisation_type=OrganisationType.ENTERPRISE,
    size=OrganisationSize.FROM_11_TO_49,
    country="LA",
    contact_name="Khamla",
    channel=Channel.WHATSAPP,
    contact_language="lo",
    consent_note="On the telephone",
    phone="020 5512 3456",
    sectors=("sugar_cane",),
)


def refusal(session: Session, desk: Desk, **changes: Any) -> tuple[ErrorCode, str | None]:
    """What is wrong with an entry that has these changes."""
    with pytest.raises(DomainError) as raised:
        create_represented(session, desk.actor, replace(GIVEN, **changes), now=NOW)
    return raised.value.code, raised.value.field


def test_entered(session: Session, desk: Desk) -> None:
    given = replace(GIVEN, name="  Savan \n Sugar ", consent_on=date(2026, 11, 20), city=" ")
    organisation = create_represented(session, desk.actor, given, now=NOW)
    session.flush()
    assert organisation.texts[0].name == "Savan Sugar"
    assert organisation.phone == "+8562055123456"
    assert organisation.centre is desk.centre
    assert organisation.verified_by_id == desk.person.id
    assert organisation.city is None
    assert organisation.consent_at is not None
    assert organisation.consent_at.astimezone(UTC) == datetime(2026, 11, 19, 17, tzinfo=UTC)
    actions = session.scalars(select(AuditEntry.action)).all()
    assert "organisation_consent_recorded" in actions


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": " "}, ErrorCode.TEXT_EMPTY, "name"),
        ({"name": "x" * 257}, ErrorCode.TEXT_TOO_LONG, "name"),
        ({"contact_name": ""}, ErrorCode.TEXT_EMPTY, "contact_name"),
        ({"city": "x" * 121}, ErrorCode.TEXT_TOO_LONG, "city"),
        ({"consent_note": "  "}, ErrorCode.CONSENT_MISSING, "consent_note"),
        ({"consent_note": "x" * 501}, ErrorCode.TEXT_TOO_LONG, "consent_note"),
        ({"consent_on": date(2026, 11, 24)}, ErrorCode.DATE_FUTURE, "consent_on"),
        ({"phone": "12"}, ErrorCode.PHONE_INVALID, "phone"),
        ({"phone": "call me"}, ErrorCode.PHONE_INVALID, "phone"),
        ({"phone": None}, ErrorCode.CONTACT_MISSING, "phone"),
        ({"channel": Channel.EMAIL}, ErrorCode.CONTACT_MISSING, "contact_email"),
        ({"channel": Channel.LINE, "phone": ""}, ErrorCode.CONTACT_MISSING, "channel_handle"),
        ({"contact_email": "a@b\nBcc: c@d.org"}, ErrorCode.EMAIL_INVALID, "contact_email"),
        ({"sectors": ("nonsense",)}, ErrorCode.UNKNOWN_CODE, "sectors"),
        (
            {"sectors": ("sugar_cane", "machinery", "biomedicine", "agriculture")},
            ErrorCode.TOO_MANY_SECTORS,
            "sectors",
        ),
        ({"country": "TH"}, ErrorCode.ORGANISATION_OTHER_CENTRE, "country"),
    ],
)
def test_bad_input(
    session: Session, desk: Desk, changes: dict[str, Any], code: ErrorCode, field: str
) -> None:
    assert refusal(session, desk, **changes) == (code, field)
    assert session.scalar(select(Organisation.id)) is None


def test_the_same_name_twice(session: Session, desk: Desk) -> None:
    create_represented(session, desk.actor, replace(GIVEN, name="Savan Đường"), now=NOW)
    session.flush()
    duplicate = (ErrorCode.ORGANISATION_DUPLICATE, "name")
    assert refusal(session, desk, name="savan  Đường") == duplicate


def test_only_staff_enter(session: Session, desk: Desk) -> None:
    visitor = actor_of(session, make_user(session))
    with pytest.raises(DomainError) as raised:
        create_represented(session, visitor, GIVEN, now=NOW)
    assert raised.value.code is ErrorCode.NOT_ALLOWED


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("+856 20 5512-3456", "TH", "+8562055123456"),
        ("138 1234 5678", "CN", "+8613812345678"),
        ("  ", "CN", None),
        (None, "CN", None),
    ],
)
def test_phone(typed: str | None, country: str, number: str | None) -> None:
    assert normalised_phone(typed, country) == number


@pytest.fixture
def entered(session: Session, desk: Desk) -> Organisation:
    organisation = create_represented(session, desk.actor, GIVEN, now=NOW)
    session.flush()
    return organisation


@pytest.mark.parametrize("written", [str, str.lower, lambda code: code.replace("-", " ")])
def test_claimed(session: Session, desk: Desk, entered: Organisation, written: Any) -> None:
    code = offer_claim(session, desk.actor, entered, now=NOW)
    assert code not in str(vars(entered))
    person = make_user(session)
    found = claim(session, actor_of(session, person), written(code), now=NOW)
    assert found is entered
    actor = actor_of(session, person)
    assert actor.owned_organisation_ids == {entered.id}
    with pytest.raises(DomainError) as raised:
        claim(session, actor_of(session, make_user(session)), code, now=NOW)
    assert raised.value.code is ErrorCode.CLAIM_LINK_INVALID
    with pytest.raises(DomainError) as raised:
        offer_claim(session, desk.actor, entered, now=NOW)
    assert raised.value.code is ErrorCode.ORGANISATION_HAS_ACCOUNT


def test_letters_that_look_like_digits(session: Session, desk: Desk, entered: Organisation) -> None:
    code = offer_claim(session, desk.actor, entered, now=NOW)
    misread = code.replace("0", "o").replace("1", "l")
    claim(session, actor_of(session, make_user(session)), misread, now=NOW)


def test_who_had_asked_to_join_becomes_owner(
    session: Session, desk: Desk, entered: Organisation
) -> None:
    person = make_membership(session, entered, owner=False, accepted=False)
    code = offer_claim(session, desk.actor, entered, now=NOW)
    claim(session, actor_of(session, person), code, now=NOW)
    membership = session.get_one(Membership, (person.id, entered.id))
    assert membership.role is MembershipRole.OWNER
    assert membership.accepted_at == NOW


def test_a_new_code_ends_the_old_one(session: Session, desk: Desk, entered: Organisation) -> None:
    old = offer_claim(session, desk.actor, entered, now=NOW)
    new = offer_claim(session, desk.actor, entered, now=NOW)
    actor = actor_of(session, make_user(session))
    with pytest.raises(DomainError):
        claim(session, actor, old, now=NOW)
    claim(session, actor, new, now=NOW + CLAIM_VALID_FOR - timedelta(seconds=1))


def test_expired_code(session: Session, desk: Desk, entered: Organisation) -> None:
    code = offer_claim(session, desk.actor, entered, now=NOW)
    with pytest.raises(DomainError) as raised:
        claim(session, actor_of(session, make_user(session)), code, now=NOW + CLAIM_VALID_FOR)
    assert raised.value.code is ErrorCode.CLAIM_LINK_INVALID


def test_tries_are_counted(session: Session, desk: Desk, entered: Organisation) -> None:
    code = offer_claim(session, desk.actor, entered, now=NOW)
    actor = actor_of(session, make_user(session))
    for _try in range(MAX_TRIES):
        with pytest.raises(DomainError) as raised:
            claim(session, actor, "WRONG-CODE-XX", now=NOW)
        assert raised.value.code is ErrorCode.CLAIM_LINK_INVALID
    with pytest.raises(DomainError) as raised:
        claim(session, actor, code, now=NOW)
    assert raised.value.code is ErrorCode.TOO_MANY_TRIES
    claim(session, actor, code, now=NOW + TRIES_COUNT_FOR)


def test_staff_of_the_centre_do_not_claim(
    session: Session, desk: Desk, entered: Organisation
) -> None:
    code = offer_claim(session, desk.actor, entered, now=NOW)
    with pytest.raises(DomainError) as raised:
        claim(session, desk.actor, code, now=NOW)
    assert raised.value.code is ErrorCode.NOT_ALLOWED


def test_only_its_centre_offers(session: Session, desk: Desk, entered: Organisation) -> None:
    other = actor_of(session, make_appointment(session, make_centre(session, country="TH")))
    with pytest.raises(DomainError) as raised:
        offer_claim(session, other, entered, now=NOW)
    assert raised.value.code is ErrorCode.NOT_ALLOWED
    assert offer_claim(session, SYSTEM, entered, now=NOW)


def test_visitors_do_not_claim(session: Session, desk: Desk) -> None:
    unconfirmed = actor_of(session, make_user(session, confirmed=False))
    with pytest.raises(DomainError) as raised:
        claim(session, unconfirmed, "X", now=NOW)
    assert raised.value.code is ErrorCode.NOT_ALLOWED
    assert organisation_accounts.MAX_TRIES == 10
