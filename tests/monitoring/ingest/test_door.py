"""How a batch comes in, without its database."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse

from monitoring.ingest.door import Door, View, read


def echo(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"size": len(request.read()), "token": request.headers["Authorization"]})


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret detail")


class Talk:
    """A client that says these messages, and what it was answered."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self._messages = list(messages)
        self.answers: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        return self._messages.pop(0)

    async def send(self, message: dict[str, Any]) -> None:
        self.answers.append(message)

    @property
    def status(self) -> int:
        return int(self.answers[0]["status"])

    @property
    def said(self) -> Any:
        return json.loads(self.answers[1]["body"])


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}


def talk(view: View, *messages: dict[str, Any], host: str = "localhost") -> Talk:
    headers = [(b"host", host.encode()), (b"authorization", b"Token t")]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
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


@pytest.mark.parametrize(("sizes", "kept"), [((4, 6), 10), ((4, 7), 11), ((40, 7, 9), 11)])
def test_a_body_over_the_limit_is_read_to_its_end_and_kept_to_just_over(
    sizes: tuple[int, ...], kept: int
) -> None:
    last = len(sizes) - 1
    client = Talk(*(part(b"x" * size, more=at < last) for at, size in enumerate(sizes)))
    assert len(asyncio.run(read(client.receive, 10)) or b"") == kept
    with pytest.raises(IndexError):  # nothing is left unread
        asyncio.run(client.receive())
