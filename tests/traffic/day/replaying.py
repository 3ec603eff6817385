"""A capture through the whole product, in this process, with every clock at event time.

The meter reads the file; each minute of event time its rows go in as batches, parts are folded,
checks over minutes, the clock's checks, and every five minutes bands and rhythms run, then the
lifecycle. The database's ``now()`` is the event time, too, so that all windows are as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import polars as pl
from django.db import connection

from alerts.lifecycle import process_round
from alerts.models import Alert
from capture_agent.industrial import beside as industrial
from capture_agent.l2.beside import Beside, FileSide
from capture_agent.sources.ndpi import PcapSource
from checks.learning import bands, rhythms
from checks.models import CheckSetting, Part, sync_settings
from checks.parameters import parameters_of
from checks.registry import discover
from checks.settings_store import forget_runner
from monitoring import compaction
from monitoring.models import Agent
from ntopweb import derived, periodic
from ntopweb.pipeline import Header, ingest, wanted_events

#: Seconds of event time between two rounds, and between two looks at bands and rhythms.
ROUND: Final = 60
LONG_ROUND: Final = 300
#: Frames whose rows of a file come all at once, ahead of their time.
AT_ONCE: Final = frozenset({"l2", "industrial"})


@dataclass(frozen=True)
class Raised:
    """An alert as it stood at the end."""

    check: str
    entity: str
    score: int
    message: str
    count: int
    began: datetime


def enable_all(parameters: dict[str, dict[str, Any]], learning: float) -> None:
    """Enable every check, with parameters by key, and learn for so many seconds."""
    sync_settings()
    for setting in CheckSetting.objects.all():
        given = dict(parameters.get(setting.key, {}))
        kind = discover().get(setting.key)
        if kind is not None and "learning" in parameters_of(kind):
            given["learning"] = learning
        setting.parameters = {name: _as_json(value) for name, value in given.items()}
        setting.is_enabled = True
        setting.save()
    forget_runner()


def _as_json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def replay(path: Path, tell: Callable[[datetime, int], None] = lambda _, __: None) -> list[Raised]:
    """Return the alerts of a capture; ``tell`` hears the event time and packets every minute."""
    source = PcapSource([path], interface="office", keep_time=True, wanted=wanted_events())
    with_l2 = Beside(source, FileSide(source), "office", "pcap")
    side = industrial.file_side(source)
    beside = Beside(with_l2, side, "office", "pcap", industrial.FRAME)
    with event_clock() as set_clock:
        rounds = _Rounds(Agent.objects.create(name="day"), set_clock)
        for emission in beside.emissions():
            if emission is None:
                continue
            rounds.add(emission.frame, emission.table)
            if emission.frame == "interface" and rounds.is_due(emission.table):
                tell(rounds.finish(), source.counters["received"])
        rounds.finish()
    return [
        Raised(a.check_key, a.entity, a.score, a.message, a.count, a.first_seen)
        for a in Alert.objects.order_by("first_seen", "id")
    ]


@contextmanager
def event_clock() -> Iterator[Callable[[datetime], None]]:
    """Let the database's ``now()`` be what the function yielded sets, until the end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE SCHEMA IF NOT EXISTS event_time;"
            "CREATE OR REPLACE FUNCTION event_time.now() RETURNS timestamptz LANGUAGE sql STABLE"
            " AS $$ SELECT current_setting('event_time.now')::timestamptz $$;"
            "SET search_path = public, event_time, pg_catalog"
        )
    try:
        yield _set_clock
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET search_path")


def _set_clock(now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('event_time.now', %s, false)", [now.isoformat()])


class _Rounds:
    """What waits for the next minute, and the minutes so far."""

    def __init__(self, agent: Agent, set_clock: Callable[[datetime], None]) -> None:
        self._agent, self._set_clock = agent, set_clock
        self._session, self._sequence = uuid4(), 0
        self._waiting: dict[str, list[pl.DataFrame]] = {}
        self._now: datetime = datetime.min.replace(tzinfo=UTC)
        self._round, self._long_round = 0, 0

    def add(self, frame: str, table: pl.DataFrame) -> None:
        """Take an emission."""
        self._waiting.setdefault(frame, []).append(table)

    def is_due(self, interface: pl.DataFrame) -> bool:
        """Note how far event time has got; return whether a minute is over."""
        latest: datetime = interface["time"].max()  # type: ignore[assignment]
        self._now = latest
        return int(latest.timestamp()) // ROUND > self._round

    def finish(self) -> datetime:
        """Do a round with what waits; return the event time."""
        now, waiting, self._waiting = self._now, self._waiting, {}
        for frame in AT_ONCE & waiting.keys():
            waiting[frame] = self._past(frame, now, waiting[frame])
        self._round = int(now.timestamp()) // ROUND
        self._set_clock(now)
        for frame, tables in waiting.items():
            self._sequence += 1
            header = Header(self._session, self._sequence, frame, "office", "pcap")
            answer = ingest(self._agent, header, pl.concat(tables), now)
            assert answer.refused == 0, answer.refused_by_reason
        Part.objects.filter(is_folded=False).update(created_at=now)
        self._look(now)
        while process_round(now).did_work:
            pass
        return now

    def _past(self, frame: str, now: datetime, tables: list[pl.DataFrame]) -> list[pl.DataFrame]:
        """Return what was until now; the rest waits on."""
        rows = pl.concat(tables)
        self._waiting[frame] = [rows.filter(pl.col("time") > now)]
        return [rows.filter(pl.col("time") <= now)]

    def _look(self, now: datetime) -> None:
        while compaction.compact():
            pass
        derived.run(now)
        periodic.run(now)
        number = int(now.timestamp()) // LONG_ROUND
        if number > self._long_round:
            self._long_round = number
            derived.run(now, bands.look)
            derived.run(now, rhythms.look)


def yesterday(hours: float) -> float:
    """Return a beginning, on a whole hour, so that so many hours are over now."""
    begun = datetime.now(UTC) - timedelta(hours=hours + 1)
    return begun.replace(minute=0, second=0, microsecond=0).timestamp()
