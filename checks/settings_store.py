"""The settings as a runner, kept per process and made anew within seconds of a change."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator

from django.db import connection
from django.utils import timezone

from checks.models import CheckSetting, sync_settings
from checks.quarantine import quarantine
from checks.registry import discover
from checks.runner import Active, Runner

logger = logging.getLogger(__name__)

#: How often a process looks for changes, in seconds; well below the five that an operator waits.
LOOK_EVERY = 2.0


class Store:
    """A runner, and the version of the settings that it was made from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runner: Runner | None = None
        self._version = ""
        self._looked_at = float("-inf")

    def load(self, now: float) -> Runner:
        """Return the runner of the present settings; ``now`` is a monotonic clock's seconds."""
        with self._lock:
            if self._runner is None or now - self._looked_at >= LOOK_EVERY:
                version = read_version()
                if self._runner is None or version != self._version:
                    self._runner, self._version = build_runner(), version
                self._looked_at = now
            return self._runner

    def forget(self) -> None:
        """Look again at the next load."""
        with self._lock:
            self._looked_at = float("-inf")


_STORE = Store()


def load_runner() -> Runner:
    """Return the runner of the present settings, at most two seconds old."""
    return _STORE.load(time.monotonic())


def forget_runner() -> None:
    """Make the next :func:`load_runner` of this process look for changes."""
    _STORE.forget()


def read_version() -> str:
    """Return what changes whenever a row of the settings does, however it was changed."""
    table = connection.ops.quote_name(CheckSetting._meta.db_table)
    query = f"SELECT md5(string_agg(s::text, '' ORDER BY id)) FROM {table} s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query)
        return str(cursor.fetchone()[0])


def build_runner() -> Runner:
    """Return a runner of the enabled checks; rows that are missing are made first."""
    settings = list(CheckSetting.objects.all())
    if set(discover()) - {setting.key for setting in settings}:
        sync_settings()
        settings = list(CheckSetting.objects.all())
    return Runner(_active(settings))


def _active(settings: Iterable[CheckSetting]) -> Iterator[Active]:
    """Yield what runs; a check whose stored parameters it refuses is quarantined instead."""
    for setting in settings:
        if not setting.is_running or setting.kind is None:
            continue
        try:
            yield Active(setting.build(), setting.id, setting.effective_score)
        except ValueError as error:
            logger.exception("check %s refuses its stored parameters", setting.key)
            quarantine([(setting.key, str(error))], timezone.now())
