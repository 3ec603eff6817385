"""What an exclusion would have hidden of the last days' alerts, and what to exclude of an alert.

Criteria are put to the flows that alerts keep as samples, by the same expressions that hide
findings as they come. A criterion on what alerts do not keep counts as not fulfilled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final

import polars as pl

from alerts.models import Alert
from capture_agent.schema import pack
from checks.exclusions import Criteria, roles, text_roles
from checks.frames import FRAMES
from checks.language.columns import event_time

LOOK_BACK: Final = timedelta(days=7)
#: The newest alerts are looked at, no more than so many.
MOST: Final = 20_000
_EXAMPLES: Final = 10


@dataclass(frozen=True)
class Preview:
    """Of ``looked_at`` alerts since ``since``, which would have been hidden."""

    since: datetime
    looked_at: int
    hidden: int
    #: Hidden ones by check, most first.
    by_check: list[tuple[str, int]]
    examples: list[Alert]

    @property
    def share(self) -> float:
        """The hidden part in per cent."""
        return 100 * self.hidden / self.looked_at if self.looked_at else 0.0


@dataclass(frozen=True)
class Proposal:
    """An exclusion that an alert suggests, from the narrowest to the widest."""

    name: str
    title: str
    criteria: Criteria
    preview: Preview
    #: Whether the alert itself would have been hidden: not where it is about more.
    hides_it: bool

    @property
    def query(self) -> dict[str, Any]:
        """The criteria as fields of a form."""
        return {name: value for name, value in asdict(self.criteria).items() if value is not None}


def preview(criteria: Criteria, now: datetime) -> Preview:
    """Return what the criteria would have hidden."""
    return next(_previews([criteria], now))


def proposals(alert: Alert, now: datetime) -> list[Proposal]:
    """Return the exclusions that the alert suggests, with what each would have hidden."""
    offered = list(_offers(alert))
    previews = _previews([criteria for _, _, criteria in offered], now)
    own = {alert.frame: _table(alert.frame, [alert])} if alert.frame in FRAMES else {}
    return [
        Proposal(*offer, shown, bool(_hidden(offer[2], own)))
        for offer, shown in zip(offered, previews, strict=True)
    ]


def _offers(alert: Alert) -> Iterator[tuple[str, str, Criteria]]:
    """Yield (name, title, criteria)."""
    key, flow = alert.check_key, alert.flows[0] if alert.flows else {}
    if alert.frame not in FRAMES:
        return
    if alert.frame == "flow" or "client" in text_roles(alert.frame):
        yield from _of_pair(alert)
    elif host := alert.client or alert.server:
        yield "host", f"this check for {host}", Criteria(check_key=key, host=host)
    elif "name" in FRAMES[alert.frame]:
        yield "name", f"this check for {_name(alert)}", _of_name(alert)
    if name := flow.get("server_name"):
        yield "domain", f"this check for {name}", Criteria(check_key=key, domain=name)
    if application := flow.get("application"):
        title = f"this check for {application}"
        yield "application", title, Criteria(check_key=key, application=application)
    if alert.interface is not None:
        title = f"this check on {alert.interface.name}"
        yield "interface", title, Criteria(check_key=key, interface_id=alert.interface.pk)


def _name(alert: Alert) -> str:
    """Return what the row of an alert without addresses is called."""
    return alert.entity.removesuffix(f"@{alert.vlan}")


def _of_name(alert: Alert) -> Criteria:
    quoted = _name(alert).replace("'", "''")
    return Criteria(check_key=alert.check_key, condition=f"name = '{quoted}'", frame=alert.frame)


def _of_pair(alert: Alert) -> Iterator[tuple[str, str, Criteria]]:
    key, client, server = alert.check_key, alert.client, alert.server
    if client and server:
        both = Criteria(check_key=key, client=client, server=server)
        yield "pair", f"this check from {client} to {server}", both
    if client:
        yield "client", f"this check for client {client}", Criteria(check_key=key, client=client)
    if server and alert.server_port:
        to = Criteria(check_key=key, server=server, port=alert.server_port)
        yield "service", f"this check for {server} port {alert.server_port}", to
    elif server:
        yield "server", f"this check for server {server}", Criteria(check_key=key, server=server)


def _previews(all_criteria: Iterable[Criteria], now: datetime) -> Iterator[Preview]:
    """Yield a preview for each; the alerts are read once."""
    wanted, since = list(all_criteria), now - LOOK_BACK
    alerts = Alert.objects.filter(last_seen__gte=since).order_by("-id")
    keys = {criteria.check_key for criteria in wanted}
    if None not in keys:
        alerts = alerts.filter(check_key__in=keys)
    found = list(alerts[:MOST])
    tables = {frame: _table(frame, rows) for frame, rows in _by_frame(found).items()}
    for criteria in wanted:
        about = [alert for alert in found if criteria.speaks_of(alert.check_key)]
        hidden = _hidden(criteria, tables)
        yield _preview(since, about, [alert for alert in about if alert.pk in hidden])


def _preview(since: datetime, about: list[Alert], hidden: list[Alert]) -> Preview:
    counts: dict[str, int] = {}
    for alert in hidden:
        counts[alert.check_key] = counts.get(alert.check_key, 0) + 1
    by_check = sorted(counts.items(), key=lambda each: -each[1])
    return Preview(since, len(about), len(hidden), by_check, hidden[:_EXAMPLES])


def _by_frame(alerts: Iterable[Alert]) -> dict[str, list[Alert]]:
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        found.setdefault(alert.frame, []).append(alert)
    return {frame: rows for frame, rows in found.items() if frame in FRAMES}


def _hidden(criteria: Criteria, tables: Mapping[str, pl.DataFrame]) -> set[int]:
    """Return the alerts all of whose samples the criteria name."""
    hidden: set[int] = set()
    for frame, table in tables.items():
        expression = criteria.expression(frame)
        if expression is not None:
            fits = table.group_by("alert").agg(expression.all().alias("fits")).filter("fits")
            hidden.update(fits["alert"].to_list())
    return hidden


def _table(frame: str, alerts: Iterable[Alert]) -> pl.DataFrame:
    """Return a row for each sample of each alert, null where alerts keep nothing."""
    schema = pl.Schema([("alert", pl.Int64), *FRAMES[frame].items()])
    rows = [row for alert in alerts for row in _rows(frame, alert)]
    known = [{name: value for name, value in row.items() if name in schema} for row in rows]
    names = {name: [row.get(name) for row in known] for name in schema}
    return pl.DataFrame(names, schema=schema, strict=False)


def _rows(frame: str, alert: Alert) -> Iterator[dict[str, Any]]:
    fixed = {"alert": alert.pk, "interface_id": alert.interface_id, "vlan": alert.vlan}
    time = {event_time(frame) or "": alert.last_seen}
    own = {"client": alert.client, "server": alert.server, "server_port": alert.server_port}
    if "name" in FRAMES[frame]:
        own["name"] = _name(alert)
    samples = alert.flows if frame == "flow" and alert.flows else [own]
    for sample in samples:
        said = {name: value for name, value in sample.items() if not name.endswith("_seen")}
        yield {**said, **fixed, **time, **_addresses(frame, sample)}


def _addresses(frame: str, sample: Mapping[str, Any]) -> dict[str, Any]:
    """Return the addresses as the frame has them; what is no flow has one host."""
    host = sample.get("client") or sample.get("server")
    if "address" in text_roles(frame):
        return {"address": host}
    halves: dict[str, Any] = {}
    for role in roles(frame):
        text = sample.get(role) if role in ("client", "server") else host
        if text:
            packed = pack(ip_address(text))
            halves |= dict(zip((f"{role}_high", f"{role}_low"), packed, strict=True))
    return halves
