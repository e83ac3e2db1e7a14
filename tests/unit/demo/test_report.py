from __future__ import annotations

from io import StringIO
from pathlib import Path

from rich.console import Console

from monitor.demo.account import Account
from monitor.demo.folder import DemoFolder
from monitor.demo.report import print_account
from monitor.demo.timeline import END, START


def test_the_commands_to_try_next_can_be_typed_as_they_stand(tmp_path: Path) -> None:
    console = Console(file=StringIO(), width=80)
    account = Account(
        since=START, until=END, checks={}, upstream=(), sent=(), unsent=(), joined=0, texts=0, problems=()
    )
    folder = DemoFolder(tmp_path / "a [bold] folder")
    print_account(console, account, folder=folder, seconds=1, program=".venv/bin/headwater")
    assert isinstance(console.file, StringIO)
    tries = console.file.getvalue().partition("Try next\n")[2].strip().splitlines()
    assert len(tries) > 3
    for line in tries:
        assert line.strip().startswith(".venv/bin/headwater ")
        assert line.endswith(f" --config '{folder.config}'")
