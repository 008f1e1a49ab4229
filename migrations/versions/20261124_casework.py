"""The text of an export check, licences, reports and closed agreements, who confirmed an NDA."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261124_casework"
down_revision = "20261123_outcomes"
branch_labels = None
depends_on = None

_SIDE = ("offer", "need")
_TYPES = ("development", "transfer", "licence", "consulting", "service")
_CLOSINGS = ("recorded", "refused", "stepped_back", "ended")
_COLUMNS = (
    "id", "match_id", "contract_type", "contract_value", "transaction_value", "currency",
    "registration_number", "signed_on", "jobs", "note", "proposed_side", "proposed_by_id",
    "proposed_at", "recorded_by_id", "recorded_centre_id", "recorded_at", "confirmed_by_id",
    "confirmed_centre_id", "confirmed_at", "lock_version",
)  # fmt: skip
_NEW_COLUMNS = (*_COLUMNS, "closed_at", "closing")
_TALKS = ("introduced", "in_discussion", "nda", "negotiating")
_GOING_ON = (*_TALKS, "agreement", "outcome_confirmed")


def _table(name: str, columns: tuple[str, ...]) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))


_OUTCOME = _table("outcome", _NEW_COLUMNS)
_EVIDENCE = _table("outcome_evidence", ("outcome_id", "attachment_id", "side", "position"))
_MATCH = _table("match", ("id", "state", "state_changed_at", "offer_centre_id", "need_centre_id"))
_APPOINTMENT = _table("appointment", ("user_id", "centre_id"))
_NDA = _table(
    "nda",
    ("match_id", "kind", "state", "side", "created_by_id", "offer_confirmed_by_id",
     "need_confirmed_by_id"),
)  # fmt: skip
_OPEN = sa.text("closed_at IS NULL AND recorded_at IS NOT NULL")
_REPORT = sa.text("closed_at IS NULL AND recorded_at IS NULL")


def upgrade() -> None:
    for table in ("export_check", "export_clearance"):
        op.add_column(
            table,
            sa.Column(
                "revision_id",
                sa.Integer(),
                sa.ForeignKey("listing_revision.id", name=op.f(f"fk_{table}_revision_id")),
                nullable=True,
            ),
            inline_references=True,
        )
    op.add_column("export_clearance", sa.Column("number", sa.String(length=64), nullable=True))
    op.add_column("export_clearance", sa.Column("valid_until", sa.Date(), nullable=True))
    _tie_to_texts()
    for side in _SIDE:
        name = f"{side}_confirmed_by_id"
        op.add_column(
            "nda",
            sa.Column(
                name,
                sa.Integer(),
                sa.ForeignKey("user.id", name=op.f(f"fk_nda_{name}")),
                nullable=True,
            ),
            inline_references=True,
        )
    _stand_behind_uploads()
    _remake_outcomes(closable=True)
    _close_what_fell_through()


def _stand_behind_uploads() -> None:
    """A party stands for its side, staff for those of their centres. A file that waits and for
    which nobody stood as one of these is uploaded anew."""
    nda = _NDA.c
    for side in _SIDE:
        of_centre = sa.exists().where(
            _MATCH.c.id == nda.match_id,
            _APPOINTMENT.c.centre_id == _MATCH.c[f"{side}_centre_id"],
            _APPOINTMENT.c.user_id == nda.created_by_id,
        )
        stands = (nda.side == side) | (nda.state == "in_force") | (nda.side.is_(None) & of_centre)
        op.execute(
            _NDA.update()
            .where(nda.kind == "upload", stands)
            .values({f"{side}_confirmed_by_id": nda.created_by_id})
        )
    op.execute(
        _NDA.update()
        .where(nda.kind == "upload", nda.state == "proposed")
        .where(nda.offer_confirmed_by_id.is_(None), nda.need_confirmed_by_id.is_(None))
        .values(state="replaced")
    )


def _tie_to_texts() -> None:
    """So far a check held for whatever was published: it is about that text, else the newest."""
    op.execute(
        "UPDATE export_check SET revision_id = coalesce("
        "(SELECT max(id) FROM listing_revision"
        " WHERE listing_id = export_check.listing_id AND state = 'published'),"
        "(SELECT max(id) FROM listing_revision WHERE listing_id = export_check.listing_id))"
    )
    op.execute(
        "UPDATE export_clearance SET revision_id = coalesce("
        "(SELECT max(listing_revision.id) FROM listing_revision"
        ' JOIN "match" ON "match".offer_id = listing_revision.listing_id'
        ' WHERE "match".id = export_clearance.match_id'
        " AND listing_revision.state = 'published'),"
        '(SELECT offer_revision_id FROM "match" WHERE "match".id = export_clearance.match_id))'
    )


def _close_what_fell_through() -> None:
    """An agreement counts in two states; a report waits while talks go on."""
    of_match = _MATCH.c.id == _OUTCOME.c.match_id
    state = sa.select(_MATCH.c.state).where(of_match).scalar_subquery()
    changed = sa.select(_MATCH.c.state_changed_at).where(of_match).scalar_subquery()
    recorded, closed_at = _OUTCOME.c.recorded_at.is_not(None), _OUTCOME.c.closed_at
    over = ((recorded & state.in_(_TALKS), "stepped_back"), (state.not_in(_GOING_ON), "ended"))
    for condition, closing in over:
        op.execute(
            _OUTCOME.update()
            .where(closed_at.is_(None), condition)
            .values(closed_at=changed, closing=closing)
        )


def _remake_outcomes(*, closable: bool) -> None:
    """Make the two tables anew, with what they hold: SQLite cannot drop a constraint."""
    bind = op.get_bind()
    tables = [_table("outcome", _COLUMNS if closable else _NEW_COLUMNS), _EVIDENCE]
    kept = {
        table.name: [dict(row) for row in bind.execute(sa.select(table)).mappings()]
        for table in tables
    }
    if not closable:
        kept = _one_per_match(kept)
    op.drop_index(op.f("ix_outcome_evidence_attachment_id"), table_name="outcome_evidence")
    op.drop_table("outcome_evidence")
    op.drop_table("outcome")
    _make_outcome(closable=closable)
    _make_evidence()
    for table in tables:
        if rows := kept[table.name]:
            bind.execute(table.insert(), rows)
    if bind.dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('outcome', 'id'),"
            " (SELECT coalesce(max(id), 0) + 1 FROM outcome), false)"
        )


def _one_per_match(kept: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Before, a match had one row: keep its open agreement, else the row that was written last."""
    chosen: dict[int, dict[str, Any]] = {}
    for row in sorted(kept["outcome"], key=lambda row: (row["closed_at"] is None, row["id"])):
        before = chosen.get(row["match_id"])
        agreed = row["closed_at"] is None and row["recorded_at"] is not None
        if before is None or agreed or before["recorded_at"] is None or before["closed_at"]:
            chosen[row["match_id"]] = row
    rows = [
        {name: value for name, value in row.items() if name not in {"closed_at", "closing"}}
        for row in chosen.values()
    ]
    ids = {row["id"] for row in rows}
    evidence = [row for row in kept["outcome_evidence"] if row["outcome_id"] in ids]
    return {"outcome": rows, "outcome_evidence": evidence}


def _choice(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=48)


def _make_outcome(*, closable: bool) -> None:
    added: list[Any] = [sa.UniqueConstraint("match_id", name=op.f("uq_outcome_match_id"))]
    if closable:
        added = [
            sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("closing", _choice("closing", _CLOSINGS), nullable=True),
            sa.CheckConstraint(
                "recorded_at IS NOT NULL OR proposed_side IS NOT NULL",
                name=op.f("ck_outcome_report_has_side"),
            ),
            sa.CheckConstraint(
                "(closed_at IS NULL) = (closing IS NULL)", name=op.f("ck_outcome_closed")
            ),
        ]
    people = [
        sa.ForeignKeyConstraint(
            [f"{name}_by_id"], ["user.id"], name=op.f(f"fk_outcome_{name}_by_id")
        )
        for name in ("proposed", "recorded", "confirmed")
    ]
    centres = [
        sa.ForeignKeyConstraint(
            [f"{name}_centre_id"], ["centre.id"], name=op.f(f"fk_outcome_{name}_centre_id")
        )
        for name in ("recorded", "confirmed")
    ]
    op.create_table(
        "outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column("contract_type", _choice("contract_type", _TYPES), nullable=False),
        sa.Column("contract_value", sa.BigInteger(), nullable=True),
        sa.Column("transaction_value", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("registration_number", sa.String(length=64), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("jobs", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("proposed_side", _choice("proposed_side", _SIDE), nullable=True),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_centre_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_centre_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        *_checks(),
        *people,
        *centres,
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_outcome_match_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        *added,
    )
    if closable:
        op.create_index(op.f("ix_outcome_match_id"), "outcome", ["match_id"], unique=False)
        for name, columns, rows in (
            ("uq_outcome_agreement", ["match_id"], _OPEN),
            ("uq_outcome_report", ["match_id", "proposed_side"], _REPORT),
        ):
            op.create_index(
                name, "outcome", columns, unique=True, postgresql_where=rows, sqlite_where=rows
            )


def _checks() -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_outcome_{name}"))
        for name, rule in (
            ("value_has_currency", "(contract_value IS NULL) = (currency IS NULL)"),
            ("confirmed", "confirmed_at IS NULL OR recorded_at IS NOT NULL"),
            ("contract_value", "contract_value >= 0"),
            ("jobs", "jobs >= 0"),
            ("transaction_value", "transaction_value BETWEEN 0 AND contract_value"),
            ("value_of_contract", "transaction_value IS NULL OR contract_value IS NOT NULL"),
        )
    ]


def _make_evidence() -> None:
    op.create_table(
        "outcome_evidence",
        sa.Column("outcome_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("side", _choice("side", _SIDE), nullable=True),
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
    _remake_outcomes(closable=False)
    for side in reversed(_SIDE):
        op.drop_column("nda", f"{side}_confirmed_by_id")
    for name in ("valid_until", "number", "revision_id"):
        op.drop_column("export_clearance", name)
    op.drop_column("export_check", "revision_id")
