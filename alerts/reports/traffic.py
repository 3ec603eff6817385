"""The traffic of a report's subject, by the queries that the pages use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from iso3166 import countries_by_alpha2

from alerts.reports.subject import Kind, Period, Subject
from monitoring.cardinality import OTHER
from monitoring.history import conversations as pairs
from monitoring.history import places, profile, traffic
from monitoring.history.flows import FlowFilter
from monitoring.history.window import TABLES, Window, finest_of

#: Lines of a table.
MOST: Final = 10


@dataclass(frozen=True)
class Rank:
    """One of the greatest: its name, what is known of it, bytes both ways and flows."""

    name: str
    known: str
    bytes: int
    flows: int


@dataclass(frozen=True)
class Pair:
    """Two that talked, with their names, and what they exchanged in bytes."""

    client: str
    server: str
    bytes: int
    flows: int


@dataclass(frozen=True)
class Traffic:
    """What moved in a period. Bytes of a site or interface have no direction: ``sent`` is None."""

    bytes: int
    bytes_before: int
    sent: int | None
    received: int | None
    flows: int
    series: traffic.Series
    applications: Sequence[Rank] = ()
    talkers: Sequence[Rank] = ()
    conversations: Sequence[Pair] = ()
    countries: Sequence[Rank] = ()
    #: Flows are read for hosts and networks; they are not kept as long as sums.
    flows_since: datetime | None = None

    @property
    def flow_bytes(self) -> int:
        """What shares of stored flows are of: not all that was summed is stored as flows."""
        return self.bytes if self.flows_since is None else sum(a.bytes for a in self.applications)

    @property
    def peak(self) -> tuple[datetime, float] | None:
        """When most moved and how fast, in bits/s; None where nothing did."""
        sums = [sum(line) for line in zip(*self.series.lines.values(), strict=True)]
        most = max(sums, default=0.0)
        return (self.series.times[sums.index(most)], most) if most else None


def window_of(subject: Subject, period: Period, now: datetime) -> Window:
    """Return the window of the roll-ups that are still kept for the period."""
    kept = {name: timedelta(days=settings.RETENTION_DAYS[f"traffic_{name}"]) for name in TABLES}
    finest = finest_of(now - period.since, kept)
    return Window(period.since, period.until, subject.interfaces, finest)


def gather(subject: Subject, period: Period, now: datetime) -> Traffic:
    """Return what moved in the period."""
    window = window_of(subject, period, now)
    before = window_of(subject, period.before, now)
    if subject.place:
        return _of_place(subject, window, before, now)
    return _of_interfaces(window, before)


def _of_interfaces(window: Window, before: Window) -> Traffic:
    sums = traffic.totals_by_interface(window).values()
    earlier = traffic.totals_by_interface(before).values()
    return Traffic(
        bytes=sum(one.bytes for one in sums),
        bytes_before=sum(one.bytes for one in earlier),
        sent=None,
        received=None,
        flows=sum(one.flows for one in sums),
        series=traffic.stacked("application", window, 7),
        applications=_ranks(traffic.top("application", window, MOST + 1)),
        talkers=_hosts(traffic.top("host", window, MOST + 1)),
        conversations=_pairs(pairs.conversations(window, MOST)),
        countries=[
            Rank(one.name, one.code, one.sums.bytes, one.sums.flows)
            for one in pairs.countries(window, MOST)
        ],
    )


def _of_place(subject: Subject, window: Window, before: Window, now: datetime) -> Traffic:
    place = subject.place
    sums = places.sums_within(place, window)
    wanted = FlowFilter(since=window.since, until=window.until, host=place)
    talkers = places.hosts_within(place, window, MOST) if subject.kind is Kind.NETWORK else []
    kept = now - timedelta(days=settings.RETENTION_DAYS["flow"])
    return Traffic(
        bytes=sums.bytes,
        bytes_before=places.sums_within(place, before).bytes,
        sent=sums.bytes_sent,
        received=sums.bytes_received,
        flows=sums.flows,
        series=places.directions_within(place, window),
        applications=_slices(profile.by_application(place, wanted, now, MOST)),
        talkers=_hosts(talkers),
        conversations=_pairs(places.conversations_within(place, window, MOST)),
        countries=_countries(profile.by_country(place, wanted, now, MOST)),
        flows_since=max(kept, window.since),
    )


def _ranks(found: Sequence[traffic.Sums]) -> list[Rank]:
    named = [one for one in found if one.key not in ("", OTHER)]
    return [Rank(one.key, "", one.bytes, one.flows) for one in named][:MOST]


def _slices(found: Sequence[profile.Slice]) -> list[Rank]:
    return [Rank(one.name, "", one.bytes, one.flows) for one in found]


def _countries(found: Sequence[profile.Slice]) -> list[Rank]:
    return [Rank(_country(one.name), one.name, one.bytes, one.flows) for one in found]


def _country(code: str) -> str:
    known = countries_by_alpha2.get(code)
    return known.apolitical_name if known else code


def _hosts(found: Sequence[traffic.Sums]) -> list[Rank]:
    names = _names([one.key for one in found])
    ranks = [Rank(one.key, names.get(one.key, ""), one.bytes, one.flows) for one in found]
    return [rank for rank in ranks if rank.name != OTHER][:MOST]


def _pairs(found: Sequence[pairs.Conversation]) -> list[Pair]:
    names = _names([end for one in found for end in (one.client, one.server)])
    return [
        Pair(_called(one.client, names), _called(one.server, names), one.sums.bytes, one.sums.flows)
        for one in found
    ]


def _called(address: str, names: Mapping[str, str]) -> str:
    return f"{address} ({names[address]})" if names.get(address) else address


def _names(keys: Sequence[str]) -> dict[str, str]:
    return {key: host.name for key, host in traffic.hosts_of(keys).items() if host.name}
