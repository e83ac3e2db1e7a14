"""What is checked before a proxy is asked."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from monitor.fetch.guard import RefusedAddressError, refused
from monitor.fetch.proxy import Proxy, check_target, literal_address

PRIVATE = [
    "127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "10.0.0.1",
    "169.254.169.254", "100.64.0.1", "localhost", "LOCALHOST.", "db.localhost", "0.0.0.0",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_an_address_that_is_not_public_is_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(RefusedAddressError, match=r"fetch\.allow_networks"):
        check_target(f"http://{host}/page", ())


@pytest.mark.parametrize("host", ["93.184.216.34", "docs.acme.example", "10.acme.example"])
def test_what_is_public_or_a_name_is_for_the_proxy_to_reach(host: str) -> None:
    check_target(f"https://{host}/page", ())
    address = literal_address(host)
    assert address is None or not refused(address, ())


def test_a_network_that_is_allowed_may_be_asked_for() -> None:
    with pytest.raises(RefusedAddressError):
        check_target("http://10.0.0.1/page", [ip_network("192.168.0.0/16")])
    check_target("http://10.0.0.1/page", [ip_network("10.0.0.0/8")])


def test_the_password_is_not_shown() -> None:
    assert "s3cret" not in repr(Proxy("http://proxy.example:3128", "me", "s3cret"))
