"""Lists of alerts by family, and how many there were over time."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import Any, Final

from alerts.chosen import with_comments
from alerts.models import Alert
from monitoring.models import Host
from ntopweb.ntopng.alerts.choosing import chosen
from ntopweb.ntopng.asking import Asked, Endpoint, reads
from ntopweb.ntopng.envelope import Answer, Text
from ntopweb.ntopng.families import FAMILIES
from ntopweb.ntopng.maps.alert import Ends, alert_record
from ntopweb.ntopng.paging import Slice
from ntopweb.ntopng.present import listed_of

VIEW: Final = "alerts.view_alert"

#: ntopng's columns to order by, and ours.
_COLUMNS: Final = {
    "tstamp": "first_seen",
    "tstamp_end": "last_seen",
    "score": "score",
    "severity": "score",
    "count": "count",
    "alert_id": "check_key",
    "cli_ip": "client",
    "srv_ip": "server",
    "ip": "client",
}
#: Without a length everything is answered, up to so many.
_MOST: Final = 10_000
#: Intervals of the counts over time.
_SLOTS: Final = 60


def listed(family: str | None, asked: Asked) -> Answer | Text:
    """Return a page of records, or CSV with ``format=txt``."""
    parameters = asked.parameters
    alerts = with_comments(chosen(asked, family, status="historical"))
    column = _COLUMNS.get(parameters.text("sort").removeprefix("column_"), "last_seen")
    sign = "" if parameters.text("order").lower() == "asc" else "-"
    page = list(Slice.of(parameters).of_rows(alerts.order_by(sign + column, f"{sign}id"))[:_MOST])
    if parameters.text("format") == "txt":
        return Text(_csv(page), "text/plain; charset=utf-8")
    total, ends = alerts.count(), ends_of(page)
    records = [alert_record(alert, ends) for alert in page]
    beside = {"recordsTotal": total, "recordsFiltered": total, "draw": parameters.number("draw")}
    return Answer({"records": records, "stats": {"num_records_processed": total}}, beside=beside)


def ends_of(alerts: list[Alert]) -> Ends:
    """Return what is known of the addresses of some alerts."""
    addresses = {side for one in alerts for side in (one.client, one.server) if side}
    rows = Host.objects.filter(address__in=addresses)
    hosts = {(row.interface_id, row.vlan, str(row.address)): row for row in rows}
    return Ends(hosts, listed_of(sorted(addresses)))


_CSV: Final = (
    *("id", "check_key", "family", "entity", "client", "client_port", "server", "server_port"),
    *("vlan", "score", "severity", "state", "count", "first_seen", "last_seen", "message"),
)


def _csv(alerts: list[Alert]) -> str:
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(_CSV)
    lines.writerows([getattr(alert, name) for name in _CSV] for alert in alerts)
    return out.getvalue()


def over_time(family: str | None, asked: Asked) -> dict[str, Any]:
    """Return how many alerts began in each of equal parts of the time, by severity."""
    begin, end = asked.parameters.span(asked.now)
    step = max(int((end - begin).total_seconds()) // _SLOTS, 1)
    slots = int((end - begin).total_seconds()) // step + 1
    lines: dict[str, list[int]] = {}
    starts = chosen(asked, family).filter(first_seen__gte=begin)
    for moment, severity in starts.values_list("first_seen", "severity"):
        line = lines.setdefault(severity, [0] * slots)
        line[int((moment - begin).total_seconds()) // step] += 1
    return {
        "epoch_begin": int(begin.timestamp()),
        "epoch_step": step,
        "series": [{"name": name, "data": line} for name, line in sorted(lines.items())],
    }


def _endpoints() -> dict[str, Endpoint]:
    """Return the list and the counts over time of each family and of all."""
    found = {}
    for path, family in {
        "all": None,
        "am_host": "active_monitoring",
        "snmp/device": "snmp",
        **{name: name for name in FAMILIES if name not in ("active_monitoring", "snmp")},
    }.items():
        found[f"get/{path}/alert/list"] = reads(partial(listed, family), VIEW)
        found[f"get/{path}/alert/ts"] = reads(partial(over_time, family), VIEW)
    return found


ENDPOINTS: Final[dict[str, Endpoint]] = _endpoints()
