"""A PostgreSQL that goes away for one database, and comes back."""

from __future__ import annotations

from sqlalchemy import create_engine, make_url, text


class Outage:
    """While it lasts nobody comes into the database, and who was in it is thrown out."""

    def __init__(self, url: str) -> None:
        """`url` is the address of a database on a server whose other databases go on."""
        there = make_url(url)
        self._name = str(there.database)
        self._engine = create_engine(there.set(database="postgres"), isolation_level="AUTOCOMMIT")

    def begin(self) -> None:
        """Let it go away."""
        self._execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS false")
        self._execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._name}'")

    def end(self) -> None:
        """Let it come back."""
        self._execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS true")

    def close(self) -> None:
        """Let it come back and be done."""
        self.end()
        self._engine.dispose()

    def _execute(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))
