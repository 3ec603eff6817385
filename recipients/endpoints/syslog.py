"""Syslog by RFC 5424, over UDP (RFC 5426), TCP (RFC 6587, octets counted) or TLS (RFC 5425)."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from checks.parameters import choice, number
from recipients.endpoints.base import Addressee, Answer, Message, Outbound, Service
from recipients.guard import permitted
from recipients.message import Item
from recipients.parameters import line

#: RFC 5424 numerical severities.
LEVELS: Final = {
    "emergency": 0,
    "critical": 2,
    "error": 3,
    "warning": 4,
    "notice": 5,
    "info": 6,
    "none": 7,
}
#: CEF's severity, 0 to 10.
_CEF: Final = {
    "none": 0,
    "info": 2,
    "notice": 3,
    "warning": 5,
    "error": 7,
    "critical": 9,
    "emergency": 10,
}
#: RFC 5426 3.2: what receivers should take; longer datagrams may be cut on their way.
_MOST_UDP: Final = 2048
_MOST: Final = 32_768
#: A private enterprise number for documentation (RFC 5612).
_ID: Final = "ntopweb@32473"


@dataclass(frozen=True)
class Syslog(Service):
    """A syslog server or a SIEM."""

    title = "Syslog"
    icon = "list_alt"
    hint = "UDP says nothing of what is lost; TCP and TLS do."
    one_by_one = True
    needs_ntopng = True

    host: str = line("Host", is_required=True)
    port: float = number("Port", 0, maximum=65_535, is_integer=True, help="0: 514, with TLS 6514.")
    transport: str = choice("Transport", "udp", ("udp", "tcp", "tls"))
    format: str = choice(
        "Format", "plain", ("plain", "json", "cef"), help="json: as ntopng's, one object a line."
    )
    facility: float = number("Facility", 14, maximum=23, is_integer=True, help="14: log alert.")

    def send(self, to: Addressee, message: Message, out: Outbound) -> Answer:
        """Send a line per alert."""
        lines = [self.line(item, message.key) for item in message.items]
        port = int(self.port) or (6514 if self.transport == "tls" else 514)
        if self.transport == "udp":
            return self._datagrams(lines, port, out)
        with out.connect(self.host, port) as raw:
            raw.settimeout(out.timeout)
            if self.transport == "tls":
                with out.context().wrap_socket(raw, server_hostname=self.host) as secure:
                    _stream(secure, lines)
                    secure.unwrap()  # the other side has read all of it
            else:
                _stream(raw, lines)
        return Answer(None, f"{len(lines)} sent by {self.transport.upper()}")

    def _datagrams(self, lines: list[bytes], port: int, out: Outbound) -> Answer:
        address = permitted(self.host, port, out.allowed, out.resolve)[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            for one in lines:
                sender.sendto(_cut(one, _MOST_UDP), (address, port))
        return Answer(None, f"{len(lines)} sent by UDP; nothing confirms that they arrived")

    def line(self, item: Item, key: str) -> bytes:
        """Return the message of an alert, in UTF-8."""
        priority = int(self.facility) * 8 + LEVELS.get(item.severity, 5)
        at = datetime.fromisoformat(item.at).isoformat(timespec="milliseconds")
        host = socket.gethostname() or "-"
        data = (
            f'[{_ID} delivery="{key}" alert="{item.alert}" check="{_param(item.check)}" '
            f'state="{item.kind}" score="{item.score}"]'
        )
        head = f"<{priority}>1 {at} {host} ntopweb {os.getpid()} {item.kind} {data} "
        return _cut(head.encode() + b"\xef\xbb\xbf" + self._words(item).encode(), _MOST)

    def _words(self, item: Item) -> str:
        if self.format == "json":
            return json.dumps({**item.ntopng, "message": item.message}, separators=(",", ":"))
        if self.format == "cef":
            return cef(item)
        where = f" on {item.interface}" if item.interface else ""
        text = f"[{item.kind.upper()}] {item.title}: {item.message} ({item.entity}{where})"
        return " ".join(text.split())


def _param(text: str) -> str:
    """Escape a parameter's value (RFC 5424 6.3.3)."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _cut(line: bytes, longest: int) -> bytes:
    """Return the line, cut at a whole character."""
    return line if len(line) <= longest else line[:longest].decode("utf-8", "ignore").encode()


def _stream(connection: socket.socket, lines: list[bytes]) -> None:
    connection.sendall(b"".join(b"%d %s" % (len(one), one) for one in lines))


def cef(item: Item) -> str:
    """Return an alert in ArcSight's Common Event Format, version 0."""
    head = (item.check, item.title, str(_CEF.get(item.severity, 3)))
    fields = {
        "rt": str(int(datetime.fromisoformat(item.at).timestamp() * 1000)),
        "src": item.client,
        "dst": item.server,
        "cat": item.category,
        "act": item.kind,
        "cnt": str(item.count),
        "externalId": str(item.alert),
        "deviceInboundInterface": item.interface,
        "msg": item.message,
    }
    said = " ".join(f"{name}={_cef_value(text)}" for name, text in fields.items() if text)
    named = "|".join(_cef_head(text) for text in ("ntopweb", "ntopweb", "1", *head))
    return f"CEF:0|{named}|{said}"


def _cef_head(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")


def _cef_value(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("=", "\\=")
