"""How channels fare, which parts of a delivery were taken, which decisions were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_state",
        sa.Column("channel", sa.String(length=128), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_state")),
    )
    op.create_table(
        "delivery_parts",
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.String(length=320), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_parts_delivery_id")),
        sa.PrimaryKeyConstraint("delivery_id", "part", name=op.f("pk_delivery_parts")),
    )
    op.create_table(
        "delivery_decisions",
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("acknowledgement_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_decisions_delivery_id")),
        sa.ForeignKeyConstraint(
            ["acknowledgement_id"], ["acknowledgements.id"], name=op.f("fk_delivery_decisions_acknowledgement_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "acknowledgement_id", name=op.f("pk_delivery_decisions")),
    )
    op.create_index(
        op.f("ix_delivery_decisions_acknowledgement_id"), "delivery_decisions", ["acknowledgement_id"], unique=False
    )


def downgrade() -> None:
    # The older program has no words for this kind; what it told is past.
    for table in ("delivery_changes", "delivery_attempts", "delivery_parts", "delivery_decisions"):
        op.execute(
            f"DELETE FROM {table} WHERE delivery_id IN "  # noqa: S608 - the names stand in the line above
            "(SELECT id FROM deliveries WHERE kind = 'decision')"
        )
    for table in ("delivery_decisions", "delivery_parts", "channel_state"):
        op.drop_table(table)
    op.execute("DELETE FROM deliveries WHERE kind = 'decision'")
