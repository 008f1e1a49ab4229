"""Latent terms of texts, computed once."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.database import Model


class TextEncoding(Model):
    """The latent terms of a text by one version of a model, packed by `matching.semantic`."""

    __tablename__ = "text_encoding"

    text_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    model: Mapped[str] = mapped_column(String(64), primary_key=True)
    model_version: Mapped[str] = mapped_column(String(32), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
