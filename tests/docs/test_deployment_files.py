"""The files that deploy headwater: they parse, they keep their promises, and what they name exists."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from monitor.cli.commands import app
from monitor.config.loader import parse_config
from monitor.wiring.configuration import ALERT_MODELS

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name in SERVICES if name != "postgres"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert not {"privileged", "pid", "network_mode", "devices"} & service.keys()
    assert not any("docker.sock" in volume for volume in service["volumes"])


@pytest.mark.parametrize("name", OURS)
def test_our_services_run_as_the_user_of_the_image_without_any_capability(name: str) -> None:
    assert "cap_add" not in SERVICES[name]
    assert SERVICES[name]["user"] == "10001:10001"
    assert "USER 10001:10001" in DOCKERFILE


def test_no_service_needs_an_order_of_starting() -> None:
    assert [name for name in SERVICES if "depends_on" in SERVICES[name]] == []


def test_secrets_are_files_and_nothing_else() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            assert "PASSWORD" not in key or (key.endswith("_FILE") and value.startswith("/run/secrets/")), name
        assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys()
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    assert "secret" not in re.sub(r"(?m)^#.*|HEADWATER_SECRETS=\S+", "", EXAMPLE).lower()


def test_only_this_machine_reaches_what_is_published() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert COMPOSE["networks"]["store"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == ["store"]


def test_the_demo_is_asked_for_and_reaches_no_store() -> None:
    demo = {name for name in SERVICES if SERVICES[name].get("profiles") == ["demo"]}
    assert demo == {"demo-upstream", "demo-mailbox"}
    assert all(SERVICES[name]["networks"] == ["upstream"] and not SERVICES[name]["secrets"] for name in demo)


@pytest.mark.parametrize("name", OURS)
def test_the_commands_of_the_services_exist(name: str) -> None:
    word, *options = SERVICES[name]["command"]
    command = typer.main.get_command(app).commands[word]  # type: ignore[attr-defined]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {option for option in options if option.startswith("--")} <= known


def test_every_variable_is_in_the_example_and_has_a_default() -> None:
    used = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    given = dict(re.findall(r"(?m)^#?([A-Z_]+)=(.*)$", EXAMPLE))
    assert used.keys() - {"HEADWATER_REVISION"} <= given.keys()
    assert given.keys() <= used.keys() | {"COMPOSE_PROFILES"}
    assert "${" not in re.sub(r"\$\{\w+:-[^}]*\}", "", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["compose/headwater.yaml", "compose/demo.yaml", "image/headwater.yaml"])
def test_the_configurations_load(name: str) -> None:
    path = ROOT / "ops" / name
    found = parse_config(path.read_bytes(), path, ALERT_MODELS)
    assert found.sources
    assert found.settings.channels
    # Whom the pages of a container let in must be said: they answer more than their own machine.
    assert bool(found.settings.web.login.accounts) == name.startswith("compose/")


def test_the_image_is_made_from_the_locks_alone() -> None:
    for line in re.findall(r"(?m)pip\S* .*?install[^\n&]*(?:\\\n[^\n&]*)*", DOCKERFILE):
        assert "--require-hashes" in line or ("--no-deps" in line and "--no-index" in line), line
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert not re.search(r"apt-get|pip |gcc|COPY (?:\.|alerts|monitor|snapshots)", final)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"ARG VERSION={version}" in final
    titles = set(re.findall(r"org\.opencontainers\.image\.([a-z.]+)=", final))
    assert {"title", "description", "licenses", "version", "revision"} <= titles


def test_the_lock_of_the_build_pins_what_builds_the_project() -> None:
    locks = {name: (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8") for name in ("build", "runtime")}
    pins = {name: dict(re.findall(r"(?m)^([a-z0-9.-]+)==(\S+)", text)) for name, text in locks.items()}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    assert {re.split(r"[<>=]", one)[0] for one in wanted} <= pins["build"].keys()
    entries = re.split(r"(?m)^(?=[a-z0-9])", locks["build"])[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in locks["build"]
    both = pins["build"].keys() & pins["runtime"].keys()
    assert {name: pins["build"][name] for name in both} == {name: pins["runtime"][name] for name in both}


def test_only_what_the_image_needs_is_sent_to_its_build() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    kept = {line[1:].rstrip("/") for line in lines if line.startswith("!")}
    copied = set(re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", DOCKERFILE))
    for path in {word.rstrip("/") for words in copied for word in words.split()}:
        assert any(path == one or path.startswith(f"{one}/") or one.startswith(f"{path}/") for one in kept), path


def test_the_bill_of_materials_lists_the_pins_of_this_machine() -> None:
    script, lock = ROOT / "ops" / "image" / "sbom.py", ROOT / "requirements" / "runtime.txt"
    made = [
        subprocess.run([sys.executable, str(script), str(lock)], cwd=ROOT, capture_output=True, check=True).stdout
        for _ in range(2)
    ]
    assert made[0] == made[1]
    bill = json.loads(made[0])
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    purls = [component["purl"] for component in bill["components"]]
    assert len(purls) == len(set(purls)) > 50
    assert any(purl.startswith("pkg:pypi/sqlalchemy@2.1") for purl in purls)
    # A pin for another platform is no part of this image.
    assert not any("pywin32" in purl or "/colorama@" in purl for purl in purls)


def make_secrets(folder: Path, engine: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a container engine that does what `engine`, a line of shell, says."""
    program = folder / "engine"
    program.write_text(f"#!/bin/sh\n{engine}\n", encoding="utf-8")
    program.chmod(0o755)
    return subprocess.run(
        ["sh", str(ROOT / "ops" / "compose" / "make-secrets")],
        env={**os.environ, "HEADWATER_SECRETS": str(folder / "secrets"), "CONTAINER_ENGINE": str(program)},
        input="a password\n",
        capture_output=True,
        text=True,
        check=False,
    )


def test_secrets_are_made_once(tmp_path: Path) -> None:
    hashing = 'read -r once; read -r again; echo Password: >&2; echo "hash of $once, $again"'
    assert make_secrets(tmp_path, hashing).returncode == 0
    made = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "secrets").iterdir()}
    assert made["web_password_hash"] == "hash of a password, a password\n"
    assert re.fullmatch("[0-9a-f]{48}", made["postgres_password"])
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert make_secrets(tmp_path, "exit 1").returncode == 0
    assert made == {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "secrets").iterdir()}


def test_a_secret_that_cannot_be_made_says_why_and_leaves_no_file(tmp_path: Path) -> None:
    found = make_secrets(tmp_path, "cat >/dev/null; echo half; echo no such image >&2; exit 125")
    assert found.returncode == 1
    assert "no such image" in found.stderr
    assert "web_password_hash" not in found.stdout
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["postgres_password"]


def unit() -> dict[str, str]:
    parser = RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(ROOT / "ops" / "systemd" / "headwater.service", encoding="utf-8")
    return dict(parser["Service"])


def test_the_unit_is_hardened_and_notifies() -> None:
    service = unit()
    assert service["Type"] == "notify"
    for key, value in {
        "DynamicUser": "yes",
        "ProtectSystem": "strict",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "PrivateDevices": "yes",
        "MemoryDenyWriteExecute": "yes",
        "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX AF_NETLINK",
        "SystemCallArchitectures": "native",
        "UMask": "0077",
    }.items():
        assert service[key] == value, key
    assert "StateDirectory" in service
    words = service["ExecStart"].split()
    assert words[1] == "run"
