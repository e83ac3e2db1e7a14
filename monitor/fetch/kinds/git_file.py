"""`git-file`: one file of a git repository, by branch, as the raw address of its host serves it.

GitHub: `raw.githubusercontent.com/OWNER/NAME/BRANCH/PATH`. GitLab: `REPOSITORY/-/raw/BRANCH/PATH`. Gitea, Forgejo and
Codeberg: `REPOSITORY/raw/branch/BRANCH/PATH`. Any other host by a template.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import Field, model_validator

from monitor.config.base import WebAddress
from monitor.fetch.kinds.base import HttpSource, SourceKind, Tools
from monitor.fetch.kinds.endings import MEDIA_TYPES
from monitor.fetch.model import Fetched, FetchOutcome, Request


class Forge(StrEnum):
    """Whose addresses a host uses."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"


_HOSTS = {"github.com": Forge.GITHUB, "www.github.com": Forge.GITHUB, "gitlab.com": Forge.GITLAB}
_HOSTS |= dict.fromkeys(("codeberg.org", "gitea.com"), Forge.GITEA)


class GitFile(HttpSource):
    """A file by repository, branch and path."""

    kind: Literal["git-file"]
    repository: WebAddress = Field(description="The page of the repository, such as https://github.com/acme/docs.")
    branch: str = Field(default="main", min_length=1, max_length=200, description="Branch, tag or commit.")
    path: str = Field(min_length=1, max_length=1_000, description="The file within the repository.")
    forge: Forge | None = Field(default=None, description="What a host of your own runs: github, gitlab or gitea.")
    template: str | None = Field(
        default=None, description="The raw address with {repository}, {branch} and {path}, for any other host."
    )

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        host = urlsplit(self.repository).hostname or ""
        if self.template is not None and self.forge is not None:
            message = "give `forge` or `template`, not both."
            raise ValueError(message)
        if self.template is None and self.forge is None and host not in _HOSTS:
            message = f"how {host} serves raw files is not known. Give `forge` (github, gitlab, gitea) or `template`."
            raise ValueError(message)
        if self.template is not None and ("{path}" not in self.template or not _is_web(self.address)):
            message = "`template` must be a web address that holds {path}."
            raise ValueError(message)
        steps = [step for step in urlsplit(self.repository).path.split("/") if step]
        if self.template is None and len(steps) < 2:
            message = f'"{self.repository}" is not a repository. Write https://host/owner/name.'
            raise ValueError(message)
        if ".." in self.path.split("/") or ".." in self.branch.split("/"):
            message = "`path` and `branch` must not climb with `..`."
            raise ValueError(message)
        return self

    @property
    def address(self) -> str:
        """The raw address."""
        repository = self.repository.rstrip("/").removesuffix(".git")
        branch, path = quote(self.branch), quote(self.path.lstrip("/"))
        if self.template is not None:
            parts = {"{repository}": repository, "{branch}": branch, "{path}": path}
            address = self.template
            for name, value in parts.items():
                address = address.replace(name, value)
            return address
        parts_of = urlsplit(repository)
        match self.forge or _HOSTS.get(parts_of.hostname or ""):
            case Forge.GITLAB:
                return f"{repository}/-/raw/{branch}/{path}"
            case Forge.GITEA:
                return f"{repository}/raw/branch/{branch}/{path}"
            case _ if parts_of.hostname in _HOSTS:
                return f"https://raw.githubusercontent.com{parts_of.path}/{branch}/{path}"
            case _:
                return f"{repository}/raw/{branch}/{path}"


def get(tools: Tools, config: GitFile, request: Request) -> FetchOutcome:
    """Get the file."""
    answer = tools.fetcher.fetch(request)
    if not isinstance(answer, Fetched):
        return answer
    media, _, rest = answer.content_type.partition(";")
    # Hosts serve raw files as plain text; the name says what they are.
    form = MEDIA_TYPES.get(config.path.rpartition(".")[2].lower())
    if form is None or media.strip().lower() not in ("", "text/plain", "application/octet-stream"):
        return answer
    return replace(answer, content_type=f"{form};{rest}".rstrip(";"))


def _is_web(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.username or parts.password)


SOURCE_KIND = SourceKind("git-file", GitFile, get)
