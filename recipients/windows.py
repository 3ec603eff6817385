"""Hours and recurring windows in named time zones, right across changes of the clock.

Hours are wall-clock time: “Mon-Fri 08:00-18:00” begins at eight on the wall, whatever the offset.
A recurrence starts on the wall and lasts in real minutes (RFC 5545): a start that the clock skips
counts with the offset before the change, one that comes twice is the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

T = TypeVar("T")

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LINE: Final = re.compile(r"\s*(.+?)\s+(\d\d:\d\d)\s*-\s*(\d\d:\d\d)\s*")
#: A rule is followed from its first start on, which should not take long.
_YEARS: Final = (2000, 2100)
_FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


def zone_of(name: str) -> ZoneInfo:
    """Return the zone; raises ValueError for a name that there is not."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValueError(f"there is no time zone {name!r}, as Europe/Rome") from None


@dataclass(frozen=True, slots=True)
class Span:
    """Days of the week (0 is Monday) and the time from one to the other; past midnight if less."""

    days: frozenset[int]
    begins: time
    ends: time

    @classmethod
    def parse(cls, line: str) -> Span:
        """Return the span of “Mon-Fri 08:00-18:00”; raises ValueError."""
        found = _LINE.fullmatch(line)
        if not found:
            raise ValueError(f"{line.strip()[:60]!r} is no span, as “Mon-Fri 08:00-18:00”")
        days, begins, ends = found.groups()
        return cls(_days(days.lower()), _time(begins), _time(ends))

    def has(self, local: datetime) -> bool:
        """Return whether a local time is in it."""
        now, today = local.time(), local.weekday()
        if self.begins < self.ends:
            return today in self.days and self.begins <= now < self.ends
        late = today in self.days and now >= self.begins
        return late or ((today - 1) % 7 in self.days and now < self.ends)


def _time(text: str) -> time:
    if text == "24:00":
        return time(0)
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time of day") from None


def _days(text: str) -> frozenset[int]:
    if text in ("daily", "every day"):
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = (word.strip()[:3] for word in part.partition("-"))
        if first not in _DAYS or (last and last not in _DAYS):
            raise ValueError(f"{part.strip()!r} is no day or days, as Mon-Fri or Sat,Sun")
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        found |= {day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a recipient is told. Without spans it is always."""

    spans: tuple[Span, ...]
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: str, zone: str) -> Hours:
        """Return the hours of lines of spans; raises ValueError naming the line that is wrong."""
        spans = tuple(Span.parse(line) for line in text.splitlines() if line.strip())
        return cls(spans, zone_of(zone))

    def are_open(self, at: datetime) -> bool:
        """Return whether they are told at that time."""
        local = at.astimezone(self.zone)
        return not self.spans or any(span.has(local) for span in self.spans)

    def next_open(self, at: datetime) -> datetime:
        """Return when they are told next, at the earliest now."""
        if self.are_open(at):
            return at
        starts = sorted(start for start in self._starts(at) if start > at)
        return next((start for start in starts if self.are_open(start)), at + timedelta(hours=1))

    def _starts(self, at: datetime) -> Iterator[datetime]:
        today = at.astimezone(self.zone).date()
        for ahead in range(9):
            day: date = today + timedelta(days=ahead)
            for span in self.spans:
                if day.weekday() in span.days:
                    yield _at(datetime.combine(day, span.begins), self.zone)


def _at(local: datetime, zone: ZoneInfo) -> datetime:
    """Return a naive local time as UTC; skipped ones by the offset before, doubled the first."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


@dataclass(frozen=True)
class Recurrence:
    """A window that comes again."""

    rule: rrule
    lasts: timedelta
    zone: ZoneInfo

    @classmethod
    def parse(cls, first: str, minutes: int, rule: str, zone: str) -> Recurrence:
        """Return it; raises ValueError as "field: reason"."""
        found = _named("zone", lambda: zone_of(zone))
        start = _named("first", lambda: datetime.fromisoformat(first))
        if start.tzinfo is not None:
            raise ValueError("first: must be local time, without an offset")
        if not _YEARS[0] <= start.year <= _YEARS[1]:
            raise ValueError(f"first: must be in the years {_YEARS[0]} to {_YEARS[1]}")
        return cls(_named("rule", lambda: _rule(rule, start)), timedelta(minutes=minutes), found)

    def active_until(self, at: datetime) -> datetime | None:
        """Return when the window that is open then ends (the last of overlapping ones), or None."""
        spans = self._around(at)
        return max((end for start, end in spans if start <= at < end), default=None)

    def upcoming(self, at: datetime, count: int = 3) -> list[tuple[datetime, datetime]]:
        """Return the next windows, the open one included."""
        local = at.astimezone(self.zone).replace(tzinfo=None) - self.lasts - timedelta(hours=2)
        found: list[tuple[datetime, datetime]] = []
        for start in self.rule.xafter(local, count=count + 5, inc=True):
            begins = _at(start, self.zone)
            if begins + self.lasts > at:
                found.append((begins, begins + self.lasts))
        return found[:count]

    def _around(self, at: datetime) -> Sequence[tuple[datetime, datetime]]:
        """Return the windows that may be open: the wall differs by two hours at most."""
        local, slack = at.astimezone(self.zone).replace(tzinfo=None), timedelta(hours=2)
        starts = self.rule.between(local - self.lasts - slack, local + slack, inc=True)
        begins = (_at(start, self.zone) for start in starts)
        return [(begin, begin + self.lasts) for begin in begins]


def _named(field: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{field}: {error}") from error


def _rule(text: str, start: datetime) -> rrule:
    """Return the rule; only one that comes once a day or less often, so that it is quick."""
    clean = text.strip().upper().removeprefix("RRULE:")
    frequency = re.search(r"(?:^|;)FREQ=(\w+)", clean)
    if not frequency or frequency[1] not in _FREQUENCIES or "\n" in clean:
        raise ValueError(f"needs FREQ= with one of {', '.join(_FREQUENCIES)}")
    if re.search(r"BY(HOUR|MINUTE|SECOND)=", clean):
        raise ValueError("comes at the time of the first start: leave BYHOUR and the like out")
    made = rrulestr(clean, dtstart=start)
    if not isinstance(made, rrule):
        raise ValueError("must be one rule")
    return made
