"""Services of the directory and catalogues of controlled technology."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import (
    ControlClass,
    OrganisationServiceKind,
    StageOfDevelopment,
)
from matchmaker.models import (
    ExportCatalogue,
    ExportCatalogueEntry,
    Organisation,
    OrganisationService,
    OrganisationServicePlace,
    OrganisationServiceSector,
    OrganisationServiceText,
)
from tests.factories.clock import NOW


def make_service(
    session: Session,
    organisation: Organisation,
    *,
    kind: OrganisationServiceKind = OrganisationServiceKind.PILOTING,
    title: str = "Pilot line for bagasse fibre",
    description: str = "Cooking and moulding of bagasse, 200 kg a day.",
    language: str = "en",
    published: bool = True,
    sectors: Sequence[str] = (),
    places: Sequence[str] = (),
    stages: tuple[StageOfDevelopment | None, StageOfDevelopment | None] = (None, None),
) -> OrganisationService:
    """A public service with its original text."""
    service = OrganisationService(
        reference=new_reference(Prefix.SERVICE),
        organisation=organisation,
        kind=kind,
        original_language=language,
        published=published,
        stage_from=stages[0],
        stage_to=stages[1],
        created_at=NOW,
        changed_at=NOW,
        texts=[OrganisationServiceText(language=language, title=title, description=description)],
        sectors=[OrganisationServiceSector(sector_code=code) for code in sectors],
        places=[OrganisationServicePlace(place=place) for place in places],
    )
    session.add(service)
    session.flush()
    return service


def make_catalogue(
    session: Session,
    *,
    country: str = "CN",
    version: str = "2026",
    in_force: bool = True,
    entries: Sequence[tuple[str, str, ControlClass]] = (
        ("1-01", "Boards pressed of cane bagasse", ControlClass.RESTRICTED),
        ("1-02", "Deep-sea samplers", ControlClass.DUAL_USE),
    ),
) -> ExportCatalogue:
    """A catalogue with English entries: number, name, class."""
    catalogue = ExportCatalogue(
        country=country,
        version=version,
        title="Invented",
        in_force=in_force,
        imported_at=NOW,
        entries=[
            ExportCatalogueEntry(number=number, name=name, control_class=kind, language="en")
            for number, name, kind in entries
        ],
    )
    session.add(catalogue)
    session.flush()
    return catalogue
