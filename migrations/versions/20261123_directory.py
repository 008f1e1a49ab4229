"""The directory of services, landing paths, and catalogues of controlled technology.

The bare list of what kinds of services an organisation has gives way to services with their own
texts and pages; nothing was ever shown of that list.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_directory"
down_revision = "20261123_phrases_due"
branch_labels = None
depends_on = None

_NUMBERS = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def upgrade() -> None:
    op.drop_table("organisation_service")
    op.add_column("export_check", sa.Column("entries", _NUMBERS, nullable=True))
    op.add_column(
        "export_clearance", sa.Column("catalogue_version", sa.String(length=64), nullable=True)
    )
    op.add_column("export_clearance", sa.Column("entries", _NUMBERS, nullable=True))
    op.create_table(
        "export_catalogue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "trim(version) <> ''", name=op.f("ck_export_catalogue_version_not_blank")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_export_catalogue_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_catalogue")),
        sa.UniqueConstraint("country", "version", name=op.f("uq_export_catalogue_country_version")),
    )
    op.create_index(
        "uq_export_catalogue_in_force",
        "export_catalogue",
        ["country"],
        unique=True,
        postgresql_where=sa.text("in_force"),
        sqlite_where=sa.text("in_force"),
    )
    op.create_table(
        "export_catalogue_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("catalogue_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=False),
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
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "control_class <> 'not_checked'", name=op.f("ck_export_catalogue_entry_has_class")
        ),
        sa.CheckConstraint(
            "trim(name) <> ''", name=op.f("ck_export_catalogue_entry_name_not_blank")
        ),
        sa.CheckConstraint(
            "trim(number) <> ''", name=op.f("ck_export_catalogue_entry_number_not_blank")
        ),
        sa.ForeignKeyConstraint(
            ["catalogue_id"],
            ["export_catalogue.id"],
            name=op.f("fk_export_catalogue_entry_catalogue_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_catalogue_entry")),
        sa.UniqueConstraint(
            "catalogue_id",
            "number",
            "language",
            name=op.f("uq_export_catalogue_entry_catalogue_id_number_language"),
        ),
    )
    op.create_table(
        "organisation_service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
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
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("original_language", sa.String(length=16), nullable=False),
        sa.Column(
            "stage_from",
            sa.Enum(
                "concept",
                "under_development",
                "lab_tested",
                "available_for_demonstration",
                "on_the_market",
                name="stage_from",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column(
            "stage_to",
            sa.Enum(
                "concept",
                "under_development",
                "lab_tested",
                "available_for_demonstration",
                "on_the_market",
                name="stage_to",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_service_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_service")),
        sa.UniqueConstraint("reference", name=op.f("uq_organisation_service_reference")),
    )
    op.create_index(
        op.f("ix_organisation_service_kind"), "organisation_service", ["kind"], unique=False
    )
    op.create_index(
        op.f("ix_organisation_service_organisation_id"),
        "organisation_service",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "organisation_service_language",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["organisation_service.id"],
            name=op.f("fk_organisation_service_language_service_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "service_id", "language", name=op.f("pk_organisation_service_language")
        ),
    )
    op.create_table(
        "organisation_service_place",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["organisation_service.id"],
            name=op.f("fk_organisation_service_place_service_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_id", "place", name=op.f("pk_organisation_service_place")),
    )
    op.create_table(
        "organisation_service_sector",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("sector_code", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["sector_code"],
            ["sector.code"],
            name=op.f("fk_organisation_service_sector_sector_code"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["organisation_service.id"],
            name=op.f("fk_organisation_service_sector_service_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "service_id", "sector_code", name=op.f("pk_organisation_service_sector")
        ),
    )
    op.create_table(
        "organisation_service_text",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "trim(title) <> ''", name=op.f("ck_organisation_service_text_title_not_blank")
        ),
        sa.CheckConstraint(
            "length(description) <= 2000",
            name=op.f("ck_organisation_service_text_description_length"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["organisation_service.id"],
            name=op.f("fk_organisation_service_text_service_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "service_id", "language", name=op.f("pk_organisation_service_text")
        ),
    )
    op.create_table(
        "export_evidence",
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.Integer(), nullable=True),
        sa.Column("match_id", sa.Integer(), nullable=True),
        sa.Column(
            "side",
            sa.Enum(
                "offer", "need", name="side", native_enum=False, create_constraint=True, length=48
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(check_id IS NULL) <> (match_id IS NULL) AND (match_id IS NULL) = (side IS NULL)",
            name=op.f("ck_export_evidence_check_or_side"),
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_export_evidence_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["check_id"],
            ["export_check.id"],
            name=op.f("fk_export_evidence_check_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_export_evidence_match_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_export_evidence")),
    )
    op.create_index(
        op.f("ix_export_evidence_check_id"), "export_evidence", ["check_id"], unique=False
    )
    op.create_index(
        op.f("ix_export_evidence_match_id"), "export_evidence", ["match_id"], unique=False
    )
    op.create_table(
        "landing_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "rd_centre",
                "pilot_platform",
                "transfer_belt",
                "demonstration_zone",
                "maker_space",
                "incubator",
                "accelerator",
                "park",
                "service",
                "investor",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("attached_by_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attached_by_id"], ["user.id"], name=op.f("fk_landing_step_attached_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_landing_step_match_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["organisation_service.id"],
            name=op.f("fk_landing_step_service_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_landing_step")),
        sa.UniqueConstraint(
            "match_id", "service_id", name=op.f("uq_landing_step_match_id_service_id")
        ),
    )
    op.create_index(
        op.f("ix_landing_step_service_id"), "landing_step", ["service_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_landing_step_service_id"), table_name="landing_step")
    op.drop_table("landing_step")
    op.drop_index(op.f("ix_export_evidence_match_id"), table_name="export_evidence")
    op.drop_index(op.f("ix_export_evidence_check_id"), table_name="export_evidence")
    op.drop_table("export_evidence")
    op.drop_table("organisation_service_text")
    op.drop_table("organisation_service_sector")
    op.drop_table("organisation_service_place")
    op.drop_table("organisation_service_language")
    op.drop_index(
        op.f("ix_organisation_service_organisation_id"), table_name="organisation_service"
    )
    op.drop_index(op.f("ix_organisation_service_kind"), table_name="organisation_service")
    op.drop_table("organisation_service")
    op.drop_table("export_catalogue_entry")
    op.drop_index(
        "uq_export_catalogue_in_force",
        table_name="export_catalogue",
        postgresql_where=sa.text("in_force"),
        sqlite_where=sa.text("in_force"),
    )
    op.drop_table("export_catalogue")
    op.drop_column("export_clearance", "entries")
    op.drop_column("export_clearance", "catalogue_version")
    op.drop_column("export_check", "entries")
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
