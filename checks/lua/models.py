"""Scripts, their versions and examples, and what host scripts asked for."""

from __future__ import annotations

import difflib
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction

from checks.lua.declared import DeclarationError, declared, values
from monitoring.models import HostPool, Interface

#: A source of so many bytes is long for a check.
LONGEST_SOURCE: Final = 64 * 1024
#: A script whose process had to be ended so often is quarantined.
MOST_KILLS: Final = 2


class Script(models.Model):
    """A check written in Lua; what it says is :attr:`source`, the latest version's.

    Several scripts may share a target. ``parameters`` holds the values that differ from those
    declared in the source.
    """

    class Target(models.TextChoices):
        """When it runs: ntopng's four hooks of a flow, and the host's minute."""

        FLOW_START = "flow_start", "Flow: start"
        FLOW_DETECTED = "flow_detected", "Flow: protocol detected"
        FLOW_PERIODIC = "flow_periodic", "Flow: every minute"
        FLOW_END = "flow_end", "Flow: end"
        HOST = "host", "Host: every minute"

    class State(models.TextChoices):
        """Shadow: it runs and shows what it finds, and nobody is told."""

        ENABLED = "enabled", "Enabled"
        SHADOW = "shadow", "Shadow"
        OFF = "off", "Off"

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True)
    target = models.CharField(max_length=20, choices=Target, default=Target.FLOW_DETECTED)
    state = models.CharField(max_length=10, choices=State, default=State.OFF)
    parameters = models.JSONField(default=dict, blank=True)
    pools = models.ManyToManyField(
        HostPool,
        blank=True,
        related_name="+",
        help_text="Only flows and hosts of these pools; none are all.",
    )
    updated_at = models.DateTimeField(auto_now=True)
    kills = models.PositiveSmallIntegerField(default=0, editable=False)
    quarantined_at = models.DateTimeField(null=True, editable=False)
    quarantine_reason = models.TextField(blank=True, editable=False)

    class Meta:
        """Listed by name."""

        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def event(self) -> str | None:
        """Return the event of the flow frame that it looks at, None for a host's script."""
        return EVENTS.get(self.target)

    @property
    def latest(self) -> Version | None:
        """Return the newest version, None before the first."""
        return self.versions.first()

    @property
    def source(self) -> str:
        """Return what runs."""
        latest = self.latest
        return latest.source if latest else ""

    @property
    def is_running(self) -> bool:
        """Whether it is evaluated: not off, not quarantined."""
        return self.state != self.State.OFF and self.quarantined_at is None

    def values(self) -> dict[str, Any]:
        """Return every parameter's value; raises DeclarationError for one that does not fit."""
        return values(self.source, self.parameters)

    @transaction.atomic
    def write(self, source: str, *, by: Any = None, note: str = "") -> Version:
        """Save a new version, if it differs, and end a quarantine; raises ValidationError."""
        check_source(source)
        latest = Script.objects.select_for_update().get(pk=self.pk).latest
        if latest and latest.source == source:
            return latest
        number = latest.number + 1 if latest else 1
        made = Version.objects.create(
            script=self, number=number, source=source, author=by, note=note
        )
        self.forgive()
        return made

    def forgive(self) -> None:
        """End a quarantine, forgetting what led to it."""
        self.kills, self.quarantined_at, self.quarantine_reason = 0, None, ""
        self.save(update_fields=["kills", "quarantined_at", "quarantine_reason", "updated_at"])

    def blame(self, reason: str, now: datetime) -> bool:
        """Count that its process had to be ended; return whether it is quarantined now."""
        self.kills += 1
        if self.kills >= MOST_KILLS:
            self.quarantined_at, self.quarantine_reason = now, reason
        self.save(update_fields=["kills", "quarantined_at", "quarantine_reason", "updated_at"])
        return self.quarantined_at is not None


#: The flow frame's event of each target.
EVENTS: Final[dict[str, str]] = {
    Script.Target.FLOW_START: "start",
    Script.Target.FLOW_DETECTED: "detected",
    Script.Target.FLOW_PERIODIC: "update",
    Script.Target.FLOW_END: "end",
}


def check_source(source: str) -> None:
    """Refuse a source that is too long or declares a parameter wrongly; raises ValidationError."""
    if len(source.encode()) > LONGEST_SOURCE:
        raise ValidationError({"source": f"must not be longer than {LONGEST_SOURCE} bytes"})
    try:
        declared(source)
    except DeclarationError as error:
        raise ValidationError({"source": str(error)}) from error


class Version(models.Model):
    """What a script said at some time; never changed. A rollback is a new version."""

    script = models.ForeignKey(Script, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    source = models.TextField()
    note = models.CharField(max_length=200, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """The newest first."""

        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["script", "number"], name="lua_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.script} {self.number}"

    def diff(self) -> list[str]:
        """Return what changed since the version before, as a unified diff's lines."""
        before = self.script.versions.filter(number__lt=self.number).first()
        old = before.source.splitlines() if before else []
        return list(difflib.unified_diff(old, self.source.splitlines(), lineterm="", n=3))[2:]


class Example(models.Model):
    """A flow or host, and whether the script must alert on it; run at every save.

    ``row`` names columns of the frame, ``client`` and ``server`` (or ``address``) as text; what is
    left out is zero or empty.
    """

    script = models.ForeignKey(Script, on_delete=models.CASCADE, related_name="examples")
    name = models.CharField(max_length=100)
    row = models.JSONField(default=dict)
    is_alert = models.BooleanField(default=True, verbose_name="alerts")

    class Meta:
        """Listed in the order in which they were made."""

        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """What a script did and cost in one minute."""

    script = models.ForeignKey(Script, on_delete=models.CASCADE, related_name="runs")
    minute = models.DateTimeField()
    rows = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0.0, help_text="Of one core.")
    hits = models.BigIntegerField(default=0)
    errors = models.BigIntegerField(default=0)
    error = models.TextField(blank=True, help_text="The last one, with its line and flow.")
    console = models.TextField(blank=True)

    class Meta:
        """The newest first."""

        ordering = ["-minute"]
        constraints = [models.UniqueConstraint(fields=["script", "minute"], name="lua_run_minute")]

    def __str__(self) -> str:
        return f"{self.script} at {self.minute}"


class Visit(models.Model):
    """A host that a script looked at: what it must remember between two minutes."""

    script = models.ForeignKey(Script, on_delete=models.CASCADE, related_name="visits")
    interface = models.ForeignKey(Interface, on_delete=models.CASCADE, related_name="+")
    vlan = models.PositiveIntegerField(default=0)
    address = models.GenericIPAddressField()
    visited_at = models.DateTimeField()
    skip_until = models.DateTimeField(null=True)
    contacts_since = models.DateTimeField(null=True, help_text="Contacts before are forgotten.")

    class Meta:
        """One row per script and host."""

        constraints = [
            models.UniqueConstraint(
                fields=["script", "interface", "vlan", "address"], name="lua_visit_host"
            )
        ]

    def __str__(self) -> str:
        return f"{self.script}: {self.address}"
