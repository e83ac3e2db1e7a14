"""What a message says, independent of the channel that carries it."""

from __future__ import annotations

from dataclasses import dataclass

from snapshots.changes.model import Level
from snapshots.wording.spans import Line, text_of

MARKS = {Level.CRITICAL: "■", Level.WARNING: "▲", Level.INFO: "○", Level.NONE: "○"}
MOST_CHANGES = 12
_MANY = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a label and its value in runs."""

    label: str
    line: Line

    @property
    def value(self) -> str:
        """The value as plain text."""
        return text_of(self.line)


@dataclass(frozen=True, slots=True)
class Item:
    """What another subject of the incident went through, or one entry of a digest: title, values, dates."""

    heading: Line
    facts: Line
    level: Level
    kind: str
    note: str = ""
    review_url: str = ""
    changes: int = 1

    @property
    def title(self) -> str:
        """The title as plain text."""
        return text_of(self.heading)

    @property
    def fact_line(self) -> str:
        """The values as plain text."""
        return text_of(self.facts)


@dataclass(frozen=True, slots=True)
class Message:
    """One incident told to one receiver.

    The headline is `claim; date (bracket)`; date and bracket may be empty. `summary` says whether anything breaks,
    `deadline` when (a sentence, or empty), `advice` what to do, beginning in lower case (empty for nothing). `quote` is
    the provider's own words, plain, at most 400 characters; `telling` the word that makes a sentence of it decisive.
    `sources` counts those that show the leading change. `review_url` is empty when no address of this installation is
    known; `review_command` is always there. `news_only` says that nothing in it is critical or a warning. `decision` is
    what somebody decided of the change this tells (`Acknowledged by mara, 27 Apr 2026, 09:02 UTC`), `remark` their own
    words for it; both are empty in news. Later news of an incident have the subject of its first message as
    `conversation`, the time it was `told_first`, and say how the incident is `standing`. `update` is what the first
    message becomes.
    """

    claim: Line
    date: str
    bracket: str
    summary: Line
    deadline: str
    level: Level
    kind: str
    rows: tuple[Row, ...]
    others: tuple[Item, ...]
    quote: str
    quote_heading: tuple[str, ...]
    telling: str
    advice: Line
    official_url: str
    source_title: str
    sources: int
    review_url: str
    review_command: str
    more_url: str
    more_command: str
    also_told: tuple[str, ...]
    route: str
    delivery_id: str
    incident: str
    news_only: bool
    test: bool = False
    reminder: bool = False
    decision: str = ""
    remark: str = ""
    conversation: str = ""
    told_first: str = ""
    standing: tuple[Row, ...] = ()
    update: Message | None = None

    @property
    def title(self) -> str:
        """The headline without its bracket."""
        return "; ".join(filter(None, (text_of(self.claim), self.date)))

    @property
    def headline(self) -> str:
        """The headline with its bracket: the subject of a mail and the text of a notification."""
        more = f"and {len(self.others):,} more" if len(self.others) >= _MANY else ""
        bracket = ", ".join(filter(None, (self.bracket, more)))
        return f"{self.title} ({bracket})" if bracket else self.title

    @property
    def company(self) -> str:
        """How many other names the incident concerns, as a sentence; empty for none."""
        if not self.others:
            return ""
        if self.reminder:
            return "One more end comes near." if len(self.others) == 1 else f"{len(self.others):,} more ends come near."
        return (
            "One more name changed with it."
            if len(self.others) == 1
            else f"{len(self.others):,} more names changed with it."
        )

    @property
    def lead(self) -> str:
        """Whether anything breaks, when, and for how many other names."""
        return " ".join(filter(None, (text_of(self.summary), self.deadline, self.company)))

    @property
    def to_do(self) -> str:
        """What is left to do, beginning in lower case; empty for nothing."""
        return text_of(self.advice)


@dataclass(frozen=True, slots=True)
class Section:
    """One region of a digest: its heading, the quiet words behind it, its entries."""

    heading: str
    note: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """The news of a day that asked nobody to get up, or what is known after a first reading.

    `subject` is the subject of the mail (`headwater, 17 Aug 2026: 2 price increases`), `headline` the same as a
    sentence, `date` the day with its weekday. `coverage` is a sentence about the checks, empty when it was not counted.
    `name` says what kind of message it is, `why` when it comes, `route` which rule sends it.
    """

    subject: str
    headline: str
    date: str
    sections: tuple[Section, ...]
    coverage: str
    more_url: str
    more_command: str
    delivery_id: str
    name: str = "Daily digest"
    why: str = "Sent on days with news; the hour is set in the configuration file."
    route: str = ""

    @property
    def level(self) -> Level:
        """The loudest level in it."""
        order = list(Level)
        return min(
            (item.level for section in self.sections for item in section.items), key=order.index, default=Level.INFO
        )
