"""Amounts of money: integers in hundredths, with an ISO 4217 code."""

from dataclasses import dataclass
from typing import Final

CURRENCIES: Final[tuple[str, ...]] = (
    "CNY", "USD", "EUR", "BND", "IDR", "KHR", "LAK", "MMK", "MYR", "PHP", "SGD", "THB", "VND",
)  # fmt: skip
MAX_HUNDREDTHS: Final = 10**15
"""Ten million million units: more is a typing error, and it stays exact in every database."""


@dataclass(frozen=True)
class Money:
    """An amount in hundredths of a currency's unit; never added across currencies."""

    hundredths: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in CURRENCIES:
            raise ValueError(self.currency)
        if not 0 <= self.hundredths <= MAX_HUNDREDTHS:
            raise ValueError(self.hundredths)
