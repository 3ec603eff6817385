"""From what the checks say of a batch to rows of the queue: pure tables, then one COPY.

A flow can break the same check at several of its events. Within a batch it is counted once here;
over batches the lifecycle remembers which flows an alert has counted (:mod:`alerts.counting`), so
each finding carries the ids of all its flows, and of those that ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from json import dumps
from typing import Any, Final, Protocol

import polars as pl
from django.db import connection, transaction
from django.utils import timezone

from alerts import samples
from alerts.severity import severities
from checks import names
from checks.base import Family
from checks.runner import Evaluation
from monitoring.ingest.store import JSON_NUL

TIME: Final = pl.Datetime("us", "UTC")
_IDS: Final = pl.List(pl.Int64)

_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "interface_id": pl.Int32,
    "frame": pl.String,
    "check_id": pl.Int16,
    "check": pl.String,
    "family": pl.String,
    "identity": pl.String,
    "entity": pl.String,
    "client": pl.String,
    "server": pl.String,
    "client_port": pl.Int32,
    "server_port": pl.Int32,
    "vlan": pl.Int32,
    "score": pl.Int16,
    "severity": pl.String,
    "message": pl.String,
    "values": pl.String,  # JSON
    "count": pl.Int32,
    "first_seen": TIME,
    "last_seen": TIME,
    "cooldown": pl.Float64,
    "attacker": pl.String,
    "victim": pl.String,
    "attack": pl.String,
    "flows": pl.String,  # JSON
    "flow_ids": _IDS,
    "ended_ids": _IDS,
}
#: The columns of alerts_finding that are written, in the order of the COPY.
FINDINGS: Final = pl.Schema(_COLUMNS)

#: The family of the rows that say how far events reached.
PROGRESS: Final = "progress"
#: What the lifecycle listens to. Its payload is empty for findings, ACTION for a user's action.
CHANNEL: Final = "ntopweb_finding"
ACTION: Final = "action"

#: Longer identities are cut: a B-tree's entry has 2,704 bytes, a character up to four.
_MAX_IDENTITY: Final = 500
_KEY: Final = ("check_id", "identity", "interface_id")


class Cursor(Protocol):
    """The part of a psycopg cursor that is needed, so that the pipeline may give its own."""

    def copy(self, statement: str) -> Any:
        """Begin a COPY."""


def aggregate(
    frame: str, table: pl.DataFrame, evaluation: Evaluation, now: datetime | None = None
) -> pl.DataFrame:
    """Return FINDINGS: a row per check, identity and interface, then one per interface of progress.

    ``table`` is the enriched frame that was evaluated. A frame without event time, run by the
    clock, needs ``now``; raises ValueError without.
    """
    if "time" not in table.columns and "last_seen" not in table.columns and now is None:
        raise ValueError(f"now: the frame {frame!r} has no time of its own")
    rows = samples.rows(frame, table, evaluation, now)
    told = [_fold(frame, rows)] if rows.height else []
    return pl.concat([FINDINGS.to_frame(), *told, _progress(frame, table)])


def _fold(frame: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per key; texts are those of the highest score, the first of equals."""
    identity = pl.col("identity").str.slice(0, _MAX_IDENTITY)
    best = rows.with_columns(identity).sort("score", descending=True, maintain_order=True)
    first = [name for name in FINDINGS if name in rows.columns and name not in (*_KEY, *_SUMS)]
    groups = best.group_by(*_KEY, maintain_order=True)
    folded = groups.agg(pl.col(first).first(), *(_SUMS[name].alias(name) for name in _SUMS))
    return _clean(folded.with_columns(*_of_check(frame), pl.lit(frame).alias("frame")))


_SUMS: Final[dict[str, pl.Expr]] = {
    "first_seen": pl.col("first_seen").min(),
    "last_seen": pl.col("last_seen").max(),
    "count": pl.when(pl.col("flow_id").is_null().all())
    .then(pl.len())
    .otherwise(pl.col("flow_id").n_unique())
    .cast(pl.Int32),
    "flows": pl.format("[{}]", pl.col("sample").head(samples.MOST).str.join(",")),
    "flow_ids": pl.col("flow_id").drop_nulls().unique(),
    "ended_ids": pl.col("flow_id").filter(pl.col("is_end")).unique(),
}


def _of_check(frame: str) -> list[pl.Expr]:
    """Return the columns that follow from a finding's check and score."""
    known = names.running()
    families = {key: str(check.family) for key, check in known.items()}
    attacks = {key: check.attack for key, check in known.items()}
    family = next((f for f in Family if f == frame.partition("_")[0]), Family.SYSTEM)
    return [
        pl.col("check").replace_strict(families, default=str(family)).alias("family"),
        pl.col("check").replace_strict(attacks, default="").alias("attack"),
        severities(pl.col("score")).alias("severity"),
    ]


def _clean(findings: pl.DataFrame) -> pl.DataFrame:
    """Return FINDINGS without NUL characters, which PostgreSQL refuses."""
    cleaned = findings.with_columns(
        pl.col("identity", "entity", "message", "check").str.replace_all("\0", "", literal=True)
    )
    may_have = pl.any_horizontal(pl.col("values", "flows").str.contains(r"\u0000", literal=True))
    if cleaned.select(may_have.any()).item():
        cleaned = cleaned.with_columns(pl.col("values", "flows").str.replace_all(JSON_NUL, "$1"))
    return cleaned.select(pl.col(name).cast(dtype) for name, dtype in FINDINGS.items())


def _progress(frame: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return a row per interface with the latest event time; none for a frame run by the clock."""
    time = next((name for name in ("time", "last_seen") if name in table.columns), None)
    if time is None or table.is_empty():
        return FINDINGS.to_frame()
    latest = table.group_by("interface_id").agg(pl.col(time).max())
    said = _blank() | {"frame": frame, "family": PROGRESS, "severity": "none"}
    rows = [
        said | {"interface_id": interface, "first_seen": moment, "last_seen": moment}
        for interface, moment in latest.iter_rows()
    ]
    return pl.DataFrame(rows, schema=FINDINGS, orient="row")


def _blank() -> dict[str, Any]:
    """Return a finding's columns with nothing said."""
    empty: dict[Any, Any] = {pl.String: "", pl.Int16: 0, pl.Int32: 0, pl.Float64: 0.0, _IDS: []}
    nothing = dict.fromkeys(
        ("interface_id", "client", "server", "client_port", "server_port", "attacker", "victim")
    )
    said = {name: empty.get(dtype) for name, dtype in FINDINGS.items()}
    return said | {"values": "{}", "flows": "[]"} | nothing


def write(cursor: Cursor, findings: pl.DataFrame) -> int:
    """COPY the findings into the queue with the caller's cursor; return how many checks spoke.

    The caller's transaction makes them visible; :func:`wake` tells the lifecycle.
    """
    if findings.height:
        columns = ", ".join(f'"{name}"' for name in FINDINGS)
        statement = f"COPY alerts_finding ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')"
        with cursor.copy(statement) as copy:
            copy.write(to_csv(findings))
    return int((findings["family"] != PROGRESS).sum())


def to_csv(findings: pl.DataFrame) -> bytes:
    """Return the findings as PostgreSQL's CSV: texts quoted, nulls not, lists as array literals."""
    lists = [
        ("{" + pl.col(name).cast(pl.List(pl.String)).list.join(",") + "}").alias(name)
        for name, dtype in FINDINGS.items()
        if dtype == _IDS
    ]
    text = findings.with_columns(lists).write_csv(
        include_header=False, null_value="\\N", quote_style="non_numeric"
    )
    return text.encode()


def wake(cursor: Any, payload: str = "") -> None:
    """Tell the lifecycle, when the transaction commits, that there are findings."""
    cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


def system(
    check: str,
    entity: str,
    message: str,
    values: Mapping[str, Any],
    *,
    score: int = 100,
    cooldown: float = 600.0,
    now: datetime | None = None,
) -> pl.DataFrame:
    """Return FINDINGS of one row about the platform itself, as a quarantined check.

    ``entity`` is the part it is about; the same check and entity are one alert, released when not
    said again for ``cooldown`` seconds. ``now`` is the clock's unless given.
    """
    moment = now or timezone.now()
    said = _blank() | {
        "frame": str(Family.SYSTEM),
        "family": str(Family.SYSTEM),
        "check": check,
        "identity": f"{check}|{entity}",
        "entity": entity,
        "score": score,
        "message": message,
        "values": dumps(dict(values), default=str),
        "count": 1,
        "first_seen": moment,
        "last_seen": moment,
        "cooldown": cooldown,
    }
    row = pl.DataFrame([said], schema=FINDINGS, orient="row")
    return _clean(row.with_columns(severities(pl.col("score")).alias("severity")))


def report(check: str, entity: str, message: str, values: Mapping[str, Any], **how: Any) -> None:
    """Write a system finding in a transaction of its own and wake the lifecycle."""
    with transaction.atomic(), connection.cursor() as cursor:
        write(cursor, system(check, entity, message, values, **how))
        wake(cursor)
