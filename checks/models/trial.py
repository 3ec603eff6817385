"""A change of a check's settings that is tried beside those in force, and tells nobody."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from checks.base import Check
from checks.models.authored import SCORES, Authored
from checks.models.setting import CheckSetting, sentences
from checks.parameters import ParameterError
from checks.registry import discover
from checks.validation import validate


class Trial(Authored):
    """A check in shadow: evaluated with these parameters, shown, told to nobody."""

    check_key = models.SlugField("check", max_length=80, unique=True)
    parameters = models.JSONField(default=dict, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True, validators=SCORES)

    class Meta:
        """Listed by check."""

        ordering = ["check_key"]
        verbose_name = "shadow trial"

    def __str__(self) -> str:
        return f"{self.check_key} in shadow"

    def build(self) -> Check:
        """Return the check as it is tried; raises ParameterError, LookupError."""
        kind = discover().get(self.check_key)
        if kind is None:
            raise LookupError(f"there is no check {self.check_key!r}")
        return kind.of(self.parameters)

    def clean(self) -> None:
        """Refuse what the check refuses."""
        super().clean()
        try:
            validate(self.build())
        except ParameterError as error:
            raise ValidationError({"parameters": sentences(error)}) from error
        except (LookupError, ValueError) as error:
            raise ValidationError({"check_key": str(error)}) from error

    def promote(self, by: object) -> CheckSetting:
        """Put what was tried in force, end the trial, and return the setting."""
        setting = CheckSetting.objects.get(key=self.check_key)
        setting.parameters = {}
        setting.change(by=by, is_enabled=True, parameters=self.parameters, score=self.score)
        self.delete()
        return setting
