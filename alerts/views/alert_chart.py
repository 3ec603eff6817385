"""How many alerts engaged, over time and by severity, as JSON for a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from alerts.chosen import AlertFilter
from alerts.models import Alert
from alerts.severity import Severity
from monitoring.history.addresses import parse_place
from monitoring.history.window import Window
from monitoring.views.shell import Looking, page

#: Points of the chart at most: bars need room.
_BARS = 60


@page("alerts.view_alert")
def alert_chart(request: HttpRequest) -> HttpResponse:
    """Return the alerts that engaged in each part of the chosen time; ``host`` narrows."""
    looking = Looking.of(request)
    asked = request.GET
    wanted = AlertFilter(
        check=asked.get("check", "")[:100].replace("\0", ""),
        family=asked.get("family", ""),
        severity=asked.get("severity", ""),
        host=_host(asked.get("host", "")),
        search=asked.get("search", "")[:200].replace("\0", ""),
        interfaces=looking.interface_ids,
    )
    window = looking.window
    step = window.step * -(-len(window.moments) // _BARS)
    return JsonResponse(_series(window, step, _counts(wanted, window, step)))


def _host(text: str) -> str:
    """Return the address or network; "" for what is none."""
    try:
        return str(parse_place(text))
    except ValueError:
        return ""


def _counts(wanted: AlertFilter, window: Window, step: int) -> Sequence[tuple[Any, str, int]]:
    """Return (start of a part, severity, alerts)."""
    chosen = wanted.narrow(Alert.objects.all()).order_by()
    chosen = chosen.filter(engaged_at__gte=window.since, engaged_at__lt=window.until)
    sql, values = chosen.values("engaged_at", "severity").query.sql_with_params()
    grouped = f"SELECT {_PART}, severity, count(*) FROM ({sql}) AS c GROUP BY 1, 2"  # noqa: S608 (ours)
    with connection.cursor() as cursor:
        cursor.execute(grouped, [step, *values])
        return list(cursor.fetchall())


_PART = (
    "extract(epoch FROM date_bin(make_interval(secs => %s), engaged_at, 'epoch'::timestamptz))"
    "::bigint"
)


def _series(window: Window, step: int, counts: Sequence[tuple[Any, str, int]]) -> dict[str, Any]:
    first = int(window.since.timestamp()) // step * step
    moments = list(range(first, int(window.until.timestamp()) + 1, step))
    place = {moment: index for index, moment in enumerate(moments)}
    lines = {str(one): [0] * len(moments) for one in Severity if one.rank}
    for moment, severity, number in counts:
        if (index := place.get(int(moment))) is not None and severity in lines:
            lines[severity][index] = number
    shown = [{"name": name, "values": values} for name, values in lines.items() if any(values)]
    return {"seconds": step, "times": [moment * 1000 for moment in moments], "lines": shown}
