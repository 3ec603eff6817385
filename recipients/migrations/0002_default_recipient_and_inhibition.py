"""What is there from the first start: the interface as recipient, and causes with symptoms."""

from django.db import migrations

NAME = "In the interface"

_FAILURES = (
    "check in connection_failed, tcp_connection_refused, tcp_flow_reset, tcp_no_data_exchanged, "
    "ndpi_unidirectional_traffic, ndpi_probing_attempt, ndpi_tcp_issues"
)
_RULES = [
    {
        "name": "A silent agent or exporter hides its silent interface",
        "cause": "check = no_probe_or_exporter_activity",
        "symptom": "check = no_if_activity",
        "equal": "interface",
        "description": "Where nobody looks, nothing is seen.",
    },
    {
        "name": "Dropped packets hide what looks like trouble of TCP",
        "cause": "check = too_many_drops",
        "symptom": "check in tcp_packets_issues, zero_tcp_window, low_goodput, ndpi_tcp_issues",
        "equal": "interface",
        "description": "A capture with holes looks like a network that loses packets.",
    },
    {
        "name": "A scan hides its failed connections",
        "cause": "check in syn_scan, scan_detection, rst_scan, fin_scan, flow_flood",
        "symptom": _FAILURES,
        "equal": "attacker=client",
        "description": "A scanner's connections fail by the hundred; the scan says it once.",
    },
    {
        "name": "A flood hides the failed connections of its victim",
        "cause": "check in syn_flood, flow_flood",
        "symptom": _FAILURES,
        "equal": "victim=server",
        "description": "A flooded server answers nobody.",
    },
]


def make(apps, schema_editor):
    database = schema_editor.connection.alias
    endpoint, _ = (
        apps.get_model("recipients", "Endpoint")
        .objects.using(database)
        .get_or_create(kind="interface", defaults={"name": NAME})
    )
    apps.get_model("recipients", "Recipient").objects.using(database).get_or_create(
        is_builtin=True,
        defaults={
            "name": NAME,
            "endpoint": endpoint,
            "minimum_severity": "info",
            "mode": "single",
            "messages_per_hour": 0,
        },
    )
    rules = apps.get_model("recipients", "InhibitionRule").objects.using(database)
    for rule in _RULES:
        rules.get_or_create(name=rule["name"], defaults=rule)


class Migration(migrations.Migration):
    dependencies = [("recipients", "0001_endpoints_recipients_and_deliveries")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
