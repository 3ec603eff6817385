"""Discord, by a channel's webhook."""

from __future__ import annotations

import re
from dataclasses import dataclass

from recipients.endpoints.base import Addressee, Answer, Message, Outbound, Service
from recipients.message import shorten
from recipients.parameters import line, secret

#: Colours of embeds by severity, as on the pages.
_COLOURS = {"warning": 0xEDA100, "error": 0xEB6834, "critical": 0xD03B3B, "emergency": 0xD03B3B}
_CALM, _OVER = 0x2A78D6, 0x0F8A5F


@dataclass(frozen=True)
class Shown(Addressee):
    """How the sender is shown."""

    username: str = line("Shown as", pattern=r".{1,80}", looks="at most 80 characters long")


@dataclass(frozen=True)
class Discord(Service):
    """A webhook; it belongs to one channel."""

    title = "Discord"
    icon = "forum"
    hint = "A webhook of the channel: its settings, Integrations, Webhooks."
    To = Shown
    wait_in = ("retry_after",)

    url: str = secret("Webhook URL", is_url=True, is_required=True)

    def send(self, to: Shown, message: Message, out: Outbound) -> Answer:
        """Post one message; mentions in it ring nobody."""
        embed = {
            "title": shorten(message.subject, 256),
            "description": shorten(escape(message.text), 4096),
            "color": _OVER if message.is_over else _COLOURS.get(message.severity, _CALM),
        }
        if len(message.items) == 1 and message.items[0].url:
            embed["url"] = message.items[0].url
        payload: dict[str, object] = {"embeds": [embed], "allowed_mentions": {"parse": []}}
        if to.username:
            payload["username"] = to.username
        return self.post(out, self.url, payload)


def escape(text: str) -> str:
    """Return the text with Discord's markdown taken literally."""
    return re.sub(r"([\\*_~`|>\[\]()#])", r"\\\1", text)
