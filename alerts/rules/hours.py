"""Local hours: when a digest is due, and until when nothing may disturb. Pure; instants in and out are UTC.

A local time that a clock change leaves out (02:30 in a night that jumps from 02:00 to 03:00) is taken as if the clock
had not been moved yet, so it comes that night too; one that comes twice counts the first time (PEP 495, `fold=0`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from snapshots.changes.model import Level

_A_DAY = timedelta(days=1)


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        message = f'there is no time zone "{name}". Write one of the IANA database, such as Europe/Berlin or UTC.'
        raise ValueError(message)
    return name


def _local_time(value: time) -> time:
    if value.tzinfo is not None:
        message = "the time has no offset of its own: it is local to `zone`."
        raise ValueError(message)
    return value


Zone = Annotated[str, AfterValidator(_known_zone)]
LocalTime = Annotated[time, AfterValidator(_local_time)]


class Weekday(StrEnum):
    """A day of the week, in the order of `date.weekday`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_WEEK = tuple(Weekday)


class DigestHours(BaseModel):
    """When a digest is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every: Literal["day"] | Weekday = Field(default="day", description="Daily, or weekly on a day of the week.")
    at: LocalTime = Field(default=time(9, 0), description="The local time.")
    zone: Zone = Field(default="UTC", description="The IANA time zone of `at`.")


class QuietHours(BaseModel):
    """When nothing is sent at once, but what may break through; the rest waits until they end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: LocalTime = Field(alias="from", description="The local time at which they begin.")
    until: LocalTime = Field(description="The local time at which they end; the next day where it is not later.")
    zone: Zone = Field(default="UTC", description="The IANA time zone of both.")
    days: tuple[Weekday, ...] = Field(default=_WEEK, min_length=1, description="The days on which they begin.")
    break_through: tuple[Level, ...] = Field(
        default=(Level.CRITICAL,), description="Levels that are sent all the same."
    )

    @model_validator(mode="after")
    def _takes_a_while(self) -> Self:
        if self.start == self.until:
            message = "quiet hours that end when they begin would never or always hold."
            raise ValueError(message)
        return self


def local_instant(day: date, at: time, zone: str) -> datetime:
    """The instant of a local time of a day, in UTC."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def next_digest(now: datetime, hours: DigestHours) -> datetime:
    """The first digest after `now`, in UTC."""
    day = now.astimezone(ZoneInfo(hours.zone)).date() - _A_DAY
    while True:
        due = local_instant(day, hours.at, hours.zone)
        if due > now and hours.every in ("day", _WEEK[day.weekday()]):
            return due
        day += _A_DAY


def quiet_until(now: datetime, hours: QuietHours) -> datetime | None:
    """When the quiet hours that hold at `now` end, in UTC; `None` when none hold."""
    today = now.astimezone(ZoneInfo(hours.zone)).date()
    ends = []
    for day in (today - _A_DAY, today):
        if _WEEK[day.weekday()] not in hours.days:
            continue
        begins = local_instant(day, hours.start, hours.zone)
        last = day if hours.until > hours.start else day + _A_DAY
        end = local_instant(last, hours.until, hours.zone)
        if begins <= now < end:
            ends.append(end)
    return max(ends, default=None)
