"""The table that host scripts see: who was active in the last minute, and what is known of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import polars as pl
from django.db import connection

from capture_agent.schema import pack
from checks.addresses import is_multicast
from checks.lua.models import Script
from checks.lua.sandbox import Effect
from monitoring.enrichment.context import Context

#: Who was seen within so long before the interface's latest event was active in its minute.
ACTIVE: Final = timedelta(seconds=75)
#: So far back flows are looked at for applications and contacts.
LOOK_BACK: Final = timedelta(hours=1)
FOR_EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)

_TIME: Final = pl.Datetime("us", "UTC")
_HOSTS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "interface_id": pl.Int32,
    "vlan": pl.Int64,
    "address": pl.String,
    "name": pl.String,
    "mac": pl.String,
    "is_local": pl.Boolean,
    "pool": pl.Int32,
    "country": pl.String,
    "bytes_sent": pl.Int64,
    "bytes_received": pl.Int64,
    "packets_sent": pl.Int64,
    "score": pl.Int64,
    "time": _TIME,
}
_HOST: Final = ("vlan", "address")
_KEY: Final[dict[str, Any]] = {"vlan": pl.Int64, "address": pl.String}
#: Methods that need the flows of the last hour; asked for only where a script has them.
_OF_FLOWS: Final = re.compile(
    r"\b(l7|countries|dump_host|\w+NoTX|getUnidirectionalTCPUDPFlowsStats)\b"
)


def active_hosts(interface_id: int, context: Context, now: datetime) -> pl.DataFrame:
    """Return the hosts of an interface that were active in its last minute of events.

    There are none when the interface itself has been silent for that long by the clock.
    """
    asked = [interface_id, interface_id, now - ACTIVE, interface_id, interface_id, ACTIVE]
    rows = _read(_ACTIVE, asked)
    table = pl.DataFrame(rows, schema=_HOSTS, orient="row")
    return _known(table, context)


def _known(table: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the table with what follows from each host's address and counters."""
    packed = [pack(address) for address in table["address"]]
    words = pl.DataFrame(
        packed, schema={"host_high": pl.UInt64, "host_low": pl.UInt64}, orient="row"
    )
    listed = context.listed.find(words["host_high"].to_numpy(), words["host_low"].to_numpy()) > 0
    broadcast = pl.col("address") == "255.255.255.255"
    return table.hstack(words).with_columns(
        pl.col("name").replace("", None).fill_null(pl.col("address")),
        pl.col("mac").replace("", "00:00:00:00:00:00"),
        (pl.col("bytes_sent") + pl.col("bytes_received")).alias("bytes"),
        (pl.col("packets_sent") == 0).alias("is_rx_only"),
        broadcast.alias("is_broadcast"),
        (is_multicast("host") & ~broadcast).alias("is_multicast"),
        (~is_multicast("host")).alias("is_unicast"),
        pl.Series("is_blacklisted", listed, dtype=pl.Boolean),
    )


def for_script(
    script: Script, hosts: pl.DataFrame, interface_id: int, now: datetime
) -> pl.DataFrame:
    """Return the hosts that a script looks at now: without those that it asked to skip."""
    visits = _visits(script, interface_id)
    table = (
        hosts.join(visits, on=_HOST, how="left", maintain_order="left")
        .filter(~(pl.col("skip_until") > now).fill_null(False))
        .with_columns(pl.col("visited_at").is_null().alias("is_first_run"))
    )
    if _OF_FLOWS.search(script.source):
        return _with_flows(table, script.pk, interface_id, now)
    return table.with_columns(
        pl.lit("").alias("l7"), *(pl.lit(0, dtype=pl.Int64).alias(name) for name in _CONTACTS)
    )


def as_new(hosts: pl.DataFrame, interface_id: int, now: datetime) -> pl.DataFrame:
    """Return the hosts with everything a script may ask for, as if none had looked at them."""
    return _with_flows(hosts.with_columns(is_first_run=True), 0, interface_id, now)


def _visits(script: Script, interface_id: int) -> pl.DataFrame:
    rows = script.visits.filter(interface_id=interface_id).values_list(
        "vlan", "address", "visited_at", "skip_until"
    )
    schema = pl.Schema({**_KEY, "visited_at": _TIME, "skip_until": _TIME})
    return pl.DataFrame(list(rows), schema=schema, orient="row")


_CONTACTS: Final = (
    *("silent_peers", "silent_ports", "unanswered_egress"),
    *("unanswered_contacts", "unanswered_ingress", "countries"),
)


def _with_flows(table: pl.DataFrame, script: int, interface_id: int, now: datetime) -> pl.DataFrame:
    """Add applications and unanswered contacts of the last hour, or since they were reset."""
    asked = [script, interface_id, now - LOOK_BACK]
    sent = _frame(_read(_SILENT, asked), _CONTACTS[:3])
    received = _frame(_read(_CONTACTED, asked), _CONTACTS[3:5])
    countries = _frame(_read(_COUNTRIES, [interface_id, now - LOOK_BACK]), _CONTACTS[5:])
    applications = pl.DataFrame(
        _read(_APPLICATIONS, [interface_id, now - LOOK_BACK]),
        schema=pl.Schema({**_KEY, "l7": pl.String}),
        orient="row",
    )
    for known in (sent, received, countries, applications):
        table = table.join(known, on=_HOST, how="left", maintain_order="left")
    return table.with_columns(pl.col(_CONTACTS).fill_null(0), pl.col("l7").fill_null(""))


def _frame(rows: Iterable[Sequence[Any]], counts: Sequence[str]) -> pl.DataFrame:
    schema = pl.Schema({**_KEY, **dict.fromkeys(counts, pl.Int64)})
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def _read(query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


_ACTIVE: Final = """
    SELECT interface_id, vlan, host(address), name, mac, is_local, coalesce(pool_id, 0), country,
           bytes_sent, bytes_received, packets_sent, score,
           (SELECT max(last_seen) FROM monitoring_host WHERE interface_id = %s)
    FROM monitoring_host
    WHERE interface_id = %s
      AND (SELECT last_seen > %s FROM monitoring_interface WHERE id = %s)
      AND last_seen > (SELECT max(last_seen) FROM monitoring_host WHERE interface_id = %s) - %s
    ORDER BY vlan, address"""
_UNANSWERED: Final = """
    FROM flow f LEFT JOIN lua_visit v ON v.script_id = %s AND v.interface_id = f.interface_id
        AND v.vlan = f.vlan AND v.address = f.{role}
    WHERE f.interface_id = %s AND f.time > %s AND f.event = 3 AND f.l4 IN (6, 17)
      AND f.packets_to_client = 0 AND (v.contacts_since IS NULL OR f.time > v.contacts_since)
    GROUP BY 1, 2"""
_SILENT: Final = """
    SELECT f.vlan, host(f.client), count(DISTINCT f.server), count(DISTINCT f.server_port), count(*)
    """ + _UNANSWERED.format(role="client")
_CONTACTED: Final = """
    SELECT f.vlan, host(f.server), count(DISTINCT f.client), count(*)
    """ + _UNANSWERED.format(role="server")
_COUNTRIES: Final = """
    SELECT vlan, host(client), count(DISTINCT server_country) FROM flow
    WHERE interface_id = %s AND time > %s AND server_country != '' GROUP BY 1, 2"""
#: "name\\2sent,received,flows\\3…" per host: what the engine's host.l7() takes apart.
_APPLICATIONS: Final = """
    SELECT vlan, address, string_agg(
        name || E'\\2' || sent || ',' || received || ',' || flows || E'\\3', '' ORDER BY name)
    FROM (
        SELECT e.vlan, host(e.address) AS address, a.name, sum(e.sent) AS sent,
               sum(e.received) AS received, count(DISTINCT e.flow_id) AS flows
        FROM (
            SELECT vlan, client AS address, application_id, flow_id, interface_id, time,
                   bytes_to_server_delta AS sent, bytes_to_client_delta AS received FROM flow
            UNION ALL
            SELECT vlan, server, application_id, flow_id, interface_id, time,
                   bytes_to_client_delta, bytes_to_server_delta FROM flow) AS e
        JOIN monitoring_application a ON a.id = e.application_id
        WHERE e.interface_id = %s AND e.time > %s
        GROUP BY 1, 2, 3) AS sums
    GROUP BY 1, 2"""


def remember(
    script: Script,
    interface_id: int,
    visited: pl.DataFrame,
    effects: Iterable[Effect],
    now: datetime,
) -> None:
    """Note that the rows of ``visited`` were looked at, and what the script asked of some."""
    asked = {effect.row: effect for effect in effects}
    rows = [
        (vlan, address, *_asked(asked.get(row)))
        for row, (vlan, address) in enumerate(visited.select(_HOST).iter_rows())
    ]
    columns = dict(zip(_VISIT, map(list, zip(*rows, strict=True)), strict=False))
    if rows:
        given: dict[str, Any] = columns | {
            "script": script.pk,
            "interface": interface_id,
            "now": now,
        }
        with connection.cursor() as cursor:
            cursor.execute(_REMEMBER, given)


_VISIT: Final = ("vlans", "addresses", "changes", "till", "anew")


def _asked(effect: Effect | None) -> tuple[bool, datetime | None, bool]:
    """Return whether skipping changes, until when, and whether contacts are counted anew."""
    if effect is None or effect.skip_until is None:
        return False, None, bool(effect and effect.reset)
    if effect.skip_until == 0:
        return True, None, effect.reset
    is_over = 0 < effect.skip_until < FOR_EVER.timestamp()
    until = datetime.fromtimestamp(effect.skip_until, UTC) if is_over else FOR_EVER
    return True, until, effect.reset


_REMEMBER: Final = """
    INSERT INTO lua_visit AS v
        (script_id, interface_id, vlan, address, visited_at, skip_until, contacts_since)
    SELECT %(script)s, %(interface)s, u.vlan, u.address::inet, %(now)s,
           CASE WHEN u.changes THEN u.till ELSE before.skip_until END,
           CASE WHEN u.anew THEN %(now)s ELSE before.contacts_since END
    FROM unnest(%(vlans)s::int[], %(addresses)s::text[], %(changes)s::bool[],
                %(till)s::timestamptz[], %(anew)s::bool[]) AS u(vlan, address, changes, till, anew)
    LEFT JOIN lua_visit before ON before.script_id = %(script)s
        AND before.interface_id = %(interface)s
        AND before.vlan = u.vlan AND before.address = u.address::inet
    ON CONFLICT (script_id, interface_id, vlan, address) DO UPDATE SET
        visited_at = excluded.visited_at, skip_until = excluded.skip_until,
        contacts_since = excluded.contacts_since"""
