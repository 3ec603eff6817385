"""What becomes of occurrences for each recipient: values and a time in, decisions out.

The order is Alertmanager's: inhibit → silence → time windows → deduplicate → group. Each step
leaves a line, so that the trail says why somebody was told or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from monitoring.templatetags.units import duration
from recipients.inhibition import Cause, Inhibition, hidden_by
from recipients.matchers import Matcher, hold
from recipients.matching import Filter
from recipients.occurrence import Occurrence
from recipients.windows import Hours

#: The outcomes; :class:`recipients.models.Outcome` has the same.
UNMATCHED: Final = "unmatched"
INHIBITED: Final = "inhibited"
SILENCED: Final = "silenced"
OFF_HOURS: Final = "off_hours"
DUPLICATE: Final = "duplicate"
UNTOLD: Final = "untold"
OVER: Final = "over"
WAITING: Final = "waiting"

_BEGINNINGS: Final = frozenset({"engaged", "escalated"})


@dataclass(frozen=True)
class Policy:
    """A recipient as the plan sees it; times in seconds."""

    id: int
    name: str
    filter: Filter
    hours: Hours
    is_single: bool = True
    group_by: tuple[str, ...] = ()
    wait: float = 0.0
    interval: float = 0.0
    quiet: float = 3600.0
    repeat: float = 0.0
    per_hour: int = 0

    def group_of(self, seen: Occurrence) -> str:
        """Return the key of the group that it belongs to."""
        if self.is_single:
            return f"alert:{seen.alert}"
        parts = (f"{label}={'+'.join(seen.labels.get(label, ()))}" for label in self.group_by)
        return ",".join(parts)[:500] or "all"


@dataclass(frozen=True)
class Quiet:
    """A silence or an open maintenance window, and when it ends."""

    words: str
    matchers: Sequence[Matcher]
    until: datetime


@dataclass(frozen=True)
class Rules:
    """What holds back, for all recipients."""

    silences: Sequence[Quiet] = ()
    windows: Sequence[Quiet] = ()
    inhibitions: Sequence[Inhibition] = ()
    causes: Sequence[Cause] = ()


class Known(NamedTuple):
    """What a recipient was last told about a thing, or is about to be, and when."""

    state: str
    at: datetime


#: By recipient and fingerprint.
Memory = Mapping[tuple[int, str], Known]


class Waiting(NamedTuple):
    """A decision that waits in a group: its id, alert, event and the event's score."""

    decision: int
    alert: int
    event: int
    score: int


@dataclass(frozen=True)
class Hold:
    """What holds an occurrence back: the outcome, its line, and when or with what it may end."""

    outcome: str
    line: str
    until: datetime | None = None
    by: int | None = None


@dataclass(frozen=True)
class Decided:
    """What was decided about an occurrence for a recipient. ``group`` is a key, if it waits."""

    occurrence: Occurrence
    recipient: int
    outcome: str
    steps: tuple[str, ...]
    hold: Hold | None = None
    group: str = ""


@dataclass
class Planner:
    """Decides one after the other, and remembers what it decided on the way."""

    rules: Rules
    memory: Memory
    now: datetime
    _told: dict[tuple[int, str], Known] = field(default_factory=dict)
    _holds: dict[int, Hold | None] = field(default_factory=dict)

    def decide(self, seen: Occurrence, to: Policy) -> Decided:
        """Return what becomes of it."""
        if reason := to.filter.misses(seen):
            return self._end(seen, to, UNMATCHED, f"not for them: {reason}")
        steps: tuple[str, ...] = ("matched",)
        if reason := self._untold(seen, to):
            return self._end(seen, to, UNTOLD, *steps, reason)
        if hold := self.held(seen, to):
            ended = self._end(seen, to, hold.outcome, *steps, hold.line)
            return replace(ended, hold=hold)
        steps += ("not held back",)
        if reason := self._duplicate(seen, to):
            return self._end(seen, to, DUPLICATE, *steps, reason)
        self._told[to.id, seen.fingerprint] = Known(seen.state, self.now)
        return replace(self._end(seen, to, WAITING, *steps), group=to.group_of(seen))

    def _end(self, seen: Occurrence, to: Policy, outcome: str, *steps: str) -> Decided:
        return Decided(seen, to.id, outcome, steps)

    def _known(self, seen: Occurrence, to: Policy) -> Known | None:
        key = (to.id, seen.fingerprint)
        return self._told.get(key) or self.memory.get(key)

    def _untold(self, seen: Occurrence, to: Policy) -> str:
        """Return why an end is not told: who never heard of the beginning needs no end."""
        if seen.kind in _BEGINNINGS or _BEGINNINGS.isdisjoint(to.filter.kinds):
            return ""
        known = self._known(seen, to)
        if known and known.state.startswith("engaged"):
            return ""
        if known and known.state == "acknowledged" and seen.kind == "released":
            return ""
        return "they were not told that it engaged"

    def _duplicate(self, seen: Occurrence, to: Policy) -> str:
        known = self._known(seen, to)
        if known is None or known.state != seen.state:
            return ""
        ago = (self.now - known.at).total_seconds()
        if ago >= to.quiet:
            return ""
        return f"told the same {duration(ago)} ago, not twice within {duration(to.quiet)}"

    def _closed(self, to: Policy) -> Hold | None:
        opens = to.hours.next_open(self.now)
        if opens <= self.now:
            return None
        local = opens.astimezone(to.hours.zone)
        line = f"outside their hours, which begin {local:%a %d %b %H:%M %Z}"
        return Hold(OFF_HOURS, line, until=opens)

    def held(self, seen: Occurrence, to: Policy) -> Hold | None:
        """Return what holds it back from a recipient: what does from everybody, or their hours."""
        return self.hold_of(seen) or self._closed(to)

    def hold_of(self, seen: Occurrence) -> Hold | None:
        """Return what holds it back from everybody: a cause, a silence, a window; or None."""
        if seen.event not in self._holds:
            self._holds[seen.event] = self._inhibited(seen) or self._silenced(seen)
        return self._holds[seen.event]

    def _inhibited(self, seen: Occurrence) -> Hold | None:
        """Return the cause that hides it; an end that is to be told is never hidden."""
        if seen.kind not in _BEGINNINGS:
            return None
        found = hidden_by(seen, self.rules.inhibitions, self.rules.causes)
        if found is None:
            return None
        rule, cause = found
        line = f"hidden while “{cause.title}” (alert {cause.alert}) is engaged: {rule.name}"
        return Hold(INHIBITED, line, by=cause.alert)

    def _silenced(self, seen: Occurrence) -> Hold | None:
        for title, quiets in (("silence", self.rules.silences), ("window", self.rules.windows)):
            for quiet in quiets:
                if hold(quiet.matchers, seen.labels):
                    line = f"{title} “{quiet.words}” until {quiet.until:%a %d %b %H:%M %Z}"
                    return Hold(SILENCED, line, until=quiet.until)
        return None


def plan(
    occurrences: Iterable[Occurrence],
    policies: Sequence[Policy],
    rules: Rules,
    memory: Memory,
    now: datetime,
) -> list[Decided]:
    """Return a decision for every occurrence and recipient, in the order of occurrences."""
    planner = Planner(rules, memory, now)
    return [planner.decide(seen, to) for seen in occurrences for to in policies]


def flush_at(to: Policy, flushed_at: datetime | None, now: datetime) -> datetime:
    """Return when a group to which something is added becomes a message, if it has no time yet.

    The first of a digest waits for others, later ones for the interval since the last message.
    """
    if to.is_single:
        return now
    first = now + timedelta(seconds=to.wait)
    if flushed_at is None:
        return first
    return max(first, flushed_at + timedelta(seconds=to.interval))


def pace(per_hour: int, sent: Sequence[datetime], now: datetime) -> tuple[int, datetime]:
    """Return how many more messages there may be now, and when the next may be if none.

    ``sent`` are the times of the last hour's messages, oldest first; ``per_hour`` 0 is no cap.
    """
    if per_hour == 0:
        return 2**31, now
    recent = [at for at in sent if at > now - timedelta(hours=1)]
    room = per_hour - len(recent)
    if room > 0:
        return room, now
    return 0, recent[-per_hour] + timedelta(hours=1)
