"""``manage.py flows``: flows, active and finished, in the shell."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from monitoring.api.conditions import read_condition
from monitoring.history.addresses import parse_place
from monitoring.history.flows import DEFAULT_ORDERING, ORDERINGS, FlowFilter, flows
from monitoring.history.keyset import Page
from monitoring.history.names import applications_named
from monitoring.history.seen_flow import SeenFlow
from monitoring.models import Interface
from monitoring.printing import ListCommand, Row, moment, named
from monitoring.protocols import l4_number

_STEP = 1000


class Command(ListCommand):
    """Prints flows, the last seen first."""

    help = "Flows, active and finished, of the last 24 hours unless --since says more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the filters."""
        super().add_arguments(parser)
        parser.add_argument("condition", nargs="?", help="as \"application = 'DNS'\"")
        parser.add_argument("--host", help="address or network of either end")
        parser.add_argument("--interface", help="its name")
        parser.add_argument("--application", help="as TLS.Google, TLS or Google")
        parser.add_argument("--l4", help="as TCP, or 6")
        parser.add_argument("--port", type=int)
        parser.add_argument("--state", choices=["active", "ended", "lost"])
        parser.add_argument("--min-score", type=int)
        parser.add_argument("--since", help="last packet at or after, as 2026-11-24T12:00:00Z")
        parser.add_argument("--until", help="last packet at or before")
        orders = [sign + name for name in ORDERINGS for sign in ("", "-")]
        parser.add_argument("--ordering", choices=orders, default=DEFAULT_ORDERING)

    def rows(self, options: dict[str, Any]) -> Iterator[Row]:
        """Return the flows."""
        wanted, now, left, cursor = _filter(options), timezone.now(), options["limit"], ""
        while left:
            page: Page[SeenFlow] = flows(
                wanted, now, ordering=options["ordering"], size=min(left, _STEP), cursor=cursor
            )
            yield from map(_row, page.rows)
            left, cursor = left - len(page.rows), page.next or ""
            if not cursor:
                return


def _filter(options: dict[str, Any]) -> FlowFilter:
    return FlowFilter(
        since=named("since", moment, options["since"]),
        until=named("until", moment, options["until"]),
        interfaces=named("interface", interfaces_named, options["interface"]),
        host=named("host", lambda text: str(parse_place(text)), options["host"]) or "",
        applications=named("application", applications_named, options["application"]),
        l4=named("l4", l4_number, options["l4"]),
        port=options["port"],
        min_score=options["min_score"],
        states=(options["state"],) if options["state"] else (),
        condition=_condition(options["condition"]),
    )


def _condition(text: str | None) -> Any:
    try:
        return None if text is None else read_condition("flow", text)
    except ValueError as error:
        raise ValueError(f"condition: {error}") from error


def interfaces_named(name: str) -> list[int]:
    """Return the ids of the interfaces of that name; raises ValueError when there are none."""
    found = list(Interface.objects.filter(name=name).values_list("pk", flat=True))
    if not found:
        raise ValueError(f"there is no interface {name!r}")
    return found


def _row(flow: SeenFlow) -> Row:
    return {
        "last_seen": flow.last_seen,
        "state": flow.state,
        "client": flow.client,
        "client_port": flow.client_port,
        "server": flow.server,
        "server_port": flow.server_port,
        "l4": flow.l4_name,
        "application": flow.application_name,
        "bytes": flow.bytes_to_server + flow.bytes_to_client,
        "score": flow.score,
        "info": flow.info,
    }
