"""apprise in its child: what goes out, and that the guard holds it whatever it calls."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from recipients.endpoints.base import DeliveryError, Verdict
from tests.recipients.endpoints.test_kinds import a_message, an_alert, send
from tests.recipients.servers import HttpStub


def notify(out, url, message=None):
    return send("apprise", message or a_message([an_alert()]), out, url=url)


def test_a_message_goes_out_and_the_answer_comes_back(stub, loopback):
    answer = notify(loopback, f"json://127.0.0.1:{stub.port}/path")
    assert (answer.status, answer.text) == (200, "ok")
    assert stub.requests[0].json["title"].startswith("Test of ntopweb")
    assert stub.requests[0].json["type"] == "failure"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(500, Verdict.RETRY), (429, Verdict.RETRY), (404, Verdict.DISABLED), (400, Verdict.REFUSED)],
)
def test_a_failure_is_judged_by_its_status(stub, loopback, status, verdict):
    stub.answer = lambda request: (status, {"Retry-After": "9"}, b"why")
    with pytest.raises(DeliveryError, match="why") as refused:
        notify(loopback, f"json://127.0.0.1:{stub.port}/")
    assert (refused.value.verdict, refused.value.status) == (verdict, status)
    assert refused.value.retry_after == 9


def test_redirections_are_not_followed(loopback):
    with HttpStub() as other:
        where = {"Location": f"http://127.0.0.1:{other.port}/"}
        with HttpStub(lambda r: (302, where, b"")) as stub, pytest.raises(DeliveryError):
            notify(loopback, f"json://127.0.0.1:{stub.port}/")
        assert len(stub.requests) == 1
    assert not other.requests


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1:{port}/",
        "json://localhost:{port}/",
        "mailto://127.0.0.1:{port}/?from=a@example.org&to=b@example.org",
        "rsyslog://127.0.0.1:{port}/local0",
        "mqtt://127.0.0.1:{port}/topic",
        "json://169.254.169.254/latest/",
        "json://[::1]:{port}/",
    ],
)
def test_the_guard_holds_it_whatever_the_protocol(stub, loopback, url):
    closed = replace(loopback, allowed=(ip_network("10.99.0.0/16"),))
    with pytest.raises(DeliveryError) as refused:
        notify(closed, url.format(port=stub.port))
    assert not stub.requests
    if not url.startswith("mqtt"):  # an optional library of apprise's
        assert "is not public" in str(refused.value)
        assert refused.value.verdict is Verdict.DISABLED


def test_local_sockets_and_processes_are_refused(loopback):
    for url in ("syslog://localhost", "dbus://x", "macosx://x"):
        with pytest.raises(DeliveryError) as refused:
            notify(loopback, url)
        assert refused.value.verdict is Verdict.DISABLED


def test_a_url_that_apprise_does_not_know_is_refused_with_words(loopback):
    with pytest.raises(DeliveryError, match=r"(?i)unsupported|does not know|unparse") as refused:
        notify(loopback, "nonsense://host/")
    assert refused.value.verdict is Verdict.DISABLED
