"""Whether the phrases of a match still have to be compared."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_phrases_due"
down_revision = "20261123_term_source"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was suggested before is explained anew by the worker.
    op.add_column(
        "match", sa.Column("phrases_due", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.create_index(
        "ix_match_phrases_due",
        "match",
        ["score"],
        postgresql_where=sa.text("phrases_due"),
        sqlite_where=sa.text("phrases_due"),
    )


def downgrade() -> None:
    op.drop_index("ix_match_phrases_due", table_name="match")
    op.drop_column("match", "phrases_due")
