"""How many alerts engaged, over time and by severity, as JSON for a chart."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from alerts.chosen import AlertFilter
from alerts.models import Alert
from alerts.over_time import engaged_over_time
from monitoring.history.addresses import parse_place
from monitoring.views.shell import Looking, page


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
    found = engaged_over_time(wanted.narrow(Alert.objects.all()), looking.window)
    shown = [{"name": name, "values": values} for name, values in found.lines.items()]
    times = [start * 1000 for start in found.starts]
    return JsonResponse({"seconds": found.seconds, "times": times, "lines": shown})


def _host(text: str) -> str:
    """Return the address or network; "" for what is none."""
    try:
        return str(parse_place(text))
    except ValueError:
        return ""
