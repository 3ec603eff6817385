"""Tokens with which programs call the REST API."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from monitoring.models.agent import hash_token
from monitoring.models.host import validate_network
from monitoring.models.interface import Interface

#: What a token may be for; each is a column ``may_…``.
SCOPES = ("read", "write", "ingest")


class NetworkList(ArrayField):  # type: ignore[type-arg]
    """Some IPv4 and IPv6 networks, as text."""

    def __init__(self, base_field: models.Field | None = None, **kwargs: object) -> None:  # type: ignore[type-arg]
        column = base_field or models.CharField(max_length=49, validators=[validate_network])
        super().__init__(column, **{"default": list, "blank": True, **kwargs})  # type: ignore[arg-type]


class ApiToken(models.Model):
    """A program's token: its user's permissions, narrowed by scopes and limits.

    Only its hash is kept. It ends with its user, who need only be made inactive.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=100)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    may_read = models.BooleanField(default=True, help_text="What its user may see.")
    may_write = models.BooleanField(default=False, help_text="Change what its user may change.")
    may_ingest = models.BooleanField(default=False, help_text="Post external alerts as events.")
    interfaces = models.ManyToManyField(
        Interface,
        blank=True,
        related_name="+",
        help_text="It sees what was observed on these alone; none chosen means all.",
    )
    is_limited = models.BooleanField(
        default=False,
        editable=False,
        help_text="Whether it has `interfaces`: it stays limited when they are removed.",
    )
    networks = NetworkList(
        help_text="It sees what has to do with hosts in these networks alone, as 10.0.0.0/8, "
        "2001:db8::/32; empty means all."
    )
    allowed_from = NetworkList(
        help_text="The networks from which it may be used, as 192.0.2.0/24; empty means any."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_from = models.GenericIPAddressField(null=True, blank=True, editable=False)

    class Meta:
        """Listed by name."""

        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def renew_token(self) -> str:
        """Set a new random token and return it; it cannot be shown again. Does not save."""
        token = secrets.token_urlsafe(32)
        self.token_hash = hash_token(token)
        return token

    @property
    def scopes(self) -> list[str]:
        """What it is for, of SCOPES."""
        return [name for name in SCOPES if getattr(self, f"may_{name}")]

    def limit_to(self, interfaces: Sequence[Interface]) -> None:
        """Limit a saved token to these interfaces; none are all."""
        self.interfaces.set(interfaces)
        self.is_limited = bool(interfaces)
        self.save(update_fields=["is_limited"])

    def interface_limit(self) -> list[int] | None:
        """Return the ids of the interfaces it is limited to, perhaps none; None for no limit."""
        return list(self.interfaces.values_list("pk", flat=True)) if self.is_limited else None

    def is_allowed_from(self, address: str | None) -> bool:
        """Return whether it may be used from a caller's address; None is nowhere."""
        if not self.allowed_from:
            return True
        return address is not None and _is_in(address, list(map(ip_network, self.allowed_from)))


def _is_in(text: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:  # a socket of the machine itself has no address
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in networks)
