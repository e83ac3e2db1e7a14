"""What the labels of a table mean: a stack of labels to the attribute of a fact."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_MARKS = re.compile(r"\(\d{1,2}\)|（\d{1,2}）|<[^>]*>|[*`†‡§]|\[\d+\]|[¹²³⁴⁵]")
_BETA = re.compile(r"[(（]\s*(?:beta|preview|experimental|公测)\s*[)）]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Field:
    """A predicate area and attribute; `group` is the label it was read from."""

    area: str
    attribute: str


_LONGEST_LABEL = 80
_FIELDS: tuple[tuple[re.Pattern[str], Field], ...] = tuple(
    (re.compile(pattern), Field(*target.split(".", 1)))
    for pattern, target in (
        (r"base[ _]?url|api base|endpoint url|接口地址", "endpoint.base_url"),
        (r"\bitpm\b|input tokens? (?:per|/) ?min", "limit.input_tokens_per_minute"),
        (r"\botpm\b|output tokens? (?:per|/) ?min", "limit.output_tokens_per_minute"),
        (r"\bash\b|audio seconds? (?:per|/) ?hour", "limit.audio_seconds_per_hour"),
        (r"\basd\b|audio seconds? (?:per|/) ?day", "limit.audio_seconds_per_day"),
        (r"\brpm\b|requests? (?:per|/) ?min", "limit.requests_per_minute"),
        (r"\brpd\b|requests? (?:per|/) ?day", "limit.requests_per_day"),
        (r"\btpm\b|tokens? (?:per|/) ?min", "limit.tokens_per_minute"),
        (r"\btpd\b|tokens? (?:per|/) ?day", "limit.tokens_per_day"),
        (r"\b[rt]ps\b|rate limit|requests? (?:per|/) ?(?:s|h|month)|速率", "limit.rate_limit"),
        (r"max(?:imum)?\.? ?cot|chain.of.thought tokens", "limit.max_cot_tokens"),
        (r"default (?:output|max)", "limit.default_output"),
        (
            (
                r"(?:max(?:imum)?\.?|longest)[ _](?:output|completion|response)"
                r"|output (?:limit|length|tokens? limit)|最大输出|输出长度|max output"
            ),
            "limit.max_output",
        ),
        (
            (
                r"context|上下文|max(?:imum)? (?:input )?tokens|input (?:token )?(?:limit|length)"
                r"|seq(?:uence)?\.? len(?:gth)?\b"
            ),
            "limit.context_window",
        ),
        (r"concurren|并发", "limit.concurrency"),
        (r"dimensions?", "limit.dimensions"),
        (
            (
                r"replacement|substitut|successor|(?:recommend|suggest)ed (?:model|upgrade|migration)|alternative"
                r"|(?:migrate|upgrade) to|替代|替换|推荐|推奨|代替|後継|remplacement|reemplazo"
            ),
            "lifecycle.replacement",
        ),
        (
            (
                r"(?:model|snapshot) version|模型版本|(?:points?|redirects?|routes?|resolves?|maps?) to|redirect target"
                r"|alias (?:for|of)|current(?:ly)? (?:points|version)|served by|behaviou?r"
                r"|(?:corresponding|underlying|pinned|default|referenced) (?:stable )?(?:version|model|snapshot)"
            ),
            "alias.target",
        ),
        (
            r"deprecat\w* (?:date|on)|date of deprecation|^deprecated$|deprecation date|弃用",
            "lifecycle.deprecation_date",
        ),
        (
            (
                r"shut ?-?down|retire|sunset|\beol\b|end[- ]of[- ](?:life|support)|discontinu|removal date"
                r"|下线|停用|停止服务|廃止|提供終了|\bretrait\b|\bretirad?[ao]\b|abschalt"
            ),
            "lifecycle.retirement_date",
        ),
        (r"legacy date|legacy on", "lifecycle.legacy_date"),
        (r"^(?:model |current |lifecycle |release )?(?:status|state)$|availability status|状态", "lifecycle.status"),
        (r"licen[sc]e|许可", "license.license"),
    )
)
_PRICE = re.compile(r"pric|cost|\$|¥|￥|/ ?m?tok|per (?:1?m\b|million|1k)|价格|元|计费|费用", re.IGNORECASE)
_CAPABILITY_GROUP = re.compile(r"feature|capabilit|support|功能|能力|modalit", re.IGNORECASE)
_SIDES = (
    (
        "output",
        re.compile(r"output|completion|generat|输出|(?:/|per) ?1?M(?:illion)?(?: tok\w*)? out\b", re.IGNORECASE),
    ),
    ("input", re.compile(r"input|prompt|输入|(?:/|per) ?1?M(?:illion)?(?: tok\w*)? in\b", re.IGNORECASE)),
)
_CACHE_WRITE = re.compile(r"cache[d_\s-]*(?:write|writes|storage|creation)|write.*cache|缓存写", re.IGNORECASE)
_CACHE_HIT = re.compile(r"cache[\s_-]*(?:hit|read|hits)|cached|context caching|缓存命中|命中缓存", re.IGNORECASE)
_STORAGE = re.compile(r"\bstorage\b|存储", re.IGNORECASE)
# How long a prompt is says when a price holds, not what it is paid for.
_LENGTH = re.compile(
    r"\b(?:prompts?|inputs?|contexts?|requests?)\s*(?:of\s*|length\s*)?"
    r"(?:[<>≤≥]=?|over|above|under|below|up to|longer than)"
    r"\s*[\d.,]+\s*[KM]?(?:\s*tokens?)?"
    r"|(?:输入|输出|上下文)长度",
    re.IGNORECASE,
)
_CACHE_MISS = re.compile(r"cache[\s_-]*miss|缓存未命中|未命中", re.IGNORECASE)
_BANDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), band)
    for pattern, band in (
        (r"off[\s_-]*peak|空闲时段|闲时|低谷|谷时|优惠时段|非高峰", "off_peak"),
        (r"\bpeak|高峰|峰时", "peak"),
        (r"\bbatch\b|批量|批处理", "batch"),
        (r"fine[- ]?tun|training|训练|微调", "fine_tuning"),
        (r"long[- ]context|> ?200k|over 200k", "long_context"),
        (r"\bflex\b", "flex"),
        (r"\bpriority\b", "priority"),
    )
)
_SIDE = (
    r"(?:cached |cache |uncached )?(?:input|output|prompt|completion|cache (?:read|write|hit|miss))(?: tokens?| price)?"
)
_ORDER = re.compile(rf"{_SIDE}(?:\s*/\s*{_SIDE})+", re.IGNORECASE)
_PER = re.compile(r"\([^()]*\)|(?:/|per)\s*(?:1?[MK]\b|million|thousand|1,?000(?:,000)?)?\s*\w*", re.IGNORECASE)
_PAID_WORDS = re.compile(
    r"[$€¥£\\]|\b(?:pric(?:e|es|ing)|costs?|rates?|fees?|usd|cny|tokens?|models?|standard|amount|list|base|api|charges?)\b"
    r"|价格|费用|元",
    re.IGNORECASE,
)
_DISCOUNT = re.compile(r"discount|优惠", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}:\d{2}\s*[-–—~至到]\s*\d{1,2}:\d{2}")


@lru_cache(maxsize=4096)
def clean_label(text: str) -> str:
    """A label without footnote marks, emphasis and line breaks."""
    return " ".join(_MARKS.sub("", text).split()).strip(" :：|-")


def slug(text: str) -> str:
    """A label as an attribute name: `Json Output (Beta)` -> `json_output`."""
    text = _BETA.sub("", clean_label(text)).casefold()
    return re.sub(r"[^\w]+", "_", text).strip("_")[:60]


@lru_cache(maxsize=4096)
def field_of(labels: tuple[str, ...]) -> Field | None:
    """The attribute a stack of labels names, the innermost label first; None when it names none we know."""
    return next((found for label in reversed(labels) if (found := _field_of_label(label))), None)


@lru_cache(maxsize=4096)
def _field_of_label(label: str) -> Field | None:
    text = clean_label(label).casefold()
    if len(text) > _LONGEST_LABEL:
        return None
    for pattern, found in _FIELDS:
        if pattern.search(text) and not (found.attribute == "context_window" and re.search(r"cach|pric", text)):
            return found
    return Field("limit", slug(label)) if re.search(r"\blimits?$|quota|限制$", text) else None


@lru_cache(maxsize=4096)
def is_price(labels: tuple[str, ...]) -> bool:
    """Whether the labels say that numbers under them are prices."""
    return _PRICE.search(" ".join(labels)) is not None


def is_capability_group(labels: tuple[str, ...]) -> bool:
    """Whether a label above the innermost one groups capabilities."""
    return any(_CAPABILITY_GROUP.search(label) and len(label) < 40 for label in labels[:-1])


def stated_sides(text: str) -> tuple[str, ...]:
    """The attributes of several prices in one cell, in the order a text states: `input / cached input / output`."""
    for match in _ORDER.finditer(text):
        sides = tuple(price_attribute(part) for part in re.split(r"\s*/\s*", match[0]))
        if "price" not in sides and len(set(sides)) == len(sides):
            return sides
    return ()


def price_thing(labels: Sequence[str]) -> str:
    """What a price is for where no side says it: `Search Queries ($/1K)` -> `search_queries`; empty for `Price`."""
    words = (_PAID_WORDS.sub(" ", _PER.sub(" ", clean_label(label))) for label in labels)
    return slug(" ".join(word for text in words for word in text.split()))


@lru_cache(maxsize=4096)
def price_attribute(words: str) -> str:
    """The attribute a price belongs to by the words around it: `input_price_cache_hit`, `output_price`, `price`."""
    lower = _LENGTH.sub(" ", words)
    if _CACHE_WRITE.search(lower):
        duration = re.search(r"(\d+)\s?(m|h|min|hour)", lower)
        return f"cache_write_price_{duration[1]}{duration[2][0]}" if duration else "cache_write_price"
    if _STORAGE.search(lower):
        return "storage_price"
    if _CACHE_MISS.search(lower):
        return "input_price_cache_miss"
    if _CACHE_HIT.search(lower):
        return "input_price_cache_hit"
    for side, pattern in _SIDES:
        if pattern.search(lower):
            return f"{side}_price"
    return "price"


@lru_cache(maxsize=4096)
def price_band(words: str) -> str:
    """The band the words name, empty when none: a discount bound to hours of the day is the off-peak price."""
    for pattern, band in _BANDS:
        if pattern.search(words):
            return band
    if _DISCOUNT.search(words) and _CLOCK.search(words):
        return "off_peak"
    return ""
