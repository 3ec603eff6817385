"""A capture through the meter, the ingest pass and the lifecycle, in this process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import polars as pl

from alerts.lifecycle import process_round
from alerts.models import Alert
from capture_agent.demonstration.capture import save
from capture_agent.demonstration.conversation import Packet
from capture_agent.sources.ndpi import PcapSource
from monitoring.models import Agent
from ntopweb import derived
from ntopweb.pipeline import Header, ingest, wanted_events

#: Seconds between two host frames.
INTERVAL = 5


@dataclass(frozen=True)
class Raised:
    """An alert as it was when it first stood on the screen."""

    check: str
    family: str
    entity: str
    attacker: str | None
    victim: str | None
    after: float  # packet time from the first packet until it stood, in seconds


def replay(folder: Path, packets: list[Packet]) -> list[Raised]:
    """Return the alerts of a capture in the order of their coming, a round for every batch.

    The checks over minutes have their one round at the end.

    The first packet comes right at the beginning of an interval: what it starts is told latest.
    """
    path = folder / "capture.pcap"
    save(path, packets)
    begun, length = _begun(packets)
    source = PcapSource([path], interface="lab", wanted=wanted_events(), begun=begun)
    agent, session = Agent.objects.create(name="probe"), uuid4()
    raised: dict[int, Raised] = {}
    reached = 0.0
    for sequence, part in enumerate(source.emissions(), 1):
        if part is None:
            continue
        header = Header(session, sequence, part.frame, part.interface, part.kind)
        answer = ingest(agent, header, part.table, datetime.now(UTC))
        assert (answer.refused, answer.rows) == (0, part.table.height)
        reached = max(reached, _latest(part.frame, part.table))
        _note(raised, reached - begun / 1e6 + length)
    derived.run(datetime.now(UTC))
    _note(raised, reached - begun / 1e6 + length)
    return list(raised.values())


def _note(raised: dict[int, Raised], after: float) -> None:
    """Let the lifecycle do a round, and note the alerts that are new."""
    process_round(datetime.now(UTC))
    for alert in Alert.objects.exclude(pk__in=raised):
        raised[alert.pk] = Raised(
            *(alert.check_key, alert.family, alert.entity, alert.attacker, alert.victim, after)
        )


def _begun(packets: list[Packet]) -> tuple[int, float]:
    """Return when the last packet came, in µs, and the capture's length in seconds."""
    length = packets[-1].time - packets[0].time
    start = datetime.now(UTC).timestamp() - length
    return int((start // INTERVAL * INTERVAL + length) * 1e6) + 1, length


def _latest(frame: str, table: pl.DataFrame) -> float:
    latest: datetime = table["last_seen" if frame == "flow" else "time"].max()  # type: ignore[assignment]
    return latest.timestamp()
