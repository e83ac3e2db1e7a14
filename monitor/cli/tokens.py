"""`headwater tokens`: what programs prove themselves with at the API and the feeds."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.errors import UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, instant, open_store
from monitor.cli.review import AsOption, reviewer

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke the tokens of programs.")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What uses it; decisions are kept under this name.")],
    scope: Annotated[
        str, typer.Option("--scope", help="read, review, admin, or feed for the address of a feed alone.")
    ] = "read",
    until: Annotated[
        str | None, typer.Option("--until", help="It works until this day or instant (UTC); for good without it.")
    ] = None,
    as_: AsOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token and print it: this once, for only its digest is kept."""
    from monitor.cli import output
    from snapshots.clock import SystemClock
    from snapshots.tokens import Scope, add_token

    if scope not in set(Scope):
        message = f'"{output.plain(scope)}" is not a scope. Scopes are {", ".join(Scope)}.'
        raise UserError(message)
    by, ends = reviewer(as_), instant(until) if until else None
    with open_store(config, database).writing() as session:
        seen, token = add_token(session, name, Scope(scope), by=by.actor, now=SystemClock().now(), expires_at=ends)
    if as_json:
        output.emit_json({"id": seen.id, "name": seen.name, "scope": seen.scope, "token": token})
    else:
        typer.echo(token)


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Also those that no longer work.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the tokens that work, without the tokens themselves."""
    from dataclasses import asdict

    from monitor.cli import output
    from snapshots.clock import SystemClock
    from snapshots.tokens import list_tokens

    now = SystemClock().now()
    with open_store(config, database).reading() as session:
        found = [one for one in list_tokens(session) if all_ or one.works(now)]
    if as_json:
        output.emit_json([asdict(one) | {"works": one.works(now)} for one in found])
    elif not found:
        output.console.print("No token was made." if all_ else "No token works.")
    else:
        output.table(
            ("no.", "name", "scope", "made", "until"),
            [
                (
                    str(one.id),
                    output.safe(one.name),
                    one.scope,
                    f"{output.moment(one.created_at)} by {output.safe(one.created_by)}",
                    f"revoked {output.moment(one.revoked_at)}"
                    if one.revoked_at
                    else output.moment(one.expires_at)
                    if one.expires_at
                    else "for good",
                )
                for one in found
            ],
        )


@app.command()
def revoke(
    token: Annotated[int, typer.Argument(help="The number of a token.")],
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let nobody in with it from now on."""
    from monitor.cli import output
    from snapshots.clock import SystemClock
    from snapshots.tokens import revoke_token

    with open_store(config, database).writing() as session:
        seen = revoke_token(session, token, now=SystemClock().now())
    if as_json:
        output.emit_json({"id": seen.id, "name": seen.name, "revoked_at": seen.revoked_at})
    else:
        output.console.print(f"Token {seen.id} of {output.safe(seen.name)} no longer works.")
