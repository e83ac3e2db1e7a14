"""A hostile file, line by line: sizes are counted while reading, and what is wrong is collected, not raised.

`read_records` yields what is well-formed; whether it is true of the file and the store is for `checking` to say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, TypeVar

from pydantic import BaseModel, ValidationError

from snapshots.archives.model import FORMAT, LARGEST_LINE, LINES, VERSION, HeaderLine, Record

MOST_SHOWN = 20
MOST_COUNTED = 1_000
_LONGEST_SHOWN = 200
_MOST_KEYS = 64
_STEP = 1_000
_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read: bytes in all, and lines."""

    max_bytes: int = 1_000_000_000
    max_lines: int = 2_000_000


class TooManyProblemsError(Exception):
    """Enough is wrong: reading on would help nobody."""


@dataclass(slots=True)
class Problems:
    """What is wrong, the first few in words: `line` counts from 1."""

    first: list[tuple[int, str]] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, sentence: str) -> None:
        """Remember a problem.

        Raises:
            TooManyProblemsError: so many were found that the rest is not worth reading.
        """
        self.count += 1
        if len(self.first) < MOST_SHOWN:
            self.first.append((line, sentence))
        if self.count >= MOST_COUNTED:
            raise TooManyProblemsError


@dataclass(frozen=True, slots=True)
class Read:
    """A well-formed line: its number and what it holds."""

    line: int
    record: HeaderLine | Record


def read_records(
    stream: IO[bytes], limits: Limits, problems: Problems, progress: Callable[[int], None] = lambda size: None
) -> Iterator[Read]:
    """The well-formed lines of a file, the header first; without a header we know, nothing.

    `progress` is called now and then with the bytes read so far.
    """
    for number, raw in _lines(stream, limits, problems, progress):
        data = _parsed(number, raw, problems)
        if number == 1:
            header = _header(data, raw, problems) if data is not None else None
            if header is None:
                return
            yield Read(1, header)
        elif data is not None:
            record = _record(number, data, raw, problems)
            if record is not None:
                yield Read(number, record)


def _lines(
    stream: IO[bytes], limits: Limits, problems: Problems, progress: Callable[[int], None]
) -> Iterator[tuple[int, bytes]]:
    number = size = 0
    while raw := stream.readline(LARGEST_LINE + 1):
        number += 1
        size += len(raw)
        if size > limits.max_bytes:
            problems.add(number, f"the file is larger than {limits.max_bytes:,} bytes (--max-bytes)")
            return
        if number > limits.max_lines:
            problems.add(number, f"the file has more than {limits.max_lines:,} lines (--max-lines)")
            return
        if number % _STEP == 0:
            progress(size)
        if len(raw) > LARGEST_LINE:
            problems.add(number, f"the line is longer than {LARGEST_LINE:,} bytes")
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(LARGEST_LINE)
                size += len(raw)
                if size > limits.max_bytes:
                    problems.add(number, f"the file is larger than {limits.max_bytes:,} bytes (--max-bytes)")
                    return
            continue
        yield number, raw
    if number == 0:
        problems.add(1, "the file is empty")


def _parsed(number: int, raw: bytes, problems: Problems) -> dict[str, Any] | None:
    if not raw.strip():
        problems.add(number, "the line is empty")
        return None
    try:
        data = json.loads(raw.decode("utf-8"), object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        problems.add(number, f"byte {error.start + 1} is not UTF-8")
    except RecursionError:
        problems.add(number, "the line is nested too deeply")
    except _UnwantedError as error:
        problems.add(number, str(error))
    except ValueError as error:
        # `JSONDecodeError` is one; so is a number of more digits than Python takes.
        problems.add(number, f"is not JSON: {shown(getattr(error, 'msg', error), quoted=False)}")
    else:
        if isinstance(data, dict):
            return data
        problems.add(number, "is not a JSON object")
    return None


class _UnwantedError(Exception):
    """JSON that two readers would understand differently."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        message = "an object names a key twice"
        raise _UnwantedError(message)
    if len(found) > _MOST_KEYS:
        message = f"an object has more than {_MOST_KEYS} keys"
        raise _UnwantedError(message)
    return found


def _no_constant(constant: str) -> Any:
    message = f"{constant} is not a number of JSON"
    raise _UnwantedError(message)


def _header(data: dict[str, Any], raw: bytes, problems: Problems) -> HeaderLine | None:
    if data.get("record") != "header" or data.get("format") != FORMAT:
        problems.add(1, f'the first line is not the header of a {FORMAT} file: {{"record": "header", ...}}')
        return None
    if data.get("version") != VERSION or isinstance(data.get("version"), bool):
        problems.add(
            1, f"this headwater reads version {VERSION} of {FORMAT}, the file has {shown(data.get('version'))}"
        )
        return None
    return _validated(1, HeaderLine, raw, problems)


def _record(number: int, data: dict[str, Any], raw: bytes, problems: Problems) -> Record | None:
    record = data.get("record")
    if not isinstance(record, str) or record not in LINES:
        told = f'"record" is {shown(record)}' if "record" in data else 'there is no "record"'
        problems.add(number, f"{told}; known are {', '.join(LINES)}")
        return None
    return _validated(number, LINES[record], raw, problems)


def _validated(number: int, model: type[_M], raw: bytes, problems: Problems) -> _M | None:
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        first, *more = error.errors(include_url=False, include_context=False, include_input=False)
        where = ".".join(shown(part, quoted=False) for part in first["loc"])
        told = first["msg"].removeprefix("Value error, ")
        others = f" (and {len(more)} more in this line)" if more else ""
        problems.add(number, shown(f"{where}: {told}" if where else told, quoted=False) + others)
    except ValueError as error:
        problems.add(number, shown(error, quoted=False))
    return None


def shown(value: object, *, quoted: bool = True) -> str:
    """A value for a sentence: short, and without what a terminal would obey."""
    text = (
        json.dumps(value, ensure_ascii=False) if quoted and isinstance(value, str | int | float | None) else str(value)
    )
    safe = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in text)
    return safe if len(safe) <= _LONGEST_SHOWN else safe[:_LONGEST_SHOWN] + "..."
