import pytest

from monitoring.history.flows import FlowFilter
from monitoring.history.profile import by_application, by_peer, by_port, names_of
from tests.monitoring.builders import NOON, a_flow, a_live_flow

pytestmark = pytest.mark.django_db

PAIRS = pytest.mark.parametrize(
    ("host", "peer"), [("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8::2")]
)


@PAIRS
def test_applications_add_finished_and_active_flows_each_way(host, peer):
    a_flow(client=host, server=peer, application="TLS", bytes_to_server=1, bytes_to_client=2)
    a_live_flow(client=peer, server=host, application="TLS", bytes_to_server=3, bytes_to_client=4)
    a_flow(client=host, server=peer, application="DNS", bytes_to_server=20, bytes_to_client=0)
    found = by_application(host, FlowFilter(host=host), NOON)
    assert [(one.name, one.sent, one.received, one.flows) for one in found] == [
        ("DNS", 20, 0, 1),
        ("TLS", 5, 5, 2),
    ]


@PAIRS
def test_a_peer_is_the_other_end_whoever_opened_the_flow(host, peer):
    a_flow(client=host, server=peer, score=10)
    a_live_flow(client=peer, server=host, score=70)
    a_flow(client="192.0.2.1", server="192.0.2.2")
    found = by_peer(host, FlowFilter(host=host), NOON)
    assert [(one.name, one.flows, one.score) for one in found] == [(peer, 2, 70)]


@PAIRS
def test_ports_that_a_host_serves_are_not_those_that_it_contacts(host, peer):
    a_flow(client=peer, server=host, server_port=22, l4=6)
    a_flow(client=host, server=peer, server_port=53, l4=17)
    a_flow(client=host, server=peer, server_port=0, l4=1)
    served = by_port(host, FlowFilter(host=host), NOON, served=True)
    contacted = by_port(host, FlowFilter(host=host), NOON, served=False)
    assert [one.name for one in served] == ["22/TCP"]
    assert [one.name for one in contacted] == ["53/UDP"]


def test_names_are_counted_each_flow_once():
    for _ in range(2):
        a_flow(detail={"dns_query": "www.example.org", "server_name": "www.example.org"})
    a_live_flow(detail={"server_name": "mail.example.org"})
    a_flow(detail={})
    found = names_of(FlowFilter(), NOON)
    assert [(one.kind, one.name, one.flows) for one in found] == [
        ("DNS", "www.example.org", 2),
        ("Server name", "mail.example.org", 1),
    ]
