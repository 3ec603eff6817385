"""Protocols of devices: SNMP, syslog, MQTT, Modbus, SSDP, SIP and RTP."""

from __future__ import annotations

import struct

from capture_agent.demonstration.conversation import CLIENT, SERVER
from capture_agent.demonstration.payloads import tls

Lines = list[tuple[int, bytes]]

_UPTIME = bytes.fromhex("06082b06010201010300")  # 1.3.6.1.2.1.1.3.0


def _tlv(tag: int, body: bytes) -> bytes:
    return bytes([tag, len(body)]) + body


def snmp(number: int, value: int = 0, *, reply: bool, community: str = "monitor") -> bytes:
    """Return an SNMPv2c GET of sysUpTime or its response (RFC 3416)."""
    content = _tlv(0x43, struct.pack("!I", value)) if reply else b"\x05\0"
    bindings = _tlv(0x30, _tlv(0x30, _UPTIME + content))
    request = _tlv(0x02, struct.pack("!I", number & 0x7FFFFFFF)) + b"\x02\x01\0\x02\x01\0"
    body = _tlv(0xA2 if reply else 0xA0, request + bindings)
    return _tlv(0x30, b"\x02\x01\x01" + _tlv(0x04, community.encode()) + body)


def syslog(host: str, text: str, priority: int = 30) -> bytes:
    """Return a message of RFC 3164; priority 30 is daemon.info."""
    return f"<{priority}>Jan  5 08:00:00 {host} {text}".encode()


def mqtt_session(client: str, topic: str, readings: list[str]) -> Lines:
    """Return CONNECT, and a PUBLISH per reading (MQTT 3.1.1)."""

    def text(value: str) -> bytes:
        return struct.pack("!H", len(value)) + value.encode()

    connect = text("MQTT") + b"\x04\x02" + struct.pack("!H", 60) + text(client)
    lines = [(CLIENT, _tlv(0x10, connect)), (SERVER, b"\x20\x02\0\0")]
    return lines + [(CLIENT, _tlv(0x30, text(topic) + value.encode())) for value in readings]


def modbus(number: int, code: int, body: bytes, unit: int = 1) -> bytes:
    """Return a Modbus/TCP message."""
    return struct.pack("!HHHBB", number, 0, len(body) + 2, unit, code) + body


def modbus_poll(number: int, registers: int = 8) -> Lines:
    """Return the reading of holding registers (function 3) and its answer."""
    values = struct.pack(
        f"!{registers}H", *((number * 7 + n * 31) % 4096 for n in range(registers))
    )
    asked = modbus(number, 3, struct.pack("!HH", 100, registers))
    return [(CLIENT, asked), (SERVER, modbus(number, 3, bytes([len(values)]) + values))]


def ssdp_search(agent: str) -> bytes:
    """Return an M-SEARCH of UPnP."""
    lines = ("M-SEARCH * HTTP/1.1", "HOST: 239.255.255.250:1900", 'MAN: "ssdp:discover"', "MX: 2")
    return "\r\n".join([*lines, "ST: ssdp:all", f"USER-AGENT: {agent}", "", ""]).encode()


def sip_call(caller: str, callee: str, host: str, address: str) -> Lines:
    """Return INVITE to 200 OK of a call (RFC 3261)."""
    sdp = (
        f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=call\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
        "m=audio 16384 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    )
    common = (
        f"Via: SIP/2.0/UDP {address}:5060;branch=z9hG4bK776\r\n"
        f"From: <sip:{caller}@{host}>;tag=19\r\n"
        f"To: <sip:{callee}@{host}>\r\nCall-ID: a84b4c76e66710@{address}\r\nCSeq: 1 INVITE\r\n"
        f"Contact: <sip:{caller}@{address}>\r\n"
    )
    body = f"Content-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n\r\n{sdp}"
    return [
        (
            CLIENT,
            f"INVITE sip:{callee}@{host} SIP/2.0\r\nMax-Forwards: 70\r\n{common}{body}".encode(),
        ),
        (SERVER, f"SIP/2.0 180 Ringing\r\n{common}Content-Length: 0\r\n\r\n".encode()),
        (SERVER, f"SIP/2.0 200 OK\r\n{common}{body}".encode()),
        (CLIENT, f"ACK sip:{callee}@{host} SIP/2.0\r\n{common}Content-Length: 0\r\n\r\n".encode()),
    ]


def rtp(sequence: int, source: int, label: str) -> bytes:
    """Return 20 ms of G.711 speech (RFC 3550, 3551)."""
    head = struct.pack("!BBHII", 0x80, 0, sequence & 0xFFFF, sequence * 160 & 0xFFFFFFFF, source)
    return head + tls.noise(label, str(sequence % 16), 160)
