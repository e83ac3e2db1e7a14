"""Bodies that attack whoever reads them, and pages that are not the page, with the state each must end in."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Mapping

from snapshots.outcome import Outcome
from tests.support.behaviours import page
from tests.support.watching import PRICES
from tests.support.wire import Behaviour, Exchange

_DEEP = 100_000
_BROKEN, _SHELL, _HELD = Outcome.EXTRACTOR_BROKEN, Outcome.SHELL, Outcome.HELD
# Another page under the address: which guard sees it first does not matter.
_NOT_THE_PAGE = frozenset({Outcome.BLOCKED, Outcome.SHELL, Outcome.HELD})
_ENTITIES = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">%s]><rss><channel><title>%s</title></channel></rss>'
_XXE = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y SYSTEM "http://127.0.0.2/">'
    b'<!ENTITY %% z SYSTEM "http://127.0.0.2/x.dtd"> %%z;]><rss><channel><title>&x;&y;</title></channel></rss>'
)
_ALIASES = b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 12)
)
_MERGES = b"m0: &m0 {k0: 0, k1: 1, k2: 2}\n" + b"".join(
    b"m%d: &m%d\n  <<: [%s]\n" % (n, n, b", ".join([b"*m%d" % (n - 1)] * 10)) for n in range(1, 12)
)
_WORDS = b"<p>Learn how to build with Acme, step by step, from the first call on.</p>"
_LOGIN = (
    b'<html><title>Sign in | Acme</title><main><h1>Sign in</h1><form action="/login" method="post"><label>E-mail'
    b'<input name="email"></label><label>Password<input type="password" name="password"></label></form></main></html>'
)
_CONSENT = (
    b"<html><title>Before you continue to Acme</title><main><h1>Before you continue</h1><p>We use cookies and data to "
    b'deliver our services.</p><form action="/consent/save"><button>Reject all</button><button>Accept all</button>'
    b"</form></main></html>"
)
_ROW = b"<table><tr><th>Model</th><th>Output price</th></tr><tr><td>acme-small</td><td>$%s</td></tr></table>"
_LATIN = PRICES.replace(b"All models", "Alle Modelle für Größen".encode("latin-1"))


def _html(body: bytes) -> Behaviour:
    return page(b"<html><title>Pricing | Acme</title><body>" + body + b"</body></html>")


def _home(exchange: Exchange) -> None:
    """The home page in place of a page that is gone, with status 200."""
    address = b"http://" + exchange.seen.headers["host"].encode() + b"/"
    head = b'<html><head><title>Acme docs</title><link rel="canonical" href="' + address + b'"></head>'
    exchange.answer(200, head + b"<body><main><h1>Welcome</h1>" + _WORDS + b"</main></body></html>")


def _typed(media: str, body: bytes) -> Behaviour:
    return page(body, Content_Type=media)


BODIES: Mapping[str, tuple[Outcome | frozenset[Outcome], Behaviour]] = {
    # Nesting.
    "deep-divs": (_BROKEN, _html(b"<div>" * 45_000)),
    "deep-lists": (_BROKEN, _html(b"<ul><li>" * (_DEEP // 2))),
    "deep-tables": (_BROKEN, _html(b"<table><tr><td>" * _DEEP)),
    "deep-quotes": (_BROKEN, _typed("text/markdown", b"> " * _DEEP + b"x")),
    "deep-json": (_BROKEN, _typed("application/json", b"[" * _DEEP + b"]" * _DEEP)),
    "deep-json-objects": (_BROKEN, _typed("application/json", b'{"a":' * _DEEP + b"1" + b"}" * _DEEP)),
    "deep-yaml": (_BROKEN, _typed("application/yaml", b"[" * _DEEP + b"]" * _DEEP)),
    "deep-toml": (_BROKEN, _typed("application/toml", b"a = " + b"[" * _DEEP + b"]" * _DEEP)),
    "deep-xml": (_BROKEN, _typed("application/xml", b"<rss>" + b"<a>" * _DEEP)),
    # Expansion.
    "xml-laughs": (_BROKEN, _typed("application/rss+xml", _LAUGHS % (_ENTITIES, b"&l11;"))),
    "xml-laughs-in-attribute": (_BROKEN, _typed(
        "application/rss+xml", (_LAUGHS % (_ENTITIES, b"x")).replace(b"<rss>", b'<rss v="&l11;">'))),
    "xml-external-entities": (_SHELL, _typed("application/rss+xml", _XXE.replace(b"%%", b"%"))),
    "yaml-aliases": (_BROKEN, _typed("application/yaml", _ALIASES)),
    "yaml-merges": (_BROKEN, _typed("application/yaml", _MERGES)),
    "yaml-python-object": (_BROKEN, _typed("application/yaml", b"a: !!python/object/apply:os.system ['id']")),
    # Numbers.
    "json-long-integer": (_BROKEN, _typed("application/json", b'{"price": 1%s}' % (b"0" * 1_000_000))),
    "json-integer-within-limits": (_HELD, _typed(
        "application/json", b'{"id": "acme-small", "limit": %s}' % (b"9" * 4_000))),
    "json-infinite-exponent": (_HELD, _typed("application/json", b'{"id": "acme-small", "price": 1e999999999}')),
    "json-nan": (_HELD, _typed("application/json", b'{"id": "acme-small", "price": NaN}')),
    "yaml-long-hexadecimal": (_HELD, _typed("application/yaml", b"id: acme-small\nlimit: 0x%s" % (b"f" * 100_000))),
    "yaml-long-sexagesimal": (_HELD, _typed("application/yaml", b"id: acme-small\nlimit: 1%s" % (b":59" * 20_000))),
    "toml-long-hexadecimal": (_HELD, _typed(
        "application/toml", b'id = "acme-small"\nlimit = 0x%s' % (b"f" * 100_000))),
    "html-long-numbers": (_HELD, _html(_ROW % (b"9" * 200_000))),
    # Letters.
    "wrong-charset": (Outcome.NEW_VERSION, page(_LATIN, Content_Type="text/html; charset=utf-16")),
    "unknown-charset": (Outcome.NEW_VERSION, page(_LATIN, Content_Type="text/html; charset=klingon")),
    "code-for-a-charset": (Outcome.NEW_VERSION, page(_LATIN, Content_Type="text/html; charset=zlib_codec")),
    "utf-16-with-bom": (Outcome.SAME_TEXT, page(codecs.BOM_UTF16_LE + PRICES.decode().encode("utf-16-le"))),
    "utf-8-with-bom": (Outcome.SAME_TEXT, page(codecs.BOM_UTF8 + PRICES)),
    "bom-alone": (_SHELL, page(codecs.BOM_UTF8)),
    "nuls": (Outcome.SAME_TEXT, page(PRICES.replace(b"<p>", b"<p>\0"))),
    "only-nuls": (_BROKEN, page(b"\0" * 1_000_000)),
    "control-characters": (_BROKEN, page(bytes(range(32)) * 10_000)),
    "picture": (_BROKEN, page(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100)),
    "picture-by-type": (Outcome.WRONG_TYPE, _typed("image/png", b"\x89PNG\r\n\x1a\n")),
    "archive-by-type": (Outcome.WRONG_TYPE, _typed("application/zip", b"PK\x03\x04")),
    "packed-but-not-said": (_BROKEN, page(gzip.compress(PRICES))),
    # Size.
    "as-large-as-it-gets-text": (_BROKEN, _html(b"<p>" + b"word " * 790_000)),
    "as-large-as-it-gets-signs": (_BROKEN, _html(b"<p>" + "\U0001f600".encode() * 990_000)),
    "as-large-as-it-gets-tags": (_BROKEN, _html(b"<i>" * 1_300_000)),
    "as-large-as-it-gets-comments": (_BROKEN, page(b"<!--" * 990_000)),
    "as-large-as-it-gets-brackets": (_BROKEN, _typed("text/markdown", b"[" * 3_900_000)),
    "as-large-as-it-gets-json": (_BROKEN, _typed("application/json", b"[" + b"1," * 1_900_000 + b"1]")),
    "as-large-as-it-gets-lines": (_BROKEN, _typed("text/plain", b"a\n" * 1_900_000)),
    "wide-span": (_HELD, _html(b'<table><tr><td colspan="999999999" rowspan="999999999">x</td></tr></table>')),
    "many-attributes": (_HELD, _html(b"<p " + b"a='b' " * 500_000 + b">x")),
    "entity-without-end": (_HELD, _html(b"&#" + b"9" * 1_000_000)),
    # Not the page.
    "empty": (Outcome.EMPTY, page(b"")),
    "spaces": (Outcome.EMPTY, page(b" \r\n\t" * 1000)),
    "no-content": (Outcome.EMPTY, page(b"", 204)),
    "application-shell": (_SHELL, page(
        b'<html><title>Pricing | Acme</title><div id="root"></div><noscript>Enable JavaScript</noscript></html>')),
    "home-page": (_SHELL, _home),
    "login-page": (_NOT_THE_PAGE, page(_LOGIN)),
    "consent-page": (_NOT_THE_PAGE, page(_CONSENT)),
    "challenge": (Outcome.BLOCKED, page(b"<html><title>Just a moment...</title><p>Checking your browser</p></html>")),
    "challenge-by-header": (Outcome.BLOCKED, page(PRICES, 403, cf_mitigated="challenge")),
    "rate-limit": (Outcome.RATE_LIMITED, page(b"slow down", 429, Retry_After="99999999999999999999")),
    "rate-limit-till-a-strange-day": (Outcome.RATE_LIMITED, page(
        b"slow down", 429, Retry_After="Fri, 31 Dec 9999 23:59:59 -9999")),
    "hostile-validator": (Outcome.SAME_BYTES, page(
        PRICES, ETag='"' + "x" * 60_000 + '"', Cache_Control="max-age=9" * 99)),
    "latin-validator": (Outcome.SAME_BYTES, page(PRICES, ETag='"é\x80"', Last_Modified="é")),
}  # fmt: skip
