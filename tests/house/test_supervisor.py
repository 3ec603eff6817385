"""What the supervisor leaves for ``/healthz`` and the doctor."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from ntopweb.up import supervisor as supervisor_module
from ntopweb.up.console import Console
from ntopweb.up.data import DataFolder, read_json
from ntopweb.up.options import Options
from ntopweb.up.supervisor import Supervisor


async def test_a_full_disk_stops_the_reports_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told once, and reports go on when there is room again."""

    def fail(path: Path, values: dict[str, Any]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    data = DataFolder(tmp_path / "data")
    data.make()
    supervisor = Supervisor(Options(data=data.path), tmp_path, data, Console())
    with monkeypatch.context() as full:
        full.setattr(supervisor_module, "write_json", fail)
        supervisor.report()
        supervisor.report()
    assert capsys.readouterr().out.count("(No space left on device): make room") == 1
    supervisor.report()
    assert read_json(data.state_file)["programs"] == {}
