"""Alerts of hosts that programs raise: ``trigger/host/alert``."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

import polars as pl
from django.db import connection, transaction

from alerts import ending, findings
from alerts.severity import severity_of
from checks.base import HIGHEST_SCORE, Family
from checks.definitions.script.programs import ExternalHostScript
from checks.models import CheckSetting
from monitoring.models import Interface
from ntopweb.ntopng.asking import Asked, Endpoint, writes
from ntopweb.ntopng.envelope import INVALID_ARGUMENTS, NOT_ENABLED, Refused

_KEY: Final = ExternalHostScript.key
_LONGEST: Final = 2000


def triggered(asked: Asked) -> list[Any]:
    """Raise the alert of a host, or keep it engaged; a score of 0 ends it."""
    interface, parameters = asked.interface(), asked.parameters
    address, vlan = parameters.host()
    info = parameters.required("info")
    if len(info) > _LONGEST:
        raise Refused(INVALID_ARGUMENTS, f"info is longer than {_LONGEST} characters")
    score = min(parameters.number("score", ExternalHostScript.score), HIGHEST_SCORE)
    setting = CheckSetting.objects.filter(key=_KEY, is_enabled=True, quarantined_at=None).first()
    if setting is None:
        raise Refused(NOT_ENABLED, f"the check {_KEY} is off")
    identity = f"{address}|{vlan or 0}"
    if score == 0:
        ending.end(_KEY, interface.pk, [identity], asked.now, info)
        return []
    row = _finding(setting, interface, address, vlan or 0, score, info, asked.now)
    with transaction.atomic(), connection.cursor() as cursor:
        findings.write(cursor, row)
        findings.wake(cursor)
    return []


def _finding(
    setting: CheckSetting,
    interface: Interface,
    address: str,
    vlan: int,
    score: int,
    info: str,
    now: datetime,
) -> pl.DataFrame:
    """Return the one row of the queue."""
    said = dict.fromkeys(findings.FINDINGS, None) | {
        "interface_id": interface.pk,
        "frame": ExternalHostScript.frame,
        "check_id": setting.pk,
        "check": _KEY,
        "family": str(Family.HOST),
        "identity": f"{address}|{vlan}",
        "entity": f"{address}@{vlan}" if vlan else address,
        "client": address,
        "vlan": vlan,
        "score": score,
        "severity": str(severity_of(score)),
        "message": info,
        "values": json.dumps({"score": score}),
        "count": 1,
        "first_seen": now,
        "last_seen": now,
        "cooldown": ExternalHostScript.cooldown,
        "attacker": address,
        "attack": "",
        "flows": "[]",
        "flow_ids": [],
        "ended_ids": [],
    }
    return pl.DataFrame([said], schema=findings.FINDINGS, orient="row")


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "trigger/host/alert": writes(triggered, "alerts.add_finding"),
}
