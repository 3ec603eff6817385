"""Addressees with filters."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from alerts.severity import Severity
from checks.parameters import ParameterError
from monitoring.models import HostPool, Interface
from monitoring.models.host import validate_network
from recipients.endpoints.base import Addressee
from recipients.models.endpoint import Endpoint
from recipients.occurrence import GROUPABLE
from recipients.rendering import validate_template
from recipients.windows import Hours, zone_of

_SEVERITIES: Final = [(str(s), s.capitalize()) for s in Severity if s is not Severity.NONE]
_DAY: Final = 86_400


def _words(help_text: str) -> Any:
    return ArrayField(
        models.CharField(max_length=100), default=list, blank=True, help_text=help_text
    )


class Recipient(models.Model):
    """Who is told by an endpoint, of what, when and how often. What is empty filters nothing."""

    class Mode(models.TextChoices):
        """How alerts are put into messages."""

        SINGLE = "single", "One message per alert"
        DIGEST = "digest", "Digest: alerts that belong together in one message"

    name = models.CharField(max_length=100, unique=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="recipients")
    parameters = models.JSONField(default=dict, blank=True)
    is_enabled = models.BooleanField("enabled", default=True)
    is_builtin = models.BooleanField(default=False, editable=False)

    minimum_severity = models.CharField(
        max_length=10, choices=_SEVERITIES, default=str(Severity.WARNING)
    )
    categories = _words("Categories of checks, as security.")
    families = _words("Who alerts are about: flow, host, interface, network, system.")
    checks = _words(
        "Keys of checks. As in ntopng they replace the severity, category and family above."
    )
    pools = models.ManyToManyField(
        HostPool, blank=True, help_text="Alerts about a host of these pools."
    )
    interfaces = models.ManyToManyField(Interface, blank=True)
    networks = ArrayField(
        models.CharField(max_length=49, validators=[validate_network]),
        default=list,
        blank=True,
        help_text="Alerts about a host in these networks, as 10.0.0.0/8.",
    )
    tell_engaged = models.BooleanField("when it engages or gets worse", default=True)
    tell_released = models.BooleanField("when it is over", default=True)
    tell_acknowledged = models.BooleanField("when somebody acknowledges it", default=False)
    hours = models.TextField(
        blank=True,
        help_text="When they are told, a line each: “Mon-Fri 08:00-18:00”, “daily 22:00-06:00”. "
        "What engages outside is told when the hours begin, if it is still engaged.",
    )
    zone = models.CharField("time zone of the hours", max_length=60, default="UTC")

    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.DIGEST)
    group_by = _words(f"What belongs together in a digest, of: {', '.join(GROUPABLE)}.")
    wait_seconds = models.PositiveIntegerField(
        "wait",
        default=10,
        validators=[MaxValueValidator(_DAY)],
        help_text="Seconds that the first alert of a digest waits for others.",
    )
    interval_seconds = models.PositiveIntegerField(
        "interval",
        default=300,
        validators=[MaxValueValidator(_DAY)],
        help_text="Seconds between two digests of the same group.",
    )
    quiet_seconds = models.PositiveIntegerField(
        "not twice within",
        default=3600,
        validators=[MaxValueValidator(30 * _DAY)],
        help_text="Seconds within which the same thing in the same state is not told again.",
    )
    repeat_seconds = models.PositiveIntegerField(
        "repeat",
        default=0,
        validators=[MaxValueValidator(30 * _DAY)],
        help_text="Seconds after which an alert that nobody acknowledged is told again; 0: never.",
    )
    messages_per_hour = models.PositiveIntegerField(
        "messages an hour",
        default=60,
        validators=[MaxValueValidator(100_000)],
        help_text="The rate cap; what is over it becomes one digest. 0: no cap.",
    )
    give_up_hours = models.PositiveIntegerField(
        "give up after",
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 30)],
        help_text="Hours for which a message is attempted.",
    )
    subject_template = models.CharField(
        max_length=500, blank=True, validators=[validate_template], help_text="Empty: the usual."
    )
    body_template = models.TextField(
        blank=True, validators=[validate_template], help_text="Empty: the usual."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Listed by name."""

        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def addressee(self) -> Addressee:
        """Return the typed parameters; raises ParameterError naming each field that is refused."""
        return self.endpoint.service_class.To.of(self.parameters)

    def clean(self) -> None:
        """Refuse what would fail later, naming field and reason."""
        reasons: dict[str, str] = {}
        for name, check in (("zone", self._zone), ("hours", self._hours), ("group_by", self._by)):
            try:
                check()
            except ValueError as error:
                reasons[name] = str(error)
        if not (self.tell_engaged or self.tell_released or self.tell_acknowledged):
            reasons["tell_engaged"] = "choose at least one: else nothing would ever be told"
        if self.endpoint_id and self.endpoint.service_class.one_by_one:
            reasons |= self._one_by_one()
        if reasons:
            raise ValidationError(reasons)
        self._clean_parameters()

    def _zone(self) -> None:
        zone_of(self.zone)

    def _hours(self) -> None:
        Hours.parse(self.hours, "UTC")

    def _by(self) -> None:
        if wrong := [name for name in self.group_by if name not in GROUPABLE]:
            raise ValueError(f"{wrong[0]!r} is none of {', '.join(GROUPABLE)}")

    def _one_by_one(self) -> dict[str, str]:
        """Return what a service that takes one alert at a time cannot do."""
        title, reasons = self.endpoint.service_class.title, {}
        if self.mode != self.Mode.SINGLE:
            reasons["mode"] = f"{title} takes one alert at a time: choose one message per alert"
        if self.messages_per_hour:
            reasons["messages_per_hour"] = f"{title} knows no digest for what is over the cap: 0"
        return reasons

    def _clean_parameters(self) -> None:
        if not self.endpoint_id:
            return
        try:
            self.addressee()
        except ParameterError as error:
            raise ValidationError(str(error)) from error
