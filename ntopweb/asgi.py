"""The ASGI application of the web process, and of the ingest process: the same code."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from redis import RedisError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntopweb.settings")

http = get_asgi_application()  # first: it loads the apps that the imports below need

logger = logging.getLogger(__name__)

#: Which of the two processes this is; `up` tells.
ROLE = os.environ.get("NTOPWEB_ROLE", "web")

#: Seconds between two signs of life.
_INTERVAL = 5.0


def websocket() -> Any:
    """Return the application of WebSockets: a token, or same origin and a session; then routes."""
    from alerts.live.tokens import TokenOrElse
    from alerts.routing import websocket_urlpatterns

    routes = URLRouter(websocket_urlpatterns)
    return TokenOrElse(routes, AllowedHostsOriginValidator(AuthMiddlewareStack(routes)))


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Give signs of life from the server's start to its end."""
    task: asyncio.Task[None] | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            task = asyncio.create_task(give_signs_of_life())
        elif task is not None:
            task.cancel()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def give_signs_of_life() -> None:
    """Say every few seconds that this process' event loop turns."""
    from monitoring.heartbeat import beat

    while True:
        try:
            await asyncio.to_thread(beat, ROLE)
        except RedisError as error:
            logger.warning("no sign of life: %s", error)
        await asyncio.sleep(_INTERVAL)


def requests() -> Any:
    """Return the application of HTTP: batches by their own door, all else by Django's way."""
    from capture_agent.schema import PATH
    from monitoring.ingest.door import Door
    from monitoring.ingest.view import batches

    door = Door(batches)

    async def route(scope: Any, receive: Any, send: Any) -> None:
        await (door if scope["path"] == PATH else http)(scope, receive, send)

    return route


application = ProtocolTypeRouter(
    {"http": requests(), "websocket": websocket(), "lifespan": lifespan}
)
