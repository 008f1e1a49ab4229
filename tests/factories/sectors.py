"""A few sectors of the seed file."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.models import Sector, SectorIpc, SectorName

_SECTORS = (
    ("agriculture", None, "Agriculture", ()),
    ("sugar_cane", "agriculture", "Sugar cane", ("C13B",)),
    ("agricultural_machinery", "agriculture", "Agricultural machinery", ("A01D",)),
    ("machinery", None, "Machinery and high-end equipment", ("F16H",)),
    ("biomedicine", None, "Biomedicine", ("A61K",)),
)


def make_sectors(session: Session) -> list[str]:
    """Write five sectors where they are missing; returns their codes, a parent first."""
    for position, (code, parent, name, classes) in enumerate(_SECTORS):
        if session.scalar(select(Sector).where(Sector.code == code)) is None:
            sector = Sector(
                code=code,
                parent_code=parent,
                position=position,
                names=[SectorName(language="en", name=name)],
                ipc_classes=[SectorIpc(ipc=ipc) for ipc in classes],
            )
            session.add(sector)
            session.flush()
    return [code for code, *_rest in _SECTORS]
