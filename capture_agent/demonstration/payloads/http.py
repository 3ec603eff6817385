"""HTTP/1.1 requests and responses (RFC 9112)."""

from __future__ import annotations

from typing import Final

FIREFOX: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)


def request(
    host: str,
    path: str = "/",
    *,
    method: str = "GET",
    agent: str = FIREFOX,
    headers: tuple[str, ...] = (),
    body: bytes = b"",
) -> bytes:
    """Return a request; an empty ``agent`` leaves that header out."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"User-Agent: {agent}"] if agent else []
    lines += ["Accept: */*", *headers]
    lines += [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def response(
    body: bytes,
    *,
    status: str = "200 OK",
    kind: str = "text/html; charset=utf-8",
    server: str = "nginx/1.28.0",
    headers: tuple[str, ...] = (),
) -> bytes:
    """Return a response with its body."""
    lines = [f"HTTP/1.1 {status}", f"Server: {server}", f"Content-Type: {kind}"]
    lines += [f"Content-Length: {len(body)}", "Connection: keep-alive", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def page(title: str, size: int = 1200) -> bytes:
    """Return a readable HTML page of at least ``size`` bytes."""
    line = f"<p>{title}: readings of this hour, as the sensors gave them.</p>\n"
    text = f"<!doctype html><html><head><title>{title}</title></head><body>\n"
    return (text + line * (size // len(line) + 1) + "</body></html>\n").encode()
