"""Which addresses are off limits, in every spelling."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from monitor.fetch.guard import Deadline, DeadlineError, GuardedBackend, RefusedAddressError, refused
from monitor.fetch.resolve import system_resolver

PRIVATE = [
    "127.0.0.1", "127.8.9.10", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::",
    "fe80::1", "fc00::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1",
    "fec0::1", "::7f00:1", "4000::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert refused(ip_address(address), ())


@pytest.mark.parametrize("address", ["1.1.1.1", "140.82.112.3", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_what_is_public_is_reached(address: str) -> None:
    assert not refused(ip_address(address), ())


def test_a_network_named_in_the_configuration_may_be_reached_and_no_other() -> None:
    allowed = (ip_network("10.1.0.0/16"),)
    assert not refused(ip_address("10.1.2.3"), allowed)
    assert not refused(ip_address("::ffff:10.1.2.3"), allowed)
    assert refused(ip_address("10.2.0.1"), allowed)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost"])
def test_other_spellings_of_this_machine_are_seen_through(host: str) -> None:
    backend = GuardedBackend(deadline=Deadline())
    with pytest.raises(RefusedAddressError, match="not a public address"):
        backend.connect_tcp(host, 80)
    assert backend.connections == []


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    backend = GuardedBackend(deadline=Deadline(), resolver=lambda _host, _port: ["1.1.1.1", "127.0.0.1"])
    with pytest.raises(RefusedAddressError):
        backend.connect_tcp("docs.acme.example", 443)
    assert backend.connections == []


def test_a_local_socket_is_refused() -> None:
    with pytest.raises(RefusedAddressError):
        GuardedBackend(deadline=Deadline()).connect_unix_socket("/run/docker.sock")


def test_the_resolver_gives_each_address_once() -> None:
    assert system_resolver("127.0.0.1", 80) == ["127.0.0.1"]


def test_a_deadline_ends() -> None:
    instants = iter([0.0, 4.0, 10.0])
    deadline = Deadline(monotonic=lambda: next(instants))
    deadline.start(10)
    assert deadline.remaining() == 6.0
    with pytest.raises(DeadlineError):
        deadline.remaining()


def test_a_pause_gives_time_and_connections_back() -> None:
    now = 0.0
    deadline = Deadline(monotonic=lambda: now)
    deadline.start(10)
    deadline.spend_connection()
    now = 4.0
    with deadline.paused():
        deadline.start(30)
        for _ in range(20):
            deadline.spend_connection()
        now = 24.0
    assert (deadline.remaining(), deadline.elapsed()) == (6.0, 4.0)
    deadline.spend_connection()
    now = 30.0
    with pytest.raises(DeadlineError):
        deadline.remaining()
