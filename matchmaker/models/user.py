"""People who sign in."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from flask_security import AsaList, RoleMixin, UserMixin
from sqlalchemy import CheckConstraint, Column, ForeignKey, String, Table, func
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, not_blank

if TYPE_CHECKING:
    from matchmaker.models.centre import Appointment
    from matchmaker.models.organisation import Membership

user_role = Table(
    "user_role",
    Model.metadata,
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("role.id", ondelete="CASCADE"), primary_key=True),
)


class Role(Model, RoleMixin):
    """A role of the whole site: `administrator` or `auditor`. All others follow from rows."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(48), unique=True)
    description: Mapped[str | None] = mapped_column(String(255))
    permissions: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))

    users: Mapped[list["User"]] = relationship(secondary=user_role, back_populates="roles")


class User(Model, UserMixin):
    """Somebody with an account."""

    __tablename__ = "user"
    __table_args__ = (
        not_blank("name"),
        CheckConstraint("email = lower(email)", name="email_lower"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None]
    name: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(16), default="en")
    time_zone: Mapped[str] = mapped_column(String(64), default="Asia/Shanghai")
    mail_key: Mapped[str] = mapped_column(
        String(32),
        unique=True,
        index=True,
        default=lambda: secrets.token_hex(16),
        server_default="unset",
    )
    """Names the person in signed links of mails, which work without signing in. The default of the
    database is there for the column's migration alone; every account gets a key."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]  # narrower than theirs
        secondary=user_role, back_populates="users"
    )
    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="user", cascade="all, delete-orphan"
    )
    appointments: Mapped[list["Appointment"]] = relationship(
        back_populates="user", cascade="all, delete-orphan"
    )
