"""Telegram, by the Bot API's sendMessage."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from checks.parameters import number
from recipients.endpoints.base import Addressee, Answer, Message, Outbound, Service
from recipients.message import shorten
from recipients.parameters import line, secret, url

#: The Bot API takes 4096 characters after the entities are read.
_MOST = 4096


@dataclass(frozen=True)
class Chat(Addressee):
    """A chat."""

    chat: str = line(
        "Chat",
        is_required=True,
        pattern=r"-?\d{1,20}|@[A-Za-z0-9_]{4,64}",
        looks="a chat's number, or @channel",
    )
    thread: float = number("Topic", 0, is_integer=True, help="Of a forum; 0: none.")


@dataclass(frozen=True)
class Telegram(Service):
    """A bot of yours."""

    title = "Telegram"
    icon = "send"
    hint = "@BotFather makes the bot and gives its token; add the bot to the chat."
    To = Chat
    wait_in = ("parameters", "retry_after")
    final_statuses = frozenset({401, 404})

    token: str = secret(
        "Bot token", is_required=True, pattern=r"\d+:[A-Za-z0-9_-]+", looks="as 123456:ABC-def"
    )
    api: str = url("API", "https://api.telegram.org", help="Another for a server of your own.")

    def send(self, to: Chat, message: Message, out: Outbound) -> Answer:
        """Send one message."""
        title = shorten(message.subject, 200)
        text = shorten(message.text, _MOST - len(title) - 2)
        payload: dict[str, object] = {
            "chat_id": to.chat,
            "text": f"<b>{escape(title)}</b>\n\n{escape(text, quote=False)}",
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        if to.thread:
            payload["message_thread_id"] = int(to.thread)
        return self.post(out, f"{self.api.rstrip('/')}/bot{self.token}/sendMessage", payload)
