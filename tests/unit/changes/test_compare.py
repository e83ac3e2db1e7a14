"""Two readings to changes: what is an event and what is not."""

from __future__ import annotations

from datetime import UTC, date, datetime

from snapshots.changes.compare import compare
from snapshots.changes.contract import change_to_json
from snapshots.changes.model import Change, Level
from tests.unit.facts.pages import PRICING, reading_of

NOW = datetime(2030, 5, 1, tzinfo=UTC)


def changes(old: str, new: str, content_type: str = "text/markdown", *, now: datetime = NOW) -> list[Change]:
    before = reading_of(old, content_type, today=now.date())
    after = reading_of(new, content_type, today=now.date(), known=before.vocabulary)
    return [
        change
        for change in compare(before.facts, after.facts, before.passages, after.passages, now=now)
        if change.kind != "document-text-changed"
    ]


def told(found: list[Change]) -> list[tuple[str, str, str, str | None, str | None]]:
    return [(c.kind, c.subject, c.attribute, c.before, c.after) for c in found]


def test_a_price_change_is_one_change_with_its_evidence() -> None:
    (change,) = changes(PRICING, PRICING.replace("$0.28", "$0.42"))
    assert (change.kind, change.subject, change.attribute, change.before, change.after) == (
        "price-increased", "acme-swift", "output_price", "0.28", "0.42",
    )  # fmt: skip
    assert change.level is Level.WARNING
    assert change.evidence is not None
    assert "$0.42" in change.evidence.quote


def test_a_flat_price_that_became_two_bands_is_the_price_before_in_both() -> None:
    old = "| MODEL | 1M OUTPUT TOKENS |\n| --- | --- |\n| acme-swift | $0.30 |\n| acme-pro | $0.90 |\n"
    new = (
        "| MODEL | BAND | 1M OUTPUT TOKENS |\n| --- | --- | --- |\n| acme-swift | OFF-PEAK | $0.33 "
        "|\n| acme-swift | PEAK | $0.66 |\n"
        "| acme-pro | OFF-PEAK | $0.90 |\n| acme-pro | PEAK | $1.80 |\n"
    )
    found = {(c.subject, c.qualifier, c.before, c.after) for c in changes(old, new)}
    assert found == {
        ("acme-swift", "off_peak", "0.3", "0.33"),
        ("acme-swift", "peak", "0.3", "0.66"),
        ("acme-pro", "off_peak", "0.9", "0.9"),
        ("acme-pro", "peak", "0.9", "1.8"),
    }


def test_an_alias_pointed_elsewhere_is_critical_and_says_since_when() -> None:
    old = "# Log\n\n## Date: 2030-01-02\n\nThe `acme-chat` model has been upgraded to Acme-V3.\n"
    new = old.replace(
        "# Log\n", "# Log\n\n## Date: 2030-04-30\n\nThe `acme-chat` model has been upgraded to Acme-V4.\n"
    )
    (change,) = changes(old, new)
    assert (change.kind, change.before, change.after) == ("alias-retargeted", "Acme-V3", "Acme-V4")
    assert change.level is Level.CRITICAL
    assert change_to_json(change)["effective_at"] == "2030-04-30"


def test_an_old_entry_that_is_rendered_anew_is_no_change() -> None:
    new = (
        "# Log\n\n## Date: 2030-04-30\n\nThe `acme-chat` model has been upgraded to Acme-V4.\n\n## Date: "
        "2030-01-02\n\nThe `acme-chat` model has been upgraded to Acme-V3.\n"
    )
    old = new[: new.index("## Date: 2030-01-02")]
    assert changes(old, new) == []


def test_a_model_brings_its_own_facts_along() -> None:
    row = "| acme-max | $3.00 | $9.00 |\n"
    old = (
        "| MODEL | 1M INPUT TOKENS | 1M OUTPUT TOKENS |\n| --- | --- | --- |\n| acme-swift | $0.30 | "
        "$0.60 |\n| acme-pro | $0.90 | $1.80 |\n"
    )
    assert told(changes(old, old + row)) == [("model-added", "acme-max", "listed", None, "true")]
    assert told(changes(old + row, old)) == [("model-removed", "acme-max", "listed", "true", None)]


def test_a_model_that_is_still_mentioned_is_not_removed() -> None:
    table = "| MODEL | 1M OUTPUT TOKENS |\n| --- | --- |\n| acme-swift | $0.30 |\n| acme-pro | $0.90 |\n"
    fragment = table.replace("| acme-pro | $0.90 |\n", "") + "\nThe prices of acme-pro follow.\n"
    assert changes(table, fragment) == []


def test_a_retirement_date_is_set_moved_and_still_one_change_each() -> None:
    text = "# Acme\n\nThe names `acme-chat` and `acme-think` point to `acme-v4-swift`."
    dated = text + " They stay.\n\n`acme-chat` will be retired on 2030-07-24.\n"
    assert told(changes(text, dated)) == [("shutdown-date-set", "acme-chat", "retirement_date", None, "2030-07-24")]
    assert [c.kind for c in changes(dated, dated.replace("07-24", "06-24"))] == ["shutdown-date-moved-earlier"]
    assert [c.kind for c in changes(dated, dated.replace("07-24", "09-24"))] == ["shutdown-date-moved-later"]


def test_one_license_event_is_one_change() -> None:
    old = (
        "---\nlicense: other\nlicense_name: acme\n---\n# Acme-V3\n\n## License\n\nThe weights are "
        "subject to the Acme Model License.\n"
    )
    new = (
        "---\nlicense: mit\n---\n# Acme-V3\n\n## License\n\nThis repository and the model weights are "
        "licensed under the MIT License.\n"
    )
    assert told(changes(old, new)) == [("license-changed", "*", "license", "acme", "MIT")]


def test_a_copyright_year_is_no_license_change() -> None:
    text = (
        "MIT License\n\nCopyright 2029 Acme.\n\nPermission is hereby granted, free of charge, to any "
        "person obtaining a copy\nof this software.\n"
    )
    assert changes(text, text.replace("2029", "2030"), "text/plain") == []


def test_an_operation_under_another_path_moved() -> None:
    old = "openapi: 3.1.0\npaths:\n  /fine-tunes:\n    get:\n      operationId: listFineTunes\n"
    assert told(changes(old, old.replace("/fine-tunes:", "/fine_tuning/jobs:"), "application/yaml")) == [
        ("endpoint-path-changed", "GET /fine_tuning/jobs", "operation", "/fine-tunes", "/fine_tuning/jobs")
    ]


def test_an_announced_price_is_told_when_it_is_announced_and_again_when_it_holds() -> None:
    flat = "| MODEL | 1M OUTPUT TOKENS |\n| --- | --- |\n| acme-swift | $0.30 |\n| acme-pro | $0.90 |\n"
    announced = (
        flat
        + "\nThe new prices take effect on June 1, 2030, as follows:\n\n"
        + flat.replace("0.30", "0.40").replace("0.90", "1.20")
    )
    current = flat.replace("0.30", "0.40").replace("0.90", "1.20")
    assert {(c.kind, c.subject, c.after) for c in changes(flat, announced)} == {
        ("price-announced", "acme-swift", "0.4"),
        ("price-announced", "acme-pro", "1.2"),
    }
    later = datetime(2030, 6, 2, tzinfo=UTC)
    assert {(c.kind, c.subject, c.before, c.after) for c in changes(announced, current, now=later)} == {
        ("price-increased", "acme-swift", "0.3", "0.4"),
        ("price-increased", "acme-pro", "0.9", "1.2"),
    }


def test_today_does_not_decide_what_a_page_says() -> None:
    early = reading_of(PRICING, today=date(2020, 1, 1))
    late = reading_of(PRICING, today=date(2040, 1, 1))
    assert early.facts == late.facts


def test_the_hour_of_a_known_day_is_no_new_date() -> None:
    day = "# Acme\n\nThe name `acme-chat` will be retired on 2030-07-24.\n"
    assert changes(day, day.replace("07-24.", "07-24 15:59 UTC.")) == []
    assert changes(day.replace("07-24.", "07-24 15:59 UTC."), day) == []
