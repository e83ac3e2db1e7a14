"""Every problem of a configuration is told with file, line and a sentence."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

from monitor.config.lines import LARGEST_FILE
from monitor.config.loader import AlertModels, ConfigError, load_config, parse_config
from monitor.config.models import Settings
from monitor.providers import available_packs, load_pack
from snapshots.changes.model import Level


class Pager(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["pager"]
    name: str
    token_env: str | None = None
    token_file: str | None = None
    fallback: str = ""


class Route(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channel: str
    min_level: Level = Level.INFO


MODELS = AlertModels(channels={"pager": Pager}, route=Route)
FILE = Path("headwater.yaml")

GOOD = """\
database: sqlite:///acme.db
packs: [deepseek]
sources:
  - id: acme-pricing
    url: https://docs.acme.example/pricing
    interval: every 5 minutes
channels:
  - kind: pager
    name: oncall
    token_env: PAGER
routes:
  - channel: oncall
    min_level: warning
digest_at: "07:30"
severity:
  model-added: none
relies_on: [acme-chat]
"""


def problems(text: str | bytes) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(ConfigError) as caught:
        parse_config(data, FILE, MODELS)
    return list(caught.value.problems)


def test_a_good_file_is_read_whole() -> None:
    found = parse_config(GOOD.encode(), FILE, MODELS)
    settings = found.settings
    assert settings.digest_at == time(7, 30)
    assert settings.severity == {"model-added": Level.NONE}
    assert [channel.name for channel in settings.channels] == ["oncall"]
    own = found.sources[-1]
    assert (own.id, own.interval) == ("acme-pricing", timedelta(minutes=5))
    assert len(found.sources) == len(load_pack("deepseek")) + 1
    assert found.where(("channels", 0)) == "headwater.yaml:8"


def test_an_empty_file_is_the_defaults() -> None:
    assert parse_config(b"", FILE, MODELS).settings == Settings()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "packs: [deepseek]\ndatabse: x\n",
            'headwater.yaml:2: there is no key "databse". Did you mean `database`?',
        ),
        (
            "sources:\n  - id: a\n    url: https://a.example/\n    interval: every 5 mns\n",
            'headwater.yaml:4: sources[0].interval: "every 5 mns" is not a duration. '
            'Write "5m", "6h", "1d" or "every 5 minutes".',
        ),
        (
            "sources:\n  - id: a\n    url: https://a.example/\n    interval: 1s\n",
            "headwater.yaml:4: sources[0].interval: an interval under 10 seconds would be impolite.",
        ),
        (
            "sources:\n  - id: a\n    url: ftp://a.example/\n",
            'headwater.yaml:3: sources[0].url: "ftp://a.example/" is not a web address. Write https://host/path.',
        ),
        (
            "sources:\n  - id: a\n    url: https://user:word@a.example/\n",
            "headwater.yaml:3: sources[0].url: A web address must not hold a password.",
        ),
        ("sources:\n  - id: a\n", "headwater.yaml:2: sources[0]: `url` is missing."),
        (
            "sources:\n  - id: A B\n    url: https://a.example/\n",
            'headwater.yaml:2: sources[0].id: "A B" is not an id. '
            "Use lower-case letters, digits, dots, hyphens and underscores.",
        ),
        (
            "sources:\n  - id: a\n    url: https://a.example/\n  - id: a\n    url: https://b.example/\n",
            'headwater.yaml:4: sources[1].id: "a" is taken by line 2. Each source needs an id of its own.',
        ),
        (
            "packs: [deepseek]\nsources:\n  - id: deepseek-pricing\n    url: https://a.example/\n",
            'headwater.yaml:3: sources[0].id: "deepseek-pricing" is taken by the pack deepseek. '
            "Each source needs an id of its own.",
        ),
        (
            "sources:\n  - id: a\n    url: https://a.example/\n    kind: webpage\n",
            'headwater.yaml:4: sources[0].kind: "webpage" is not a source kind. Did you mean "web-page"?',
        ),
        ("packs: [deepsek]\n", 'headwater.yaml:1: packs[0]: there is no pack "deepsek". Did you mean "deepseek"?'),
        (
            "severity:\n  alias-retarget: info\n",
            'headwater.yaml:2: severity.alias-retarget: "alias-retarget" is not a change kind. '
            "docs/changes.md lists them.",
        ),
        (
            "channels:\n  - kind: pagr\n    name: x\n",
            'headwater.yaml:2: channels[0].kind: "pagr" is not a channel kind. Did you mean "pager"?',
        ),
        ("channels:\n  - name: x\n", "headwater.yaml:2: channels[0]: `kind` is missing. Kinds are pager."),
        (
            "channels:\n  - kind: pager\n    name: x\n    token: s3cret\n",
            "headwater.yaml:4: channels[0]: `token` is a secret and does not belong into the file. "
            "Write `token_env: NAME` or `token_file: PATH`.",
        ),
        (
            "channels:\n  - {kind: pager, name: x}\n  - {kind: pager, name: x}\n",
            'headwater.yaml:3: channels[1].name: "x" is taken by the channel on line 2.',
        ),
        (
            "channels:\n  - {kind: pager, name: oncall}\nroutes:\n  - channel: oncal\n",
            'headwater.yaml:4: routes[0].channel: there is no channel "oncal". Did you mean "oncall"?',
        ),
        (
            "channels:\n  - {kind: pager, name: oncall, fallback: mial}\n  - {kind: pager, name: mail}\n",
            'headwater.yaml:2: channels[0].fallback: there is no channel "mial". Did you mean "mail"?',
        ),
        (
            "channels:\n  - {kind: pager, name: oncall, fallback: oncall}\n",
            "headwater.yaml:2: channels[0].fallback: a channel cannot be its own fallback.",
        ),
        (
            "web: {public_url: nowhere}\n",
            'headwater.yaml:1: web.public_url: "nowhere" is not a web address. Write https://host/path.',
        ),
        ("packs: [deepseek]\npacks: []\n", 'headwater.yaml:2: packs: "packs" is given twice.'),
        ("- a\n", "headwater.yaml:1: The file must hold keys and values, such as `packs: [deepseek]`."),
        ("packs:\n\t- deepseek\n", "headwater.yaml:2: A tab stands where YAML wants spaces. Indent with spaces."),
        ("sources: 5\n", "headwater.yaml:1: sources: input should be a valid tuple (it is 5)."),
    ],
)
def test_a_problem_is_one_sentence_with_its_line(text: str, expected: str) -> None:
    assert problems(text) == [expected]


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = "databse: x\npacks: [nobody]\nsources:\n  - id: a\n    url: nowhere\n"
    assert [line.split(":")[1] for line in problems(text)] == ["1", "2", "5"]


def test_a_secret_in_the_file_is_never_repeated() -> None:
    told = problems("channels:\n  - kind: pager\n    name: x\n    token: s3cret\n")
    assert not any("s3cret" in line for line in told)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00",
        b"a: [",
        b"a: !!python/object/apply:os.system [id]",
        b"a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
        + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(99, 108)),
        b"x" * (LARGEST_FILE + 1),
        b"[" * 5_000,
        b"database: 2026-13-45\n",
    ],
)
def test_hostile_files_get_a_sentence(data: bytes) -> None:
    (told,) = problems(data)
    assert told.startswith("headwater.yaml")


def test_a_byte_order_mark_is_no_problem() -> None:
    assert parse_config(b"\xef\xbb\xbfpacks: []\n", FILE, MODELS).settings == Settings()


def test_a_missing_file_names_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no such file. `headwater init` writes one"):
        load_config(tmp_path / "headwater.yaml", MODELS)


@pytest.mark.parametrize("pack", sorted(available_packs()))
def test_every_pack_lists_distinct_secure_sources(pack: str) -> None:
    sources = load_pack(pack)
    assert len({source.id for source in sources}) == len({source.address for source in sources}) == len(sources)
    assert all(source.address.startswith("https://") and source.provider and source.title for source in sources)
