"""What an installation knows about itself."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.database import Model


class SiteSetting(Model):
    """A fact about this database, such as that it holds a demonstration."""

    __tablename__ = "site_setting"

    key: Mapped[str] = mapped_column(String(48), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(default=dict)
