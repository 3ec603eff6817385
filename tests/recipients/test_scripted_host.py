"""A host check in Lua finds something: the alert's handler logs the address and the message.

From the script's source to the line in the log: the engine in its child, the finding, the alert,
the decision, the delivery, and the handler's process.
"""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.lifecycle import process_round
from alerts.models import Alert, State
from checks.lua.models import Run, Script
from checks.models import sync_settings
from monitoring.models import Host, Interface
from ntopweb import lua
from recipients import rounds
from recipients.models import Decision
from tests.monitoring.builders import an_interface
from tests.recipients.builders import a_recipient, an_endpoint

#: As the slides' host check: who has a score over a limit has done it too often.
SCRIPT = """-- @param limit number 250
if host.score() > host.param("limit") then
  host.triggerAlert(host.score(), "score " .. math.tointeger(host.score()) .. ", too many logins")
end
"""

#: As the slides' handler: host alerts (1) of a custom script (24), address and message to a log.
HANDLER = """#!/usr/bin/env python3
import json, sys
alert = json.loads(sys.stdin.readlines()[0])
if alert["entity_id"] == 1 and alert["alert_id"] == 24:
    with open(sys.argv[1], "a") as log:
        log.write(alert["ip"] + " " + json.loads(alert["json"])["message"] + "\\n")
"""

#: Rounded to what the database keeps.
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def told(settings, tmp_path):
    """A recipient whose endpoint is the handler, and the handler's log."""
    settings.SCRIPTS_DIR = tmp_path
    script = tmp_path / "event_handler.py"
    script.write_text(HANDLER)
    script.chmod(0o755)
    log = tmp_path / "handler.log"
    endpoint = an_endpoint("shell", script=script.name, options=str(log), execution="engage")
    return a_recipient(endpoint=endpoint), log


def look(after: float = 0.0) -> int:
    """Run the scripts over the active hosts, as Celery does; return how many they picked."""
    now = NOW + timedelta(seconds=after)
    Host.objects.update(last_seen=now)
    Interface.objects.update(last_seen=now)
    picked = lua.run_hosts(now)
    process_round(now)
    rounds.decide(now)
    return picked


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["192.168.1.93", "2001:db8::93"])
def test_a_lua_host_check_reaches_a_handler(told, worker, address):
    to, log = told
    worker.clock = lambda: NOW + timedelta(minutes=5)
    sync_settings()
    interface = an_interface(last_seen=NOW)
    seen = {"interface": interface, "first_seen": NOW, "last_seen": NOW}
    Host.objects.create(address=address, score=300, **seen)
    Host.objects.create(address="10.0.0.7", score=100, **seen)
    script = Script.objects.create(name="logins", target="host", state="enabled")
    script.write(SCRIPT)

    assert look() == 1
    assert Run.objects.get().error == ""
    alert = Alert.objects.get()
    assert (alert.entity, alert.check_key, alert.state) == (
        address,
        "custom_host_lua_script",
        State.ENGAGED,
    )
    assert Decision.objects.get().recipient == to
    assert worker.work(to.pk) == 1
    assert log.read_text() == f"{address} logins: score 300, too many logins\n"

    assert look(60) == 1  # it goes on: nobody is told again
    Host.objects.update(score=1)
    assert look(120) == 0
    alert.refresh_from_db()
    assert alert.state == State.RELEASED
    worker.work(to.pk)
    assert log.read_text().count("\n") == 1
