"""Real servers on loopback for the tests: HTTP that misbehaves, syslog over TLS, SMTP."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class HttpStub:
    """Keeps what was asked; answers (status, headers, body) as ``answer`` says; None hangs."""

    answer: Callable[[Request], tuple[int, dict[str, str], bytes] | None] = field(
        default=lambda request: (200, {}, b"ok")
    )
    requests: list[Request] = field(default_factory=list)
    context: ssl.SSLContext | None = None

    def __enter__(self) -> HttpStub:
        stub, self.going = self, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                headers = {k.lower(): v for k, v in self.headers.items()}
                request = Request(self.command, self.path, headers, self.rfile.read(length))
                stub.requests.append(request)
                found = stub.answer(request)
                if found is None:
                    stub.going.wait(20)
                    return
                status, extra, body = found
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **extra}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = _any

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if self.context:
            self.server.socket = self.context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.going.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}"


class Listener:
    """A TCP or TLS listener that keeps every byte of each connection."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context, self.received = context, []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._got = threading.Semaphore(0)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                if self._context:
                    try:
                        connection = self._context.wrap_socket(connection, server_side=True)
                    except ssl.SSLError:
                        continue  # the other side did not like the certificate
                data = b""
                while chunk := connection.recv(65_536):
                    data += chunk
                if self._context:
                    connection.unwrap()
                self.received.append(data)
                self._got.release()

    def wait(self) -> bytes:
        assert self._got.acquire(timeout=10), "nothing came"
        return self.received[-1]

    def close(self) -> None:
        self._server.close()
