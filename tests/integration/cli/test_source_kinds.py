"""`headwater check` on a source of every kind: a baseline, then nothing new, then what changed. No secret shows."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from monitor.fetch.kinds import KINDS
from tests.integration.cli.conftest import Run
from tests.support.upstream import Reply, Upstream, serving

KEY = "sk-4711-nobody-sees-this"
SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serving(Upstream()) as serves:
        yield serves


def page(context: str) -> str:
    return f"# Models\n\n| Model | Context length |\n| --- | --- |\n| acme-chat | {context} |\n| acme-mini | 8K |\n"


def publish(upstream: Upstream, folder: Path, tokens: int) -> None:
    """Everything an upstream offers, with one limit that differs."""
    text, record = page(f"{tokens // 1024}K"), {"id": "acme-chat", "context_length": tokens}
    etag = f'"{tokens}"'
    for path in ("/page", "/docs/README.md", "/acme/docs/raw/branch/main/models.md"):
        upstream.text(path, text, "text/markdown", etag=etag)
    upstream.text("/twin", "<title>Models</title><link rel=alternate type=text/markdown href=/twin.md>")
    upstream.text("/twin.md", text, "text/markdown", etag=etag)
    upstream.json("/data", {"stamp": len(upstream.seen), "data": [record]})
    upstream.text("/data.yaml", yaml.safe_dump({"data": [record]}), "text/plain")
    upstream.json("/v1/models", {"object": "list", "data": [{**record, "created": len(upstream.seen)}]})
    upstream.json("/v1/chat/completions", {"model": f"acme-chat-{tokens}", "echo": KEY})
    path = "chat" if tokens > 10_000 else "talk"
    upstream.json("/openapi", {"openapi": "3.1.0", "paths": {f"/{path}": {"post": {"operationId": "chat"}}}})
    entry = "<item><title>acme-chat</title><description>The context length of acme-chat is {}K.</description></item>"
    upstream.text("/feed", f"<rss><channel><title>News</title>{entry.format(tokens // 1024)}</channel></rss>")
    commit = SHA if tokens > 10_000 else SHA[::-1]
    upstream.json(
        "/api/models/acme/acme-7b/revision/main",
        {"id": "acme/acme-7b", "sha": commit, "gated": False, "downloads": len(upstream.seen)},
    )
    upstream.text(f"/acme/acme-7b/raw/{commit}/README.md", "---\nlicense: mit\n---\n# Acme 7B\n", "text/plain")
    upstream.json(f"/acme/acme-7b/raw/{commit}/config.json", {"max_position_embeddings": tokens})
    (folder / "models.md").write_text(text)


def sources(base: str) -> list[dict[str, object]]:
    options: dict[str, dict[str, object]] = {
        "web-page": {"url": f"{base}/page"},
        "markdown-twin": {"url": f"{base}/twin"},
        "hugging-face-card": {"url": f"{base}/docs/README.md"},
        "hugging-face-model": {"url": f"{base}/acme/acme-7b"},
        "openapi": {"url": f"{base}/openapi"},
        "json": {"url": f"{base}/data", "select": "$.data"},
        "yaml": {"url": f"{base}/data.yaml"},
        "feed": {"url": f"{base}/feed"},
        "git-file": {"repository": f"{base}/acme/docs", "forge": "gitea", "path": "models.md"},
        "model-list": {"url": f"{base}/v1/models"},
        "local-file": {"path": "models.md"},
        "endpoint-probe": {"url": f"{base}/v1/chat/completions", "model": "acme-chat", "probes_per_day": 4},
    }
    secret = {"token_env": "ACME_KEY", "username": "acme"}
    return [
        {"id": kind, "kind": kind, **own, **({} if kind == "local-file" else {"credentials": secret})}
        for kind, own in options.items()
    ]


def write(folder: Path, listed: list[dict[str, object]]) -> None:
    config = {"fetch": {"allow_networks": ["127.0.0.0/8"]}, "sources": listed}
    (folder / "headwater.yaml").write_text(yaml.safe_dump(config, sort_keys=False))


def test_every_kind_is_checked(run: Run, tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_KEY", KEY)
    listed = sources(upstream.base)
    # A browser has tests of its own (tests/integration/).
    assert {source["kind"] for source in listed} == set(KINDS) - {"rendered-page"}
    write(tmp_path, listed)
    publish(upstream, tmp_path, 65_536)
    answers = [run("config", "check"), run("check", "--json")]
    first = answers[-1].json
    assert {one["source"]: one["outcome"] for one in first} == {str(source["kind"]): "baseline" for source in listed}
    assert all(one["facts"] for one in first)
    publish(upstream, tmp_path, 65_536)
    answers.append(run("check", "--json"))
    again = {one["source"]: one["outcome"] for one in answers[-1].json}
    assert set(again.values()) == {"not-modified", "same-bytes"}, again
    publish(upstream, tmp_path, 8_192)
    answers.append(run("check", "--json"))
    told = {one["source"]: {change["kind"] for change in one["changes"]} for one in answers[-1].json}
    assert told.pop("openapi") == {"endpoint-path-changed"}
    assert told.pop("endpoint-probe") == {"alias-retargeted"}
    assert all("context-window-reduced" in kinds for kinds in told.values()), told
    answers += [run("sources", "list"), run("sources", "show", "endpoint-probe"), run("changes", "list")]
    _nothing_shows(tmp_path, [answer.out + answer.err for answer in answers])


def _nothing_shows(folder: Path, outputs: list[str]) -> None:
    """Neither the key nor what Basic authentication makes of it stands anywhere."""
    hidden = (KEY, base64.b64encode(f"acme:{KEY}".encode()).decode())
    stored = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    assert len(stored) > 10_000
    for secret in hidden:
        assert secret.encode() not in stored
        assert not any(secret in text for text in outputs)


def test_the_budget_of_a_probe_outlives_the_process(
    run: Run, tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_KEY", KEY)
    write(tmp_path, [source for source in sources(upstream.base) if source["kind"] == "endpoint-probe"])
    publish(upstream, tmp_path, 65_536)
    upstream.replies["/v1/chat/completions"] = Reply(b"", 503)
    codes = [run("check", "--json").json[0]["outcome"] for _ in range(6)]
    assert codes == ["server-error"] * 4 + ["rate-limited"] * 2
    assert len(upstream.seen) == 4


def test_a_missing_secret_is_told_with_its_line(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACME_KEY", raising=False)
    write(tmp_path, sources("http://127.0.0.1:1"))
    for command in (("config", "check"), ("check",)):
        answer = run(*command)
        assert answer.code == 3
        assert (
            "sources[0].credentials: token_env names the environment variable ACME_KEY, which is not set" in answer.err
        )
        assert answer.err.startswith("headwater: headwater.yaml:8: ")
    assert run("config", "check", "--no-secrets").code == 0
    assert json.loads(run("config", "check", "--json").out)["ok"] is False
