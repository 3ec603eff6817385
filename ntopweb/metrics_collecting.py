"""All metrics at a moment, from the database and Redis, where several processes leave them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Min, QuerySet, Sum
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from alerts.live import counting
from alerts.models import Alert, AlertEvent, Finding, State
from alerts.models.event import CHANGES
from checks.lua.models import Run, Script
from checks.models import CheckCost
from monitoring.models import Agent, Batch, Interface
from ntopweb import metrics_families as all_of
from ntopweb.metrics_ledger import COLUMNS, ledger_sums
from recipients.models import Delivery, Endpoint

_RECORDS: Final = ("received", "parsed", "refused")
_DROPS: Final = ("kernel_drops", "spool_drops", "rejected_batches", "flow_table_evictions")
#: Queues of Celery; each is a list of that name in Redis.
_QUEUES: Final = ("celery", "scripts", "deliveries")
#: Seconds for which the count of deliveries is good.
_COUNTED: Final = 60


class Everything(Collector):
    """Collects the metrics anew whenever it is asked."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Yield each family with its values."""
        now, began = self._now(), time.perf_counter()
        for part in (_ingest, _agents, _queues, _celery, _checks, _scripts, _told, _live):
            yield from part(now)
        yield all_of.SCRAPE.of([((), time.perf_counter() - began)])


def _ingest(now: datetime) -> Iterator[Metric]:
    sums = ledger_sums(now)
    for place, name in enumerate(COLUMNS):
        values = ((key, numbers[place]) for key, numbers in sums.places.items())
        yield all_of.INGEST[name].of(values)
    yield all_of.REFUSED.of(((reason,), number) for reason, number in sums.reasons.items())


def _agents(now: datetime) -> Iterator[Metric]:
    agents = list(Agent.objects.only("name", "counters", "last_seen_at"))
    counters = [((agent.name,), agent.counters) for agent in agents]
    yield all_of.RECORDS.of(_counted(counters, _RECORDS))
    yield all_of.DROPPED.of(_counted(counters, _DROPS))
    places = Interface.objects.values_list("agent__name", "name", "counters")
    yield all_of.INTERFACE.of(_counted([(row[:2], row[2]) for row in places], _DROPS))
    seen = [one for one in agents if one.last_seen_at]
    yield all_of.SEEN.of(((a.name,), a.last_seen_at.timestamp()) for a in seen if a.last_seen_at)


def _counted(
    rows: Iterable[tuple[tuple[str, ...], Any]], names: Iterable[str]
) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield those counters that an agent gave, by their labels and name."""
    wanted = tuple(names)
    for labels, counters in rows:
        for name in wanted:
            if isinstance(number := counters.get(name), int | float):
                yield (*labels, name), float(number)


def _queues(now: datetime) -> Iterator[Metric]:
    outbox = AlertEvent.objects.filter(dispatched_at__isnull=True, kind__in=list(CHANGES))
    waiting: dict[str, tuple[QuerySet[Any], str]] = {
        "batches": (Batch.objects.filter(state="new"), "line__received_at"),
        "findings": (Finding.objects.filter(status="new"), "created_at"),
        "events": (outbox, "at"),
        "deliveries": (Delivery.objects.filter(state="waiting"), "created_at"),
    }
    found = {
        name: rows.aggregate(count=Count("pk"), oldest=Min(column))
        for name, (rows, column) in waiting.items()
    }
    entries = [((name,), float(one["count"])) for name, one in found.items()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM traffic_part")
        entries.append((("traffic_parts",), float(cursor.fetchone()[0])))
    yield all_of.ENTRIES.of(entries)
    yield all_of.AGE.of(((name,), _age(one["oldest"], now)) for name, one in found.items())


def _age(oldest: datetime | None, now: datetime) -> float:
    return max((now - oldest).total_seconds(), 0.0) if oldest else 0.0


def _celery(now: datetime) -> Iterator[Metric]:
    with redis.from_url(settings.REDIS_URL, socket_timeout=1) as server:
        yield all_of.TASKS.of(((name,), float(server.llen(name))) for name in _QUEUES)


def _checks(now: datetime) -> Iterator[Metric]:
    costs = list(CheckCost.objects.all())
    per_row = (((one.check_key, one.frame), one.microseconds / 1e6) for one in costs)
    yield all_of.CHECK_COST.of(per_row)
    yield all_of.CHECK_SHARE.of(((one.check_key, one.frame), one.share) for one in costs)


def _scripts(now: datetime) -> Iterator[Metric]:
    runs = Run.objects.filter(minute__gte=now - timedelta(hours=1)).order_by()
    columns = {
        "cpu_seconds_per_hour": Sum("seconds"),
        "rows_per_hour": Sum("rows"),
        "hits_per_hour": Sum("hits"),
        "errors_per_hour": Sum("errors"),
    }
    found = runs.values("script__name").annotate(**columns)
    rows: list[dict[str, Any]] = [dict(row) for row in found]
    for name in columns:
        yield all_of.LUA[name].of(((row["script__name"],), float(row[name])) for row in rows)
    scripts = Script.objects.values_list("name", "quarantined_at")
    yield all_of.LUA["quarantined"].of(((name,), float(at is not None)) for name, at in scripts)


def _told(now: datetime) -> Iterator[Metric]:
    yield all_of.DELIVERIES.of(cache.get_or_set("metrics-deliveries", _deliveries, _COUNTED) or [])
    endpoints = Endpoint.objects.values_list("name", "is_enabled")
    yield all_of.ENDPOINT.of(((name,), float(is_on)) for name, is_on in endpoints)
    engaged = Alert.objects.filter(state=State.ENGAGED).order_by()
    severities = engaged.values_list("severity").annotate(Count("id"))
    yield all_of.ALERTS.of(((severity,), float(number)) for severity, number in severities)


def _deliveries() -> list[tuple[tuple[str, str], float]]:
    rows = Delivery.objects.order_by().values_list("endpoint_name", "state").annotate(Count("id"))
    return [((name, state), float(number)) for name, state, number in rows]


def _live(now: datetime) -> Iterator[Metric]:
    yield all_of.CLIENTS.of([((), float(counting.clients(now.timestamp())))])
    yield all_of.WS_DROPPED.of(((why,), float(n)) for why, n in counting.dropped().items())
