"""Histories told again with other names, other years and other prices: what changed stays the same.

Nothing may depend on a provider's name, on a year or on an amount. Each mutation is tried on a third of the histories.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from monitor.replay import open_history, replay
from snapshots.db import Database

Told = Counter[tuple[int, str, str]]
Mutation = Callable[[str], str]

_YEAR = re.compile(r"(?<![\d.,$])20(2[2-7])(?=[-/.年]\d|年|\b(?!\.\d))|(?<=_)20(2[2-7])(?=[01]\d[0-3]\d)")
_MONEY = re.compile(r"([$¥￥])(\d+(?:\.\d+)?)(?![\d,])")
_LETTERS = str.maketrans("aeioubdgkptlrmnszvf", "eioaudgbptkrlnmzsfv")


def told(folder: Path, store: Path) -> Told:
    """What a replay tells, without names and values: the pair, the kind and the attribute."""
    database = Database(f"sqlite:///{store}")
    database.upgrade()
    records = list(replay([open_history(folder)], database))
    database.close()
    return Counter(
        (number, change["kind"], re.sub(r"[\W\d]+", "", change["attribute"]) if change["kind"] != "capability" else "")
        for number, record in enumerate(records)
        for change in record["changes"]
        if change["kind"] not in ("document-text-changed", "document-statement-changed")
    )


def renamed(folder: Path) -> Mutation:
    """Each word that begins the name of a labelled model or alias, with its letters exchanged, wherever it stands."""
    labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    subjects = [str(change["subject"]) for pair in labels for change in pair["changes"]]
    words = {
        match[0].lower()
        for subject in subjects
        if (match := re.match(r"[A-Za-z]{4,}(?=[ -]?[\w.]*\d|-)", subject.rpartition("/")[2]))
    } - {"post", "https", "model"}
    if not words:
        return lambda text: text
    pattern = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(sorted(words, key=len, reverse=True))})", re.IGNORECASE)
    return lambda text: pattern.sub(lambda match: _exchanged(match[0]), text)


def _exchanged(word: str) -> str:
    other = word.lower().translate(_LETTERS)
    return "".join(b.upper() if a.isupper() else b for a, b in zip(word, other, strict=True))


def shifted(_folder: Path) -> Mutation:
    """Every year, and every day written as digits, four years later: leap years stay leap years."""
    return lambda text: _YEAR.sub(lambda match: str(int(f"20{match[1] or match[2]}") + 4), text)


def scaled(_folder: Path) -> Mutation:
    """Every amount of money three times as high."""
    return lambda text: _MONEY.sub(lambda match: f"{match[1]}{(Decimal(match[2]) * 3).normalize():f}", text)


@pytest.mark.parametrize(
    ("mutation", "third"), [(renamed, 0), (shifted, 1), (scaled, 2)], ids=["renamed", "shifted", "scaled"]
)
def test_mutated_histories_tell_the_same(
    corpus: Path, tmp_path: Path, mutation: Callable[[Path], Mutation], third: int
) -> None:
    same = different = 0
    for description in sorted(corpus.glob("*/source.json"))[third::3]:
        folder = description.parent
        if len(list(folder.glob("0*__*"))) < 2:
            continue
        mutate = mutation(folder)
        copy = tmp_path / folder.name
        copy.mkdir()
        for path in folder.iterdir():
            name = (
                shifted(folder)(path.name.replace("__", "__ ")).replace("__ ", "__")
                if mutation is shifted
                else path.name
            )
            text = path.read_bytes().decode("utf-8", "surrogateescape")
            (copy / name).write_bytes(mutate(text).encode("utf-8", "surrogateescape"))
        before, after = told(folder, tmp_path / f"{folder.name}.db"), told(copy, tmp_path / f"{folder.name}-copy.db")
        same += (before & after).total()
        different += (before - after).total() + (after - before).total()
    assert same > 50
    assert different <= 0.03 * (same + different)
