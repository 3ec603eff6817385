"""``manage.py hosts``: hosts in the shell."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from monitoring.history.addresses import parse_place, within
from monitoring.history.hosts import ORDERINGS, hosts_with_bytes
from monitoring.management.commands.flows import interfaces_named
from monitoring.printing import ListCommand, Row, named


class Command(ListCommand):
    """Prints hosts, the last seen first."""

    help = "Hosts with their traffic."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the filters."""
        super().add_arguments(parser)
        parser.add_argument("--host", help="address or network")
        parser.add_argument("--interface", help="its name")
        parser.add_argument("--local", action="store_true", help="local hosts alone")
        parser.add_argument("--min-score", type=int, default=0)
        orders = [sign + name for name in ORDERINGS for sign in ("", "-")]
        parser.add_argument("--ordering", choices=orders, default="-last_seen")

    def rows(self, options: dict[str, Any]) -> Iterator[Row]:
        """Return the hosts."""
        rows = hosts_with_bytes().filter(score__gte=options["min_score"])
        if interfaces := named("interface", interfaces_named, options["interface"]):
            rows = rows.filter(interface__in=interfaces)
        if options["local"]:
            rows = rows.filter(is_local=True)
        if place := named("host", lambda text: str(parse_place(text)), options["host"]):
            rows = rows.filter(within("address", place))
        ordering = options["ordering"]
        column = ORDERINGS[ordering.removeprefix("-")]
        sign = "-" if ordering.startswith("-") else ""
        for host in rows.order_by(f"{sign}{column}", "id")[: options["limit"]]:
            yield _row(host)


def _row(host: Any) -> Row:
    return {
        "address": host.address,
        "vlan": host.vlan,
        "interface": host.interface.name,
        "name": host.name,
        "local": host.is_local,
        "country": host.country,
        "bytes_sent": host.bytes_sent,
        "bytes_received": host.bytes_received,
        "score": host.score,
        "last_seen": host.last_seen,
    }
