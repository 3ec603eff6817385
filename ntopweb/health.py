"""``/healthz``: the state of every part, from what each says of itself and what ``up`` sees."""

from __future__ import annotations

import os
import shutil
import time
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from redis import RedisError

from monitoring.heartbeat import PROCESSES, alive
from ntopweb.up.data import DataFolder, read_json

#: A supervisor's report older than this, in seconds, is no report.
_STALE = 15.0

#: Below this free space, in bytes, PostgreSQL will soon refuse to write.
DISK_RESERVE = 200 * 2**20

Part = dict[str, Any]

OK: Part = {"status": "ok"}


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer the state of every part: 200 when all are up, else 503 with the reasons in words."""
    parts = all_parts()
    is_ok = all(part["status"] == "ok" for part in parts.values())
    return JsonResponse(
        {"status": "ok" if is_ok else "down", "parts": parts},
        status=200 if is_ok else 503,
        headers={"Cache-Control": "no-store"},
    )


def all_parts() -> dict[str, Part]:
    """Return each part's ``status`` ("ok", "starting" or "down"), with a ``reason`` if not ok."""
    reported = supervisor_report()
    signs = signs_of_life()
    parts = {"database": database(), "redis": OK if signs is not None else down("no answer")}
    for name in PROCESSES:
        if name in reported or not is_supervised():
            parts[name] = process(name, reported.get(name), signs)
    if is_supervised() and not reported:
        parts["supervisor"] = down("it has not reported for a while")
    return parts | {"agents": agents(reported), "storage": storage()}


def is_supervised() -> bool:
    """Whether this process was started by ``up``."""
    return "NTOPWEB_SUPERVISED" in os.environ


def supervisor_report() -> dict[str, Part]:
    """Return what ``up`` last said of its programs; empty when it says nothing."""
    found = read_json(DataFolder(settings.DATA_DIR).state_file)
    is_fresh = time.time() - float(found.get("time", 0)) < _STALE
    return dict(found.get("programs", {})) if is_fresh else {}


def signs_of_life() -> set[str] | None:
    """Return the processes that gave a sign of life; None when Redis does not answer."""
    try:
        return alive(PROCESSES)
    except RedisError:
        return None


def down(reason: str) -> Part:
    """Return a part that does not work."""
    return {"status": "down", "reason": reason}


def database() -> Part:
    """Return whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return down("no answer")
    return OK


def process(name: str, report: Part | None, signs: set[str] | None) -> Part:
    """Return a process' state: ``up``'s word first, then whether it gives signs of life."""
    if report is not None and report["state"] != "running":
        return down(f"{report['state']}: {report['reason']}".rstrip(": "))
    if name == os.environ.get("NTOPWEB_ROLE") or (signs is not None and name in signs):
        return OK | restarts(report)
    if signs is None:
        return OK if report is not None else down("unknown without redis")
    reason = "no sign of life yet"
    return {"status": "starting" if report is not None else "down", "reason": reason}


def restarts(report: Part | None) -> Part:
    """Return how often a process had to be started again, if it had to."""
    count = report.get("restarts", 0) if report is not None else 0
    return {"restarts": count} if count else {}


def agents(reported: dict[str, Part]) -> Part:
    """Return whether the agents of this machine run or have done their work."""
    ours = {name: part for name, part in reported.items() if name.startswith("agent")}
    failed = [
        f"{name} {part['state']}: {part['reason']}"
        for name, part in sorted(ours.items())
        if part["state"] in ("restarting", "failed")
    ]
    return down("; ".join(failed)) if failed else OK


def storage() -> Part:
    """Return whether the data folder's disk has room."""
    if not settings.DATA_DIR.is_dir():
        return OK
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < DISK_RESERVE:
        return down(f"only {free // 2**20} MB are free on the disk of {settings.DATA_DIR}")
    return OK
