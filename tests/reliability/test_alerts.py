"""No alert is lost or counted twice whatever is killed, at a size for every day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.reliability import alerts, breaking

pytestmark = pytest.mark.pipeline


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path: sockets lie below it."""
    with TemporaryDirectory(prefix="ntopweb-alerts-", dir="/tmp") as name:
        yield Path(name)


def test_every_alert_is_there_once_whatever_is_killed(folder: Path) -> None:
    capture = folder / "breaking.pcap"
    breaking.write(capture, 8_000)
    parts = ("ingest", "lifecycle", "web", "valkey", "postgres")
    assert alerts.run(folder, capture, alerts.moments(7, parts)) == []
