"""Serving the review pages: settings from the configuration, the server in a thread of this process."""

from __future__ import annotations

import getpass
import os
import socket
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from monitor.config.loader import ConfigError, Configuration
from monitor.config.web import AccountConfig, WebConfig
from monitor.sheets import read_sheet
from monitor.upper import upper_rooms
from snapshots.clock import Clock, SystemClock
from snapshots.db import Database
from snapshots.secrets import SecretError, read_secret
from snapshots.web.app import create_app
from snapshots.web.contracts import UpperRooms
from snapshots.web.passwords import is_hash
from snapshots.web.settings import DEFAULT_BIND, Account, Role, WebError, WebSettings, parse_bind, require_safe

_STOP_SECONDS = 10
_BACKLOG = 128


def web_settings(
    configuration: Configuration, *, bind: str = "", environ: Mapping[str, str] | None = None
) -> WebSettings:
    """What the configuration says about the pages, with its secrets read; `bind` overrides its address.

    Raises:
        ConfigError: a password hash is missing or is none.
        WebError: the address cannot be used, or other machines could reach it and nobody would have to log in.
    """
    web: WebConfig = configuration.settings.web
    accounts, problems, signing = [], [], ""
    for index, account in enumerate(web.login.accounts):
        try:
            secrets = os.environ if environ is None else environ
            accounts.append(_account(account, secrets, configuration.folder))
        except SecretError as error:
            place = ("web", "login", "accounts", index)
            problems.append(f"{configuration.where(place)}: web.login.accounts[{index}]: {error}")
    try:
        signing = _signing_secret(web, os.environ if environ is None else environ, configuration.folder)
    except SecretError as error:
        problems.append(f"{configuration.where(('web',))}: web: {error}")
    if problems:
        raise ConfigError(problems)
    settings = WebSettings(
        bind=parse_bind(bind or web.bind or DEFAULT_BIND),
        public_url=web.public_url,
        accounts=tuple(accounts),
        trusted_proxies=web.login.trusted_proxies,
        header=web.login.header,
        others=Role[web.login.others.upper()] if web.login.others else None,
        local_name=_local_name(),
        slack_signing_secret=signing,
    )
    require_safe(settings)
    return settings


def local_settings(bind: str = "") -> WebSettings:
    """Pages for this machine alone, where no configuration is read.

    Raises:
        WebError: the address cannot be used, or other machines could reach it.
    """
    settings = WebSettings(bind=parse_bind(bind or DEFAULT_BIND), local_name=_local_name())
    require_safe(settings)
    return settings


class Served:
    """The pages, served while the `with` block runs. Connections are taken from its beginning on."""

    def __init__(
        self,
        database: Database,
        settings: WebSettings,
        *,
        clock: Clock | None = None,
        upper: UpperRooms | None = None,
    ) -> None:
        """Prepare the pages over a store; nothing listens yet. `upper` is what decisions need from other rooms."""
        self._upper = upper or upper_rooms()
        self._database = database
        self._settings = settings
        self._clock = clock or SystemClock()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address people open."""
        return self._settings.url

    @property
    def local_url(self) -> str:
        """The address that programs of this machine open."""
        return self._settings.bind.url

    def __enter__(self) -> Self:
        """Bind, then serve in a thread.

        Raises:
            WebError: the address is taken or not this machine's, or others could reach it without a login.
        """
        require_safe(self._settings)
        bound = _listen(self._settings)
        port = int(bound.getsockname()[1])
        self._settings = replace(self._settings, bind=replace(self._settings.bind, port=port))
        app = create_app(self._database, self._clock, self._settings, read_sheet, upper=self._upper)
        config = uvicorn.Config(
            app,
            # What a header says of the peer must not decide who is a trusted proxy.
            proxy_headers=False,
            server_header=False,
            date_header=False,
            access_log=False,
            log_config=None,
            lifespan="off",
            ws="none",
        )
        self._server = uvicorn.Server(config)
        run = self._server.run
        self._thread = threading.Thread(target=run, kwargs={"sockets": [bound]}, name="pages", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the requests under way, then stop."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=_STOP_SECONDS)


def _listen(settings: WebSettings) -> socket.socket:
    host, port = settings.bind.host, settings.bind.port
    bound: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        # Whoever was told the address may connect at once, and waits until the server looks.
        bound.listen(_BACKLOG)
    except OSError as error:
        if bound is not None:
            bound.close()
        message = f"The pages cannot listen at {host}:{port} ({error.strerror}). Name another address with --bind."
        raise WebError(message) from error
    return bound


def _account(account: AccountConfig, environ: Mapping[str, str], folder: Path) -> Account:
    role = Role[account.role.upper()]
    if account.password_hash_env is None and account.password_hash_file is None:
        return Account(account.name, role)
    found = read_secret(
        "password_hash",
        env=account.password_hash_env,
        file=account.password_hash_file,
        environ=environ,
        folder=folder,
    )
    if not is_hash(found):
        message = "the password hash is no argon2 hash. `headwater web hash-password` makes one."
        raise SecretError(message)
    return Account(account.name, role, found)


def _signing_secret(web: WebConfig, environ: Mapping[str, str], folder: Path) -> str:
    if not web.takes_buttons:
        return ""
    env, file = web.slack_signing_secret_env, web.slack_signing_secret_file
    return read_secret("slack_signing_secret", env=env, file=file, environ=environ, folder=folder)


def _local_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "local"
