"""Names are looked up in bounded time, whatever the name servers do."""

from __future__ import annotations

import threading

import pytest

from monitor.fetch.resolve import Lookups, UnresolvedError


def test_a_name_server_that_hangs_holds_a_check_no_longer_than_its_time_and_costs_one_thread() -> None:
    gate, asked = threading.Event(), []

    def hanging(host: str, _port: int) -> list[str]:
        asked.append(host)
        gate.wait(10)
        return ["192.0.2.1"]

    lookups = Lookups(hanging)
    for _ in range(3):
        with pytest.raises(UnresolvedError, match="in time"):
            lookups.addresses("docs.acme.example", 443, 0.01)
    assert asked == ["docs.acme.example"]
    gate.set()
    assert lookups.addresses("docs.acme.example", 443, 5) == ["192.0.2.1"]


def test_what_a_resolver_raises_comes_out() -> None:
    def nobody(host: str, _port: int) -> list[str]:
        message = f"{host} has no address."
        raise UnresolvedError(message)

    with pytest.raises(UnresolvedError, match="has no address"):
        Lookups(nobody).addresses("docs.acme.example", 443, 5)


def test_lookups_that_hang_are_counted() -> None:
    gate = threading.Event()
    lookups = Lookups(lambda _host, _port: [str(gate.wait(10))])
    for number in range(64):
        with pytest.raises(UnresolvedError, match="in time"):
            lookups.addresses(f"{number}.acme.example", 443, 0)
    with pytest.raises(UnresolvedError, match="wait for name servers"):
        lookups.addresses("one-more.acme.example", 443, 5)
    gate.set()
