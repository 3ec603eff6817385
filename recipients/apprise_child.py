"""apprise in a process of its own, held to the guard: ``python -m recipients.apprise_child``.

An audit hook judges every connection and datagram at the moment it is made, so that the address
that was judged is the one that is spoken to, whatever protocol a service uses and however it
resolves names. Other processes, local sockets and redirections are refused; answers are bounded.
The hook cannot be taken away again; when the message is sent, the process ends.

On its input stands one JSON object: url, title, body, type, allowed, timeout. Its answer is one:
is_sent, is_forbidden, status, retry_after, answer.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Sequence
from typing import Any, Final

import apprise
import requests  # noqa: TID251 - apprise's HTTP client is what is bound here

from recipients.guard import Forbidden, Network, judge, parse_networks

_MOST_BYTES: Final = 64 * 1024
#: What no service of the network needs.
_REFUSED: Final = (
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"),
    *("ctypes.dlopen", "syslog.openlog", "syslog.syslog"),
)
_SPEAKS: Final = ("socket.connect", "socket.sendto", "socket.sendmsg")


class _Guard:
    """What an audit hook refuses, and what it refused."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self.allowed = allowed
        self.refused: list[str] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event in _REFUSED:
            self._refuse(f"{event} is not allowed")
        if event in _SPEAKS and args[1] is not None:
            self._judge(args[0], args[1])

    def _judge(self, sender: socket.socket, address: Any) -> None:
        if sender.family not in (socket.AF_INET, socket.AF_INET6):
            self._refuse("local sockets are not allowed")
        try:
            judge(str(address[0]), self.allowed)
        except ValueError:
            self._refuse(f"{address[0]} is no address: names are resolved before")
        except Forbidden as error:
            self._refuse(str(error))

    def _refuse(self, reason: str) -> None:
        self.refused.append(reason)
        raise Forbidden(reason)


class _Http:
    """requests without redirections, bounded; keeps the last status and answer."""

    def __init__(self, timeout: float, ca_file: str) -> None:
        self.status: int | None = None
        self.answer = ""
        self.retry_after: float | None = None
        original = requests.Session.send

        def send(session: Any, request: Any, **options: Any) -> Any:
            session.trust_env = False
            options |= {"allow_redirects": False, "stream": True, "timeout": timeout}
            if ca_file and options.get("verify") is True:
                options["verify"] = ca_file
            return self._note(original(session, request, **options))

        requests.Session.send = send  # type: ignore[method-assign, assignment]

    def _note(self, reply: Any) -> Any:
        reply._content = reply.raw.read(_MOST_BYTES, decode_content=True)
        reply._content_consumed = True
        self.status = reply.status_code
        self.answer = " ".join(reply.text.split())[:500]
        after = reply.headers.get("Retry-After", "")
        self.retry_after = float(after) if after.isdecimal() else None
        return reply


class _Kept(logging.Handler):
    """Keeps apprise's log: it says why, where its result only says no."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Send, and return what came of it."""
    log = _Kept()
    logging.getLogger("apprise").addHandler(log)
    logging.getLogger("apprise").propagate = False
    # Icons would be fetched by the reader's client from outside.
    asset = apprise.AppriseAsset(image_url_mask="", image_path_mask="", secure_logging=True)
    service = apprise.Apprise.instantiate(request["url"], asset=asset, suppress_exceptions=True)
    if service is None:
        words = "; ".join(log.lines) or "apprise does not know this URL"
        return {"is_sent": False, "is_forbidden": True, "status": None, "answer": words[:500]}
    http = _Http(float(request["timeout"]), request.get("ca_file", ""))
    guard = _Guard(parse_networks(",".join(request["allowed"])))
    sys.addaudithook(guard)
    is_sent = _notify(service, request, log)
    told = [*guard.refused, http.answer, *([] if is_sent else log.lines)]
    return {
        "is_sent": is_sent,
        "is_forbidden": bool(guard.refused) and not is_sent,
        "status": http.status,
        "retry_after": http.retry_after,
        "answer": "; ".join(dict.fromkeys(line for line in told if line))[:1000],
    }


def _notify(service: Any, request: dict[str, Any], log: _Kept) -> bool:
    """Send; what a service raises is a failure with its words."""
    words = {"body": request["body"], "title": request["title"]}
    try:
        return bool(service.notify(**words, notify_type=request["type"]))
    except Exception as error:  # any service of apprise's may raise anything
        log.lines.append(f"{type(error).__name__}: {error}")
        return False


def main() -> None:
    """Read the request, send, write the answer."""
    answer = run(json.loads(sys.stdin.buffer.read()))
    # Past the hook's reach: what libraries do at exit is no message.
    os.write(1, json.dumps(answer).encode())
    os._exit(0)


if __name__ == "__main__":
    main()
