"""Pages rendered in a real Chromium: what they become, and that nothing on them gets past the guard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest

from monitor.fetch.client import Fetcher, Limits
from monitor.fetch.kinds import KINDS
from monitor.fetch.kinds.base import Tools
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, Request
from monitor.fetch.rendering import renderer
from tests.support.behaviours import endless, page, redirect, silent
from tests.support.wire import Behaviour, Upstream

pytestmark = pytest.mark.skipif(renderer.unavailable() is not None, reason=str(renderer.unavailable()))

ALLOWED, FORBIDDEN = "127.0.0.1", "127.0.0.2"
Render = Callable[..., FetchOutcome]

APPLICATION = b"""<!doctype html><html lang="en"><title>Pricing</title><div id="root">Loading</div>
<script src="/app.js"></script></html>"""
SCRIPT = b"""fetch("/prices.json").then(answer => answer.json()).then(prices => {
  document.getElementById("root").innerHTML = "<h1>Pricing</h1><p>acme-small costs $" + prices.small + "</p>";
});"""

# Every way on which a page asks for something else. `%s` is the address of a server that nobody may reach.
ATTACKS = {
    "script": '<script src="{bad}/x.js"></script>',
    "style": '<link rel="stylesheet" href="{bad}/x.css"><style>@import url("{bad}/y.css")</style>',
    "image": '<img src="{bad}/x.png"><img src="http://2130706434:{port}/x.png">',
    "frame": '<iframe src="{bad}/"></iframe><object data="{bad}/"></object><embed src="{bad}/">',
    "fetch": '<script>for (const mode of ["cors", "no-cors"]) fetch("{bad}/", {{mode}}).catch(() => 0)</script>',
    "beacon": '<script>navigator.sendBeacon("{bad}/", "x")</script>',
    "form": '<form id="f" target="_self" method="post" action="{bad}/"></form>'
    '<iframe name="i"></iframe><script>f.target = "i"; f.submit()</script>',
    "websocket": '<script>new WebSocket("ws://{host}:{port}/")</script>',
    "event-source": '<script>new EventSource("{bad}/")</script>',
    "worker": "<script>new Worker(URL.createObjectURL(new Blob([\"fetch('{bad}/')\"])))</script>",
    "prefetch": '<link rel="dns-prefetch" href="//metadata.example"><link rel="preconnect" href="{bad}/">'
    '<link rel="prefetch" href="{bad}/"><link rel="modulepreload" href="{bad}/x.js">',
    "popup": '<script>window.open("{bad}/")</script>',
    "redirected": '<iframe src="/to-bad"></iframe><script src="/to-bad"></script>',
    "secure": '<script src="https://{host}:{port}/x.js"></script>',
    "metadata": '<script>fetch("http://169.254.169.254/latest/").catch(() => 0)</script>'
    '<script>fetch("http://metadata.example/").catch(() => 0)</script>',
    "file": '<iframe src="file:///etc/passwd"></iframe><script src="file:///etc/passwd"></script>',
    "webrtc": '<script>new RTCPeerConnection({{iceServers: [{{urls: "stun:{host}:{port}"}}, '
    '{{urls: "turn:{host}:{port}?transport=tcp", username: "u", credential: "c"}}]}}).createDataChannel("x")</script>',
    "dialog": "<script>alert(1); confirm(2); prompt(3)</script><script>onbeforeunload = () => 'stay'</script>",
    "download": '<a id="a" href="/file" download></a><script>a.click()</script>',
    "service-worker": '<script>navigator.serviceWorker?.register("/sw.js").catch(() => 0)</script>',
}


def resolver(host: str, port: int) -> list[str]:
    return ["169.254.169.254"] if host == "metadata.example" else [host]


@pytest.fixture
def behaviours() -> dict[str, Behaviour]:
    return {}


@pytest.fixture
def servers(behaviours: dict[str, Behaviour]) -> Iterator[tuple[Upstream, Upstream, Upstream]]:
    """The upstream, and two servers where nobody may come."""
    with ExitStack() as stack:
        upstream = stack.enter_context(Upstream(behaviours))
        bad = stack.enter_context(Upstream(host=FORBIDDEN, fallback=page(b"secret")))
        worse = stack.enter_context(Upstream(host="::1", port=bad.port, fallback=page(b"secret")))
        yield upstream, bad, worse


@pytest.fixture
def render(servers: tuple[Upstream, Upstream, Upstream]) -> Iterator[Render]:
    limits = Limits(timeout=timedelta(seconds=8), max_bytes=300_000)
    allowed = [ip_network(ALLOWED)]
    with Fetcher(limits=limits, allow_networks=allowed, resolver=resolver, contact="https://acme.example/") as fetcher:
        kind = KINDS["rendered-page"]
        tools = Tools(fetcher)

        def call(path: str, forbidden: str = "") -> FetchOutcome:
            def refusal(url: str) -> FetchFailed | None:
                return FetchFailed(FailureKind.REFUSED, url) if forbidden and urlsplit(url).path == forbidden else None

            url = path if path.startswith("http") else f"{servers[0].base}{path}"
            config = kind.model.model_validate({"id": "acme", "kind": "rendered-page", "url": url})
            return kind.get(tools, config, Request("acme", url, refusal=refusal))

        yield call


def failed(outcome: FetchOutcome) -> FailureKind:
    assert isinstance(outcome, FetchFailed), outcome
    return outcome.kind


def test_a_page_is_kept_as_its_scripts_leave_it_and_the_same_each_time(
    render: Render, servers: tuple[Upstream, Upstream, Upstream], behaviours: dict[str, Behaviour]
) -> None:
    behaviours |= {
        "/p": page(APPLICATION),
        "/app.js": page(SCRIPT, Content_Type="text/javascript"),
        "/prices.json": page(b'{"small": "0.10"}', Content_Type="application/json"),
    }
    first, second = render("/p"), render("/p")
    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert b"acme-small costs $0.10" in first.body
    assert (first.body, first.status) == (second.body, 200)
    assert {seen.headers["user-agent"].partition("/")[0] for seen in servers[0].log} == {"headwater"}


def test_what_robots_txt_forbids_is_not_rendered_and_not_kept_where_a_redirect_leads_to_it(
    render: Render, servers: tuple[Upstream, Upstream, Upstream], behaviours: dict[str, Behaviour]
) -> None:
    behaviours |= {"/moved": redirect("/private"), "/private": page(b"<title>P</title><h1>Private</h1>")}
    assert failed(render("/private", "/private")) is FailureKind.REFUSED
    assert servers[0].log == []
    assert failed(render("/moved", "/private")) is FailureKind.REFUSED


def test_nothing_on_a_page_gets_past_the_guard(
    render: Render, servers: tuple[Upstream, Upstream, Upstream], behaviours: dict[str, Behaviour]
) -> None:
    upstream, bad, worse = servers
    for name, markup in ATTACKS.items():
        body = markup.format(bad=bad.base, host=FORBIDDEN, port=bad.port)
        body += markup.format(bad=worse.base, host="[::1]", port=bad.port) if name != "form" else ""
        behaviours[f"/{name}"] = page(f"<title>{name}</title><h1>It is {name}</h1>{body}".encode())
    # One page that frames all the others: each frame has its own world, and one browser start serves for all.
    frames = "".join(f'<iframe src="/{name}"></iframe>' for name in ATTACKS if name != "dialog")
    behaviours |= {
        "/all": page(f"<title>All</title><h1>All of them</h1>{frames}".encode()),
        "/to-bad": redirect(f"{bad.base}/"),
        "/file": page(b"x", Content_Type="application/octet-stream", Content_Disposition="attachment"),
        "/sw.js": page(b"fetch('/sw-ran')", Content_Type="text/javascript"),
    }
    got = render("/all")
    assert isinstance(got, Fetched), got
    assert b"All of them" in got.body
    asked = {seen.path for seen in upstream.log}
    assert {f"/{name}" for name in ATTACKS if name != "dialog"} <= asked
    assert "/sw-ran" not in asked
    assert (bad.accepted, worse.accepted) == (0, 0)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/to-bad", FailureKind.REFUSED),
        ("/script-to-bad", FailureKind.REFUSED),
        ("http://2130706434:{bad}/", FailureKind.REFUSED),
        ("/missing", FailureKind.GONE),
        ("/wall", FailureKind.BLOCKED),
        ("/silent", FailureKind.TIMEOUT),
        ("/busy", FailureKind.TIMEOUT),
        ("/endless", FailureKind.TOO_LARGE),
        ("/huge", FailureKind.TOO_LARGE),
        ("/many", FailureKind.TOO_LARGE),
        ("/file", FailureKind.WRONG_TYPE),
        ("https://127.0.0.1:{bad}/", FailureKind.CONNECTION),
    ],
)
def test_a_page_that_is_none_ends_in_its_state(
    render: Render,
    servers: tuple[Upstream, Upstream, Upstream],
    behaviours: dict[str, Behaviour],
    path: str,
    kind: FailureKind,
) -> None:
    _, bad, worse = servers
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>"
    behaviours |= {
        "/to-bad": redirect(f"{bad.base}/"),
        "/script-to-bad": page(f"<script>location = '{bad.base}/'</script>".encode()),
        "/wall": page(b"no", 403),
        "/silent": silent,
        "/busy": page(b"<p>x</p><script>onload = () => { for (;;); }</script>"),
        "/endless": endless(head, b"word " * 2_000),
        "/huge": page(b"<script>onload = () => document.body.textContent = 'x'.repeat(4e6)</script>"),
        "/many": page(b"<script>onload = () => document.body.innerHTML = '<i></i>'.repeat(2e5)</script>"),
        "/file": page(b"x", Content_Type="application/octet-stream", Content_Disposition="attachment"),
    }
    assert failed(render(path.format(bad=bad.port))) is kind
    assert (bad.accepted, worse.accepted) == (0, 0)


def test_dialogs_do_not_hold_a_page(render: Render, behaviours: dict[str, Behaviour]) -> None:
    behaviours["/p"] = page(b"<h1>Before</h1>" + ATTACKS["dialog"].encode() + b"<h1>After</h1>")
    got = render("/p")
    assert isinstance(got, Fetched)
    assert b"After" in got.body


def test_without_chromium_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, render: Render) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    got = render("/p")
    assert isinstance(got, FetchFailed)
    assert got.kind is FailureKind.REFUSED
    assert "Chromium" in got.detail
