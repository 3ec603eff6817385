"""A capture of very many ordinary flows, made in bulk: ``python -m tests.traffic.many_flows FILE``.

TLS, HTTP and DNS over IPv4 and IPv6, each TCP flow with handshake, payload and close. Flows go by
in blocks that are active together; within a block packets go round: first all first packets, then
all second ones, and so on.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np

from capture_agent.demonstration.bulk import (
    BLANK4,
    BLANK6,
    Bytes,
    Ends,
    addresses4,
    addresses6,
    expand,
    file_header,
    records,
)
from capture_agent.demonstration.conversation import CLIENT, SERVER, Packet, Tcp, exchange
from capture_agent.demonstration.payloads import certificates, dns, http, tls
from tests.traffic.packets import START

DOMAINS = (
    "www.wikipedia.org", "www.google.com", "github.com", "www.microsoft.com", "www.apple.com",
    "www.youtube.com", "www.amazon.com", "www.facebook.com", "login.example.org", "api.example.net",
)  # fmt: skip

_CLIENT_NET4, _SERVER_NET4 = 0x0A080000, 0xC6120000  # 10.8.0.0/16, 198.18.0.0/15 (RFC 2544)
_CLIENT_NET6, _SERVER_NET6 = 0xFD08 << 48, 0x20010DB8 << 32


@dataclass(frozen=True)
class Plan:
    """What to write: how many flows, in how many seconds, from how many hosts."""

    flows: int = 205_000
    packets_per_flow: int = 10  # of TCP flows, 9 at least; DNS flows have two
    seconds: float = 60.0
    clients: int = 2_000
    servers: int = 20_000
    ipv6: float = 0.25  # share of flows
    dns: float = 0.2
    http: float = 0.2  # the rest is TLS
    segment: int = 500  # payload bytes of a data segment
    block: int = 4_096  # flows active together
    seed: int = 1


@dataclass(frozen=True)
class Template:
    """The packets of one kind of flow, each with who sends it, and its server port."""

    frames: tuple[tuple[bool, bytes], ...]  # (sent by the client, frame)
    port: int
    version: int


#: Kinds of flows, each with its share.
Kinds = Sequence[tuple[float, Template]]


def write(
    path: Path | str, plan: Plan | None = None, start: float = START, kinds: Kinds | None = None
) -> int:
    """Write the capture, of other kinds of flows where given; returns the number of packets."""
    plan = plan or Plan()
    count = 0
    with Path(path).open("wb") as file:
        file.write(file_header())
        for rows in blocks(plan, start, kinds):
            file.write(rows.data)
            count += len(rows)
    return count


def blocks(plan: Plan, start: float = START, kinds: Kinds | None = None) -> Iterator[Bytes]:
    """Yield pcap records of equal length (n × bytes) in the order of time."""
    kinds = _kinds(plan) if kinds is None else kinds
    random = np.random.default_rng(plan.seed)
    begin = int(start * 1_000_000)
    for first in range(0, plan.flows, plan.block):
        size = min(plan.block, plan.flows - first)
        share = plan.seconds * 1_000_000 / plan.flows
        yield from _rounds(
            _parts(plan, kinds, first, size, random), begin + int(first * share), int(size * share)
        )


def _parts(
    plan: Plan, kinds: Kinds, first: int, size: int, random: np.random.Generator
) -> list[tuple[Template, Ends]]:
    """Return a block's flows, grouped by template."""
    chosen = random.choice(len(kinds), size, p=[share for share, _ in kinds])
    ends = []
    for index, (_, made) in enumerate(kinds):
        numbers = np.flatnonzero(chosen == index).astype(np.uint64) + np.uint64(first)
        if len(numbers):
            ends.append((made, _ends(plan, made, numbers, random)))
    return ends


def _ends(plan: Plan, template: Template, numbers: np.ndarray, random: np.random.Generator) -> Ends:
    """Return clients and servers of flows given by their number; no pair with its port twice."""
    client = numbers % np.uint64(plan.clients) + np.uint64(1)
    server = random.integers(1, plan.servers + 1, len(numbers), dtype=np.uint64)
    port = (numbers // np.uint64(plan.clients) % np.uint64(64_000) + np.uint64(1_024)).astype(
        np.uint16
    )
    there = np.full(len(numbers), template.port, np.uint16)
    if template.version == 6:
        pair = addresses6(_CLIENT_NET6, client), addresses6(_SERVER_NET6, server)
    else:
        here, far = client.astype(np.uint32), server.astype(np.uint32)
        pair = addresses4(here + np.uint32(_CLIENT_NET4)), addresses4(far + np.uint32(_SERVER_NET4))
    return Ends(*pair, port, there)


def _rounds(parts: list[tuple[Template, Ends]], begin: int, length: int) -> Iterator[Bytes]:
    rounds = max(len(template.frames) for template, _ in parts)
    flows = sum(len(ends) for _, ends in parts)
    for number in range(rounds):
        done = 0
        for template, ends in parts:
            if number < len(template.frames):
                forward, frame = template.frames[number]
                rank = np.arange(done, done + len(ends))
                times = begin + length * (number * flows + rank) // (rounds * flows)
                yield records(expand(frame, ends if forward else ends.reversed()), times)
            done += len(ends)


@cache
def _kinds(plan: Plan) -> list[tuple[float, Template]]:
    """Return every template with its share of the flows."""
    shares = ((_dns, plan.dns), (_http, plan.http), (_tls, 1 - plan.dns - plan.http))
    families = ((4, 1 - plan.ipv6), (6, plan.ipv6))
    return [
        (share * part / len(DOMAINS), make(plan, version, domain))
        for make, share in shares
        for version, part in families
        for domain in DOMAINS
    ]


def template(packets: list[Packet], port: int, version: int) -> Template:
    """Return what a flow's packets, made between blank ends, are a template of."""
    mac = (BLANK4 if version == 4 else BLANK6)[CLIENT].mac_bytes
    return Template(tuple((frame[6:12] == mac, frame) for _, frame, _ in packets), port, version)


def _dns(plan: Plan, version: int, domain: str) -> Template:
    client, server = BLANK4 if version == 4 else BLANK6
    kind, value = (dns.A, "198.18.0.1") if version == 4 else (dns.AAAA, "2001:db8::1")
    lines = [(CLIENT, dns.query(7, domain, kind)), (SERVER, dns.answer(7, domain, kind, [value]))]
    return template(exchange(client, server, (0, 0), 0.0, lines), 53, version)


def _http(plan: Plan, version: int, domain: str) -> Template:
    client, server = BLANK4 if version == 4 else BLANK6
    connection = Tcp(client, server, (0, 0), 0.0).open().send(CLIENT, http.request(domain))
    segments = max(1, plan.packets_per_flow - 7)
    body = http.page(domain, plan.segment * segments)[: plan.segment * segments]
    head = http.response(body)[: -len(body)]
    for number in range(segments):
        part = body[number * plan.segment : (number + 1) * plan.segment]
        connection.send(SERVER, (head if number == 0 else b"") + part)
    return template(connection.close().packets, 80, version)


def _tls(plan: Plan, version: int, domain: str) -> Template:
    client, server = BLANK4 if version == 4 else BLANK6
    hello = tls.Hello(domain, tls.TLS12)
    connection = Tcp(client, server, (0, 0), 0.0).open().send(CLIENT, hello.record())
    connection.mss = 1_400
    flight = tls.flight12(hello, (_certificate(domain),))
    connection.send(SERVER, flight)
    for number in range(max(1, plan.packets_per_flow - 9)):
        connection.send(number % 2, tls.data(hello, plan.segment, str(number)))
    return template(connection.close().packets, 443, version)


@cache
def _certificate(domain: str) -> bytes:
    names = certificates.Name(domain, "Example"), certificates.Name("Example CA", "Example CA")
    return certificates.certificate(*names, datetime.fromtimestamp(START, UTC))


def main() -> None:
    """Read the options and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    for name, default in vars(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    options = vars(parser.parse_args())
    path = options.pop("path")
    print(f"{write(path, Plan(**options)):,} packets, {path.stat().st_size:,} bytes: {path}")


if __name__ == "__main__":
    main()
