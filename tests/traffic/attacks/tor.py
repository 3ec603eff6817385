"""A workstation uses Tor: TLS to a relay under a made-up name. ATT&CK T1090.003."""

from __future__ import annotations

from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.payloads import office, tls
from tests.traffic.attacks.stage import insider, site, stage
from tests.traffic.script import run

EXPECTED = frozenset(
    {
        "known_proto_on_non_std_port",
        "ndpi_suspicious_dga_domain",
        "ndpi_tls_not_carrying_https",
        "ndpi_unsafe_protocol",
        "remote_access",
        "tls_certificate_mismatch",
        "tor_traffic",
    }
)


def packets(*, family: int = 4, name: str = "www.4nrq7wvp2kcxzl6t.com") -> list[Packet]:
    """Return a session whose certificate has the client's random name, as relays make them."""
    scene = stage()
    hello = tls.Hello(name, tls.TLS12, alpn=())
    chain = scene.chain("www.h2qfzjw6s5yk.net", "www.p7d3cq5mlx.com")
    scene.talk(insider(family), site(family), 9001, 1.0, office.tls_session(hello, chain, 60_000))
    return scene.packets


if __name__ == "__main__":
    run(packets)
