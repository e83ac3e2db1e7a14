from __future__ import annotations

from sqlalchemy import make_url

from snapshots.db import impatient


def test_a_server_that_vanished_is_not_waited_for_long() -> None:
    query = impatient(make_url("postgresql+psycopg://headwater@host/headwater")).query
    assert query["connect_timeout"] == "10"
    assert query["tcp_user_timeout"] == "20000"


def test_what_an_address_says_itself_counts() -> None:
    query = impatient(make_url("postgresql://host/headwater?connect_timeout=60&sslmode=require")).query
    assert (query["connect_timeout"], query["sslmode"]) == ("60", "require")
    assert "keepalives_idle" in query
