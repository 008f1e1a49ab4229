"""The glossary: concepts, their labels, and term pairs that the engine proposes."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.database import Model, Versioned, enum_type, not_blank
from matchmaker.domain.vocabulary import LabelSource, LabelStatus, ProposalState
from matchmaker.models.user import User


class GlossaryConcept(Versioned, Model):
    """A thing that has a name in every language. Reasons and files name it by its `code`."""

    __tablename__ = "glossary_concept"
    __table_args__ = (
        not_blank("code"),
        CheckConstraint("broader_id <> id", name="not_its_own_broader"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    definition: Mapped[str] = mapped_column(Text, default="")
    """In English."""
    broader_id: Mapped[int | None] = mapped_column(ForeignKey("glossary_concept.id"), index=True)
    created_at: Mapped[datetime]

    broader: Mapped["GlossaryConcept | None"] = relationship(
        remote_side="GlossaryConcept.id", back_populates="narrower"
    )
    narrower: Mapped[list["GlossaryConcept"]] = relationship(
        back_populates="broader", order_by="GlossaryConcept.code"
    )
    sectors: Mapped[list["GlossaryConceptSector"]] = relationship(
        back_populates="concept",
        cascade="all, delete-orphan",
        order_by="GlossaryConceptSector.sector_code",
    )
    labels: Mapped[list["GlossaryLabel"]] = relationship(
        back_populates="concept", cascade="all, delete-orphan", order_by="GlossaryLabel.id"
    )


class GlossaryConceptSector(Model):
    """A sector in which the concept is used."""

    __tablename__ = "glossary_concept_sector"

    concept_id: Mapped[int] = mapped_column(
        ForeignKey("glossary_concept.id", ondelete="CASCADE"), primary_key=True
    )
    sector_code: Mapped[str] = mapped_column(ForeignKey("sector.code"), primary_key=True)

    concept: Mapped[GlossaryConcept] = relationship(back_populates="sectors")


class GlossaryLabel(Versioned, Model):
    """One name of a concept in one language. Only confirmed ones count for matching."""

    __tablename__ = "glossary_label"
    __table_args__ = (
        UniqueConstraint("concept_id", "language", "text"),
        Index(
            "uq_glossary_label_preferred",
            "concept_id",
            "language",
            unique=True,
            postgresql_where=text("preferred"),
            sqlite_where=text("preferred"),
        ),
        Index("ix_glossary_label_language_text", "language", "text"),
        not_blank("text"),
        CheckConstraint("confirmed_by_id <> author_id", name="second_person"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    concept_id: Mapped[int] = mapped_column(ForeignKey("glossary_concept.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(String(200))
    preferred: Mapped[bool] = mapped_column(default=False)
    """At most one of a concept's labels in each language."""
    status: Mapped[LabelStatus] = mapped_column(enum_type(LabelStatus, "status"))
    source: Mapped[LabelSource] = mapped_column(enum_type(LabelSource, "source"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who wrote it here; none for what came from a file or from the engine."""
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]

    concept: Mapped[GlossaryConcept] = relationship(back_populates="labels")
    author: Mapped[User | None] = relationship(foreign_keys=[author_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])


class GlossarySeed(Model):
    """A row of the seed files that this site has taken once: what staff change or remove stays so.

    The language and text of a concept's own row are empty.
    """

    __tablename__ = "glossary_seed"

    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    text: Mapped[str] = mapped_column(String(200), primary_key=True)


class TermProposal(Versioned, Model):
    """Two terms, in two languages, that seem to mean the same; a person decides."""

    __tablename__ = "term_proposal"
    __table_args__ = (
        UniqueConstraint(
            "left_language",
            "left_text",
            "right_language",
            "right_text",
            name="uq_term_proposal_terms",
        ),
        CheckConstraint("left_language < right_language", name="languages_in_order"),
        Index("ix_term_proposal_state_score", "state", "score"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    left_language: Mapped[str] = mapped_column(String(16))
    left_text: Mapped[str] = mapped_column(String(200))
    right_language: Mapped[str] = mapped_column(String(16))
    right_text: Mapped[str] = mapped_column(String(200))
    concept_id: Mapped[int | None] = mapped_column(
        ForeignKey("glossary_concept.id", ondelete="SET NULL"), index=True
    )
    """The concept that has one side as a label already, or that a confirmation made."""
    score: Mapped[float]
    evidence: Mapped[list[Any]] = mapped_column(default=list)
    """Where both were seen: dicts of kind (`match` or `listing`) and reference."""
    state: Mapped[ProposalState] = mapped_column(enum_type(ProposalState, "state"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    concept: Mapped[GlossaryConcept | None] = relationship()
    decided_by: Mapped[User | None] = relationship()
