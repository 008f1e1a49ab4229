"""One record: names, values and what is wrong with them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import Details
from matchmaker.domain.listing_records import ListingRecord
from matchmaker.domain.vocabulary import CodeField, ListingKind, StageOfDevelopment, TextField

GOOD: dict[str, object] = {"kind": "offer", "language": "en", "title": "Boards of bagasse"}


def test_a_full_record() -> None:
    record = ListingRecord.read(
        {
            **GOOD,
            "id": "R-12",
            "lang": "zh-CN",
            "sectors": "sugar_cane；machinery; ",
            "keywords": ["bagasse", "board"],
            "wanted_stage_from": "lab_tested",
            "trl": "6",
            "price_min": "1200.50",
            "currency": "cny",
            "needed_by": "2027-03-31T00:00:00",
            "site": None,
            "summary": "",
        }
    )
    assert record.problems() == []
    assert record.own_number == "R-12"
    assert record.kind is ListingKind.OFFER
    assert record.language == "zh-Hans"
    assert record.texts() == {TextField.TITLE: "Boards of bagasse"}
    details = record.details(Details(site="Nanning"))
    assert details.stage_of_development is StageOfDevelopment.LAB_TESTED
    assert (details.trl, details.price_min, details.currency) == (6, 120050, "CNY")
    assert details.needed_by == date(2027, 3, 31)
    assert details.site == "Nanning"
    assert details.values(CodeField.SECTOR) == ("sugar_cane", "machinery")


def test_a_missing_title_is_taken_from_the_description() -> None:
    record = ListingRecord.read({"text": "First line of it\nsecond", "kind": "demand"})
    assert record.texts()[TextField.TITLE] == "First line of it"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("kind", "gift", ErrorCode.UNKNOWN_CODE),
        ("kind", "", ErrorCode.TEXT_EMPTY),
        ("kind", {"a": 1}, ErrorCode.UNKNOWN_CODE),
        ("language", "xx", ErrorCode.UNKNOWN_CODE),
        ("language", None, ErrorCode.TEXT_EMPTY),
        ("title", "", ErrorCode.TEXT_EMPTY),
        ("title", ["a"], ErrorCode.UNKNOWN_CODE),
        ("trl", "six", ErrorCode.UNKNOWN_CODE),
        ("trl", "9" * 400, ErrorCode.UNKNOWN_CODE),
        ("stage_of_development", "new", ErrorCode.UNKNOWN_CODE),
        ("ipr_status", "new", ErrorCode.UNKNOWN_CODE),
        ("price_type", "new", ErrorCode.UNKNOWN_CODE),
        ("control_class", "new", ErrorCode.UNKNOWN_CODE),
        ("price_min", "lots", ErrorCode.AMOUNT_INVALID),
        ("price_min", "1.005", ErrorCode.AMOUNT_INVALID),
        ("price_min", "1e999999", ErrorCode.AMOUNT_INVALID),
        ("budget_max", "NaN", ErrorCode.AMOUNT_INVALID),
        ("budget_max", "Infinity", ErrorCode.AMOUNT_INVALID),
        ("budget_max", "9" * 5000, ErrorCode.AMOUNT_INVALID),
        ("needed_by", "2027-02-30", ErrorCode.DATE_INVALID),
        ("needed_by", "soon", ErrorCode.DATE_INVALID),
    ],
)
def test_bad_values(field: str, value: Any, code: ErrorCode) -> None:
    (problem,) = ListingRecord.read({**GOOD, field: value}).problems()
    assert (problem.code, problem.field) == (code, field)


def test_all_problems_at_once() -> None:
    record = ListingRecord.read({"kind": "gift", "language": "xx", "trl": "?", "price_min": "?"})
    assert [problem.field for problem in record.problems()] == [
        "kind", "language", "title", "price_min", "trl",
    ]  # fmt: skip


def test_unknown_names() -> None:
    with pytest.raises(DomainError) as raised:
        ListingRecord.read({"colour": "red"})
    assert raised.value.code is ErrorCode.SPREADSHEET_COLUMN_UNKNOWN
    assert raised.value.data == {"value": "colour"}
