"""An alert as ntopng gives it to scripts, webhooks and syslog: its keys and numbers.

The numbers are ntopng 6.3's, in ``ntopng_numbers.csv``: by check, the entity and the alert's number
within it. What ntopng does not have counts as its custom scripts (flow 87, host 24), and as its
"user activity" (4139) where it is about neither.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from alerts.models import Alert
from checks.registry import discover

FLOW: Final = 4
HOST: Final = 1
#: ntopng's number of each family.
ENTITIES: Final = {"interface": 0, "host": HOST, "network": 2, "flow": FLOW, "system": 9}
#: ntopng's number of each category.
CATEGORIES: Final = {"other": 0, "security": 1, "internals": 2, "network": 3, "system": 4}
#: What stands for a check that ntopng does not have.
_CUSTOM: Final = {FLOW: 87, HOST: 24}
_CUSTOM_OTHER: Final = 4139
#: ntopng's action for each kind of event; flow alerts are stored, never engaged.
_ACTIONS: Final = {"released": "release"}


class Number(NamedTuple):
    """An entity's number and the alert's within it."""

    entity: int
    alert: int


@cache
def _table() -> dict[str, Number]:
    with Path(__file__).with_name("ntopng_numbers.csv").open() as file:
        rows = csv.DictReader(file)
        return {row["check"]: Number(int(row["entity"]), int(row["alert"])) for row in rows}


def number_of(check: str, family: str) -> Number:
    """Return ntopng's numbers of a check."""
    entity = ENTITIES.get(family, 15)
    known = _table().get(check)
    # A script of one name may run for flows and for hosts: then the family says which it was.
    if known and (known.entity == entity or entity not in _CUSTOM):
        return known
    return Number(entity, _CUSTOM.get(entity, _CUSTOM_OTHER))


def category_of(check: str) -> str:
    """Return a check's category; the platform's own are internals."""
    known = discover().get(check)
    return str(known.category) if known else "internals"


def action_of(kind: str, entity: int) -> str:
    """Return ntopng's action for an event: store, engage or release."""
    return _ACTIONS.get(kind, "store" if entity == FLOW else "engage")


def alert_json(alert: Alert, kind: str, pool_id: int = 0) -> dict[str, Any]:
    """Return the object that a handler reads; ``kind`` is the event's. All values are scalar."""
    numbers = number_of(alert.check_key, alert.family)
    return {
        "ifid": alert.interface_id or 0,
        "pool_id": pool_id,
        "action": action_of(kind, numbers.entity),
        "alert_id": numbers.alert,
        "alert_category": CATEGORIES.get(category_of(alert.check_key), 0),
        "score": alert.score,
        "acknowledged": alert.is_acknowledged,
        "subtype": "",
        "entity_id": numbers.entity,
        "entity_val": _entity_value(alert, numbers.entity),
        "vlan_id": alert.vlan,
        "observation_point_id": 0,
        "tstamp": int(alert.first_seen.timestamp()),
        "tstamp_end": 0 if alert.is_engaged else int(alert.last_seen.timestamp()),
        "granularity": 0 if numbers.entity == FLOW else 60,
        **_subject(alert, numbers.entity, pool_id),
        "json": _inner(alert),
    }


def _entity_value(alert: Alert, entity: int) -> str:
    if entity == FLOW:
        return "flow"
    return f"{_host(alert)}@{alert.vlan}" if entity == HOST else alert.entity


def _host(alert: Alert) -> str:
    return str(alert.attacker or alert.client or alert.server or alert.entity)


def _subject(alert: Alert, entity: int, pool_id: int) -> dict[str, Any]:
    if entity == FLOW:
        return _flow(alert)
    if entity == HOST:
        return _host_keys(alert, pool_id)
    return {"name": alert.entity, "host_pool_id": pool_id}


def _host_keys(alert: Alert, pool_id: int) -> dict[str, Any]:
    """Return the keys of a host, whatever raised the alert: ntopng leaves them out for some."""
    host = _host(alert)
    return {
        "ip": host,
        "ip_version": 6 if ":" in host else 4,
        "name": alert.entity.partition("@")[0],
        "is_attacker": alert.attacker == host,
        "is_victim": alert.victim == host,
        "is_client": alert.client == host,
        "is_server": alert.server == host,
        "host_pool_id": pool_id,
        "network": 0,
    }


def _flow(alert: Alert) -> dict[str, Any]:
    sample: dict[str, Any] = alert.flows[0] if alert.flows else {}
    sides: dict[str, Any] = {}
    for short, side, address in (
        ("cli", "client", alert.client),
        ("srv", "server", alert.server),
    ):
        text = str(address or "")
        sides |= {
            f"{short}_ip": text,
            f"{short}_port": getattr(alert, f"{side}_port") or 0,
            f"{short}_name": sample.get("server_name") or "" if side == "server" else "",
            f"is_{short}_attacker": bool(text) and alert.attacker == address,
            f"is_{short}_victim": bool(text) and alert.victim == address,
        }
    back, forth = ("srv2cli", "to_client"), ("cli2srv", "to_server")
    volumes = {
        f"{short}_{what}": sample.get(f"{what}_{way}") or 0
        for short, way in (forth, back)
        for what in ("bytes", "packets")
    }
    return {
        "is_flow_alert": True,
        "first_seen": int(alert.first_seen.timestamp()),
        "ip_version": 6 if ":" in str(alert.client) else 4,
        "proto": sample.get("l4") or 0,
        "proto.ndpi": sample.get("application") or "",
        "info": sample.get("server_name") or "",
        **sides,
        **volumes,
    }


def _inner(alert: Alert) -> str:
    """Return the inner document, as text: what raised it, its message and what was compared."""
    subdir = "flow" if alert.family == "flow" else "host"
    made = {"script_key": alert.check_key, "subdir": subdir}
    values = alert.values if isinstance(alert.values, dict) else {}
    return json.dumps({**values, "alert_generation": made, "message": alert.message})
