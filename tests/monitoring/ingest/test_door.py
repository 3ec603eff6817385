"""How a batch comes in, without its database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from threading import Thread
from typing import Any

import httpx
import pytest
import uvicorn
from django.http import HttpRequest, HttpResponse, JsonResponse

from monitoring.ingest.door import Door, View, read
from tests.house.running import wait_until


def echo(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"size": len(request.read()), "token": request.headers["Authorization"]})


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret detail")


class Talk:
    """A client that says these messages, and what it was answered."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self._messages = list(messages)
        self.answers: list[dict[str, Any]] = []
        self.left_at_answer = 0

    async def receive(self) -> dict[str, Any]:
        return self._messages.pop(0)

    async def send(self, message: dict[str, Any]) -> None:
        self.left_at_answer = self.left if not self.answers else self.left_at_answer
        self.answers.append(message)

    @property
    def left(self) -> int:
        """How many of its messages nobody has read."""
        return len(self._messages)

    @property
    def status(self) -> int:
        return int(self.answers[0]["status"])

    @property
    def said(self) -> Any:
        return json.loads(self.answers[1]["body"])


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}


def talk(
    view: View, *messages: dict[str, Any], host: str = "localhost", length: bytes = b""
) -> Talk:
    headers = [(b"host", host.encode()), (b"authorization", b"Token t")]
    headers += [(b"content-length", length)] if length else []
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    scope["query_string"] = b""
    client = Talk(*messages)
    asyncio.run(Door(view)(scope, client.receive, client.send))
    return client


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitoring.ingest.door.close_old_connections", lambda: None)


def test_the_view_answers_with_the_whole_body() -> None:
    client = talk(echo, part(b"abc", more=True), part(b"de"))
    assert (client.status, client.said) == (200, {"size": 5, "token": "Token t"})
    headers = dict(client.answers[0]["headers"])
    assert headers[b"content-type"] == b"application/json"
    assert int(headers[b"content-length"]) == len(client.answers[1]["body"])


def test_a_host_that_is_not_ours_is_refused() -> None:
    assert talk(echo, part(b""), host="evil.example").status == 400


def test_an_error_is_answered_without_its_detail() -> None:
    client = talk(broken, part(b""))
    assert client.status == 500
    assert "secret" not in str(client.said)


def test_a_client_that_has_gone_is_not_answered() -> None:
    assert talk(echo, part(b"abc", more=True), GONE).answers == []


@pytest.mark.parametrize(
    ("sizes", "kept", "unread"), [((4, 6), 10, 0), ((4, 7), 11, 0), ((40, 7, 9), 11, 2)]
)
def test_a_body_over_the_limit_is_read_to_just_over(
    sizes: tuple[int, ...], kept: int, unread: int
) -> None:
    last = len(sizes) - 1
    client = Talk(*(part(b"x" * size, more=at < last) for at, size in enumerate(sizes)))
    assert len(asyncio.run(read(client.receive, 10)) or b"") == kept
    assert client.left == unread


@pytest.mark.parametrize("length", [b"31", b""])
def test_a_body_over_the_limit_is_answered_before_it_is_read(settings: Any, length: bytes) -> None:
    """By its Content-Length at once, in chunks once these are over; then some is dropped."""
    settings.INGEST_MAX_BODY_BYTES = 10
    chunks = [part(b"x" * 5, more=True) for _ in range(7)]
    client = talk(echo, *chunks, length=length)
    assert client.left_at_answer == len(chunks) - (0 if length else 3)
    assert client.answers[1]["more_body"]
    assert client.answers[-1]["body"] == b""
    assert client.left == len(chunks) - (2 if length else 5)


def too_large(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"size": len(request.read())}, status=413)


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_client_in_the_middle_of_its_body_sees_the_answer(
    settings: Any, is_chunked: bool
) -> None:
    settings.INGEST_MAX_BODY_BYTES = 2**20
    app = Door(too_large)
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="error"))
    sent: list[int] = []

    def chunks() -> Iterator[bytes]:
        for _ in range(4_096):  # 256 MB, of which a 128th is taken
            sent.append(2**16)
            yield bytes(2**16)

    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started, "the server listens")
        port = server.servers[0].sockets[0].getsockname()[1]
        headers = {} if is_chunked else {"Content-Length": str(2**28)}
        answer = httpx.post(f"http://127.0.0.1:{port}/", content=chunks(), headers=headers)
    except httpx.WriteError:  # the connection was closed on it, not before the answer was sent
        answer = None
    finally:
        server.should_exit = True
        thread.join(10)
    assert sum(sent) < 32 * 2**20
    assert answer is None or answer.status_code == 413
