"""From a list to a finding: the flow's peer or name is looked up, and its category set."""

from __future__ import annotations

import pytest

from capture_agent.schema import FLOW
from checks.runner import Active, Runner
from monitoring.enrichment.context import Context
from monitoring.enrichment.networks import Networks
from monitoring.enrichment.rows import enrich_flows
from monitoring.lists.snapshot import Content, build
from tests.checks.builders import a_flow, rows, the

LISTS = build(
    [
        Content("Bad", "Malware", ["203.0.113.66/32", "2001:db8:bad::/48"], ["malware.example"]),
        Content("Coins", "Mining", [], ["pool.example"]),
    ]
)
CONTEXT = Context(
    local=Networks.of([("10.0.0.0/8", 1), ("2001:db8:1::/48", 1)]),
    listed=LISTS.networks,
    list_names=LISTS.names,
    listed_names=LISTS.domains,
    list_categories=LISTS.categories,
)
KEYS = ("blacklisted", "blacklisted_client_contact", "blacklisted_server_contact", "web_mining")


def fired(*flows):
    table = enrich_flows(rows("flow", *flows).select(list(FLOW)), CONTEXT, 1)
    runner = Runner(Active(the(key), number, 50) for number, key in enumerate(KEYS, 1))
    return runner.evaluate("flow", table).findings.sort("row")["check"].to_list()


@pytest.mark.parametrize(("client", "server", "keys"), [
    ("10.0.0.1", "203.0.113.66", ["blacklisted_server_contact"]),
    ("10.0.0.1", "203.0.113.67", []),
    ("203.0.113.66", "10.0.0.1", ["blacklisted_client_contact"]),
    ("2001:db8:1::1", "2001:db8:bad::1", ["blacklisted_server_contact"]),
    ("2001:db8:bad::1", "2001:db8:1::1", ["blacklisted_client_contact"]),
    ("2001:db8:1::1", "2001:db8:bae::1", []),
])  # fmt: skip
def test_a_listed_address_is_found(client, server, keys):
    assert fired(a_flow(client, server)) == keys


@pytest.mark.parametrize(("name", "keys"), [
    ("malware.example", ["blacklisted"]),
    ("www.Malware.example", ["blacklisted"]),
    ("notmalware.example", []),
    ("eu.pool.example", ["web_mining"]),
    (None, []),
])  # fmt: skip
def test_a_listed_name_sets_the_category(name, keys):
    assert fired(a_flow(server_name=name)) == keys
