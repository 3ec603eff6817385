"""Deliveries and scripts have workers of their own: what hangs elsewhere delays neither."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ntopweb.celery import app
from ntopweb.schedule import entries
from ntopweb.up import programs
from ntopweb.up.options import Options


def test_up_starts_a_worker_for_each_queue_alone() -> None:
    started = {one.name: one.argv for one in programs.platform(Options(data=Path("/nowhere")))}
    for queue in ("deliveries", "scripts"):
        assert f"--queues={queue}" in started[queue]
    assert not [part for part in started["worker"] if part.startswith("--queues")]
    assert app.conf.task_default_queue == "celery"


def queue_of(task: str) -> str:
    """Return the queue that a task is sent to."""
    route = app.amqp.router.route({}, task, (), {})
    return getattr(route.get("queue"), "name", route.get("queue"))


@pytest.mark.parametrize("task", ["decide", "send", "clean_up"])
def test_who_is_told_goes_to_the_queue_of_deliveries(task: str) -> None:
    assert queue_of(f"recipients.tasks.{task}") == "deliveries"


@pytest.mark.parametrize("task", ["run_flow_scripts", "run_host_scripts"])
def test_scripts_go_to_the_queue_of_scripts(task: str) -> None:
    assert queue_of(f"ntopweb.tasks.{task}") == "scripts"


def test_nothing_else_does() -> None:
    others = {task for _, task, _ in entries()} - set(app.conf.task_routes)
    assert others
    assert {queue_of(task) for task in others} == {"celery"}
    assert queue_of("recipients.tasks.send_report") == "celery"


def test_a_page_sends_its_tasks_to_our_broker_from_any_thread() -> None:
    """A process that serves pages imports no worker, and each request has a thread."""
    script = (
        "import django; django.setup()\n"
        "from threading import Thread\n"
        "from alerts.tasks import make_report\n"
        "from checks.tasks import run_back_test\n"
        "from django.conf import settings\n"
        "said = []\n"
        "look = lambda: said.extend(t.app.conf.broker_url for t in (make_report, run_back_test))\n"
        "one = Thread(target=look); one.start(); one.join()\n"
        "assert said == [settings.CELERY_BROKER_URL] * 2, said\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
