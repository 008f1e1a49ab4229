"""What the engine learns: a pair's numbers with its match, and the trained blends."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_learning"
down_revision = "20261123_talks"
branch_labels = None
depends_on = None

_OPTIONAL = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("match", sa.Column("features", _OPTIONAL, nullable=True))
    op.create_table(
        "trained_blend",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approvals", sa.Integer(), nullable=False),
        sa.Column("rejections", sa.Integer(), nullable=False),
        sa.Column("last_entry_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("base", _JSON, nullable=False),
        sa.Column("weights", _JSON, nullable=False),
        sa.Column("measures", _JSON, nullable=False),
        sa.Column("better", sa.Boolean(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("switched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("switched_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("better OR NOT in_force", name=op.f("ck_trained_blend_never_worse")),
        sa.ForeignKeyConstraint(
            ["switched_by_id"],
            ["user.id"],
            name=op.f("fk_trained_blend_switched_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trained_blend")),
        sa.UniqueConstraint("version", name=op.f("uq_trained_blend_version")),
    )
    op.create_index(
        "uq_trained_blend_in_force",
        "trained_blend",
        ["in_force"],
        unique=True,
        postgresql_where=sa.text("in_force"),
        sqlite_where=sa.text("in_force"),
    )


def downgrade() -> None:
    op.drop_index("uq_trained_blend_in_force", table_name="trained_blend")
    op.drop_table("trained_blend")
    op.drop_column("match", "features")
