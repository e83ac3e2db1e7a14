"""Alembic's entry: migrations run on the connection that `Database` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from snapshots.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
