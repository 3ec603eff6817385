"""Time series: both generations' shapes, their numbers, tags, errors."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ntopweb.ntopng.maps.series import percentile
from ntopweb.ntopng.schemas import SCHEMAS
from tests.monitoring import builders
from tests.ntopng.conftest import SERVER4, V4, V6

pytestmark = pytest.mark.django_db

TS = "get/timeseries/ts"


@pytest.fixture
def when(network):
    now = int(network.now.timestamp())
    return {"epoch_begin": now - 3600, "epoch_end": now}


def body(schema, query, when):
    return {"ts_schema": schema, "ts_query": query, **when}


def test_traffic_has_both_shapes(network, when, rsp):
    found = rsp(TS, body=body("iface:traffic_rxtx", f"ifid:{network.ifid}", when))
    assert (found["step"], found["start"] % 120) == (120, 0)
    assert found["count"] == len(found["series"][0]["data"]) <= 60
    assert [one["label"] for one in found["series"]] == ["bytes_sent", "bytes_rcvd"]
    assert [one["id"] for one in found["series"]] == ["bytes_sent", "bytes_rcvd"]
    totals = [one["total"] for one in found["statistics"]["by_serie"]]
    assert totals == pytest.approx([1000, 5000])
    assert found["statistics"]["total"] == pytest.approx(6000)
    assert found["metadata"]["num_point"] == found["count"]
    assert found["metadata"]["epoch_begin"] == found["start"]
    assert max(found["series"][1]["data"]) == pytest.approx(5000 / 120)


@pytest.mark.parametrize("host", [V4, V6])
@pytest.mark.parametrize(
    ("schema", "labels", "totals"),
    [
        ("host:traffic", ["bytes_sent", "bytes_rcvd"], [1000, 5000]),
        ("host:packets", ["packets_sent", "packets_rcvd"], [10, 12]),
        ("host:ndpi", ["bytes_sent", "bytes_rcvd"], [1000, 5000]),
    ],
)
def test_a_host_has_its_traffic(network, when, rsp, host, schema, labels, totals):
    query = f"ifid:{network.ifid},host:{host},protocol:DNS"
    found = rsp(TS, body=body(schema, query, when))
    assert [one["label"] for one in found["series"]] == labels
    assert [round(one["total"]) for one in found["statistics"]["by_serie"]] == totals


def test_a_host_has_its_score_on_either_side(network, when, rsp):
    at = network.now - timedelta(minutes=3)
    builders.a_flow(time=at, client=V4, server=SERVER4, score=40)
    builders.a_flow(time=at, client=SERVER4, server=V4, score=15)
    found = rsp(TS, body=body("host:score", f"ifid:{network.ifid},host:{V4}", when))
    assert [max(one["data"]) for one in found["series"]] == [40, 15]
    assert "total" not in found["statistics"]


@pytest.mark.parametrize(
    ("schema", "query", "values"),
    [
        ("iface:traffic", "", [6000]),
        ("iface:flows", "", [2]),
        ("iface:hosts", "", [4]),
        ("iface:score", "", [30, 30]),
        ("iface:packets", "", [22]),
        ("iface:ndpi", ",protocol:TLS", [1000, 5000]),
        ("iface:ndpi", ",protocol:Nothing", [0, 0]),
        ("iface:ndpi_categories", ",category:Web", [1000, 5000]),
        ("iface:l4protos", ",l4proto:TCP", [1000, 5000]),
    ],
)
def test_each_schema_has_its_sums(network, when, rsp, schema, query, values):
    found = rsp(TS, body=body(schema, f"ifid:{network.ifid}{query}", when))
    lines = [one["data"] for one in found["series"]]
    scale = found["step"] if SCHEMAS[schema].is_counter else 1
    assert [round(sum(line) * scale) for line in lines] == values


def test_an_unknown_host_has_zeros(network, when, rsp):
    found = rsp(TS, body=body("host:traffic", f"ifid:{network.ifid},host:198.51.100.9", when))
    assert found["statistics"]["by_serie"][0]["total"] == 0
    assert set(found["series"][0]["data"]) == {0}


@pytest.mark.parametrize("limit", [1, 10, 60, 200])
@pytest.mark.parametrize("seconds", [60, 3600, 86_400, 86_400 * 200])
def test_there_are_no_more_points_than_asked_for(network, rsp, limit, seconds):
    now = int(network.now.timestamp())
    when = {"epoch_begin": now - seconds, "epoch_end": now, "limit": limit}
    found = rsp(TS, body=body("iface:traffic_rxtx", f"ifid:{network.ifid}", when))
    assert 1 <= found["count"] <= max(limit, 2)
    assert found["statistics"]["total"] == pytest.approx(6000)


def test_times_may_have_a_fraction_as_pythons_have(network, when, rsp):
    times = {name: f"{seconds}.25" for name, seconds in when.items()}
    query = f"ifid:{network.ifid}"
    found = [rsp(TS, body=body("iface:traffic", query, one)) for one in (when, times)]
    assert found[0]["series"] == found[1]["series"]


def test_an_unknown_schema_is_empty(network, when, rsp):
    assert rsp(TS, body=body("iface:weather", f"ifid:{network.ifid}", when)) == {}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ts_schema": ""}, -5),
        ({"ts_query": ""}, -2),
        ({"ts_query": "ifid:999999"}, -2),
        ({"epoch_begin": "yesterday"}, -5),
        ({"epoch_begin": "1.x"}, -5),
        ({"epoch_end": -1}, -5),
        ({"epoch_begin": 2000, "epoch_end": 1000}, -5),
        ({"ts_schema": "host:traffic"}, -5),
        ({"limit": 100_000}, -5),
    ],
)
def test_wrong_questions_are_400(network, when, ask, given, code):
    asked = body("iface:traffic_rxtx", f"ifid:{network.ifid}", when)
    status, answer = ask(TS, body={**asked, **given})
    assert (status, answer["rc"]) == (400, code)


def test_schemas_are_listed_with_their_metrics(network, rsp):
    found = {one["schema"]: one for one in rsp("get/timeseries/type/consts")}
    assert set(found) == set(SCHEMAS)
    assert set(found["iface:traffic_rxtx"]["timeseries"]) == {"bytes_sent", "bytes_rcvd"}
    assert {one["id"] for one in rsp("get/timeseries/type/consts", query="host")} == {"host"}


@pytest.mark.parametrize(
    ("values", "percent", "found"),
    [([1], 95, 1), ([1, 2], 50, 1), (list(range(1, 101)), 95, 95), ([3, 1, 2], 100, 3)],
)
def test_percentiles_are_of_the_nearest_rank(values, percent, found):
    assert percentile(values, percent) == found
