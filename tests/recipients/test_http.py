import time
from ipaddress import ip_network

import httpx
import pytest

from recipients.guard import Forbidden
from recipients.http import MOST_BYTES, Outbound, Reply, retry_after
from tests.recipients.servers import HttpStub


def test_the_address_that_was_judged_is_the_one_that_is_spoken_to(stub):
    answers = iter([["127.0.0.1"], ["127.0.0.9"]])
    out = Outbound(allowed=(ip_network("127.0.0.1"),), resolve=lambda host, port: next(answers))
    reply = out.request("POST", f"http://chat.example:{stub.port}/x?y=1", json={"a": 1})
    assert reply.status == 200
    (request,) = stub.requests
    assert request.headers["host"] == f"chat.example:{stub.port}"
    assert (request.path, request.json) == ("/x?y=1", {"a": 1})
    assert next(answers) == ["127.0.0.9"]  # it was asked once


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
def test_loopback_and_metadata_are_refused_however_they_are_written(url):
    with pytest.raises(OSError) as refused:
        Outbound().request("GET", url)
    assert isinstance(refused.value, Forbidden) or "Name or service" in str(refused.value)


@pytest.mark.parametrize("url", ["ftp://example.org/", "file:///etc/passwd", "gopher://x/"])
def test_other_schemes_are_refused(url):
    with pytest.raises(Forbidden):
        Outbound().request("GET", url)


def test_redirections_are_not_followed(loopback):
    with HttpStub(lambda r: (301, {"Location": "http://127.0.0.1:1/"}, b"")) as stub:
        reply = loopback.request("GET", stub.url)
    assert (reply.status, reply.headers["location"]) == (301, "http://127.0.0.1:1/")
    assert len(stub.requests) == 1


def test_proxies_of_the_environment_are_ignored(loopback, stub, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert loopback.request("GET", stub.url).status == 200


def test_a_server_that_hangs_is_left_in_time(loopback):
    began = time.monotonic()
    with HttpStub(lambda r: None) as stub, pytest.raises(OSError, match=r"127\.0\.0\.1"):
        loopback.within(0.3).request("GET", stub.url)
    assert time.monotonic() - began < 5


def test_an_endless_answer_is_cut(loopback):
    with HttpStub(lambda r: (200, {}, b"x" * (4 * MOST_BYTES))) as stub:
        assert len(loopback.request("GET", stub.url).body) == MOST_BYTES


def test_one_address_after_the_other_is_tried(stub):
    out = Outbound(
        allowed=(ip_network("127.0.0.0/8"), ip_network("::1")),
        resolve=lambda host, port: ["::1", "127.0.0.1"],
        timeout=2,
    )
    assert out.request("GET", f"http://two.example:{stub.port}/").status == 200


def test_a_certificate_is_checked_against_the_name(loopback, server_context):
    with HttpStub(context=server_context) as stub:
        assert loopback.request("GET", stub.url).status == 200
        out = Outbound(loopback.allowed, resolve=lambda host, port: ["127.0.0.1"], timeout=2)
        assert out.request("GET", f"https://localhost:{stub.port}/").status == 200
        with pytest.raises(OSError, match="certificate"):
            out.request("GET", f"https://other.example:{stub.port}/")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Tue, 24 Nov 2026 12:01:00 GMT", 60.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("99999999", 6 * 3600.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_bounded(text, seconds):
    reply = Reply(429, {"retry-after": text}, b"")
    assert retry_after(reply, now=lambda: 1795521600.0) == seconds


def test_an_answer_reads_as_one_line():
    assert Reply(500, {}, b"<h1>\n  no \xff way").text() == "<h1> no \ufffd way"


def test_a_transport_of_a_test_is_guarded_too():
    out = Outbound(transport=httpx.MockTransport(lambda r: httpx.Response(200)))
    with pytest.raises(Forbidden):
        out.request("GET", "http://10.0.0.1/")
