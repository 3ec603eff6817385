"""Rules over sums of traffic: more, or less, than so much in a minute, an hour or a day."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from checks.base import Check
from checks.models.authored import SCORES, Authored
from checks.rules import RuleError
from checks.thresholds import DIRECTIONS, METRICS, PERIODS, SUBJECTS, Limit, as_known, build
from monitoring.models import HostPool, Interface

#: A rule's number among the checks is its row's, from here.
FIRST_NUMBER = 20_000


class ThresholdRule(Authored):
    """A limit on what a host, pool, network, VLAN, interface or application moves in a period."""

    title = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    is_enabled = models.BooleanField(default=True)
    subject = models.CharField(max_length=20, choices=[(s, s) for s in SUBJECTS])
    target = models.CharField(
        max_length=100, blank=True, help_text="Address, pool, CIDR, VLAN or name; empty for each."
    )
    metric = models.CharField(max_length=20, choices=list(METRICS.items()), default="bytes")
    direction = models.CharField(
        max_length=10, choices=[(d, d) for d in DIRECTIONS], default="both"
    )
    operator = models.CharField(
        max_length=2, choices=[(">", "more than"), ("<", "less than")], default=">"
    )
    threshold = models.FloatField()
    period = models.PositiveIntegerField(choices=list(PERIODS.items()), default=300)
    score = models.PositiveSmallIntegerField(default=50, validators=SCORES)

    class Meta:
        """Listed by title."""

        ordering = ["title"]
        verbose_name = "threshold rule"

    def __str__(self) -> str:
        return self.title

    @property
    def key(self) -> str:
        """The key of its alerts."""
        return f"threshold_{self.pk or 0}"

    @property
    def number(self) -> int:
        """The small number that stands for it among the checks."""
        return FIRST_NUMBER + int(self.pk or 0)

    @property
    def is_running(self) -> bool:
        """Whether it is evaluated."""
        return self.is_enabled and self.quarantined_at is None

    def build(self) -> Check:
        """Return the rule as a check; raises RuleError."""
        names = ("key", "title", "description", "subject", "target", "metric", "direction")
        said = {name: getattr(self, name) for name in (*names, "operator", "threshold", "period")}
        return build(Limit(**said, score=self.score))

    def clean(self) -> None:
        """Refuse a target that the subject cannot have, and a limit that never holds."""
        super().clean()
        try:
            self.target = as_known(self.subject, self.target.strip())
            self.build()
        except RuleError as error:
            raise ValidationError({error.field: error.reason}) from error
        if reason := self._unknown():
            raise ValidationError({"target": reason})

    def _unknown(self) -> str:
        """Return why a named pool or interface is none; "" for what there is."""
        named = {"pool": HostPool.objects, "interface": Interface.objects}.get(self.subject)
        if named is None or not self.target or named.filter(name=self.target).exists():
            return ""
        return f"there is no {self.subject} {self.target!r}"
