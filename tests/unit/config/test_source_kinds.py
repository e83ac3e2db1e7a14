"""Each kind has its own options; a wrong one is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config.loader import ConfigError, parse_config
from monitor.config.reconcile import config_hash
from monitor.fetch.kinds import DEFAULT_KIND, KINDS, SOURCE_MODELS
from monitor.wiring.configuration import ALERT_MODELS

FILE = Path("headwater.yaml")
URL = "    url: https://acme.example/x\n"


def problems(source: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"sources:\n  - id: acme\n{source}".encode(), FILE, ALERT_MODELS)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("    kind: jsn\n" + URL, '3: sources[0].kind: "jsn" is not a source kind. Did you mean "json"?'),
        (
            "    kind: json\n" + URL + "    selct: $.a\n",
            '5: sources[0]: there is no key "selct". Did you mean `select`?',
        ),
        (URL + "    select: $.a\n", '4: sources[0]: there is no key "select".'),
        ("    kind: json\n" + URL + "    select: data[\n", '5: sources[0].select: "data[" is not a JSONPath (RFC 9535'),
        ("    kind: json\n" + URL + "    ignore: [$.a, b]\n", '5: sources[0].ignore[1]: "b" is not a JSONPath'),
        (
            "    kind: yaml\n" + URL + "    select: $[?match(@.a, 'x')]\n",
            "is not a JSONPath (RFC 9535, without regular",
        ),
        ("    kind: yaml\n" + URL + "    select: $[?@..a]\n", "uses `..` or `$` in or after a filter"),
        ("    kind: json\n" + URL + f"    select: ${'.a' * 600}\n", "a JSONPath has at most 1,000 characters"),
        ("    kind: feed\n", "2: sources[0]: `url` is missing."),
        ("    kind: hugging-face-model\n" + URL, "is no model. Write https://huggingface.co/owner/name."),
        ("    kind: local-file\n", "2: sources[0]: `path` is missing."),
        (
            "    kind: git-file\n    repository: https://git.acme.example/a/b\n    path: x.md\n",
            "how git.acme.example serves raw files is not known. Give `forge` (github, gitlab, gitea) or `template`.",
        ),
        (
            "    kind: git-file\n    repository: https://github.com/acme\n    path: x.md\n",
            '"https://github.com/acme" is not a repository. Write https://host/owner/name.',
        ),
        (
            "    kind: git-file\n    repository: https://github.com/a/b\n    path: ../x\n",
            "`path` and `branch` must not climb with `..`.",
        ),
        (
            "    kind: git-file\n    repository: https://x.example/a/b\n    path: x\n    template: file:///{path}\n",
            "`template` must be a web address that holds {path}.",
        ),
        ("    kind: endpoint-probe\n" + URL, "`model` is missing: a POST asks a model."),
        (
            "    kind: endpoint-probe\n" + URL + "    model: acme-chat\n    interval: 15m\n",
            "the interval makes 96 probes a day; probes_per_day allows 24. Raise one.",
        ),
        ("    kind: endpoint-probe\n" + URL + "    model: a\n    max_tokens: 500\n", "6: sources[0].max_tokens:"),
        (URL + "    headers: {Authorization: Bearer x}\n", "looks like a secret, which does not belong into the file."),
        (URL + "    headers: {X-Api-Key: x}\n", "Name it under `credentials`."),
        (URL + "    headers: {User-Agent: Mozilla}\n", "headwater sets User-Agent itself."),
        (URL + '    headers: {X-Note: "a\\r\\nX-Other: b"}\n', "must be one line of printable ASCII"),
        (URL + "    headers: {X Y: b}\n", '"X Y" is not the name of a header.'),
        (URL + "    credentials: {}\n", "`token_env` or `token_file` is missing"),
        (URL + "    credentials: {token_env: A, token_file: b}\n", "give `token_env` or `token_file`, not both."),
        (
            URL + "    credentials:\n      token: sk-secret\n",
            "5: sources[0].credentials: `token` is a secret and does not belong into the file. Write `token_env: NAME`",
        ),
        (URL + "    credentials:\n      token_en: A\n", "Did you mean `token_env`?"),
    ],
)
def test_a_wrong_option_is_told_with_its_line(source: str, told: str) -> None:
    found = problems(source)
    assert any(told in one for one in found), found
    assert all(one.startswith("headwater.yaml:") for one in found)
    assert "sk-secret" not in "".join(found)


def test_every_kind_is_known_by_the_name_its_model_demands() -> None:
    assert DEFAULT_KIND in KINDS
    for name, model in SOURCE_MODELS.items():
        field = model.model_fields["kind"]
        assert field.annotation is not None
        assert field.annotation.__args__ == (name,)
        assert field.is_required() == (name != DEFAULT_KIND)


def test_another_option_of_a_source_asks_for_a_whole_answer() -> None:
    def source(select: str) -> str:
        text = f"sources:\n  - id: a\n    kind: json\n{URL}    select: {select}\n"
        return config_hash(parse_config(text.encode(), FILE, ALERT_MODELS).sources[0])

    assert source("$.a") == source("$.a") != source("$.b")
