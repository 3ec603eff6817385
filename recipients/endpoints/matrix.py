"""Matrix: a message to a room. The transaction id is the delivery's key, so none comes twice."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from recipients.endpoints.base import Addressee, Answer, Message, Outbound, Service
from recipients.message import shorten_bytes
from recipients.parameters import line, secret, url


@dataclass(frozen=True)
class Room(Addressee):
    """A room that the user has joined."""

    room: str = line(
        "Room", is_required=True, pattern=r"![^\s/]+", looks="a room's id, as !abc:example.org"
    )


@dataclass(frozen=True)
class Matrix(Service):
    """A user on a homeserver."""

    title = "Matrix"
    icon = "hub"
    hint = "Make a user for ntopweb and take its access token."
    To = Room
    wait_in, waits_per_second = ("retry_after_ms",), 1000.0  # of older servers
    deduplicates = True
    final_statuses = frozenset({401, 404, 410})

    server: str = url("Homeserver", is_required=True)
    token: str = secret("Access token", is_required=True)

    def send(self, to: Room, message: Message, out: Outbound) -> Answer:
        """Send one message to the room; it mentions nobody."""
        text = shorten_bytes(message.text, 15_000)  # an event has 65,536 bytes, in both forms
        title = escape(message.subject)
        payload = {
            "msgtype": "m.text",
            "body": f"{message.subject}\n\n{text}",
            "format": "org.matrix.custom.html",
            "formatted_body": f"<b>{title}</b><br><pre>{escape(text, quote=False)}</pre>",
            "m.mentions": {},
        }
        path = f"rooms/{quote(to.room, safe='')}/send/m.room.message/{message.key}"
        target = f"{self.server.rstrip('/')}/_matrix/client/v3/{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.judge(out.request("PUT", target, json=payload, headers=headers))
