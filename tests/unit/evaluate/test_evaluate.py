"""What a fetch means: honest states, first versions, holds, and second looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.absences import Pending
from monitor.evaluate import Guards, LastGood, Previous, Watched, evaluate
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, NotModified
from snapshots.blobs import digest_of
from snapshots.changes.model import Change, Level
from snapshots.outcome import CheckOutcome, Outcome

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
URL = "https://docs.acme.example/pricing"
SOURCE = Watched("acme-pricing", URL, "pricing", timedelta(hours=1), 0.0, NOW)

ROWS = {"acme-small": "$0.10", "acme-large": "$2.00", "acme-code": "$0.50", "acme-voice": "$0.80"}


def page(rows: dict[str, str] = ROWS, footer: str = "2026", title: str = "Pricing", canonical: str = URL) -> bytes:
    body = "".join(f"<tr><td><code>{m}</code></td><td>128K</td><td>{price}</td></tr>" for m, price in rows.items())
    return f"""<!doctype html><html lang="en"><head><title>{title} | Acme</title>
<link rel="canonical" href="{canonical}"></head>
<body><nav><a href="/">Docs</a></nav><main><h1>{title}</h1><p>Prices in USD per 1M tokens.</p>
<table><thead><tr><th>Model</th><th>Context window</th><th>Output price</th></tr></thead>
<tbody>{body}</tbody></table></main>
<footer>© {footer} Acme, build {digest_of(footer.encode()).hex()[:8]}</footer></body></html>""".encode()


def answer(body: bytes, **more: object) -> Fetched:
    made = Fetched(body=body, status=200, final_url=URL, content_type="text/html", etag='"new"')
    return replace(made, **more)  # type: ignore[arg-type]


def after(body: bytes, **more: object) -> Previous:
    last = LastGood(digest_of(body), b"", "text/html", URL, NOW - timedelta(days=1), body)
    return replace(Previous(last, etag='"old"'), **more)  # type: ignore[arg-type]


def check(previous: Previous, fetched: object, guards: Guards | None = None) -> CheckOutcome:
    return evaluate(previous, fetched, SOURCE, started_at=NOW, now=NOW, guards=guards or Guards())  # type: ignore[arg-type]


def told(outcome: CheckOutcome) -> list[tuple[str, str, str | None, str | None]]:
    return [(c.kind, c.subject, c.before, c.after) for c in outcome.changes if c.level is not Level.NONE]


def test_the_first_version_yields_facts_and_no_change() -> None:
    outcome = check(Previous(), answer(page()))
    assert outcome.outcome is Outcome.BASELINE
    assert outcome.changes == ()
    assert {f.subject for f in outcome.facts or () if f.predicate == "price.output_price"} == set(ROWS)
    assert outcome.etag == '"new"'


def test_not_modified_confirms_and_keeps_the_validators() -> None:
    outcome = check(after(page()), NotModified(status=304, final_url=URL))
    assert (outcome.outcome, outcome.snapshot, outcome.facts) == (Outcome.NOT_MODIFIED, None, None)
    assert outcome.etag == '"old"'


def test_the_same_bytes_are_no_new_version() -> None:
    outcome = check(after(page()), answer(page()))
    assert (outcome.outcome, outcome.snapshot) == (Outcome.SAME_BYTES, None)


def test_another_footer_and_build_hash_are_the_same_text() -> None:
    outcome = check(after(page()), answer(page(footer="2027")))
    assert outcome.outcome is Outcome.SAME_TEXT
    assert outcome.changes == ()


def test_a_changed_cell_is_one_change_with_the_row_as_proof() -> None:
    outcome = check(after(page()), answer(page(ROWS | {"acme-large": "$3.00"})))
    assert told(outcome) == [("price-increased", "acme-large", "2", "3")]
    assert outcome.changes[0].evidence is not None
    assert "$3.00" in outcome.changes[0].evidence.quote


def test_the_home_page_under_the_address_is_held_and_touches_nothing() -> None:
    home = page({}, title="Welcome to the Acme docs", canonical="https://docs.acme.example/")
    outcome = check(after(page()), answer(home))
    assert outcome.outcome is Outcome.SHELL
    assert (outcome.facts, outcome.changes, outcome.etag) == (None, (), None)
    assert outcome.snapshot is not None
    assert outcome.snapshot.held == outcome.detail


OTHER = "".join(
    f"<h2>Chapter {i}</h2><p>Chapter {i} of the handbook tells how teams of size {i} work.</p>" for i in range(9)
)
HANDBOOK = f"<html><title>Handbook | Acme</title><main><h1>Handbook</h1>{OTHER}</main></html>".encode()


def test_a_page_with_nothing_in_common_is_held_and_becomes_the_baseline_after_a_day() -> None:
    first = check(after(page()), answer(HANDBOOK))
    assert first.outcome is Outcome.SHELL
    assert first.snapshot is not None

    def again(hours: int) -> CheckOutcome:
        source = replace(SOURCE, failing_since=NOW - timedelta(hours=hours))
        assert first.snapshot is not None
        previous = after(page(), held_text_digest=first.snapshot.text_digest)
        return evaluate(previous, answer(HANDBOOK), source, started_at=NOW, now=NOW)

    assert again(23).outcome is Outcome.SHELL
    later = again(25)
    assert (later.outcome, later.changes) == (Outcome.BASELINE, ())


def test_the_home_page_never_becomes_the_baseline() -> None:
    home = page({}, title="Welcome to the Acme docs", canonical="https://docs.acme.example/")
    held = check(after(page()), answer(home))
    assert held.snapshot is not None
    source = replace(SOURCE, failing_since=NOW - timedelta(days=30))
    previous = after(page(), held_text_digest=held.snapshot.text_digest)
    assert evaluate(previous, answer(home), source, started_at=NOW, now=NOW).outcome is Outcome.SHELL


def test_when_most_facts_vanish_at_once_the_version_is_held_for_review() -> None:
    rows = {f"acme-{i}": f"${i}.00" for i in range(1, 13)}
    few = {"acme-1": "$1.00"}
    outcome = check(after(page(rows)), answer(page(few)))
    assert outcome.outcome is Outcome.HELD
    assert outcome.facts is None
    assert outcome.detail is not None
    assert "missing" in outcome.detail
    final = check(after(page(rows)), answer(page(few)), Guards(hold_mass_disappearance=False))
    assert final.outcome is Outcome.NEW_VERSION


def test_a_list_that_is_about_other_models_now_is_news_and_not_a_broken_page() -> None:
    before = {f"acme-{i}": f"${i}.00" for i in range(1, 9)}
    after_ = {f"acme-next-{i}": f"${i}.50" for i in range(1, 9)}
    outcome = check(after(page(before)), answer(page(after_)))
    assert outcome.outcome is Outcome.NEW_VERSION
    assert {c.kind for c in outcome.changes if c.level is not Level.NONE} >= {"model-added", "model-removed"}


def test_a_removal_asks_for_a_second_look_soon() -> None:
    rest = {name: price for name, price in ROWS.items() if name != "acme-voice"}
    outcome = check(after(page()), answer(page(rest)))
    assert [c.kind for c in outcome.changes if c.removal] == ["model-removed"]
    assert outcome.next_check_at <= NOW + timedelta(minutes=10)
    final = check(after(page()), answer(page(rest)), Guards(confirm_removals=False))
    assert [c.kind for c in final.changes if c.level is not Level.NONE] == ["model-removed"]
    assert not any(c.removal for c in final.changes)


PENDING = Pending(7, "acme-voice", "listed", "model", "")


def test_a_second_look_confirms_a_removal() -> None:
    rest = page({name: price for name, price in ROWS.items() if name != "acme-voice"})
    previous = after(rest, pending=(PENDING,))
    assert check(previous, NotModified(status=304, final_url=URL)).confirmed == (7,)
    assert check(previous, answer(rest)).confirmed == (7,)


def test_what_comes_back_is_withdrawn_and_not_announced_as_new() -> None:
    rest = page({name: price for name, price in ROWS.items() if name != "acme-voice"})
    outcome = check(after(rest, pending=(PENDING,)), answer(page()))
    assert (outcome.confirmed, outcome.withdrawn) == ((), (7,))
    assert told(outcome) == []


@pytest.mark.parametrize("kind", FailureKind)
def test_a_failed_fetch_never_changes_a_fact_and_says_why(kind: FailureKind) -> None:
    failure = FetchFailed(kind=kind, detail="The server answered 503.", status=503, final_url=URL)
    outcome = check(after(page(), pending=(PENDING,)), failure)
    assert outcome.outcome.value == kind.value
    assert not outcome.outcome.good
    assert (outcome.facts, outcome.changes, outcome.confirmed, outcome.snapshot) == (None, (), (), None)
    assert outcome.detail == "The server answered 503."


def test_unreadable_data_is_held_with_the_reason() -> None:
    source = replace(SOURCE, url="https://docs.acme.example/models.json")
    broken = answer(b'{"models": [', content_type="application/json")
    outcome = evaluate(Previous(), broken, source, started_at=NOW, now=NOW)
    assert outcome.outcome is Outcome.EXTRACTOR_BROKEN
    assert outcome.detail
    assert outcome.snapshot is not None
    assert outcome.snapshot.held


def test_severities_of_the_user_are_applied_before_anything_is_written() -> None:
    def louder(change: Change) -> Change:
        return replace(change, level=Level.CRITICAL)

    fetched = answer(page(ROWS | {"acme-large": "$3.00"}))
    outcome = evaluate(after(page()), fetched, SOURCE, started_at=NOW, now=NOW, adjust=louder)
    assert [c.level for c in outcome.changes if c.kind == "price-increased"] == [Level.CRITICAL]


NEW_URL = "https://docs.acme.example/models/pricing"


def test_a_permanent_redirect_to_another_document_is_told_once_and_keeps_the_facts() -> None:
    outcome = check(after(page()), answer(page(), moved_to=NEW_URL))
    assert outcome.outcome is Outcome.SAME_BYTES
    assert outcome.facts is None
    assert [(c.kind, c.before, c.after) for c in outcome.changes] == [("document-moved", URL, NEW_URL)]
    assert outcome.moved_to == NEW_URL
    again = check(after(page(), moved_to=NEW_URL), NotModified(status=304, final_url=NEW_URL, moved_to=NEW_URL))
    assert (again.changes, again.moved_to) == ((), NEW_URL)
    back = check(after(page(), moved_to=NEW_URL), answer(page()))
    assert (back.changes, back.moved_to) == ((), NEW_URL)


def test_a_move_is_told_beside_what_changed_and_never_with_the_first_version() -> None:
    both = check(after(page()), answer(page(ROWS | {"acme-large": "$3.00"}), moved_to=NEW_URL))
    assert [kind for kind, *_ in told(both)] == ["price-increased", "document-moved"]
    first = check(Previous(), answer(page(), moved_to=NEW_URL))
    assert (first.changes, first.moved_to) == ((), NEW_URL)


@pytest.mark.parametrize(
    "target", [URL + "/", "http://docs.acme.example/pricing", "https://docs.acme.example:443/pricing"]
)
def test_the_same_document_under_another_spelling_did_not_move(target: str) -> None:
    outcome = check(after(page()), answer(page(), moved_to=target))
    assert (outcome.changes, outcome.moved_to) == ((), None)


@pytest.mark.parametrize(
    ("title", "final_url"),
    [
        ("Log in", URL),
        ("Sign in - Acme", URL),
        ("Before you continue to Acme", URL),
        ("Attention Required! | Cloudflare", URL),
        ("Access denied", URL),
        ("Welcome", "https://docs.acme.example/login?next=/pricing"),
    ],
)
def test_a_wall_in_front_of_the_page_is_blocked_and_touches_nothing(title: str, final_url: str) -> None:
    wall = f"<html><title>{title}</title><main><h1>{title}</h1><p>E-mail and password, please.</p></main>".encode()
    outcome = check(after(page()), answer(wall, final_url=final_url))
    assert (outcome.outcome, outcome.snapshot, outcome.facts, outcome.changes) == (Outcome.BLOCKED, None, None, ())
    assert "stands in front of the page" in (outcome.detail or "")


def test_a_long_page_about_logging_in_is_a_page() -> None:
    text = "The key of a project is shown once, right after it was made. " * 20
    body = f"<html><title>Login and keys</title><main><h1>Login and keys</h1><p>{text}</p></main>".encode()
    assert check(Previous(), answer(body)).outcome is Outcome.BASELINE


def test_too_many_requests_and_a_named_wait_hold_for_the_whole_host() -> None:
    limited = check(after(page()), FetchFailed(FailureKind.RATE_LIMITED, "Slow down.", status=429))
    assert limited.host_wait_until == limited.next_check_at
    named = FetchFailed(FailureKind.SERVER_ERROR, "Down.", status=503, retry_after=timedelta(hours=2))
    assert check(after(page()), named).host_wait_until == NOW + timedelta(hours=2)
    assert check(after(page()), FetchFailed(FailureKind.SERVER_ERROR, "Down.", status=503)).host_wait_until is None


def test_a_person_can_take_a_held_page_for_the_page() -> None:
    believing = Guards(confirm_removals=False, hold_mass_disappearance=False, doubt_the_page=False)
    home = page({"acme-new": "$9.00"}, title="Home", canonical="https://docs.acme.example/")
    assert check(after(page()), answer(home)).outcome is Outcome.SHELL
    accepted = check(after(page()), answer(home), believing)
    assert accepted.outcome is Outcome.NEW_VERSION
    assert not any(change.removal for change in accepted.changes)
    assert {kind for kind, *_ in told(accepted)} >= {"model-added", "model-removed"}
