"""Wait until everything is up, then say where."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ntopweb.up.console import banner
from ntopweb.up.data import read_json

if TYPE_CHECKING:
    from ntopweb.up.supervisor import Supervisor

#: After so many seconds without a green light it says what is missing, and goes on waiting.
_PATIENCE = 60.0


async def greet(supervisor: Supervisor) -> None:
    """Wait for a green ``/healthz`` and print the banner, with the password on the first start."""
    loop = asyncio.get_running_loop()
    complain_at = loop.time() + _PATIENCE
    while (missing := await what_is_missing(supervisor.options.url)) is not None:
        if loop.time() > complain_at:
            complain_at = loop.time() + _PATIENCE
            supervisor.console.say("up", f"not everything is up: {missing}")
        await asyncio.sleep(0.25)
    supervisor.console.write(banner(lines(supervisor)))


def lines(supervisor: Supervisor) -> list[str]:
    """Return the banner's lines."""
    known = read_json(supervisor.data.credentials_file)
    prepared = read_json(supervisor.data.run / "prepared.json")
    text = [
        f"ntopweb is ready   {known.get('url')}",
        f"agents post to     {known.get('ingest_url')}",
    ]
    if prepared.get("is_first"):
        text.append(f"log in as          {known.get('username')}")
        text.append(f"password           {known.get('password')}  (shown this once)")
    return [*text, f"for programs       {supervisor.data.credentials_file}", "Ctrl-C stops it"]


async def what_is_missing(url: str) -> str | None:
    """Return None when ``/healthz`` is green, otherwise in words what is not."""
    try:
        status, found = await get_json(f"{url}/healthz")
    except (OSError, ValueError, IndexError, TimeoutError) as error:
        return f"web does not answer ({error})"
    parts = found.get("parts", {})
    bad = [f"{n} {p.get('reason', '')}" for n, p in parts.items() if p.get("status") != "ok"]
    return None if status == 200 else "; ".join(bad)


async def get_json(url: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON object of one GET request to this machine."""
    target = urlsplit(url)
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(target.hostname, target.port)
        request = f"GET {target.path} HTTP/1.0\r\nHost: {target.netloc}\r\n\r\n"
        writer.write(request.encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
    return int(head.split()[1]), json.loads(body)
