"""What a report is about, and of which time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from monitoring.history.addresses import parse_place
from monitoring.models import Host, HostPool, Interface, LocalNetwork

#: A report covers at most so much.
LONGEST: Final = timedelta(days=366)


class Kind(StrEnum):
    """What there are reports of."""

    SITE = "site"
    INTERFACE = "interface"
    NETWORK = "network"
    HOST = "host"


class Every(StrEnum):
    """Periods of scheduled reports; each is reported when it is over."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Subject:
    """A host (address), network (CIDR), interface (number) or the site ("")."""

    kind: Kind
    value: str
    title: str

    @property
    def place(self) -> str:
        """The address or network; "" for what is neither."""
        return self.value if self.kind in (Kind.HOST, Kind.NETWORK) else ""

    @property
    def interfaces(self) -> list[int] | None:
        """The interface's number in a list, None for all."""
        return [int(self.value)] if self.kind is Kind.INTERFACE else None


def subject_of(kind: str, value: str) -> Subject:
    """Return the subject; raises ValueError naming what is wrong, LookupError for none such."""
    if kind == Kind.SITE:
        return Subject(Kind.SITE, "", "The whole site")
    if kind == Kind.INTERFACE:
        return _interface(value)
    place = str(parse_place(value.strip()))
    if kind == Kind.NETWORK:
        network = place if "/" in place else f"{place}/{128 if ':' in place else 32}"
        return Subject(Kind.NETWORK, network, _network_title(network))
    if kind != Kind.HOST:
        raise ValueError(f"{kind!r} is none of {', '.join(Kind)}")
    if "/" in place:
        raise ValueError(f"{place} is a network, not a host")
    return Subject(Kind.HOST, place, _host_title(place))


def _interface(value: str) -> Subject:
    rows = Interface.objects.select_related("agent")
    found = rows.filter(pk=int(value)).first() if value.isdecimal() and len(value) < 10 else None
    if found is None:
        raise LookupError(f"there is no interface {value!r}")
    return Subject(Kind.INTERFACE, value, f"{found.name} ({found.agent.name})")


def _network_title(network: str) -> str:
    known = LocalNetwork.objects.filter(network=network).first()
    pool = HostPool.objects.filter(members__value=network).first()
    name = (known.name if known else "") or (pool.name if pool else "")
    return f"{name} ({network})" if name else network


def _host_title(address: str) -> str:
    rows = Host.objects.filter(address=address).exclude(name="").order_by("-last_seen")
    name = rows.values_list("name", flat=True).first()
    return f"{name} ({address})" if name else address


@dataclass(frozen=True)
class Period:
    """From ``since`` until before ``until``, both aware."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if not timedelta(minutes=5) <= self.until - self.since <= LONGEST:
            raise ValueError("a report covers 5 minutes to 366 days, and begins before it ends")

    @property
    def before(self) -> Period:
        """The period as long as this that ends where this one begins."""
        return Period(self.since - (self.until - self.since), self.since)


def last_complete(every: Every, now: datetime, zone: ZoneInfo) -> Period:
    """Return the last day, week (from Monday) or month of the zone that is over."""
    today = now.astimezone(zone).date()
    if every is Every.MONTH:
        end = today.replace(day=1)
        start = (end - timedelta(days=1)).replace(day=1)
    elif every is Every.WEEK:
        end = today - timedelta(days=today.weekday())
        start = end - timedelta(days=7)
    else:
        end, start = today, today - timedelta(days=1)
    first, last = (datetime.combine(day, time(), zone) for day in (start, end))
    return Period(first, last)
