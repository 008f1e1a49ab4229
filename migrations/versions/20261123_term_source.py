"""What was read for term pairs."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_term_source"
down_revision = "20261123_learning"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "term_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=True),
        sa.Column("match_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("encoded", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(text_id IS NULL) <> (match_id IS NULL)", name=op.f("ck_term_source_one_source")
        ),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["listing_text.id"],
            name=op.f("fk_term_source_text_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_term_source_match_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_source")),
        sa.UniqueConstraint("text_id", name=op.f("uq_term_source_text_id")),
        sa.UniqueConstraint("match_id", name=op.f("uq_term_source_match_id")),
    )


def downgrade() -> None:
    op.drop_table("term_source")
