"""Lists of bad addresses and names."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0002_storage_and_local_networks")]

    operations = [
        migrations.CreateModel(
            name="BlacklistSource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                (
                    "location",
                    models.CharField(
                        blank=True,
                        help_text="A URL, or the name of a file in the data folder's lists/.",
                        max_length=500,
                    ),
                ),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("ip", "Addresses and networks, one per line"),
                            ("ip_csv", "Addresses in a column of CSV"),
                            ("ip_occurencies", "Addresses with a count"),
                            ("hosts", "A hosts file"),
                            ("domain", "Names, addresses and networks, one per line"),
                        ],
                        default="ip",
                        max_length=20,
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("Malware", "Malware"),
                            ("Mining", "Mining"),
                            ("Advertisement", "Advertisement"),
                        ],
                        default="Malware",
                        max_length=20,
                    ),
                ),
                ("is_enabled", models.BooleanField(default=True)),
                (
                    "refresh_seconds",
                    models.PositiveIntegerField(
                        default=86400,
                        validators=[django.core.validators.MinValueValidator(3600)],
                    ),
                ),
                ("attempted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("refreshed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("entries", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "refused",
                    models.PositiveIntegerField(
                        default=0, editable=False, help_text="Lines that meant nothing."
                    ),
                ),
                ("error", models.TextField(blank=True, editable=False)),
            ],
            options={"verbose_name": "blacklist", "ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="BlacklistContent",
            fields=[
                (
                    "source",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="content",
                        serialize=False,
                        to="monitoring.blacklistsource",
                    ),
                ),
                ("networks", models.TextField(blank=True)),
                ("names", models.TextField(blank=True)),
            ],
        ),
    ]
