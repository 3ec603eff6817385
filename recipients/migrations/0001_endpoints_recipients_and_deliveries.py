"""Endpoints, recipients, what holds back, decisions and deliveries."""
# ruff: noqa: E501

import uuid

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import monitoring.models.host
import recipients.matchers
import recipients.rendering


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("alerts", "0002_alert_heard_at"),
        ("monitoring", "0003_blacklists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                (
                    "kind",
                    models.SlugField(help_text="Key of the service, as email.", max_length=40),
                ),
                ("parameters", models.JSONField(blank=True, default=dict)),
                ("secrets", models.TextField(blank=True, editable=False, help_text="Encrypted.")),
                ("is_enabled", models.BooleanField(default=True, verbose_name="enabled")),
                ("refused_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "refusal",
                    models.TextField(
                        blank=True,
                        editable=False,
                        help_text="Why the service refused for good, and was disabled.",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=500)),
                (
                    "flush_at",
                    models.DateTimeField(help_text="When what waits becomes a message.", null=True),
                ),
                ("flushed_at", models.DateTimeField(null=True)),
                (
                    "repeat_at",
                    models.DateTimeField(
                        help_text="When what is still engaged is repeated.", null=True
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InhibitionRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                (
                    "cause",
                    models.TextField(
                        help_text="As of a silence.",
                        validators=[recipients.matchers.validate_matchers],
                    ),
                ),
                (
                    "symptom",
                    models.TextField(
                        blank=True,
                        help_text="As of a silence.",
                        validators=[recipients.matchers.validate_matchers],
                    ),
                ),
                (
                    "equal",
                    models.CharField(
                        blank=True,
                        help_text="What both must share, with commas: “interface, attacker=client” (the cause's attacker is the symptom's client).",
                        max_length=200,
                    ),
                ),
                ("is_enabled", models.BooleanField(default=True, verbose_name="enabled")),
                ("description", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Recipient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                ("parameters", models.JSONField(blank=True, default=dict)),
                ("is_enabled", models.BooleanField(default=True, verbose_name="enabled")),
                ("is_builtin", models.BooleanField(default=False, editable=False)),
                (
                    "minimum_severity",
                    models.CharField(
                        choices=[
                            ("info", "Info"),
                            ("notice", "Notice"),
                            ("warning", "Warning"),
                            ("error", "Error"),
                            ("critical", "Critical"),
                            ("emergency", "Emergency"),
                        ],
                        default="warning",
                        max_length=10,
                    ),
                ),
                (
                    "categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        default=list,
                        help_text="Categories of checks, as security.",
                        size=None,
                    ),
                ),
                (
                    "families",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        default=list,
                        help_text="Who alerts are about: flow, host, interface, network, system.",
                        size=None,
                    ),
                ),
                (
                    "checks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        default=list,
                        help_text="Keys of checks. As in ntopng they replace the severity, category and family above.",
                        size=None,
                    ),
                ),
                (
                    "networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            max_length=49, validators=[monitoring.models.host.validate_network]
                        ),
                        blank=True,
                        default=list,
                        help_text="Alerts about a host in these networks, as 10.0.0.0/8.",
                        size=None,
                    ),
                ),
                (
                    "tell_engaged",
                    models.BooleanField(default=True, verbose_name="when it engages or gets worse"),
                ),
                (
                    "tell_released",
                    models.BooleanField(default=True, verbose_name="when it is over"),
                ),
                (
                    "tell_acknowledged",
                    models.BooleanField(
                        default=False, verbose_name="when somebody acknowledges it"
                    ),
                ),
                (
                    "hours",
                    models.TextField(
                        blank=True,
                        help_text="When they are told, a line each: “Mon-Fri 08:00-18:00”, “daily 22:00-06:00”. What engages outside is told when the hours begin, if it is still engaged.",
                    ),
                ),
                (
                    "zone",
                    models.CharField(
                        default="UTC", max_length=60, verbose_name="time zone of the hours"
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("single", "One message per alert"),
                            ("digest", "Digest: alerts that belong together in one message"),
                        ],
                        default="digest",
                        max_length=10,
                    ),
                ),
                (
                    "group_by",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        default=list,
                        help_text="What belongs together in a digest, of: check, category, family, severity, interface, host, attacker, victim, pool.",
                        size=None,
                    ),
                ),
                (
                    "wait_seconds",
                    models.PositiveIntegerField(
                        default=10,
                        help_text="Seconds that the first alert of a digest waits for others.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="wait",
                    ),
                ),
                (
                    "interval_seconds",
                    models.PositiveIntegerField(
                        default=300,
                        help_text="Seconds between two digests of the same group.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="interval",
                    ),
                ),
                (
                    "quiet_seconds",
                    models.PositiveIntegerField(
                        default=3600,
                        help_text="Seconds within which the same thing in the same state is not told again.",
                        validators=[django.core.validators.MaxValueValidator(2592000)],
                        verbose_name="not twice within",
                    ),
                ),
                (
                    "repeat_seconds",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Seconds after which an alert that nobody acknowledged is told again; 0: never.",
                        validators=[django.core.validators.MaxValueValidator(2592000)],
                        verbose_name="repeat",
                    ),
                ),
                (
                    "messages_per_hour",
                    models.PositiveIntegerField(
                        default=60,
                        help_text="The rate cap; what is over it becomes one digest. 0: no cap.",
                        validators=[django.core.validators.MaxValueValidator(100000)],
                        verbose_name="messages an hour",
                    ),
                ),
                (
                    "give_up_hours",
                    models.PositiveIntegerField(
                        default=24,
                        help_text="Hours for which a message is attempted.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(720),
                        ],
                        verbose_name="give up after",
                    ),
                ),
                (
                    "subject_template",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the usual.",
                        max_length=500,
                        validators=[recipients.rendering.validate_template],
                    ),
                ),
                (
                    "body_template",
                    models.TextField(
                        blank=True,
                        help_text="Empty: the usual.",
                        validators=[recipients.rendering.validate_template],
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recipients",
                        to="recipients.endpoint",
                    ),
                ),
                ("interfaces", models.ManyToManyField(blank=True, to="monitoring.interface")),
                (
                    "pools",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Alerts about a host of these pools.",
                        to="monitoring.hostpool",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        help_text="The same at every attempt.",
                        unique=True,
                    ),
                ),
                ("recipient_name", models.CharField(max_length=100)),
                ("endpoint_name", models.CharField(max_length=100)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("news", "News"),
                            ("repeat", "Still engaged"),
                            ("overflow", "Over the rate cap"),
                            ("test", "Test"),
                        ],
                        default="news",
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Sent"),
                            ("dead", "Dead"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("total", models.PositiveIntegerField(help_text="Alerts that it tells of.")),
                (
                    "severity",
                    models.CharField(help_text="The highest of its alerts.", max_length=10),
                ),
                ("content", models.JSONField(help_text="What it says.")),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                (
                    "outcome",
                    models.TextField(blank=True, help_text="What the last attempt came to."),
                ),
                (
                    "group",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="recipients.group",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="deliveries",
                        to="recipients.recipient",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="MaintenanceWindow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                (
                    "matchers",
                    models.TextField(
                        blank=True,
                        help_text="As of a silence; empty: everything.",
                        validators=[recipients.matchers.validate_matchers],
                    ),
                ),
                (
                    "first",
                    models.CharField(
                        help_text="Local time in the zone, as 2026-11-29 02:00.",
                        max_length=16,
                        verbose_name="first start",
                    ),
                ),
                (
                    "minutes",
                    models.PositiveIntegerField(
                        default=120,
                        help_text="Minutes.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10080),
                        ],
                        verbose_name="lasts",
                    ),
                ),
                (
                    "rule",
                    models.CharField(
                        help_text="“FREQ=WEEKLY;BYDAY=SU”, “FREQ=MONTHLY;BYDAY=1SA”; DAILY to YEARLY.",
                        max_length=300,
                    ),
                ),
                ("zone", models.CharField(default="UTC", max_length=60, verbose_name="time zone")),
                ("is_enabled", models.BooleanField(default=True, verbose_name="enabled")),
                ("comment", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="group",
            name="recipient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="groups",
                to="recipients.recipient",
            ),
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recipient_name", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("unmatched", "Not for them"),
                            ("inhibited", "Hidden by its cause"),
                            ("silenced", "Silenced"),
                            ("off_hours", "Outside their hours"),
                            ("duplicate", "Told before"),
                            ("untold", "Its beginning was not told"),
                            ("over", "Over before it could be told"),
                            ("waiting", "Waits in a group"),
                            ("told", "In a message"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "steps",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                (
                    "fingerprint",
                    models.CharField(help_text="Of what is the same over time.", max_length=32),
                ),
                (
                    "state",
                    models.CharField(help_text="What is told: as “engaged:error”.", max_length=30),
                ),
                ("is_held", models.BooleanField(default=False)),
                (
                    "recheck_at",
                    models.DateTimeField(help_text="When what holds it back may end.", null=True),
                ),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="alerts.alert",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="alerts.alertevent",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="alerts.alert",
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="decisions",
                        to="recipients.delivery",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="decisions",
                        to="recipients.group",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="decisions",
                        to="recipients.recipient",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Silence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "matchers",
                    models.TextField(
                        help_text="A condition a line, all of them must hold: “check = syn_scan”, “host in 10.0.0.0/8”, “entity ~ *backup*”, “severity != emergency”.",
                        validators=[recipients.matchers.validate_matchers],
                    ),
                ),
                ("starts_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ends_at", models.DateTimeField()),
                ("comment", models.CharField(max_length=500)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-ends_at"],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("started_at", models.DateTimeField()),
                ("milliseconds", models.FloatField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("refused", "Refused"),
                            ("interrupted", "Interrupted"),
                        ],
                        default="open",
                        max_length=12,
                    ),
                ),
                (
                    "status",
                    models.IntegerField(help_text="HTTP or SMTP status, exit code.", null=True),
                ),
                ("answer", models.TextField(blank=True, help_text="What the service said.")),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tries",
                        to="recipients.delivery",
                    ),
                ),
            ],
            options={
                "ordering": ["delivery", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("delivery", "number"), name="one_attempt_per_number"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Queue",
            fields=[
                (
                    "recipient",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="queue",
                        serialize=False,
                        to="recipients.recipient",
                    ),
                ),
                ("due_at", models.DateTimeField(help_text="Empty while nothing waits.", null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("lease", models.UUIDField(help_text="Of the worker that has it.", null=True)),
                ("failures", models.PositiveIntegerField(default=0, help_text="In a row.")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["due_at"],
                        name="queue_due",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="group",
            index=models.Index(
                condition=models.Q(("flush_at__isnull", False)),
                fields=["flush_at"],
                name="group_to_flush",
            ),
        ),
        migrations.AddIndex(
            model_name="group",
            index=models.Index(
                condition=models.Q(("repeat_at__isnull", False)),
                fields=["repeat_at"],
                name="group_to_repeat",
            ),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.UniqueConstraint(
                fields=("recipient", "key"), name="one_group_per_key"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["recipient", "id"],
                name="delivery_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["recipient", "-created_at"], name="delivery_pace"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["state", "-id"], name="delivery_state"),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("outcome__in", ["waiting", "told"])),
                fields=["recipient", "fingerprint", "-id"],
                name="decision_known",
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("is_held", True)), fields=["recheck_at"], name="decision_held"
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("is_held", True)), fields=["held_by"], name="decision_held_by"
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                fields=("event", "recipient"), name="one_decision_per_event_and_recipient"
            ),
        ),
    ]
