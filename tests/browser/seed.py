"""Traffic to look at: an hour of a small office, without agent and ingest."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta

from monitoring.models import Interface
from tests.monitoring import builders

_APPLICATIONS = {  # name: (category, share, port, protocol)
    "TLS.YouTube": ("Media", 9.0, 443, 6),
    "TLS.Google": ("Web", 4.0, 443, 6),
    "QUIC.Netflix": ("Video", 6.0, 443, 17),
    "TLS.Microsoft365": ("Collaborative", 3.0, 443, 6),
    "SSH": ("RemoteAccess", 0.8, 22, 6),
    "DNS": ("Network", 0.2, 53, 17),
    "HTTP": ("Web", 1.2, 80, 6),
    "SMBv23": ("System", 2.2, 445, 6),
    "BitTorrent": ("Download", 3.0, 51_413, 17),
    "Zoom": ("Video", 2.5, 8801, 17),
    "NTP": ("System", 0.05, 123, 17),
}
_LOCAL = [
    *(
        (f"192.168.1.{last}", name)
        for last, name in (
            (1, "gateway"),
            (10, "anna-laptop"),
            (11, "ben-desktop"),
            (20, "nas"),
            (23, ""),
            (31, "printer"),
            (42, "meeting-room-tv"),
            (77, ""),
        )
    ),
    ("fd12:3456:789a::10", "anna-laptop"),
    ("2001:db8:5::23", ""),
]
_REMOTE = [
    "203.0.113.5",
    "198.51.100.23",
    "142.250.184.206",
    "151.101.1.69",
    "2606:4700::6810:84e5",
    "52.97.201.18",
]


def seed(now: datetime, *, flows: int = 160) -> Interface:
    """Store hosts, flows, roll-ups, agents and ledger lines up to ``now``; the same each time."""
    dice = random.Random(7)
    agent = builders.an_agent(
        "local",
        last_seen_at=now - timedelta(seconds=2),
        address="127.0.0.1",
        version="1.0.0",
        clock_skew_ms=0.8,
        counters={
            "received": 2_481_022,
            "parsed": 2_480_911,
            "refused": 111,
            "kernel_drops": 0,
            "flow_table_evictions": 0,
            "spooled_batches": 0,
            "spool_drops": 0,
            "rejected_batches": 0,
            "sent_rows": 184_220,
        },
    )
    builders.an_agent(
        "branch-office",
        last_seen_at=now - timedelta(minutes=9),
        address="2001:db8:9::4",
        version="1.0.0",
        counters={"received": 90_311, "kernel_drops": 4_102},
    )
    interface = builders.an_interface("eth0", agent=agent, last_seen=now)
    demo = builders.an_interface("demonstration", agent=agent, kind="demonstration", last_seen=now)
    _hosts(dice, now, interface)
    _flows(dice, now, interface, flows)
    _rollups(dice, now, interface)
    for number in range(70):
        builders.a_line(
            interface=interface if number % 3 else demo,
            frame=("flow", "host", "interface", "application")[number % 4],
            received_at=now - timedelta(seconds=5 * number),
            rows=1250 - 7 * number,
            stored=1250 - 7 * number - (3 if number == 9 else 0),
            refused=3 if number == 9 else 0,
            refused_by_reason={"last_seen before first_seen": 3} if number == 9 else {},
            milliseconds=18 + number % 9,
            findings=number % 5,
        )
    return interface


def _hosts(dice: random.Random, now: datetime, interface: Interface) -> None:
    for place, (address, name) in enumerate([*_LOCAL, *((remote, "") for remote in _REMOTE)]):
        is_local = place < len(_LOCAL)
        sent, received = dice.randrange(10**7, 4 * 10**9), dice.randrange(10**7, 9 * 10**9)
        builders.a_host(
            address,
            name=name,
            interface=interface,
            is_local=is_local,
            seen=now - timedelta(seconds=dice.randrange(0, 90)),
            mac=f"00:1b:63:84:45:{place:02x}" if is_local else "",
            mac_vendor="Apple, Inc." if place % 3 == 0 and is_local else "",
            bytes_sent=sent,
            bytes_received=received,
            packets_sent=sent // 700,
            packets_received=received // 900,
            flows_as_client=dice.randrange(10, 9000),
            flows_as_server=dice.randrange(0, 900),
            score=(0, 10, 60, 0, 220, 0, 0, 900)[place % 8],
            country="" if is_local else "US",
        )


def _flows(dice: random.Random, now: datetime, interface: Interface, number: int) -> None:
    names = list(_APPLICATIONS)
    for place in range(number):
        name = dice.choice(names)
        category, share, port, l4 = _APPLICATIONS[name]
        client = dice.choice(_LOCAL)[0]
        v6 = ":" in client
        server = dice.choice([one for one in _REMOTE if (":" in one) == v6])
        moved = int(share * dice.randrange(10_000, 9_000_000))
        is_live = place < 40
        time = now - timedelta(
            seconds=dice.randrange(1, 50) if is_live else dice.randrange(5, 3500)
        )
        detail = {"server_name": f"{name.split('.')[-1].lower()}.example.com"}
        if name.startswith("TLS"):
            detail |= {
                "tls_version": "TLSv1.3",
                "tls_cipher": "TLS_AES_256_GCM_SHA384",
                "tls_alpn": "h2",
                "tls_ja4": "t13d1516h2_8daaf6152771_b186095e22b6",
                "tls_issuer_dn": "CN=WR2, O=Google Trust Services, C=US",
            }
        if name == "HTTP":
            detail |= {
                "http_method": "GET",
                "http_url": "http.example.com/index.php?id=1%20OR%201=1",
                "http_status": 200,
                "http_user_agent": "curl/8.5",
            }
        if name == "DNS":
            detail = {
                "dns_query": "www.example.com",
                "dns_query_type": 28,
                "dns_rcode": 0,
                "dns_answers": "2606:4700::6810:84e5",
            }
        risk = dice.choice([0, 0, 0, 0, 1 << 36, 1 << 2 | 1 << 13, 1 << 5])
        make = builders.a_live_flow if is_live else builders.a_flow
        make(
            interface=interface,
            time=time,
            first_seen=time - timedelta(seconds=dice.randrange(1, 900)),
            client=client,
            server=server,
            client_port=dice.randrange(32_768, 60_000),
            server_port=port,
            l4=l4,
            connection_state=3 if l4 == 6 else 0,
            application=name,
            category=category,
            detail=detail,
            bytes_to_server=moved // 9,
            bytes_to_client=moved,
            risk=risk,
            score={0: 0, 1 << 36: 100, 1 << 5: 50}.get(risk, 160),
            client_mac=0x001B63844500 + place % 8,
            retransmissions_to_client=dice.choice([0, 0, 4]),
            vlan=dice.choice([0, 0, 0, 20]),
        )


def _rollups(dice: random.Random, now: datetime, interface: Interface) -> None:
    start, rows = int(now.timestamp()) // 10 * 10, []
    for back in range(0, 3700, 10):
        place = datetime.fromtimestamp(start - back, now.tzinfo), interface.pk
        wave = 1 + 0.5 * math.sin(back / 400) + 0.15 * dice.random()
        whole = 0
        for name, (_, share, _, _) in _APPLICATIONS.items():
            moved = int(share * 600_000 * wave * (0.6 + 0.8 * dice.random()))
            whole += moved
            sums = {
                "bytes_sent": moved // 9,
                "bytes_received": moved,
                "flows": dice.randrange(1, 30),
            }
            rows.append((*place, "application", name, sums))
        for address, _ in _LOCAL[:6]:
            sent, received = whole * dice.random() / 40, whole * dice.random() / 8
            sums = {"bytes_sent": int(sent), "bytes_received": int(received), "flows": 3}
            rows.append((*place, "host", address, sums))
        sums = {"bytes_received": whole, "packets_received": whole // 800, "flows": 40}
        rows.append((*place, "total", "", sums))
    builders.much_traffic(rows)
