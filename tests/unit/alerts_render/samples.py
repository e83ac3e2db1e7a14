"""Incidents of our own writing, for the tests of what people read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Change
from snapshots.coverage import FirstReading
from snapshots.facts import Evidence, Precision
from snapshots.history import Deadline
from snapshots.journal import Entry

NOW = datetime(2026, 4, 24, 14, 6, tzinfo=UTC)
DAY = datetime(2026, 4, 24, tzinfo=UTC)
USD = {"currency": "USD", "unit": "1M tokens"}
CHANGE_LOG = (
    "The two legacy API model names, `deepseek-chat` and `deepseek-reasoner`, will be discontinued in three months "
    "(2026-07-24). During the current period, these two model names point to the non-thinking mode and thinking mode "
    "of `deepseek-v4-flash`, respectively."
)


def entry(
    kind: str,
    subject: str,
    attribute: str,
    before: str | None,
    after: str | None,
    *,
    number: int = 1,
    source: str = "updates",
    title: str = "DeepSeek change log",
    url: str = "https://api-docs.deepseek.com/updates",
    at: datetime = NOW,
    quote: str = "",
    heading: tuple[str, ...] = (),
    **change: Any,
) -> Entry:
    """One recorded change; `number` gives its public id."""
    evidence = Evidence("block", heading, quote) if quote else None
    return Entry(
        id=number,
        public_id=f"{number:08x}",
        source_id=source,
        source_title=title,
        provider="deepseek",
        url=url,
        from_version=1,
        to_version=2,
        detected_at=at,
        state="open",
        origin="check",
        review_state="open",
        snoozed_until=None,
        change=Change(
            kind,
            subject,
            attribute,
            before,
            after,
            change.pop("level", kind_of(kind).level),
            evidence=evidence,
            **change,
        ),
    )


def retargeted(name: str = "deepseek-chat", mode: str = "non-thinking", *, number: int = 1, **other: Any) -> Entry:
    return entry(
        "alias-retargeted",
        name,
        "target",
        "DeepSeek-V3.2",
        "deepseek-v4-flash",
        number=number,
        before_detail={"mode": mode},
        after_detail={"mode": mode},
        effective_at=DAY,
        effective_precision=Precision.DAY,
        quote=CHANGE_LOG,
        heading=("Change Log", "Date: 2026-04-24"),
        **other,
    )


def retires(name: str = "deepseek-chat", *, number: int = 2) -> Entry:
    return entry(
        "shutdown-date-set",
        name,
        "retirement_date",
        None,
        "2026-07-24T15:59:00Z",
        number=number,
        quote=CHANGE_LOG,
        heading=("Change Log", "Date: 2026-04-24"),
        effective_at=datetime(2026, 7, 24, 15, 59, tzinfo=UTC),
        effective_precision=Precision.INSTANT,
    )


def two_aliases() -> list[Entry]:
    return [
        retargeted(),
        retires(),
        retargeted("deepseek-reasoner", "thinking", number=3),
        retires("deepseek-reasoner", number=4),
        retargeted(number=5, source="first-call", title="DeepSeek quick start", url="https://api-docs.deepseek.com/"),
        entry(
            "price-decreased",
            "deepseek-chat",
            "output_price",
            "0.42",
            "0.28",
            number=6,
            before_detail=USD,
            after_detail=USD,
        ),
        entry("context-window-increased", "deepseek-chat", "context_window", "128K", "1M", number=7),
    ]


def license_change() -> list[Entry]:
    page: dict[str, Any] = {
        "source": "minimax-license",
        "title": "MiniMax-M2 license",
        "url": "https://huggingface.co/MiniMaxAI/MiniMax-M2/blob/main/LICENSE",
    }
    words = "If the Software is used for products with over 100 million monthly active users, show the name."
    return [
        entry(
            "license-changed", "MiniMax-M2", "license", "MIT", "Modified MIT", quote=words, heading=("License",), **page
        )
    ]


def endpoint_expiry() -> list[Entry]:
    address = "https://api.deepseek.com/v3.2_speciale_expires_on_20251215"
    return [
        entry(
            "endpoint-expiry-set",
            address,
            "retirement_date",
            None,
            "2025-12-15T15:59:00Z",
            at=datetime(2025, 12, 1, 9, tzinfo=UTC),
            quote="It is available until Dec 15th, 2025, 15:59 (UTC Time).",
            heading=("DeepSeek-V3.2 release",),
        )
    ]


def prices_by_band() -> list[Entry]:
    found = []
    amounts = {
        "output_price": ("0.87", "1.98", "3.96"),
        "input_price_cache_miss": ("0.435", "0.66", "1.32"),
        "input_price_cache_hit": ("0.0036", "0.022", "0.044"),
    }
    in_effect = {"effective_at": datetime(2026, 8, 16, 16, tzinfo=UTC), "effective_precision": Precision.INSTANT}
    for place, (attribute, (before, *bands)) in enumerate(amounts.items()):
        for band, amount in zip(("off_peak", "peak"), bands, strict=True):
            found.append(
                entry(
                    "price-increased",
                    "deepseek-v4-pro",
                    attribute,
                    before,
                    amount,
                    number=10 + 2 * place + (band == "peak"),
                    source="pricing",
                    title="DeepSeek models and pricing",
                    url="https://api-docs.deepseek.com/quick_start/pricing",
                    qualifier=band,
                    before_detail=USD,
                    after_detail=USD,
                    at=datetime(2026, 8, 17, 9, 40, tzinfo=UTC),
                    quote=f"deepseek-v4-pro | PRICING | 1M TOKENS | {band.upper()} | ${amount}",
                    heading=("Models & Pricing", "Model Details"),
                    **in_effect,
                )
            )
    return found


def a_day() -> list[Entry]:
    later = datetime(2026, 8, 17, 6, 30, tzinfo=UTC)
    return [
        *prices_by_band(),
        entry("model-added", "deepseek-v4-flash-vision", "listed", None, "true", number=30, at=later, source="models"),
        entry(
            "shutdown-date-set",
            "assistants",
            "retirement_date",
            None,
            "2026-08-26",
            number=31,
            at=later,
            source="deprecations",
        ),
        entry(
            "capability-added",
            "deepseek-v4-flash",
            "json_output",
            "false",
            "true",
            number=32,
            at=later,
            source="pricing",
        ),
        entry(
            "license-terms-url-changed",
            "*",
            "terms_url",
            None,
            "https://example.org/terms",
            number=33,
            at=later,
            source="terms",
            title="Terms of use",
        ),
    ]


def many(count: int = 200) -> list[Entry]:
    return [
        entry(
            "model-removed" if place % 2 else "price-increased",
            f"model-{place:03d}-with-a-name-of-its-own",
            "listed" if place % 2 else "output_price",
            "true" if place % 2 else "1",
            None if place % 2 else "2",
            number=100 + place,
            source="models",
        )
        for place in range(count)
    ]


def a_first_reading() -> FirstReading:
    def end(subject: str, stated: str, at: datetime, precision: Precision) -> Deadline:
        return Deadline(subject, at, stated, precision, "deepseek-updates-en", "deepseek-updates-en@1", CHANGE_LOG)

    return FirstReading(
        sources=12,
        facts=312,
        subjects=24,
        unread=("deepseek-news-zh",),
        ends=(
            end("assistants", "2026-08-26", datetime(2026, 8, 27, tzinfo=UTC), Precision.DAY),
            end("gpt-3.5-turbo-instruct", "2026-09-28", datetime(2026, 9, 29, tzinfo=UTC), Precision.DAY),
            end("acme-2", "2027-02-01T08:00:00Z", datetime(2027, 2, 1, 8, tzinfo=UTC), Precision.INSTANT),
        ),
    )


def a_reminder() -> list[dict[str, Any]]:
    """Two ends within 30 days of the same page, one of which has an owner."""
    shared = {
        "stated": "2026-05-24T15:59:00Z",
        "precision": "instant",
        "ends": "2026-05-24T15:59:00+00:00",
        "source": "deepseek-updates",
        "source_title": "Change Log",
        "url": "https://api-docs.deepseek.com/updates",
        "quote": "Both names will be discontinued on 2026-05-24.",
    }
    return [
        {**shared, "subject": "deepseek-chat", "owner": "platform-team"},
        {**shared, "subject": "deepseek-reasoner", "owner": ""},
    ]
