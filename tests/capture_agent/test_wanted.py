"""The agent keeps the set of wanted events and the skew of the clocks as the server says."""

import pytest

from capture_agent.post import connect
from capture_agent.wanted import Wanted

from .server import Server

NOON = 1_795_521_600.0  # 2026-11-24T12:00:00Z


def asked(server: Server) -> Wanted:
    wanted = Wanted(connect(server.url, "secret"), now=lambda: NOON)
    wanted.ask()
    return wanted


def test_the_same_set_gains_and_loses_events(server: Server) -> None:
    server.events = ["start", "end"]
    wanted = asked(server)
    shared = wanted.events
    assert shared == {"start", "end"}
    server.events = ["end", "update"]
    wanted.ask()
    assert wanted.events is shared
    assert shared == {"end", "update"}


@pytest.mark.parametrize(
    ("clock", "skew"),
    [
        ("2026-11-24T12:00:00Z", 0.0),
        ("2026-11-24T12:00:02.5+00:00", 2.5),
        ("2026-11-24T12:59:00+01:00", -60.0),
        ("noon", None),
        ("", None),
    ],
)
def test_the_skew_is_the_servers_clock_minus_ours(
    server: Server, clock: str, skew: float | None
) -> None:
    server.clock = clock
    assert asked(server).skew == skew


def test_without_a_server_all_stays_as_it_is() -> None:
    wanted = Wanted(connect("http://127.0.0.1:1", "secret"))
    wanted.events.add("end")
    wanted.ask()
    assert (wanted.events, wanted.skew) == ({"end"}, None)
