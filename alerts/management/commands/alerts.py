"""``manage.py alerts``: alerts in the shell."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from alerts.chosen import ORDERINGS, STATES, AlertFilter
from alerts.models import Alert
from alerts.severity import Severity
from monitoring.history.addresses import parse_place
from monitoring.printing import ListCommand, Row, moment, named


class Command(ListCommand):
    """Prints alerts, the newest first."""

    help = "Alerts, the newest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the filters."""
        super().add_arguments(parser)
        parser.add_argument("--check", help="a check's key, as syn_flood")
        parser.add_argument("--state", choices=list(STATES), help="open: not acknowledged")
        parser.add_argument("--severity", choices=[str(severity) for severity in Severity])
        parser.add_argument("--host", help="address or network of either end")
        parser.add_argument("--since", help="last seen at or after, as 2026-11-24T12:00:00Z")
        parser.add_argument("--until", help="first seen at or before")
        orders = [sign + name for name in ORDERINGS for sign in ("", "-")]
        parser.add_argument("--ordering", choices=orders, default="-id")

    def rows(self, options: dict[str, Any]) -> Iterator[Row]:
        """Return the alerts."""
        asked = {n: options[n] for n in ("check", "state", "severity") if options[n]}
        asked |= {n: named(n, moment, options[n]) for n in ("since", "until") if options[n]}
        if options["host"]:
            asked["host"] = named("host", lambda text: str(parse_place(text)), options["host"])
        ordering = options["ordering"]
        column = ORDERINGS[ordering.removeprefix("-")]
        sign = "-" if ordering.startswith("-") else ""
        rows = AlertFilter(**asked).narrow(Alert.objects.select_related("interface"))
        for alert in rows.order_by(f"{sign}{column}", f"{sign}id")[: options["limit"]]:
            yield _row(alert)


def _row(alert: Alert) -> Row:
    return {
        "id": alert.pk,
        "last_seen": alert.last_seen,
        "severity": alert.severity,
        "score": alert.score,
        "state": alert.state,
        "acknowledged": alert.is_acknowledged,
        "check": alert.check_key,
        "entity": alert.entity,
        "count": alert.count,
        "message": alert.message,
    }
