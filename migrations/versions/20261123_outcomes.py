"""Outcomes of introductions, their evidence, and follow-up questions."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_outcomes"
down_revision = "20261123_notifications"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "offer", "need", name="side", native_enum=False, create_constraint=True, length=48
            ),
            nullable=False,
        ),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "answer",
            sa.Enum(
                "in_discussion",
                "testing",
                "negotiating",
                "agreement_signed",
                "paused",
                "ended",
                name="answer",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column(
            "decline_reason",
            sa.Enum(
                "too_early_stage",
                "benefit_unclear",
                "commercial_route_unclear",
                "description_unclear",
                "scientific_doubt",
                "not_strategic",
                "price",
                "ip_unclear",
                "language",
                "no_resources",
                "export_control",
                name="decline_reason",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_by_staff", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(decline_reason IS NOT NULL) = (answer IS NOT NULL AND answer = 'ended')",
            name=op.f("ck_follow_up_ended_has_reason"),
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_follow_up_answered")
        ),
        sa.CheckConstraint("days IN (30, 90, 180)", name=op.f("ck_follow_up_days")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_follow_up_by_id")),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_follow_up_match_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sa.UniqueConstraint(
            "match_id", "side", "days", name=op.f("uq_follow_up_match_id_side_days")
        ),
    )
    op.create_index(op.f("ix_follow_up_asked_at"), "follow_up", ["asked_at"], unique=False)
    op.create_index(op.f("ix_follow_up_match_id"), "follow_up", ["match_id"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column(
            "contract_type",
            sa.Enum(
                "development",
                "transfer",
                "licence",
                "consulting",
                "service",
                name="contract_type",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("contract_value", sa.BigInteger(), nullable=True),
        sa.Column("transaction_value", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("registration_number", sa.String(length=64), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("jobs", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "proposed_side",
            sa.Enum(
                "offer",
                "need",
                name="proposed_side",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_centre_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_centre_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(contract_value IS NULL) = (currency IS NULL)",
            name=op.f("ck_outcome_value_has_currency"),
        ),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR recorded_at IS NOT NULL", name=op.f("ck_outcome_confirmed")
        ),
        sa.CheckConstraint("contract_value >= 0", name=op.f("ck_outcome_contract_value")),
        sa.CheckConstraint("jobs >= 0", name=op.f("ck_outcome_jobs")),
        sa.CheckConstraint(
            "transaction_value BETWEEN 0 AND contract_value",
            name=op.f("ck_outcome_transaction_value"),
        ),
        sa.CheckConstraint(
            "transaction_value IS NULL OR contract_value IS NOT NULL",
            name=op.f("ck_outcome_value_of_contract"),
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["user.id"], name=op.f("fk_outcome_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_centre_id"], ["centre.id"], name=op.f("fk_outcome_confirmed_centre_id")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_outcome_match_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["user.id"], name=op.f("fk_outcome_proposed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user.id"], name=op.f("fk_outcome_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_centre_id"], ["centre.id"], name=op.f("fk_outcome_recorded_centre_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        sa.UniqueConstraint("match_id", name=op.f("uq_outcome_match_id")),
    )
    op.create_table(
        "outcome_evidence",
        sa.Column("outcome_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "offer", "need", name="side", native_enum=False, create_constraint=True, length=48
            ),
            nullable=True,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_outcome_evidence_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["outcome_id"],
            ["outcome.id"],
            name=op.f("fk_outcome_evidence_outcome_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("outcome_id", "attachment_id", name=op.f("pk_outcome_evidence")),
    )
    op.create_index(
        op.f("ix_outcome_evidence_attachment_id"),
        "outcome_evidence",
        ["attachment_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_outcome_evidence_attachment_id"), table_name="outcome_evidence")
    op.drop_table("outcome_evidence")
    op.drop_table("outcome")
    op.drop_index(op.f("ix_follow_up_match_id"), table_name="follow_up")
    op.drop_index(op.f("ix_follow_up_asked_at"), table_name="follow_up")
    op.drop_table("follow_up")
