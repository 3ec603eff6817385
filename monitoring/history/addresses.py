"""Conditions on addresses: one address, or all of a network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from operator import or_
from typing import Any

from django.db.models import GenericIPAddressField, Lookup, Q


@GenericIPAddressField.register_lookup
class Within(Lookup):
    """``address__within="10.0.0.0/8"``: PostgreSQL's "is contained in or equal" of inet."""

    lookup_name = "within"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Return the network as text, which the statement casts."""
        return "%s", (str(value),)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Return the condition and its values."""
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} <<= {right}::inet", (*left_values, *right_values)


def parse_place(text: str) -> str | IPv4Network | IPv6Network:
    """Return an address in its usual form, or a network; raises ValueError naming the reason.

    An IPv4 address written as IPv6 (``::ffff:10.0.0.1``) is IPv4, as it is stored.
    """
    if "/" in text:
        return ip_network(text, strict=False)
    address = ip_address(text)
    return str(getattr(address, "ipv4_mapped", None) or address)


def within(column: str, text: str) -> Q:
    """Return the condition that a column is the address, or lies in the network, of the text."""
    place = parse_place(text)
    return Q(**{column if isinstance(place, str) else f"{column}__within": place})


def inside(column: str, networks: Sequence[str]) -> Q:
    """Return the condition that a column lies in one of the networks; none are nowhere."""
    return reduce(or_, [within(column, network) for network in networks], Q(pk__in=[]))
