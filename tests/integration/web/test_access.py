from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest
from sqlalchemy import func, select

from monitor.serving import Served
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.tables import AcknowledgementRow, ChangeRow
from snapshots.web import csrf, sessions
from snapshots.web.passwords import hash_password
from snapshots.web.settings import Account, Address, Role, WebError, WebSettings
from tests.support.browsing import Browser

PASSWORD = "correct horse battery staple"
Serve = Callable[..., Browser]


@pytest.fixture(scope="module")
def accounts() -> tuple[Account, ...]:
    hashed = hash_password(PASSWORD)
    return (Account("mara", Role.REVIEW, hashed), Account("rita", Role.READ, hashed), Account("paul", Role.REVIEW))


@pytest.fixture
def guarded(reviewed: Database, serve: Serve, accounts: tuple[Account, ...]) -> Browser:
    return serve(reviewed, WebSettings(accounts=accounts))


def log_in(browser: Browser, name: str = "mara", password: str = PASSWORD, **more: str) -> object:
    return browser.send(browser.get("/login"), "/login", name=name, password=password, **more)


def open_change(database: Database) -> str:
    with database.reading() as session:
        row = session.scalars(select(ChangeRow).where(ChangeRow.kind == "price-increased")).first()
    assert row is not None
    return row.public_id


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_pages_for_other_machines_need_a_login(host: str, reviewed: Database) -> None:
    with pytest.raises(WebError, match="nobody would have to log in"):
        Served(reviewed, WebSettings(bind=Address(host, 0))).__enter__()


def test_nothing_is_shown_before_login(guarded: Browser, reviewed: Database) -> None:
    for address in ("/", f"/c/{open_change(reviewed)}", "/sources/deepseek-pricing/versions/1/raw", "/nowhere/at/all"):
        page = guarded.get(address, follow=False)
        assert page.status in (303, 404)
        assert b"deepseek-v4" not in page.body
    assert guarded.get(f"/c/{open_change(reviewed)}").heading() == "headwater"
    assert guarded.get("/login").soup.select("script") == []


def test_login_leads_to_where_somebody_wanted_to_go_and_nowhere_else(guarded: Browser, reviewed: Database) -> None:
    change = open_change(reviewed)
    form = guarded.get(f"/c/{change}")
    page = guarded.send(form, "/login", name="mara", password=PASSWORD)
    assert page.url.endswith(f"/c/{change}")
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        with guarded.another() as other:
            answer = other.post(
                "/login",
                {**other.get("/login").form("/login"), "name": "mara", "password": PASSWORD, "next": elsewhere},
                follow=False,
            )
            assert answer.headers["location"] == "/"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(
    reviewed: Database, serve: Serve, accounts: tuple[Account, ...]
) -> None:
    plain = serve(reviewed, WebSettings(accounts=accounts))
    form = plain.get("/login").form("/login")
    answer = plain.post("/login", {**form, "name": "mara", "password": PASSWORD}, follow=False)
    cookie = answer.headers["set-cookie"].lower()
    assert sessions.COOKIE in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    public = serve(reviewed, WebSettings(accounts=accounts, public_url="https://headwater.example.org"))
    first = public.get("/login")
    assert "secure" in first.headers["set-cookie"].lower()
    assert "max-age" in first.headers["strict-transport-security"]


def test_a_session_ends_by_the_clock_and_by_another_password(
    guarded: Browser, reviewed: Database, serve: Serve, accounts: tuple[Account, ...], clock: FixedClock
) -> None:
    log_in(guarded)
    assert guarded.get("/").heading() == "Open changes"
    changed = tuple(replace(one, password_hash=hash_password("another password")) for one in accounts)
    other = serve(reviewed, WebSettings(accounts=changed))
    page = other.get("/", headers={"cookie": f"{sessions.COOKIE}={guarded.cookies[sessions.COOKIE]}"})
    assert page.heading() == "headwater"
    clock.set(clock.now() + sessions.LIFE)
    assert guarded.get("/").heading() == "headwater"


@pytest.mark.parametrize(
    "forged", ["", "mara", "a.b.c", "bWFyYQ.99999999999.x.0000", "bWFyYQ.1.x." + "0" * 64, "%.1.x.y"]
)
def test_a_forged_session_is_no_session(forged: str, guarded: Browser) -> None:
    page = guarded.get("/", headers={"cookie": f"{sessions.COOKIE}={forged}"})
    assert page.heading() == "headwater"


def test_wrong_passwords_are_counted_down_and_then_locked_out(guarded: Browser, clock: FixedClock) -> None:
    said = []
    for _ in range(6):
        page = guarded.send(guarded.get("/login"), "/login", name="mara", password="wrong")
        said.append((page.status, page.text))
    assert [status for status, _ in said] == [401] * 5 + [429]
    assert "Name and password do not match. 4 tries left in this minute." in said[0][1]
    assert "Too many tries. Next try possible" in said[5][1]
    right = guarded.send(guarded.get("/login"), "/login", name="mara", password=PASSWORD)
    assert right.status == 429
    clock.set(clock.now() + timedelta(seconds=61))
    assert guarded.send(guarded.get("/login"), "/login", name="mara", password=PASSWORD).heading() == "Open changes"


def test_a_wrong_login_keeps_the_name_and_points_to_the_password(guarded: Browser) -> None:
    page = guarded.send(guarded.get("/login"), "/login", name='"><script>alert(1)</script>', password="wrong")
    name, password = page.soup.select_one("#name"), page.soup.select_one("#password")
    assert name is not None
    assert password is not None
    assert name["value"] == '"><script>alert(1)</script>'
    assert (password["aria-invalid"], password["aria-describedby"], password.get("value")) == ("true", "wrong", None)


def test_people_without_a_password_come_in_through_the_proxy_only(guarded: Browser) -> None:
    page = guarded.send(guarded.get("/login"), "/login", name="paul", password="")
    assert page.status in (401, 422)
    assert guarded.get("/").heading() == "headwater"


def test_a_reader_sees_everything_and_decides_nothing(guarded: Browser, reviewed: Database) -> None:
    log_in(guarded, "rita")
    change = open_change(reviewed)
    page = guarded.get(f"/c/{change}")
    assert "You can read, not decide." in page.text
    token = {csrf.FIELD: csrf.token_for(guarded.cookies[sessions.COOKIE])}
    for address, fields in (
        (f"/c/{change}", {"action": "acknowledge"}),
        (f"/c/{change}", {"action": "comment", "text": "hello"}),
        ("/decide", {"action": "acknowledge", "change": change}),
        ("/deliveries/0/resend", {}),
        ("/silences", {"subject": "a", "days": "7", "text": "x"}),
        ("/silences/2/expire", {}),
        ("/deadlines/acknowledge", {"deadline": "1"}),
        ("/deadlines/owner", {"deadline": "1", "owner": "rita"}),
        ("/sources/acme-models/held", {"action": "refuse", "version": "1"}),
    ):
        answer = guarded.post(address, {**token, **fields})
        assert answer.status == 403
        assert answer.heading() == "Your account can read, not decide"
    assert recorded(reviewed, "rita") == 0


def recorded(database: Database, actor: str) -> int:
    with database.reading() as session:
        query = select(func.count()).select_from(AcknowledgementRow).where(AcknowledgementRow.actor == actor)
        return session.scalar(query) or 0


@pytest.mark.parametrize(
    "path",
    [
        "/c/{change}",
        "/decide",
        "/reader",
        "/conflicts/{change}",
        "/deliveries/0/resend",
        "/silences",
        "/silences/2/expire",
        "/deadlines/acknowledge",
        "/deadlines/owner",
        "/sources/acme-models/held",
    ],
)
@pytest.mark.parametrize("token", [None, "", "0" * 64, "of another browser"])
def test_every_form_refuses_a_token_that_is_not_its_own(
    path: str, token: str | None, pages: Browser, reviewed: Database
) -> None:
    change = open_change(reviewed)
    pages.get("/")
    if token == "of another browser":
        with pages.another() as other:
            token = other.get("/reader").form("/reader")[csrf.FIELD]
    before = recorded(reviewed, "mara")
    fields = {"action": "acknowledge", "change": change, "text": "kept words"}
    answer = pages.post(path.format(change=change), fields | ({} if token is None else {csrf.FIELD: token}))
    assert answer.status == 403
    assert answer.heading() == "This form was open too long"
    assert "kept words" in answer.soup.textarea.get_text()  # type: ignore[union-attr]
    assert recorded(reviewed, "mara") == before


def test_logging_out_forgets_the_session(guarded: Browser) -> None:
    log_in(guarded)
    guarded.send(guarded.get("/reader"), "/logout")
    assert guarded.get("/").heading() == "headwater"


def test_login_itself_refuses_a_form_of_another_site(guarded: Browser) -> None:
    answer = guarded.post("/login", {"name": "mara", "password": PASSWORD})
    assert answer.status == 403
    assert PASSWORD.encode() not in answer.body


def test_a_trusted_proxy_names_the_person(reviewed: Database, serve: Serve, accounts: tuple[Account, ...]) -> None:
    trusted = WebSettings(accounts=accounts, trusted_proxies=(ip_network("127.0.0.1/32"),), others=Role.READ)
    pages = serve(reviewed, trusted)
    assert "mara" in pages.get("/reader", headers={"X-Forwarded-User": "mara"}).heading()
    assert "can read" in pages.get("/reader", headers={"X-Forwarded-User": "stranger"}).text
    refused = pages.get("/", headers={"X-Forwarded-User": "x" * 500})
    assert refused.status == 403
    strict = serve(reviewed, replace(trusted, others=None))
    assert strict.get("/", headers={"X-Forwarded-User": "stranger"}).heading() == "You have no access here"
    untrusted = serve(reviewed, replace(trusted, trusted_proxies=(ip_network("192.0.2.0/24"),)))
    assert untrusted.get("/", headers={"X-Forwarded-User": "mara"}).heading() == "headwater"
    assert (
        untrusted.get("/", headers={"X-Forwarded-User": "mara", "X-Forwarded-For": "192.0.2.7"}).heading()
        == "headwater"
    )


def test_without_a_login_only_names_of_this_machine_are_answered(
    pages: Browser, reviewed: Database, serve: Serve
) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", ""):
        assert pages.get("/", headers={"host": host}).status == 421
    public = serve(reviewed, WebSettings(public_url="https://headwater.example.org"))
    assert public.get("/", headers={"host": "headwater.example.org"}).status == 200


def test_a_body_that_is_too_long_is_refused(pages: Browser) -> None:
    assert pages.post("/reader", {"zone": "x" * 300_000}).status == 413


def test_the_reader_chooses_zone_scheme_and_keys(pages: Browser) -> None:
    page = pages.send(pages.get("/reader"), "/reader", zone="Europe/Berlin", scheme="dark")
    assert page.soup.html["data-scheme"] == "dark"  # type: ignore[index]
    assert page.soup.body["data-keys"] == "off"  # type: ignore[index]
    stamps = [time["title"] for time in pages.get("/").soup.select("time[title]")]
    assert any("CEST" in str(stamp) for stamp in stamps)
    page = pages.send(pages.get("/reader"), "/reader", zone="Nowhere/Never", scheme="purple", keys="on")
    assert page.soup.html.get("data-scheme") is None  # type: ignore[union-attr]
