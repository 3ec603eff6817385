"""A flood of findings: ``python -m tests.reliability.flood --findings 100000``.

Puts findings about as many hosts into the queue, as a minute of a spoofed scan would, has the
lifecycle make alerts of them, and counts what recipients are sent in the two hours after: a number
bounded by their settings, that tells of every alert. Uses the server of DATABASE_URL.
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.reliability.deliveries import in_a_database, show

CAP = 20
HOUR = timedelta(hours=1)


def put(findings: int, now: datetime) -> None:
    """Put findings about as many hosts into the queue, IPv4 and IPv6 by turns."""
    import polars as pl
    from django.db import connection, transaction

    from alerts.findings import system, write

    numbers = pl.int_range(findings, eager=True)
    hosts = pl.Series([_host(number) for number in numbers])
    one = system("syn_scan", "x", "SYN scan", {}, score=100, cooldown=1e6, now=now)
    rows = one.join(pl.DataFrame({"host": hosts}), how="cross")
    rows = rows.with_columns(
        *(pl.col("host").alias(name) for name in ("identity", "entity", "client", "attacker")),
        pl.lit("host").alias("family"),
        pl.lit("system").alias("frame"),
    ).drop("host")
    with transaction.atomic(), connection.cursor() as cursor:
        write(cursor, rows)


def _host(number: int) -> str:
    if number % 2:
        return f"2001:db8::{number >> 16:x}:{number & 0xFFFF:x}"
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def run(findings: int) -> dict[str, Any]:
    """Do all of it in the present database; return what was counted."""
    from alerts.lifecycle import process_round
    from alerts.models import Alert
    from recipients import rounds
    from recipients.models import Decision, Delivery, Endpoint, Recipient

    now = datetime.now(UTC)
    endpoint = Endpoint(name="hook", kind="webhook")
    endpoint.configure({"url": "https://hook.example/"})
    endpoint.save()
    for name, mode, cap in (("each", "single", CAP), ("digest", "digest", CAP)):
        Recipient.objects.create(
            name=name, endpoint=endpoint, mode=mode, messages_per_hour=cap, minimum_severity="info"
        )
    began = time.process_time()
    put(findings, now)
    while (done := process_round(now)) and done.did_work:
        rounds.decide(now, longest=3600)
    lifecycle = time.process_time() - began
    for later in (timedelta(seconds=10), timedelta(minutes=10), HOUR, 2 * HOUR):
        rounds.decide(now + later, longest=3600)
    told = dict.fromkeys(("each", "digest"), 0)
    messages = dict.fromkeys(told, 0)
    for name, total in Delivery.objects.values_list("recipient_name", "total"):
        told[name] += total
        messages[name] += 1
    undecided = 2 * findings - Decision.objects.filter(outcome="told").count()
    return {
        "findings": findings,
        "alerts": Alert.objects.filter(check_key="syn_scan").count(),
        "alerts_lost": findings - Alert.objects.filter(check_key="syn_scan").count(),
        "messages_each": messages["each"],
        "messages_digest": messages["digest"],
        "over_the_cap": max(max(messages.values()) - CAP - 1, 0),
        "untold": 2 * findings - sum(told.values()),
        "undecided": undecided,
        "largest_message_bytes": max(len(str(d.content)) for d in Delivery.objects.all()),
        "cpu_seconds": round(time.process_time() - began, 1),
        "of_it_until_decided": round(lifecycle, 1),
    }


def main() -> None:
    """Run in a test database, print what was counted, fail if anything was lost or unbounded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=100_000)
    options = parser.parse_args()
    found = in_a_database(lambda: run(options.findings))
    show(found, "alerts_lost", "over_the_cap", "untold", "undecided")


if __name__ == "__main__":
    main()
