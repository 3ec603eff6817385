"""A batch is posted until the server has it, set aside when refused, kept when the token is."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from capture_agent import schema
from capture_agent.post import Poster, Verdict, connect, judge, pause, retry_after
from capture_agent.spool import Spool

from .rows import NOON, SESSION, a_batch
from .server import Server, serving


@contextmanager
def posting(url: str, spool: Spool, **arguments: Any) -> Iterator[Poster]:
    counters: Callable[[], dict[str, int]] = lambda: {"received": 7}  # noqa: E731
    poster = Poster(connect(url, "secret"), spool, SESSION, counters, **arguments)
    poster.start()
    try:
        yield poster
    finally:
        poster.close()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.STORED),
        (202, Verdict.STORED),
        (301, Verdict.AGAIN),
        (400, Verdict.REFUSED),
        (401, Verdict.STOP),
        (403, Verdict.STOP),
        (404, Verdict.AGAIN),
        (413, Verdict.REFUSED),
        (415, Verdict.REFUSED),
        (422, Verdict.REFUSED),
        (429, Verdict.AGAIN),
        (500, Verdict.AGAIN),
        (503, Verdict.AGAIN),
    ],
)
def test_the_status_decides_the_batchs_fate(status: int, verdict: Verdict) -> None:
    assert judge(status) is verdict


@pytest.mark.parametrize(
    ("failures", "asked", "chance", "seconds"),
    [
        (0, None, 1.0, 0.25),
        (1, None, 1.0, 0.5),
        (3, None, 0.5, 1.0),
        (3, None, 0.0, 0.0),
        (7, None, 1.0, 30.0),
        (10_000, None, 1.0, 30.0),
        (0, 5.0, 0.0, 5.0),
        (9, 5.0, 1.0, 6.0),
        (0, 1e9, 0.0, 600.0),
    ],
)
def test_the_pause_grows_is_jittered_and_honours_retry_after(
    failures: int, asked: float | None, chance: float, seconds: float
) -> None:
    assert pause(failures, asked, chance) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOON) == seconds


def test_a_stored_batch_leaves_the_spool_and_carries_its_headers(
    server: Server, spool: Spool
) -> None:
    spool.put(a_batch(4, rows=3), wait=False)
    with posting(server.url, spool) as poster:
        assert spool.wait_until_empty(10)
    (request,) = server.requests
    assert request.headers["Authorization"] == "Token secret"
    assert request.headers["Content-Type"] == schema.CONTENT_TYPE
    assert request.headers["Content-Encoding"] == "zstd"
    assert request.key == (str(SESSION), 4)
    assert request.headers[schema.HEADER_FRAME] == "flow"
    assert request.headers[schema.HEADER_KIND] == "live"
    assert request.headers[schema.HEADER_INTERFACE] == "eth0"
    assert request.headers[schema.HEADER_SCHEMA] == str(schema.VERSION)
    assert json.loads(request.headers[schema.HEADER_COUNTERS]) == {"received": 7}
    assert datetime.fromisoformat(request.headers[schema.HEADER_SENT_AT]).tzinfo == UTC
    assert request.table.height == 3
    assert (poster.totals.batches, poster.totals.rows) == (1, 3)


def test_a_batch_of_an_old_session_keeps_its_name_and_says_no_counters(
    server: Server, spool: Spool
) -> None:
    old = uuid4()
    spool.put(a_batch(9, session=old), wait=False)
    with posting(server.url, spool):
        assert spool.wait_until_empty(10)
    (request,) = server.requests
    assert request.key == (str(old), 9)
    assert schema.HEADER_COUNTERS not in request.headers


@pytest.mark.parametrize("failure", [0, 302, 404, 429, 500, 502, 503])
def test_it_sends_again_until_stored(server: Server, spool: Spool, failure: int) -> None:
    server.script.extend([(failure, {}, {"error": "busy"})] * 2)
    spool.put(a_batch(), wait=False)
    with posting(server.url, spool) as poster:
        assert spool.wait_until_empty(20)
    assert [request.key for request in server.requests] == [(str(SESSION), 1)] * 3
    assert (poster.totals.batches, spool.rejected) == (1, 0)


def test_it_waits_as_long_as_the_server_asks(server: Server, spool: Spool) -> None:
    server.script.append((503, {"Retry-After": "60"}, {}))
    for sequence in (1, 2):
        spool.put(a_batch(sequence), wait=False)
    server.script.append((503, {"Retry-After": "60"}, {}))
    with posting(server.url, spool) as poster:
        assert not spool.wait_until_empty(1.0)
        assert poster.is_failing
    assert len(server.requests) <= 2


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_refused_content_is_set_aside_and_the_next_goes_on(
    server: Server, spool: Spool, tmp_path: Path, status: int
) -> None:
    server.script.append((status, {}, {"error": "column client_port: not UInt16"}))
    spool.put(a_batch(1), wait=False)
    with posting(server.url, spool):
        assert spool.wait_until_empty(10)
        spool.put(a_batch(2), wait=False)
        assert spool.wait_until_empty(10)
    assert [request.key[1] for request in server.requests] == [1, 2]
    (answer,) = (tmp_path / "rejected").glob("*.json")
    assert json.loads(answer.read_text()) == {
        "status": status,
        "answer": {"error": "column client_port: not UInt16"},
    }
    assert spool.rejected == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_stops_and_keeps_the_batches(
    server: Server, spool: Spool, tmp_path: Path, status: int
) -> None:
    server.script.extend([(status, {}, {"error": "unknown token"})] * 2)
    for sequence in (1, 2, 3):
        spool.put(a_batch(sequence), wait=False)
    stopped: list[bool] = []
    with posting(server.url, spool, on_fatal=lambda: stopped.append(True)) as poster:
        assert not spool.wait_until_empty(10)
    assert "refused the token" in poster.fatal
    assert "unknown token" in poster.fatal
    assert "secret" not in poster.fatal
    assert stopped
    assert len(list((tmp_path / "batches").iterdir())) == 3


def test_a_server_that_comes_later_gets_everything_once(spool: Spool, caplog) -> None:  # type: ignore[no-untyped-def]
    caplog.set_level("INFO")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        for sequence in range(1, 6):
            spool.put(a_batch(sequence), wait=False)
        poster = Poster(connect(url, "secret"), spool, SESSION, dict)
        poster.start()
        assert not spool.wait_until_empty(0.3)
        poster.close()
    kept = spool
    assert len(kept) == 5
    assert "does not take batches" in caplog.text
    assert "secret" not in caplog.text


def test_a_server_that_dies_in_the_middle_gets_the_rest_from_the_next_start(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for sequence in range(1, 9):
        spool.put(a_batch(sequence), wait=False)
    with serving() as first:
        first.script.extend([(200, {}, {})] * 3 + [(0, {}, {})] * 50)
        with posting(first.url, spool):
            first.wait_for(3)
    spool.unlock()
    rest = Spool(tmp_path)
    with serving() as second, posting(second.url, rest):
        assert rest.wait_until_empty(20)
    keys = {key[1] for key in first.stored} | {key[1] for key in second.stored}
    assert keys == set(range(1, 9))


def test_the_answers_count(server: Server, spool: Spool) -> None:
    server.script.append((200, {}, {"refused": 2, "repeated": False, "clock_skew": 1.5}))
    server.script.append((200, {}, {"repeated": True}))
    for sequence in (1, 2):
        spool.put(a_batch(sequence, rows=4), wait=False)
    with posting(server.url, spool) as poster:
        assert spool.wait_until_empty(10)
    totals = poster.totals
    assert (totals.rows, totals.refused_rows, totals.repeated_batches) == (8, 2, 1)
    assert poster.skew == 1.5


@pytest.mark.parametrize("url", ["ntopweb.example.org", "ftp://host/", "http://", "/ingest"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(ValueError, match="is no address like"):
        connect(url, "secret")
