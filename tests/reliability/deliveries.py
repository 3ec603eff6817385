"""Deliveries under kill -9: ``python -m tests.reliability.deliveries --alerts 5000 --kills 20``.

Makes alerts in a database of its own, runs the worker (decide and send, as the Celery tasks do) in
a process, and kills that process at random moments. Then counts: every (alert, state, recipient)
must have reached its endpoint at least once; what reached it twice is counted, and must be known
by its key. Uses the server of DATABASE_URL.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime.now(UTC)


def work() -> None:
    """Decide and send for ever: the process that is killed."""
    import django

    django.setup()
    from django.utils import timezone

    from recipients import rounds, sending

    while True:
        now = timezone.now()
        did = rounds.decide(now) + sending.send(now)
        if not did:
            time.sleep(0.02)


def make(alerts: int, urls: list[str]) -> None:
    """Make recipients, and alerts that engage and are released, in the outbox."""
    from alerts.models import Alert, AlertEvent
    from monitoring.models import Agent, Interface
    from recipients.models import Endpoint, Recipient

    agent = Agent.objects.create(name="reliability", token_hash="x")
    interface = Interface.objects.create(agent=agent, name="eth0", kind="live")
    for number, url in enumerate(urls):
        endpoint = Endpoint(name=f"hook {number}", kind="webhook")
        endpoint.configure({"url": url, "timeout": 1})
        endpoint.save()
        Recipient.objects.create(
            name=f"to {number}",
            endpoint=endpoint,
            mode="single",
            messages_per_hour=0,
            minimum_severity="info",
        )
    made = Alert.objects.bulk_create(
        Alert(
            check_key="syn_flood", check_id=1, family="host", frame="host", interface=interface,
            identity=str(number), entity=f"10.0.{number // 250}.{number % 250}", score=100,
            severity="error", state="released", count=1, first_seen=NOON, last_seen=NOON,
            cooldown=60, quiet_at=NOON, engaged_at=NOON, noted_at=NOON, released_at=NOON,
            message="kill test",
        )
        for number in range(alerts)
    )  # fmt: skip
    for kind in ("engaged", "released"):
        AlertEvent.objects.bulk_create(
            AlertEvent(alert=alert, kind=kind, at=NOON, count=1, score=100) for alert in made
        )


def start() -> subprocess.Popen[bytes]:
    """Start the worker."""
    code = "from tests.reliability.deliveries import work; work()"
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)


def kill_at_random(kills: int, pause: float, chance: random.Random) -> int:
    """Kill the worker so often at random moments of its work; return how often it was."""
    for number in range(kills):
        worker = start()
        before = _progress()
        while _progress() == before and worker.poll() is None:
            time.sleep(0.02)  # it has to have begun
        time.sleep(chance.uniform(0, pause))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        if not _is_waiting():
            return number + 1
    return kills


def _progress() -> tuple[int, int]:
    from recipients.models import Attempt, Decision

    return Decision.objects.count(), Attempt.objects.count()


def _is_waiting() -> bool:
    from alerts.models import AlertEvent
    from recipients.models import Decision, Delivery

    undecided = AlertEvent.objects.filter(dispatched_at=None).exists()
    undelivered = Delivery.objects.filter(state="waiting").exists()
    return undecided or undelivered or Decision.objects.filter(outcome="waiting").exists()


def finish(patience: float = 60) -> None:
    """Let the worker end what is left; give up when nothing moves for so many seconds.

    However slow the machine is: what still waits at an end by the clock would look like a loss.
    """
    worker, before, moved_at = start(), _progress(), time.monotonic()
    try:
        while _is_waiting() and time.monotonic() < moved_at + patience and worker.poll() is None:
            time.sleep(0.1)
            if (now := _progress()) != before:
                before, moved_at = now, time.monotonic()
    finally:
        worker.kill()
        worker.wait()


def run(alerts: int, kills: int, pause: float = 1.0, recipients: int = 2) -> dict[str, Any]:
    """Do all of it in the present database; return what was counted."""
    from recipients.models import Attempt, Decision, Delivery
    from tests.recipients.servers import HttpStub

    with HttpStub() as stub:
        urls = [f"{stub.url}/{number}" for number in range(recipients)]
        make(alerts, urls)
        began = time.monotonic()
        killed = kill_at_random(kills, pause, random.Random(1))
        finish()
        took = time.monotonic() - began
        requests = list(stub.requests)
    came: Counter[tuple[str, int, str]] = Counter()
    order: dict[tuple[str, int], list[str]] = {}
    keys: dict[tuple[str, int, str], set[str]] = {}
    for request in requests:
        for one in request.json["alerts"]:
            key = (request.path, one["alert"], one["kind"])
            came[key] += 1
            keys.setdefault(key, set()).add(request.headers["idempotency-key"])
            order.setdefault(key[:2], []).append(one["kind"])
    wanted = alerts * 2 * recipients
    return {
        "kills": killed,
        "wanted": wanted,
        "reached": len(came),
        "still_waiting": (waiting := Delivery.objects.filter(state="waiting").count()),
        "lost": max(wanted - len(came) - waiting, 0),
        "doubled": sum(number - 1 for number in came.values()),
        "doubled_without_its_key": sum(len(found) - 1 for found in keys.values()),
        "out_of_order": sum(_is_wrong(kinds) for kinds in order.values()),
        "interrupted": Attempt.objects.filter(outcome="interrupted").count(),
        "decisions": Decision.objects.count(),
        "deliveries": Delivery.objects.count(),
        "sent": Delivery.objects.filter(state="sent").count(),
        "seconds": round(took, 1),
    }


def _is_wrong(kinds: list[str]) -> bool:
    """Return whether an end came before its beginning, or a beginning after its end."""
    first_end = kinds.index("released") if "released" in kinds else len(kinds)
    return "engaged" not in kinds[:first_end] or "engaged" in kinds[first_end:]


def main() -> None:
    """Run in a test database, print what was counted, fail if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    found = in_a_database(lambda: run(options.alerts, options.kills))
    show(found, "still_waiting", "lost", "doubled_without_its_key", "out_of_order")


def in_a_database(run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what ``run`` counts in a new test database, which is removed again."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntopweb.settings")
    os.environ["NTOPWEB_OUTBOUND_ALLOW"] = "127.0.0.0/8"
    os.environ.setdefault("NTOPWEB_SECRET_KEY", "reliability")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    os.environ["DATABASE_URL"] = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    before = settings.DATABASES["default"]["NAME"]
    try:
        return run()
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def show(found: dict[str, Any], *must_be_0: str) -> None:
    """Print what was counted; end with an error when what must be 0 is not."""
    for key, value in found.items():
        print(f"{key.replace('_', ' '):>24} {value}")
    bad = [key for key in must_be_0 if found[key]]
    sys.exit(f"failed: {', '.join(bad)}" if bad else 0)


if __name__ == "__main__":
    main()
