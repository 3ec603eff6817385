"""ntopng's columns of historical flows, and what they are here. Source: its ClickHouse schema.

What is not metered (DSCP, processes, SNMP ports, profiles) is 0 or empty.
"""

from __future__ import annotations

from typing import Any, Final

from monitoring.models import Application, Category
from ntopweb.ntopng.clauses.tables import Column, Table, address, epoch, number, text
from ntopweb.ntopng.names import categories, numbers_of
from ntopweb.ntopng.severities import number_by_score

_SOURCE: Final = (
    "flow f LEFT JOIN unnest(%s::smallint[], %s::int[], %s::int[]) AS app(id, master, l7)"
    " ON app.id = f.application_id"
    " LEFT JOIN unnest(%s::smallint[], %s::int[]) AS cat(id, number) ON cat.id = f.category_id"
    " LEFT JOIN flow_detail d ON d.time = f.time AND d.flow_id = f.flow_id"
)
_V4: Final = "CASE WHEN family(f.{0}) = 4 THEN f.{0} END"
_V6: Final = "CASE WHEN family(f.{0}) = 6 THEN f.{0} END"
_MAC: Final = "CASE WHEN f.{0} = 0 THEN '' ELSE lpad(to_hex(f.{0}), 12, '0') END"
_INFO: Final = (
    "coalesce(d.detail->>'http_url', d.detail->>'dns_query', d.detail->>'server_name', '')"
)
_NOTHING: Final = number("0")
_EMPTY: Final = text("''::text")


def _two_sides(source: str, target: str, role: str) -> dict[str, Column]:
    """Return the columns that both ends have, of one of them."""
    local = "0, 1" if role == "client" else "0, 2"
    return {
        f"IPV4_{source}_ADDR": address(_V4.format(role), f"f.{role}"),
        f"IPV6_{source}_ADDR": address(_V6.format(role), f"f.{role}"),
        f"IP_{source}_PORT": number(f"f.{role}_port"),
        f"{source}2{target}_BYTES": number(f"f.bytes_to_{_OTHER[role]}"),
        f"{source}2{target}_PACKETS": number(f"f.packets_to_{_OTHER[role]}"),
        f"{source}2{target}_DSCP": _NOTHING,
        f"{source}2{target}_TCP_FLAGS": number(f"f.tcp_flags_to_{_OTHER[role]}"),
        f"{source}_COUNTRY_CODE": text(f"f.{role}_country"),
        f"{source}_LABEL": _EMPTY if role == "client" else text(_SERVER_NAME),
        f"{source}_MAC": text(_MAC.format(f"{role}_mac")),
        f"{source}_ASN": _NOTHING,
        f"{source}_HOST_POOL_ID": number(f"f.{role}_pool"),
        f"{source}_NETWORK_ID": _NOTHING,
        f"{role.upper()}_LOCATION": number(f"(f.direction IN ({local}))::int"),
        f"{role.upper()}_NW_LATENCY_US": number(f"coalesce(f.rtt_{role}_ms * 1000, 0)::bigint"),
    }


_OTHER: Final = {"client": "server", "server": "client"}
_SERVER_NAME: Final = "coalesce(d.detail->>'server_name', '')"

COLUMNS: Final[dict[str, Column]] = {
    "FLOW_ID": number("f.flow_id"),
    "IP_PROTOCOL_VERSION": number("family(f.client)"),
    "FIRST_SEEN": epoch("f.first_seen"),
    "LAST_SEEN": epoch("f.time"),
    "VLAN_ID": number("f.vlan"),
    "PACKETS": number("(f.packets_to_server + f.packets_to_client)"),
    "TOTAL_BYTES": number("(f.bytes_to_server + f.bytes_to_client)"),
    "PROTOCOL": number("f.l4"),
    "L7_PROTO": number("coalesce(app.l7, 0)"),
    "L7_PROTO_MASTER": number("coalesce(app.master, 0)"),
    "L7_CATEGORY": number("coalesce(cat.number, 0)"),
    "FLOW_RISK": number("f.risk"),
    "INFO": text(_INFO),
    "INTERFACE_ID": number("f.interface_id"),
    "SCORE": number("f.score"),
    "SEVERITY": number(number_by_score("f.score")),
    **_two_sides("SRC", "DST", "client"),
    **_two_sides("DST", "SRC", "server"),
    **dict.fromkeys(("INPUT_SNMP", "OUTPUT_SNMP", "OBSERVATION_POINT_ID"), _NOTHING),
    **dict.fromkeys(("PROFILE", "NTOPNG_INSTANCE_NAME", "COMMUNITY_ID", "PROBE_IP"), _EMPTY),
    **dict.fromkeys(("SRC_PROC_NAME", "DST_PROC_NAME"), _EMPTY),
    **dict.fromkeys(("SRC_PROC_USER_NAME", "DST_PROC_USER_NAME"), _EMPTY),
}
#: Columns that ntopng renders beside, as text; here they are text anyhow.
_SYNONYMS: Final = {
    "IP_DST_ADDR": "IPV4_DST_ADDR",
    "IP_SRC_ADDR": "IPV4_SRC_ADDR",
    "BYTES": "TOTAL_BYTES",
}


def flow_table() -> Table:
    """Return the table, with nDPI's numbers of the applications that have been seen."""
    seen = [(one.pk, *numbers_of(one.name)) for one in Application.objects.all()]
    known = [(one.pk, categories().get(one.name, 0)) for one in Category.objects.all()]
    values: tuple[Any, ...] = tuple([row[place] for row in seen] for place in range(3))
    values += tuple([row[place] for row in known] for place in range(2))
    return Table("flows", _SOURCE, COLUMNS, "f.time DESC, f.flow_id DESC", values, _SYNONYMS)
