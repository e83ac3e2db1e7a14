"""The account for people: what changed upstream, what was sent where, what was rightly not sent."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from datetime import datetime

from rich import box
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from monitor.demo.account import Account, Sent, Told, Upstream
from monitor.demo.folder import DemoFolder

# What a subject line on Slack begins with.
LEVEL_MARKS = "■▲○ "


def print_account(console: Console, account: Account, *, folder: DemoFolder, seconds: float, program: str) -> None:
    """Print `account`, where its files lie in `folder`, and commands to try next, which begin with `program`."""
    days, looked = (account.until - account.since).days, sum(account.checks.values())
    console.print(f"\n[bold]{days} days of history, watched in {seconds:.0f} seconds: {looked} checks.[/]\n")
    console.print(_upstream(account.upstream))
    console.print(_sent(account.sent))
    console.print(_unsent(account))
    if account.ok:
        console.print("[green]Each upstream change was told, and nothing else.[/]\n")
    else:
        console.print("[red]The account does not hold:[/]")
        for problem in account.problems:
            console.print(f"  {escape(problem)}", soft_wrap=True)
        console.print()
    console.print(_where(folder, program), soft_wrap=True)


def _upstream(events: Iterable[Upstream]) -> RenderableType:
    table = _table("What changed upstream", ("day", "what the provider did", "what people were told"))
    for event in events:
        lines = [f"{escape(kind)}  [bold]{escape(', '.join(subjects))}[/]" for kind, subjects in _by_kind(event.told)]
        lines += [f"[red]{escape(kind)} of {escape(subject)} was not told[/]" for kind, subject in event.untold]
        if event.told:
            first = min(told.seen_at for told in event.told)
            lines.append(f"[dim]first seen {_span(event.at, first)} later[/]")
        table.add_row(_day(event.at), escape(event.what), "\n".join(lines))
    return table


def _by_kind(told: Iterable[Told]) -> Iterable[tuple[str, list[str]]]:
    kinds: dict[str, list[str]] = {}
    for one in told:
        if one.joined:
            continue
        kinds.setdefault(one.kind, []).append(one.subject)
    return kinds.items()


def _sent(messages: Sequence[Sent]) -> RenderableType:
    table = _table("What was sent where", ("day", "channels", "subject line", "refused before"))
    same: dict[tuple[str, str], list[Sent]] = {}
    for message in messages:
        same.setdefault((_day(message.at), message.subject.lstrip(LEVEL_MARKS)), []).append(message)
    for (day, subject), sent in same.items():
        channels = ", ".join(sorted({message.channel for message in sent}))
        refused = [f"{message.channel}: {', '.join(message.refusals)}" for message in sent if message.refusals]
        table.add_row(day, escape(channels), escape(subject), escape("\n".join(refused)))
    return table


def _unsent(account: Account) -> RenderableType:
    table = _table("What was rightly not sent", ("day", "what was seen", "looks", "what it was taken for"))
    for one in account.unsent:
        table.add_row(_day(one.at), escape(one.what), str(one.looks), escape(one.noted))
    if account.joined:
        table.add_row(
            "", "The same event read on a second page", str(account.joined), "joined to the message already sent"
        )
    if account.texts:
        table.add_row("", "Text that makes no claim", str(account.texts), "recorded, never sent")
    return table


def _where(folder: DemoFolder, program: str) -> str:
    lines = [
        "[bold]Where it lies[/]",
        f"  messages   {escape(str(folder.mail))} (.eml and .html), {escape(str(folder.slack))} (.json)",
        f"  store      {escape(str(folder.store))}",
        "",
        "[bold]Try next[/]",
    ]
    commands = (
        "changes list",
        "facts deepseek-chat --at 2026-01-15",
        "facts deepseek-chat --at 2026-05-01",
        "deadlines",
        "sources list",
    )
    config = shlex.quote(str(folder.config))
    tries = (escape(f"  {shlex.quote(program)} {command} --config {config}") for command in commands)
    return "\n".join([*lines, *tries, ""])


def _table(title: str, columns: Iterable[str]) -> Table:
    table = Table(title=title, title_style="bold", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("day", "channels"))
    return table


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"


def _span(since: datetime, until: datetime) -> str:
    hours = max(1, int((until - since).total_seconds() // 3600))
    if hours < 48:
        return "1 hour" if hours == 1 else f"{hours} hours"
    return f"{hours // 24} days"
