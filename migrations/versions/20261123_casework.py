"""Each centre's assignee and due date of a match, expressions of interest, ends of delegations."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_casework"
down_revision = "20261123_glossary"
branch_labels = None
depends_on = None

_MATCH = sa.table(
    "match",
    *(
        sa.column(name)
        for name in (
            "offer_centre_id", "need_centre_id", "offer_assignee_id", "need_assignee_id",
            "offer_due_on", "need_due_on",
        )
    ),
)  # fmt: skip
_APPOINTMENT = sa.table("appointment", sa.column("user_id"), sa.column("centre_id"))


def upgrade() -> None:
    op.add_column(
        "centre_delegation", sa.Column("until", sa.DateTime(timezone=True), nullable=True)
    )
    _split_by_side()
    op.create_table(
        "interest",
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "offer", "need", name="side", native_enum=False, create_constraint=True, length=48
            ),
            nullable=False,
        ),
        sa.Column("what_cooperation", sa.Text(), nullable=False),
        sa.Column("what_is_missing", sa.Text(), nullable=False),
        sa.Column("about_you", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "trim(what_cooperation) <> ''", name=op.f("ck_interest_what_cooperation_not_blank")
        ),
        sa.CheckConstraint("trim(about_you) <> ''", name=op.f("ck_interest_about_you_not_blank")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_interest_by_id")),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_interest_match_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("match_id", "side", name=op.f("pk_interest")),
    )


def _split_by_side() -> None:
    """The assignee of a match becomes the one of the side whose centre the person works for."""
    op.drop_index(op.f("ix_match_assigned_to_id"), table_name="match")
    op.execute('ALTER TABLE "match" RENAME COLUMN assigned_to_id TO offer_assignee_id')
    op.execute('ALTER TABLE "match" RENAME COLUMN due_on TO offer_due_on')
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            'ALTER TABLE "match" RENAME CONSTRAINT fk_match_assigned_to_id'
            " TO fk_match_offer_assignee_id"
        )
    op.add_column(
        "match",
        sa.Column(
            "need_assignee_id",
            sa.Integer(),
            sa.ForeignKey("user.id", name=op.f("fk_match_need_assignee_id")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column("match", sa.Column("need_due_on", sa.Date(), nullable=True))
    for side in ("offer", "need"):
        op.create_index(op.f(f"ix_match_{side}_assignee_id"), "match", [f"{side}_assignee_id"])
    match = _MATCH.c
    op.execute(
        _MATCH.update()
        .where(_works_for(match.need_centre_id))
        .values(need_assignee_id=match.offer_assignee_id, need_due_on=match.offer_due_on)
    )
    op.execute(
        _MATCH.update()
        .where(match.need_assignee_id.is_not(None), ~_works_for(match.offer_centre_id))
        .values(offer_assignee_id=None, offer_due_on=None)
    )


def _works_for(centre: sa.ColumnClause) -> sa.ColumnElement:
    return sa.exists().where(
        _APPOINTMENT.c.user_id == _MATCH.c.offer_assignee_id, _APPOINTMENT.c.centre_id == centre
    )


def downgrade() -> None:
    op.drop_table("interest")
    for side in ("offer", "need"):
        op.drop_index(op.f(f"ix_match_{side}_assignee_id"), table_name="match")
    op.drop_column("match", "need_due_on")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            'ALTER TABLE "match" RENAME CONSTRAINT fk_match_offer_assignee_id'
            " TO fk_match_assigned_to_id"
        )
    op.drop_column("match", "need_assignee_id")
    op.execute('ALTER TABLE "match" RENAME COLUMN offer_due_on TO due_on')
    op.execute('ALTER TABLE "match" RENAME COLUMN offer_assignee_id TO assigned_to_id')
    op.create_index(op.f("ix_match_assigned_to_id"), "match", ["assigned_to_id"])
    op.drop_column("centre_delegation", "until")
