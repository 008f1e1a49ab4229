"""Notifications, preferences, saved searches and bounces; a key for signed links in mails."""

import secrets

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_notifications"
down_revision = "20261123_directory"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _kind() -> sa.Enum:
    return sa.Enum(
        "listing_moderated",
        "listing_expiring",
        "party_asked",
        "party_answered",
        "introduced",
        "new_message",
        "agreement",
        "meeting",
        "reminder",
        "follow_up",
        "membership",
        "saved_search",
        "match_to_review",
        "match_decided",
        "translation_asked",
        "centre_work",
        name="kind",
        native_enum=False,
        create_constraint=True,
        length=48,
    )


def _frequency() -> sa.Enum:
    return sa.Enum(
        "off",
        "immediate",
        "daily",
        "weekly",
        name="frequency",
        native_enum=False,
        create_constraint=True,
        length=48,
    )


def upgrade() -> None:
    _add_mail_keys()
    _make_notifications()
    _make_saved_searches()
    _make_bounces()


def _add_mail_keys() -> None:
    op.add_column(
        "user", sa.Column("mail_key", sa.String(length=32), server_default="unset", nullable=False)
    )
    connection = op.get_bind()
    user = sa.table("user", sa.column("id"), sa.column("mail_key"))
    for (user_id,) in connection.execute(sa.select(user.c.id)).all():
        connection.execute(
            user.update().where(user.c.id == user_id).values(mail_key=secrets.token_hex(16))
        )
    op.create_index(op.f("ix_user_mail_key"), "user", ["mail_key"], unique=True)


def _make_notifications() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", _kind(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("data", _JSON, nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("dedupe_key", sa.String(length=160), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frequency", _frequency(), nullable=False),
        sa.Column("mail_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_notification_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_notification_dedupe_key")),
        sa.UniqueConstraint("token", name=op.f("uq_notification_token")),
    )
    op.create_index("ix_notification_user_id_at", "notification", ["user_id", "at"])
    op.create_index(
        "ix_notification_unread",
        "notification",
        ["user_id"],
        postgresql_where=sa.text("read_at IS NULL"),
        sqlite_where=sa.text("read_at IS NULL"),
    )
    op.create_index(op.f("ix_notification_mail_due_at"), "notification", ["mail_due_at"])
    op.create_table(
        "notification_preference",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", _kind(), nullable=False),
        sa.Column("frequency", _frequency(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user.id"],
            name=op.f("fk_notification_preference_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_notification_preference")),
    )


def _make_saved_searches() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("question", sa.String(length=300), nullable=False),
        sa.Column("filters", _JSON, nullable=False),
        sa.Column("frequency", _frequency(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("index_version", sa.String(length=64), nullable=True),
        sa.CheckConstraint("trim(name) <> ''", name=op.f("ck_saved_search_name_not_blank")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_saved_search_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("reference", name=op.f("uq_saved_search_reference")),
    )
    op.create_index(op.f("ix_saved_search_checked_at"), "saved_search", ["checked_at"])
    op.create_index(op.f("ix_saved_search_user_id"), "saved_search", ["user_id"])
    op.create_table(
        "saved_search_listing",
        sa.Column("saved_search_id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"],
            ["listing.id"],
            name=op.f("fk_saved_search_listing_listing_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["saved_search_id"],
            ["saved_search.id"],
            name=op.f("fk_saved_search_listing_saved_search_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "saved_search_id", "listing_id", name=op.f("pk_saved_search_listing")
        ),
    )
    op.create_index(
        op.f("ix_saved_search_listing_listing_id"), "saved_search_listing", ["listing_id"]
    )


def _make_bounces() -> None:
    op.create_table(
        "mail_bounce",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=160), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column(
            "code",
            sa.Enum(
                "permanent",
                "temporary",
                name="code",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["mail_id"],
            ["outgoing_mail.id"],
            name=op.f("fk_mail_bounce_mail_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_mail_bounce_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_bounce")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_mail_bounce_dedupe_key")),
    )
    op.create_index(op.f("ix_mail_bounce_address_hash"), "mail_bounce", ["address_hash"])


def downgrade() -> None:
    op.drop_table("mail_bounce")
    op.drop_table("saved_search_listing")
    op.drop_table("saved_search")
    op.drop_table("notification_preference")
    op.drop_table("notification")
    op.drop_index(op.f("ix_user_mail_key"), table_name="user")
    op.drop_column("user", "mail_key")
