"""Rows with defaults, for tests: say only what the test is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group, User
from django.db import connection

from capture_agent.schema import CONNECTION_STATE, EVENT
from monitoring.models import (
    Agent,
    ApiToken,
    Application,
    Category,
    Flow,
    FlowDetail,
    FlowLive,
    Host,
    Interface,
    LedgerLine,
)
from monitoring.storage import backend
from monitoring.storage.tables import DETAILS, FLOWS, TRAFFIC, Table

#: A moment to count from where the clock does not matter.
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

_numbers = count(1)


def make_room(table: Table, moment: datetime) -> None:
    """See to it that rows of a moment can be stored, whenever the test runs."""
    backend(connection).ensure(connection, table, [moment])


def an_agent(name: str = "probe", **fields: Any) -> Agent:
    found = Agent.objects.filter(name=name).first()
    if found is None:
        found = Agent(name=name, **fields)
        found.renew_token()
        found.save()
    return found


def an_interface(name: str = "eth0", *, kind: str = "live", **fields: Any) -> Interface:
    agent = fields.pop("agent", None) or an_agent()
    return Interface.objects.get_or_create(
        agent=agent, name=name, defaults={"kind": kind, **fields}
    )[0]


def a_user(name: str, *groups: str, **fields: Any) -> User:
    """Make a member of staff; without ``password`` nobody can log in by one (hashing is slow)."""
    user = User.objects.create_user(name, **{"is_staff": True, **fields})
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def a_token(user: User, **fields: Any) -> str:
    token = ApiToken(user=user, name=f"token {next(_numbers)}", **fields)
    text = token.renew_token()
    token.save()
    return text


def a_host(address: str = "192.168.1.10", **fields: Any) -> Host:
    seen = fields.pop("seen", NOON)
    interface = fields.pop("interface", None) or an_interface()
    return Host.objects.create(
        address=address,
        interface=interface,
        **{"first_seen": seen - timedelta(minutes=5), "last_seen": seen, **fields},
    )


def a_line(**fields: Any) -> LedgerLine:
    interface = fields.pop("interface", None) or an_interface()
    number = next(_numbers)
    return LedgerLine.objects.create(
        **{
            "agent": interface.agent,
            "interface": interface,
            "session": UUID(int=1),
            "sequence": number,
            "frame": "flow",
            "received_at": NOON,
            "rows": 10,
            "stored": 10,
            "refused": 0,
            **fields,
        }
    )


def flow_columns(**fields: Any) -> dict[str, Any]:
    """Return the columns of a flow's row; ``application`` and ``category`` are names."""
    time = fields.pop("time", NOON)
    application = fields.pop("application", "TLS")
    category = fields.pop("category", "Web")
    first_seen = fields.pop("first_seen", time - timedelta(seconds=10))
    to_server, to_client = fields.pop("bytes_to_server", 1000), fields.pop("bytes_to_client", 5000)
    interface = fields.pop("interface", None) or an_interface()
    zeros = dict.fromkeys(
        (
            *("vlan", "tunnel", "client_mac", "server_mac", "breed", "confidence", "risk"),
            *("retransmissions_to_server", "retransmissions_to_client"),
            *("out_of_order_to_server", "out_of_order_to_client"),
            *("zero_window_to_server", "zero_window_to_client"),
            *("client_pool", "server_pool", "score"),
        ),
        0,
    )
    return {
        **zeros,
        "flow_id": next(_numbers),
        "interface_id": interface.pk,
        "time": time,
        "first_seen": first_seen,
        "interval_start": first_seen,
        "client": "192.168.1.10",
        "server": "203.0.113.5",
        "client_port": 50_000,
        "server_port": 443,
        "l4": 6,
        "bytes_to_server": to_server,
        "bytes_to_client": to_client,
        "packets_to_server": 10,
        "packets_to_client": 12,
        "payload_to_server": to_server // 2,
        "payload_to_client": to_client // 2,
        "bytes_to_server_delta": to_server,
        "bytes_to_client_delta": to_client,
        "packets_to_server_delta": 10,
        "packets_to_client_delta": 12,
        "tcp_flags_to_server": 0x1B,
        "tcp_flags_to_client": 0x1B,
        "connection_state": CONNECTION_STATE.categories.to_list().index("SF"),
        "rtt_client_ms": 0.4,
        "rtt_server_ms": 12.5,
        "application_id": Application.objects.get_or_create(name=application)[0].pk,
        "category_id": Category.objects.get_or_create(name=category)[0].pk,
        "direction": 1,
        "client_country": "",
        "server_country": "US",
        "checks": [],
        **fields,
    }


def a_flow(*, detail: dict[str, Any] | None = None, event: str = "end", **fields: Any) -> Flow:
    """Store a finished flow (or another row of ``flow``) and what was known of it."""
    columns = flow_columns(**fields)
    make_room(FLOWS, columns["time"])
    make_room(DETAILS, columns["time"])
    flow = Flow(event=EVENT.categories.to_list().index(event), **columns)
    flow.save(force_insert=True)
    if detail is not None:
        FlowDetail(time=flow.time, flow_id=flow.flow_id, detail=detail).save(force_insert=True)
    return flow


def a_live_flow(*, event: str = "update", **fields: Any) -> FlowLive:
    """Store an active flow."""
    number = EVENT.categories.to_list().index(event)
    detail = fields.pop("detail", None)
    return FlowLive.objects.create(event=number, detail=detail, **flow_columns(**fields))


_SUMS = ("bytes_sent", "bytes_received", "packets_sent", "packets_received", "flows", "score")


def some_traffic(
    dimension: str = "total",
    key: str = "",
    *,
    bucket: datetime = NOON,
    interface: Interface | None = None,
    resolution: str = "10s",
    **sums: int,
) -> None:
    """Store a row of a roll-up."""
    place = (bucket, (interface or an_interface()).pk, dimension, key)
    much_traffic([(*place, sums)], resolution)


def much_traffic(rows: list[tuple[Any, ...]], resolution: str = "10s") -> None:
    """Store (bucket, interface id, dimension, key, sums by name) rows of a roll-up at once."""
    names = ("bucket", "interface_id", "dimension", "key", *_SUMS, "alerts")
    backend(connection).ensure(connection, TRAFFIC[resolution], [row[0] for row in rows])
    values = [(*row[:4], *(row[4].get(name, 0) for name in (*_SUMS, "alerts"))) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO traffic_{resolution} ({', '.join(names)})"
            f" VALUES ({', '.join(['%s'] * len(names))})",
            values,
        )
