from pathlib import Path

import pytest

from capture_agent.demonstration.capture import save
from tests.traffic import findings
from tests.traffic.attacks import Attack, attacks, dns_flood, icmp_flood, port_scan, syn_flood
from tests.traffic.packets import START, endpoint

ALL = attacks()
_RESOLVERS = {"items": tuple(endpoint(53, family).address for family in (4, 6))}
ACTIVE = findings.everything(dict.fromkeys(findings.ALLOWED, _RESOLVERS))


@pytest.mark.parametrize("attack", ALL, ids=str)
def test_the_attack_raises_exactly_its_checks(tmp_path: Path, attack: Attack) -> None:
    path = tmp_path / "attack.pcap"
    save(path, attack.packets())
    assert findings.raised(path, ACTIVE) == attack.expected


@pytest.mark.parametrize("attack", ALL, ids=str)
def test_the_same_parameters_give_the_same_packets(attack: Attack) -> None:
    assert attack.packets() == attack.packets()


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize(
    ("module", "check"),
    [
        (syn_flood, "syn_flood"),
        (dns_flood, "dns_flood"),
        (icmp_flood, "icmp_flood"),
        (port_scan, "scan_detection"),
    ],
)
def test_a_host_check_fires_within_six_seconds(
    tmp_path: Path, family: int, module: object, check: str
) -> None:
    path = tmp_path / "attack.pcap"
    save(path, module.packets(family=family))  # type: ignore[attr-defined]
    begins = START + 1.0  # and within its first second it is over the threshold
    first = min(f.time for f in findings.find(path, ACTIVE) if f.check == check)
    assert first - begins <= 6.0
