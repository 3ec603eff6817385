"""An alert as ntopng gives it: plain texts, as for ``format=json``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from alerts.evidence import title_of
from alerts.models import Alert
from monitoring.models import Host
from monitoring.protocols import l4_name
from ntopweb.ntopng.families import LABELS
from ntopweb.ntopng.names import numbers_of
from ntopweb.ntopng.severities import SEVERITIES
from recipients.ntopng import CATEGORIES, alert_json, category_of, number_of


@dataclass(frozen=True)
class Ends:
    """What is known of addresses: hosts by interface, VLAN and address, and what lists have."""

    hosts: Mapping[tuple[int, int, str], Host]
    listed: Collection[str] = frozenset()

    def host(self, alert: Alert, address: str) -> Host | None:
        """Return the host of an alert with this address."""
        return self.hosts.get((alert.interface_id or 0, alert.vlan, address))


_FLOW: Final = 4
_HOST: Final = 1
#: ntopng's colours of severities, from notice or lower to emergency.
_COLOURS: Final = {
    "warning": "#ffc007",
    "error": "#ff3231",
    "critical": "#fb6962",
    "emergency": "#fb6962",
}
_CALM: Final = "#28a745"


def alert_record(alert: Alert, ends: Ends) -> dict[str, Any]:
    """Return a record of ``get/<family>/alert/list``."""
    number = number_of(alert.check_key, alert.family)
    title, category = title_of(alert.check_key), category_of(alert.check_key)
    colour = _COLOURS.get(alert.severity, _CALM)
    begin, end = int(alert.first_seen.timestamp()), int(alert.last_seen.timestamp())
    record = {
        "row_id": str(alert.pk),
        "family": LABELS.get(number.entity, "Other").lower().replace(" ", "_"),
        "entity_id": number.entity,
        "tstamp": {"value": begin, "label": _moment(alert.first_seen), "highlight": colour},
        "tstamp_end": {"value": end, "label": _moment(alert.last_seen)},
        "alert_id": {"value": str(number.alert), "label": title},
        "alert_name": title,
        "alert_category": {"value": CATEGORIES.get(category, 0), "label": category},
        "score": {"value": alert.score, "label": str(alert.score), "color": colour},
        "severity": severity(alert.severity, colour),
        "duration": int(alert.duration),
        "count": alert.count,
        "interface_id": alert.interface_id if alert.interface_id is not None else -1,
        "msg": {
            "name": title,
            "fullname": title,
            "value": number.alert,
            "description": alert.message,
        },
        "vlan_id": {"value": alert.vlan, "label": str(alert.vlan or ""), "title": ""},
        "script_key": alert.check_key,
        "status": _status(alert),
        "user_label": _label(alert),
        "mitre_data": {"mitre_id": alert.attack},
        "filter": {"epoch_begin": begin, "epoch_end": end, "bpf": _bpf(alert), "tag_filters": []},
    }
    return record | _subject(alert, number.entity, ends)


def severity(name: str, colour: str = "") -> dict[str, Any]:
    """Return a severity's number and title."""
    return {"value": SEVERITIES[name], "label": name.capitalize(), "color": colour}


def _label(alert: Alert) -> str:
    """Return what users said last of an alert that was read with its comments."""
    said = getattr(alert, "said", [])
    return str(said[-1].text) if said else ""


def _status(alert: Alert) -> str:
    if alert.is_acknowledged:
        return "acknowledged"
    return "engaged" if alert.is_engaged else "historical"


def _moment(moment: Any) -> str:
    return str(moment.strftime("%Y-%m-%d %H:%M:%S"))


def _bpf(alert: Alert) -> str:
    """Return a filter for the packets of both ends."""
    return " and ".join(f"host {one}" for one in (alert.client, alert.server) if one)


def _subject(alert: Alert, entity: int, ends: Ends) -> dict[str, Any]:
    if entity == _FLOW:
        return _flow(alert, ends)
    if entity == _HOST:
        told = alert_json(alert, "engaged")
        roles = ("is_attacker", "is_victim", "is_client", "is_server")
        return {"ip": _end(told["ip"], alert, ends), **{name: told[name] for name in roles}}
    return {"name": alert.entity}


def _flow(alert: Alert, ends: Ends) -> dict[str, Any]:
    sample: dict[str, Any] = alert.flows[0] if alert.flows else {}
    name, l4 = str(sample.get("application") or ""), int(sample.get("l4") or 0)
    sent = int(sample.get("bytes_to_server") or 0)
    received = int(sample.get("bytes_to_client") or 0)
    packets = int(sample.get("packets_to_server") or 0) + int(sample.get("packets_to_client") or 0)
    info = str(sample.get("server_name") or "")
    return {
        **_side("cli", alert, alert.client, alert.client_port, ends),
        **_side("srv", alert, alert.server, alert.server_port, ends),
        "proto": {"value": str(l4), "label": l4_name(l4)},
        "l7_proto": {
            "value": str(numbers_of(name)[1]),
            "label": f"{l4_name(l4)}:{name}",
            "l4_label": l4_name(l4),
            "l7_label": name,
            "confidence": "",
        },
        "info": {"value": info, "label": info},
        "total_bytes": {
            "bytes_sent": sent,
            "bytes_rcvd": received,
            "total_bytes": sent + received,
            "total_packets": packets,
        },
        "flow": {
            "cli_ip": {"value": str(alert.client or "")},
            "srv_ip": {"value": str(alert.server or "")},
            "cli_port": alert.client_port or 0,
            "srv_port": alert.server_port or 0,
            "vlan": {"value": alert.vlan},
        },
        "additional_alerts": {"descr": _issues(sample, alert.check_key)},
    }


def _issues(sample: Mapping[str, Any], own: str) -> str:
    """Return the titles of the flow's other issues."""
    others = [one["check"] for one in sample.get("issues") or [] if one.get("check") != own]
    return ", ".join(title_of(key) for key in others)


def _side(
    short: str, alert: Alert, address: str | None, port: int | None, ends: Ends
) -> dict[str, Any]:
    text = str(address or "")
    role = "attacker" if text and text == alert.attacker else ""
    role = "victim" if text and text == alert.victim else role
    known = ends.host(alert, text)
    return {
        f"{short}_ip": _end(text, alert, ends),
        f"{short}_port": {"value": str(port or 0), "label": str(port or "")},
        f"{short}_role": {"value": role, "label": role.capitalize()},
        f"{short}_host_pool_id": {"value": str((known.pool_id if known else 0) or 0)},
    }


def _end(address: str, alert: Alert, ends: Ends) -> dict[str, Any]:
    known = ends.host(alert, address)
    name = known.name if known else ""
    return {
        "value": address,
        "ip": address,
        "label": name or address,
        "label_long": f"{name} [{address}]" if name else address,
        "name": name,
        "country": known.country if known else "",
        "location": _location(address, known),
        "blacklisted": "1" if address in ends.listed else "0",
        "reference": f"/hosts/{known.pk}/" if known else "",
    }


def _location(address: str, known: Host | None) -> str:
    if address and ip_address(address).is_multicast:
        return "multicast"
    return "local" if known and known.is_local else "remote"
