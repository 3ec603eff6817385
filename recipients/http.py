"""The one way out: HTTP and sockets to where operators' endpoints point, under the guard.

A host is resolved once, and the connection goes to an address that was judged. Redirections are
not followed; answers are bounded in size and time; proxies from the environment are ignored.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from threading import Timer
from typing import Any, Final

import httpx
from django.conf import settings

from recipients import guard

#: An answer is read so far; it is there to be shown.
MOST_BYTES: Final = 64 * 1024
#: An answer is kept so far.
MOST_SHOWN: Final = 1000
#: Seconds between two bytes, and for the whole.
TIMEOUT: Final = 10.0
#: A service that asks for more patience gets so many seconds.
LONGEST_RETRY_AFTER: Final = 6 * 3600.0


@dataclass(frozen=True)
class Reply:
    """What a server answered. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def text(self) -> str:
        """Return the beginning of the body as one line."""
        return " ".join(self.body.decode("utf-8", "replace").split())[:MOST_SHOWN]


def retry_after(reply: Reply, now: Callable[[], float] = time.time) -> float | None:
    """Return the seconds that Retry-After asks for (RFC 9110: seconds or a date), bounded."""
    text = reply.headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = at.replace(tzinfo=at.tzinfo or UTC).timestamp() - now()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def tls_context() -> ssl.SSLContext:
    """Return what checks certificates: the system's authorities, and NTOPWEB_CA_FILE's."""
    context = ssl.create_default_context()
    if settings.OUTBOUND_CA_FILE:
        context.load_verify_locations(settings.OUTBOUND_CA_FILE)
    return context


@dataclass(frozen=True)
class Outbound:
    """Speaks to permitted addresses only. Errors are OSError; Forbidden is one of them."""

    allowed: Sequence[guard.Network] = ()
    resolve: guard.Resolve = guard.resolve
    transport: httpx.BaseTransport | None = None
    timeout: float = TIMEOUT
    context: Callable[[], ssl.SSLContext] = field(default=tls_context)

    def within(self, seconds: float) -> Outbound:
        """Return the same with another time limit."""
        return replace(self, timeout=seconds)

    def connect(self, host: str, port: int) -> socket.socket:
        """Return a TCP connection to a permitted address of the host."""
        trouble: OSError | None = None
        for address in guard.permitted(host, port, self.allowed, self.resolve):
            try:
                return socket.create_connection((address, port), timeout=self.timeout)
            except OSError as error:
                trouble = error
        raise trouble or OSError(f"{host} has no address")

    def request(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Reply:
        """Return the answer, whatever its status; raises OSError when there is none."""
        target = httpx.URL(url)
        if target.scheme not in ("http", "https") or not target.host:
            raise guard.Forbidden("only http:// and https:// are spoken")
        port = target.port or (443 if target.scheme == "https" else 80)
        found = guard.permitted(target.host, port, self.allowed, self.resolve)
        verify: Any = self.context() if target.scheme == "https" else False
        sent = {"json": json} if content is None else {"content": content}
        with httpx.Client(
            transport=self.transport,
            timeout=self.timeout,
            trust_env=False,
            verify=verify,
            auth=auth,
        ) as client:
            return self._exchange(client, method, target, found, headers or {}, sent)

    def _exchange(
        self,
        client: httpx.Client,
        method: str,
        target: httpx.URL,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        sent: Mapping[str, Any],
    ) -> Reply:
        """Try one address after the other until one can be connected to."""
        for number, address in enumerate(addresses):
            request = client.build_request(
                method,
                target.copy_with(host=address),
                headers={"User-Agent": "ntopweb", **headers, "Host": _host(target)},
                extensions={"sni_hostname": target.host},
                **sent,
            )
            try:
                return self._send(client, request)
            except httpx.ConnectError as error:
                if number == len(addresses) - 1:
                    raise OSError(f"{target.host}: {_words(error)}") from error
            except httpx.HTTPError as error:
                raise OSError(f"{target.host}: {_words(error)}") from error
        raise OSError(f"{target.host} has no address")

    def _send(self, client: httpx.Client, request: httpx.Request) -> Reply:
        """Send and read; the timer ends what trickles in more slowly than the whole may take."""
        ends_at = time.monotonic() + 2 * self.timeout
        timer = Timer(2 * self.timeout, client.close)
        timer.daemon = True
        timer.start()
        try:
            with closing(client.send(request, stream=True, follow_redirects=False)) as response:
                headers = {k.lower(): v for k, v in response.headers.items()}
                return Reply(response.status_code, headers, _read(response, ends_at))
        finally:
            timer.cancel()


def _host(target: httpx.URL) -> str:
    return target.netloc.decode("ascii").rpartition("@")[2]


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _read(response: httpx.Response, ends_at: float) -> bytes:
    """Return the beginning of the body; what is longer or slower is cut, not an error."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) >= MOST_BYTES or time.monotonic() > ends_at:
            break
    return bytes(body[:MOST_BYTES])


def outbound(timeout: float = TIMEOUT) -> Outbound:
    """Return the way out as the settings have it."""
    return Outbound(allowed=settings.OUTBOUND_ALLOW, timeout=timeout)
