"""A small network, and callers of ntopng's REST who read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from alerts.models import Alert
from alerts.severity import severity_of
from monitoring.models import Interface, LocalNetwork
from tests.monitoring import builders
from tests.monitoring.conftest import Cast, cast  # noqa: F401 (a fixture)

V4, V6 = "192.168.1.10", "2001:db8::10"
SERVER4, SERVER6 = "203.0.113.5", "2001:db8:1::5"


@dataclass
class Network:
    """One interface with two local hosts, their servers, flows active and finished, traffic."""

    interface: Interface
    now: datetime

    @property
    def ifid(self) -> int:
        return self.interface.pk


@pytest.fixture
def network(db: None) -> Network:
    now = timezone.now()
    interface = builders.an_interface("eth0")
    LocalNetwork.objects.create(network="192.168.1.0/24", name="office")
    LocalNetwork.objects.create(network="2001:db8::/64", name="office6")
    for address, is_local in ((V4, True), (V6, True), (SERVER4, False), (SERVER6, False)):
        builders.a_host(
            address,
            interface=interface,
            seen=now,
            is_local=is_local,
            name="nas" if address == V4 else "",
            mac="02:00:00:00:00:07" if is_local else "",
            bytes_sent=300,
            bytes_received=600,
            flows_as_client=1,
        )
    for client, server in ((V4, SERVER4), (V6, SERVER6)):
        sides = {"client": client, "server": server, "interface": interface}
        builders.a_live_flow(time=now - timedelta(seconds=5), score=60, application="TLS", **sides)
        builders.a_flow(
            time=now - timedelta(minutes=10),
            application="DNS.Google",
            category="Network",
            detail={"server_name": "example.org"},
            l4=17,
            score=0,
            **sides,
        )
    some_sums(interface, now)
    return Network(interface, now)


def some_sums(interface: Interface, now: datetime) -> None:
    """Store roll-ups of the last minutes in all resolutions."""
    moment = now - timedelta(seconds=30)
    sums = {"bytes_sent": 1000, "bytes_received": 5000, "packets_sent": 10, "packets_received": 12}
    keys = [("total", ""), ("category", "Web"), ("application", "TLS"), ("l4", "TCP")]
    keys += [("host", one) for one in (V4, V6, SERVER4, SERVER6)]
    keys += [("peers", f"{V4} {SERVER4}"), ("peers", f"{V6} {SERVER6}")]
    for resolution, seconds in (("10s", 10), ("1m", 60), ("1h", 3600), ("1d", 86_400)):
        start = int(moment.timestamp()) // seconds * seconds
        bucket = datetime.fromtimestamp(start, tz=now.tzinfo)
        rows = [(bucket, interface.pk, *key, {**sums, "flows": 2, "score": 60}) for key in keys]
        builders.much_traffic(rows, resolution)


def an_alert(check: str = "tls_certificate_expired", family: str = "flow", **fields: Any) -> Alert:
    """Store an alert that was seen just now, engaged unless said otherwise."""
    now = fields.pop("seen", timezone.now())
    score = fields.pop("score", 60)
    sample = {
        "client": fields.get("client", V4),
        "server": fields.get("server", SERVER4),
        "l4": 6,
        "application": "TLS.Google",
        "server_name": "example.org",
        "bytes_to_server": 100,
        "bytes_to_client": 900,
        "packets_to_server": 1,
        "packets_to_client": 2,
        "issues": [{"check": check, "score": score}, {"check": "syn_flood", "score": 10}],
    }
    own: dict[str, Any] = {
        "client": V4,
        "client_port": 50_000,
        "server": SERVER4,
        "server_port": 443,
    }
    if family != "flow":
        own = {"client": V4 if family == "host" else None}
    number = next(_numbers)
    return Alert.objects.create(
        **{
            "check_key": check,
            "check_id": number,
            "family": family,
            "frame": family,
            "identity": str(number),
            "entity": V4,
            "score": score,
            "severity": str(severity_of(score)),
            "count": 3,
            "first_seen": now - timedelta(minutes=2),
            "last_seen": now,
            "cooldown": 60,
            "quiet_at": now,
            "engaged_at": now,
            "noted_at": now,
            "message": "bad",
            "flows": [sample] if family == "flow" else [],
            **own,
            **fields,
        }
    )


_numbers = count(1)

Ask = Callable[..., Any]


@pytest.fixture
def ask(cast: Cast) -> Ask:  # noqa: F811
    """Call a path of ntopng's as a viewer, or as ``who``; return status and the JSON."""
    cache.clear()
    clients = {}

    def ask(path: str, who: str = "viewer", *, write: bool = False, body: Any = None, **given: Any):
        if (who, write) not in clients:
            token = builders.a_token(getattr(cast, who), may_write=write)
            clients[who, write] = Client(headers={"authorization": f"Token {token}"})
        client = clients[who, write]
        url = f"/lua/rest/v2/{path}.lua"
        if body is None:
            answer = client.get(url, given)
        else:
            answer = client.post(url, body, content_type="application/json", query_params=given)
        return answer.status_code, answer.json()

    return ask


@pytest.fixture
def rsp(ask: Ask) -> Ask:
    """Like ``ask``, of calls that succeed; return ``rsp``."""

    def rsp(path: str, *args: Any, **given: Any) -> Any:
        status, answer = ask(path, *args, **given)
        assert (status, answer["rc"]) == (200, 0), answer
        return answer["rsp"]

    return rsp
