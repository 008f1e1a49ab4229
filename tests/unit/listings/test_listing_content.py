"""The rules of what a listing says."""

from dataclasses import replace
from datetime import date

import pytest

from matchmaker.domain.errors import ErrorCode
from matchmaker.domain.listing_content import (
    Details,
    Tier,
    clean_text,
    detail_problems,
    fingerprint,
    for_kind,
    missing_for_submission,
    text_fields,
    text_problems,
    valid_until,
)
from matchmaker.domain.money import MAX_HUNDREDTHS
from matchmaker.domain.vocabulary import CodeField, ListingKind, PriceType, TextField

TODAY = date(2026, 11, 23)
SECTORS = {"sugar_cane", "machinery", "biomedicine", "agriculture"}


def problems(details: Details) -> list[tuple[ErrorCode, str | None]]:
    found = detail_problems(details, sectors=SECTORS, today=TODAY)
    return [(error.code, error.field) for error in found]


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (Details(), []),
        (Details(trl=9, price_min=0, price_max=MAX_HUNDREDTHS, currency="CNY"), []),
        (Details(trl=0), [(ErrorCode.UNKNOWN_CODE, "trl")]),
        (Details(trl=10), [(ErrorCode.UNKNOWN_CODE, "trl")]),
        (Details(price_min=5), [(ErrorCode.CURRENCY_MISSING, "currency")]),
        (Details(budget_max=5), [(ErrorCode.CURRENCY_MISSING, "currency")]),
        (Details(currency="XXX"), [(ErrorCode.UNKNOWN_CODE, "currency")]),
        (
            Details(price_min=3, price_max=2, currency="USD"),
            [(ErrorCode.RANGE_REVERSED, "price_min")],
        ),
        (
            Details(budget_min=3, budget_max=2, currency="USD"),
            [(ErrorCode.RANGE_REVERSED, "budget_min")],
        ),
        (Details(price_min=-1, currency="USD"), [(ErrorCode.AMOUNT_INVALID, "price_min")]),
        (
            Details(budget_max=MAX_HUNDREDTHS + 1, currency="USD"),
            [(ErrorCode.AMOUNT_INVALID, "budget_max")],
        ),
        (Details(needed_by=TODAY), []),
        (Details(needed_by=date(2026, 11, 22)), [(ErrorCode.DATE_PAST, "needed_by")]),
        (
            Details(wished_valid_until=date(2020, 1, 1)),
            [(ErrorCode.DATE_PAST, "wished_valid_until")],
        ),
        (Details(site="x" * 301), [(ErrorCode.TEXT_TOO_LONG, "site")]),
        (
            Details(video_url="https://example.org/" + "x" * 500),
            [(ErrorCode.TEXT_TOO_LONG, "video_url")],
        ),
        (Details(video_url="javascript:alert(1)"), [(ErrorCode.UNKNOWN_CODE, "video_url")]),
        (Details(video_url="https://example.org/v/1"), []),
        (Details(video_url="http://[broken"), [(ErrorCode.UNKNOWN_CODE, "video_url")]),
    ],
)  # fmt: skip
def test_details(details: Details, expected: list[tuple[ErrorCode, str]]) -> None:
    assert problems(details) == expected


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (CodeField.SECTOR, "sugar_cane", "sugar"),
        (CodeField.IPC_CODE, "C13B", "13B"),
        (CodeField.IPC_CODE, "C13B20/16", "C13B/16"),
        (CodeField.PARTNERSHIP_TYPE, "supplier", "friend"),
        (CodeField.TRANSFER_MODE, "sub_licence", "gift"),
        (CodeField.PARTNER_TYPE, "university", "wizard"),
        (CodeField.PARTNER_SIZE, "large", "huge"),
        (CodeField.TARGET_COUNTRY, "TH", "Thailand"),
        (CodeField.IP_TYPE, "patent", "magic"),
        (CodeField.SDG, "17", "18"),
        (CodeField.TECHNOLOGY_AREA, "five_g", "six_g"),
    ],
)
def test_codes_are_known_ones(field: CodeField, good: str, bad: str) -> None:
    assert problems(Details(codes={field: (good,)})) == []
    assert problems(Details(codes={field: (bad,)})) == [(ErrorCode.UNKNOWN_CODE, field)]


def test_how_many_codes() -> None:
    four = tuple(sorted(SECTORS))
    assert problems(Details(codes={CodeField.SECTOR: four})) == [
        (ErrorCode.TOO_MANY_SECTORS, "sector")
    ]
    many = tuple(f"word {number}" for number in range(31))
    assert problems(Details(codes={CodeField.KEYWORD: many})) == [
        (ErrorCode.TEXT_TOO_LONG, "keyword")
    ]
    assert problems(Details(codes={CodeField.KEYWORD: ("x" * 121,)})) == [
        (ErrorCode.TEXT_TOO_LONG, "keyword")
    ]


def test_a_kind_keeps_only_its_own_details() -> None:
    everything = Details(
        trl=4,
        price_type=PriceType.FIRM,
        price_min=1,
        budget_min=2,
        currency="CNY",
        needed_by=TODAY,
        site=" Nanning ",
        codes={
            CodeField.IP_TYPE: ("patent",),
            CodeField.TECHNOLOGY_AREA: ("ai",),
            CodeField.IPC_CODE: ("c13b 20/16", "C13B20/16"),
            CodeField.KEYWORD: (" bagasse ", "", "bagasse"),
        },
    )
    offer = for_kind(ListingKind.OFFER, everything)
    assert (offer.trl, offer.price_min, offer.budget_min, offer.needed_by) == (4, 1, None, None)
    assert offer.site is None
    assert offer.values(CodeField.IPC_CODE) == ("C13B20/16",)
    assert offer.values(CodeField.KEYWORD) == ("bagasse",)
    assert CodeField.TECHNOLOGY_AREA not in offer.codes
    demand = for_kind(ListingKind.DEMAND, everything)
    assert (demand.trl, demand.price_type, demand.budget_min) == (None, None, 2)
    assert CodeField.IP_TYPE not in demand.codes
    scenario = for_kind(ListingKind.SCENARIO, everything)
    assert scenario.site == "Nanning"
    assert scenario.values(CodeField.TECHNOLOGY_AREA) == ("ai",)
    assert replace(scenario) == for_kind(ListingKind.SCENARIO, scenario)


def test_texts_are_cleaned() -> None:
    assert clean_text(" a\r\nb\x00c\x1b\td ") == "a\nbc\td"
    assert clean_text("ế") == "ế"
    heap = clean_text("heap" + "\u0301\u0323" * 5_000)  # its time would be its square
    assert heap[:4] == "hea\u1e55"
    assert len(heap) < 40


def test_text_problems() -> None:
    texts = {
        TextField.TITLE: "x" * 257,
        TextField.SUMMARY: "fine",
        TextField.DESCRIPTION: "caf\ufffd",
        TextField.METHOD: "x" * 1000,
    }
    assert [(error.code, error.field) for error in text_problems(texts)] == [
        (ErrorCode.TEXT_TOO_LONG, "title"),
        (ErrorCode.TEXT_UNREADABLE_ENCODING, "description"),
    ]
    (first,) = text_problems({TextField.TITLE: "x" * 257})
    assert first.data == {"limit": 256, "length": 257}


def test_what_is_missing() -> None:
    def missing(**given: object) -> tuple[str, ...]:
        full = {"title": "T", "description": "D", "sectors": ("s",), "title_alone": False, **given}
        return missing_for_submission(**full)  # type: ignore[arg-type]

    assert missing() == ()
    assert missing(title=" ", description="", sectors=()) == ("title", "description", "sector")
    assert missing(description="", sectors=(), title_alone=True) == ()
    assert missing(title="", title_alone=True) == ("title",)


def test_fingerprints_see_through_case_width_and_spaces() -> None:
    offer = ListingKind.OFFER
    assert fingerprint(offer, "Bagasse Boards", "One\n two") == fingerprint(
        offer, "ｂａｇａｓｓｅ  boards", "one two "
    )
    assert fingerprint(offer, "a", "b") != fingerprint(ListingKind.DEMAND, "a", "b")
    assert fingerprint(offer, "ab", "c") != fingerprint(offer, "a", "bc")


def test_tiers_of_text() -> None:
    assert text_fields(Tier.PUBLIC) == (TextField.TITLE, TextField.SUMMARY)
    assert TextField.CONFIDENTIAL_DETAIL not in text_fields(Tier.MEMBER)
    assert TextField.DESCRIPTION in text_fields(Tier.MEMBER)
    assert text_fields(Tier.CASE) == tuple(TextField)


def test_a_year_is_365_days() -> None:
    assert valid_until(date(2027, 3, 1)) == date(2028, 2, 29)
