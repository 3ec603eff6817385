"""Each interface check at its limit and just over."""

from __future__ import annotations

import pytest

from tests.checks.builders import run, the

ETH0 = {"interface_id": 3, "name": "eth0"}


@pytest.mark.parametrize(("received", "dropped", "fires"), [
    (950, 50, False), (949, 51, True), (0, 100, False), (0, 101, True), (0, 0, False),
])  # fmt: skip
def test_drops_over_five_per_cent_of_over_a_hundred_packets(received, dropped, fires):
    found = run(the("too_many_drops"), {**ETH0, "received": received, "dropped": dropped})
    assert bool(found) is fires
    assert all(entry["identity"] == "3" and "eth0" in entry["message"] for entry in found)


STATUS = {
    **ETH0,
    "kind": "live",
    "agent": "lab",
    "age": 900.0,
    "silence": 5.0,
    "packets": 1,
    "flows": 0,
}
GONE = {"silence": 61.0, "packets": 0}
QUIET = {"silence": 60.0, "packets": 0}

#: columns, fires as no_if_activity, fires as no_probe_or_exporter_activity
SILENCE = [
    ({}, False, False),
    (QUIET, True, False),
    ({"packets": 0, "flows": 1}, False, False),
    (GONE, False, True),
    ({**QUIET, "age": 60.0}, False, False),
    ({**QUIET, "age": 60.1}, True, False),
    ({**GONE, "age": 60.0}, False, False),
    ({**QUIET, "kind": "pcap"}, False, False),
    ({**GONE, "kind": "demonstration"}, False, False),
    ({**GONE, "kind": "api"}, False, False),
    ({**QUIET, "kind": "netflow"}, True, False),
    ({**GONE, "kind": "sflow"}, False, True),
]


@pytest.mark.parametrize(("columns", "no_traffic", "no_agent"), SILENCE)
def test_silence_is_told_by_whose_it_is(columns, no_traffic, no_agent):
    row = STATUS | columns
    keys = ("no_if_activity", "no_probe_or_exporter_activity")
    fired = [len(run(the(key), row)) for key in keys]
    assert fired == [no_traffic, no_agent]


def test_the_time_of_silence_is_a_parameter():
    row = STATUS | {"silence": 121.0}
    assert len(run(the("no_probe_or_exporter_activity", seconds=120), row)) == 1
    assert run(the("no_probe_or_exporter_activity", seconds=121), row) == []
