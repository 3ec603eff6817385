"""Tokens have scopes and limits."""

from django.db import migrations, models

import monitoring.models.host
import monitoring.models.token


def networks(help_text: str) -> monitoring.models.token.NetworkList:
    column = models.CharField(max_length=49, validators=[monitoring.models.host.validate_network])
    return monitoring.models.token.NetworkList(
        base_field=column, blank=True, default=list, help_text=help_text, size=None
    )


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0004_batches_that_wait")]

    operations = [
        migrations.AlterModelOptions(name="apitoken", options={"ordering": ["name", "id"]}),
        migrations.AddField(
            "apitoken",
            "may_read",
            models.BooleanField(default=True, help_text="What its user may see."),
        ),
        migrations.AlterField(
            "apitoken",
            "may_write",
            models.BooleanField(default=False, help_text="Change what its user may change."),
        ),
        migrations.AddField(
            "apitoken",
            "may_ingest",
            models.BooleanField(default=False, help_text="Post external alerts as events."),
        ),
        migrations.AddField(
            "apitoken",
            "interfaces",
            models.ManyToManyField(
                "monitoring.interface",
                blank=True,
                related_name="+",
                help_text="It sees what was observed on these alone; none chosen means all.",
            ),
        ),
        migrations.AddField(
            "apitoken",
            "is_limited",
            models.BooleanField(
                default=False,
                editable=False,
                help_text="Whether it has `interfaces`: it stays limited when they are removed.",
            ),
        ),
        migrations.AddField(
            "apitoken",
            "networks",
            networks(
                "It sees what has to do with hosts in these networks alone, as 10.0.0.0/8, "
                "2001:db8::/32; empty means all."
            ),
        ),
        migrations.AddField(
            "apitoken",
            "allowed_from",
            networks("The networks from which it may be used, as 192.0.2.0/24; empty means any."),
        ),
        migrations.AddField(
            "apitoken",
            "last_used_from",
            models.GenericIPAddressField(null=True, blank=True, editable=False),
        ),
    ]
