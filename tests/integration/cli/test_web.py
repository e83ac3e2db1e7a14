from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from snapshots.db import Database
from snapshots.web.passwords import hash_password, matches
from tests.e2e.harness import HEADWATER
from tests.integration.cli.conftest import Run

CONFIG = """\
database: sqlite:///headwater.db
web:
  bind: {bind}
{login}"""


def test_pages_are_served_until_the_process_is_told_to_stop(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'headwater.db'}")
    database.upgrade()
    database.close()
    command = [str(HEADWATER), "web", "--bind", "127.0.0.1:0", "--database", f"sqlite:///{tmp_path / 'headwater.db'}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    try:
        assert "Nothing is watched yet" in httpx2.get(url, trust_env=False).text
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors


@pytest.mark.parametrize(
    ("bind", "login", "sentence"),
    [
        ("0.0.0.0:8080", "", "nobody would have to log in"),
        ("nonsense", "", 'headwater.yaml:3: web.bind: "nonsense" is no address to listen at'),
        ("127.0.0.1:0", "  login: {accounts: [{name: mara, password_hash: x}]}\n", "is a secret and does not belong"),
        ("127.0.0.1:0", "  login: {accounts: [{name: mara, rolle: x}]}\n", "Did you mean `role`?"),
        ("127.0.0.1:0", "  login: {accounts: [{name: mara, password_hash_env: NOWHERE}]}\n", "which is not set"),
        ("127.0.0.1:0", "  login: {accounts: [{name: mara, password_hash_file: plain}]}\n", "is no argon2 hash"),
    ],
)
def test_what_cannot_be_served_is_said_with_its_line(
    bind: str, login: str, sentence: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "headwater.yaml").write_text(CONFIG.format(bind=bind, login=login))
    (tmp_path / "plain").write_text("my password\n")
    answer = run("web")
    assert answer.code == 3
    assert sentence in answer.err
    assert "Traceback" not in answer.err
    assert "my password" not in answer.err


def test_an_address_that_is_taken_is_said(run: Run, tmp_path: Path) -> None:
    import socket

    database = Database(f"sqlite:///{tmp_path / 'headwater.db'}")
    database.upgrade()
    database.close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = run("web", "--database", f"sqlite:///{tmp_path / 'headwater.db'}", "--bind", f"127.0.0.1:{port}")
    assert answer.code == 3
    assert f"The pages cannot listen at 127.0.0.1:{port}" in answer.err


def test_a_password_is_asked_for_and_only_its_hash_is_printed() -> None:
    asked = subprocess.run(
        [str(HEADWATER), "web", "hash-password"],
        input="correct horse\ncorrect horse\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert matches(asked.stdout.strip(), "correct horse")
    assert "correct horse" not in asked.stdout + asked.stderr
    assert not matches(hash_password("a"), "b")


def test_a_command_that_serves_nothing_loads_no_web_framework() -> None:
    code = (
        "import sys; import monitor.cli.commands, monitor.config.models, snapshots.web.settings;"
        "print(sorted({'fastapi', 'starlette', 'jinja2', 'uvicorn', 'argon2'} & set(sys.modules)))"
    )
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert asked.stdout.strip() == "[]"
