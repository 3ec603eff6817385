"""The ingest pass: one batch, one transaction, from a table to flows, findings, sums and ledger.

What is acknowledged is durable: the answer follows the commit. A batch that comes again is counted
and answered from the ledger.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import polars as pl
from django.conf import settings
from django.db import connection, transaction

from alerts import findings
from checks import scores
from checks.learning import parts
from checks.runner import Evaluation
from checks.scores import SCORES
from checks.settings_store import load_runner
from monitoring import rollup, storage
from monitoring.enrichment import rows as enrichment
from monitoring.enrichment.context import current
from monitoring.ingest import batches, hosts, names, store
from monitoring.ingest.detail import details
from monitoring.ingest.validation import time_column, validate
from monitoring.models import Agent, Application, Category, Interface
from monitoring.storage.tables import DETAILS, FLOWS
from ntopweb import derived, failed_checks, lua


@dataclass(frozen=True)
class Header:
    """What a batch says of itself."""

    session: UUID
    sequence: int
    frame: str
    interface: str
    kind: str
    #: The body as it came, where that was Arrow inside zstd.
    arrow: bytes = b""


@dataclass
class Answer:
    """The ledger's line of a batch."""

    rows: int = 0
    stored: int = 0
    refused: int = 0
    refused_by_reason: dict[str, int] = field(default_factory=dict)
    findings: int = 0
    repeated: bool = False


def ingest(agent: Agent, header: Header, table: pl.DataFrame, now: datetime) -> Answer:
    """Store a batch once; the same batch again is counted as a repeat and changes nothing else."""
    started = time.perf_counter()
    interface = _interface(agent, header, now)
    retention = timedelta(days=settings.RETENTION_DAYS["flow"])
    good, refused = validate(table, header.frame, now, retention)
    answer = Answer(table.height, good.height, table.height - good.height, refused)
    enriched = _enrich(good, header.frame, interface, now)
    numbered = _prepare(enriched, header.frame)
    evaluation = load_runner().evaluate(header.frame, enriched)
    found = findings.aggregate(header.frame, enriched, evaluation)
    with transaction.atomic(), connection.cursor() as cursor:
        line = _open_line(cursor, agent, header, interface, now)
        if line is None:
            return _repeat(cursor, agent, header)
        _store(cursor, header.frame, enriched, numbered, evaluation)
        parts.append(cursor, header.frame, enriched)
        answer.findings = findings.write(cursor, found)
        _keep(cursor, header, line, good)
        if header.frame == "host":
            of_networks, failures = derived.run_networks(cursor, enriched, now)
            answer.findings += of_networks
            evaluation.failures.extend(failures)
        _close_line(cursor, line, answer, (time.perf_counter() - started) * 1000)
        findings.wake(cursor)
    failed_checks.stop(evaluation.failures, now)
    return answer


def ingest_batch(
    agent: Agent, header: dict[str, Any], table: pl.DataFrame, now: datetime
) -> Answer:
    """Store a batch, with its headers as the view read them."""
    names_of = ("session", "sequence", "frame", "interface", "kind", "arrow")
    return ingest(agent, Header(**{name: header[name] for name in names_of}), table, now)


def wanted_events() -> set[str]:
    """Return the events of flows that some enabled check or script looks at."""
    return load_runner().wanted_events() | lua.wanted_events()


def _interface(agent: Agent, header: Header, now: datetime) -> Interface:
    """Return the batch's interface, made where it is new; seen, at most once a second."""
    interface = _find_interface(agent, header.interface)
    if interface is None:
        made = Interface(agent=agent, name=header.interface, kind=header.kind)
        Interface.objects.bulk_create([made], ignore_conflicts=True)  # a twin may be first
        interface = Interface.objects.get(agent=agent, name=header.interface)
    if interface.last_seen is None or now - interface.last_seen > timedelta(seconds=1):
        Interface.objects.filter(pk=interface.pk).update(last_seen=now)
    return interface


def _find_interface(agent: Agent, name: str) -> Interface | None:
    """Return what is needed of an interface; every batch asks, so that the ORM is too dear."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, last_seen FROM monitoring_interface WHERE agent_id = %s AND name = %s",
            [agent.pk, name],
        )
        row = cursor.fetchone()
    return Interface(pk=row[0], agent=agent, name=name, last_seen=row[1]) if row else None


def _enrich(table: pl.DataFrame, frame: str, interface: Interface, now: datetime) -> pl.DataFrame:
    if frame == "flow":
        return enrichment.enrich_flows(table, current(), interface.pk)
    if frame == "host":
        return enrichment.enrich_hosts(table, current(), interface.pk, _scores(interface, now))
    if frame == "interface":
        return enrichment.enrich_interface(table, interface.pk, interface.name)
    return enrichment.enrich_other(table, interface.pk)


def _scores(interface: Interface, now: datetime) -> pl.DataFrame:
    with connection.cursor() as cursor:
        return SCORES.of_hosts(cursor, interface.pk, now)


def _prepare(table: pl.DataFrame, frame: str) -> tuple[pl.Series, pl.Series] | None:
    """Do ahead of the transaction what others must not wait for: partitions, numbers of names."""
    if frame != "flow" or table.is_empty():
        return None
    storage.make_room(connection, (FLOWS, DETAILS), _days(table[time_column(frame)]))
    return (
        names.numbers(table["application"], Application),
        names.numbers(table["category"], Category),
    )


def _days(times: pl.Series) -> list[datetime]:
    """Return a moment of each day that the times are of."""
    first, last = times.min(), times.max()
    if isinstance(first, datetime) and isinstance(last, datetime) and first.date() == last.date():
        return [first]
    days: list[datetime] = times.dt.truncate("1d").unique().to_list()
    return days


def _store(
    cursor: Any,
    frame: str,
    table: pl.DataFrame,
    numbered: tuple[pl.Series, pl.Series] | None,
    evaluation: Evaluation,
) -> None:
    if table.is_empty():
        return
    if frame == "flow" and numbered is not None:
        written, latest = store.written(table)
        rows = table[written]
        beside = (*numbered, evaluation.scores, evaluation.checks)
        narrow = store.narrow(rows, *(column[written] for column in beside))
        store.write_flows(cursor, narrow, details(rows), latest)
        rollup.append(cursor, rollup.parts_of_flows(table, evaluation.scores))
        scores.append(cursor, table, evaluation.scores)
    elif frame == "host":
        hosts.write(cursor, table)
        rollup.append(cursor, rollup.parts_of_hosts(table))
    elif frame == "interface":
        rollup.append(cursor, rollup.parts_of_interface(table))
    elif frame == "application":
        rollup.append(cursor, rollup.parts_of_applications(table))


def _keep(cursor: Any, header: Header, line: int, table: pl.DataFrame) -> None:
    """Keep the flows for the scripts that will look at them."""
    if header.frame == "flow" and table.height and lua.wanted_events():
        batches.keep(cursor, line, header.arrow or batches.encode(table))


def _open_line(
    cursor: Any, agent: Agent, header: Header, interface: Interface, now: datetime
) -> int | None:
    """Claim the batch; None when it was stored before. A twin under way is waited for."""
    cursor.execute(
        "INSERT INTO monitoring_ledgerline (agent_id, session, sequence, interface_id, frame,"
        " received_at, rows, stored, refused, refused_by_reason, repeated, findings, milliseconds)"
        " VALUES (%s, %s, %s, %s, %s, %s, 0, 0, 0, '{}', 0, 0, 0)"
        " ON CONFLICT (agent_id, session, sequence) DO NOTHING RETURNING id",
        [agent.pk, header.session, header.sequence, interface.pk, header.frame, now],
    )
    row = cursor.fetchone()
    return int(row[0]) if row else None


def _close_line(cursor: Any, line: int, answer: Answer, milliseconds: float) -> None:
    cursor.execute(
        "UPDATE monitoring_ledgerline SET rows = %s, stored = %s, refused = %s,"
        " refused_by_reason = %s, findings = %s, milliseconds = %s WHERE id = %s",
        [
            *(answer.rows, answer.stored, answer.refused, json.dumps(answer.refused_by_reason)),
            *(answer.findings, milliseconds, line),
        ],
    )


def _repeat(cursor: Any, agent: Agent, header: Header) -> Answer:
    cursor.execute(
        "UPDATE monitoring_ledgerline SET repeated = repeated + 1 WHERE agent_id = %s"
        " AND session = %s AND sequence = %s"
        " RETURNING rows, stored, refused, refused_by_reason, findings",
        [agent.pk, header.session, header.sequence],
    )
    rows, stored, refused, reasons, found = cursor.fetchone()
    by_reason = json.loads(reasons) if isinstance(reasons, str) else reasons
    return Answer(rows, stored, refused, by_reason, found, repeated=True)
