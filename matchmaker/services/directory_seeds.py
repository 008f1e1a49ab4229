"""The invented services and the sample catalogue of the demonstration. What is there stays."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import OrganisationServiceKind, StageOfDevelopment
from matchmaker.models import (
    ExportCatalogue,
    Organisation,
    OrganisationService,
    OrganisationServiceText,
)
from matchmaker.services import directory, export_catalogues

Row = Mapping[str, Any]
SAMPLE_VERSION: Final = "SAMPLE-2026"
OLDER_SAMPLE: Final = "SAMPLE-2025"
"""Some offers of the demonstration were checked by it, so that there are checks to review."""
_TITLE: Final = "SAMPLE: every entry is invented, and no real catalogue stands behind it"


def load_services(
    session: Session, rows: Sequence[Row], keys: Mapping[str, int], *, now: datetime
) -> int:
    """Write and publish the services that are missing; return how many. `keys` are the ids of the
    organisations by the key that their file gives them."""
    new = 0
    for row in rows:
        organisation_id = keys.get(row["organisation"])
        if organisation_id is None or _known(session, organisation_id, row):
            continue
        organisation = session.get_one(Organisation, organisation_id)
        language = row["language"]
        service = directory.add_service(
            session, SYSTEM, organisation, _details(row), language=language,
            title=row["title"][language], description=row["description"][language], now=now,
        )  # fmt: skip
        for other in row["title"]:
            if other != language:
                directory.write_text(
                    session, SYSTEM, service, other, title=row["title"][other],
                    description=row["description"][other], version=None, now=now,
                )  # fmt: skip
        directory.publish(session, SYSTEM, service, published=True, now=now)
        new += 1
    session.flush()
    return new


def load_sample_catalogue(session: Session, folder: Path, *, now: datetime) -> bool:
    """Bring in the sample catalogue of each file of `folder`, named by its country, where the
    country has none; tell whether any was new."""
    new = False
    for path in sorted(folder.glob("*.csv")):
        country = path.stem
        known = select(ExportCatalogue.id).where(ExportCatalogue.country == country)
        if session.scalar(known.limit(1)) is None:
            export_catalogues.import_catalogue(
                session, SYSTEM, path.read_bytes(),
                country=country, version=SAMPLE_VERSION, title=_TITLE, now=now,
            )  # fmt: skip
            new = True
    return new


def _details(row: Row) -> directory.ServiceDetails:
    return directory.ServiceDetails(
        kind=OrganisationServiceKind(row["kind"]),
        sectors=row["sectors"],
        places=row["places"],
        languages=row["languages"],
        stage_from=StageOfDevelopment(row["stage_from"]),
        stage_to=StageOfDevelopment(row["stage_to"]),
    )


def _known(session: Session, organisation_id: int, row: Row) -> bool:
    title = row["title"][row["language"]]
    found = session.scalar(
        select(OrganisationService.id)
        .join(OrganisationServiceText)
        .where(
            OrganisationService.organisation_id == organisation_id,
            OrganisationServiceText.title == title,
        )
        .limit(1)
    )
    return found is not None
