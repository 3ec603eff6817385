"""Other settings of a check for a host pool, a network or an interface."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from checks.models.authored import SCORES, Authored
from checks.models.exclusion import validate_cidr
from checks.models.setting import sentences
from checks.parameters import ParameterError, dump
from checks.registry import discover
from checks.scopes import Scope
from checks.validation import validate
from monitoring.models import HostPool, Interface


class Override(Authored):
    """A check's switch, parameters and score where one scope holds; what is empty is inherited.

    A pool counts over a network, a narrow network over a wide one, a network over an interface.
    """

    check_key = models.SlugField("check", max_length=80)
    pool = models.ForeignKey(
        HostPool, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    network = models.CharField(max_length=49, blank=True, validators=[validate_cidr])
    interface = models.ForeignKey(
        Interface, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    is_enabled = models.BooleanField(null=True, blank=True, help_text="Empty: inherited.")
    parameters = models.JSONField(default=dict, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True, validators=SCORES)

    class Meta:
        """A scope once per check."""

        ordering = ["check_key", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["check_key", "pool", "network", "interface"],
                nulls_distinct=False,
                name="one_override_per_check_and_scope",
            )
        ]

    def __str__(self) -> str:
        return f"{self.check_key} in {self.scope_name}"

    @property
    def scope(self) -> Scope:
        """Where it holds."""
        return Scope(self.pool_id, self.network, self.interface_id)

    @property
    def scope_name(self) -> str:
        """Where it holds, in words."""
        if self.pool is not None:
            return f"pool {self.pool.name}"
        if self.interface is not None:
            return f"interface {self.interface.name}"
        return f"network {self.network}"

    def clean(self) -> None:
        """Refuse an unknown check, no scope or two, and parameters that the check refuses."""
        super().clean()
        if (kind := discover().get(self.check_key)) is None:
            raise ValidationError({"check_key": f"there is no check {self.check_key!r}"})
        if sum(map(bool, (self.pool_id, self.network, self.interface_id))) != 1:
            raise ValidationError("Choose one of pool, network and interface.")
        if self.network:
            validate_cidr(self.network)
        if not self.scope.fits(kind.frame):
            raise ValidationError(f"{kind.title} looks at no {self.scope.kind}.")
        self.parameters = _typed(kind, self.parameters)


def _typed(kind: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that are set, typed; raises ValidationError."""
    try:
        check = kind.of(values)
        validate(check)
    except ParameterError as error:
        raise ValidationError({"parameters": sentences(error)}) from error
    except ValueError as error:
        raise ValidationError({"parameters": str(error)}) from error
    dumped = dump(check)
    return {name: dumped[name] for name in values}
