"""Reading literals as the kind that they are compared with; each raises ValueError with why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final
from zoneinfo import available_timezones

from checks.language.tree import Kind

#: Within these magnitudes no product of few factors leaves double precision, which PostgreSQL
#: answers with an error and polars with infinity.
SMALLEST, GREATEST = 1e-12, 1e18
_LONGEST: Final = 500
_NUMBER: Final = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_MAPPED: Final = IPv6Network("::ffff:0:0/96")


def to_number(text: str) -> float:
    """Return a number, 0 or within SMALLEST … GREATEST."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("is no number")
    number = float(text)
    if number and not SMALLEST <= number <= GREATEST:
        raise ValueError(f"must be 0 or from {SMALLEST:g} to {GREATEST:g}")
    return number


def to_text(text: str) -> str:
    """Return a text that PostgreSQL takes: no NUL, no half of a surrogate pair."""
    if len(text) > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST} characters")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("has a character that no text may have")
    return text


def to_time(text: str) -> datetime:
    """Return an aware time of ISO 8601; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment = aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is no time such as '2026-11-24 12:00:00+01:00'") from None
    if not 1970 <= moment.year <= 2200:
        raise ValueError("must be a time from 1970 to 2200")
    return moment


def to_address(text: str) -> IPv4Address | IPv6Address:
    """Return an address, IPv4 where it is mapped into IPv6 (RFC 4291, 2.5.5.2)."""
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError("is no IPv4 or IPv6 address") from None
    if isinstance(address, IPv6Address):
        if address.scope_id:
            raise ValueError("must not name a zone of the sender")
        return address.ipv4_mapped or address
    return address


def to_network(text: str) -> IPv4Network | IPv6Network:
    """Return a network, IPv4 where it is mapped into IPv6."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError("is no IPv4 or IPv6 network such as '10.0.0.0/8'") from None
    if isinstance(network, IPv4Network):
        return network
    if network.network_address.scope_id:
        raise ValueError("must not name a zone of the sender")
    if network.subnet_of(_MAPPED):
        low = IPv4Address(int(network.network_address) & 0xFFFFFFFF)
        return IPv4Network((low, network.prefixlen - 96))
    return network


def to_mac(text: str) -> int:
    """Return a MAC address as a number."""
    digits = re.sub(r"[:.-]", "", text)
    if not re.fullmatch(r"[0-9A-Fa-f]{12}", digits):
        raise ValueError("is no MAC address such as '00:1b:63:84:45:e6'")
    return int(digits, 16)


def to_zone(text: str) -> str:
    """Return the name of a time zone."""
    if text not in zones():
        raise ValueError("is no time zone such as 'Europe/Berlin'")
    return text


@cache
def zones() -> frozenset[str]:
    """Return the names of time zones that both sides know."""
    return frozenset(z for z in available_timezones() if "/" in z or z == "UTC")


#: How a literal in quotes is read, by the kind of what stands on the other side.
READERS: Final[Mapping[Kind, Callable[[str], Any]]] = {
    Kind.TEXT: to_text,
    Kind.TIME: to_time,
    Kind.ADDRESS: to_address,
    Kind.MAC: to_mac,
    Kind.WORD: to_text,
}
