"""A real HTTP server on loopback that answers as a test tells it to, and remembers batches."""

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import polars as pl
import zstandard

from capture_agent import schema
from monitoring.ingest.body import conform


class Request(NamedTuple):
    """One batch as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> tuple[str, int]:
        return self.headers[schema.HEADER_SESSION], int(self.headers[schema.HEADER_SEQUENCE])

    @property
    def table(self) -> pl.DataFrame:
        """Return the rows, read as the real server does."""
        told = pl.read_ipc_stream(zstandard.ZstdDecompressor().decompress(self.body))
        return conform(told, self.headers[schema.HEADER_FRAME], 1 << 26)


class Server:
    """Answers a batch with the next of ``script``, (status, headers, JSON), then with 200.

    A status of 0 closes the connection without an answer. ``stored`` has each batch answered 200
    once, by (session, sequence); ``repeats`` counts those that came again.
    """

    def __init__(self) -> None:
        self.script: deque[tuple[int, dict[str, str], dict[str, Any]]] = deque()
        self.events = ["detected", "update", "end"]
        self.clock = ""
        self.requests: list[Request] = []
        self.stored: dict[tuple[str, int], Request] = {}
        self.repeats = 0
        self.changed = threading.Condition()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(*server.take(Request(dict(self.headers), body)))

            def do_GET(self) -> None:
                self.answer(200, {}, {"events": server.events, "clock": server.clock})

            def answer(self, status: int, headers: dict[str, str], content: dict[str, Any]) -> None:
                if status == 0:
                    self.close_connection = True
                    return
                data = json.dumps(content).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                pass

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.httpd.server_port}"

    def take(self, request: Request) -> tuple[int, dict[str, str], dict[str, Any]]:
        with self.changed:
            self.requests.append(request)
            status, headers, content = self.script.popleft() if self.script else (200, {}, {})
            if status == 200:
                self.repeats += request.key in self.stored
                self.stored[request.key] = request
            self.changed.notify_all()
            return status, headers, content

    def wait_for(self, stored: int, seconds: float = 20.0) -> None:
        """Wait until so many batches are stored."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.stored) >= stored, seconds), (
                f"{len(self.stored)} of {stored} batches came"
            )

    def rows(self, frame: str) -> pl.DataFrame:
        """Return all stored rows of a frame."""
        found = [r.table for r in self.stored.values() if r.headers[schema.HEADER_FRAME] == frame]
        return pl.concat(found) if found else schema.empty(frame)


@contextmanager
def serving() -> Iterator[Server]:
    """Run a server for the length of a block."""
    server = Server()
    thread = threading.Thread(target=server.httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.httpd.shutdown()
        server.httpd.server_close()
