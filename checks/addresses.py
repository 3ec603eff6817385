"""Addresses as the frames carry them: their text, and which lie in given networks.

Pure expressions over ``<role>_high`` and ``<role>_low``; see :mod:`capture_agent.schema` for the
form.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import polars as pl

from capture_agent.schema import pack, texts

__all__ = ["MULTICAST", "SPECIAL", "inside", "is_multicast", "texts"]

_ALL = (1 << 64) - 1

#: What is sent to many: RFC 5771, RFC 919, RFC 4291.
MULTICAST = ("224.0.0.0/4", "255.255.255.255/32", "ff00::/8")
#: Addresses that are nobody's or one's own: unspecified, loopback and link-local.
SPECIAL = ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::/128", "::1/128", "fe80::/10")


def inside(role: str, networks: Iterable[str]) -> pl.Expr:
    """Return whether the role's address lies in one of the networks; False for none."""
    tests = [_inside_one(role, ip_network(network, strict=False)) for network in networks]
    return pl.any_horizontal(tests) if tests else pl.lit(False)


def is_text_inside(column: str, networks: Iterable[str]) -> pl.Expr:
    """Return whether an address as text lies in one of the networks; for frames of few rows."""
    known = [ip_network(network, strict=False) for network in networks]

    def test(text: str) -> bool:
        return bool(text) and any(ip_address(text) in network for network in known)

    return pl.col(column).map_elements(test, return_dtype=pl.Boolean)


def is_multicast(role: str) -> pl.Expr:
    """Return whether the role's address is multicast or the limited broadcast."""
    return inside(role, MULTICAST)


def _inside_one(role: str, network: IPv4Network | IPv6Network) -> pl.Expr:
    length = network.prefixlen + (96 if network.version == 4 else 0)
    high, low = pack(network.network_address)
    halves = [(f"{role}_high", high, min(length, 64)), (f"{role}_low", low, max(length - 64, 0))]
    tests = [_starts_with(name, value, bits) for name, value, bits in halves if bits]
    return pl.all_horizontal(tests) if tests else pl.lit(True)


def _starts_with(name: str, value: int, bits: int) -> pl.Expr:
    """Return whether a half's first bits are those of ``value``: a comparison of one shift."""
    if bits == 64:
        return pl.col(name) == pl.lit(value, dtype=pl.UInt64)
    first, last = value, value | (_ALL >> bits)
    return pl.col(name).is_between(pl.lit(first, dtype=pl.UInt64), pl.lit(last, dtype=pl.UInt64))
