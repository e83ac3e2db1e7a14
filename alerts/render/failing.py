"""The message to a fallback channel: another channel takes nothing."""

from __future__ import annotations

from shlex import quote

from alerts.render import moments
from alerts.render.escape import plain
from alerts.render.model import Message, Row
from alerts.render.spans import code, line
from snapshots.changes.model import Level
from snapshots.channelstate import ChannelState


def compose_failing(channel: str, state: ChannelState | None, *, waiting: int, delivery_id: str) -> Message:
    """What is wrong with a channel, since when, and what brings it back.

    A channel that has recovered before this could be sent is said to have.
    """
    well = state is None or state.failing_since is None
    rows = [Row("Channel", line(code(channel)))]
    if state is not None and state.failing_since is not None:
        rows.append(Row("Says", line(plain(state.detail))))
        rows.append(Row("Since", line(moments.moment(state.failing_since))))
    rows.append(Row("Waiting", line(f"{waiting:,} message{'' if waiting == 1 else 's'}")))
    off = state is not None and state.disabled_at is not None
    summary = "Nothing was lost; what waits is sent when the channel takes messages again."
    advice = ("mend the cause, then run ", code(f"headwater alerts test {quote(channel)}"), ".")
    return Message(
        claim=line(code(channel), " takes messages again" if well else " takes no messages"),
        date="",
        bracket="",
        summary=line("It failed for a while and has recovered. Nothing was lost." if well else summary),
        deadline="",
        level=Level.INFO if well else Level.CRITICAL,
        kind="channel-failing",
        rows=tuple(rows),
        others=(),
        quote="",
        quote_heading=(),
        telling="",
        advice=line(*advice) if off else (),
        official_url="",
        source_title="",
        sources=0,
        review_url="",
        review_command="headwater alerts channels",
        more_url="",
        more_command="",
        also_told=(),
        route="",
        delivery_id=delivery_id,
        incident="",
        news_only=False,
    )
