"""Fetching a list: the one place of the server's own that asks the internet for something.

An operator can name any URL, so the server must not become a way into its own network: only HTTP
and HTTPS, only global addresses unless allowed, and the address that was judged is the one that is
connected to. Bounded in size, time and redirections.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

import httpx

LONGEST_SECONDS: Final = 60.0
MOST_BYTES: Final = 64 * 2**20
MOST_REDIRECTIONS: Final = 3
_TIMEOUT: Final = httpx.Timeout(10.0)

Resolve = Callable[[str, int], Iterable[str]]


class FetchError(OSError):
    """A list that could not be fetched, and why."""


def resolve(host: str, port: int) -> list[str]:
    """Return a host's addresses; raises FetchError where it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(f"{host}: {error}") from error
    return [str(entry[4][0]) for entry in found]


def fetch(
    url: str,
    *,
    is_private_allowed: bool = False,
    resolve: Resolve = resolve,
    transport: httpx.BaseTransport | None = None,
) -> bytes:
    """Return the body of ``url``; raises FetchError for whatever stands in the way."""
    ends_at = time.monotonic() + LONGEST_SECONDS
    target = _to_url(url)
    with httpx.Client(transport=transport, timeout=_TIMEOUT, trust_env=False) as client:
        for _ in range(MOST_REDIRECTIONS + 1):
            request = _request(client, target, is_private_allowed, resolve)
            try:
                response = client.send(request, stream=True)
                if response.has_redirect_location:
                    target = _to_url(response.headers["Location"], target)
                    response.close()
                    continue
                return _read(response, ends_at)
            except httpx.HTTPError as error:
                raise FetchError(f"{target.host}: {error or type(error).__name__}") from error
    raise FetchError(f"{url}: redirected more than {MOST_REDIRECTIONS} times")


def _to_url(text: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        return base.join(text) if base else httpx.URL(text)
    except httpx.InvalidURL as error:
        raise FetchError(f"{text[:100]}: {error}") from error


def _request(
    client: httpx.Client, target: httpx.URL, is_private_allowed: bool, resolve: Resolve
) -> httpx.Request:
    """Return a request to the judged address; name and certificate stay those of the host."""
    address = choose(target, is_private_allowed, resolve)
    return client.build_request(
        "GET",
        target.copy_with(host=str(address)),
        headers={"Host": target.netloc.decode("ascii"), "User-Agent": "ntopweb"},
        extensions={"sni_hostname": target.host},
    )


def choose(
    target: httpx.URL, is_private_allowed: bool, resolve: Resolve
) -> IPv4Address | IPv6Address:
    """Return the address to connect to; raises FetchError where none may be."""
    if target.scheme not in ("http", "https") or not target.host:
        raise FetchError(f"{target}: only http:// and https:// can be fetched")
    port = target.port or (443 if target.scheme == "https" else 80)
    addresses = [_unwrap(ip_address(text)) for text in resolve(target.host, port)]
    for address in addresses:
        if is_private_allowed or (address.is_global and not address.is_multicast):
            return address
    raise FetchError(f"{target.host}: {addresses[0] if addresses else 'no address'} is not public")


def _unwrap(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address inside a mapped one, which would hide what it is."""
    return getattr(address, "ipv4_mapped", None) or address


def _read(response: httpx.Response, ends_at: float) -> bytes:
    """Return the body, refusing errors, floods and endless trickles."""
    with closing(response):
        if response.status_code != httpx.codes.OK:
            raise FetchError(f"answered {response.status_code} {response.reason_phrase}")
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise FetchError(f"is larger than {MOST_BYTES} bytes")
            if time.monotonic() > ends_at:
                raise FetchError(f"took longer than {LONGEST_SECONDS:g} s")
        return bytes(body)
