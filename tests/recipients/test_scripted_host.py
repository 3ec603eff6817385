"""A host check in Lua finds something: the alert's handler logs the address and the message."""

import pytest

from alerts.lifecycle import process_round
from recipients import rounds
from tests.alerts.builders import a_host, said
from tests.alerts.conftest import interface as interface
from tests.alerts.conftest import put as put
from tests.recipients.builders import NOON, a_recipient, an_endpoint

#: As the slides' handler: host alerts (1) of a custom script (24), address and message to a log.
HANDLER = """#!/usr/bin/env python3
import json, sys
alert = json.loads(sys.stdin.readlines()[0])
if alert["entity_id"] == 1 and alert["alert_id"] == 24:
    with open(sys.argv[1], "a") as log:
        log.write(alert["ip"] + " " + json.loads(alert["json"])["message"] + "\\n")
"""


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["192.168.1.93", "2001:db8::93"])
def test_a_lua_host_check_reaches_a_handler(settings, tmp_path, interface, put, worker, host):
    settings.SCRIPTS_DIR = tmp_path
    script = tmp_path / "event_handler.py"
    script.write_text(HANDLER)
    script.chmod(0o755)
    log = tmp_path / "handler.log"
    endpoint = an_endpoint("shell", script=script.name, options=str(log), execution="engage")
    to = a_recipient(endpoint=endpoint)
    message = "score 300, too many logins"
    one = said(0, "custom_host_lua_script", attacker="host", victim="", message=message)
    put("host", [a_host(host, interface_id=interface.pk)], [one])
    process_round(NOON)
    rounds.decide(NOON)
    assert worker.work(to.pk) == 1
    assert log.read_text() == f"{host} {message}\n"
