"""Ways in: clear-text logins, remote desktops, old SSH, guessed passwords."""

from __future__ import annotations

import struct

from capture_agent.demonstration.conversation import CLIENT, SERVER
from capture_agent.demonstration.packets import Endpoint
from capture_agent.demonstration.payloads import hostile, http, iec104, office, smb, things, tls
from capture_agent.demonstration.scene import Scene


def telnet(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Log in over telnet."""
    scene.talk(client, server, 23, at, hostile.telnet_login("admin", "admin123"))


def ftp(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Log in over FTP."""
    scene.talk(client, server, 21, at, hostile.ftp_login("backup", "Summer2026"))


def basic(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Log in to a web page with HTTP Basic, unencrypted."""
    login = ("Authorization: Basic YWRtaW46aHVudGVyMg==",)
    asked = http.request("intranet.office.example", "/admin", agent=http.EDGE, headers=login)
    scene.talk(
        client, server, 80, at, [(CLIENT, asked), (SERVER, http.response(http.page("Admin")))]
    )


def desktop(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Open a remote desktop (RDP) and work for a while."""
    connection = scene.tcp(client, server, 3389, at, "windows").open()
    connection.talk(hostile.rdp_connection("administrator"))
    connection.send(CLIENT, tls.Hello("", tls.TLS12, alpn=()).record())
    scene.add(connection.stream(SERVER, 900_000, 20.0, 9_000).close())


def screen(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Look at a machine's screen over VNC."""
    connection = scene.tcp(client, server, 5900, at).open()
    scene.add(connection.talk(hostile.vnc_session(), 0.1).close())


def anydesk(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Reach out to a relay of AnyDesk, so that somebody outside can take over."""
    hello = tls.Hello("relay-3f7a.net.anydesk.com", tls.TLS12, alpn=())
    chain = scene.chain(hello.server_name, "DigiCert Inc")
    scene.talk(client, server, 443, at, office.tls_session(hello, chain, 60_000))


def old_ssh(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Use an SSH client of 2009 with its ciphers."""
    scene.talk(client, server, 22, at, office.ssh_session(office.OLD_OPENSSH, messages=20))


def guess_passwords(
    scene: Scene,
    at: float,
    client: Endpoint,
    server: Endpoint,
    *,
    attempts: int = 40,
    rate: float = 4.0,
) -> None:
    """Try SSH passwords, a connection each."""
    for number in range(attempts):
        connection = scene.tcp(client, server, 22, at + number / rate).open()
        lines = office.ssh_session("SSH-2.0-libssh_0.11.2", messages=8)
        scene.add(connection.talk(lines, 0.02).close())


def reprogram(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Ask a controller over Modbus for what it is, then try to write where it refuses."""
    connection = scene.tcp(client, server, 502, at).open()
    asked = things.modbus(1, 43, b"\x0e\x01\0")
    connection.ask(asked, things.modbus(1, 43, b"\x0e\x01\x01\0\0\0"))
    for number in range(2, 10):
        wrong = struct.pack("!HH", 9_000 + number, 1)
        connection.ask(things.modbus(number, 6, wrong), things.modbus(number, 0x86, b"\x02"))
        connection.wait(0.5)
    scene.add(connection.close())


def command(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Send a station commands over IEC 104, one after the other, and ask for a reset."""
    connection = scene.tcp(client, server, 2404, at).open()
    connection.ask(iec104.START_ACT, iec104.START_CON)
    for number in range(8):
        connection.ask(iec104.asdu(45, number, cause=6), iec104.asdu(45, number, cause=7))
        connection.wait(0.4)
    scene.add(connection.ask(iec104.asdu(105, 8, cause=6), iec104.asdu(105, 8, cause=7)).close())


def old_smb(scene: Scene, at: float, client: Endpoint, server: Endpoint) -> None:
    """Open a session of SMB 1."""
    scene.talk(client, server, 445, at, smb.session1())
