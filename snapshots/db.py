"""Opening the database: SQLite by default, PostgreSQL through psycopg, one code path above.

`Database.writing()` and `Database.reading()` are the only ways to a session. A writing session takes SQLite's write
lock at BEGIN (`BEGIN IMMEDIATE`), so a transaction waits in front instead of failing in the middle when another writer
was faster; readers never wait (WAL).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 30_000
_WRITE = "headwater_write"
_REBUILD = "headwater_rebuild"


# How long a writing transaction may wait for its own worker: one that is frozen (a paused machine) would keep its
# locks, and with them all others, until it wakes. What it writes after this is refused.
LONGEST_PAUSE = "30s"

# Any number that no other program on the same server uses for an advisory lock of this database.
_TURN = 4_831_207_311


class DatabaseError(Exception):
    """The database cannot be used; the message says why and which command mends it."""


class DatabaseAwayError(DatabaseError):
    """The database does not answer now; it may later."""


# A server that vanished without a word (its power, a network cut in two) is otherwise waited for a quarter of an hour.
_IMPATIENCE = {
    "connect_timeout": "10",  # seconds
    "tcp_user_timeout": "20000",  # milliseconds
    "keepalives_idle": "20",
    "keepalives_interval": "5",
}


def impatient(url: URL) -> URL:
    """The address of a PostgreSQL with limits of waiting for its machine, where the address itself says none."""
    return url.update_query_dict({name: value for name, value in _IMPATIENCE.items() if name not in url.query})


class Database:
    """One database, safe to share between threads."""

    def __init__(self, url: str, *, password: str | None = None) -> None:
        """Prepare an engine for `url` (`sqlite:///path` or `postgresql+psycopg://...`). Nothing is opened yet.

        A `password` takes the place of one in the address.

        Raises:
            DatabaseError: the address is not one of a supported database.
        """
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            message = f'"{url}" is not a database address. Write sqlite:///headwater.db or postgresql+psycopg://user@host/name.'
            raise DatabaseError(message) from error
        if parsed.get_backend_name() == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        elif parsed.get_backend_name() != "sqlite":
            message = f"{parsed.get_backend_name()} is not supported. Use SQLite or PostgreSQL."
            raise DatabaseError(message)
        if password is not None:
            parsed = parsed.set(password=password)
        self.url = parsed.render_as_string(hide_password=True)
        if parsed.get_backend_name() == "postgresql":
            # A cluster made in the C locale keeps bytes without a name for their encoding; text is UTF-8 there too.
            parsed = impatient(parsed).update_query_dict({"client_encoding": "utf8"})
        is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
        self.path: Path | None = Path(str(parsed.database)) if is_file else None
        # SQLite lets one writer in at a time and does not queue the others; threads of one process take turns here,
        # so that none starves behind the rest. A writer of another process is waited for by the busy timeout.
        self._turn = threading.RLock() if parsed.get_backend_name() == "sqlite" else nullcontext()
        self.engine: Engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() == "postgresql")
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine, "begin", _begin_postgresql)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in one transaction that commits at the end, or rolls back when the block raises."""
        with self._turn:
            yield from self._writing()

    def _writing(self) -> Iterator[Session]:
        connection = self.engine.connect().execution_options(**{_WRITE: True})
        with connection, Session(connection, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking; what it changes is not kept."""
        with self.engine.connect() as connection, Session(connection, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def consistent(self) -> Iterator[Session]:
        """`reading` at one instant: what others commit meanwhile is not seen, however long the look takes."""
        # SQLite's readers see one instant by nature (WAL).
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        connection = self.engine.connect().execution_options(**level)
        with connection, Session(connection, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def rebuilding(self) -> Iterator[Connection]:
        """A connection in one writing transaction in which tables may be made, rebuilt and filled in any order.

        Raises:
            DatabaseError: at the end a row points to one that is not there; nothing was kept.
        """
        options = {_WRITE: True, _REBUILD: True}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection
            lost = connection.exec_driver_sql("PRAGMA foreign_key_check").first() if self.is_sqlite else None
            if lost is not None:
                message = (
                    f"{self.url}: a row of {lost[0]} points to a row of {lost[2]} that is not there. Restore a backup."
                )
                raise DatabaseError(message)

    def revision(self) -> str | None:
        """The schema version the database has; `None` for an empty one. A file that is not there is not made.

        Raises:
            DatabaseError: the database does not answer, or belongs to another program.
        """
        if self.path is not None and not self.path.exists():
            if not self.path.parent.is_dir():
                message = f"There is no folder {self.path.parent} for the database. Make it, or name another place."
                raise DatabaseError(message)
            return None
        try:
            with self.engine.connect() as connection:
                found = MigrationContext.configure(connection).get_current_revision()
                if found is None and inspect(connection).get_table_names():
                    message = f"{self.url} holds tables of another program. headwater needs a database of its own."
                    raise DatabaseError(message)
                return found
        except DBAPIError as error:
            message = f"The database {self.url} does not answer: {_first_line(error)}{_advice(error)}"
            raise DatabaseAwayError(message) from error

    def upgrade(self) -> None:
        """Bring the schema to the version of this program; an empty database gets all of it.

        Raises:
            DatabaseError: the database does not answer, belongs to another program, or holds rows that point nowhere.
        """
        self.upgrade_to("head")

    def upgrade_to(self, revision: str) -> None:
        """`upgrade` to a named schema version: what a restored backup of an older headwater begins with."""
        self.revision()
        with self.rebuilding() as connection:
            take_turns(connection)
            migrate(connection, revision)

    def downgrade_to(self, revision: str) -> None:
        """Bring the schema back to an older version. What that version cannot hold is lost (`snapshots.care.older`)."""
        self.revision()
        with self.rebuilding() as connection:
            command.downgrade(_alembic(connection), revision)

    @property
    def address(self) -> str:
        """The address with its password, for drivers of other libraries; never for people, who read `url`."""
        return self.engine.url.render_as_string(hide_password=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a file of SQLite; else it is a PostgreSQL server."""
        return self.engine.dialect.name == "sqlite"

    def require_current(self) -> None:
        """Refuse to work on a schema that is not this program's.

        Raises:
            DatabaseError: the schema is older or newer, with the command that mends it.
        """
        found, wanted = self.revision(), head_revision()
        if found == wanted:
            return
        known = known_revisions()
        if found is None:
            message = f"{self.url} is empty. Run `headwater db upgrade` to create its tables."
        elif found in known:
            todo = "Back it up, then run `headwater db upgrade`."
            message = f"{self.url} has schema {found}, this program needs {wanted}. {todo}"
        else:
            todo = "Install the newer headwater."
            message = f"{self.url} has schema {found}, which is newer than this program ({wanted}). {todo}"
        raise DatabaseError(message)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def take_turns(connection: Connection) -> None:
    """Wait until no other process is in a transaction that took its turn so: for what must not be done by two at once,
    such as making tables. SQLite has one writer at a time by itself.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")


def migrate(connection: Connection, revision: str) -> None:
    """Bring the schema up to `revision` (`head` for the newest) in the transaction of a `rebuilding` connection."""
    command.upgrade(_alembic(connection), revision)


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def known_revisions() -> list[str]:
    """The schema versions this program knows, the oldest first."""
    return [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


def head_revision() -> str:
    """The schema version of this program."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert head is not None, "the migrations folder is part of the package"
    return head


# SQLSTATE of PostgreSQL: serialization failure, deadlock, unique violation
# (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_COLLISIONS = frozenset({"40001", "40P01", "23505"})
_LOCK_NOT_AVAILABLE = "55P03"
_SLEPT_IN_TRANSACTION = "25P03"


def collided(error: DBAPIError) -> bool:
    """Whether a transaction failed because another did the same at the same moment: trying again may help."""
    return getattr(error.orig, "sqlstate", None) in _COLLISIONS


def is_busy(error: DBAPIError) -> bool:
    """Whether a lock was asked for with a limit, and others kept it longer."""
    return getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def is_trouble(error: BaseException) -> bool:
    """Whether the database is in trouble (away, full, locked, damaged), and not the program: once that is mended the
    same may be asked again.
    """
    if not isinstance(error, DBAPIError) or collided(error) or is_busy(error):
        return False
    if getattr(error.orig, "sqlstate", None) == _SLEPT_IN_TRANSACTION:
        return True
    if not isinstance(error, OperationalError):
        return False
    # SQLite calls a wrong statement operational too.
    return getattr(error.orig, "sqlite_errorname", "") != "SQLITE_ERROR"


def told_by_driver(error: Exception) -> str | None:
    """A sentence for a failure of the database driver (disk full, file not writable, server gone), else `None`."""
    if not isinstance(error, DBAPIError):
        return None
    return f"The database refused: {_first_line(error)}{_advice(error)}"


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    # The driver's own transaction handling would start transactions late and behind our back; BEGIN is ours.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    tables = {name for (name,) in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables or "alembic_version" in tables:
        # The mode is written into the file, and the file of another program is none of ours to write.
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    write = options.get(_WRITE, False)
    # A migration may rebuild a table that others point to; SQLite takes the switch outside of transactions only.
    connection.exec_driver_sql(f"PRAGMA foreign_keys = {'OFF' if options.get(_REBUILD, False) else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(_WRITE, False) and not options.get(_REBUILD, False):
        connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{LONGEST_PAUSE}'")


_ADVICE = {
    "SQLITE_FULL": "Make space; nothing that was recorded is lost.",
    "SQLITE_CORRUPT": "The file is damaged: restore a backup into a new file with `headwater db restore`.",
    "SQLITE_NOTADB": "Name the file of headwater's database, or restore a backup into a new file.",
    "SQLITE_CANTOPEN": "Look whether this user may read and write the file and its folder.",
    "SQLITE_READONLY": "Look whether this user may write the file and its folder.",
    "SQLITE_IOERR": "Look whether the disk is full or failing.",
}


def _advice(error: DBAPIError) -> str:
    """What to do about it, where SQLite names the trouble."""
    name = "_".join(str(getattr(error.orig, "sqlite_errorname", "")).split("_")[:2])
    return f". {_ADVICE[name]}" if name in _ADVICE else ""


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]
