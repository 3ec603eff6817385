"""The client's examples run to the end; the talk's story from a Lua script to a mail."""

from __future__ import annotations

import email
import email.policy
import os
import subprocess
from pathlib import Path

import pytest
from django.utils import timezone

from alerts.lifecycle import process_round
from alerts.models import Alert
from checks.lua.models import Script
from checks.models import CheckSetting, sync_settings
from monitoring.models import Host, Interface
from ntopweb import lua
from recipients import rounds
from recipients.delivery import Worker
from recipients.models import Delivery
from tests.monitoring import builders
from tests.ntopng.client.conftest import PROGRAMS
from tests.ntopng.client.test_client import BOTH, some_alerts
from tests.ntopng.conftest import SERVER4, SERVER6, V4, V6
from tests.recipients.builders import a_recipient, an_endpoint
from tests.recipients.conftest import authority as authority
from tests.recipients.conftest import server_context as server_context
from tests.recipients.endpoints.test_email import smtp as smtp

pytestmark = pytest.mark.django_db(transaction=True)


def test_live_data(network, viewer_token, run):
    said = run("live_data", viewer_token, network.ifid)
    assert "eth0: 2 flows, 4 hosts" in said
    for client, server in ((V4, SERVER4), (V6, SERVER6)):
        assert f"{client} -> {server} TLS" in said


def test_alerts(network, viewer_token, run):
    some_alerts(network)
    said = run("alerts", viewer_token, network.ifid)
    assert f"{V4} {SERVER4} 22 warning" in said
    assert f"{V6} {SERVER6} 22 warning" in said


@BOTH
def test_historical_flows(network, viewer_token, run, host, server):
    said = run("historical_flows", viewer_token, network.ifid, host)
    assert f"{server} 443 6000" in said
    assert "top 126 6000" in said


@BOTH
def test_timeseries(network, viewer_token, run, host, server):
    said = run("timeseries", viewer_token, network.ifid, host)
    assert said.count("['bytes_sent', 'bytes_rcvd']") == 2
    assert said.count("True") == 2
    assert float(said.splitlines()[-1]) == pytest.approx(6000)


def report_in(mail) -> bytes:
    """Return the one attachment of a mail, and see that it came encrypted to whom it should."""
    is_encrypted, envelope = mail
    assert is_encrypted
    assert envelope.rcpt_tos == ["boss@example.org"]
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "report.pdf"
    return attachment.get_content()


@BOTH
def test_a_report_goes_by_mail(network, viewer_token, run, smtp, host, server):
    assert run("pdf", viewer_token, network.ifid, host, smtp.port) == "sent\n"
    (mail,) = smtp.mails
    assert report_in(mail).startswith(b"%PDF")


@pytest.fixture
def handler(settings, tmp_path, client_python, live_server, viewer_token, smtp):
    """A recipient whose script is the event handler, for alerts with a number."""
    settings.SCRIPTS_DIR = tmp_path / "scripts"
    settings.SCRIPTS_DIR.mkdir()
    script = settings.SCRIPTS_DIR / "event_handler.py"
    script.write_text(f"#!{client_python}\n" + (PROGRAMS / "event_handler.py").read_text())
    script.chmod(0o755)

    def recipient(number: int):
        options = f"{live_server.url} {viewer_token} {smtp.port} {number}"
        endpoint = an_endpoint(
            "shell", script=script.name, options=options, execution="engage", timeout=60
        )
        return a_recipient(endpoint=endpoint)

    return recipient


def deliver(to) -> None:
    now = timezone.now()
    process_round(now)
    rounds.decide(now)
    assert Worker().work(to.pk) == 1
    delivery = Delivery.objects.get(recipient=to)
    assert (delivery.state, delivery.outcome) == ("sent", "mailed")


LUA = """
if host.ip() == "{host}" then
  host.triggerAlert(150, "too many logins")
end
"""


@pytest.mark.parametrize("host", [V4, V6])
def test_the_talk_from_a_lua_check_to_a_mail(network, handler, smtp, host):
    sync_settings()
    script = Script.objects.create(name="logins", target="host", state="enabled")
    script.write(LUA.format(host=host))
    to = handler(24)
    Host.objects.update(last_seen=timezone.now())
    Interface.objects.update(last_seen=timezone.now())
    assert lua.run_hosts(timezone.now()) == 1
    deliver(to)
    alert = Alert.objects.get()
    assert (alert.check_key, alert.client) == ("custom_host_lua_script", host)
    (mail,) = smtp.mails
    assert report_in(mail).startswith(b"%PDF")
    message = email.message_from_bytes(mail[1].content, policy=email.policy.default)
    assert message["subject"] == f"{host}: logins: too many logins"


@pytest.mark.parametrize("host", [V4, V6])
def test_the_handler_hears_of_an_alert_that_a_program_raises(
    network, cast, handler, smtp, client_python, live_server, host
):
    sync_settings()
    CheckSetting.objects.filter(key="external_host_script").update(is_enabled=True)
    to, token = handler(27), builders.a_token(cast.operator, may_write=True)
    body = {"ifid": network.ifid, "host": host, "vlan": 0, "score": 100, "info": "too many logins"}
    code = (
        "import sys\nfrom ntopng.ntopng import Ntopng\n"
        "ntopng = Ntopng(auth_token=sys.argv[2], url=sys.argv[1])\n"
        f"print(ntopng.post_request('/lua/rest/v2/trigger/host/alert.lua', {body}))"
    )
    command = [client_python, "-c", code, live_server.url, token]
    assert subprocess.check_output(command, text=True, timeout=60) == "[]\n"
    deliver(to)
    (mail,) = smtp.mails
    assert report_in(mail).startswith(b"%PDF")


def test_the_environment_of_the_client_is_its_own(client_python):
    assert Path(client_python).exists()
    code = "import importlib.metadata as m; print(m.version('ntopng'))"
    out = subprocess.check_output([client_python, "-c", code], text=True, env={**os.environ})
    assert out.strip() == "6.1.240321"
