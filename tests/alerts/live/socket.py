"""A WebSocket in a test, without a server (channels.testing has one, but wants daphne)."""

from __future__ import annotations

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator


class Socket(ApplicationCommunicator):
    """Speaks to an application as a server does for a browser."""

    def __init__(self, application: Any, path: str, user: Any) -> None:
        path, _, query = path.partition("?")
        scope = {"type": "websocket", "path": path, "query_string": query.encode()}
        super().__init__(application, {**scope, "headers": [], "subprotocols": [], "user": user})

    async def connect(self) -> None:
        """Connect; the application must accept."""
        await self.send_input({"type": "websocket.connect"})
        assert (await self.receive_output(5))["type"] == "websocket.accept"

    async def message(self) -> Any:
        """Return the next message."""
        output = await self.receive_output(5)
        assert output["type"] == "websocket.send", output
        return json.loads(output["text"])

    async def close_code(self) -> int:
        """Return the code of the close that comes, past messages before it."""
        while (output := await self.receive_output(5))["type"] == "websocket.send":
            pass
        return int(output["code"])

    async def disconnect(self) -> None:
        """Go away."""
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(5)
