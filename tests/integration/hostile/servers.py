"""The servers that the hostile cases are about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.integration.hostile.addresses import ALLOWED, FORBIDDEN
from tests.integration.hostile.cases import CASES, address_of, behaviours
from tests.support.behaviours import page, redirect
from tests.support.certificates import server_context
from tests.support.watching import PRICES
from tests.support.wire import Exchange, Upstream


def to(exchange: Exchange) -> None:
    """A redirect to what the query says."""
    location = unquote(exchange.seen.path.partition("?")[2])
    exchange.answer(302, b"", Location=location.encode().decode("latin-1"))


def closing(exchange: Exchange) -> None:
    exchange.answer(200, PRICES, Connection="close")
    exchange.keep = False


@contextmanager
def playing(folder: Path) -> Iterator[tuple[dict[str, Any], list[Upstream]]]:
    """Run them; gives what the child process is told, and the servers that nobody may reach."""
    plain = {"/good": page(PRICES), "/closing": closing, "/to": to, **behaviours()}
    with ExitStack() as stack:
        upstream = stack.enter_context(Upstream(plain))

        def tls(name: str, host: str = ALLOWED, ends: timedelta = timedelta(hours=1)) -> tuple[Upstream, Path]:
            context, certificate = server_context(folder / name, host, ends=ends)
            served = {"/good": page(PRICES), "/down": redirect(f"{upstream.base}/good")}
            return stack.enter_context(Upstream(served, tls=context)), certificate

        untrusted, _ = tls("untrusted")
        certified = {
            "trusted": tls("trusted"),
            "expired": tls("expired", ends=timedelta(hours=-1)),
            "misnamed": tls("misnamed", FORBIDDEN),
        }
        roots = folder / "roots.pem"
        roots.write_bytes(b"".join(certificate.read_bytes() for _, certificate in certified.values()))
        first = stack.enter_context(Upstream(host=FORBIDDEN, fallback=page(PRICES)))
        second = stack.enter_context(Upstream(host="::1", port=first.port, fallback=page(PRICES)))
        with Upstream() as gone:
            closed = gone.port
        places = {
            "upstream": upstream.base,
            "port": str(upstream.port),
            "forbidden": str(first.port),
            "untrusted": untrusted.base,
            "closed": str(closed),
            **{name: server.base for name, (server, _) in certified.items()},
        }
        told = {
            "good": f"{upstream.base}/good",
            "closing": f"http://rebind.example:{upstream.port}/closing",
            "ca_file": str(roots),
            "cases": {case.name: address_of(case, places) for case in CASES},
        }
        yield told, [first, second]
