import json

import pytest

from recipients.ntopng import alert_json, number_of
from tests.recipients.builders import NOON, an_alert


@pytest.mark.parametrize(
    ("check", "family", "entity", "alert"),
    [
        ("syn_scan", "host", 1, 5),
        ("blacklisted", "flow", 4, 1),
        ("ndpi_tls_old_protocol_version", "flow", 4, 24),
        ("custom_lua_script", "flow", 4, 87),
        ("custom_lua_script", "host", 1, 24),
        ("my own rule", "flow", 4, 87),
        ("my own rule", "host", 1, 24),
        ("endpoint_disabled", "system", 9, 4139),
    ],
)
def test_numbers_are_ntopngs(check, family, entity, alert):
    assert number_of(check, family) == (entity, alert)


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["192.168.1.93", "2001:db8::93"])
def test_a_host_alert_has_the_keys_that_handlers_read(host):
    alert = an_alert(
        "external_host_script", client=host, attacker=host, entity=host, message="many"
    )
    found = alert_json(alert, "engaged")
    assert (found["entity_id"], found["alert_id"], found["action"]) == (1, 27, "engage")
    assert (found["ip"], found["name"], found["vlan_id"]) == (host, host, 0)
    assert found["entity_val"] == f"{host}@0"
    assert (found["tstamp"], found["tstamp_end"]) == (int(NOON.timestamp()), 0)
    assert json.loads(found["json"])["message"] == "many"
    assert json.loads(found["json"])["alert_generation"]["subdir"] == "host"
    assert all(not isinstance(value, dict | list) for value in found.values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("client", "server"), [("10.0.0.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::2")]
)
def test_a_flow_alert_is_stored_and_has_both_ends(client, server):
    sample = {"flow_id": 1, "l4": 6, "application": "TLS", "server_name": "x.example"}
    sample |= {"bytes_to_server": 5, "packets_to_server": 1}
    alert = an_alert(
        "blacklisted", family="flow", frame="flow", client=client, server=server,
        client_port=51514, server_port=443, attacker=client, victim=server, flows=[sample],
    )  # fmt: skip
    found = alert_json(alert, "engaged")
    assert (found["action"], found["is_flow_alert"], found["entity_val"]) == ("store", True, "flow")
    assert (found["cli_ip"], found["srv_ip"], found["srv_port"]) == (client, server, 443)
    assert (found["is_cli_attacker"], found["is_srv_victim"]) == (True, True)
    assert (found["proto.ndpi"], found["cli2srv_bytes"]) == ("TLS", 5)
    assert "ip" not in found
    assert alert_json(alert, "released")["action"] == "release"
