import pytest

from monitoring.history.flows import FlowFilter
from monitoring.history.shares import applications_of, peers_of
from tests.monitoring.builders import NOON, a_flow, a_live_flow

pytestmark = pytest.mark.django_db


def test_applications_add_finished_and_active_flows():
    a_flow(application="TLS", bytes_to_server=1, bytes_to_client=2)
    a_live_flow(application="TLS", bytes_to_server=3, bytes_to_client=4)
    a_flow(application="DNS", bytes_to_server=20, bytes_to_client=0)
    found = applications_of(FlowFilter(), NOON)
    assert [(one.name, one.bytes, one.flows) for one in found] == [("DNS", 20, 1), ("TLS", 10, 2)]


@pytest.mark.parametrize(
    ("host", "peer"), [("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8::2")]
)
def test_a_peer_is_the_other_end_whoever_opened_the_flow(host, peer):
    a_flow(client=host, server=peer)
    a_live_flow(client=peer, server=host)
    a_flow(client="192.0.2.1", server="192.0.2.2")
    found = peers_of(host, FlowFilter(host=host), NOON)
    assert [(one.name, one.flows) for one in found] == [(peer, 2)]
