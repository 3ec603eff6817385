"""The WebSocket of alerts, with a token."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from monitoring.models import ApiToken
from ntopweb.asgi import websocket
from tests.monitoring import builders

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def layer(settings: Any) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


async def first(token: str) -> Any:
    """Return what follows the connection: a message's kind, or the code of the close."""
    scope = {"type": "websocket", "path": "/ws/alerts/", "query_string": b"", "subprotocols": []}
    headers = [(b"authorization", f"Token {token}".encode())]
    socket = ApplicationCommunicator(
        websocket(), {**scope, "headers": headers, "client": ("127.0.0.1", 1)}
    )
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(10))["type"] == "websocket.accept"
    answer = await socket.receive_output(10)
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    return "alerts" if "alerts" in answer.get("text", "") else answer.get("code")


@pytest.fixture
def user(db: None) -> Any:
    return builders.a_user("follower", is_superuser=True)


async def test_a_token_follows_without_an_origin(user: Any) -> None:
    from channels.db import database_sync_to_async

    token = await database_sync_to_async(builders.a_token)(user)
    assert await first(token) == "alerts"


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "fields",
    [
        {"may_read": False},
        {"networks": ["10.0.0.0/8"]},
        {"is_limited": True},
        {"allowed_from": ["192.0.2.0/24"]},
        {"expires_at": LONG_AGO},
    ],
    ids=str,
)
async def test_a_token_that_does_not_do_follows_nothing(user: Any, fields: Any) -> None:
    from channels.db import database_sync_to_async

    token = await database_sync_to_async(builders.a_token)(user, **fields)
    assert await first(token) == 4403


def test_a_session_of_a_token_ends_with_it(user: Any) -> None:
    from alerts.live.tokens import TokenSession

    session = TokenSession(builders.a_token(user), None)
    assert session.exists("")
    ApiToken.objects.all().delete()
    assert not session.exists("")
