"""ntfy: a topic on ntfy.sh or a server of your own."""

from __future__ import annotations

from dataclasses import dataclass

from recipients.endpoints.base import Addressee, Answer, Message, Outbound, Service
from recipients.message import shorten, shorten_bytes
from recipients.parameters import line, secret, url

#: A message longer than 4096 bytes would become an attachment.
_MOST_BYTES = 4000
_PRIORITIES = {"emergency": 5, "critical": 5, "error": 4, "warning": 3}


@dataclass(frozen=True)
class Topic(Addressee):
    """A topic; who knows a topic's name reads it."""

    topic: str = line(
        "Topic",
        is_required=True,
        pattern=r"[A-Za-z0-9_-]{1,64}",
        looks="1 to 64 letters, digits, - or _",
    )


@dataclass(frozen=True)
class Ntfy(Service):
    """A server."""

    title = "ntfy"
    icon = "notifications"
    hint = "ntfy.sh, or a server of your own."
    To = Topic

    server: str = url("Server", "https://ntfy.sh")
    token: str = secret("Access token", help="Empty: none.")

    def send(self, to: Topic, message: Message, out: Outbound) -> Answer:
        """Publish one message."""
        payload: dict[str, object] = {
            "topic": to.topic,
            "title": shorten(message.subject, 200),
            "message": shorten_bytes(message.text, _MOST_BYTES),
            "priority": 3 if message.is_over else _PRIORITIES.get(message.severity, 2),
            "tags": ["white_check_mark" if message.is_over else "warning"],
        }
        if len(message.items) == 1 and message.items[0].url:
            payload["click"] = message.items[0].url
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.post(out, self.server, payload, headers=headers)
