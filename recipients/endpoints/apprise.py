"""Any other service that apprise knows, by its URL.

apprise speaks for itself, so it runs in a child that is held to the guard whatever it calls:
:mod:`recipients.apprise_child`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings

from recipients.endpoints.base import (
    Addressee,
    Answer,
    DeliveryError,
    Message,
    Outbound,
    Service,
    Verdict,
)
from recipients.message import shorten
from recipients.parameters import secret

_SECONDS: Final = 30.0
_TYPES: Final = {"warning": "warning", "error": "failure", "critical": "failure"}


@dataclass(frozen=True)
class Apprise(Service):
    """A service by apprise's URL."""

    title = "Another service (apprise)"
    icon = "apps"
    hint = "As “gotify://host/token”; github.com/caronc/apprise lists the services."

    url: str = secret(
        "apprise URL",
        is_required=True,
        pattern=r"[a-z][a-z0-9]*://\S+",
        looks="a URL, as gotify://host/token",
    )

    @property
    def longest(self) -> float:
        """Return the time limit of the child."""
        return _SECONDS + 1

    def send(self, to: Addressee, message: Message, out: Outbound) -> Answer:
        """Send one message by the child; what it may speak to is the guard's."""
        said = self._ask(
            {
                "url": self.url,
                "title": shorten(message.subject, 200),
                "body": shorten(message.text, 20_000),
                "type": "success" if message.is_over else _TYPES.get(message.severity, "info"),
                "allowed": [str(network) for network in out.allowed],
                "timeout": out.timeout,
                "ca_file": settings.OUTBOUND_CA_FILE,
            }
        )
        status, words = said.get("status"), said.get("answer", "")
        if said["is_sent"]:
            return Answer(status, words)
        verdict = Verdict.DISABLED if said["is_forbidden"] else Verdict.RETRY
        if status is not None and not said["is_forbidden"]:
            verdict = self.verdict_of(status)
        after = said.get("retry_after")
        raise DeliveryError(words or "not sent", verdict, status=status, retry_after=after)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "recipients.apprise_child"],
                input=json.dumps(request).encode(),
                capture_output=True,
                timeout=_SECONDS,
                cwd=settings.BASE_DIR,
                env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DeliveryError(f"it took longer than {_SECONDS:g} s") from None
        try:
            return dict(json.loads(done.stdout))
        except ValueError:
            tail = done.stderr.decode("utf-8", "replace").strip()[-300:]
            raise DeliveryError(f"the child ended with {done.returncode}: {tail}") from None
