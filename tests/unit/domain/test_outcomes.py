"""What an agreement may say."""

from dataclasses import replace
from datetime import date

import pytest

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.money import MAX_HUNDREDTHS
from matchmaker.domain.outcomes import MAX_JOBS, MAX_NOTE, MAX_NUMBER, Terms, check_terms
from matchmaker.domain.vocabulary import DeclineReason, TechnologyContractType

TODAY = date(2026, 11, 23)
LEAST = Terms(TechnologyContractType.SERVICE, TODAY)
FULL = Terms(
    contract_type=TechnologyContractType.LICENCE, signed_on=TODAY, contract_value=500,
    transaction_value=500, currency="VND", registration_number="2026-45-0001", jobs=0, note="Ja",
)  # fmt: skip


@pytest.mark.parametrize("terms", [LEAST, FULL, replace(FULL, contract_value=MAX_HUNDREDTHS)])
def test_good_terms_are_kept_as_they_are(terms: Terms) -> None:
    assert check_terms(terms, TODAY) == terms


def test_the_currency_of_no_amount_is_dropped() -> None:
    assert check_terms(replace(LEAST, currency="CNY"), TODAY) == LEAST


@pytest.mark.parametrize(
    ("terms", "code", "field"),
    [
        (replace(LEAST, signed_on=date(2026, 11, 24)), ErrorCode.DATE_FUTURE, "signed_on"),
        (replace(FULL, currency=None), ErrorCode.CURRENCY_MISSING, "currency"),
        (replace(FULL, currency="XAU"), ErrorCode.UNKNOWN_CODE, "currency"),
        (
            replace(FULL, transaction_value=501),
            ErrorCode.TRANSACTION_ABOVE_CONTRACT, "transaction_value",
        ),
        (
            replace(FULL, contract_value=None),
            ErrorCode.CONTRACT_VALUE_MISSING, "contract_value",
        ),
        (replace(FULL, contract_value=-1), ErrorCode.AMOUNT_INVALID, "contract_value"),
        (
            replace(FULL, contract_value=MAX_HUNDREDTHS + 1),
            ErrorCode.AMOUNT_INVALID, "contract_value",
        ),
        (replace(FULL, transaction_value=-1), ErrorCode.AMOUNT_INVALID, "transaction_value"),
        (replace(FULL, jobs=-1), ErrorCode.JOBS_INVALID, "jobs"),
        (replace(FULL, jobs=MAX_JOBS + 1), ErrorCode.JOBS_INVALID, "jobs"),
        (
            replace(FULL, registration_number="9" * (MAX_NUMBER + 1)),
            ErrorCode.TEXT_TOO_LONG, "registration_number",
        ),
        (replace(FULL, note="n" * (MAX_NOTE + 1)), ErrorCode.TEXT_TOO_LONG, "note"),
    ],
)  # fmt: skip
def test_wrong_terms_are_refused_at_their_field(terms: Terms, code: ErrorCode, field: str) -> None:
    with pytest.raises(DomainError) as caught:
        check_terms(terms, TODAY)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_only_declines_that_speak_of_the_fit_teach() -> None:
    assert {reason.value for reason in DeclineReason if reason.teaches} == {
        "not_strategic", "too_early_stage",
    }  # fmt: skip
