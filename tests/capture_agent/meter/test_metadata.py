"""What nDPI read in the packets stands in the flow's row."""

from __future__ import annotations

import hashlib
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from capture_agent.demonstration.payloads import certificates, dns, http, tls
from tests.capture_agent.traffic import FAMILIES, Timed, handshake, metered, tcp, udp

FAMILY = pytest.mark.parametrize("family", FAMILIES)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def talk(family: int, port: int, *parts: tuple[bool, bytes]) -> list[Timed]:
    """Return a connection in which each part is (from the server?, bytes)."""
    ports, at, next_byte = (40_000, port), 1.0, [101, 501]
    packets = handshake(family, ports=ports)
    for back, data in parts:
        for start in range(0, len(data), 1_200):
            piece = data[start : start + 1_200]
            packets.append(tcp(family, at, "PA", next_byte[back], piece, back=back, ports=ports))
            next_byte[back] += len(piece)
            at += 0.01
    return packets


def told(folder: Path, packets: list[Timed]) -> dict[str, Any]:
    return metered(folder, packets).flow()


# DNS

ANSWERS: list[tuple[int, list[str], str]] = [
    (dns.A, ["192.0.2.1"], "192.0.2.1"),
    (dns.A, ["192.0.2.1", "192.0.2.2"], "192.0.2.1; 192.0.2.2"),
    (dns.AAAA, ["2001:db8::1"], "2001:db8::1"),
]


@FAMILY
@pytest.mark.parametrize(("kind", "values", "answers"), ANSWERS)
def test_dns(tmp_path: Path, family: int, kind: int, values: list[str], answers: str) -> None:
    ports = (40_000, 53)
    packets = [
        udp(family, 0, dns.query(7, "www.example.org", kind), ports=ports),
        udp(family, 0.1, dns.answer(7, "www.example.org", kind, [*values]), back=True, ports=ports),
    ]
    row = told(tmp_path, packets)
    assert (row["application"], row["dns_query"]) == ("DNS", "www.example.org")
    assert (row["dns_query_type"], row["dns_rcode"]) == (kind, 0)
    assert row["dns_answers"] == answers


@FAMILY
def test_a_name_that_does_not_exist(tmp_path: Path, family: int) -> None:
    ports, name = (40_000, 53), "nowhere.example.org"
    failed = dns.answer(7, name, dns.A, [], rcode=dns.NXDOMAIN)
    packets = [
        udp(family, 0, dns.query(7, name), ports=ports),
        udp(family, 0.1, failed, back=True, ports=ports),
    ]
    row = told(tmp_path, packets)
    assert (row["dns_query"], row["dns_rcode"], row["dns_answers"]) == (name, 3, None)


# HTTP


@FAMILY
def test_http(tmp_path: Path, family: int) -> None:
    asked = http.request("www.example.org", "/a/b?c=d", method="POST", body=b"x=1")
    reply = http.response(b"{}", status="404 Not Found", kind="application/json")
    row = told(tmp_path, talk(family, 80, (False, asked), (True, reply)))
    assert row["application"].split(".")[0] == "HTTP"
    assert (row["http_method"], row["http_status"]) == ("POST", 404)
    assert row["http_url"].endswith("/a/b?c=d")
    assert row["server_name"] == "www.example.org"
    assert row["http_user_agent"] == http.FIREFOX
    assert row["http_content_type"] == "application/json"


# TLS


def ja4(hello: bytes, transport: str = "t") -> str:
    """Return the JA4 of a ClientHello message after FoxIO's technical details."""
    at = 4 + 2 + 32
    at += 1 + hello[at]
    size = struct.unpack_from("!H", hello, at)[0]
    ciphers = [f"{n:04x}" for (n,) in struct.iter_unpack("!H", hello[at + 2 : at + 2 + size])]
    at += 2 + size
    at += 1 + hello[at] + 2
    found: dict[int, bytes] = {}
    while at < len(hello):
        kind, size = struct.unpack_from("!HH", hello, at)
        found[kind] = hello[at + 4 : at + 4 + size]
        at += 4 + size
    versions = [n for (n,) in struct.iter_unpack("!H", found[43][1:])] if 43 in found else []
    highest = max(versions or [struct.unpack_from("!H", hello, 4)[0]])
    version = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10"}[highest]
    first = found[16][3 : 3 + found[16][2]].decode() if 16 in found else "00"
    head = f"{transport}{version}{'d' if 0 in found else 'i'}"
    head += f"{len(ciphers):02}{len(found):02}{first[0]}{first[-1]}"
    others = ",".join(sorted(f"{kind:04x}" for kind in found if kind not in (0, 16)))
    signed = [f"{n:04x}" for (n,) in struct.iter_unpack("!H", found.get(13, b"\0\0")[2:])]
    parts = ",".join(sorted(ciphers)), "_".join([others, ",".join(signed)]).strip("_")
    return "_".join([head, *(hashlib.sha256(part.encode()).hexdigest()[:12] for part in parts)])


HELLOS = [
    (tls.Hello("www.example.org"), "TLSv1.3"),
    (tls.Hello("www.example.org", tls.TLS13, alpn=("http/1.1",)), "TLSv1.3"),
    (tls.Hello("www.example.org", tls.TLS13, alpn=()), "TLSv1.3"),
    (tls.Hello("", tls.TLS13), "TLSv1.3"),
]


@FAMILY
@pytest.mark.parametrize(("hello", "version"), HELLOS)
def test_tls_1_3(tmp_path: Path, family: int, hello: tls.Hello, version: str) -> None:
    flight = tls.flight13(hello)
    row = told(tmp_path, talk(family, 443, (False, hello.record()), (True, flight)))
    assert row["application"].split(".")[0] == "TLS"
    assert (row["server_name"] or "") == hello.server_name
    assert row["tls_version"] == version
    assert row["tls_ja4"] == ja4(hello.message())
    assert row["tls_cipher"] == "TLS_AES_128_GCM_SHA256"


@FAMILY
@pytest.mark.parametrize(
    ("version", "told_version"), [(tls.TLS12, "TLSv1.2"), (tls.TLS10, "TLSv1")]
)
def test_tls_with_its_certificate_in_the_clear(
    tmp_path: Path, family: int, version: int, told_version: str
) -> None:
    names = certificates.Name("www.example.org", "Example"), certificates.Name("CA 1", "Trust")
    der = certificates.certificate(*names, NOW, valid_until=timedelta(days=10))
    hello = tls.Hello("www.example.org", version, alpn=("http/1.1",))
    parts = [(False, hello.record()), (True, tls.flight12(hello, (der,), version=version))]
    parts += [(False, tls.finish12(hello, version)), (True, tls.changed(hello, version))]
    row = told(tmp_path, talk(family, 443, *parts))
    assert row["tls_version"] == told_version
    assert row["tls_sha1"].lower() == hashlib.sha1(der).hexdigest()
    assert row["tls_subject_dn"] == "C=US, O=Example, CN=www.example.org"
    assert row["tls_issuer_dn"] == "C=US, O=Trust, CN=CA 1"
    assert row["tls_not_before"] == NOW - timedelta(days=40)
    assert row["tls_not_after"] == NOW + timedelta(days=10)
    assert row["tls_ja4"] == ja4(hello.message())
    assert row["tls_cipher"] == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"


# SSH

OFFERS = (
    "curve25519-sha256,ecdh-sha2-nistp256", "ssh-ed25519", "aes128-ctr,aes256-ctr",
    "aes128-cbc,aes256-cbc", "hmac-sha2-256", "hmac-sha2-512", "none,zlib", "none,zlib@x", "", "",
)  # fmt: skip


def key_exchange(offers: tuple[str, ...]) -> bytes:
    """Return SSH_MSG_KEXINIT (RFC 4253, 7.1) in its packet."""
    body = b"\x14" + bytes(16)
    body += b"".join(struct.pack("!I", len(one)) + one.encode() for one in offers)
    body += b"\0" + struct.pack("!I", 0)
    padding = 8 - (len(body) + 5) % 8 + 4
    return struct.pack("!IB", len(body) + padding + 1, padding) + body + bytes(padding)


def hassh(offers: tuple[str, ...], is_server: bool) -> str:
    """Return Salesforce's fingerprint of what one side offers to send and to receive by."""
    side = 1 if is_server else 0
    chosen = ";".join([offers[0], offers[2 + side], offers[4 + side], offers[6 + side]])
    return hashlib.md5(chosen.encode()).hexdigest()


@FAMILY
def test_ssh(tmp_path: Path, family: int) -> None:
    client, server = "SSH-2.0-OpenSSH_9.2p1", "SSH-2.0-dropbear_2022.83"
    parts = [(False, client), (True, server)]
    packets = talk(
        family,
        22,
        *((back, f"{banner}\r\n".encode()) for back, banner in parts),
        (False, key_exchange(OFFERS)),
        (True, key_exchange(OFFERS)),
    )
    row = told(tmp_path, packets)
    assert row["application"] == "SSH"
    assert (row["ssh_client"], row["ssh_server"]) == (client, server)
    assert row["ssh_client_hassh"].lower() == hassh(OFFERS, False)
    assert row["ssh_server_hassh"].lower() == hassh(OFFERS, True)


# what holds for all


@FAMILY
def test_a_risk_comes_with_its_text(tmp_path: Path, family: int) -> None:
    asked = http.request("www.example.org", "/index.php?page=../../../../etc/passwd", agent="")
    row = told(tmp_path, talk(family, 80, (False, asked)))
    assert row["risk"] > 0
    assert row["risk_info"]


@FAMILY
def test_what_nobody_said_is_null(tmp_path: Path, family: int) -> None:
    row = told(tmp_path, [udp(family, 0)])
    said = ("server_name", "tls_ja4", "dns_query", "http_url", "ssh_client", "tls_not_after")
    assert [row[name] for name in said] == [None] * len(said)


@FAMILY
def test_texts_that_are_no_utf_8_do_no_harm(tmp_path: Path, family: int) -> None:
    asked = http.request("www.example.org", "/").replace(b"Firefox", b"\xff\xfe\x80fox")
    row = told(tmp_path, talk(family, 80, (False, asked)))
    assert row["server_name"] == "www.example.org"
    assert "fox" in row["http_user_agent"]


@FAMILY
def test_very_long_texts_are_cut(tmp_path: Path, family: int) -> None:
    asked = http.request("www.example.org", "/" + "a" * 20_000)
    row = told(tmp_path, talk(family, 80, (False, asked)))
    assert row["http_url"] is None or len(row["http_url"]) <= 1_024
