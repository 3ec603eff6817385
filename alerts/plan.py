"""What is to be done about new findings: values and a time in, values out.

* A finding whose check, identity and interface no engaged alert has: a **new** alert.
* Else that alert is **repeated**: it counts the flows that it has not counted before.
* An alert without a finding for its cool-down is **released**: in event time, that is when events
  of its interface have got so far, not when the clock has. What did not run releases nothing.
  Findings that come late, as from a spool, keep it engaged while they come.

:class:`Reach` says how far events got, and which checks do not run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from alerts.severity import severity_of

#: An alert keeps the snapshots of so many flows.
MOST_FLOWS: Final = 10
#: The timeline says that an alert goes on at most so often.
NOTE_EVERY: Final = timedelta(minutes=10)
#: Frames that the clock runs; the others run when events come.
CLOCK_FRAMES: Final = frozenset({"system", "interface_status", "traffic"})
#: Kinds of interfaces whose source is finite: silence means that it is over, and time goes on.
#: A live source is never silent: its agent says every five seconds that nothing came.
FINITE_KINDS: Final = frozenset({"pcap", "demonstration", "api"})

#: However far events got, an alert whose findings still come, as from a spool, is not over: its
#: last came so long ago (seconds by the clock), or its cool-down if that is shorter.
HOLD: Final = 10.0

#: What makes two findings the same: check_id, identity, interface_id.
Key = tuple[int, str, int | None]


@dataclass(frozen=True, slots=True)
class Found:
    """A finding from the queue; see :class:`alerts.models.Finding`."""

    check_id: int
    identity: str
    interface_id: int | None
    check: str
    family: str
    frame: str
    entity: str
    client: str | None
    server: str | None
    client_port: int | None
    server_port: int | None
    vlan: int
    score: int
    message: str
    values: Any
    count: int
    first_seen: datetime
    last_seen: datetime
    cooldown: float
    attacker: str | None
    victim: str | None
    attack: str
    flows: list[dict[str, Any]]
    flow_ids: Sequence[int]
    ended_ids: Sequence[int]

    @property
    def key(self) -> Key:
        """Return what makes it the same as another."""
        return (self.check_id, self.identity, self.interface_id)


@dataclass(frozen=True)
class Body:
    """What changes of an alert while it is engaged.

    ``flows`` is None where those that stand cannot change, and so were not read.
    """

    score: int
    count: int
    first_seen: datetime
    last_seen: datetime
    cooldown: float
    message: str
    values: Any
    flows: list[dict[str, Any]] | None

    @property
    def severity(self) -> str:
        """Return the severity of the score."""
        return str(severity_of(self.score))

    @property
    def quiet_at(self) -> datetime:
        """Return the event time at which it is over unless something comes."""
        return self.last_seen + timedelta(seconds=self.cooldown)


@dataclass(frozen=True)
class Engaged:
    """An engaged alert as it stands; ``counted`` are the findings' flows that it has counted."""

    id: int
    key: Key
    check: str
    frame: str
    noted_at: datetime
    heard_at: datetime
    body: Body
    counted: frozenset[int] = frozenset()


@dataclass(frozen=True)
class New:
    """An alert to be made: the finding that names it, its body, its flows and those that ended."""

    found: Found
    body: Body
    flow_ids: frozenset[int]
    ended_ids: frozenset[int]


@dataclass(frozen=True)
class Repeated:
    """An alert to be changed; ``event`` is "escalated", "repeated" or "" for the timeline."""

    id: int
    body: Body
    event: str
    flow_ids: frozenset[int]
    ended_ids: frozenset[int]


@dataclass(frozen=True)
class Released:
    """An alert that is over, and why, for the timeline."""

    id: int
    body: Body
    reason: str


@dataclass(frozen=True)
class Plan:
    """What to write."""

    new: list[New] = field(default_factory=list)
    repeated: list[Repeated] = field(default_factory=list)
    released: list[Released] = field(default_factory=list)


class Mark(NamedTuple):
    """How far events reached on an interface, and when that was heard (wall clock)."""

    kind: str
    event_time: datetime
    heard_at: datetime

    def at(self, now: datetime, listening_since: datetime) -> datetime:
        """Return how far events have got: a finite source that is silent goes on with the clock.

        Silence counts only while somebody listened: not while the platform was down.
        """
        if self.kind in FINITE_KINDS:
            silence = now - max(self.heard_at, listening_since)
            return self.event_time + max(silence, timedelta(0))
        return self.event_time


@dataclass(frozen=True)
class Reach:
    """How far events got on each interface by ``now``; the keys of checks that failed or are off.

    ``listening_since`` is when the lifecycle began to listen without a break.
    """

    now: datetime
    listening_since: datetime
    marks: Mapping[int, Mark] = field(default_factory=dict)
    failed: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()

    def at(self, interface_id: int) -> datetime | None:
        """Return how far events got on an interface; None if nothing was heard of it."""
        mark = self.marks.get(interface_id)
        return mark.at(self.now, self.listening_since) if mark else None

    def why_over(self, alert: Engaged) -> str:
        """Return why an alert without a new finding is over; "" if it is not."""
        if alert.check in self.disabled:
            return "The check was switched off"
        if alert.check in self.failed or not self._is_quiet(alert):
            return ""
        return f"Nothing more for {alert.body.cooldown:g} s"

    def _is_quiet(self, alert: Engaged) -> bool:
        interface_id = alert.key[2]
        if self.now - alert.heard_at < timedelta(seconds=min(alert.body.cooldown, HOLD)):
            return False
        if alert.frame in CLOCK_FRAMES or interface_id is None:
            return alert.body.quiet_at <= self.now
        reached = self.at(interface_id)
        return reached is not None and alert.body.quiet_at <= reached


def plan(engaged: Iterable[Engaged], findings: Iterable[Found], reach: Reach) -> Plan:
    """Return what follows from the findings, and which of the engaged alerts are over.

    ``engaged`` are the alerts of the findings' keys and those that may be over.
    """
    by_key = {alert.key: alert for alert in engaged}
    groups: dict[Key, list[Found]] = {}
    for found in findings:
        groups.setdefault(found.key, []).append(found)
    made = Plan()
    for key, group in groups.items():
        if alert := by_key.get(key):
            made.repeated.append(_repeat(alert, group, reach.now))
        else:
            made.new.append(_begin(group))
    for alert in by_key.values():
        if alert.key not in groups and (reason := reach.why_over(alert)):
            made.released.append(Released(alert.id, alert.body, reason))
    return made


def _begin(group: list[Found]) -> New:
    first = group[0]
    empty = Body(
        0, 0, first.first_seen, first.last_seen, first.cooldown, first.message, first.values, []
    )
    fresh, ended = _flows_of(group)
    return New(first, _grow(empty, group, fresh), fresh, ended)


def _repeat(alert: Engaged, group: list[Found], now: datetime) -> Repeated:
    flows, ended = _flows_of(group)
    fresh = flows - alert.counted
    body = _grow(alert.body, group, fresh)
    return Repeated(alert.id, body, _event(alert, body, now), fresh, ended)


def _event(alert: Engaged, body: Body, now: datetime) -> str:
    if severity_of(body.score).rank > severity_of(alert.body.score).rank:
        return "escalated"
    return "repeated" if now - alert.noted_at >= NOTE_EVERY else ""


def _flows_of(group: Iterable[Found]) -> tuple[frozenset[int], frozenset[int]]:
    """Return the ids of all flows, and of those that ended."""
    flows = frozenset(flow for found in group for flow in found.flow_ids)
    return flows, frozenset(flow for found in group for flow in found.ended_ids)


def _grow(body: Body, group: Sequence[Found], fresh: frozenset[int]) -> Body:
    """Return the body with the findings; its words are the highest score's, the last such."""
    said: Body | Found = body
    flows = body.flows
    for found in group:
        said = found if found.score >= said.score else said
        flows = None if flows is None else _keep(flows, found.flows)
    return Body(
        score=said.score,
        count=body.count + len(fresh) + sum(f.count for f in group if not f.flow_ids),
        first_seen=min(body.first_seen, *(found.first_seen for found in group)),
        last_seen=max(body.last_seen, *(found.last_seen for found in group)),
        cooldown=group[-1].cooldown,
        message=said.message,
        values=said.values,
        flows=flows,
    )


def _keep(flows: list[dict[str, Any]], newer: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first flows, each as it was last."""
    by_id = {flow["flow_id"]: flow for flow in flows}
    for flow in newer:
        if flow["flow_id"] in by_id or len(by_id) < MOST_FLOWS:
            by_id[flow["flow_id"]] = flow
    return list(by_id.values())
