"""What the operator sets of each check."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from checks.base import Check
from checks.models.authored import SCORES, Changed
from checks.parameters import ParameterError, dump
from checks.registry import discover
from checks.validation import validate


class CheckSetting(Changed):
    """A check's switch, parameters and score; one row per check, made by :func:`sync_settings`.

    ``id`` is the small number that stands for the check in ``flow.checks``. Only parameters that
    differ from the check's defaults are kept.
    """

    id = models.SmallAutoField(primary_key=True)
    key = models.SlugField(max_length=80, unique=True, editable=False)
    is_enabled = models.BooleanField(default=True)
    parameters = models.JSONField(default=dict, blank=True)
    score = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=SCORES,
        help_text="1 to 250; empty for the check's own.",
    )

    class Meta:
        """Listed by key."""

        ordering = ["key"]
        verbose_name = "check"

    def __str__(self) -> str:
        kind = self.kind
        return kind.title if kind else self.key

    @property
    def kind(self) -> type[Check] | None:
        """Return the check's class, None where the code has it no longer."""
        return discover().get(self.key)

    @property
    def effective_score(self) -> int:
        """Return the score set here, or else the check's own."""
        kind = self.kind
        return self.score or (kind.score if kind else 0)

    @property
    def is_running(self) -> bool:
        """Whether the check is evaluated: enabled and not quarantined."""
        return self.is_enabled and self.quarantined_at is None

    def build(self) -> Check:
        """Return the check with its parameters.

        Raises ParameterError for values that it refuses, LookupError for a check that is gone.
        """
        if self.kind is None:
            raise LookupError(f"there is no check {self.key!r}")
        return self.kind.of(self.parameters)

    def clean(self) -> None:
        """Refuse parameters that the check refuses, or with which it cannot run on its frame.

        What is accepted is kept typed, and only where it differs from the check's own.
        """
        super().clean()
        try:
            check = self.build()
            validate(check)
            own = dump(type(check)())
            self.parameters = {n: value for n, value in dump(check).items() if value != own[n]}
        except ParameterError as error:
            raise ValidationError({"parameters": sentences(error)}) from error
        except (LookupError, ValueError) as error:
            raise ValidationError({"parameters": str(error)}) from error

    def change(
        self,
        *,
        by: Any = None,
        is_enabled: bool | None = None,
        parameters: dict[str, Any] | None = None,
        score: int | str | None = "",
    ) -> None:
        """Set what is given, end a quarantine, validate and save; raises ValidationError.

        ``parameters`` are merged into those set; None as a parameter's value resets it. ``score``
        None resets it to the check's own.
        """
        if is_enabled is not None:
            self.is_enabled = is_enabled
        if parameters is not None:
            merged = self.parameters | parameters
            self.parameters = {name: value for name, value in merged.items() if value is not None}
        if not isinstance(score, str):
            self.score = score
        self.keep(by)

    def reset(self, *, by: Any = None) -> None:
        """Set the check's own defaults again: switch, parameters and score."""
        self.parameters = {}
        default = self.kind.default_enabled if self.kind else False
        self.change(by=by, is_enabled=default, score=None)


def sentences(error: ParameterError) -> list[str]:
    """Return each field with why it is refused."""
    return [f"{name}: {reason}" for name, reason in error.reasons.items()]


def sync_settings() -> list[str]:
    """Make the rows of checks that have none, with the check's default; return their keys."""
    known = set(CheckSetting.objects.values_list("key", flat=True))
    missing = {key: check for key, check in discover().items() if key not in known}
    CheckSetting.objects.bulk_create(
        [CheckSetting(key=k, is_enabled=check.default_enabled) for k, check in missing.items()],
        ignore_conflicts=True,
    )
    return list(missing)
