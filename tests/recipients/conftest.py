from __future__ import annotations

import ssl
from ipaddress import ip_network

import pytest
import trustme

from recipients.delivery import Worker
from recipients.http import Outbound
from tests.monitoring.conftest import cast as cast
from tests.recipients.builders import NOON, an_endpoint
from tests.recipients.servers import HttpStub

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.fixture
def loopback(settings):
    """Allow what the guard refuses by default: this machine, where the tests' servers are."""
    settings.OUTBOUND_ALLOW = LOOPBACK
    return Outbound(allowed=LOOPBACK, timeout=2)


@pytest.fixture
def stub(loopback):
    with HttpStub() as running:
        yield running


@pytest.fixture
def authority(settings, tmp_path):
    """A private certificate authority that the platform is told to trust."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    settings.OUTBOUND_CA_FILE = str(tmp_path / "ca.pem")
    return made


@pytest.fixture
def server_context(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


class Clock:
    """The time, which only moves when a test says so."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self):
        return self.now

    def forward(self, by) -> None:
        self.now += by


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def worker(clock, loopback):
    return Worker(clock=clock, out=lambda: loopback, chance=lambda: 1.0)


@pytest.fixture
def hook(stub):
    return an_endpoint(url=stub.url + "/hook", timeout=1)
