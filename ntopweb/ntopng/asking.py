"""What an endpoint is given, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from monitoring.models import ApiToken, Host, Interface
from ntopweb.ntopng.envelope import INVALID_INTERFACE, NOT_FOUND, Refused
from ntopweb.ntopng.parameters import Parameters

#: ntopng's number of the interface that stands for the platform itself.
SYSTEM_INTERFACE: Final = -1


@dataclass(frozen=True)
class Asked:
    """A call: who asks, with which parameters, when; by which token, if by one.

    ``allowed`` are the token's interfaces.
    """

    user: Any
    parameters: Parameters
    now: datetime
    allowed: Sequence[int] | None = None
    token: ApiToken | None = None

    def interfaces(self) -> QuerySet[Interface]:
        """Return the interfaces that the caller may see."""
        rows = Interface.objects.select_related("agent").order_by("pk")
        return rows if self.allowed is None else rows.filter(pk__in=self.allowed)

    def interface(self) -> Interface:
        """Return the interface of ``ifid``; raises INVALID_INTERFACE."""
        return self.interface_of(self.parameters.text("ifid"))

    def interface_of(self, text: str) -> Interface:
        """Return the interface of a number as text; raises INVALID_INTERFACE."""
        number = int(text) if text.isdecimal() and len(text) < 10 else None
        found = None if number is None else self.interfaces().filter(pk=number).first()
        if found is None:
            raise Refused(INVALID_INTERFACE)
        return found

    def host(self, interface: Interface) -> Host:
        """Return the host of ``host`` and ``vlan``; raises NOT_FOUND."""
        address, vlan = self.parameters.host()
        hosts = Host.objects.select_related("pool").filter(interface=interface, address=address)
        if vlan is not None:
            hosts = hosts.filter(vlan=vlan)
        if (found := hosts.order_by("vlan").first()) is None:
            raise Refused(NOT_FOUND, "there is no such host")
        found.interface = interface
        return found


@dataclass(frozen=True)
class Endpoint:
    """A path's function, the permissions that it takes, and whether it changes anything.

    What is global is about no interface: tokens that are limited to some may not call it.
    """

    answer: Callable[[Asked], Any]
    permissions: tuple[str, ...] = ()
    writes: bool = False
    is_global: bool = False


def reads(answer: Callable[[Asked], Any], *permissions: str, is_global: bool = False) -> Endpoint:
    """Return an endpoint that changes nothing."""
    return Endpoint(answer, permissions, is_global=is_global)


def writes(answer: Callable[[Asked], Any], *permissions: str, is_global: bool = False) -> Endpoint:
    """Return an endpoint that changes something."""
    return Endpoint(answer, permissions, writes=True, is_global=is_global)
