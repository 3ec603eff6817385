"""The rows on which a script is tried: stored flows, an uploaded capture, the hosts of now."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl
from django.core.cache import cache
from django.utils import timezone

from checks.lua import hosts
from monitoring.enrichment.context import current
from monitoring.enrichment.rows import enrich_flows
from monitoring.history import flow_frame
from monitoring.models import Interface

#: Stored flows are looked for so far back.
LOOK_BACK: Final = timedelta(days=7)
#: A capture is metered for at most so long (seconds): the first one after an installation waits
#: for the meter to be compiled.
_PATIENCE: Final = 180
#: The flows of a capture are kept for so long (seconds) after each trial on them.
_KEPT: Final = 1_800
#: More flows of one capture are not looked at.
MOST_FLOWS: Final = 50_000
_ROOT: Final = Path(__file__).resolve().parents[2]


class TrialError(ValueError):
    """There is nothing to try a script on; the text says why."""


class ForgottenError(TrialError):
    """The capture's flows are kept no more: it has to be read anew."""


def recent_flows(count: int, *, flow_id: int | None = None) -> pl.DataFrame:
    """Return the latest stored flows, or the given one, enriched as of now; raises TrialError."""
    since = timezone.now() - LOOK_BACK
    where = "f.time > %s"
    values: list[Any] = [since]
    if flow_id is not None:
        where, values = f"{where} AND f.flow_id = %s", [since, flow_id]
    rows = flow_frame.read(f"{where} ORDER BY f.time DESC LIMIT {int(count)}", values)
    if rows.is_empty():
        raise TrialError("flow: it is not stored" if flow_id else "There is no stored flow yet.")
    return enrich_flows(rows, current(), 0)


def keep_capture(data: bytes, owner: object) -> tuple[str, int]:
    """Meter a capture by the agent's own meter and keep its ended flows for the owner's trials.

    Returns the name under which :func:`kept_capture` has them, and how many they are. Metering
    takes seconds, most of them for starting the meter: once per capture, not once per trial.
    Raises TrialError.
    """
    name = hashlib.sha256(data).hexdigest()
    try:
        rows = kept_capture(name, owner)
    except ForgottenError:
        rows = _metered(data).tail(MOST_FLOWS)
        cache.set(_key(name, owner), rows.write_ipc(None, compression="zstd").getvalue(), _KEPT)
    return name, rows.height


def kept_capture(name: str, owner: object) -> pl.DataFrame:
    """Return the flows of a capture that was kept, enriched as of now; raises ForgottenError."""
    data = cache.get(_key(name, owner))
    if data is None:
        raise ForgottenError("capture: its flows are kept no more; choose it again")
    cache.touch(_key(name, owner), _KEPT)
    return enrich_flows(pl.read_ipc(data), current(), 0)


def _key(name: str, owner: object) -> str:
    return f"capture-{hashlib.sha256(f'{owner} {name}'.encode()).hexdigest()}"


def _metered(data: bytes) -> pl.DataFrame:
    with tempfile.TemporaryDirectory(prefix="ntopweb-") as folder:
        capture, flows = Path(folder) / "capture", Path(folder) / "flows.arrow"
        capture.write_bytes(data)
        command = [sys.executable, "-m", "capture_agent", "flows", str(capture), str(flows)]
        try:
            done = subprocess.run(
                command, cwd=_ROOT, capture_output=True, text=True, timeout=_PATIENCE, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise TrialError(f"capture: not metered within {_PATIENCE} s") from error
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1:] or ["cannot be read"]
            raise TrialError(f"capture: {reason[0].replace(str(capture), 'it')}")
        return pl.read_ipc(flows.read_bytes())


def hosts_now() -> pl.DataFrame:
    """Return the active hosts of all interfaces, each as at a first visit; raises TrialError."""
    now = timezone.now()
    tables = [
        hosts.as_new(hosts.active_hosts(interface.pk, current(), now), interface.pk, now)
        for interface in Interface.objects.all()
    ]
    found = [table for table in tables if table.height]
    if not found:
        raise TrialError("No host was active in the last minute.")
    return pl.concat(found)
