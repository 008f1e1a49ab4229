"""Technology-transfer centres: what they cover, who works there, for whom they decide."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, enum_type, not_blank
from matchmaker.domain.vocabulary import AppointmentRole
from matchmaker.models.user import User


class Centre(Model):
    """A technology-transfer centre. One of them is the head office."""

    __tablename__ = "centre"
    __table_args__ = (
        Index(
            "uq_centre_head_office",
            "head_office",
            unique=True,
            postgresql_where=text("head_office"),
            sqlite_where=text("head_office"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(48), unique=True)
    country: Mapped[str] = mapped_column(String(2))
    head_office: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    time_zone: Mapped[str] = mapped_column(String(64))
    email: Mapped[str | None] = mapped_column(String(255))
    phone: Mapped[str | None] = mapped_column(String(32))

    names: Mapped[list["CentreName"]] = relationship(
        back_populates="centre", cascade="all, delete-orphan"
    )
    languages: Mapped[list["CentreLanguage"]] = relationship(
        back_populates="centre", cascade="all, delete-orphan"
    )
    coverage: Mapped[list["CentreCoverage"]] = relationship(
        back_populates="centre", cascade="all, delete-orphan"
    )
    appointments: Mapped[list["Appointment"]] = relationship(
        back_populates="centre", cascade="all, delete-orphan"
    )


class CentreName(Model):
    """The name of a centre in one language."""

    __tablename__ = "centre_name"
    __table_args__ = (not_blank("name"),)

    centre_id: Mapped[int] = mapped_column(
        ForeignKey("centre.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))

    centre: Mapped[Centre] = relationship(back_populates="names")


class CentreLanguage(Model):
    """A language that the staff of a centre read."""

    __tablename__ = "centre_language"

    centre_id: Mapped[int] = mapped_column(
        ForeignKey("centre.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(16), primary_key=True)

    centre: Mapped[Centre] = relationship(back_populates="languages")


class CentreCoverage(Model):
    """A country (empty province) or a province for which a centre is responsible: one at most."""

    __tablename__ = "centre_coverage"

    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    province: Mapped[str] = mapped_column(String(8), primary_key=True, default="")
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id", ondelete="CASCADE"), index=True)

    centre: Mapped[Centre] = relationship(back_populates="coverage")


class CentreDelegation(Model):
    """A centre lets another one decide for it, from `since` on and before `until`."""

    __tablename__ = "centre_delegation"
    __table_args__ = (CheckConstraint("centre_id <> delegate_id", name="not_itself"),)

    centre_id: Mapped[int] = mapped_column(
        ForeignKey("centre.id", ondelete="CASCADE"), primary_key=True
    )
    delegate_id: Mapped[int] = mapped_column(
        ForeignKey("centre.id", ondelete="CASCADE"), primary_key=True
    )
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    """Empty: until the centre ends it."""

    centre: Mapped[Centre] = relationship(foreign_keys=[centre_id])
    delegate: Mapped[Centre] = relationship(foreign_keys=[delegate_id])


class Appointment(Model):
    """A person works for a centre."""

    __tablename__ = "appointment"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    centre_id: Mapped[int] = mapped_column(
        ForeignKey("centre.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[AppointmentRole] = mapped_column(enum_type(AppointmentRole, "role"))

    user: Mapped[User] = relationship(back_populates="appointments")
    centre: Mapped[Centre] = relationship(back_populates="appointments")
