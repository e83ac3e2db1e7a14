"""A browser without scripts: it follows links, keeps cookies, and sends the forms that pages hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx2
from bs4 import BeautifulSoup


@dataclass(frozen=True, slots=True)
class Page:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.body, "lxml")

    @property
    def text(self) -> str:
        return " ".join(self.soup.get_text(" ").split())

    def heading(self) -> str:
        found = self.soup.h1
        assert found is not None
        return " ".join(found.get_text(" ").split())

    def links(self) -> list[str]:
        return [str(link["href"]) for link in self.soup.select("a[href]")]

    def form(self, action: str, which: int = 0) -> Mapping[str, str]:
        """The hidden fields of one form that posts to an address."""
        found = self.soup.select(f'form[method="post"][action="{action}"]')
        assert found, f"no form posts to {action}"
        return {
            str(field["name"]): str(field.get("value", "")) for field in found[which].select('input[type="hidden"]')
        }


class Browser:
    """One person's browser."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._client = httpx2.Client(base_url=origin, follow_redirects=False, trust_env=False, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.name: cookie.value or "" for cookie in self._client.cookies.jar}

    def get(self, address: str, *, follow: bool = True, headers: Mapping[str, str] | None = None) -> Page:
        page = self._page(self._client.get(address, headers=dict(headers or {})))
        while follow and page.status in (302, 303):
            page = self._page(self._client.get(page.headers["location"], headers=dict(headers or {})))
        return page

    def post(self, address: str, fields: Mapping[str, str | list[str]], *, follow: bool = True) -> Page:
        page = self._page(self._client.post(address, data=dict(fields)))
        return self.get(page.headers["location"]) if follow and page.status == 303 else page

    def send(self, page: Page, to: str, /, **fields: str) -> Page:
        """Fill in a form of a page and send it."""
        return self.post(to, {**page.form(to), **fields})

    def another(self) -> Browser:
        """The browser of somebody else."""
        return Browser(self.origin)

    @staticmethod
    def _page(answer: httpx2.Response) -> Page:
        return Page(answer.status_code, dict(answer.headers), answer.content, str(answer.url))
