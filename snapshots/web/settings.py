"""How the pages are served and who may do what. Frozen values; no web framework is imported here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

DEFAULT_BIND = "127.0.0.1:8080"
Network = IPv4Network | IPv6Network


class Role(IntEnum):
    """What an account may do; each may do what those before it may."""

    READ = 1
    REVIEW = 2
    ADMIN = 3


class WebError(Exception):
    """The pages cannot be served as configured; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Account:
    """One person. `password_hash` (argon2, PHC string) is empty for people whom only a proxy lets in."""

    name: str
    role: Role
    password_hash: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this machine can connect."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def url(self) -> str:
        """The address as a browser of this machine opens it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - not bound here
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Everything the pages are told from outside.

    `public_url` is the address people use, empty when it is the one bound. `header` names the person when the request
    comes from one of `trusted_proxies`; whom no account lists gets `others`, `None` to refuse them. `local_name` is
    who decides where no login is asked for. `slack_signing_secret` signs presses of buttons, empty for none.
    """

    bind: Address = Address("127.0.0.1", 8080)
    public_url: str = ""
    accounts: tuple[Account, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    header: str = "X-Forwarded-User"
    others: Role | None = None
    local_name: str = "local"
    slack_signing_secret: str = field(default="", repr=False)

    @property
    def has_passwords(self) -> bool:
        """Whether anybody can log in with a password."""
        return any(account.password_hash for account in self.accounts)

    @property
    def asks_login(self) -> bool:
        """Whether a request must prove who makes it."""
        return self.has_passwords or bool(self.trusted_proxies)

    @property
    def is_https(self) -> bool:
        """Whether people reach the pages through TLS, so that cookies may be marked `Secure`."""
        return self.public_url.startswith("https://")

    @property
    def url(self) -> str:
        """The address people use."""
        return self.public_url.rstrip("/") or self.bind.url

    @property
    def hosts(self) -> frozenset[str]:
        """The names under which the pages answer where no login protects them (against DNS rebinding)."""
        names = {"localhost", "127.0.0.1", "::1", self.bind.host}
        if public := urlsplit(self.public_url).hostname:
            names.add(public)
        return frozenset(names)


def parse_bind(text: str) -> Address:
    """`127.0.0.1:8080`, `[::1]:8080` or `localhost:8080` as an address.

    Raises:
        WebError: it is none.
    """
    host, colon, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65_535:
        message = f'"{text}" is no address to listen at. Write host and port, such as {DEFAULT_BIND}.'
        raise WebError(message)
    return Address(host, int(port))


def require_safe(settings: WebSettings) -> None:
    """Refuse to serve pages to other machines without a login.

    Raises:
        WebError: the address is not loopback and nobody has to log in.
    """
    if settings.bind.is_loopback or settings.asks_login:
        return
    message = (
        f"{settings.bind.host} can be reached by other machines, and nobody would have to log in. "
        "Bind 127.0.0.1, or add `web.login` with accounts (`headwater web hash-password`) or trusted_proxies."
    )
    raise WebError(message)
