"""Slack, by an incoming webhook."""

from __future__ import annotations

from dataclasses import dataclass

from recipients.endpoints.base import Addressee, Answer, Message, Outbound, Service
from recipients.message import shorten
from recipients.parameters import secret


@dataclass(frozen=True)
class Slack(Service):
    """An incoming webhook; it belongs to one channel."""

    title = "Slack"
    icon = "tag"
    hint = "An app of your workspace with “Incoming Webhooks”."

    url: str = secret("Webhook URL", is_url=True, is_required=True)

    def send(self, to: Addressee, message: Message, out: Outbound) -> Answer:
        """Post one message."""
        title = shorten(message.subject, 150)
        text = escape(shorten(message.text, 2500))[:3000]
        blocks = [
            {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}},
            {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}},
        ]
        payload = {"text": escape(title), "blocks": blocks, "unfurl_links": False}
        return self.post(out, self.url, payload)


def escape(text: str) -> str:
    """Return the text without Slack's three control characters: no mention gets through."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
