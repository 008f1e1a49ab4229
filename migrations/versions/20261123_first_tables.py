"""The first tables: people, organisations, listings, matches, mails and the audit trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_first_tables"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "centre",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("head_office", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centre")),
        sa.UniqueConstraint("code", name=op.f("uq_centre_code")),
    )
    op.create_index(
        "uq_centre_head_office",
        "centre",
        ["head_office"],
        unique=True,
        postgresql_where=sa.text("head_office"),
        sqlite_where=sa.text("head_office"),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=48), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=True),
        sa.Column("permissions", sa.UnicodeText(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
    )
    op.create_table(
        "sector",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("parent_code", sa.String(length=64), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["sector.code"], name=op.f("fk_sector_parent_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_sector")),
    )
    op.create_index(op.f("ix_sector_parent_code"), "sector", ["parent_code"], unique=False)
    op.create_table(
        "site_setting",
        sa.Column("key", sa.String(length=48), nullable=False),
        sa.Column(
            "value", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_site_setting")),
    )
    op.create_table(
        "text_encoding",
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("model_version", sa.String(length=32), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "text_hash", "model", "model_version", name=op.f("pk_text_encoding")
        ),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.CheckConstraint("trim(name) <> ''", name=op.f("ck_user_name_not_blank")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_user_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_user_fs_uniquifier")),
    )
    op.create_table(
        "appointment",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "staff", "lead", name="role", native_enum=False, create_constraint=True, length=48
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_appointment_centre_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_appointment_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "centre_id", name=op.f("pk_appointment")),
    )
    op.create_index(op.f("ix_appointment_centre_id"), "appointment", ["centre_id"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("content_type", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_attachment_size")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["user.id"], name=op.f("fk_attachment_uploaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("token", name=op.f("uq_attachment_token")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject_type", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user.id"], name=op.f("fk_audit_entry_actor_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"], unique=False)
    op.create_index(
        "ix_audit_entry_subject", "audit_entry", ["subject_type", "subject_id"], unique=False
    )
    op.create_table(
        "centre_coverage",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("province", sa.String(length=8), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["centre_id"],
            ["centre.id"],
            name=op.f("fk_centre_coverage_centre_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("country", "province", name=op.f("pk_centre_coverage")),
    )
    op.create_index(
        op.f("ix_centre_coverage_centre_id"), "centre_coverage", ["centre_id"], unique=False
    )
    op.create_table(
        "centre_delegation",
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "centre_id <> delegate_id", name=op.f("ck_centre_delegation_not_itself")
        ),
        sa.ForeignKeyConstraint(
            ["centre_id"],
            ["centre.id"],
            name=op.f("fk_centre_delegation_centre_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id"],
            ["centre.id"],
            name=op.f("fk_centre_delegation_delegate_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("centre_id", "delegate_id", name=op.f("pk_centre_delegation")),
    )
    op.create_table(
        "centre_language",
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["centre_id"],
            ["centre.id"],
            name=op.f("fk_centre_language_centre_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("centre_id", "language", name=op.f("pk_centre_language")),
    )
    op.create_table(
        "centre_name",
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.CheckConstraint("trim(name) <> ''", name=op.f("ck_centre_name_name_not_blank")),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_centre_name_centre_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("centre_id", "language", name=op.f("pk_centre_name")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column(
            "organisation_type",
            sa.Enum(
                "enterprise",
                "university",
                "research_institute",
                "government",
                "transfer_agency",
                "service_provider",
                "maker_space",
                "incubator",
                "accelerator",
                "park",
                "rd_centre",
                "pilot_platform",
                "transfer_belt",
                "demonstration_zone",
                "investor",
                "association",
                "individual",
                name="organisation_type",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column(
            "size",
            sa.Enum(
                "up_to_10",
                "from_11_to_49",
                "from_50_to_249",
                "large",
                "not_applicable",
                name="size",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("province", sa.String(length=8), nullable=True),
        sa.Column("city", sa.String(length=120), nullable=True),
        sa.Column("website", sa.String(length=500), nullable=True),
        sa.Column("original_language", sa.String(length=16), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("contact_name", sa.String(length=200), nullable=True),
        sa.Column("contact_email", sa.String(length=255), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "phone",
                "whatsapp",
                "wechat",
                "line",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column("channel_handle", sa.String(length=120), nullable=True),
        sa.Column("contact_language", sa.String(length=16), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent_by_id", sa.Integer(), nullable=True),
        sa.Column("consent_note", sa.String(length=500), nullable=True),
        sa.Column("claim_code_hash", sa.String(length=64), nullable=True),
        sa.Column("claim_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "phone IS NULL OR phone LIKE '+%'", name=op.f("ck_organisation_phone_is_e164")
        ),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_organisation_centre_id")
        ),
        sa.ForeignKeyConstraint(
            ["consent_by_id"], ["user.id"], name=op.f("fk_organisation_consent_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["user.id"], name=op.f("fk_organisation_verified_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("claim_code_hash", name=op.f("uq_organisation_claim_code_hash")),
        sa.UniqueConstraint("reference", name=op.f("uq_organisation_reference")),
    )
    op.create_index(op.f("ix_organisation_centre_id"), "organisation", ["centre_id"], unique=False)
    op.create_index(op.f("ix_organisation_country"), "organisation", ["country"], unique=False)
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=160), nullable=False),
        sa.Column("recipient", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gave_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_outgoing_mail_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outgoing_mail_dedupe_key")),
    )
    op.create_index(
        op.f("ix_outgoing_mail_next_attempt_at"), "outgoing_mail", ["next_attempt_at"], unique=False
    )
    op.create_table(
        "sector_ipc",
        sa.Column("sector_code", sa.String(length=64), nullable=False),
        sa.Column("ipc", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["sector_code"],
            ["sector.code"],
            name=op.f("fk_sector_ipc_sector_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sector_code", "ipc", name=op.f("pk_sector_ipc")),
    )
    op.create_table(
        "sector_name",
        sa.Column("sector_code", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.CheckConstraint("trim(name) <> ''", name=op.f("ck_sector_name_name_not_blank")),
        sa.ForeignKeyConstraint(
            ["sector_code"],
            ["sector.code"],
            name=op.f("fk_sector_name_sector_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sector_code", "language", name=op.f("pk_sector_name")),
    )
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["role.id"], name=op.f("fk_user_role_role_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_user_role_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_user_role")),
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("trust_language", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column(
            "report", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_import_batch_by_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_import_batch_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        sa.UniqueConstraint("token", name=op.f("uq_import_batch_token")),
    )
    op.create_index(
        op.f("ix_import_batch_organisation_id"), "import_batch", ["organisation_id"], unique=False
    )
    op.create_table(
        "listing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "offer",
                "demand",
                "scenario",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "changes_requested",
                "published",
                "on_hold",
                "rejected",
                "expired",
                "closed",
                "archived",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("own_number", sa.String(length=64), nullable=True),
        sa.Column("open_for_interest", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("renewal_notice_for", sa.Date(), nullable=True),
        sa.Column("indexed_hash", sa.String(length=64), nullable=True),
        sa.Column("matched_hash", sa.String(length=64), nullable=True),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state NOT IN ('published', 'on_hold') OR published_at IS NOT NULL",
            name=op.f("ck_listing_published_has_date"),
        ),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_listing_centre_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["user.id"], name=op.f("fk_listing_contact_id")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_listing_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_listing_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
        sa.UniqueConstraint(
            "organisation_id", "own_number", name=op.f("uq_listing_organisation_id_own_number")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_listing_reference")),
    )
    op.create_index(op.f("ix_listing_centre_id"), "listing", ["centre_id"], unique=False)
    op.create_index(
        op.f("ix_listing_organisation_id"), "listing", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_listing_state"), "listing", ["state"], unique=False)
    op.create_table(
        "membership",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "member", "owner", name="role", native_enum=False, create_constraint=True, length=48
            ),
            nullable=False,
        ),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_membership_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_membership_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "organisation_id", name=op.f("pk_membership")),
    )
    op.create_index(
        op.f("ix_membership_organisation_id"), "membership", ["organisation_id"], unique=False
    )
    op.create_table(
        "organisation_sector",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("sector_code", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_sector_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sector_code"], ["sector.code"], name=op.f("fk_organisation_sector_sector_code")
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "sector_code", name=op.f("pk_organisation_sector")
        ),
    )
    op.create_table(
        "organisation_service",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "service",
            sa.Enum(
                "piloting",
                "testing",
                "incubation",
                "finance",
                "ip_agency",
                "valuation",
                "legal",
                "translation",
                "brokerage",
                "training",
                name="service",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_service_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "service", name=op.f("pk_organisation_service")),
    )
    op.create_table(
        "organisation_text",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.CheckConstraint("trim(name) <> ''", name=op.f("ck_organisation_text_name_not_blank")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_text_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "language", name=op.f("pk_organisation_text")),
    )
    op.create_table(
        "export_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column(
            "control_class",
            sa.Enum(
                "not_checked",
                "free",
                "restricted",
                "prohibited",
                "dual_use",
                name="control_class",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("catalogue_version", sa.String(length=64), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_export_check_by_id")),
        sa.ForeignKeyConstraint(
            ["listing_id"],
            ["listing.id"],
            name=op.f("fk_export_check_listing_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_check")),
    )
    op.create_index(
        op.f("ix_export_check_listing_id"), "export_check", ["listing_id"], unique=False
    )
    op.create_table(
        "listing_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "working",
                "submitted",
                "changes_requested",
                "published",
                "superseded",
                "discarded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("original_language", sa.String(length=16), nullable=False),
        sa.Column(
            "stage_of_development",
            sa.Enum(
                "concept",
                "under_development",
                "lab_tested",
                "available_for_demonstration",
                "on_the_market",
                name="stage_of_development",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column("trl", sa.Integer(), nullable=True),
        sa.Column(
            "ipr_status",
            sa.Enum(
                "not_applied",
                "secret_know_how",
                "applied",
                "granted",
                name="ipr_status",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column(
            "price_type",
            sa.Enum(
                "indicative",
                "floor",
                "firm",
                "negotiable",
                name="price_type",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column("price_min", sa.BigInteger(), nullable=True),
        sa.Column("price_max", sa.BigInteger(), nullable=True),
        sa.Column("budget_min", sa.BigInteger(), nullable=True),
        sa.Column("budget_max", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("needed_by", sa.Date(), nullable=True),
        sa.Column("site", sa.String(length=300), nullable=True),
        sa.Column("video_url", sa.String(length=500), nullable=True),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column(
            "confidential_after",
            sa.Enum(
                "introduction",
                "nda",
                name="confidential_after",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("wished_valid_until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_original", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(price_min IS NULL AND price_max IS NULL AND budget_min IS NULL AND budget_max IS NULL) OR currency IS NOT NULL",
            name=op.f("ck_listing_revision_amount_has_currency"),
        ),
        sa.CheckConstraint(
            "budget_min >= 0 AND budget_min <= budget_max",
            name=op.f("ck_listing_revision_budget_order"),
        ),
        sa.CheckConstraint(
            "price_min >= 0 AND price_min <= price_max",
            name=op.f("ck_listing_revision_price_order"),
        ),
        sa.CheckConstraint("trl BETWEEN 1 AND 9", name=op.f("ck_listing_revision_trl")),
        sa.ForeignKeyConstraint(
            ["listing_id"],
            ["listing.id"],
            name=op.f("fk_listing_revision_listing_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_revision")),
        sa.UniqueConstraint(
            "listing_id", "number", name=op.f("uq_listing_revision_listing_id_number")
        ),
    )
    op.create_index(
        op.f("ix_listing_revision_fingerprint"), "listing_revision", ["fingerprint"], unique=False
    )
    op.create_index(
        op.f("ix_listing_revision_listing_id"), "listing_revision", ["listing_id"], unique=False
    )
    op.create_index(
        "uq_listing_revision_open",
        "listing_revision",
        ["listing_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('working', 'submitted', 'changes_requested')"),
        sqlite_where=sa.text("state IN ('working', 'submitted', 'changes_requested')"),
    )
    op.create_index(
        "uq_listing_revision_published",
        "listing_revision",
        ["listing_id"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
        sqlite_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "change_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=48), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rejection", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_change_request_by_id")),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["listing_revision.id"],
            name=op.f("fk_change_request_revision_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_request")),
    )
    op.create_index(
        op.f("ix_change_request_revision_id"), "change_request", ["revision_id"], unique=False
    )
    op.create_table(
        "listing_code",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column(
            "field",
            sa.Enum(
                "sector",
                "ipc_code",
                "keyword",
                "partnership_type",
                "transfer_mode",
                "partner_type",
                "partner_size",
                "target_country",
                "ip_type",
                "sdg",
                "technology_area",
                name="field",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["listing_revision.id"],
            name=op.f("fk_listing_code_revision_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("revision_id", "field", "value", name=op.f("pk_listing_code")),
    )
    op.create_index("ix_listing_code_field_value", "listing_code", ["field", "value"], unique=False)
    op.create_table(
        "listing_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "original",
                "human",
                "machine",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("advantages_and_innovation", sa.Text(), nullable=False),
        sa.Column("technical_specification", sa.Text(), nullable=False),
        sa.Column("expected_role_of_partner", sa.Text(), nullable=False),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("efficacy", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("confidential_detail", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "length(advantages_and_innovation) <= 2000",
            name=op.f("ck_listing_text_advantages_and_innovation_length"),
        ),
        sa.CheckConstraint(
            "length(application) <= 1000", name=op.f("ck_listing_text_application_length")
        ),
        sa.CheckConstraint(
            "length(confidential_detail) <= 4000",
            name=op.f("ck_listing_text_confidential_detail_length"),
        ),
        sa.CheckConstraint(
            "length(description) <= 4000", name=op.f("ck_listing_text_description_length")
        ),
        sa.CheckConstraint(
            "length(efficacy) <= 1000", name=op.f("ck_listing_text_efficacy_length")
        ),
        sa.CheckConstraint(
            "length(expected_role_of_partner) <= 2000",
            name=op.f("ck_listing_text_expected_role_of_partner_length"),
        ),
        sa.CheckConstraint(
            "length(material) <= 1000", name=op.f("ck_listing_text_material_length")
        ),
        sa.CheckConstraint("length(method) <= 1000", name=op.f("ck_listing_text_method_length")),
        sa.CheckConstraint("length(product) <= 1000", name=op.f("ck_listing_text_product_length")),
        sa.CheckConstraint("length(summary) <= 500", name=op.f("ck_listing_text_summary_length")),
        sa.CheckConstraint(
            "length(technical_specification) <= 2000",
            name=op.f("ck_listing_text_technical_specification_length"),
        ),
        sa.CheckConstraint("length(title) <= 256", name=op.f("ck_listing_text_title_length")),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["listing_revision.id"],
            name=op.f("fk_listing_text_revision_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["user.id"], name=op.f("fk_listing_text_written_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_text")),
        sa.UniqueConstraint(
            "revision_id", "language", name=op.f("uq_listing_text_revision_id_language")
        ),
    )
    op.create_index(
        op.f("ix_listing_text_revision_id"), "listing_text", ["revision_id"], unique=False
    )
    op.create_table(
        "match",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "suggested",
                "interest",
                "manual",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "suggested",
                "under_review",
                "approved",
                "offered",
                "introduced",
                "in_discussion",
                "nda",
                "negotiating",
                "agreement",
                "outcome_confirmed",
                "rejected",
                "declined",
                "withdrawn",
                "no_reply",
                "lapsed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("offer_centre_id", sa.Integer(), nullable=False),
        sa.Column("need_centre_id", sa.Integer(), nullable=False),
        sa.Column("offer_revision_id", sa.Integer(), nullable=False),
        sa.Column("need_revision_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column(
            "band",
            sa.Enum(
                "strong",
                "possible",
                "weak",
                name="band",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column("index_version", sa.String(length=64), nullable=True),
        sa.Column(
            "reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("assigned_to_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("introduced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("offer_id <> need_id", name=op.f("ck_match_two_listings")),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_match_score")),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"], ["user.id"], name=op.f("fk_match_assigned_to_id")
        ),
        sa.ForeignKeyConstraint(
            ["need_centre_id"], ["centre.id"], name=op.f("fk_match_need_centre_id")
        ),
        sa.ForeignKeyConstraint(["need_id"], ["listing.id"], name=op.f("fk_match_need_id")),
        sa.ForeignKeyConstraint(
            ["need_revision_id"], ["listing_revision.id"], name=op.f("fk_match_need_revision_id")
        ),
        sa.ForeignKeyConstraint(
            ["offer_centre_id"], ["centre.id"], name=op.f("fk_match_offer_centre_id")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["listing.id"], name=op.f("fk_match_offer_id")),
        sa.ForeignKeyConstraint(
            ["offer_revision_id"], ["listing_revision.id"], name=op.f("fk_match_offer_revision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
        sa.UniqueConstraint("offer_id", "need_id", name=op.f("uq_match_offer_id_need_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_match_reference")),
    )
    op.create_index(op.f("ix_match_assigned_to_id"), "match", ["assigned_to_id"], unique=False)
    op.create_index(op.f("ix_match_need_centre_id"), "match", ["need_centre_id"], unique=False)
    op.create_index(op.f("ix_match_need_id"), "match", ["need_id"], unique=False)
    op.create_index(op.f("ix_match_offer_centre_id"), "match", ["offer_centre_id"], unique=False)
    op.create_index("ix_match_state_score", "match", ["state", "score"], unique=False)
    op.create_table(
        "public_listing",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "offer",
                "demand",
                "scenario",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("province", sa.String(length=8), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("original_language", sa.String(length=16), nullable=False),
        sa.Column(
            "stage_of_development",
            sa.Enum(
                "concept",
                "under_development",
                "lab_tested",
                "available_for_demonstration",
                "on_the_market",
                name="stage_of_development",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column("trl", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["listing_id"],
            ["listing.id"],
            name=op.f("fk_public_listing_listing_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_public_listing_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["listing_revision.id"],
            name=op.f("fk_public_listing_revision_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_public_listing")),
        sa.UniqueConstraint("reference", name=op.f("uq_public_listing_reference")),
    )
    op.create_index(op.f("ix_public_listing_country"), "public_listing", ["country"], unique=False)
    op.create_index(op.f("ix_public_listing_kind"), "public_listing", ["kind"], unique=False)
    op.create_index(
        op.f("ix_public_listing_organisation_id"),
        "public_listing",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_public_listing_published_at"), "public_listing", ["published_at"], unique=False
    )
    op.create_table(
        "revision_attachment",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=300), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_revision_attachment_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["listing_revision.id"],
            name=op.f("fk_revision_attachment_revision_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "revision_id", "attachment_id", name=op.f("pk_revision_attachment")
        ),
    )
    op.create_table(
        "translation_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_centre_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "wanted",
                "done",
                "dropped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_centre_id"],
            ["centre.id"],
            name=op.f("fk_translation_request_asked_by_centre_id"),
        ),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_translation_request_centre_id")
        ),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["user.id"], name=op.f("fk_translation_request_done_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["listing_revision.id"],
            name=op.f("fk_translation_request_revision_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation_request")),
    )
    op.create_index(
        op.f("ix_translation_request_centre_id"), "translation_request", ["centre_id"], unique=False
    )
    op.create_index(
        "uq_translation_request_open",
        "translation_request",
        ["revision_id", "language"],
        unique=True,
        postgresql_where=sa.text("state = 'wanted'"),
        sqlite_where=sa.text("state = 'wanted'"),
    )
    op.create_table(
        "export_clearance",
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "offer", "need", name="side", native_enum=False, create_constraint=True, length=48
            ),
            nullable=False,
        ),
        sa.Column(
            "control_class",
            sa.Enum(
                "not_checked",
                "free",
                "restricted",
                "prohibited",
                "dual_use",
                name="control_class",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column(
            "clearance",
            sa.Enum(
                "none",
                "licence_intent",
                "licensed",
                "registered",
                name="clearance",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_export_clearance_by_id")),
        sa.ForeignKeyConstraint(
            ["match_id"],
            ["match.id"],
            name=op.f("fk_export_clearance_match_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("match_id", "side", name=op.f("pk_export_clearance")),
    )
    op.create_table(
        "match_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_match_comment_by_id")),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_match_comment_centre_id")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_match_comment_match_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_comment")),
    )
    op.create_index(op.f("ix_match_comment_match_id"), "match_comment", ["match_id"], unique=False)
    op.create_table(
        "match_decision",
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "offer", "need", name="side", native_enum=False, create_constraint=True, length=48
            ),
            nullable=False,
        ),
        sa.Column(
            "verdict",
            sa.Enum(
                "approve",
                "reject",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "not_relevant",
                "wrong_sector",
                "stage_mismatch",
                "too_vague",
                "duplicate",
                "already_in_contact",
                "party_unsuitable",
                "export_control",
                "other",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("acting_for_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_in_original", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "reason <> 'other' OR note <> ''", name=op.f("ck_match_decision_other_has_note")
        ),
        sa.CheckConstraint(
            "verdict <> 'reject' OR reason IS NOT NULL",
            name=op.f("ck_match_decision_reject_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["acting_for_id"], ["centre.id"], name=op.f("fk_match_decision_acting_for_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_match_decision_by_id")),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_match_decision_centre_id")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_match_decision_match_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("match_id", "side", name=op.f("pk_match_decision")),
    )
    op.create_table(
        "outreach_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "changes",
                "rejection",
                "consent",
                "introduction",
                "question",
                "renewal",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "done",
                "dropped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=True),
        sa.Column("match_id", sa.Integer(), nullable=True),
        sa.Column("dedupe_key", sa.String(length=160), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_outreach_task_centre_id")
        ),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["user.id"], name=op.f("fk_outreach_task_done_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_outreach_task_listing_id")
        ),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_outreach_task_match_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_outreach_task_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach_task")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outreach_task_dedupe_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_outreach_task_reference")),
    )
    op.create_index(
        op.f("ix_outreach_task_centre_id"), "outreach_task", ["centre_id"], unique=False
    )
    op.create_index(
        op.f("ix_outreach_task_organisation_id"), "outreach_task", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_outreach_task_state"), "outreach_task", ["state"], unique=False)
    op.create_table(
        "party_answer",
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "offer", "need", name="side", native_enum=False, create_constraint=True, length=48
            ),
            nullable=False,
        ),
        sa.Column(
            "answer",
            sa.Enum(
                "yes", "no", name="answer", native_enum=False, create_constraint=True, length=48
            ),
            nullable=False,
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
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_by_staff", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "answer <> 'no' OR decline_reason IS NOT NULL",
            name=op.f("ck_party_answer_no_has_reason"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_party_answer_by_id")),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_party_answer_match_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("match_id", "side", name=op.f("pk_party_answer")),
    )
    op.create_table(
        "public_facet",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=24), nullable=False),
        sa.Column("value", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"],
            ["public_listing.listing_id"],
            name=op.f("fk_public_facet_listing_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("listing_id", "field", "value", name=op.f("pk_public_facet")),
    )
    op.create_index("ix_public_facet_field_value", "public_facet", ["field", "value"], unique=False)
    op.create_table(
        "public_text",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "original",
                "human",
                "machine",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"],
            ["public_listing.listing_id"],
            name=op.f("fk_public_text_listing_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("listing_id", "language", name=op.f("pk_public_text")),
    )


def downgrade() -> None:
    op.drop_table("public_text")
    op.drop_index("ix_public_facet_field_value", table_name="public_facet")
    op.drop_table("public_facet")
    op.drop_table("party_answer")
    op.drop_index(op.f("ix_outreach_task_state"), table_name="outreach_task")
    op.drop_index(op.f("ix_outreach_task_organisation_id"), table_name="outreach_task")
    op.drop_index(op.f("ix_outreach_task_centre_id"), table_name="outreach_task")
    op.drop_table("outreach_task")
    op.drop_table("match_decision")
    op.drop_index(op.f("ix_match_comment_match_id"), table_name="match_comment")
    op.drop_table("match_comment")
    op.drop_table("export_clearance")
    op.drop_index(
        "uq_translation_request_open",
        table_name="translation_request",
        postgresql_where=sa.text("state = 'wanted'"),
        sqlite_where=sa.text("state = 'wanted'"),
    )
    op.drop_index(op.f("ix_translation_request_centre_id"), table_name="translation_request")
    op.drop_table("translation_request")
    op.drop_table("revision_attachment")
    op.drop_index(op.f("ix_public_listing_published_at"), table_name="public_listing")
    op.drop_index(op.f("ix_public_listing_organisation_id"), table_name="public_listing")
    op.drop_index(op.f("ix_public_listing_kind"), table_name="public_listing")
    op.drop_index(op.f("ix_public_listing_country"), table_name="public_listing")
    op.drop_table("public_listing")
    op.drop_index("ix_match_state_score", table_name="match")
    op.drop_index(op.f("ix_match_offer_centre_id"), table_name="match")
    op.drop_index(op.f("ix_match_need_id"), table_name="match")
    op.drop_index(op.f("ix_match_need_centre_id"), table_name="match")
    op.drop_index(op.f("ix_match_assigned_to_id"), table_name="match")
    op.drop_table("match")
    op.drop_index(op.f("ix_listing_text_revision_id"), table_name="listing_text")
    op.drop_table("listing_text")
    op.drop_index("ix_listing_code_field_value", table_name="listing_code")
    op.drop_table("listing_code")
    op.drop_index(op.f("ix_change_request_revision_id"), table_name="change_request")
    op.drop_table("change_request")
    op.drop_index(
        "uq_listing_revision_published",
        table_name="listing_revision",
        postgresql_where=sa.text("state = 'published'"),
        sqlite_where=sa.text("state = 'published'"),
    )
    op.drop_index(
        "uq_listing_revision_open",
        table_name="listing_revision",
        postgresql_where=sa.text("state IN ('working', 'submitted', 'changes_requested')"),
        sqlite_where=sa.text("state IN ('working', 'submitted', 'changes_requested')"),
    )
    op.drop_index(op.f("ix_listing_revision_listing_id"), table_name="listing_revision")
    op.drop_index(op.f("ix_listing_revision_fingerprint"), table_name="listing_revision")
    op.drop_table("listing_revision")
    op.drop_index(op.f("ix_export_check_listing_id"), table_name="export_check")
    op.drop_table("export_check")
    op.drop_table("organisation_text")
    op.drop_table("organisation_service")
    op.drop_table("organisation_sector")
    op.drop_index(op.f("ix_membership_organisation_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index(op.f("ix_listing_state"), table_name="listing")
    op.drop_index(op.f("ix_listing_organisation_id"), table_name="listing")
    op.drop_index(op.f("ix_listing_centre_id"), table_name="listing")
    op.drop_table("listing")
    op.drop_index(op.f("ix_import_batch_organisation_id"), table_name="import_batch")
    op.drop_table("import_batch")
    op.drop_table("user_role")
    op.drop_table("sector_name")
    op.drop_table("sector_ipc")
    op.drop_index(op.f("ix_outgoing_mail_next_attempt_at"), table_name="outgoing_mail")
    op.drop_table("outgoing_mail")
    op.drop_index(op.f("ix_organisation_country"), table_name="organisation")
    op.drop_index(op.f("ix_organisation_centre_id"), table_name="organisation")
    op.drop_table("organisation")
    op.drop_table("centre_name")
    op.drop_table("centre_language")
    op.drop_table("centre_delegation")
    op.drop_index(op.f("ix_centre_coverage_centre_id"), table_name="centre_coverage")
    op.drop_table("centre_coverage")
    op.drop_index("ix_audit_entry_subject", table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_at"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_table("attachment")
    op.drop_index(op.f("ix_appointment_centre_id"), table_name="appointment")
    op.drop_table("appointment")
    op.drop_table("user")
    op.drop_table("text_encoding")
    op.drop_table("site_setting")
    op.drop_index(op.f("ix_sector_parent_code"), table_name="sector")
    op.drop_table("sector")
    op.drop_table("role")
    op.drop_index(
        "uq_centre_head_office",
        table_name="centre",
        postgresql_where=sa.text("head_office"),
        sqlite_where=sa.text("head_office"),
    )
    op.drop_table("centre")
