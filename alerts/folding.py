"""The lifecycle's rows: claim findings, read the alerts they are about, write what is planned.

All of it happens in the caller's transaction and under the lifecycle's lock; one statement reads or
writes each kind of row for a whole round.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from json import dumps, loads
from typing import Any, Final

from django.db import connection

from alerts.models import Alert, AlertEvent, Kind, State
from alerts.plan import (
    CLOCK_FRAMES,
    HOLD,
    MOST_FLOWS,
    Body,
    Engaged,
    Found,
    Key,
    Mark,
    New,
    Plan,
    Reach,
    Repeated,
)

#: Key of the advisory lock that all who change alerts take; any number that nothing else uses.
LOCK: Final = 0x6E746F70

_CLAIMED: Final = (
    *("check_id", "identity", "interface_id", '"check"', "family", "frame", "entity"),
    *("host(client)", "host(server)", "client_port", "server_port", "vlan", "score", "message"),
    *('"values"', "count", "first_seen", "last_seen", "cooldown"),
    *("host(attacker)", "host(victim)", "attack", "flows", "flow_ids", "ended_ids"),
)
#: Where Django leaves jsonb as text.
_JSON: Final = (_CLAIMED.index('"values"'), _CLAIMED.index("flows"))
_ALERT: Final = """
    SELECT a.id, a.check_id, a.identity, a.interface_id, a."check", a.frame, a.noted_at,
           a.heard_at, a.score, a.count, a.first_seen, a.last_seen, a.cooldown, a.message,
           a."values", {flows}
    FROM alerts_alert a"""


def lock(*, wait: bool) -> bool:
    """Take the right to change alerts until the transaction ends; return whether it was taken."""
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def claim(limit: int) -> list[tuple[int, Found]]:
    """Delete the oldest findings from the queue and return them, progress included, by id."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""DELETE FROM alerts_finding WHERE id IN (
                    SELECT id FROM alerts_finding WHERE status = 'new'
                    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
                RETURNING id, {", ".join(_CLAIMED)}""",  # noqa: S608 (names of ours)
            [limit],
        )
        rows = cursor.fetchall()
    return sorted(((row[0], _found(row[1:])) for row in rows), key=lambda pair: pair[0])


def _found(row: Sequence[Any]) -> Found:
    columns = list(row)
    for place in _JSON:
        columns[place] = loads(columns[place])
    return Found(*columns)


def present_interfaces() -> dict[int, str]:
    """Return the kind of each interface there is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, kind FROM monitoring_interface")
        return dict(cursor.fetchall())


def advance(reached: Mapping[int, datetime], now: datetime) -> None:
    """Note how far events got on interfaces; time never goes back."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO alerts_watermark AS w (interface_id, event_time, heard_at)
               SELECT i, t, %s FROM unnest(%s::bigint[], %s::timestamptz[]) AS u(i, t) ORDER BY i
               ON CONFLICT (interface_id) DO UPDATE SET
                   event_time = greatest(w.event_time, excluded.event_time),
                   heard_at = excluded.heard_at""",
            [now, list(reached), list(reached.values())],
        )


def marks(kinds: Mapping[int, str]) -> dict[int, Mark]:
    """Return how far events got on each interface."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT interface_id, event_time, heard_at FROM alerts_watermark")
        return {row[0]: Mark(kinds[row[0]], row[1], row[2]) for row in cursor if row[0] in kinds}


def engaged_of(findings: Collection[Found]) -> list[Engaged]:
    """Return the engaged alerts of the findings' keys, with the flows they have counted."""
    shown: dict[Key, list[int]] = {}
    for found in findings:
        shown.setdefault(found.key, []).extend(flow["flow_id"] for flow in found.flows)
    asked = [{"c": c, "i": i, "n": n, "shown": ids} for (c, i, n), ids in shown.items()]
    with connection.cursor() as cursor:
        cursor.execute(_ENGAGED, [MOST_FLOWS, dumps(asked)])
        alerts = [_engaged(row) for row in cursor]
        counted = _counted(cursor, {alert.key: alert.id for alert in alerts}, findings)
    return [_with_counted(alert, counted) for alert in alerts]


#: The samples are most of an alert: they are read where one of them is said anew, or one is wanted.
_SAMPLES: Final = """CASE WHEN jsonb_array_length(a.flows) < %s OR EXISTS (
        SELECT FROM jsonb_path_query(a.flows, '$[*].flow_id') AS f(id)
        WHERE f.id::bigint = ANY(k.shown)) THEN a.flows END"""
_ASKED: Final = """
    JOIN json_to_recordset(%s::json) AS k(c smallint, i text, n bigint, shown bigint[])
    ON a.check_id = k.c AND a.identity = k.i AND a.interface_id IS NOT DISTINCT FROM k.n
    WHERE a.state = 'engaged'"""
_ENGAGED: Final = _ALERT.format(flows=_SAMPLES) + _ASKED


def _with_counted(alert: Engaged, counted: Mapping[int, set[int]]) -> Engaged:
    return Engaged(
        alert.id,
        alert.key,
        alert.check,
        alert.frame,
        alert.noted_at,
        alert.heard_at,
        alert.body,
        frozenset(counted.get(alert.id, ())),
    )


def _counted(cursor: Any, ids: Mapping[Key, int], findings: Iterable[Found]) -> dict[int, set[int]]:
    pairs = {(ids[f.key], flow) for f in findings if f.key in ids for flow in f.flow_ids}
    cursor.execute(
        """SELECT c.alert_id, c.flow_id FROM alerts_countedflow c
           JOIN unnest(%s::bigint[], %s::bigint[]) AS u(a, f)
           ON c.alert_id = a AND c.flow_id = f""",
        _columns(pairs, 2),
    )
    counted: dict[int, set[int]] = {}
    for alert_id, flow_id in cursor:
        counted.setdefault(alert_id, set()).add(flow_id)
    return counted


def due(reach: Reach, limit: int) -> list[Engaged]:
    """Return engaged alerts whose cool-down may be over; :func:`alerts.plan.plan` decides."""
    asked: dict[str, Any] = {
        "interfaces": list(reach.marks),
        "reached": [reach.at(interface) for interface in reach.marks],
        "clock_frames": list(CLOCK_FRAMES),
        "disabled": list(reach.disabled),
        "failed": list(reach.failed),
        "now": reach.now,
        "hold": HOLD,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, asked)
        return [_engaged(row) for row in cursor]


_DUE: Final = f"""{_ALERT.format(flows="NULL")}
    LEFT JOIN unnest(%(interfaces)s::bigint[], %(reached)s::timestamptz[]) AS m(i, t)
        ON a.interface_id = m.i AND a.frame != ALL(%(clock_frames)s)
    WHERE a.state = 'engaged' AND (
        a."check" = ANY(%(disabled)s)
        OR a.quiet_at <= coalesce(m.t, %(now)s) AND a."check" != ALL(%(failed)s)
        AND a.heard_at <= %(now)s - make_interval(secs => least(a.cooldown, %(hold)s))
        AND (m.i IS NOT NULL OR a.interface_id IS NULL OR a.frame = ANY(%(clock_frames)s)))
    LIMIT %(limit)s"""


def _engaged(row: Sequence[Any]) -> Engaged:
    number, check_id, identity, interface_id, check, frame, noted_at, heard_at, *rest = row
    rest[-2:] = [None if text is None else loads(text) for text in rest[-2:]]
    body = Body(*rest)
    return Engaged(
        number, (check_id, identity, interface_id), check, frame, noted_at, heard_at, body
    )


def write(plan: Plan, now: datetime) -> list[AlertEvent]:
    """Write a plan and return the events of its timeline, in order."""
    alerts = Alert.objects.bulk_create(_alert(new, now) for new in plan.new)
    made = {alert.pk: new for alert, new in zip(alerts, plan.new, strict=True)}
    _change(plan.repeated, now)
    _release([released.id for released in plan.released], now)
    _count(made, plan.repeated, now)
    return AlertEvent.objects.bulk_create(
        [
            *(_event(pk, Kind.ENGAGED, new.body, now) for pk, new in made.items()),
            *(_event(r.id, Kind(r.event), r.body, now) for r in plan.repeated if r.event),
            *(_event(r.id, Kind.RELEASED, r.body, now, r.reason) for r in plan.released),
        ]
    )


def _alert(new: New, now: datetime) -> Alert:
    found, body = new.found, new.body
    return Alert(
        check_key=found.check,
        **{name: getattr(found, name) for name in _OF_FOUND},
        **{name: getattr(body, name) for name in _OF_BODY},
        engaged_at=now,
        noted_at=now,
        heard_at=now,
    )


_OF_FOUND: Final = (
    *("check_id", "identity", "interface_id", "family", "frame", "entity", "client", "server"),
    *("client_port", "server_port", "vlan", "attacker", "victim", "attack"),
)
_OF_BODY: Final = (
    *("score", "severity", "count", "first_seen", "last_seen", "cooldown", "quiet_at"),
    *("message", "values", "flows"),
)


def _event(alert: int, kind: Kind, body: Body, now: datetime, text: str = "") -> AlertEvent:
    said = text or body.message
    return AlertEvent(
        alert_id=alert, kind=kind, at=now, text=said, count=body.count, score=body.score
    )


def _change(repeated: Sequence[Repeated], now: datetime) -> None:
    """Write what changed of the alerts: as one JSON text, which PostgreSQL reads by itself."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGE, [dumps([_changed(r, now) for r in repeated], default=str)])


def _changed(repeated: Repeated, now: datetime) -> dict[str, Any]:
    changed = {name: getattr(repeated.body, name) for name in _OF_BODY}
    return changed | {
        "id": repeated.id,
        "noted_at": now if repeated.event else None,
        "heard_at": now,
    }


_CHANGE: Final = """
    UPDATE alerts_alert a SET score = u.score, severity = u.severity, count = u.count,
        first_seen = u.first_seen, last_seen = u.last_seen, cooldown = u.cooldown,
        quiet_at = u.quiet_at, message = u.message, "values" = u."values",
        flows = coalesce(u.flows, a.flows), noted_at = coalesce(u.noted_at, a.noted_at),
        heard_at = u.heard_at
    FROM json_to_recordset(%s::json) AS u(
        id bigint, score smallint, severity text, count bigint, first_seen timestamptz,
        last_seen timestamptz, cooldown float8, quiet_at timestamptz, message text,
        "values" jsonb, flows jsonb, noted_at timestamptz, heard_at timestamptz)
    WHERE a.id = u.id"""


def _release(ids: Sequence[int], now: datetime) -> None:
    Alert.objects.filter(pk__in=ids).update(state=State.RELEASED, released_at=now)
    forget(ids)


def forget(ids: Sequence[int]) -> None:
    """Drop what alerts have counted: they are over."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM alerts_countedflow WHERE alert_id = ANY(%s)", [list(ids)])


def _count(new: Mapping[int, New], repeated: Iterable[Repeated], now: datetime) -> None:
    """Remember the flows that were counted, and when the end of each was handled."""
    counted: list[tuple[int, int, datetime | None]] = []
    parts: list[tuple[int, New | Repeated]] = [*new.items(), *((r.id, r) for r in repeated)]
    for alert_id, part in parts:
        ends = dict.fromkeys(part.ended_ids, now)
        counted += [(alert_id, flow, ends.get(flow)) for flow in part.flow_ids | part.ended_ids]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO alerts_countedflow (alert_id, flow_id, ended_at)
               SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[])
               ON CONFLICT (alert_id, flow_id) DO UPDATE SET ended_at = excluded.ended_at""",
            _columns(counted, 3),
        )


def _columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Return rows as columns, for unnest."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in range(width)]
