"""`headwater doctor`: is everything well that the service rests on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.errors import ExitCode
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, load_configuration

if TYPE_CHECKING:
    from monitor.config.loader import Configuration
    from monitor.fetch.client import Fetcher
    from monitor.ops.doctor.model import Finding, Look
    from snapshots.clock import Clock

_MARKS = {"good": "[green]✓[/]", "wrong": "[red]✗[/]", "skipped": "[dim]-[/]"}


def doctor(
    config: ConfigOption = DEFAULT_CONFIG,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no other machine but the database.")] = False,
    timeout: Annotated[float, typer.Option("--timeout", min=1, max=600, help="Seconds for everything.")] = 30.0,
    as_json: JsonOption = False,
) -> None:
    """Look at database, clock, names, the way out, channels, disk and sources; say what to do. Sends nothing.

    Exit status 0 when all is well, 1 when something is wrong; 3 when the configuration cannot be read.
    """
    from dataclasses import asdict

    from monitor import logs
    from monitor.cli import output
    from monitor.ops.doctor.examine import examine
    from monitor.wiring.fetching import open_fetcher
    from snapshots.clock import SystemClock

    logs.quiet()
    configuration, clock = load_configuration(config), SystemClock()
    share = min(configuration.settings.fetch.timeout, timedelta(seconds=timeout / 2))
    with open_fetcher(configuration, clock, timeout=share) as fetcher:
        found = examine(list(_looks(configuration, None if offline else fetcher, clock)), seconds=timeout)
    well = all(finding.state != "wrong" for finding in found)
    if as_json:
        output.emit_json({"ok": well, "findings": [asdict(finding) for finding in found]})
    else:
        for finding in found:
            _print(finding)
        bad = sum(finding.state == "wrong" for finding in found)
        said = "All is well." if well else f"{output.counted(bad, 'thing')} to see to."
        output.console.print(f"\n{said}")
    if not well:
        raise typer.Exit(ExitCode.NEGATIVE)


def _looks(configuration: Configuration, fetcher: Fetcher | None, clock: Clock) -> Iterator[Look]:
    from monitor.fetch.kinds import KINDS
    from monitor.ops.doctor.model import Look
    from monitor.ops.doctor.network import Address, looks_at_hosts

    yield Look("database", configuration.settings.database, lambda: _store(configuration, clock))
    yield Look("secret", "sources", partial(_other_secrets, configuration))
    for channel in configuration.settings.channels:
        yield Look("channel", channel.name, partial(_channel, configuration, channel, offline=fetcher is None))
    if fetcher is not None:
        watched = [
            Address(
                source.id,
                source.address,
                open=KINDS[source.kind].crawls and getattr(source, "credentials", None) is None,
                obeys_robots=KINDS[source.kind].crawls and source.robots == "obey",
            )
            for source in configuration.sources
            if not source.paused
        ]
        yield from looks_at_hosts(watched, fetcher, clock)


def _store(configuration: Configuration, clock: Clock) -> Iterator[Finding]:
    from monitor.config.loader import ConfigError
    from monitor.ops.doctor.model import wrong
    from monitor.ops.doctor.store import look_at_store
    from monitor.wiring.storing import database_of

    try:
        database = database_of(configuration)
    except ConfigError as error:
        yield wrong("secret", "database", str(error), "Set it, or let this user read the file.")
        return
    try:
        yield from look_at_store(database, clock)
    finally:
        database.close()


def _other_secrets(configuration: Configuration) -> Iterator[Finding]:
    from monitor.config.loader import ConfigError
    from monitor.ops.doctor.model import wrong
    from monitor.wiring.fetching import read_source_headers
    from monitor.wiring.watchdog import open_heartbeat

    for about, read in (("sources", read_source_headers), ("heartbeat", open_heartbeat)):
        try:
            read(configuration)
        except ConfigError as error:
            for problem in error.problems:
                yield wrong("secret", about, problem, "Set it, or let this user read the file.")


def _channel(configuration: Configuration, config: Any, *, offline: bool) -> Iterator[Finding]:
    from alerts.channels import DeliveryError, open_channel
    from alerts.probe import reach
    from monitor.ops.doctor.model import good, skipped, wrong
    from snapshots.secrets import SecretError

    name = config.name
    try:
        channel = open_channel(config, os.environ, configuration.folder)
    except SecretError as error:
        yield wrong("secret", name, str(error), "Set it, or let this user read the file.")
        return
    yield good("secret", name, "what it needs can be read")
    if offline:
        yield skipped("channel", name, "not reached for (--offline)")
        return
    try:
        said = reach(channel)
    except DeliveryError as error:
        yield wrong("channel", name, error.detail, f"Mend it, then send a test: `headwater alerts test {name}`.")
        return
    yield good("channel", name, said) if said else skipped("channel", name, "cannot be asked without a message")


def _print(finding: Finding) -> None:
    from monitor.cli import output

    mark, about = _MARKS[finding.state], output.safe(finding.about)
    line = f"{mark} {finding.area:<9} {about}: {output.safe(finding.says)}"
    output.console.print(line, soft_wrap=True)
    if finding.todo:
        output.console.print(f"            {output.safe(finding.todo)}", soft_wrap=True)
