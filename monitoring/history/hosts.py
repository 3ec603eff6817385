"""Hosts."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import F, QuerySet

from monitoring.models import Host

#: What hosts can be ordered by, and the column that stands for it.
ORDERINGS: Final = {
    "last_seen": "last_seen",
    "first_seen": "first_seen",
    "address": "address",
    "bytes": "bytes",
    "score": "score",
}


def hosts_with_bytes() -> QuerySet[Any]:
    """Return all hosts with ``bytes``, both ways, and what their rows show joined."""
    return Host.objects.select_related("interface", "pool").annotate(
        bytes=F("bytes_sent") + F("bytes_received")
    )
