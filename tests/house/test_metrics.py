"""/metrics: what it says is what is stored, and who may read it."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from alerts.live import counting
from checks.lua.models import Run, Script
from checks.models import CheckCost
from monitoring.models import Agent, Interface
from ntopweb import metrics_families, metrics_ledger
from tests.monitoring import builders
from tests.recipients.builders import an_event

pytestmark = pytest.mark.django_db
DOC = Path(__file__).parents[2] / "docs" / "metrics.md"


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.delete_many(["metrics-ledger", "metrics-deliveries"])


def a_token(*groups: str, **fields: Any) -> str:
    return builders.a_token(builders.a_user("prometheus", *groups or ("viewer",)), **fields)


def scrape(token: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return each sample's value by its name and labels, as Prometheus reads them."""
    answer = Client().get("/metrics", headers={"Authorization": f"Token {token}"})
    assert answer.status_code == 200, answer.content
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in families
        for one in family.samples
    }


def value(found: Any, name: str, **labels: str) -> float:
    return float(found[name, tuple(sorted(labels.items()))])


def test_ingest_is_counted_from_the_ledger_and_never_goes_back(monkeypatch: Any) -> None:
    token, now = a_token(), timezone.now()
    interface = builders.an_interface("eth0")
    where = {"agent": "probe", "interface": "eth0", "frame": "flow"}
    reasons = {"last_seen before first_seen": 3, 'odd "reason"\n': 1}
    for days, refused in ((3, reasons), (0, {})):
        builders.a_line(
            interface=interface,
            received_at=now - timedelta(days=days),
            rows=100,
            stored=100 - sum(refused.values()),
            refused=sum(refused.values()),
            refused_by_reason=refused,
            repeated=2,
            milliseconds=500,
            findings=7,
        )
    found = scrape(token)
    assert value(found, "ntopweb_ingest_batches_total", **where) == 2
    assert value(found, "ntopweb_ingest_rows_total", **where) == 200
    assert value(found, "ntopweb_ingest_stored_rows_total", **where) == 196
    assert value(found, "ntopweb_ingest_refused_rows_total", **where) == 4
    assert value(found, "ntopweb_ingest_repeated_batches_total", **where) == 4
    assert value(found, "ntopweb_ingest_seconds_total", **where) == 1
    by = "ntopweb_ingest_refused_by_reason_total"
    assert value(found, by, reason="last_seen before first_seen") == 3
    assert value(found, by, reason='odd "reason"\n') == 1
    # The retention takes a line that is summed already: the counter stays.
    interface_lines = type(builders.a_line(interface=interface, rows=5, received_at=now)).objects
    interface_lines.filter(received_at__lt=now - timedelta(days=1)).delete()
    assert value(scrape(token), "ntopweb_ingest_rows_total", **where) == 205
    assert value(scrape(token), by, reason="last_seen before first_seen") == 3


def test_lines_are_summed_once_as_they_settle() -> None:
    now, interface = timezone.now(), builders.an_interface("eth0")
    builders.a_line(interface=interface, received_at=now, rows=10)
    key = ("probe", "eth0", "flow")
    for minutes in (0, 10, 16, 31, 47, 300):
        later = now + timedelta(minutes=minutes)
        assert metrics_ledger.ledger_sums(later).places[key][1] == 10, minutes


def test_agents_tell_what_they_lost() -> None:
    token = a_token()
    agent = builders.an_agent("probe", counters={"received": 9, "kernel_drops": 2, "secret": 1})
    Interface.objects.create(agent=agent, name="eth1", kind="live", counters={"kernel_drops": 2})
    found = scrape(token)
    assert value(found, "ntopweb_agent_records_total", agent="probe", state="received") == 9
    assert value(found, "ntopweb_agent_dropped_total", agent="probe", kind="kernel_drops") == 2
    labels = {"agent": "probe", "interface": "eth1", "kind": "kernel_drops"}
    assert value(found, "ntopweb_interface_dropped_total", **labels) == 2
    assert "secret" not in str(found)


def test_queues_have_their_length_and_the_age_of_their_oldest() -> None:
    token = a_token()
    for minutes in (1, 5):
        an_event(at=timezone.now() - timedelta(minutes=minutes))
    found = scrape(token)
    assert value(found, "ntopweb_queue_entries", queue="events") == 2
    assert 299 < value(found, "ntopweb_queue_oldest_age_seconds", queue="events") < 330
    assert value(found, "ntopweb_queue_entries", queue="findings") == 0
    assert value(found, "ntopweb_queue_oldest_age_seconds", queue="batches") == 0
    assert value(found, "ntopweb_celery_queue_tasks", queue="deliveries") >= 0
    assert value(found, "ntopweb_alerts_engaged", severity="error") == 2


def test_checks_and_scripts_have_their_cost() -> None:
    token, now = a_token(), timezone.now()
    CheckCost.objects.create(
        check_key="syn_scan", frame="flow", microseconds=0.5, share=0.25, rows=9, measured_at=now
    )
    script = Script.objects.create(name="mine", target="host", state="enabled")
    for hours in (0, 0.5, 2):
        minute = now - timedelta(hours=hours)
        Run.objects.create(script=script, minute=minute, rows=10, seconds=0.2, hits=1, errors=2)
    found = scrape(token)
    check = {"check": "syn_scan", "frame": "flow"}
    assert value(found, "ntopweb_check_cost_seconds_per_row", **check) == pytest.approx(5e-7)
    assert value(found, "ntopweb_check_cost_ratio", **check) == 0.25
    assert value(found, "ntopweb_lua_script_rows_per_hour", script="mine") == 20
    cost = value(found, "ntopweb_lua_script_cpu_seconds_per_hour", script="mine")
    assert cost == pytest.approx(0.4)
    assert value(found, "ntopweb_lua_script_errors_per_hour", script="mine") == 4
    assert value(found, "ntopweb_lua_script_quarantined", script="mine") == 0


def test_websockets_of_processes_that_are_there_are_counted() -> None:
    token, one, two = a_token(), object(), object()
    before = value(scrape(token), "ntopweb_websocket_clients")
    dropped = counting.dropped().get("too_slow", 0)
    counting.opened(one)
    counting.opened(two)
    counting._tell()
    counting._note_drop("too_slow")
    found = scrape(token)
    assert value(found, "ntopweb_websocket_clients") == before + 2
    assert value(found, "ntopweb_websocket_dropped_total", reason="too_slow") == dropped + 1
    assert counting.clients(time.time() + 91) == 0
    counting.closed(one)
    counting.closed(two)
    counting._tell()


def test_a_scrape_is_cheap(django_assert_max_num_queries: Any) -> None:
    token, interface = a_token(), builders.an_interface("eth0")
    now = timezone.now()
    for number in range(300):
        moment = now - timedelta(seconds=7 * number)
        builders.a_line(interface=interface, received_at=moment, sequence=number)
    scrape(token)
    with django_assert_max_num_queries(32):
        began = time.process_time()
        scrape(token)
    assert time.process_time() - began < 0.1


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("", 401),
        ("Token", 401),
        ("Token wrong", 401),
        ("Basic {}", 401),
        ("Token {}", 200),
        ("Bearer {}", 200),
    ],
)
def test_it_takes_a_token(header: str, status: int) -> None:
    how = {"headers": {"Authorization": header.format(a_token())}} if header else {}
    assert Client().get("/metrics", **how).status_code == status  # type: ignore[arg-type]


def test_a_session_or_a_post_does_not_do() -> None:
    client = Client()
    client.force_login(builders.a_user("viewer", "viewer"))
    assert client.get("/metrics").status_code == 401
    assert client.post("/metrics").status_code == 405


def test_who_may_not_see_it_may_not_scrape_it() -> None:
    stranger = builders.a_token(builders.a_user("stranger"))
    answer = Client().get("/metrics", headers={"Authorization": f"Token {stranger}"})
    assert answer.status_code == 403
    limited = a_token(networks=["10.0.0.0/8"])
    answer = Client().get("/metrics", headers={"Authorization": f"Token {limited}"})
    assert (answer.status_code, b"limited" in answer.content) == (403, True)


def test_the_page_of_the_docs_lists_exactly_what_there_is() -> None:
    rows = re.findall(r"^\| `(ntopweb_\w+)` \| (\w+) \| (.*?) \| (.*) \|$", DOC.read_text(), re.M)
    told = {
        name: (kind, tuple(re.findall(r"`(\w+)`", labels)), words)
        for name, kind, labels, words in rows
    }
    there = {one.name: (one.kind, one.labels, one.help) for one in metrics_families.FAMILIES}
    assert told == there


def test_names_follow_the_conventions() -> None:
    for one in metrics_families.FAMILIES:
        assert one.name.endswith("_total") == (one.kind == "counter"), one.name
        assert not re.search(r"milli|micro|_ms|minute", one.name), one.name
        assert one.help.endswith("."), one.name


def test_everything_that_is_declared_is_answered() -> None:
    token = a_token()
    answer = Client().get("/metrics", headers={"Authorization": f"Token {token}"})
    declared = {one.name for one in metrics_families.FAMILIES}
    helped = set(re.findall(r"^# HELP (\w+) ", answer.content.decode(), re.M))
    assert {name for name in helped} == declared
    assert Agent.objects.exists() is False
