"""Fetching through a real proxy on the loopback."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from monitor.config.loader import ConfigError
from monitor.fetch.client import Fetcher
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, Request
from monitor.fetch.proxy import Proxy
from monitor.wiring.configuration import load
from monitor.wiring.fetching import proxy_of
from tests.support.host import Answer, Host, hosting

LOOPBACK = ip_network("127.0.0.1/32")
PAGE = b"<html><title>Pricing</title><p>A page.</p></html>"


@pytest.fixture
def proxy() -> Iterator[Host]:
    """A server that is asked as a proxy: the request line holds the whole address."""
    with hosting() as host:
        yield host


def test_a_name_is_asked_of_the_proxy_with_its_credentials(proxy: Host) -> None:
    url = "http://docs.acme.example/pricing"
    proxy.answers[url] = Answer(PAGE)
    with Fetcher(allow_networks=[LOOPBACK], proxy=Proxy(proxy.origin, "me", "s3cret")) as fetcher:
        answer = fetcher.fetch(Request("acme", url))
        assert fetcher.backend.connections == ["127.0.0.1"]
    assert isinstance(answer, Fetched), answer
    assert (answer.body, answer.final_url, proxy.asked) == (PAGE, url, [url])
    expected = "Basic " + base64.b64encode(b"me:s3cret").decode()
    assert proxy.headers[0]["proxy-authorization"] == expected


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/", "http://[::ffff:10.0.0.1]/", "http://0xa.1/", "http://169.254.169.254/"]
)
def test_a_private_address_is_not_asked_for_even_after_a_redirect(proxy: Host, target: str) -> None:
    proxy.answers["http://docs.acme.example/"] = Answer(b"", 302, {"Location": target})
    with Fetcher(allow_networks=[LOOPBACK], proxy=Proxy(proxy.origin)) as fetcher:
        failed = fetcher.fetch(Request("acme", "http://docs.acme.example/"))
    assert isinstance(failed, FetchFailed), failed
    assert failed.kind is FailureKind.REFUSED
    assert proxy.asked == ["http://docs.acme.example/"]


def test_the_proxys_own_address_is_checked(proxy: Host) -> None:
    with Fetcher(proxy=Proxy(proxy.origin)) as fetcher:
        failed = fetcher.fetch(Request("acme", "http://docs.acme.example/"))
    assert isinstance(failed, FetchFailed), failed
    assert (failed.kind, proxy.asked) == (FailureKind.REFUSED, [])


def test_a_proxy_that_refuses_a_tunnel_is_a_failed_connection(proxy: Host) -> None:
    with Fetcher(allow_networks=[LOOPBACK], proxy=Proxy(proxy.origin, "me", "s3cret")) as fetcher:
        failed = fetcher.fetch(Request("acme", "https://docs.acme.example/"))
    assert isinstance(failed, FetchFailed), failed
    assert failed.kind is FailureKind.CONNECTION
    assert "s3cret" not in failed.detail


@pytest.mark.parametrize(
    ("proxy_settings", "sentence"),
    [
        ({"url": "http://proxy.example:3128"}, "trusted"),
        ({"url": "http://proxy.example:3128", "trusted": False}, "trusted"),
        ({"url": "http://me:pw@proxy.example:3128", "trusted": True}, "must not hold a password"),
        ({"url": "http://proxy.example:3128", "trusted": True, "username": "me"}, "password_env"),
        ({"url": "http://proxy.example:3128", "trusted": True, "password_env": "PW"}, "username"),
    ],
)
def test_a_proxy_must_be_called_trusted_and_keep_its_password_elsewhere(
    tmp_path: Path, proxy_settings: dict[str, object], sentence: str
) -> None:
    config = tmp_path / "headwater.yaml"
    config.write_text(json.dumps({"fetch": {"proxy": proxy_settings}}))
    with pytest.raises(ConfigError, match=sentence):
        load(config)


def test_the_password_comes_from_the_environment_and_its_absence_is_said_with_the_line(tmp_path: Path) -> None:
    config = tmp_path / "headwater.yaml"
    settings = {"url": "http://proxy.example:3128", "trusted": True, "username": "me", "password_env": "PROXY_PASSWORD"}
    config.write_text(json.dumps({"fetch": {"proxy": settings}}))
    configuration = load(config)
    assert proxy_of(configuration, {"PROXY_PASSWORD": "s3cret"}) == Proxy("http://proxy.example:3128", "me", "s3cret")
    with pytest.raises(ConfigError, match=r"headwater\.yaml.*fetch\.proxy: password_env names .* PROXY_PASSWORD"):
        proxy_of(configuration, {})
