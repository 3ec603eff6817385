"""The Celery application; tasks live in each app's thin ``tasks.py``."""

from __future__ import annotations

import logging
import os

from celery import Celery
from celery.signals import heartbeat_sent, setup_logging, worker_ready
from redis import RedisError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntopweb.settings")

app = Celery("ntopweb")
app.set_default()  # in all threads: else a page's thread would send its tasks to a broker of amqp
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.include = ["ntopweb.task_times"]  # connects itself to the tasks' beginnings and ends

logger = logging.getLogger(__name__)


@setup_logging.connect
def keep_logging(**_: object) -> None:
    """Leave the log to Django's settings; being connected keeps Celery from changing it."""


@worker_ready.connect
@heartbeat_sent.connect
def sign_of_life(**_: object) -> None:
    """Say that this worker takes tasks; Celery's own heartbeat calls this every two seconds."""
    from monitoring.heartbeat import beat

    try:
        beat(os.environ.get("NTOPWEB_ROLE", "worker"))
    except RedisError as error:
        logger.warning("no sign of life: %s", error)
