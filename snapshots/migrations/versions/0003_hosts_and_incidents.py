"""Hosts that workers share, outages of the own network, and incidents that were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from snapshots.hosts import host_of

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hosts",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("next_request_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wait_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wait_reason", sa.Text(), nullable=False),
        sa.Column("robots_state", sa.String(length=16), nullable=False),
        sa.Column("robots_detail", sa.Text(), nullable=False),
        sa.Column("robots_text", sa.Text(), nullable=False),
        sa.Column("robots_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("robots_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("crawl_delay", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_hosts")),
    )
    op.create_table(
        "outages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
    )
    with op.batch_alter_table("outages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outages_open",
            ["id"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.add_column(sa.Column("failing_told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("host", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("moved_to", sa.Text(), nullable=True))
    _name_hosts()
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.alter_column("host", existing_type=sa.String(length=300), nullable=False)
        batch_op.create_index(batch_op.f("ix_sources_host"), ["host"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sources_host"))
        batch_op.drop_column("moved_to")
        batch_op.drop_column("host")
        batch_op.drop_column("failing_told_at")
    op.drop_table("outages")
    op.drop_table("hosts")


def _name_hosts() -> None:
    """Addresses are taken apart in Python, so the host of each known source is filled in here."""
    sources = sa.table("sources", sa.column("id", sa.String()), sa.column("url", sa.Text()), sa.column("host"))
    hosts = sa.table("hosts", *(sa.column(name) for name in ("name", *_EMPTY)))
    connection = op.get_bind()
    known = {row.id: host_of(row.url) for row in connection.execute(sa.select(sources.c.id, sources.c.url))}
    for source_id, host in known.items():
        connection.execute(sources.update().where(sources.c.id == source_id).values(host=host))
    rows = [{"name": name} | dict.fromkeys(_EMPTY, "") for name in sorted(set(known.values()) - {""})]
    if rows:
        connection.execute(hosts.insert(), rows)


_EMPTY = ("wait_reason", "robots_state", "robots_detail", "robots_text")
