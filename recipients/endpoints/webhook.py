"""A webhook: JSON by POST, signed.

``X-Ntopweb-Signature`` is "sha256=" and the HMAC-SHA256 in hex of "<timestamp>.<body>" under the
shared secret, where ``X-Ntopweb-Timestamp`` is the POSIX time: a receiver refuses old ones.
``Idempotency-Key`` is the same at every attempt of a message.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

from checks.parameters import choice, number
from recipients.endpoints.base import Addressee, Answer, Message, Outbound, Service
from recipients.parameters import header_pairs, headers, line, secret, url


@dataclass(frozen=True)
class Webhook(Service):
    """An HTTP server of yours."""

    title = "Webhook"
    icon = "webhook"
    hint = "JSON by POST to a server of yours, signed if you give a shared secret."
    needs_ntopng = True
    deduplicates = True

    url: str = url("URL", is_required=True)
    shared_secret: str = secret("Shared secret", help="Signs each message; empty: no signature.")
    username: str = line("User name", help="For HTTP basic authentication.")
    password: str = secret("Password")
    authorization: str = secret(
        "Authorization", help="Sent as that header, as “Bearer …”; instead of a user name."
    )
    headers: str = headers("Headers", help="A line each, as “X-Team: network”.")
    format: str = choice(
        "Format", "ntopweb", ("ntopweb", "ntopng"), help="ntopng: as its webhooks, version 0.2."
    )
    timeout: float = number("Time limit", 10, unit="s", minimum=1, maximum=30)

    def send(self, to: Addressee, message: Message, out: Outbound) -> Answer:
        """POST the message."""
        body = json.dumps(self.payload(message), separators=(",", ":")).encode()
        sent = {"Content-Type": "application/json", "Idempotency-Key": message.key}
        if self.authorization:
            sent["Authorization"] = self.authorization
        if self.shared_secret:
            sent |= signature(self.shared_secret, body, int(time.time()))
        reply = out.within(self.timeout).request(
            "POST",
            self.url,
            content=body,
            headers={**header_pairs(self.headers), **sent},
            auth=(self.username, self.password)
            if self.username and not self.authorization
            else None,
        )
        return self.judge(reply)

    @property
    def longest(self) -> float:
        """Return twice the time limit: it holds between bytes, the double for the whole."""
        return 2 * self.timeout + 2

    def payload(self, message: Message) -> dict[str, Any]:
        """Return the body in the chosen format."""
        if self.format == "ntopng":
            alerts = [dict(item.ntopng) for item in message.items]
            return {"version": "0.2", "sharedsecret": self.shared_secret, "alerts": alerts}
        alerts = [item.as_json() for item in message.items]
        for alert in alerts:
            del alert["ntopng"]
        return {
            "version": 1,
            "id": message.key,
            "reason": message.reason,
            "created_at": message.created_at,
            "subject": message.subject,
            "severity": message.severity,
            "total": message.total,
            "alerts": alerts,
        }


def signature(secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """Return the headers that sign a body."""
    signed = f"{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {"X-Ntopweb-Timestamp": str(timestamp), "X-Ntopweb-Signature": f"sha256={digest}"}
