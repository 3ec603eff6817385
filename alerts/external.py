"""Events of other programs as findings: written in the caller's transaction, or refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

import polars as pl
from django.db import connection, transaction
from django.db.models import F

from alerts import ending, findings
from alerts.models import ExternalEvent, Finding
from alerts.severity import severity_of
from checks.models import CheckSetting

#: ntopng's key of alerts that come from elsewhere.
CHECK: Final = "external_alert_check"
#: The clock releases what the program does not: its frame's events do not come from traffic.
_FRAME: Final = "system"
#: An event that is only told is over at once.
_ONCE: Final = 1.0

STATES: Final = ("engaged", "released", "once")


class CheckIsOff(ValueError):
    """The check of external alerts is switched off."""


class OtherEvent(ValueError):
    """The key was used for another event."""


@dataclass(frozen=True)
class External:
    """What a program says. ``identity`` makes two of its events the same alert."""

    key: str
    title: str
    identity: str
    state: str
    family: str
    entity: str
    score: int
    message: str
    cooldown: float
    interface: int | None = None
    client: str | None = None
    server: str | None = None
    client_port: int | None = None
    server_port: int | None = None
    vlan: int = 0
    attacker: str | None = None
    victim: str | None = None
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return what tells this event from another of the same key."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@transaction.atomic
def accept(event: External, user: Any, now: datetime) -> bool:
    """Keep the event; return whether it is new. Raises CheckIsOff, OtherEvent.

    With the caller's commit it is durable: a finding waits for the lifecycle, or what it ends has
    ended.
    """
    setting = CheckSetting.objects.filter(key=CHECK).first()
    if setting is None or not setting.is_enabled or setting.quarantined_at is not None:
        raise CheckIsOff(f"The check {CHECK} is off: nothing external becomes an alert.")
    if not _note(event, user):
        return False
    if event.state == "released":
        _release(event, now)
    else:
        with connection.cursor() as cursor:
            findings.write(cursor, _finding(event, setting.pk, now))
            findings.wake(cursor)
    return True


def _note(event: External, user: Any) -> bool:
    """Keep the key; False when it is known for the same event; raises OtherEvent."""
    row, is_new = ExternalEvent.objects.get_or_create(
        user=user, key=event.key, defaults={"digest": event.digest}
    )
    if is_new:
        return True
    if row.digest != event.digest:
        raise OtherEvent(f"The key {event.key!r} was used for another event.")
    ExternalEvent.objects.filter(pk=row.pk).update(repeated=F("repeated") + 1)
    return False


def _release(event: External, now: datetime) -> None:
    """End the alert; what still waits for the lifecycle ends as soon as it is one."""
    said: dict[str, Any] = {"check_key": CHECK, "identity": event.identity}
    Finding.objects.filter(**said, interface=event.interface).update(cooldown=_ONCE)
    interface: Any = event.interface
    ending.end(CHECK, interface, [event.identity], now, event.message or event.title)


def _finding(event: External, check_id: int, now: datetime) -> pl.DataFrame:
    """Return the one row of the queue."""
    said = dict.fromkeys(findings.FINDINGS, None) | {
        "interface_id": event.interface,
        "frame": _FRAME,
        "check_id": check_id,
        "check": CHECK,
        "family": event.family,
        "identity": event.identity,
        "entity": event.entity,
        "client": event.client,
        "server": event.server,
        "client_port": event.client_port,
        "server_port": event.server_port,
        "vlan": event.vlan,
        "score": event.score,
        "severity": str(severity_of(event.score)),
        "message": f"{event.title}: {event.message}".removesuffix(": "),
        "values": json.dumps({"title": event.title, "key": event.key, **event.values}),
        "count": 1,
        "first_seen": now,
        "last_seen": now,
        "cooldown": _ONCE if event.state == "once" else event.cooldown,
        "attacker": event.attacker,
        "victim": event.victim,
        "attack": "",
        "flows": "[]",
        "flow_ids": [],
        "ended_ids": [],
    }
    return pl.DataFrame([said], schema=findings.FINDINGS, orient="row")
