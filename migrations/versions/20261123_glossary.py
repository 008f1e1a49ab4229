"""The glossary: concepts, labels, seed rows taken, and term pairs proposed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_glossary"
down_revision = "20261123_first_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "glossary_concept",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("broader_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("trim(code) <> ''", name=op.f("ck_glossary_concept_code_not_blank")),
        sa.CheckConstraint(
            "broader_id <> id", name=op.f("ck_glossary_concept_not_its_own_broader")
        ),
        sa.ForeignKeyConstraint(
            ["broader_id"], ["glossary_concept.id"], name=op.f("fk_glossary_concept_broader_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glossary_concept")),
        sa.UniqueConstraint("code", name=op.f("uq_glossary_concept_code")),
    )
    op.create_index(
        op.f("ix_glossary_concept_broader_id"), "glossary_concept", ["broader_id"], unique=False
    )
    op.create_table(
        "glossary_seed",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("code", "language", "text", name=op.f("pk_glossary_seed")),
    )
    op.create_table(
        "glossary_concept_sector",
        sa.Column("concept_id", sa.Integer(), nullable=False),
        sa.Column("sector_code", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["concept_id"],
            ["glossary_concept.id"],
            name=op.f("fk_glossary_concept_sector_concept_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sector_code"], ["sector.code"], name=op.f("fk_glossary_concept_sector_sector_code")
        ),
        sa.PrimaryKeyConstraint(
            "concept_id", "sector_code", name=op.f("pk_glossary_concept_sector")
        ),
    )
    _create_labels()
    _create_proposals()


def _create_labels() -> None:
    op.create_table(
        "glossary_label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("concept_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("preferred", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "unconfirmed",
                "confirmed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "seed",
                "staff",
                "imported",
                "proposed",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("trim(text) <> ''", name=op.f("ck_glossary_label_text_not_blank")),
        sa.CheckConstraint(
            "confirmed_by_id <> author_id", name=op.f("ck_glossary_label_second_person")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_glossary_label_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["concept_id"],
            ["glossary_concept.id"],
            name=op.f("fk_glossary_label_concept_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["user.id"], name=op.f("fk_glossary_label_confirmed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glossary_label")),
        sa.UniqueConstraint(
            "concept_id",
            "language",
            "text",
            name=op.f("uq_glossary_label_concept_id_language_text"),
        ),
    )
    op.create_index(
        "ix_glossary_label_language_text", "glossary_label", ["language", "text"], unique=False
    )
    op.create_index(
        "uq_glossary_label_preferred",
        "glossary_label",
        ["concept_id", "language"],
        unique=True,
        postgresql_where=sa.text("preferred"),
        sqlite_where=sa.text("preferred"),
    )


def _create_proposals() -> None:
    op.create_table(
        "term_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("left_language", sa.String(length=16), nullable=False),
        sa.Column("left_text", sa.String(length=200), nullable=False),
        sa.Column("right_language", sa.String(length=16), nullable=False),
        sa.Column("right_text", sa.String(length=200), nullable=False),
        sa.Column("concept_id", sa.Integer(), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column(
            "evidence", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "confirmed",
                "refused",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "left_language < right_language", name=op.f("ck_term_proposal_languages_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["concept_id"],
            ["glossary_concept.id"],
            name=op.f("fk_term_proposal_concept_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_term_proposal_decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_proposal")),
        sa.UniqueConstraint(
            "left_language",
            "left_text",
            "right_language",
            "right_text",
            name=op.f("uq_term_proposal_terms"),
        ),
    )
    op.create_index(
        op.f("ix_term_proposal_concept_id"), "term_proposal", ["concept_id"], unique=False
    )
    op.create_index(
        "ix_term_proposal_state_score", "term_proposal", ["state", "score"], unique=False
    )


def downgrade() -> None:
    for table in (
        "term_proposal",
        "glossary_label",
        "glossary_concept_sector",
        "glossary_seed",
        "glossary_concept",
    ):
        op.drop_table(table)
