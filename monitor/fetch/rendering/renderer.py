"""One page, rendered: starts the browser behind a guarded proxy, and ends it when its time is over."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from monitor.fetch.guard import GuardedBackend
from monitor.fetch.model import FailureKind
from monitor.fetch.rendering.proxy import GuardedProxy

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MOST_CONNECTIONS = 100
# What a page's scripts and styles may weigh beside the page.
_TRAFFIC = 8
# A browser is hundreds of megabytes; one at a time is enough for pages that are looked at every few hours.
_ONE = threading.Lock()
# For the start of the browser and its end.
_GRACE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """What one page may cost: seconds, characters of the result, and requests of it all."""

    seconds: float
    max_bytes: int
    most_requests: int = 200


@dataclass(frozen=True, slots=True)
class Rendered:
    """The page after its scripts ran. `status` and `headers` are those of the document itself."""

    html: bytes
    status: int
    url: str
    headers: dict[str, str]


class RenderError(Exception):
    """There is no page; `kind` is the state, the message a sentence."""

    def __init__(self, kind: FailureKind, detail: str, url: str | None = None) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.url = kind, detail, url


def unavailable() -> str | None:
    """Why no page can be rendered here, as a sentence that says what to do; `None` when it can."""
    if find_spec("playwright") is None:
        return 'Rendered pages need the extra "browser": pip install "headwater[browser]".'
    if _chromium() is None:
        return f"Rendered pages need Chromium on PATH, as one of {', '.join(_PROGRAMS)}: install your system's package."
    return None


def render(backend: GuardedBackend, url: str, *, user_agent: str, limits: RenderLimits) -> Rendered:
    """Load a page in a browser of its own and give what it looks like after its scripts ran.

    Raises:
        RenderError: there is no page to believe.
    """
    if reason := unavailable():
        raise RenderError(FailureKind.REFUSED, reason)
    host = urlsplit(url).hostname or ""
    with (
        _ONE,
        GuardedProxy(
            backend,
            seconds=limits.seconds + _GRACE_SECONDS,
            most_bytes=limits.max_bytes * _TRAFFIC,
            most_connections=_MOST_CONNECTIONS,
        ) as proxy,
    ):
        said = _browse(
            {
                "url": url,
                "proxy": proxy.address,
                "chromium": _chromium(),
                "user_agent": user_agent,
                "timeout_ms": int(limits.seconds * 1000),
                "most_requests": limits.most_requests,
                "most_characters": limits.max_bytes,
                # As root Chromium has no sandbox; run the service as another user, as its images do.
                "sandbox": os.geteuid() != 0,
            },
            limits,
        )
        host = urlsplit(said.get("url") or url).hostname or host
        if (failure := proxy.failures.get(host)) is not None and said.get("status") in (None, 403, 502, 504):
            raise RenderError(*failure, said.get("url"))
        if proxy.exhausted:
            detail = (
                f"The page and what it loads weigh more than {limits.max_bytes * _TRAFFIC:,} bytes, or ask too often."
            )
            raise RenderError(FailureKind.TOO_LARGE, detail, said.get("url"))
    return _rendered(said, host, limits)


def _rendered(said: dict[str, Any], host: str, limits: RenderLimits) -> Rendered:
    if said.get("large"):
        detail = f"The rendered page is larger than {limits.max_bytes:,} bytes (fetch.max_bytes)."
        raise RenderError(FailureKind.TOO_LARGE, detail, said["url"])
    error = str(said.get("error", ""))
    if "Timeout" in error:
        raise RenderError(FailureKind.TIMEOUT, f"{host} did not show its page in time.", said["url"])
    if "ERR_CERT" in error or "ERR_SSL" in error:
        raise RenderError(FailureKind.TLS, f"The certificate of {host} is not trusted.", said["url"])
    if "Download is starting" in error:
        raise RenderError(FailureKind.WRONG_TYPE, f"{host} sent a file to download in place of a page.", said["url"])
    if error or "html" not in said or "status" not in said:
        detail = f"{host} sent no page that a browser shows."
        raise RenderError(FailureKind.INVALID_RESPONSE, detail, said.get("url"))
    html = str(said["html"]).encode("utf-8", "replace")
    return Rendered(html, int(said["status"]), str(said["url"]), dict(said["headers"]))


def _browse(job: dict[str, Any], limits: RenderLimits) -> dict[str, Any]:
    """Run the browser; a process group of its own, so that nothing of it outlives its time."""
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor.fetch.rendering.browse"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")},
    )
    try:
        output, _ = process.communicate(json.dumps(job).encode(), timeout=limits.seconds + _GRACE_SECONDS)
        said: dict[str, Any] = json.loads(output)
    except subprocess.TimeoutExpired as error:
        detail = f"{job['url']} kept the browser busy until its time was over."
        raise RenderError(FailureKind.TIMEOUT, detail) from error
    except ValueError as error:
        raise RenderError(FailureKind.INVALID_RESPONSE, f"{job['url']} ended the browser.") from error
    finally:
        # Without its driver Chromium ends too.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return said


def _chromium() -> str | None:
    return next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
