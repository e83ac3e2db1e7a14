from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from monitor.serving import Served
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.tables import AcknowledgementRow, ApiTokenRow, ChangeRow, SourceRow
from snapshots.tokens import PREFIX, Scope, add_token, revoke_token
from snapshots.web.api import PATH
from snapshots.web.passwords import hash_password
from snapshots.web.settings import Account, Address, Role, WebSettings
from tests.support import crowd
from tests.support.browsing import Browser
from tests.support.reviewed import NOW

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def guarded() -> WebSettings:
    hashed = hash_password(PASSWORD)
    return WebSettings(accounts=(Account("mara", Role.REVIEW, hashed), Account("rita", Role.READ, hashed)))


@pytest.fixture
def store(reviewed: Database) -> Database:
    return reviewed


@pytest.fixture
def serve(store: Database, clock: FixedClock) -> Iterator[Callable[..., httpx2.Client]]:
    with ExitStack() as running:

        def start(settings: WebSettings = WebSettings(local_name="mara"), **headers: str) -> httpx2.Client:  # noqa: B008 - frozen
            bound = replace(settings, bind=Address("127.0.0.1", 0))
            served = running.enter_context(Served(store, bound, clock=clock))
            client = httpx2.Client(base_url=served.local_url + PATH, trust_env=False, headers=headers, timeout=30)
            return running.enter_context(client)

        yield start


def token(store: Database, scope: Scope, name: str = "ci") -> str:
    with store.writing() as session:
        return f"Bearer {add_token(session, name, scope, by='mara', now=NOW)[1]}"


def first_open(api: httpx2.Client, **query: str) -> dict[str, Any]:
    found = api.get("/changes", params={"review_state": "open", "limit": "1", **query}).json()["items"][0]
    detail: dict[str, Any] = api.get(f"/changes/{found['id']}").json()
    return detail


def test_pages_of_changes_join_to_the_whole_list(serve: Callable[..., httpx2.Client]) -> None:
    api = serve()
    whole = api.get("/changes?limit=200").json()["items"]
    seen: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get("/changes", params={"limit": "7", "cursor": cursor}).json()
        seen += page["items"]
        cursor = page["next"]
    assert [one["id"] for one in seen] == [one["id"] for one in whole]
    assert len(seen) > 40
    assert all(one["level"] != "none" for one in seen)


def test_a_cursor_is_good_for_its_own_list_only(serve: Callable[..., httpx2.Client]) -> None:
    api = serve()
    cursor = api.get("/changes?limit=2").json()["next"]
    for address in (f"/changes?cursor={cursor}&level=info", f"/deliveries?cursor={cursor}", "/changes?cursor=bm9uZQ"):
        answer = api.get(address)
        assert (answer.status_code, answer.json()["status"]) == (422, 422)
        assert "cursor" in answer.json()["detail"]


def test_filters_that_could_never_match_are_refused(serve: Callable[..., httpx2.Client]) -> None:
    api = serve()
    assert api.get("/changes?kind=price-incresed").json()["detail"].startswith('"price-incresed" is not a change kind')
    assert api.get("/changes?kind=price-increased&area=alias").status_code == 422
    found = api.get("/changes?kind=price-increased&kind=alias-retargeted&area=price&limit=200").json()["items"]
    assert {one["kind"] for one in found} == {"price-increased"}


def test_what_a_client_has_is_not_sent_again(serve: Callable[..., httpx2.Client]) -> None:
    api = serve()
    change = first_open(api)
    address = f"/changes/{change['id']}"
    tag = api.get(address).headers["etag"]
    again = api.get(address, headers={"if-none-match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    api.post(f"{address}/decisions", json={"action": "acknowledge"})
    assert api.get(address, headers={"if-none-match": tag}).status_code == 200


def test_decisions_are_kept_under_the_name_of_the_token(serve: Callable[..., httpx2.Client], store: Database) -> None:
    api = serve(WebSettings(accounts=(Account("mara", Role.READ, hash_password(PASSWORD)),)))
    api.headers["authorization"] = token(store, Scope.REVIEW, "release-bot")
    change = first_open(api)
    until = (NOW + timedelta(days=7)).isoformat()
    answer = api.post(f"/changes/{change['id']}/decisions", json={"action": "snooze", "until": until, "text": "Later."})
    assert answer.json() == [{"id": change["id"], "review_state": "snoozed", "recorded": True}]
    with store.reading() as session:
        row = session.scalars(select(AcknowledgementRow).order_by(AcknowledgementRow.id.desc())).first()
    assert row is not None
    assert (row.actor, row.via, row.action, row.text) == ("release-bot", "api", "snooze", "Later.")
    assert api.get(f"/changes/{change['id']}").json()["decisions"][-1]["via"] == "api"


def test_a_decision_about_the_event_covers_every_change_of_it(serve: Callable[..., httpx2.Client]) -> None:
    api = serve()
    change = first_open(api, kind="price-increased")
    asked = {"action": "dismiss", "text": "Known.", "whole_event": True}
    done = api.post(f"/changes/{change['id']}/decisions", json=asked).json()
    assert len(done) > 1
    assert {one["id"] for one in done} == set(change["event"])
    assert {one["review_state"] for one in done} == {"dismissed"}


def test_a_slower_colleague_is_told_who_was_faster(serve: Callable[..., httpx2.Client], store: Database) -> None:
    api, other = serve(), serve(WebSettings(local_name="jonas"))
    change = first_open(api)
    address = f"/changes/{change['id']}/decisions"
    assert other.post(address, json={"action": "acknowledge", "version": change["version"]}).status_code == 200
    refused = api.post(address, json={"action": "dismiss", "text": "No.", "version": change["version"]})
    assert refused.status_code == 409
    assert refused.json()["taken"] == {"actor": "jonas", "action": "acknowledge", "at": "2026-08-17T09:40:00Z"}
    seen = api.get(f"/changes/{change['id']}").json()
    assert (seen["review_state"], len(seen["decisions"])) == ("acknowledged", 1)
    assert api.post(address, json={"action": "dismiss", "text": "No.", "version": seen["version"]}).status_code == 200


def test_bulk_is_all_or_nothing(serve: Callable[..., httpx2.Client]) -> None:
    api = serve()
    ids = [one["id"] for one in api.get("/changes?review_state=open&limit=3").json()["items"]]
    asked = {"action": "acknowledge", "ids": [*ids, "nothing"]}
    assert api.post("/changes/decisions", json=asked).status_code == 404
    assert all(api.get(f"/changes/{one}").json()["review_state"] == "open" for one in ids)
    assert len(api.post("/changes/decisions", json=asked | {"ids": ids}).json()) == 3
    assert all(api.get(f"/changes/{one}").json()["review_state"] == "acknowledged" for one in ids)


def test_a_browser_with_a_session_needs_the_form_token(
    serve: Callable[..., httpx2.Client], guarded: WebSettings
) -> None:
    api = serve(guarded)
    with Browser(str(api.base_url).partition(PATH)[0]) as browser:
        browser.send(browser.get("/login"), "/login", name="mara", password=PASSWORD)
        api.headers["cookie"] = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    who = api.get("/whoami").json()
    assert (who["name"], who["scope"], who["by"]) == ("mara", "review", "password")
    address = f"/changes/{first_open(api)['id']}/decisions"
    asked = {"action": "comment", "text": "By hand."}
    assert api.post(address, json=asked).status_code == 403
    assert api.post(address, json=asked, headers={"x-csrf-token": "0" * 64}).status_code == 403
    good = {"x-csrf-token": who["csrf"]}
    assert api.post(address, json=asked, headers=good | {"sec-fetch-site": "cross-site"}).status_code == 403
    assert api.post(address, json=asked, headers=good).status_code == 200


def test_a_page_of_another_site_decides_nothing_where_nobody_logs_in(serve: Callable[..., httpx2.Client]) -> None:
    api = serve()
    address = f"/changes/{first_open(api)['id']}/decisions"
    asked = {"action": "comment", "text": "By a program."}
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "same-site"}):
        assert api.post(address, json=asked, headers=headers).status_code == 403
    assert api.post(address, json=asked).status_code == 200
    assert api.get("/changes", headers={"host": "evil.example"}).status_code == 421
    assert api.get("/changes", headers={"host": "evil.example"}).headers["content-type"] == "application/problem+json"


def test_tokens_are_kept_as_digests_and_end(
    serve: Callable[..., httpx2.Client], store: Database, guarded: WebSettings, clock: FixedClock
) -> None:
    api = serve(guarded)
    with store.writing() as session:
        seen, secret = add_token(session, "ci", Scope.READ, by="m", now=NOW, expires_at=NOW + timedelta(days=1))
        _, other = add_token(session, "other", Scope.READ, by="m", now=NOW)
    with store.reading() as session:
        kept = [row.digest for row in session.scalars(select(ApiTokenRow))]
    assert secret.startswith(PREFIX)
    assert all(secret.encode() not in digest and len(digest) == 32 for digest in kept)
    assert api.get("/whoami", headers={"authorization": f"Bearer {secret}"}).json()["name"] == "ci"
    with store.writing() as session:
        revoke_token(session, seen.id + 1, now=NOW)
    assert api.get("/whoami", headers={"authorization": f"Bearer {other}"}).status_code == 401
    clock.set(NOW + timedelta(days=1))
    assert api.get("/whoami", headers={"authorization": f"Bearer {secret}"}).status_code == 401


def test_guessing_tokens_is_slowed_down_and_stops_nobody_else(
    serve: Callable[..., httpx2.Client], store: Database, guarded: WebSettings, clock: FixedClock
) -> None:
    api, good = serve(guarded), token(store, Scope.READ)
    tried = [api.get("/whoami", headers={"authorization": f"Bearer hw_{n}"}) for n in range(7)]
    assert [one.status_code for one in tried] == [401] * 5 + [429] * 2
    assert tried[-1].headers["retry-after"] == "60"
    assert api.get("/whoami", headers={"authorization": good}).status_code == 200
    clock.set(NOW + timedelta(minutes=2))
    assert api.get("/whoami", headers={"authorization": "Bearer hw_8"}).status_code == 401


def test_text_that_no_store_could_keep_is_refused_before_it_gets_there(serve: Callable[..., httpx2.Client]) -> None:
    api = serve()
    address = f"/changes/{first_open(api)['id']}/decisions"
    for text in ('"a\\u0000b"', '"\\ud800"', f'"{"x" * 4_001}"'):
        body = f'{{"action": "comment", "text": {text}}}'
        answer = api.post(address, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422, text
        assert answer.headers["content-type"] == "application/problem+json"
    for address in ("/subjects/a%00b", "/changes/a%0Ab"):
        answer = api.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert api.get("/search?q=a%00b").status_code == 422


def test_what_upstream_wrote_is_data_and_nothing_else(serve: Callable[..., httpx2.Client], store: Database) -> None:
    evil = "</script><script>alert(1)</script>\x1b[31m\u202eoff"
    with store.writing() as session:
        session.execute(update(ChangeRow).values(subject=evil, before=evil, after=evil, evidence_quote=evil))
        session.execute(update(SourceRow).values(url="javascript:alert(1)", title=evil))
    api = serve()
    answer = api.get("/changes?limit=1")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not {"\x1b", "\u202e"} & set(answer.json()["items"][0]["sentence"])
    assert answer.json()["items"][0]["after"] == evil
    assert answer.json()["items"][0]["official_url"] == ""
    assert b"\x1b" not in answer.content
    raw = api.get("/sources/acme-models/versions/1/raw")
    assert raw.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in raw.headers["content-security-policy"]


def test_the_same_answers_come_from_postgresql(new_database: Callable[[str], str]) -> None:
    database = Database(new_database("postgresql"))
    crowd.build(database, changes=60)
    settings = WebSettings(bind=Address("127.0.0.1", 0), local_name="mara")
    with (
        Served(database, settings, clock=FixedClock(crowd.NOW)) as served,
        httpx2.Client(base_url=served.local_url + PATH, trust_env=False, timeout=30) as api,
    ):
        asked = {"limit": "5", "since": "2026-01-01", "review_state": "open"}
        first = api.get("/changes", params=asked).json()
        second = api.get("/changes", params=asked | {"cursor": first["next"]}).json()
        assert not {one["id"] for one in first["items"]} & {one["id"] for one in second["items"]}
        decision = {"action": "acknowledge", "ids": [one["id"] for one in first["items"]]}
        done = api.post("/changes/decisions", json=decision).json()
        assert {one["review_state"] for one in done} == {"acknowledged"}
        for address in ("/sources", "/subjects", "/channels", "/deliveries", "/providers"):
            assert api.get(address).json()["items"], address
    with database.reading() as session:
        rows = session.scalars(select(ChangeRow.public_id).where(ChangeRow.review_state == "acknowledged")).all()
    database.close()
    assert set(decision["ids"]) <= set(rows)
