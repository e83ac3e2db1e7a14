"""`headwater init`: a configuration to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.errors import UserError
from monitor.cli.options import DEFAULT_CONFIG


def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = DEFAULT_CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented configuration that watches DeepSeek and logs what changes."""
    from monitor.cli import output
    from monitor.config.starter import STARTER

    if path.exists() and not force:
        message = f"{path} exists already. Name another file, or replace it with --force."
        raise UserError(message)
    try:
        path.write_text(STARTER, encoding="utf-8")
    except OSError as error:
        message = f"{path} cannot be written ({error.strerror})."
        raise UserError(message) from error
    output.console.print(f"Wrote {output.safe(path)}. Next: `headwater config check`, then `headwater run`.")
