import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from threading import Event
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import connection

from alerts import worker
from alerts.lifecycle import LIMIT, LIMIT_OF_BACKLOG
from alerts.models import Alert, AlertEvent, CountedFlow, Finding
from tests.alerts.builders import a_flow, a_host, said

pytestmark = pytest.mark.django_db(transaction=True)


def url():
    """Return the address of the tests' database, for another process."""
    own = connection.settings_dict
    host, password = (quote(str(own[name]), safe="") for name in ("HOST", "PASSWORD"))
    port = f":{own['PORT']}" if own["PORT"] else ""
    return f"postgres://{own['USER']}:{password}@{host}{port}/{own['NAME']}"


def start():
    environment = {
        **os.environ,
        "DATABASE_URL": url(),
        "DJANGO_SETTINGS_MODULE": "ntopweb.settings",
    }
    return subprocess.Popen([sys.executable, "-m", "django", "lifecycle"], env=environment)


@contextmanager
def running(count=1):
    processes = [start() for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def until(condition, seconds=30):
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def is_worked_off():
    return not Finding.objects.exists()


def test_the_command_makes_alerts_gives_a_sign_of_life_and_ends_when_asked(interface, put):
    cache.delete("heartbeat:lifecycle")
    with running() as (process,):
        put("flow", [a_flow(interface_id=interface.pk)], [said(0)])
        until(lambda: Alert.objects.exists())
        until(lambda: cache.get("heartbeat:lifecycle"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def flood(put, interface, batches, flows_each):
    """Queue flows of three events each, over 40 identities and both address families."""
    number = 0
    for _ in range(batches):
        ids = range(number, number + flows_each)
        number += flows_each
        for event in ("detected", "update", "end"):
            rows = [
                a_flow(
                    f"2001:db8::{n % 40:x}" if n % 2 else f"10.0.0.{n % 40}",
                    flow_id=n + 1,
                    event=event,
                    interface_id=interface.pk,
                )
                for n in ids
            ]
            put(
                "flow",
                rows,
                [said(n, identity=str(row["flow_id"] % 40)) for n, row in enumerate(rows)],
            )
            yield
    return


def assert_all_there_once(flows):
    """Every identity is one alert, with as many flows as there were."""
    counts = dict(Alert.objects.filter(family="flow").values_list("identity", "count"))
    expected = {}
    for flow_id in range(1, flows + 1):
        expected[str(flow_id % 40)] = expected.get(str(flow_id % 40), 0) + 1
    assert counts == expected
    assert Alert.objects.filter(family="flow").count() == 40
    assert AlertEvent.objects.filter(kind="engaged", alert__family="flow").count() == 40
    assert CountedFlow.objects.count() == flows


def test_workers_killed_at_any_moment_lose_and_double_nothing(interface, put):
    chance = random.Random(7)
    with running(2) as processes:
        for step, _ in enumerate(flood(put, interface, batches=8, flows_each=500)):
            if step % 4 == 3:
                victim = chance.randrange(2)
                processes[victim].kill()
                processes[victim].wait()
                processes[victim] = start()
        until(is_worked_off, 60)
    assert_all_there_once(4000)


def test_a_worker_survives_the_loss_of_its_database_connections(interface, put):
    with running():
        for step, _ in enumerate(flood(put, interface, batches=4, flows_each=500)):
            if step % 2:
                terminate_others()
        until(is_worked_off, 60)
        terminate_others()
        put("host", [a_host(interface_id=interface.pk)], [said(0, "syn_flood", victim="")])
        until(lambda: Alert.objects.filter(family="host").exists())
    assert_all_there_once(2000)


def terminate_others():
    """Do to the worker what a restart of PostgreSQL does."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND pid != pg_backend_pid()"""
        )


def test_a_long_queue_is_alerted(interface, put, monkeypatch):
    put("flow", [a_flow(interface_id=interface.pk)], [])
    one = worker.Worker(Event())
    with monkeypatch.context() as patch:
        patch.setattr(worker, "BACKLOG_SECONDS", -1.0)
        one._look()
    while one.step(time.monotonic()):
        pass
    alert = Alert.objects.get(check_key="lifecycle_backlog")
    assert alert.values["findings"] == 1
    assert alert.message.startswith("1 findings wait")


def test_the_loop_tries_again_when_the_database_is_away(monkeypatch):
    stop, attempts = Event(), []

    class Failing:
        def __init__(self, stop):
            attempts.append(stop)
            if len(attempts) == 3:
                stop.set()

        def run(self):
            raise worker.DatabaseError("gone")

    monkeypatch.setattr(worker, "Worker", Failing)
    monkeypatch.setattr(worker, "BACK_OFF", (0.001, 0.002))
    worker.run(stop)
    assert len(attempts) == 3


def test_rounds_grow_while_findings_queue_and_shrink_once_they_do_not():
    assert worker.next_limit(LIMIT, LIMIT - 1) == LIMIT
    assert worker.next_limit(LIMIT, LIMIT) == 2 * LIMIT
    assert worker.next_limit(LIMIT_OF_BACKLOG, LIMIT_OF_BACKLOG) == LIMIT_OF_BACKLOG
    assert worker.next_limit(LIMIT_OF_BACKLOG, LIMIT) == LIMIT
