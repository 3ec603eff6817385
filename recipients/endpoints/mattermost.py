"""Mattermost, by an incoming webhook."""

from __future__ import annotations

import re
from dataclasses import dataclass

from recipients.endpoints.base import Addressee, Answer, Message, Outbound, Service
from recipients.message import shorten
from recipients.parameters import line, secret

#: The longest post (Mattermost's POST_MESSAGE_MAX_RUNES).
_MOST = 16_383


@dataclass(frozen=True)
class Channel(Addressee):
    """A channel other than the webhook's own."""

    channel: str = line(
        "Channel",
        pattern=r"@?[a-z0-9._-]{1,64}",
        looks="a channel's name as in its URL, or @user",
        help="Empty: the webhook's own.",
    )
    username: str = line("Shown as", help="If the server lets webhooks change it.")


@dataclass(frozen=True)
class Mattermost(Service):
    """An incoming webhook."""

    title = "Mattermost"
    icon = "chat"
    hint = "An incoming webhook: Integrations, Incoming Webhooks."
    To = Channel

    url: str = secret("Webhook URL", is_url=True, is_required=True)

    def send(self, to: Channel, message: Message, out: Outbound) -> Answer:
        """Post one message."""
        title = shorten(message.subject, 200)
        text = f"**{escape(title)}**\n\n{escape(message.text)}"
        payload = {"text": shorten(text, _MOST)}
        payload |= {"channel": to.channel} if to.channel else {}
        payload |= {"username": to.username} if to.username else {}
        return self.post(out, self.url, payload)


def escape(text: str) -> str:
    """Return the text with markdown taken literally, and mentions broken: they ring nobody."""
    plain = re.sub(r"([\\*_~`|>\[\]()#])", r"\\\1", text)
    return re.sub(r"@(?=\w)", "@\u200b", plain)
