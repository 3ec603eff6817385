"""What a token is limited to: interfaces, and networks of hosts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from rest_framework.request import Request

from monitoring.history.addresses import inside
from monitoring.models import ApiToken


@dataclass(frozen=True)
class Limits:
    """Interfaces by id (None for all) and networks (none for all); false where there is none."""

    interfaces: Sequence[int] | None = None
    networks: Sequence[str] = ()

    def __bool__(self) -> bool:
        return self.interfaces is not None or bool(self.networks)

    def on(self, interface: str = "interface", addresses: Sequence[str] = ()) -> Q:
        """Return the condition on rows: their interface, and one of their columns of addresses.

        Rows without any column of addresses are out of bounds for who is limited to networks.
        """
        condition = Q()
        if self.interfaces is not None:
            condition &= Q(**{f"{interface}__in": list(self.interfaces)})
        if self.networks:
            places = [inside(name, self.networks) for name in addresses]
            condition &= reduce(or_, places, Q(pk__in=[]))
        return condition

    def interfaces_of(self, asked: Sequence[int] | None) -> Sequence[int] | None:
        """Return the interfaces asked for that are within the limits; None for all."""
        if self.interfaces is None or asked is None:
            return asked if self.interfaces is None else self.interfaces
        return [number for number in asked if number in self.interfaces]


def limits_of(request: Request) -> Limits:
    """Return the limits of the call's token; those of a session are none."""
    token: Any = request.auth
    if not isinstance(token, ApiToken):
        return Limits()
    if (known := getattr(token, "_limits", None)) is None:
        known = token._limits = Limits(token.interface_limit(), token.networks)  # type: ignore[attr-defined]
    return known
