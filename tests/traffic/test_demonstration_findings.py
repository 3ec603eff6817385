from pathlib import Path

import pytest

from capture_agent import demonstration
from capture_agent.demonstration.capture import save
from capture_agent.demonstration.misbehaviour import KINDS, Misbehaviour
from checks.registry import discover
from tests.traffic import findings
from tests.traffic.packets import START


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[findings.Finding]:
    path = tmp_path_factory.mktemp("findings") / "demonstration.pcap"
    demonstration.write(path, start=START, minutes=2.5)
    return findings.find(path, findings.everything())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
def test_the_kind_raises_its_checks_within_two_minutes(
    found: list[findings.Finding], kind: Misbehaviour
) -> None:
    servers = kind.server if isinstance(kind.server, list) else [kind.server]
    addresses = {end.address for end in (kind.client, *servers)}
    raised = {
        finding.check
        for finding in found
        if (finding.time < START + 120 and addresses & set(finding.entity.replace(">", "").split()))
        or any(f"> {address}:" in finding.entity for address in addresses)
    }
    assert {key for key in kind.raises if key in discover()} - raised == set()


def test_ten_different_checks_are_raised_with_the_settings_as_delivered(tmp_path: Path) -> None:
    path = tmp_path / "demonstration.pcap"
    demonstration.write(path, start=START, minutes=2.5)
    found = findings.find(path, findings.by_default())
    assert len({finding.check for finding in found if finding.time < START + 120}) >= 10


def test_ordinary_traffic_alone_raises_nothing_of_score_100(tmp_path: Path) -> None:
    path = tmp_path / "ordinary.pcap"
    save(path, demonstration.packets(START, kinds=()))
    found = findings.find(path, findings.everything(findings.ALLOWED))
    assert [finding for finding in found if finding.score >= 100] == []
    assert {finding.check for finding in found if finding.score >= 50} == set()
