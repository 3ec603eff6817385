"""Who shares in the traffic of some flows: by application, by peer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, QuerySet, Sum, When
from django.db.models.expressions import Combinable

from monitoring.history.flows import FlowFilter, chosen_flows


@dataclass(frozen=True)
class Share:
    """A name with the bytes, both ways, and the number of its flows."""

    name: str
    bytes: int
    flows: int


def applications_of(wanted: FlowFilter, now: datetime, limit: int = 10) -> list[Share]:
    """Return the applications of the flows, most bytes first."""
    return _shares(chosen_flows(wanted, now), F("application__name"), limit)


def peers_of(host: str, wanted: FlowFilter, now: datetime, limit: int = 10) -> list[Share]:
    """Return the other ends of a host's flows, most bytes first."""
    peer = Case(When(client=host, then=F("server")), default=F("client"))
    return _shares(chosen_flows(wanted, now), peer, limit)


def _shares(parts: Sequence[QuerySet[Any]], name: Combinable, limit: int) -> list[Share]:
    bytes_of: Counter[str] = Counter()
    flows_of: Counter[str] = Counter()
    for rows in parts:
        groups = rows.values(share=name).annotate(
            moved=Sum(F("bytes_to_server") + F("bytes_to_client")), flows=Count("flow_id")
        )
        for group in groups:
            bytes_of[group["share"]] += int(group["moved"])
            flows_of[group["share"]] += group["flows"]
    return [Share(key, moved, flows_of[key]) for key, moved in bytes_of.most_common(limit)]
