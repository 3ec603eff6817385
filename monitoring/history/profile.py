"""What one host does, from its flows of a time range: with which applications, peers and ports.

Where it says so, ``host`` may be a network too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Case, CharField, Count, F, Max, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat

from monitoring.history.addresses import within
from monitoring.history.flows import FlowFilter, chosen_flows, flows
from monitoring.protocols import l4_name

#: Names are taken from so many of the latest flows.
NAMED_FLOWS: Final = 500

#: Details that name something: how the kind is called, and its key.
_NAMES: Final = {"DNS": "dns_query", "HTTP": "http_url", "Server name": "server_name"}


@dataclass
class Slice:
    """A part of a host's flows: bytes that the host sent and received, flows, highest score."""

    name: str
    sent: int = 0
    received: int = 0
    flows: int = 0
    score: int = 0

    @property
    def bytes(self) -> int:
        """Bytes both ways."""
        return self.sent + self.received

    @property
    def number(self) -> str:
        """The port's number, where the slice is of a port ("443/TCP")."""
        return self.name.partition("/")[0]


@dataclass(frozen=True)
class Name:
    """Something that the host asked for or named: which kind, how often, when last."""

    kind: str
    name: str
    flows: int
    last_seen: datetime


def by_application(host: str, wanted: FlowFilter, now: datetime, limit: int = 50) -> list[Slice]:
    """Return the applications of a host or network, most bytes first."""
    return _slices(host, chosen_flows(wanted, now), F("application__name"), limit)


def by_l4(host: str, wanted: FlowFilter, now: datetime) -> list[Slice]:
    """Return the IP protocols of a host, most bytes first."""
    found = _slices(host, chosen_flows(wanted, now), F("l4"), 256)
    for one in found:
        one.name = l4_name(int(one.name))
    return found


def by_peer(host: str, wanted: FlowFilter, now: datetime, limit: int = 50) -> list[Slice]:
    """Return the other ends of a host's flows, most bytes first."""
    peer = Case(When(client=host, then=F("server")), default=F("client"))
    return _slices(host, chosen_flows(wanted, now), peer, limit)


def by_country(host: str, wanted: FlowFilter, now: datetime, limit: int = 50) -> list[Slice]:
    """Return the countries at the other ends of a host or network by code, most bytes first."""
    country = Case(When(within("client", host), then=F("server_country")), default="client_country")
    found = _slices(host, chosen_flows(wanted, now), country, limit + 1)
    return [one for one in found if one.name][:limit]


def by_port(
    host: str, wanted: FlowFilter, now: datetime, *, served: bool, limit: int = 50
) -> list[Slice]:
    """Return the ports that a host serves, or those that it contacts, most bytes first."""
    side = Q(server=host) if served else Q(client=host)
    rows = [part.filter(side, l4__in=(6, 17, 132)) for part in chosen_flows(wanted, now)]
    text = CharField()
    parts = Cast("server_port", text), Value("/"), Cast("l4", text)
    port = Concat(*parts, output_field=text)
    found = _slices(host, rows, port, limit)
    for one in found:
        number, _, protocol = one.name.partition("/")
        one.name = f"{number}/{l4_name(int(protocol))}"
    return found


def names_of(wanted: FlowFilter, now: datetime) -> list[Name]:
    """Return what the latest flows asked for: DNS names, URLs, server names; most often first."""
    times: dict[tuple[str, str], datetime] = {}
    often: Counter[tuple[str, str]] = Counter()
    for flow in flows(wanted, now, size=NAMED_FLOWS).rows:
        for kind, key in _NAMES.items():
            if name := str(flow.detail.get(key) or ""):
                often[kind, name] += 1
                times.setdefault((kind, name), flow.last_seen)
                break
    return [Name(*found, number, times[found]) for found, number in often.most_common(200)]


def _slices(host: str, parts: Sequence[QuerySet[Any]], name: Combinable, limit: int) -> list[Slice]:
    found: dict[str, Slice] = {}
    is_client = When(within("client", host), then=F("bytes_to_server"))
    sent = Case(is_client, default=F("bytes_to_client"))
    for rows in parts:
        groups = rows.values(part=name).annotate(
            sent=Sum(sent),
            whole=Sum(F("bytes_to_server") + F("bytes_to_client")),
            number=Count("flow_id"),
            worst=Max("score"),
        )
        for group in groups:
            one = found.setdefault(group["part"], Slice(str(group["part"])))
            one.sent += int(group["sent"])
            one.received += int(group["whole"] - group["sent"])
            one.flows += group["number"]
            one.score = max(one.score, group["worst"])
    return sorted(found.values(), key=lambda one: -one.bytes)[:limit]
