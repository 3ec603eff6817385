"""What the guard lets through, against a transport that only records."""

from __future__ import annotations

import httpx
import pytest

from monitoring.lists import fetch as module
from monitoring.lists.fetch import FetchError, fetch, resolve

PUBLIC = ["93.184.215.14"]


def answering(*answers):
    """Return a transport that gives these answers in turn and keeps the requests."""
    left, seen = list(answers), []

    def handle(request):
        seen.append(request)
        return left.pop(0)

    transport = httpx.MockTransport(handle)
    transport.seen = seen
    return transport


def fetched(url, *answers, addresses=PUBLIC, **options):
    transport = answering(*answers)
    body = fetch(url, resolve=lambda host, port: addresses, transport=transport, **options)
    return body, transport.seen


def test_it_connects_to_the_judged_address_under_the_hosts_name():
    body, seen = fetched("https://lists.example/a?b=1", httpx.Response(200, content=b"192.0.2.1"))
    assert body == b"192.0.2.1"
    assert str(seen[0].url) == "https://93.184.215.14/a?b=1"
    assert seen[0].headers["Host"] == "lists.example"
    assert seen[0].extensions["sni_hostname"] == "lists.example"


def test_ipv6_is_connected_to():
    _, seen = fetched(
        "http://lists.example:8080/", httpx.Response(200), addresses=["2606:2800:21f:cb07::1"]
    )
    assert seen[0].url.host == "2606:2800:21f:cb07::1"
    assert seen[0].headers["Host"] == "lists.example:8080"


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "0.0.0.0", "224.0.0.1", "100.64.0.1",
    "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "ff0e::1",
])  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address):
    with pytest.raises(FetchError, match="not public"):
        fetched("http://lists.example/", httpx.Response(200), addresses=[address])


@pytest.mark.parametrize("address", ["10.1.2.3", "fc00::1"])
def test_a_private_address_is_fetched_when_allowed(address):
    body, _ = fetched(
        "http://inside.example/",
        httpx.Response(200, content=b"x"),
        addresses=[address],
        is_private_allowed=True,
    )
    assert body == b"x"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://lists.example/", "gopher://x/", "//x/", "lists"]
)
def test_other_schemes_are_refused(url):
    with pytest.raises(FetchError, match="only http"):
        fetched(url, httpx.Response(200))


def test_a_url_that_is_none_is_refused():
    with pytest.raises(FetchError):
        fetched("http://[::1", httpx.Response(200))


def test_a_redirection_is_judged_again():
    answers = httpx.Response(302, headers={"Location": "http://inside.example/"})
    addresses = {"lists.example": PUBLIC, "inside.example": ["192.168.0.1"]}
    with pytest.raises(FetchError, match=r"192\.168\.0\.1 is not public"):
        fetch(
            "https://lists.example/",
            resolve=lambda host, port: addresses[host],
            transport=answering(answers),
        )


def test_a_redirection_to_another_scheme_is_refused():
    with pytest.raises(FetchError, match="only http"):
        fetched(
            "https://lists.example/",
            httpx.Response(302, headers={"Location": "file:///etc/passwd"}),
        )


def test_relative_redirections_are_followed_up_to_three():
    moved = [httpx.Response(301, headers={"Location": f"/{n}"}) for n in range(4)]
    body, seen = fetched("https://lists.example/", *moved[:3], httpx.Response(200, content=b"x"))
    assert (body, seen[-1].url.path) == (b"x", "/2")
    with pytest.raises(FetchError, match="more than 3"):
        fetched("https://lists.example/", *moved, httpx.Response(200))


def test_an_error_is_told():
    with pytest.raises(FetchError, match="404"):
        fetched("https://lists.example/", httpx.Response(404))


def test_a_flood_is_cut_off(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    assert fetched("https://lists.example/", httpx.Response(200, content=b"x" * 10))[0] == b"x" * 10
    with pytest.raises(FetchError, match="larger than 10"):
        fetched("https://lists.example/", httpx.Response(200, content=b"x" * 11))


def test_a_trickle_is_cut_off(monkeypatch):
    monkeypatch.setattr(module, "LONGEST_SECONDS", -1.0)
    with pytest.raises(FetchError, match="took longer"):
        fetched("https://lists.example/", httpx.Response(200, content=b"x"))


def test_a_broken_connection_is_told():
    def break_off(request):
        raise httpx.ConnectError("refused")

    with pytest.raises(FetchError, match="refused"):
        fetch(
            "http://a.example/",
            resolve=lambda h, p: PUBLIC,
            transport=httpx.MockTransport(break_off),
        )


def test_a_name_without_an_address_is_told():
    with pytest.raises(FetchError, match="nowhere"):
        resolve("nowhere.invalid", 80)
    assert "127.0.0.1" in resolve("127.0.0.1", 80)
