"""Sectors in two levels, with their names and patent classes."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, not_blank


class Sector(Model):
    """A sector of the economy. `position` keeps the order of the seed file."""

    __tablename__ = "sector"

    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("sector.code"), index=True)
    position: Mapped[int]

    parent: Mapped["Sector | None"] = relationship(remote_side=[code], back_populates="children")
    children: Mapped[list["Sector"]] = relationship(
        back_populates="parent", order_by="Sector.position"
    )
    names: Mapped[list["SectorName"]] = relationship(
        back_populates="sector", cascade="all, delete-orphan"
    )
    ipc_classes: Mapped[list["SectorIpc"]] = relationship(
        back_populates="sector", cascade="all, delete-orphan"
    )


class SectorName(Model):
    """The name of a sector in one language."""

    __tablename__ = "sector_name"
    __table_args__ = (not_blank("name"),)

    sector_code: Mapped[str] = mapped_column(
        ForeignKey("sector.code", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))

    sector: Mapped[Sector] = relationship(back_populates="names")


class SectorIpc(Model):
    """A class of the International Patent Classification that a sector covers, such as `C13B`."""

    __tablename__ = "sector_ipc"

    sector_code: Mapped[str] = mapped_column(
        ForeignKey("sector.code", ondelete="CASCADE"), primary_key=True
    )
    ipc: Mapped[str] = mapped_column(String(16), primary_key=True)

    sector: Mapped[Sector] = relationship(back_populates="ipc_classes")
