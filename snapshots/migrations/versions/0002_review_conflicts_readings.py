"""Reviews, conflicts and corrections; readings that took the place of others; days of checks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from snapshots.facts import name_key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FACT_KEY = ["source_id", "subject_key", "predicate", "qualifier", "valid_key"]
_CURRENT = "observed_to IS NULL AND superseded_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "conflicts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("predicate", sa.String(length=128), nullable=False),
        sa.Column("qualifier", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_why", sa.String(length=32), nullable=True),
        sa.Column("review_state", sa.String(length=16), nullable=False),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_conflicts_public_id")),
    )
    with op.batch_alter_table("conflicts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflicts_opened_at"), ["opened_at"], unique=False)
        batch_op.create_index(
            "uq_conflicts_current",
            ["scope", "subject_key", "predicate", "qualifier"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "check_days",
        sa.Column("source_id", sa.String(length=128), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_check_days_source_id")),
        sa.PrimaryKeyConstraint("source_id", "day", "outcome", name=op.f("pk_check_days")),
    )
    op.create_table(
        "conflict_claims",
        sa.Column("conflict_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=128), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("value_key", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("precision", sa.String(length=24), nullable=False),
        sa.Column("evidence_block", sa.Text(), nullable=False),
        sa.Column("evidence_heading", sa.JSON(), nullable=False),
        sa.Column("evidence_quote", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["conflict_id"], ["conflicts.id"], name=op.f("fk_conflict_claims_conflict_id")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name=op.f("fk_conflict_claims_snapshot_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_conflict_claims_source_id")),
        sa.PrimaryKeyConstraint("conflict_id", "position", name=op.f("pk_conflict_claims")),
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=128), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("predicate", sa.String(length=128), nullable=False),
        sa.Column("qualifier", sa.Text(), nullable=False),
        sa.Column("replaces_key", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("value_key", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("precision", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name=op.f("fk_corrections_snapshot_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_corrections_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_corrections_subject_key"), ["subject_key"], unique=False)

    op.create_table(
        "acknowledgements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.Column("conflict_id", sa.Integer(), nullable=True),
        sa.Column("correction_id", sa.Integer(), nullable=True),
        sa.Column("source_id", sa.String(length=128), nullable=True),
        sa.Column("snapshot_id", sa.Integer(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_acknowledgements_change_id")),
        sa.ForeignKeyConstraint(["conflict_id"], ["conflicts.id"], name=op.f("fk_acknowledgements_conflict_id")),
        sa.ForeignKeyConstraint(["correction_id"], ["corrections.id"], name=op.f("fk_acknowledgements_correction_id")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name=op.f("fk_acknowledgements_snapshot_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_acknowledgements_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgements")),
    )
    with op.batch_alter_table("acknowledgements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_acknowledgements_change_id"), ["change_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_acknowledgements_conflict_id"), ["conflict_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_acknowledgements_source_id"), ["source_id"], unique=False)

    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subject_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("origin", sa.String(length=16), server_default="check", nullable=False))
        batch_op.add_column(sa.Column("review_state", sa.String(length=16), server_default="open", nullable=False))
        batch_op.add_column(sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index(batch_op.f("ix_changes_state_detected_at"))
    _fold_subjects()
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.alter_column("subject_key", existing_type=sa.Text(), nullable=False)
        batch_op.create_index("ix_changes_detected_at", ["detected_at"])
        batch_op.create_index(
            batch_op.f("ix_changes_review_state_detected_at"), ["review_state", "detected_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_changes_subject_key_detected_at"), ["subject_key", "detected_at"], unique=False
        )
        batch_op.create_index(
            "ix_changes_unconfirmed",
            ["source_id"],
            unique=False,
            sqlite_where=sa.text("state = 'unconfirmed'"),
            postgresql_where=sa.text("state = 'unconfirmed'"),
        )

    with op.batch_alter_table("facts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index("uq_facts_current")
        batch_op.create_index(
            "uq_facts_current",
            _FACT_KEY,
            unique=True,
            sqlite_where=sa.text(_CURRENT),
            postgresql_where=sa.text(_CURRENT),
        )
        batch_op.create_index(
            "ix_facts_believed",
            ["subject_key", "predicate"],
            unique=False,
            sqlite_where=sa.text(_CURRENT),
            postgresql_where=sa.text(_CURRENT),
        )
        batch_op.create_index(
            "ix_facts_ends",
            ["subject_key"],
            unique=False,
            sqlite_where=sa.text("predicate = 'lifecycle.retirement_date'"),
            postgresql_where=sa.text("predicate = 'lifecycle.retirement_date'"),
        )

    with op.batch_alter_table("snapshots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_snapshots_source_id_raw_digest"))


def downgrade() -> None:
    with op.batch_alter_table("facts", schema=None) as batch_op:
        batch_op.drop_index("ix_facts_ends")
        batch_op.drop_index("ix_facts_believed")
        batch_op.drop_index("uq_facts_current")
    # The older program knows one reading of each version only: the present one.
    op.execute("DELETE FROM facts WHERE superseded_at IS NOT NULL")
    with op.batch_alter_table("facts", schema=None) as batch_op:
        batch_op.drop_column("read_at")
        batch_op.drop_column("superseded_at")
        where = sa.text("observed_to IS NULL")
        batch_op.create_index("uq_facts_current", _FACT_KEY, unique=True, sqlite_where=where, postgresql_where=where)
    for table in ("acknowledgements", "corrections", "conflict_claims", "conflicts", "check_days"):
        op.drop_table(table)
    with op.batch_alter_table("changes", schema=None) as batch_op:
        for name in ("unconfirmed", "subject_key_detected_at", "review_state_detected_at", "detected_at"):
            batch_op.drop_index(f"ix_changes_{name}")
    with op.batch_alter_table("changes", schema=None) as batch_op:
        for column in ("subject_key", "origin", "review_state", "snoozed_until"):
            batch_op.drop_column(column)
        batch_op.create_index("ix_changes_state_detected_at", ["state", "detected_at"])
    with op.batch_alter_table("snapshots", schema=None) as batch_op:
        batch_op.create_index("ix_snapshots_source_id_raw_digest", ["source_id", "raw_digest"])


def _fold_subjects() -> None:
    """Names fold in Python, so the key of each recorded change is filled in here."""
    changes = sa.table("changes", sa.column("subject", sa.Text()), sa.column("subject_key", sa.Text()))
    connection = op.get_bind()
    for subject in connection.execute(sa.select(changes.c.subject).distinct()).scalars().all():
        same = changes.update().where(changes.c.subject == subject)
        connection.execute(same.values(subject_key=name_key(subject)))
