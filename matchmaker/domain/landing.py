"""Where a match can go next: which services stand where on the way, and which stages they take."""

from typing import Final

from matchmaker.domain.vocabulary import (
    LandingStage,
    OrganisationServiceKind,
    OrganisationType,
    StageOfDevelopment,
)

WAYS: Final[tuple[tuple[LandingStage, ...], ...]] = (
    (
        LandingStage.RD_CENTRE,
        LandingStage.PILOT_PLATFORM,
        LandingStage.TRANSFER_BELT,
        LandingStage.DEMONSTRATION_ZONE,
    ),
    (
        LandingStage.MAKER_SPACE,
        LandingStage.INCUBATOR,
        LandingStage.ACCELERATOR,
        LandingStage.PARK,
    ),
    (LandingStage.SERVICE, LandingStage.INVESTOR),
)
"""The technology's way, the young company's way, and what helps along both."""

_BY_KIND: Final = {
    OrganisationServiceKind.PILOTING: LandingStage.PILOT_PLATFORM,
    OrganisationServiceKind.INCUBATION: LandingStage.INCUBATOR,
    OrganisationServiceKind.FINANCE: LandingStage.INVESTOR,
}
_GENERAL: Final = frozenset({LandingStage.SERVICE, LandingStage.INVESTOR})
_BY_TYPE: Final = {stage.value: stage for stage in LandingStage if stage not in _GENERAL}
_PLACES_OFFER: Final = frozenset(
    {OrganisationServiceKind.PILOTING, OrganisationServiceKind.INCUBATION}
)
_STAGES: Final = tuple(StageOfDevelopment)


def landing_stage(
    organisation_type: OrganisationType, kind: OrganisationServiceKind
) -> LandingStage:
    """Return where a service stands on the path: a place to work in is what its organisation is,
    all else is what it does."""
    if kind in _PLACES_OFFER and organisation_type.value in _BY_TYPE:
        return _BY_TYPE[organisation_type.value]
    return _BY_KIND.get(kind, LandingStage.SERVICE)


def takes_stage(
    stage: StageOfDevelopment | None,
    first: StageOfDevelopment | None,
    last: StageOfDevelopment | None,
) -> bool | None:
    """Tell whether a service takes technology of a stage; None where one of them does not say."""
    if stage is None or (first is None and last is None):
        return None
    place = _STAGES.index(stage)
    above = first is None or place >= _STAGES.index(first)
    return above and (last is None or place <= _STAGES.index(last))
