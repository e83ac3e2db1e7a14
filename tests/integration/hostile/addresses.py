"""Spellings of addresses that must not be reached, each asked directly and as the target of a redirect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.fetch.resolve import UnresolvedError, system_resolver

# Where the upstream listens, the only address that is allowed; and where nobody may ever come.
ALLOWED = "127.0.0.1"
FORBIDDEN = "127.0.0.2"

# Host as written in the URL, by name of the case. All that can be listened on here is listened on.
SPELLINGS: Mapping[str, str] = {
    "dotted": "127.0.0.2",
    "decimal": "2130706434",
    "octal": "0177.0.0.2",
    "octal-whole": "017700000002",
    "hexadecimal": "0x7f.0.0.2",
    "hexadecimal-whole": "0x7f000002",
    "short": "127.2",
    "trailing-dot": "127.0.0.2.",
    "percent-encoded": "%31%32%37.0.0.2",
    "full-width-digits": "１２７.０.０.２",
    "circled-digits": "①②⑦.⓪.⓪.②",
    "ideographic-dots": "127。0。0。2",
    "userinfo": "{allowed}@127.0.0.2",
    "userinfo-with-password": "{allowed}:{port}@127.0.0.2",
    "backslash": "{allowed}\\@127.0.0.2",
    "unspecified": "0.0.0.0",
    "loopback-ipv6": "[::1]",
    "unspecified-ipv6": "[::]",
    "mapped": "[::ffff:127.0.0.2]",
    "mapped-hexadecimal": "[::ffff:7f00:2]",
    "compatible": "[::127.0.0.2]",
    "nat64": "[64:ff9b::7f00:2]",
    "nat64-local": "[64:ff9b:1::7f00:2]",
    "6to4": "[2002:7f00:2::1]",
    "teredo": "[2001:0:7f00:2::1]",
    "link-local": "169.254.0.9",
    "metadata": "169.254.169.254",
    "metadata-decimal": "2852039166",
    "metadata-ipv6": "[fd00:ec2::254]",
    "link-local-ipv6": "[fe80::1]",
    "zone": "[fe80::1%lo]",
    "zone-encoded": "[fe80::1%25lo]",
    "loopback-zone": "[::1%25lo]",
    "site-local": "[fec0::1]",
    "unique-local": "[fc00::1]",
    "multicast-ipv6": "[ff02::1]",
    "private-a": "10.0.0.7",
    "private-b": "172.16.0.1",
    "private-c": "192.168.1.1",
    "cgnat": "100.64.0.1",
    "broadcast": "255.255.255.255",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "documentation": "192.0.2.1",
    "benchmark": "198.18.0.1",
    "localhost": "localhost",
    "localhost-dot": "localhost.",
    "localhost-loud": "LOCALHOST",
    "name-of-loopback": "loopback.example",
    "name-of-metadata": "metadata.example",
    "name-with-one-private-address": "mixed.example",
    "name-of-a-mapped-address": "mapped.example",
    "name-with-a-zone": "zone.example",
}

_NAMES: Mapping[str, Sequence[str]] = {
    "upstream.example": [ALLOWED],
    "localhost": ["127.0.0.1", FORBIDDEN],
    "loopback.example": [FORBIDDEN],
    "metadata.example": ["169.254.169.254"],
    "mixed.example": [ALLOWED, FORBIDDEN],
    "mapped.example": ["::ffff:127.0.0.2"],
    "zone.example": ["fe80::1%lo"],
}


class Names:
    """Resolves the names of the cases without a name server. `rebind.example` turns private at its second lookup."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        name = host.rstrip(".").lower()
        if name == "rebind.example":
            return [ALLOWED] if self.asked.count(host) == 1 else [FORBIDDEN]
        if name in _NAMES:
            return _NAMES[name]
        if name.endswith(".example") or not (":" in name or any(map(str.isdigit, name))):
            message = f"{host} has no address."
            raise UnresolvedError(message)
        # Whatever the system takes for a number is a number; it asks nobody about those.
        return system_resolver(host.rstrip("."), port)
