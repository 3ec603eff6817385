"""Services that deliver, as an SMTP server or a Telegram bot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from checks.parameters import ParameterError, dump, parameters_of
from recipients import vault
from recipients.endpoints.base import Service
from recipients.parameters import Secret
from recipients.registry import discover


class Endpoint(models.Model):
    """A configured service. Its secrets are encrypted at rest and never shown again."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.SlugField(max_length=40, help_text="Key of the service, as email.")
    parameters = models.JSONField(default=dict, blank=True)
    secrets = models.TextField(blank=True, editable=False, help_text="Encrypted.")
    is_enabled = models.BooleanField("enabled", default=True)
    refused_at = models.DateTimeField(null=True, blank=True, editable=False)
    refusal = models.TextField(
        blank=True, editable=False, help_text="Why the service refused for good, and was disabled."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        """Listed by name."""

        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def service_class(self) -> type[Service]:
        """Return the class of the kind; raises ValidationError when there is no such kind."""
        try:
            return discover()[self.kind]
        except KeyError:
            raise ValidationError({"kind": f"there is no kind of endpoint {self.kind!r}"}) from None

    def configure(self, values: Mapping[str, object]) -> None:
        """Set the parameters; a secret that is not given or empty stays as it is.

        Raises :class:`checks.parameters.ParameterError` naming each field that is refused.
        """
        kind = self.service_class
        known = parameters_of(kind)
        hidden = {name for name, about in known.items() if isinstance(about, Secret)}
        kept = self.secret_values() if hidden else {}
        given = {k: v for k, v in values.items() if k not in hidden or v not in ("", None)}
        typed = dump(kind.of({**kept, **given}))
        self.parameters = {k: v for k, v in typed.items() if k not in hidden}
        self.secrets = vault.seal({k: v for k, v in typed.items() if k in hidden and v})

    def secret_values(self) -> dict[str, Any]:
        """Return the secrets; raises :class:`recipients.vault.Sealed` when the key has changed."""
        return vault.open_sealed(self.secrets)

    @property
    def has_secrets(self) -> frozenset[str]:
        """Return the names of the secrets that are set; none when they cannot be read."""
        try:
            return frozenset(self.secret_values())
        except vault.Sealed:
            return frozenset()

    def service(self) -> Service:
        """Return the service, ready to send; raises ParameterError, ValidationError or Sealed."""
        return self.service_class.of({**self.parameters, **self.secret_values()})

    def clean(self) -> None:
        """Refuse an unknown kind and parameters that the kind refuses."""
        try:
            self.service()
        except ParameterError as error:
            raise ValidationError(str(error)) from error
        except vault.Sealed as error:
            raise ValidationError(str(error)) from error
