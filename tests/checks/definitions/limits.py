"""For every check, values at its limit and just over it, gathered from the tables of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from checks.definitions.flow import ndpi_risks
from tests.checks.builders import a_flow, a_host
from tests.checks.definitions import test_derived, test_flow, test_host, test_interface

#: What a check of scripts and of programs looks at: that something was said.
_SAID = (
    "custom_lua_script",
    "custom_host_lua_script",
    "external_host_script",
    "external_alert_check",
)
#: nDPI's flag of traffic in one direction: nobody answered besides.
_ONE_DIRECTION = 46


class Limit(NamedTuple):
    """A check's parameters, a row at which it is silent, and one at which it fires."""

    key: str
    parameters: dict[str, Any]
    below: dict[str, Any]
    above: dict[str, Any]


def limits(client: str, server: str) -> Iterator[Limit]:
    """Yield the limits of all checks, between these two addresses."""
    yield from _of_flows(client, server)
    yield from _of_hosts(client)
    yield from _of_interfaces()
    for key, parameters, below, above in test_derived.CASES:
        columns = test_derived._columns(key)
        who = {n: client for n in ("address", "client", "name") if n in columns}
        yield Limit(key, parameters, who | below, who | above)
    for key in _SAID:
        said = {"name": client}
        yield Limit(key, {}, {**said, "message": ""}, {**said, "message": "odd"})


def _of_flows(client: str, server: str) -> Iterator[Limit]:
    for key, parameters, below, above in test_flow.CASES:
        yield Limit(
            key, parameters, a_flow(client, server, **below), a_flow(client, server, **above)
        )
    for check in ndpi_risks.CHECKS:
        silent = {"packets_to_client": 0} if check.bit == _ONE_DIRECTION else {}
        others = (1 << 64) - 1 ^ 1 << check.bit
        rows = (a_flow(client, server, risk=risk, **silent) for risk in (others, 1 << check.bit))
        yield Limit(check.key, {}, *rows)


def _of_hosts(host: str) -> Iterator[Limit]:
    for key, *columns, limit in test_host.FLOODS:
        for column in columns:
            rows = (a_host(host, **{column: limit + more}) for more in (0, 1))
            yield Limit(key, {}, *rows)
    for key, below, above in test_host.OTHERS:
        yield Limit(key, {}, a_host(host, **below), a_host(host, **above))
    ranges = {"ranges": ["10.0.0.0/24", "2001:db8::/64"]}
    outside = "10.0.1.0" if "." in host else "2001:db8:0:1::"
    yield Limit("ip_outside_dhcp_range", ranges, a_host(host), a_host(outside))


def _of_interfaces() -> Iterator[Limit]:
    drops = ({**test_interface.ETH0, "received": 949 + n, "dropped": 51 - n} for n in (1, 0))
    yield Limit("too_many_drops", {}, *drops)
    status = test_interface.STATUS
    quiet, gone = status | test_interface.QUIET, status | test_interface.GONE
    yield Limit("no_if_activity", {}, status, quiet)
    yield Limit("no_probe_or_exporter_activity", {}, quiet, gone)
