"""Microsoft Teams, by a workflow that posts to a channel when a webhook is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recipients.endpoints.base import Addressee, Answer, Message, Outbound, Service
from recipients.message import shorten, shorten_bytes
from recipients.parameters import secret

#: Teams refuses messages over some 28 KB.
_MOST_BYTES = 20_000
_COLOURS = {"warning": "Warning", "error": "Attention", "critical": "Attention"}


@dataclass(frozen=True)
class Teams(Service):
    """A workflow “Post to a channel when a webhook request is received”."""

    title = "Microsoft Teams"
    icon = "groups"
    hint = "A workflow that posts when a webhook is called: the channel's menu, Workflows."

    url: str = secret("Webhook URL", is_url=True, is_required=True)

    def send(self, to: Addressee, message: Message, out: Outbound) -> Answer:
        """Post one adaptive card."""
        kind = "application/vnd.microsoft.card.adaptive"
        attachment = {"contentType": kind, "content": card(message)}
        return self.post(out, self.url, {"type": "message", "attachments": [attachment]})


def card(message: Message) -> dict[str, Any]:
    """Return the card; its texts are runs, which know no markdown."""
    title: dict[str, Any] = {"type": "TextRun", "text": shorten(message.subject, 200)}
    title |= {"weight": "Bolder", "color": _COLOURS.get(message.severity, "Default")}
    body = [{"type": "RichTextBlock", "inlines": [title]}]
    body += [
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line}]}
        for line in shorten_bytes(message.text, _MOST_BYTES).splitlines()[:50]
        if line
    ]
    made: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    if len(message.items) == 1 and message.items[0].url:
        link = {"type": "Action.OpenUrl", "title": "Open the alert", "url": message.items[0].url}
        made["actions"] = [link]
    return made
