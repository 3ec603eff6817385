"""One round: the parts that wait become derived frames, with what was learned beside them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import polars as pl
from django.db import connection

from checks.derived import BINDING, CONTACT, DEVICE, MESSAGE
from checks.learning import contacts, industry, memory, parts, segments, windows
from monitoring.enrichment.networks import Networks
from monitoring.models import LocalNetwork

Frame = tuple[str, pl.DataFrame]
#: So long is an address kept for an owner who says nothing.
_ABANDONED: Final = timedelta(minutes=10)
_KINDS: Final = ("service", "port", "destination")


def fold(now: datetime) -> list[Frame]:
    """Return the derived frames of this round; none where another one is at it.

    Call it in the transaction that writes what the checks say of them, so that a row is looked at
    exactly once.
    """
    with connection.cursor() as cursor:
        if not parts.lock(cursor):
            return []
    return [*_of_flows(now), *_of_segments(now), *_of_industry(now)]


def _of_flows(now: datetime) -> Iterator[Frame]:
    taken = parts.take("flow", now)
    if taken.fresh.is_empty():
        return
    names, networks = local_networks()
    flows = windows.prepare(taken.window)
    yield "host_window", windows.host_windows(flows)
    yield "pair_window", windows.pair_windows(flows)
    yield "name_window", windows.name_windows(flows)
    yield "network_window", windows.network_windows(flows, networks, names)
    yield "gateway", contacts.gateways(flows)
    yield "contact", learned_contacts(windows.prepare(taken.fresh))


def learned_contacts(flows: pl.DataFrame) -> pl.DataFrame:
    """Return CONTACT of prepared flows, and remember its things."""
    seen = contacts.contacts(flows)
    told = [memory.learn(kind, seen.filter(pl.col("kind") == kind)) for kind in _KINDS]
    return pl.concat([_conform(table, CONTACT) for table in told])


def _of_segments(now: datetime) -> Iterator[Frame]:
    taken = parts.take("l2", now)
    if not taken.fresh.is_empty():
        _, networks = local_networks()
        rows = segments.prepare(taken.window)
        yield "segment", segments.segments(rows, networks)
        yield "arp_window", segments.arp_windows(rows)
        yield "binding", learned_claims(segments.claims(rows))
        yield "device", learned_devices(segments.devices(segments.prepare(taken.fresh)))
    yield "device", missed_devices(now)


def _of_industry(now: datetime) -> Iterator[Frame]:
    taken = parts.take("industrial", now)
    if not taken.fresh.is_empty():
        _, networks = local_networks()
        yield "message", learned_messages(industry.messages(taken.window, networks))


def learned_messages(messages: pl.DataFrame) -> pl.DataFrame:
    """Return MESSAGE of messages, and remember what followed what between two machines."""
    follows = messages.filter(pl.col("previous").is_not_null())
    first = messages.filter(pl.col("previous").is_null()).with_columns(**memory.NOTHING_LEARNED)
    told = [memory.learn("transition", follows), first]
    return pl.concat([_conform(table, MESSAGE) for table in told])


def learned_claims(claims: pl.DataFrame) -> pl.DataFrame:
    """Return BINDING of claims, and remember whose the addresses are.

    An address belongs to the first that was seen with it, until a DHCP server gives it to another
    or its owner has been silent for ``_ABANDONED``.
    """
    if claims.is_empty():
        return BINDING.to_frame()
    keyed = claims.with_columns(
        pl.format("{}|{}", "address", "vlan").alias("key"), pl.col("address").alias("name")
    )
    told = segments.with_owners(memory.recall("binding", keyed))
    is_owner = pl.col("mac") == pl.col("previous_mac")
    is_free = pl.col("time") - pl.col("written") > _ABANDONED
    heirs = told.filter(pl.col("by_dhcp") | is_owner | is_free)
    chosen = heirs.with_columns(is_owner.alias("is_owner")).sort("by_dhcp", "is_owner", "time")
    memory.remember("binding", chosen.unique(["interface_id", "key"], keep="last"), "mac")
    return _conform(told, BINDING)


def learned_devices(devices: pl.DataFrame) -> pl.DataFrame:
    """Return DEVICE of who spoke, and remember them."""
    if devices.is_empty():
        return DEVICE.to_frame()
    words = pl.format("{} {}", "mac", "hostname").str.strip_chars().alias("name")
    keyed = devices.with_columns(pl.format("{}|{}", "mac", "vlan").alias("key"), words)
    told = memory.learn("device", keyed, "address")
    return _conform(told.with_columns(pl.lit(0.0).alias("absent")), DEVICE)


def missed_devices(now: datetime) -> pl.DataFrame:
    """Return DEVICE of the allowed devices, with how long nobody has seen them."""
    rows = [
        {
            "interface_id": thing.interface_id,
            "time": now,
            "name": thing.name,
            "mac": thing.key.partition("|")[0],
            "vlan": int(thing.key.partition("|")[2] or 0),
            "address": thing.value,
            "hostname": "",
            "absent": (now - thing.last_seen).total_seconds(),
            "learned_after": 0.0,
            "known_for": (now - thing.first_seen).total_seconds(),
            "verdict": thing.verdict,
        }
        for thing in memory.missing("device", now)
    ]
    return pl.DataFrame(rows, schema=DEVICE, orient="row")


def local_networks() -> tuple[list[str], Networks]:
    """Return the local networks as text, and to find addresses in: label n is the n-th."""
    names = list(LocalNetwork.objects.values_list("network", flat=True))
    return names, Networks.of((text, label) for label, text in enumerate(names, 1))


def _conform(table: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    return table.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
