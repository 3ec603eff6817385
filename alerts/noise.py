"""How noisy each check is here, and which exclusions would help most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from alerts.evidence import title_of
from alerts.models import Alert
from checks.exclusions import Criteria

#: A pair is suggested when it makes so large a part of a check's alerts, and no fewer than LEAST.
MOST_OF: Final = 0.5
LEAST: Final = 5


@dataclass(frozen=True)
class Noise:
    """A check's alerts in a span of time; ``excluded`` are its findings that exclusions hid."""

    check: str
    fired: int
    findings: int
    acknowledged: int
    false_alarms: int
    excluded: int
    #: Seconds from engaged to acknowledged, the median; None where nobody acknowledged any.
    median_to_acknowledge: float | None

    @property
    def title(self) -> str:
        """The check's title."""
        return title_of(self.check)

    @property
    def false_share(self) -> float:
        """False alarms in per cent of all."""
        return 100 * self.false_alarms / self.fired if self.fired else 0.0


@dataclass(frozen=True)
class Suggestion:
    """A pair that makes most of a check's alerts."""

    check: str
    client: str | None
    server: str | None
    alerts: int
    of: int
    #: One of its alerts, to exclude from.
    alert: int

    @property
    def title(self) -> str:
        """The check's title."""
        return title_of(self.check)

    @property
    def share(self) -> float:
        """Its part in per cent."""
        return 100 * self.alerts / self.of

    @property
    def criteria(self) -> Criteria:
        """What to exclude."""
        return Criteria(check_key=self.check, client=self.client, server=self.server)


def report(span: timedelta, now: datetime) -> list[Noise]:
    """Return the checks that fired or were excluded in the span, the noisiest first."""
    return report_of(Alert.objects.filter(engaged_at__gte=now - span), now - span)


def report_of(alerts: QuerySet[Alert], since: datetime | None = None) -> list[Noise]:
    """Return the checks of these alerts, and those excluded ``since``, the noisiest first."""
    chosen, values = alerts.order_by().values("id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_REPORT.format(chosen=chosen), [*values, since])
        return [Noise(*row) for row in cursor.fetchall()]


_REPORT: Final = """
    WITH fired AS (
        SELECT "check" AS key, count(*) AS fired, sum(count)::bigint AS findings,
            count(acknowledged_at) AS acknowledged, count(f.alert_id) AS false_alarms,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY
                extract(epoch FROM acknowledged_at - engaged_at))::float8 AS median
        FROM alerts_alert a LEFT JOIN alerts_falsealarm f ON f.alert_id = a.id
        WHERE a.id IN ({chosen}) GROUP BY 1),
    excluded AS (
        SELECT check_key AS key, sum(hits)::bigint AS hits FROM checks_excludedcount
        WHERE hour >= coalesce(date_trunc('hour', %s::timestamptz, 'UTC'), '-infinity') GROUP BY 1)
    SELECT coalesce(fired.key, excluded.key), coalesce(fired, 0), coalesce(findings, 0),
        coalesce(acknowledged, 0), coalesce(false_alarms, 0), coalesce(hits, 0), median
    FROM fired FULL JOIN excluded ON fired.key = excluded.key
    ORDER BY 2 DESC, 6 DESC, 1"""


def suggestions(span: timedelta, now: datetime) -> list[Suggestion]:
    """Return the pairs that make most of a check's alerts, the noisiest first."""
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, [now - span, LEAST, MOST_OF])
        return [Suggestion(*row) for row in cursor.fetchall()]


_PAIRS: Final = """
    WITH pairs AS (
        SELECT "check" AS key, host(client) AS client, host(server) AS server,
            count(*) AS alerts, max(id) AS alert,
            sum(count(*)) OVER (PARTITION BY "check") AS total
        FROM alerts_alert WHERE engaged_at >= %s GROUP BY 1, 2, 3)
    SELECT key, client, server, alerts, total::bigint, alert FROM pairs
    WHERE alerts >= %s AND alerts >= total * %s AND (client IS NOT NULL OR server IS NOT NULL)
    ORDER BY alerts DESC, key"""


def totals(rows: Iterable[Noise]) -> dict[str, Any]:
    """Return the sums over all checks."""
    names = ("fired", "acknowledged", "false_alarms", "excluded")
    listed = list(rows)
    return {name: sum(getattr(row, name) for row in listed) for name in names}
