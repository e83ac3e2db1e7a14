"""What it costs to turn bytes into facts: CPU milliseconds for pages of 60 KB, and how the cost grows with the size.

Run it with `make bench`. Every page is read once by a process that has read other pages: no cache holds its names.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median

from monitor.cli import COLLECTION_THRESHOLDS
from monitor.extract.reading import read

ROUNDS = 5
SMALL, MIDDLE, LARGE = 60_000, 240_000, 1_000_000


def price_list(size: int, salt: str) -> bytes:
    """An HTML page: navigation, prose and a table of prices with classes, as documentation sites render them."""
    links = "".join(
        f'<li class="menu__item"><a class="menu__link" href="/docs/{i}">Guide {i}</a></li>' for i in range(80)
    )
    row = (
        '<tr class="border-b border-gray-200"><td class="px-4 py-2"><code class="code">acme-{0}-{1}'
        '</code></td><td class="px-4 py-2">128K</td><td class="px-4 py-2">${1}.50</td></tr>'
    )
    words = "<p class='text-base leading-7'>Requests are billed by token. Each answer says how many were used.</p>"
    rows: list[str] = []
    texts: list[str] = []
    count = 0
    while sum(len(part) for part in (*rows, *texts)) < size - len(links) - 600:
        rows.append(row.format(salt, count))
        texts.extend([words] * 2)
        count += 1
    return (
        f"<html><head><title>Pricing</title></head><body><nav><ul>{links}</ul></nav><main><h1>Pricing</h1>"
        f"{''.join(texts)}<table><tr><th>Model</th><th>Context window</th><th>Output price</th></tr>{''.join(rows)}"
        "</table></main><footer>Acme</footer></body></html>"
    ).encode()


def change_log(size: int, salt: str) -> bytes:
    """A Markdown change log: dated entries that release, move and end models."""
    entry = (
        "## 2029-{1:02}-{2:02}\n\n- We released `acme-{0}-{3}`. It has a context window of 128K tokens.\n"
        "- `acme-{0}-latest` now points to `acme-{0}-{3}`.\n- Answers that are cut off say so in `finish_reason`, "
        "and the documentation of streaming has more examples in all languages.\n\n"
    )
    entries, count = ["# Change log\n\n"], 0
    while sum(map(len, entries)) < size:
        entries.append(entry.format(salt, count // 28 % 12 + 1, count % 28 + 1, count))
        count += 1
    return "".join(entries).encode()


def registry(size: int, salt: str) -> bytes:
    """A JSON list of models with prices and limits."""
    record = (
        '"acme/{0}-{1}": {{"max_input_tokens": 128000, "max_output_tokens": 8192, "input_cost_per_token": 1e-06, '
        '"output_cost_per_token": 3e-06, "mode": "chat", "supports_vision": true}}'
    )
    records: list[str] = []
    while sum(map(len, records)) < size:
        records.append(record.format(salt, len(records)))
    return ("{" + ",\n".join(records) + "}").encode()


def milliseconds(make: Callable[[int, str], bytes], size: int, content_type: str) -> float:
    """The median CPU time of one reading, each of a page with names of its own."""
    times = []
    for number in range(ROUNDS):
        body = make(size, f"{size % 97}x{number}")
        start = time.process_time()
        read(body, content_type)
        times.append((time.process_time() - start) * 1_000)
    return median(times)


def main() -> None:
    """Measure and print, with the memory settings of the program."""
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    print(f"{'bytes to facts, CPU ms':<44}{'60 KB':>10}{'240 KB':>13}{'1 MB':>8}")  # noqa: T201
    for name, make, content_type in (
        ("HTML price list", price_list, "html"),
        ("Markdown change log", change_log, "markdown"),
        ("JSON list of models", registry, "json"),
    ):
        small, middle, large = (milliseconds(make, size, content_type) for size in (SMALL, MIDDLE, LARGE))
        print(f"{name:<44}{small:>10.0f}{middle:>13.0f}{large:>8.0f}")  # noqa: T201


if __name__ == "__main__":
    main()
