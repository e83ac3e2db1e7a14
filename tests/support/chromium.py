"""A real Chromium for tests: the system's, installed through apt where that is allowed, or why there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# A browser that is tested must not talk to its makers.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_INSTALL_SECONDS = 600


class NoChromiumError(Exception):
    """There is no Chromium here and none could be installed; the message says why."""


def executable() -> str:
    """The path of Chromium; installed first where this is Debian and we may.

    Raises:
        NoChromiumError: there is none.
    """
    if found := next((path for name in NAMES if (path := shutil.which(name))), None):
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        message = "Chromium is not installed. Install the package chromium, then run the tests again."
        raise NoChromiumError(message)
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]):
        done = subprocess.run(command, capture_output=True, timeout=_INSTALL_SECONDS, check=False)
        if done.returncode:
            message = f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[-300:]}"
            raise NoChromiumError(message)
    found = shutil.which("chromium")
    if found is None:
        raise NoChromiumError("apt-get installed the package chromium, and there is no program of that name.")
    return found


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
        yield browser
        browser.close()


class Watched:
    """A page that remembers what must not happen: dialogs, errors, refused content, requests to elsewhere."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.origin = origin
        self.troubles: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("dialog", self._dialog)
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("console", self._console)
        context.on("request", self._request)

    def goto(self, address: str) -> None:
        """Open an address of the pages."""
        self.page.goto(self.origin + address)

    def _dialog(self, dialog: object) -> None:
        self.troubles.append(f"dialog: {dialog}")
        dialog.dismiss()  # type: ignore[attr-defined]

    def _console(self, message: object) -> None:
        text = str(message.text)  # type: ignore[attr-defined]
        if "the server responded with a status" not in text:
            self.troubles.append(f"console: {text}")

    def _request(self, request: object) -> None:
        url = str(request.url)  # type: ignore[attr-defined]
        if not url.startswith((self.origin, "data:")):
            self.troubles.append(f"request: {url}")
