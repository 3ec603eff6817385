"""The talk's examples, each from packets to its alert: meter, ingest, script, lifecycle, told."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alerts.lifecycle import process_round
from alerts.models import Alert
from capture_agent.demonstration.conversation import Packet
from checks.lua.models import Run, Script
from checks.lua.starters import starters
from checks.models import sync_settings
from ntopweb import lua
from recipients import rounds
from recipients.delivery import Worker
from tests.checks.lua.traffic import bittorrent, tls, zoom_call
from tests.pipeline.replaying import replay
from tests.recipients.builders import a_recipient, an_endpoint
from tests.recipients.conftest import loopback, stub

pytestmark = pytest.mark.django_db
__all__ = ["loopback", "stub"]

FAMILIES = [("192.168.1.10", "203.0.113.5"), ("fd00::10", "2001:db8::5")]


@pytest.fixture(autouse=True)
def settings_known(nothing_remembered: None) -> Iterator[None]:
    lua.forget_wanted()
    yield
    lua.forget_wanted()


def begin_with(key: str, **values: Any) -> Script:
    """Enable a starter as the editor offers it, with these values."""
    sync_settings()
    starter = next(one for one in starters() if one.key == key)
    script = Script.objects.create(
        name=starter.title, target=starter.target, state="enabled", parameters=values
    )
    script.write(starter.source)
    lua.forget_wanted()
    return script


def alerts_of(folder: Path, packets: list[Packet]) -> list[Alert]:
    """Return the alerts of scripts after the packets went all the way."""
    replay(folder, packets)
    lua.follow(datetime.now(UTC))
    process_round(datetime.now(UTC))
    assert not Run.objects.exclude(errors=0).exists()
    return list(Alert.objects.filter(check_key="custom_lua_script"))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(("client", "server"), FAMILIES)
def test_tls_between_two_hosts(
    tmp_path: Path, client: str, server: str, version: ssl.TLSVersion
) -> None:
    begin_with("tls_between", client=server, server=client)
    other = "fd00::99" if ":" in client else "192.168.1.99"
    packets = [
        *tls(client, server, issuer="Own", name="www.example.org", version=version),
        *tls(other, server, issuer="Own", name="www.example.org", version=version),
    ]
    (alert,) = alerts_of(tmp_path, sorted(packets))
    assert (alert.client, alert.server, alert.score) == (client, server, 50)
    assert alert.message == f"TLS between two hosts: TLS between {client} and {server}"


@pytest.mark.parametrize(("client", "server"), FAMILIES)
def test_a_certificate_of_an_issuer_is_told_in_telegram(
    tmp_path: Path, client: str, server: str, stub: Any
) -> None:
    begin_with("certificate_issuer", issuer="GoDaddy")
    service = an_endpoint("telegram", token="123:abc", api=stub.url)
    to = a_recipient(endpoint=service, parameters={"chat": "-1001"})
    version = ssl.TLSVersion.TLSv1_2
    packets = tls(client, server, issuer="GoDaddy.com, Inc.", name="shop.example", version=version)
    (alert,) = alerts_of(tmp_path, packets)
    assert (alert.client, alert.server, alert.score) == (client, server, 100)
    assert "Certificate of " in alert.message and "GoDaddy.com, Inc." in alert.message
    rounds.decide(datetime.now(UTC))
    assert Worker().work(to.pk) == Alert.objects.count()
    request = next(one for one in stub.requests if "Certificate of" in one.json["text"])
    assert request.path == "/bot123:abc/sendMessage"
    assert request.json["chat_id"] == "-1001"
    assert "GoDaddy.com, Inc." in request.json["text"]


@pytest.mark.parametrize(
    ("issuer", "version"),
    [("Another", ssl.TLSVersion.TLSv1_2), ("GoDaddy", ssl.TLSVersion.TLSv1_3)],
)
def test_another_issuer_and_a_hidden_certificate_are_not_told(
    tmp_path: Path, issuer: str, version: ssl.TLSVersion
) -> None:
    begin_with("certificate_issuer", issuer="GoDaddy")
    packets = tls(*FAMILIES[0], issuer=issuer, name="shop.example", version=version)
    assert alerts_of(tmp_path, packets) == []
    assert Run.objects.get().rows == 1


#: The talk's gigabit over IPv4; over IPv6, whose packets cannot be cut, a value of the operator's.
LIMITS = [(*FAMILIES[0], 1e9), (*FAMILIES[1], 4e6)]


@pytest.mark.parametrize(("client", "server", "limit"), LIMITS)
@pytest.mark.parametrize(("share", "count"), [(1.05, 1), (0.95, 0)])
def test_bittorrent_above_a_gigabit(
    tmp_path: Path, client: str, server: str, limit: float, share: float, count: int
) -> None:
    begin_with("bittorrent_rate", limit=limit)
    found = alerts_of(tmp_path, bittorrent(client, server, share * limit, seconds=62))
    assert len(found) == count
    for alert in found:
        assert (alert.client, alert.server, alert.score) == (client, server, 100)
        (rate,) = re.findall(r"BitTorrent at (\S+) Gbit/s", alert.message)
        assert float(rate) == pytest.approx(share * limit / 1e9, rel=0.01)


@pytest.mark.parametrize(("client", "server"), FAMILIES)
@pytest.mark.parametrize(("every", "count"), [(8, 1), (0, 0)])
def test_zoom_calls_of_bad_quality(
    tmp_path: Path, client: str, server: str, every: int, count: int
) -> None:
    begin_with("poor_calls")
    found = alerts_of(tmp_path, zoom_call(client, server, seconds=20, every=every))
    assert len(found) == count
    for alert in found:
        assert (alert.client, alert.server, alert.score) == (client, server, 50)
        assert re.search(r"Zoom: MOS 3\.2, 12\.5 % lost, jitter 0 ms", alert.message), alert.message
