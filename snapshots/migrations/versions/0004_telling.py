"""Incidents, silences, deadlines with reminders, and every decision about who is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("grouped", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("opened_at", instant, nullable=False),
        sa.Column("updated_at", instant, nullable=False),
        sa.Column("closed_at", instant, nullable=True),
        sa.Column("closed_why", sa.String(length=32), nullable=True),
        sa.Column("flaps", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    trouble = sa.text("closed_at IS NULL AND kind <> 'change'")
    op.create_index(
        "uq_incidents_trouble", "incidents", ["key"], unique=True, sqlite_where=trouble, postgresql_where=trouble
    )
    op.create_index(op.f("ix_incidents_closed_at_updated_at"), "incidents", ["closed_at", "updated_at"])
    op.create_table(
        "silences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matcher", sa.JSON(), nullable=False),
        sa.Column("until", instant, nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("expired_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
    )
    op.create_table(
        "deadlines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("ends", instant, nullable=True),
        sa.Column("stated", sa.Text(), nullable=False),
        sa.Column("precision", sa.String(length=24), nullable=False),
        sa.Column("source_id", sa.String(length=128), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("closed_why", sa.String(length=32), nullable=True),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("acknowledged_by", sa.String(length=128), nullable=True),
        sa.Column("acknowledged_at", instant, nullable=True),
        sa.Column("opened_at", instant, nullable=False),
        sa.Column("updated_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_deadlines_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
        sa.UniqueConstraint("subject_key", name=op.f("uq_deadlines_subject_key")),
    )
    op.create_index(op.f("ix_deadlines_state_ends"), "deadlines", ["state", "ends"])
    op.create_table(
        "deadline_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deadline_id", sa.Integer(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("was", instant, nullable=True),
        sa.Column("was_stated", sa.Text(), nullable=False),
        sa.Column("became", instant, nullable=True),
        sa.Column("became_stated", sa.Text(), nullable=False),
        sa.Column("source_id", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadlines.id"], name=op.f("fk_deadline_moves_deadline_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_deadline_moves_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_moves")),
    )
    op.create_index(op.f("ix_deadline_moves_deadline_id"), "deadline_moves", ["deadline_id"])
    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deadline_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("due_at", instant, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("settled_at", instant, nullable=True),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadlines.id"], name=op.f("fk_reminders_deadline_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
    )
    op.create_index(op.f("ix_reminders_deadline_id"), "reminders", ["deadline_id"])
    op.create_index(op.f("ix_reminders_state_due_at"), "reminders", ["state", "due_at"])
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("route", sa.String(length=128), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("grouped", sa.Text(), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("about", sa.JSON(), nullable=True))
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=128), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due", instant, nullable=False),
        sa.Column("decided_at", instant, nullable=False),
        sa.Column("silence_id", sa.Integer(), nullable=True),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("delivery_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_decisions_change_id")),
        sa.ForeignKeyConstraint(["silence_id"], ["silences.id"], name=op.f("fk_decisions_silence_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_decisions_incident_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_decisions_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    for column in ("change_id", "silence_id", "incident_id", "delivery_id"):
        op.create_index(op.f(f"ix_decisions_{column}"), "decisions", [column])


def downgrade() -> None:
    # The older program could not say what such a message is about, and would not know how to send it.
    op.drop_table("decisions")
    op.execute("DELETE FROM delivery_attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE about IS NOT NULL)")
    op.execute("DELETE FROM deliveries WHERE about IS NOT NULL")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        for column in ("about", "grouped", "route"):
            batch_op.drop_column(column)
    for table in ("reminders", "deadline_moves", "deadlines", "silences", "incidents"):
        op.drop_table(table)
