"""Make the tables of flows and traffic; say which networks are local until the operator does."""

from django.db import migrations
from django.utils import timezone

from monitoring import storage

# RFC 1918, loopback, link-local (RFC 3927, 4291), unique local (RFC 4193)
LOCAL_NETWORKS = {
    "10.0.0.0/8": "Private 10/8",
    "172.16.0.0/12": "Private 172.16/12",
    "192.168.0.0/16": "Private 192.168/16",
    "127.0.0.0/8": "Loopback",
    "::1/128": "Loopback (IPv6)",
    "169.254.0.0/16": "Link-local",
    "fe80::/10": "Link-local (IPv6)",
    "fc00::/7": "Unique local (IPv6)",
}


def install(apps, schema_editor):
    storage.create(schema_editor.connection, timezone.now())


def remove(apps, schema_editor):
    storage.drop(schema_editor.connection)


def add_local_networks(apps, schema_editor):
    LocalNetwork = apps.get_model("monitoring", "LocalNetwork")
    for network, name in LOCAL_NETWORKS.items():
        LocalNetwork.objects.get_or_create(network=network, defaults={"name": name})


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_seen")]

    operations = [
        migrations.RunPython(install, remove),
        migrations.RunPython(add_local_networks, migrations.RunPython.noop),
    ]
