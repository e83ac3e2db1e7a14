"""Going through a proxy: it resolves names itself, so only literal addresses and the proxy's own can be checked here.

That is why a configuration must call the proxy trusted: what it reaches for a name is its decision, not ours.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from monitor.fetch.guard import Address, Network, RefusedAddressError, refused


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy by its address, with the name and password it asks for."""

    url: str
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def credentials(self) -> tuple[str, str] | None:
        """Name and password, `None` when the proxy asks for none."""
        return (self.username, self.password) if self.username else None


def literal_address(host: str) -> Address | None:
    """The address a host is written as, in any spelling (decimal, octal, hexadecimal, short); `None` for a name."""
    text = host.strip("[]").partition("%")[0]
    try:
        return ip_address(text)
    except ValueError:
        pass
    try:
        return ip_address(socket.inet_aton(text))
    except (OSError, ValueError):
        return None


def check_target(url: str, allowed: Iterable[Network]) -> None:
    """Refuse what is plainly no public address, before the proxy is asked for it.

    Raises:
        RefusedAddressError: the host is such an address, or a name of the machine itself.
    """
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    address = ip_address("127.0.0.1") if host == "localhost" or host.endswith(".localhost") else literal_address(host)
    if address is not None and refused(address, allowed):
        message = (
            f"{host} is not a public address, and a proxy is not asked for one. "
            "If this is meant, list its network under fetch.allow_networks."
        )
        raise RefusedAddressError(message)
