"""What of a small collection is most like given texts, and what two forms say besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from matchmaker.domain.vocabulary import StageOfDevelopment
from matchmaker.matching import landing
from matchmaker.matching.documents import Document, Reason
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import Index
from matchmaker.matching.landing import Landing, Served
from matchmaker.matching.likeness import nearest

HELD = (
    Document("p:en", "pilot", "offer", "en", "Pilot line for bagasse", "Moulding bagasse fibre."),
    Document("p:th", "pilot", "offer", "th", "โรงงานนำร่องชานอ้อย", "ขึ้นรูปเยื่อชานอ้อย"),
    Document("s:en", "sea", "offer", "en", "Sea test site", "Moorings for buoys and sensors."),
    Document("m:en", "money", "offer", "en", "Growth loans", "Loans for companies."),
)
OFFER = Document("o:en", "offer", "offer", "en", "Boards of bagasse", "Pressed bagasse fibre.")
NEED = Document("n:th", "need", "need", "th", "ต้องการใช้ชานอ้อย", "โรงงานมีชานอ้อยเหลือมาก")


@pytest.fixture(scope="module")
def small() -> Index:
    return Index.build(HELD, latent={}, glossary=Glossary())


def test_the_nearest_comes_first_with_its_reasons(small: Index) -> None:
    found = nearest(small, [OFFER], {}, top=10)
    assert found[0].group == "pilot"
    assert found[0].document_id == "p:en"
    assert [one.raw for one in found] == sorted((one.raw for one in found), reverse=True)
    words = [reason for reason in found[0].reasons if reason.kind == "words" and reason.left]
    assert "bagasse" in " ".join(reason.left.lower() for reason in words)


def test_the_kind_of_what_is_asked_does_not_matter(small: Index) -> None:
    as_need = nearest(small, [replace(OFFER, kind="need")], {}, top=10)
    assert [(one.group, one.raw) for one in as_need] == [
        (one.group, one.raw) for one in nearest(small, [OFFER], {}, top=10)
    ]


def test_both_listings_count_alike(small: Index) -> None:
    alone = {one.group: one.raw for one in nearest(small, [OFFER], {}, top=10)}
    other = {one.group: one.raw for one in nearest(small, [NEED], {}, top=10)}
    both = {one.group: one.raw for one in nearest(small, [OFFER, NEED], {}, top=10)}
    for group, raw in both.items():
        assert raw == pytest.approx((alone[group] + other[group]) / 2, abs=1e-5)


def test_forms_count_and_may_exclude(small: Index) -> None:
    def forms(group: str) -> Sequence[Reason] | None:
        if group == "pilot":
            return None
        return [Reason("sector", "x", "x", "x", 0.0, 9.0)] if group == "money" else ()

    found = nearest(small, [OFFER], {}, top=10, forms=forms)
    assert [one.group for one in found] == ["money", "sea"]
    assert found[0].reasons[0].kind == "sector"


def test_nothing_asked_finds_nothing(small: Index) -> None:
    assert nearest(small, [], {}, top=10) == []
    assert len(nearest(small, [OFFER], {}, top=1)) == 1


WANTED = Landing(("sugar_cane", "agriculture"), StageOfDevelopment.LAB_TESTED, "TH", "", "CN")
SERVED = Served((), None, None, "SG", "", ())


def amounts(wanted: Landing, served: Served) -> dict[str, float] | None:
    found = landing.fits(wanted, served)
    return None if found is None else {reason.kind: reason.amount for reason in found}


def test_where_it_is_wanted_comes_before_where_it_comes_from() -> None:
    assert amounts(WANTED, SERVED) == {}
    need = amounts(WANTED, replace(SERVED, places=("TH", "VN")))
    offer = amounts(WANTED, replace(SERVED, places=("CN",)))
    here = amounts(WANTED, replace(SERVED, country="TH"))
    assert need == here == {"country": landing.NEED_COUNTRY}
    assert offer == {"country": landing.OFFER_COUNTRY}
    assert amounts(WANTED, replace(SERVED, places=("VN",))) is None


def test_a_province_counts_where_it_is_the_need_s() -> None:
    wanted = replace(WANTED, need_country="CN", need_province="CN-GX", offer_country="TH")
    assert amounts(wanted, replace(SERVED, places=("CN-GX",))) == {"country": landing.NEED_PROVINCE}
    assert amounts(wanted, replace(SERVED, places=("CN-GD",))) is None


def test_sector_and_stage() -> None:
    served = replace(SERVED, sectors=("agriculture",), stage_from=StageOfDevelopment.CONCEPT)
    assert amounts(WANTED, served) == {"sector": 1.0, "stage": landing.STAGE_TAKEN}
    others = replace(SERVED, sectors=("machinery",))
    assert amounts(WANTED, others) == {"sector": landing.OTHER_SECTORS}
    late = replace(served, stage_from=StageOfDevelopment.ON_THE_MARKET)
    assert (amounts(WANTED, late) or {})["stage"] == landing.STAGE_OUTSIDE
