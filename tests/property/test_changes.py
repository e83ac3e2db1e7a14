"""What may happen to a page without anything having changed."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.extract.reading import Reading, read
from snapshots.changes.compare import compare

NOW = datetime(2030, 5, 1, tzinfo=UTC)
NAMES = ("acme-swift", "acme-pro", "acme-mini", "acme-max")
COLUMNS = ("Context length", "Max output", "1M input tokens", "1M output tokens")

prices = st.decimals("0.01", "99", places=2).map(lambda amount: f"${amount}")
sizes = st.sampled_from(["8K", "64K", "128K", "256K", "1M"])
rows = st.tuples(sizes, sizes, prices, prices)
tables = st.lists(rows, min_size=2, max_size=4)


def reading(text: str, content_type: str = "text/markdown") -> Reading:
    return read(text.encode(), content_type, today=date(2030, 5, 1))


def kinds(old: Reading, new: Reading) -> list[str]:
    return [
        c.kind
        for c in compare(old.facts, new.facts, old.passages, new.passages, now=NOW)
        if c.kind != "document-text-changed"
    ]


def by_row(table: list[tuple[str, ...]], order: list[int]) -> str:
    lines = [f"| Model | {' | '.join(COLUMNS)} |", "| --- " * 5 + "|"]
    lines += [f"| {NAMES[i]} | {' | '.join(table[i])} |" for i in order]
    return "# Models\n\n" + "\n".join(lines) + "\n"


def by_column(table: list[tuple[str, ...]]) -> str:
    lines = [f"| Model | {' | '.join(NAMES[: len(table)])} |", "| --- " * (len(table) + 1) + "|"]
    lines += [f"| {label} | {' | '.join(row[i] for row in table)} |" for i, label in enumerate(COLUMNS)]
    return "# Models\n\n" + "\n".join(lines) + "\n"


def as_html(table: list[tuple[str, ...]], attributes: str) -> str:
    cells = "".join(
        f"<tr {attributes}><td>{NAMES[i]}</td>{''.join(f'<td {attributes}>{cell}</td>' for cell in row)}</tr>"
        for i, row in enumerate(table)
    )
    head = "".join(f"<th>{label}</th>" for label in ("Model", *COLUMNS))
    return (
        f"<html><body><main><h1 {attributes}>Models</h1><table "
        f"{attributes}><tr>{head}</tr>{cells}</table></main></body></html>"
    )


@given(tables)
@settings(max_examples=30)
def test_a_version_differs_in_nothing_from_itself(table: list[tuple[str, ...]]) -> None:
    page = reading(by_row(table, list(range(len(table)))))
    assert compare(page.facts, page.facts, page.passages, page.passages, now=NOW) == ()


@given(tables, st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_shuffled_rows_are_no_change(table: list[tuple[str, ...]], random: object) -> None:
    order = list(range(len(table)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert kinds(reading(by_row(table, sorted(order))), reading(by_row(table, order))) == []


@given(tables)
@settings(max_examples=30)
def test_a_transposed_table_is_no_change(table: list[tuple[str, ...]]) -> None:
    assert kinds(reading(by_row(table, list(range(len(table))))), reading(by_column(table))) == []


@given(tables, st.sampled_from(["", 'class="a b"', 'style="color:red" data-v-1a2b3c', 'id="x" align="center"']))
@settings(max_examples=30)
def test_attributes_of_the_markup_are_no_change(table: list[tuple[str, ...]], attributes: str) -> None:
    assert kinds(reading(as_html(table, ""), "text/html"), reading(as_html(table, attributes), "text/html")) == []


@given(st.integers(20, 100))
@settings(max_examples=20)
def test_text_wrapped_elsewhere_is_no_change(width: int) -> None:
    text = (
        "The two legacy model names, `acme-chat` and `acme-think`, will be discontinued on 2030-07-24. "
        "During the current period, these two model names point to the non-thinking mode and "
        "thinking mode of `acme-v4`, respectively."
    )
    wrapped, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) > width:
            wrapped.append(line)
            line = ""
        line = f"{line} {word}".strip()
    wrapped.append(line)
    old, new = reading(f"# Notes\n\n{text}\n"), reading("# Notes\n\n" + "\n".join(wrapped) + "\n")
    assert old.facts
    assert kinds(old, new) == []


@given(tables, st.integers(0, 3), st.integers(2, 3), prices)
@settings(max_examples=30)
def test_one_changed_cell_is_one_change(table: list[tuple[str, ...]], row: int, column: int, price: str) -> None:
    row %= len(table)
    changed = [list(each) for each in table]
    changed[row][column] = price
    order = list(range(len(table)))
    found = kinds(reading(by_row(table, order)), reading(by_row([tuple(each) for each in changed], order)))
    assert len(found) == (float(price[1:]) != float(table[row][column][1:]))
