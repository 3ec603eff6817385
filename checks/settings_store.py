"""The settings as a runner, kept per process and made anew within seconds of a change."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from django.db import connection
from django.utils import timezone

from checks import names
from checks.exclusions import Exclusion as InForce
from checks.exclusions import Exclusions
from checks.live import LiveRunner
from checks.models import (
    CheckSetting,
    Exclusion,
    Mode,
    Override,
    ThresholdRule,
    Trial,
    UserRule,
    sync_settings,
)
from checks.overrides import Given, variants
from checks.quarantine import quarantine
from checks.registry import discover
from checks.runner import Active, Runner

logger = logging.getLogger(__name__)

#: How often a process looks for changes, in seconds; well below the five that an operator waits.
LOOK_EVERY = 2.0
#: Whatever a runner is made from.
_MODELS: Final = (CheckSetting, Override, UserRule, ThresholdRule, Trial, Exclusion)


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
    """Return what changes whenever a row of the settings does, however it was changed.

    It changes, too, when an exclusion expires.
    """
    with connection.cursor() as cursor:
        cursor.execute(_version_query())
        return str(cursor.fetchone()[0])


def _version_query() -> str:
    quote = connection.ops.quote_name
    tables = [quote(model._meta.db_table) for model in _MODELS]
    each = [f"(SELECT string_agg(s::text, '' ORDER BY id) FROM {table} s)" for table in tables]  # noqa: S608
    expired = f"(SELECT count(*)::text FROM {tables[-1]} WHERE expires_at <= now())"  # noqa: S608
    return f"SELECT md5(concat_ws('|', {', '.join([*each, expired])}))"


class Snapshot(NamedTuple):
    """All that a runner is made from, of one moment."""

    settings: list[CheckSetting]
    overrides: list[Override]
    rules: list[UserRule]
    thresholds: list[ThresholdRule]
    trials: list[Trial]
    exclusions: list[Exclusion]


def read_snapshot() -> Snapshot:
    """Return the settings; rows that are missing are made first."""
    settings = list(CheckSetting.objects.all())
    if set(discover()) - {setting.key for setting in settings}:
        sync_settings()
        settings = list(CheckSetting.objects.all())
    others = (model.objects.order_by("pk") for model in _MODELS[1:])
    return Snapshot(settings, *map(list, others))  # type: ignore[arg-type]


def build_runner() -> Runner:
    """Return a runner of what is enabled and of what is in shadow, with the exclusions in force."""
    snapshot, now = read_snapshot(), timezone.now()
    active = [
        *_of_settings(snapshot, now),
        *_of_rules(snapshot.rules, now),
        *_of_thresholds(snapshot.thresholds, now),
        *_of_trials(snapshot, now),
    ]
    names.remember(entry.check for entry in active)
    return LiveRunner(active, in_force(snapshot.exclusions, now))


def in_force(exclusions: Iterable[Exclusion], now: datetime) -> Exclusions:
    """Return the exclusions that hold now."""
    return Exclusions(InForce(row.pk, row.criteria()) for row in exclusions if row.is_in_force(now))


def _of_settings(snapshot: Snapshot, now: datetime) -> Iterator[Active]:
    """Yield the checks that run; one whose stored parameters it refuses is quarantined instead."""
    by_key: dict[str, list[Override]] = {}
    for override in snapshot.overrides:
        if override.quarantined_at is None:
            by_key.setdefault(override.check_key, []).append(override)
    for setting in snapshot.settings:
        if setting.kind is None or setting.quarantined_at is not None:
            continue
        yield from active_of(setting, by_key.get(setting.key, []), now)


def active_of(
    setting: CheckSetting, overrides: Iterable[Override], now: datetime
) -> Iterator[Active]:
    """Yield the check of a setting with its variants; none where nothing of it is enabled."""
    given = [Given(o.pk, o.scope, o.is_enabled, o.parameters, o.score) for o in overrides]
    if not setting.is_enabled and not any(one.is_enabled for one in given):
        return
    try:
        base = Active(setting.build(), setting.id, setting.effective_score)
    except ValueError as error:
        _refused(setting.key, error, now)
        return
    found, refused = variants(base, setting.is_enabled, setting.parameters, given)
    for number, reason in refused:
        _refused(f"override:{number}", reason, now)
    yield from found


def _of_rules(rules: Iterable[UserRule], now: datetime) -> Iterator[Active]:
    for rule in filter(lambda row: row.is_running, rules):
        try:
            is_shadow = rule.mode == Mode.SHADOW
            yield Active(rule.build(), rule.number, rule.score, is_shadow=is_shadow)
        except ValueError as error:
            _refused(rule.key, error, now)


def _of_thresholds(rules: Iterable[ThresholdRule], now: datetime) -> Iterator[Active]:
    for rule in filter(lambda row: row.is_running, rules):
        try:
            yield Active(rule.build(), rule.number, rule.score)
        except ValueError as error:
            _refused(rule.key, error, now)


def _of_trials(snapshot: Snapshot, now: datetime) -> Iterator[Active]:
    numbers = {setting.key: setting.pk for setting in snapshot.settings}
    for trial in snapshot.trials:
        if trial.quarantined_at is not None or trial.check_key not in numbers:
            continue
        source = f"trial:{trial.pk}"
        try:
            check = trial.build()
        except (LookupError, ValueError) as error:
            _refused(source, error, now)
            continue
        score = trial.score or type(check).score
        number = numbers[trial.check_key]
        yield Active(check, number, score, is_shadow=True, source=source)


def _refused(key: str, error: Exception, now: datetime) -> None:
    logger.exception("%s refuses what is stored of it", key, exc_info=error)
    quarantine([(key, str(error))], now)
