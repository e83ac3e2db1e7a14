"""The hostile cases: what is asked, how it is answered, and the state that the check must end in.

The address of a case may hold `{upstream}`, `{allowed}`, `{port}` (of the upstream), `{forbidden}` (a port on which
nobody may come), `{untrusted}`, `{expired}`, `{misnamed}`, `{h2}` (TLS servers) and `{closed}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from snapshots.outcome import Outcome
from tests.integration.hostile.addresses import ALLOWED, SPELLINGS
from tests.integration.hostile.bodies import BODIES
from tests.support.behaviours import (
    bomb,
    endless,
    hang_up,
    interim,
    page,
    raw,
    redirect,
    silent,
    trickle,
)
from tests.support.watching import PRICES
from tests.support.wire import Behaviour

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Case:
    """One hostile answer and the state it must end in."""

    name: str
    url: str
    state: Outcome | frozenset[Outcome]
    behaviour: Behaviour | None = None


def _played(name: str, state: Outcome | frozenset[Outcome], behaviour: Behaviour) -> Case:
    return Case(name, "{upstream}/" + name, state, behaviour)


def _length(size: int, body: bytes = PRICES) -> bytes:
    return _OK + b"Content-Length: %d\r\n\r\n" % size + body


# What no part of the system takes for an address is looked up as a name, and there is none.
_NAMELESS = ("percent-encoded", "zone-encoded", "loopback-zone")
# What the client itself finds to be no address. In the configuration that is refused, in a redirect a broken answer.
_NO_ADDRESS = ("octal", "full-width-digits", "circled-digits")

_ADDRESSES = [
    case
    for name, host in SPELLINGS.items()
    for state in [Outcome.DNS if name in _NAMELESS else Outcome.REFUSED]
    for redirected in [Outcome.INVALID_RESPONSE if name in _NO_ADDRESS else state]
    for case in (
        Case(f"direct-{name}", f"http://{host}:{{forbidden}}/", state),
        Case(f"redirect-{name}", "{upstream}/to?" + quote(f"http://{host}:{{forbidden}}/", safe="/:{}"), redirected),
    )
]

_REDIRECTS = [
    Case("rebinding", "http://rebind.example:{port}/good", Outcome.REFUSED),
    Case("redirect-to-file", "{upstream}/to?file:///etc/passwd", Outcome.REFUSED),
    Case("redirect-to-ftp", "{upstream}/to?ftp://127.0.0.2/", Outcome.REFUSED),
    Case("redirect-to-gopher", "{upstream}/to?gopher://127.0.0.2:6379/_FLUSHALL", Outcome.REFUSED),
    Case("redirect-to-data", "{upstream}/to?data:text/html,hello", Outcome.REFUSED),
    Case("redirect-to-javascript", "{upstream}/to?javascript:alert(1)", Outcome.REFUSED),
    Case("redirect-to-a-password", "{upstream}/to?http://user:secret@{allowed}:{port}/good", Outcome.REFUSED),
    _played("redirect-chain", Outcome.TOO_MANY_REDIRECTS, redirect("/redirect-chain?again")),
    Case("redirect-loop", "{upstream}/to?/to%3F/redirect-chain", Outcome.TOO_MANY_REDIRECTS),
    _played("redirect-to-nowhere", Outcome.INVALID_RESPONSE, redirect("")),
    _played("redirect-to-half-an-address", Outcome.INVALID_RESPONSE, redirect("http://[::1/")),
    Case("redirect-to-a-port-out-of-range", "{upstream}/to?http://{allowed}:99999/", Outcome.INVALID_RESPONSE),
    _played("redirect-without-end", Outcome.INVALID_RESPONSE, redirect("/" + "x" * 50_000)),
    _played("redirect-with-controls", Outcome.INVALID_RESPONSE, redirect("/\x1b[2J\x7f")),
    Case("chain-ends-private", "{upstream}/to?/to%3Fhttp%3A//127.2%3A{forbidden}/", Outcome.REFUSED),
]

_BOMBS = [
    _played(f"bomb-{coding}-{size // 10**6}-mb", Outcome.TOO_LARGE, bomb(coding, size))
    for coding in ("gzip", "br", "zstd")
    for size in (11 * 10**6, 100 * 10**6, 5 * 10**9)
]

_LONG = [
    _played("endless-body", Outcome.TOO_LARGE, endless(_OK + b"\r\n", b"x" * 65_536)),
    _played("endless-chunks", Outcome.TOO_LARGE, endless(_CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n")),
    _played("endless-empty-gzip", Outcome.TOO_LARGE, endless(
        _OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\xff", b"\0\0\0\xff\xff" * 10_000)),
    _played("body-a-byte-at-a-time", Outcome.TIMEOUT, trickle(_OK + b"\r\n", b"x")),
    _played("chunks-a-byte-at-a-time", Outcome.TIMEOUT, trickle(_CHUNKED, b"1\r\nx\r\n")),
    _played("headers-a-line-at-a-time", Outcome.TIMEOUT, trickle(_OK, b"X-Pad: 1\r\n")),
    _played("status-line-a-byte-at-a-time", Outcome.TIMEOUT, trickle(b"HTTP/1.1 ", b" ")),
    _played("interim-answers-slowly", Outcome.TIMEOUT, trickle(b"", b"HTTP/1.1 102 Processing\r\n\r\n")),
    _played("interim-answers-for-ever", Outcome.INVALID_RESPONSE, endless(b"", b"HTTP/1.1 103 Hints\r\n\r\n" * 100)),
    _played("silence", Outcome.TIMEOUT, silent),
    _played("header-flood", Outcome.INVALID_RESPONSE, endless(_OK, b"X-Pad: yyyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 100)),
    _played("header-without-end", Outcome.INVALID_RESPONSE, endless(_OK + b"X-Pad: ", b"y" * 4096)),
    _played("many-small-headers", Outcome.INVALID_RESPONSE, raw(_OK + b"a: b\r\n" * 5_000 + _length(1000)[17:])),
    _played("trailers-for-ever", Outcome.INVALID_RESPONSE, endless(
        _CHUNKED + b"1\r\nx\r\n0\r\n", b"X-Pad: yyyyyyyyyyyyyyyyyyyyy\r\n" * 100)),
    _played("chunk-extension-for-ever", Outcome.INVALID_RESPONSE, endless(_CHUNKED + b"1;a=", b"y" * 4096)),
]  # fmt: skip

_FRAMING = [
    _played("length-too-long", Outcome.INVALID_RESPONSE, raw(_length(len(PRICES) + 50))),
    _played("length-too-short", Outcome.INVALID_RESPONSE, raw(_length(len(PRICES) - 200))),
    _played("length-negative", Outcome.INVALID_RESPONSE, raw(_length(-1))),
    _played("length-astronomic", Outcome.INVALID_RESPONSE, raw(_length(10**30))),
    _played("two-lengths", Outcome.INVALID_RESPONSE, raw(_OK + b"Content-Length: 5\r\n" + _length(700)[len(_OK) :])),
    _played("chunk-of-no-size", Outcome.INVALID_RESPONSE, raw(_CHUNKED + b"zz\r\nhello\r\n")),
    _played("chunk-of-huge-size", Outcome.INVALID_RESPONSE, raw(_CHUNKED + b"f" * 30 + b"\r\nhello\r\n")),
    _played("chunks-cut-off", Outcome.INVALID_RESPONSE, raw(_CHUNKED + b"400\r\n<html>")),
    _played("hang-up", Outcome.INVALID_RESPONSE, hang_up),
    _played("hang-up-in-status", Outcome.INVALID_RESPONSE, raw(b"HTTP/1.1 2")),
    _played("hang-up-in-headers", Outcome.INVALID_RESPONSE, raw(_OK)),
    _played("hang-up-in-body", Outcome.INVALID_RESPONSE, raw(_length(len(PRICES), PRICES[:300]))),
    _played("hang-up-after-interim", Outcome.INVALID_RESPONSE, raw(b"HTTP/1.1 100 Continue\r\n\r\n")),
    _played("no-http", Outcome.INVALID_RESPONSE, raw(b"\0\xff\x1b[2J no http at all\r\n\r\n")),
    _played("http-0.9", Outcome.INVALID_RESPONSE, raw(PRICES)),
    _played("http-9.9", Outcome.SAME_BYTES, raw(b"HTTP/9.9 200 OK\r\n\r\n" + PRICES)),
    _played("ssh", Outcome.INVALID_RESPONSE, raw(b"SSH-2.0-OpenSSH_9.2\r\n")),
    _played("nul-in-header", Outcome.INVALID_RESPONSE, raw(_OK + b"X-Odd: a\0b\r\n\r\n")),
    _played("split-header", Outcome.INVALID_RESPONSE, raw(_OK + b"X-Odd\r\n : b\r\n\r\n")),
    _played("switching-protocols", Outcome.INVALID_RESPONSE, raw(
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n" + PRICES)),
    _played("unasked-304", Outcome.INVALID_RESPONSE, page(b"", 304)),
    _played("unasked-part", Outcome.INVALID_RESPONSE, page(PRICES[:300], 206, Content_Range="bytes 0-299/900")),
    _played("gzip-damaged", Outcome.INVALID_RESPONSE, page(PRICES, Content_Encoding="gzip")),
    _played("unknown-coding", Outcome.INVALID_RESPONSE, page(PRICES, Content_Encoding="lzma")),
    _played("packed-ten-times", Outcome.INVALID_RESPONSE, page(PRICES, Content_Encoding=", ".join(["gzip"] * 10))),
    _played("interim-then-page", Outcome.SAME_BYTES, interim(103, 102, 100, final=PRICES)),
]  # fmt: skip

_TLS = [
    Case("certificate-untrusted", "{untrusted}/good", Outcome.TLS),
    Case("certificate-expired", "{expired}/good", Outcome.TLS),
    Case("certificate-of-another", "{misnamed}/good", Outcome.TLS),
    # Which of the two loses its patience first is not ours to say.
    Case("no-tls-at-all", "https://{allowed}:{port}/good", frozenset([Outcome.TIMEOUT, Outcome.TLS])),
    Case("closed-port", "http://{allowed}:{closed}/", Outcome.CONNECTION),
    Case("no-such-name", "http://nowhere.example/", Outcome.DNS),
    Case("redirect-without-encryption", "{trusted}/down", Outcome.REFUSED),
]

_BODIES = [_played(f"body-{name}", state, behaviour) for name, (state, behaviour) in BODIES.items()]

CASES = (*_ADDRESSES, *_REDIRECTS, *_BOMBS, *_LONG, *_FRAMING, *_TLS, *_BODIES)


def states_of(case: Case) -> frozenset[str]:
    """The states of which the check must end in one."""
    return frozenset([case.state]) if isinstance(case.state, Outcome) else case.state


def behaviours() -> Mapping[str, Behaviour]:
    """What the upstream plays, by path."""
    return {f"/{case.name}": case.behaviour for case in CASES if case.behaviour is not None}


def address_of(case: Case, places: Mapping[str, str]) -> str:
    """The address that is asked, with the servers of this run filled in."""
    return case.url.format(allowed=ALLOWED, **places)
