"""Something in every list, with a secret where there can be one; and what must not change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils import timezone

from alerts.models import AlertEvent
from checks.lua.models import Script
from checks.models import Exclusion, ThresholdRule, UserRule
from monitoring.models import BlacklistSource, HostPool, HostPoolMember, LocalNetwork
from recipients.models import Silence
from tests.monitoring import builders
from tests.recipients.builders import a_recipient, an_alert, an_endpoint

SECRET = "s3cret-of-the-test"
#: Changed by whoever reads.
_NOT_COMPARED = ("monitoring_apitoken", "alerts_savedreport")


def fill(user: Any) -> None:
    """Put an object into every list."""
    now = timezone.now()
    for address in ("10.0.0.7", "2001:db8::7"):
        builders.a_host(address, seen=now, is_local=True)
        builders.a_flow(client=address, time=now - timedelta(minutes=1))
    builders.a_line(received_at=now)
    builders.some_traffic("host", "10.0.0.7", bucket=now.replace(second=0, microsecond=0))
    alert = an_alert(at=now)
    AlertEvent.objects.create(alert=alert, kind="engaged", at=now, count=1, score=100)
    bot = an_endpoint("telegram", "bot", token=f"1:{SECRET}")
    a_recipient("bot", bot, parameters={"chat": "7"})
    a_recipient("hook", an_endpoint("webhook", "hook", shared_secret=SECRET))
    pool = HostPool.objects.create(name="printers")
    HostPoolMember.objects.create(pool=pool, value="10.0.0.7")
    LocalNetwork.objects.get_or_create(network="10.0.0.0/8")
    BlacklistSource.objects.get_or_create(name="own", defaults={"location": "own.txt"})
    Exclusion(check_key="syn_scan", host="10.0.0.9", reason="scanner").keep(by=user)
    UserRule(title="Much", frame="flow", condition="bits_per_second > 1e9", message="much").keep(
        by=user
    )
    ThresholdRule(
        title="Limit", subject="host", target="10.0.0.7", metric="bytes", threshold=10**9
    ).keep(by=user)
    script = Script.objects.create(name="nothing")
    script.write("return 0")
    Silence.objects.create(
        matchers="check = syn_scan", starts_at=now, ends_at=now + timedelta(hours=1), comment="x"
    )


def snapshot() -> dict[str, str]:
    """Return what stands in every table of the apps."""
    labels = ("monitoring", "checks", "alerts", "recipients", "lua")
    models = [m for m in apps.get_models() if m._meta.app_label in labels and m._meta.managed]
    return {m._meta.db_table: _digest(m._meta.db_table) for m in models}


def _digest(table: str) -> str:
    if table in _NOT_COMPARED:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '') FROM \"{table}\" t"
        )
        return str(cursor.fetchone()[0])
