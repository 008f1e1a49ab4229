import pytest

from matchmaker.domain.landing import WAYS, landing_stage, takes_stage
from matchmaker.domain.vocabulary import (
    LandingStage,
    OrganisationServiceKind,
    OrganisationType,
    StageOfDevelopment,
)

T, K, L, D = OrganisationType, OrganisationServiceKind, LandingStage, StageOfDevelopment


@pytest.mark.parametrize(
    ("organisation_type", "kind", "expected"),
    [
        (T.PARK, K.INCUBATION, L.PARK),
        (T.ACCELERATOR, K.INCUBATION, L.ACCELERATOR),
        (T.ACCELERATOR, K.FINANCE, L.INVESTOR),
        (T.INVESTOR, K.FINANCE, L.INVESTOR),
        (T.INVESTOR, K.VALUATION, L.SERVICE),
        (T.PILOT_PLATFORM, K.PILOTING, L.PILOT_PLATFORM),
        (T.PILOT_PLATFORM, K.TESTING, L.SERVICE),
        (T.UNIVERSITY, K.PILOTING, L.PILOT_PLATFORM),
        (T.ENTERPRISE, K.INCUBATION, L.INCUBATOR),
        (T.RD_CENTRE, K.PILOTING, L.RD_CENTRE),
        (T.SERVICE_PROVIDER, K.IP_AGENCY, L.SERVICE),
    ],
)
def test_where_a_service_stands(
    organisation_type: OrganisationType,
    kind: OrganisationServiceKind,
    expected: LandingStage,
) -> None:
    assert landing_stage(organisation_type, kind) is expected


def test_every_stage_stands_on_one_way() -> None:
    stations = [stage for way in WAYS for stage in way]
    assert sorted(stations) == sorted(LandingStage)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, None),
        (D.CONCEPT, D.LAB_TESTED, True),
        (D.LAB_TESTED, D.LAB_TESTED, True),
        (D.LAB_TESTED, None, True),
        (None, D.LAB_TESTED, True),
        (D.AVAILABLE_FOR_DEMONSTRATION, None, False),
        (None, D.UNDER_DEVELOPMENT, False),
    ],
)
def test_which_stages_are_taken(
    first: StageOfDevelopment | None, last: StageOfDevelopment | None, expected: bool | None
) -> None:
    assert takes_stage(D.LAB_TESTED, first, last) is expected
    assert takes_stage(None, first, last) is None
