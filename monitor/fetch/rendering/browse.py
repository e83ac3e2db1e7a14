"""Renders one page in Chromium, as a program of its own: a job as JSON on stdin, the page as JSON on stdout.

    python -m monitor.fetch.rendering.browse

A program of its own can be ended whatever the page does, and its memory is not ours.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, Request, Response, Route, sync_playwright

# Everything goes to the proxy: no name is resolved here, no address bypasses it, nothing leaves by UDP.
_FLAGS = (
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--dns-prefetch-disable",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-pings",
    "--js-flags=--max-old-space-size=256",
)
# Neither changes what the page says, and both make it say it differently from day to day.
_NOT_NEEDED = frozenset({"image", "media", "font"})
_SETTLED_MS = 3_000
# In a world of its own, where the page cannot have put anything else in place of these functions.
_SERIALIZE = """(() => {
  const count = document.getElementsByTagName("*").length;
  if (count > %d) return {large: true};
  const html = "<!doctype html>" + document.documentElement.outerHTML;
  return html.length > %d ? {large: true} : {html};
})()"""
_MOST_ELEMENTS = 75_000


def main() -> None:
    """Render the page of the job."""
    job = json.load(sys.stdin)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=job["chromium"],
            args=list(_FLAGS),
            proxy={"server": job["proxy"]},
            chromium_sandbox=job["sandbox"],
            timeout=job["timeout_ms"],
        )
        context = browser.new_context(
            user_agent=job["user_agent"],
            accept_downloads=False,
            service_workers="block",
            locale="en-US",
            timezone_id="UTC",
            viewport={"width": 1280, "height": 1024},
            reduced_motion="reduce",
        )
        said = _render(context, job)
        browser.close()
    json.dump(said, sys.stdout)


def _render(context: BrowserContext, job: dict[str, Any]) -> dict[str, Any]:
    page = context.new_page()
    asked = 0
    said: dict[str, Any] = {"url": job["url"]}

    def admit(route: Route, request: Request) -> None:
        nonlocal asked
        asked += 1
        if _is_document(request, page):
            said["url"] = request.url
        web = request.url.startswith(("http://", "https://"))
        if not web or asked > job["most_requests"] or request.resource_type in _NOT_NEEDED:
            route.abort()
        else:
            route.continue_()

    def note(response: Response) -> None:
        # A script may lead to another document after the first is there.
        if _is_document(response.request, page):
            said.update(status=response.status, headers=response.headers)

    context.route("**/*", admit)
    page.on("response", note)
    context.on("page", lambda opened: opened.close())
    page.on("dialog", lambda dialog: dialog.dismiss())
    try:
        page.goto(job["url"], wait_until="load", timeout=job["timeout_ms"])
        with suppress(Error):
            page.wait_for_load_state("networkidle", timeout=_SETTLED_MS)
        said |= {"url": page.url} | _serialized(context, page, job)
    except Error as error:
        said["error"] = error.message
    return said


def _is_document(request: Request, page: Page) -> bool:
    """Whether a request is for the page itself, not for a frame or a part of it."""
    with suppress(Error):
        return request.is_navigation_request() and request.frame == page.main_frame
    # The frame of a navigation that is about to begin in another process is not known yet.
    return False


def _serialized(context: BrowserContext, page: Page, job: dict[str, Any]) -> dict[str, Any]:
    session = context.new_cdp_session(page)
    session.send("Emulation.setScriptExecutionDisabled", {"value": True})
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame})["executionContextId"]
    answer = session.send(
        "Runtime.evaluate",
        {
            "expression": _SERIALIZE % (_MOST_ELEMENTS, job["most_characters"]),
            "contextId": world,
            "returnByValue": True,
            "timeout": job["timeout_ms"],
        },
    )
    value: dict[str, Any] = answer["result"].get("value") or {"error": "the page cannot be read"}
    return value


if __name__ == "__main__":
    main()
