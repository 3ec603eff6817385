"""A check that the operator wrote: a condition over a frame."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import slugify

from capture_agent.schema import EVENT
from checks.base import Category, Check
from checks.models.authored import SCORES, Authored
from checks.rules import Definition, RuleError, build
from checks.validation import validate

#: A rule's number among the checks is its row's, from here; settings stay below.
FIRST_NUMBER = 10_000
#: What the keys of rules begin with.
OWN = "own_"
FRAMES = ("flow", "host", "interface", "application", "l2")


class Mode(models.TextChoices):
    """Whether a rule is evaluated, and whether anybody hears of it."""

    ENABLED = "enabled"
    SHADOW = "shadow"
    DISABLED = "disabled"


class UserRule(Authored):
    """A user rule: title and words, a condition in the language, and what findings have in common.

    ``message`` names columns in braces: ``{client} sent {bytes_to_server} bytes``.
    """

    key = models.SlugField(max_length=80, unique=True, editable=False)
    title = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.SHADOW)
    frame = models.CharField(
        max_length=40, choices=[(frame, frame) for frame in FRAMES], default="flow"
    )
    condition = models.TextField(
        help_text="As in SQL's WHERE: application = 'BitTorrent' AND bits_per_second > 1e9"
    )
    message = models.TextField(
        blank=True, help_text="Columns in braces: {client} sent {bytes_to_server} bytes"
    )
    score = models.PositiveSmallIntegerField(default=50, validators=SCORES)
    category = models.CharField(
        max_length=20,
        choices=[(str(category), str(category).capitalize()) for category in Category],
        default=str(Category.SECURITY),
    )
    cooldown = models.FloatField(
        default=300.0, help_text="Seconds without a finding after which the alert is released."
    )
    identity = models.CharField(
        max_length=200,
        blank=True,
        help_text="Columns that make two findings the same, commas between; empty for the frame's.",
    )
    events = ArrayField(
        models.CharField(max_length=10, choices=[(e, e) for e in EVENT.categories]),
        default=list,
        blank=True,
        help_text="Flows only; none for detected, update and end.",
    )
    attack = models.CharField(max_length=40, blank=True, help_text="MITRE ATT&CK id.")
    attacker = models.CharField(max_length=10, blank=True)
    victim = models.CharField(max_length=10, blank=True)

    class Meta:
        """Listed by title."""

        ordering = ["title"]
        verbose_name = "rule"

    def __str__(self) -> str:
        return self.title

    @property
    def number(self) -> int:
        """The small number that stands for the rule in ``flow.checks``."""
        return FIRST_NUMBER + int(self.pk)

    @property
    def is_running(self) -> bool:
        """Whether it is evaluated, in shadow or not."""
        return self.mode != Mode.DISABLED and self.quarantined_at is None

    def build(self) -> Check:
        """Return the rule as a check; raises RuleError."""
        names = ("key", "title", "description", "frame", "condition", "message", "score")
        more = ("category", "cooldown", "identity", "attack", "attacker", "victim")
        said = {name: getattr(self, name) for name in (*names, *more)}
        return build(Definition(**said, events=tuple(self.events)))

    def clean(self) -> None:
        """Refuse what cannot run on the frame, naming the field and the word."""
        super().clean()
        if not self.key:
            self.key = self._free_key()
        try:
            validate(self.build())
        except RuleError as error:
            raise ValidationError({error.field: error.reason}) from error
        except ValueError as error:
            raise ValidationError({"condition": str(error)}) from error

    def _free_key(self) -> str:
        """Return a key made of the title that no other rule has."""
        base = f"{OWN}{slugify(self.title).replace('-', '_')[:60] or 'rule'}"
        taken = set(UserRule.objects.filter(key__startswith=base).values_list("key", flat=True))
        numbers = (base if n == 1 else f"{base}_{n}" for n in range(1, len(taken) + 2))
        return next(key for key in numbers if key not in taken)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with a key where it has none yet."""
        self.key = self.key or self._free_key()
        super().save(*args, **kwargs)
