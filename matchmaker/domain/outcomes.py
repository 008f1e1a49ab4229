"""What an agreement says, what of it can be right, and when parties are asked how talks go."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.money import CURRENCIES, MAX_HUNDREDTHS
from matchmaker.domain.vocabulary import FollowUpAnswer, TechnologyContractType

FOLLOW_UP_DAYS: Final = (30, 90, 180)
"""After the introduction."""
ANSWERED_WITHIN: Final = timedelta(days=60)
"""So long a question can be answered, and the answer corrected, unless the next one is asked."""
STAFF_CALL_AFTER: Final = timedelta(days=14)
"""Without an answer, staff are asked to call."""
TALKS_GO_ON: Final = frozenset(FollowUpAnswer) - {FollowUpAnswer.ENDED}

MAX_NUMBER: Final = 64
MAX_NOTE: Final = 2000
MAX_JOBS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement says. Amounts are hundredths of the currency's unit; None is not told."""

    contract_type: TechnologyContractType
    signed_on: date
    contract_value: int | None = None
    transaction_value: int | None = None
    """The part of the contract value that is paid for technology."""
    currency: str | None = None
    registration_number: str = ""
    jobs: int | None = None
    note: str = ""


def check_terms(terms: Terms, today: date) -> Terms:
    """Return the terms as they are kept: without the currency of no amount.

    Raises DomainError with the field: DATE_FUTURE, AMOUNT_INVALID, CONTRACT_VALUE_MISSING,
    CURRENCY_MISSING, UNKNOWN_CODE, TRANSACTION_ABOVE_CONTRACT, JOBS_INVALID, TEXT_TOO_LONG.
    """
    if terms.signed_on > today:
        raise DomainError(ErrorCode.DATE_FUTURE, field="signed_on")
    _check_amounts(terms)
    if terms.jobs is not None and not 0 <= terms.jobs <= MAX_JOBS:
        raise DomainError(ErrorCode.JOBS_INVALID, field="jobs", limit=MAX_JOBS)
    for name, limit in (("registration_number", MAX_NUMBER), ("note", MAX_NOTE)):
        length = len(getattr(terms, name))
        if length > limit:
            raise DomainError(ErrorCode.TEXT_TOO_LONG, field=name, limit=limit, length=length)
    return Terms(
        contract_type=terms.contract_type,
        signed_on=terms.signed_on,
        contract_value=terms.contract_value,
        transaction_value=terms.transaction_value,
        currency=terms.currency if terms.contract_value is not None else None,
        registration_number=terms.registration_number,
        jobs=terms.jobs,
        note=terms.note,
    )


def _check_amounts(terms: Terms) -> None:
    value, part = terms.contract_value, terms.transaction_value
    for name, amount in (("contract_value", value), ("transaction_value", part)):
        if amount is not None and not 0 <= amount <= MAX_HUNDREDTHS:
            raise DomainError(ErrorCode.AMOUNT_INVALID, field=name)
    if value is None:
        if part is not None:
            raise DomainError(ErrorCode.CONTRACT_VALUE_MISSING, field="contract_value")
        return
    if not terms.currency:
        raise DomainError(ErrorCode.CURRENCY_MISSING, field="currency")
    if terms.currency not in CURRENCIES:
        raise DomainError(ErrorCode.UNKNOWN_CODE, field="currency", value=terms.currency)
    if part is not None and part > value:
        raise DomainError(ErrorCode.TRANSACTION_ABOVE_CONTRACT, field="transaction_value")


def asked_at(now: datetime, days: int) -> datetime:
    """Return when those were introduced whose question after so many days is due now."""
    return now - timedelta(days=days)
