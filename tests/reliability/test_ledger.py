"""The ledger holds whatever is killed, at a size for every day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.reliability import ledger

pytestmark = pytest.mark.pipeline


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path: sockets lie below it."""
    with TemporaryDirectory(prefix="ntopweb-ledger-", dir="/tmp") as name:
        yield Path(name)


def test_every_row_is_stored_once_whatever_is_killed(folder: Path) -> None:
    capture = folder / "many.pcap"
    ledger.write_capture(capture, 15_000)
    assert ledger.run(folder, capture, ledger.KILLS, speed=0.5) == []
