"""Talks after an introduction: threads, non-disclosure agreements, meetings."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_talks"
down_revision = "20261123_casework"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nda_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_nda_text_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nda_text")),
        sa.UniqueConstraint("version", name=op.f("uq_nda_text_version")),
    )
    op.create_table(
        "nda_text_body",
        sa.Column("nda_text_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("trim(body) <> ''", name=op.f("ck_nda_text_body_body_not_blank")),
        sa.CheckConstraint("trim(title) <> ''", name=op.f("ck_nda_text_body_title_not_blank")),
        sa.ForeignKeyConstraint(
            ["nda_text_id"],
            ["nda_text.id"],
            name=op.f("fk_nda_text_body_nda_text_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("nda_text_id", "language", name=op.f("pk_nda_text_body")),
    )
    op.create_table(
        "case_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "offer", "need", name="side", native_enum=False, create_constraint=True, length=48
            ),
            nullable=True,
        ),
        sa.Column("centre_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("trim(body) <> ''", name=op.f("ck_case_message_body_not_blank")),
        sa.CheckConstraint(
            "(side IS NULL) <> (centre_id IS NULL)", name=op.f("ck_case_message_party_or_staff")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_case_message_author_id")),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_case_message_centre_id")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_case_message_match_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_message")),
    )
    op.create_index(op.f("ix_case_message_author_id"), "case_message", ["author_id"], unique=False)
    op.create_index(op.f("ix_case_message_match_id"), "case_message", ["match_id"], unique=False)
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "declined",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "offer", "need", name="side", native_enum=False, create_constraint=True, length=48
            ),
            nullable=True,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=500), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("interpreter", sa.Boolean(), nullable=False),
        sa.Column("interpret_from", sa.String(length=16), nullable=True),
        sa.Column("interpret_to", sa.String(length=16), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("invited_for", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "closed_side",
            sa.Enum(
                "offer",
                "need",
                name="closed_side",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'accepted' OR starts_at IS NOT NULL",
            name=op.f("ck_meeting_accepted_has_time"),
        ),
        sa.CheckConstraint("trim(title) <> ''", name=op.f("ck_meeting_title_not_blank")),
        sa.CheckConstraint(
            "NOT interpreter OR (interpret_from IS NOT NULL AND interpret_to IS NOT NULL)",
            name=op.f("ck_meeting_interpreter_languages"),
        ),
        sa.CheckConstraint("minutes BETWEEN 5 AND 720", name=op.f("ck_meeting_minutes")),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["user.id"], name=op.f("fk_meeting_closed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_meeting_match_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["user.id"], name=op.f("fk_meeting_proposed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("reference", name=op.f("uq_meeting_reference")),
    )
    op.create_index(op.f("ix_meeting_match_id"), "meeting", ["match_id"], unique=False)
    op.create_table(
        "nda",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "text", "upload", name="kind", native_enum=False, create_constraint=True, length=48
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "in_force",
                "refused",
                "replaced",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("nda_text_id", sa.Integer(), nullable=True),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "offer", "need", name="side", native_enum=False, create_constraint=True, length=48
            ),
            nullable=True,
        ),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(kind = 'text') = (nda_text_id IS NOT NULL)", name=op.f("ck_nda_text")),
        sa.CheckConstraint(
            "(kind = 'upload') = (attachment_id IS NOT NULL)", name=op.f("ck_nda_upload")
        ),
        sa.CheckConstraint(
            "(state = 'in_force') = (in_force_at IS NOT NULL)", name=op.f("ck_nda_in_force")
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_nda_attachment_id")
        ),
        sa.ForeignKeyConstraint(["closed_by_id"], ["user.id"], name=op.f("fk_nda_closed_by_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name=op.f("fk_nda_created_by_id")),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_nda_match_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["nda_text_id"], ["nda_text.id"], name=op.f("fk_nda_nda_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nda")),
    )
    op.create_index(op.f("ix_nda_attachment_id"), "nda", ["attachment_id"], unique=False)
    op.create_index(op.f("ix_nda_match_id"), "nda", ["match_id"], unique=False)
    op.create_index(
        "uq_nda_proposed",
        "nda",
        ["match_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
        sqlite_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "case_file",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_case_file_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["case_message.id"],
            name=op.f("fk_case_file_message_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "attachment_id", name=op.f("pk_case_file")),
    )
    op.create_index(
        op.f("ix_case_file_attachment_id"), "case_file", ["attachment_id"], unique=False
    )
    op.create_table(
        "case_message_translation",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(text IS NULL) = (made_at IS NULL)", name=op.f("ck_case_message_translation_made")
        ),
        sa.CheckConstraint(
            "text IS NULL OR next_attempt_at IS NULL",
            name=op.f("ck_case_message_translation_made_once"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["case_message.id"],
            name=op.f("fk_case_message_translation_message_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "language", name=op.f("pk_case_message_translation")),
    )
    op.create_index(
        op.f("ix_case_message_translation_next_attempt_at"),
        "case_message_translation",
        ["next_attempt_at"],
        unique=False,
    )
    op.create_table(
        "case_reading",
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("last_message_id", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["last_message_id"],
            ["case_message.id"],
            name=op.f("fk_case_reading_last_message_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_case_reading_match_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_case_reading_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("match_id", "user_id", name=op.f("pk_case_reading")),
    )
    op.create_index(
        op.f("ix_case_reading_last_message_id"), "case_reading", ["last_message_id"], unique=False
    )
    op.create_index(op.f("ix_case_reading_user_id"), "case_reading", ["user_id"], unique=False)
    op.create_table(
        "meeting_acceptance",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "offer", "need", name="side", native_enum=False, create_constraint=True, length=48
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_meeting_acceptance_by_id")),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["meeting.id"],
            name=op.f("fk_meeting_acceptance_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("meeting_id", "side", name=op.f("pk_meeting_acceptance")),
    )
    op.create_table(
        "meeting_time",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["meeting.id"],
            name=op.f("fk_meeting_time_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("meeting_id", "starts_at", name=op.f("pk_meeting_time")),
    )
    op.create_table(
        "nda_acceptance",
        sa.Column("nda_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "offer", "need", name="side", native_enum=False, create_constraint=True, length=48
            ),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_name", sa.String(length=300), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("trim(name) <> ''", name=op.f("ck_nda_acceptance_name_not_blank")),
        sa.ForeignKeyConstraint(
            ["nda_id"], ["nda.id"], name=op.f("fk_nda_acceptance_nda_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_nda_acceptance_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_nda_acceptance_user_id")),
        sa.PrimaryKeyConstraint("nda_id", "side", name=op.f("pk_nda_acceptance")),
    )


def downgrade() -> None:
    op.drop_table("nda_acceptance")
    op.drop_table("meeting_time")
    op.drop_table("meeting_acceptance")
    op.drop_index(op.f("ix_case_reading_user_id"), table_name="case_reading")
    op.drop_index(op.f("ix_case_reading_last_message_id"), table_name="case_reading")
    op.drop_table("case_reading")
    op.drop_index(
        op.f("ix_case_message_translation_next_attempt_at"), table_name="case_message_translation"
    )
    op.drop_table("case_message_translation")
    op.drop_index(op.f("ix_case_file_attachment_id"), table_name="case_file")
    op.drop_table("case_file")
    op.drop_index(
        "uq_nda_proposed",
        table_name="nda",
        postgresql_where=sa.text("state = 'proposed'"),
        sqlite_where=sa.text("state = 'proposed'"),
    )
    op.drop_index(op.f("ix_nda_match_id"), table_name="nda")
    op.drop_index(op.f("ix_nda_attachment_id"), table_name="nda")
    op.drop_table("nda")
    op.drop_index(op.f("ix_meeting_match_id"), table_name="meeting")
    op.drop_table("meeting")
    op.drop_index(op.f("ix_case_message_match_id"), table_name="case_message")
    op.drop_index(op.f("ix_case_message_author_id"), table_name="case_message")
    op.drop_table("case_message")
    op.drop_table("nda_text_body")
    op.drop_table("nda_text")
