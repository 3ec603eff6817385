"""Which addresses the server may speak to on an operator's word.

Whoever may name a URL must not reach what only this machine reaches: loopback, link-local, cloud
metadata, the internal network. An operator opens what is wanted with NTOPWEB_OUTBOUND_ALLOW.
No Django here: the child that runs apprise uses it too.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Iterable[str]]

#: The prefix under which a translator reaches IPv4 addresses (RFC 6052).
_NAT64: Final = ip_network("64:ff9b::/96")


class Forbidden(OSError):
    """An address that may not be spoken to, and what would allow it."""


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a list with commas; raises ValueError naming the wrong one."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def resolve(host: str, port: int) -> list[str]:
    """Return a host's addresses, each once; raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for (mapped, NAT64, 6to4), else itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Return whether it is public, or in one of the allowed networks."""
    target = plain(address)
    if any(target in network for network in allowed):
        return True
    return target.is_global and not target.is_multicast


def judge(text: str, allowed: Sequence[Network]) -> Address:
    """Return a permitted address; raises Forbidden saying which setting would allow it."""
    address = ip_address(text.partition("%")[0])
    if not is_allowed(address, allowed):
        target = plain(address)
        raise Forbidden(f"{target} is not public: NTOPWEB_OUTBOUND_ALLOW={target} would allow it")
    return address


def permitted(
    host: str, port: int, allowed: Sequence[Network], resolve: Resolve = resolve
) -> list[str]:
    """Resolve once and return the addresses that may be connected to.

    Raises Forbidden when there are addresses but none is permitted, OSError when there is none.
    """
    found = list(resolve(host, port))
    good = [text for text in found if is_allowed(ip_address(text.partition("%")[0]), allowed)]
    if not good:
        judge(found[0], allowed)
    return good
