"""ntopng's columns of alerts by family, and what they are here. Source: its tables of alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from monitoring.models import Application
from ntopweb.ntopng.clauses.tables import Column, Table, address, epoch, number, text
from ntopweb.ntopng.families import FAMILIES, Known, known_checks
from ntopweb.ntopng.names import numbers_of
from ntopweb.ntopng.severities import number_by_name

_SOURCE: Final = (
    "alerts_alert a JOIN unnest(%s::text[], %s::text[], %s::int[], %s::int[])"
    ' AS n("check", family, number, category) ON n."check" = a."check" AND n.family = a.family'
    " LEFT JOIN unnest(%s::text[], %s::int[], %s::int[]) AS app(name, master, l7)"
    " ON app.name = a.flows->0->>'application'"
    " LEFT JOIN monitoring_interface i ON i.id = a.interface_id"
)
_SAID: Final = (
    "(SELECT e.text FROM alerts_alertevent e WHERE e.alert_id = a.id AND e.text <> ''"
    " AND e.kind IN ('acknowledged', 'commented') ORDER BY e.id DESC LIMIT 1)"
)
_JSON: Final = (
    "((CASE WHEN jsonb_typeof(a.\"values\") = 'object' THEN a.\"values\" ELSE '{}' END)"
    " || jsonb_build_object('message', a.message, 'alert_generation',"
    " jsonb_build_object('script_key', a.\"check\", 'subdir', a.family)))::text"
)
_STATUS: Final = (
    "CASE WHEN a.acknowledged_at IS NOT NULL THEN 1 WHEN a.state = 'engaged' THEN 2 ELSE 0 END"
)
_COMMON: Final[Mapping[str, Column]] = {
    "rowid": number("a.id"),
    "alert_id": number("n.number"),
    "alert_status": number(_STATUS),
    "interface_id": number("coalesce(a.interface_id, -1)"),
    "tstamp": epoch("a.first_seen"),
    "tstamp_end": epoch("a.last_seen"),
    "severity": number(number_by_name("a.severity")),
    "score": number("a.score"),
    "counter": number("a.count"),
    "json": text(_JSON),
    "alert_category": number("n.category"),
    "user_label": text(_SAID),
    "user_label_tstamp": epoch("a.acknowledged_at"),
}
_TOLD: Final[Mapping[str, Column]] = {
    "granularity": number("60"),
    "description": text("a.message"),
}
_SAMPLE: Final = "coalesce((a.flows->0->>'{}')::numeric, 0)"
_ROLE: Final = "coalesce((a.{} = a.{})::int, 0)"
_HOST: Final = "coalesce(a.attacker, a.client, a.server)"
_IS_HOST: Final = f"coalesce((a.{{}} = {_HOST})::int, 0)"


def _side(short: str, role: str) -> dict[str, Column]:
    return {
        f"{short}_ip": address(f"a.{role}"),
        f"{short}_port": number(f"coalesce(a.{role}_port, 0)"),
        f"is_{short}_attacker": number(_ROLE.format("attacker", role)),
        f"is_{short}_victim": number(_ROLE.format("victim", role)),
        f"{short}_name": text(
            "coalesce(a.flows->0->>'server_name', '')" if role == "server" else "''::text"
        ),
        f"{short}_country": text(_OF_HOST.format("country", role)),
        f"{short}_location": number(f"({_OF_HOST.format('is_local::int::text', role)})::int"),
        f"{short}_host_pool_id": number(
            f"({_OF_HOST.format('coalesce(h.pool_id, 0)::text', role)})::int"
        ),
    }


#: What is known of an end of the alert.
_OF_HOST: Final = (
    "(SELECT {} FROM monitoring_host h WHERE h.address = a.{} AND h.vlan = a.vlan"
    " AND h.interface_id = a.interface_id)"
)

_FLOW: Final[Mapping[str, Column]] = {
    "ip_version": number("family(a.client)"),
    **_side("cli", "client"),
    **_side("srv", "server"),
    "vlan_id": number("a.vlan"),
    "proto": number(_SAMPLE.format("l4")),
    "l7_proto": number("coalesce(app.l7, 0)"),
    "l7_master_proto": number("coalesce(app.master, 0)"),
    "cli2srv_bytes": number(_SAMPLE.format("bytes_to_server")),
    "srv2cli_bytes": number(_SAMPLE.format("bytes_to_client")),
    "cli2srv_pkts": number(_SAMPLE.format("packets_to_server")),
    "srv2cli_pkts": number(_SAMPLE.format("packets_to_client")),
    "first_seen": epoch("a.first_seen"),
    "info": text("coalesce(a.flows->0->>'server_name', '')"),
}
_HOSTS: Final[Mapping[str, Column]] = {
    "ip": address(_HOST),
    "ip_version": number(f"family({_HOST})"),
    "vlan_id": number("a.vlan"),
    "name": text("a.entity"),
    "is_attacker": number(_IS_HOST.format("attacker")),
    "is_victim": number(_IS_HOST.format("victim")),
    "is_client": number(_IS_HOST.format("client")),
    "is_server": number(_IS_HOST.format("server")),
}
#: What each family has beside what all have.
_OWN: Final[Mapping[str, Mapping[str, Column]]] = {
    "flow": _FLOW,
    "host": {**_HOSTS, **_TOLD},
    "interface": {
        "ifid": number("coalesce(a.interface_id, -1)"),
        "subtype": text("''::text"),
        "name": text("a.entity"),
        "alias": text("coalesce(i.name, '')"),
        **_TOLD,
    },
    "network": {"name": text("a.entity"), "alias": text("a.entity"), **_TOLD},
    "mac": {"address": text("a.entity"), "name": text("a.entity"), **_TOLD},
    "snmp": {"name": text("a.entity"), **_TOLD},
    "user": {"user": text("a.entity"), **_TOLD},
    "system": {"name": text("a.entity"), **_TOLD},
    "active_monitoring": {"resolved_name": text("a.entity"), "description": text("a.message")},
}


def alert_table(family: str) -> Table:
    """Return the table of a family of :data:`FAMILIES`, with ntopng's numbers of the checks."""
    checks = known_checks(FAMILIES[family])
    values = [[getattr(one, name) for one in checks] for name in Known._fields]
    seen = [(one.name, *numbers_of(one.name)) for one in Application.objects.all()]
    values += [[row[place] for row in seen] for place in range(3)]
    columns = {**_COMMON, **_OWN[family]}
    return Table(f"{family} alerts", _SOURCE, columns, "a.id DESC", tuple(values))
