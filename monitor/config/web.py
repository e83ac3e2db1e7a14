"""The shape of `web:` in `headwater.yaml`: where the review pages are, and who may come in."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from monitor.config.base import Model, WebAddressOrNone
from snapshots.secrets import demand_one
from snapshots.web.settings import WebError, parse_bind


def _address(value: str) -> str:
    try:
        parse_bind(value)
    except WebError as error:
        raise ValueError(str(error)) from error
    return value


BindAddress = Annotated[str, AfterValidator(_address)]


class AccountConfig(Model):
    """One person who may come in."""

    name: str = Field(min_length=1, max_length=128, description="The name that decisions are kept under.")
    role: Literal["read", "review", "admin"] = Field(default="review", description="What this person may do.")
    password_hash_env: str | None = Field(default=None, description="Environment variable with the argon2 hash.")
    password_hash_file: str | None = Field(default=None, description="File with the argon2 hash.")

    @model_validator(mode="after")
    def _one_hash_at_most(self) -> Self:
        if self.password_hash_env is not None or self.password_hash_file is not None:
            demand_one("password_hash", self.password_hash_env, self.password_hash_file)
        return self


class LoginConfig(Model):
    """Who may come in: by password, or named by a proxy that asked for one."""

    accounts: tuple[AccountConfig, ...] = Field(
        default=(), description="People; those without a password hash come in through a proxy only."
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description="Addresses of authenticating proxies, whose header names the person."
    )
    header: str = Field(
        default="X-Forwarded-User", pattern=r"^[A-Za-z0-9-]{1,64}$", description="The header in which they do."
    )
    others: Literal["read", "review", "admin"] | None = Field(
        default=None, description="Role of people whom a proxy names and no account lists; null refuses them."
    )


class WebConfig(Model):
    """The review pages. They are served by `headwater web`, and by `headwater run` when `bind` is given."""

    bind: BindAddress | None = Field(
        default=None, description="Host and port, such as 127.0.0.1:8080; other than loopback only with a login."
    )
    public_url: WebAddressOrNone = Field(default="", description="The address people use; it stands in messages.")
    login: LoginConfig = LoginConfig()
    slack_signing_secret_env: str | None = Field(
        default=None, description="Environment variable with the signing secret of the Slack app whose buttons decide."
    )
    slack_signing_secret_file: str | None = Field(default=None, description="File with that signing secret.")

    @property
    def takes_buttons(self) -> bool:
        """Whether presses of Slack's buttons can be believed."""
        return self.slack_signing_secret_env is not None or self.slack_signing_secret_file is not None

    @model_validator(mode="after")
    def _one_signing_secret_at_most(self) -> Self:
        if self.takes_buttons:
            demand_one("slack_signing_secret", self.slack_signing_secret_env, self.slack_signing_secret_file)
        return self
