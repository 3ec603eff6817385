from datetime import timedelta

import pytest
from django.utils import timezone

from tests.api.problems import reasons
from tests.monitoring import builders

FIELDS = {
    "id", "interface", "state", "client", "client_port", "server", "server_port", "l4", "l4_id",
    "vlan", "application", "category", "bytes_to_server", "bytes_to_client", "packets_to_server",
    "packets_to_client", "first_seen", "last_seen", "score", "risks", "detail",
}  # fmt: skip


@pytest.fixture
def now():
    return timezone.now()


@pytest.mark.parametrize(
    ("client", "server"), [("192.168.1.10", "203.0.113.5"), ("2001:db8::10", "2001:db8:1::5")]
)
@pytest.mark.parametrize(
    ("make", "state"), [(builders.a_flow, "ended"), (builders.a_live_flow, "active")]
)
def test_a_flow_shows_what_is_known_of_it(cast, now, client, server, make, state):
    flow = make(
        time=now, client=client, server=server, client_port=34_855, server_port=80, vlan=7,
        application="HTTP", risk=1 << 2, client_mac=0x001B638445E6,
        detail={"http_url": "example.com/", "http_status": 200},
    )  # fmt: skip
    found = cast.api("viewer").get("/api/v1/flows/").json()["results"]
    assert len(found) == 1
    one = found[0]
    assert set(one) >= FIELDS
    assert one["id"] == flow.flow_id
    assert (one["client"], one["server"], one["state"]) == (client, server, state)
    assert (one["l4"], one["l4_id"], one["vlan"]) == ("TCP", 6, 7)
    assert one["risks"] == ["Possible SQL injection"]
    assert one["detail"]["http_url"] == "example.com/"
    assert one["detail"]["client_mac"] == "00:1b:63:84:45:e6"
    assert one["detail"]["community_id"].startswith("1:")
    assert cast.api("viewer").get(f"/api/v1/flows/{flow.flow_id}/").json() == one


@pytest.mark.parametrize(
    ("parameters", "fits", "fits_not"),
    [
        ("host=10.0.0.1", {"client": "10.0.0.1"}, {"client": "10.0.0.2"}),
        ("host=2001:DB8::/32", {"server": "2001:db8::9"}, {"server": "2001:db9::9"}),
        ("local=false", {"direction": 3}, {"direction": 1}),
        ("application=google", {"application": "TLS.Google"}, {"application": "TLS"}),
        ("application=TLS", {"application": "TLS.Google"}, {"application": "TLSx"}),
        ("category=media", {"category": "Media"}, {"category": "Web"}),
        ("l4=UDP", {"l4": 17}, {"l4": 6}),
        ("port=53", {"server_port": 53}, {"server_port": 54}),
        ("vlan=9", {"vlan": 9}, {"vlan": 0}),
        ("min_score=10", {"score": 10}, {"score": 9}),
        ("search=shop", {"detail": {"server_name": "shop.example"}}, {"detail": {}}),
    ],
)
def test_a_filter_leaves_what_fits(cast, now, parameters, fits, fits_not):
    wanted = builders.a_flow(time=now, **fits)
    builders.a_flow(time=now, **fits_not)
    found = cast.api("viewer").get(f"/api/v1/flows/?{parameters}").json()["results"]
    assert [flow["id"] for flow in found] == [wanted.flow_id]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ("host=10.0.0", "host"),
        ("host=10.0.0.0/33", "host"),
        ("local=perhaps", "local"),
        ("l4=sometimes", "l4"),
        ("port=65536", "port"),
        ("vlan=4096", "vlan"),
        ("state=asleep", "state"),
    ],
)
def test_a_bad_filter_is_never_ignored(cast, parameters, field):
    answer = cast.api("viewer").get(f"/api/v1/flows/?{parameters}")
    assert list(reasons(answer)) == [field]


def test_times_bound_the_last_packet(cast, now):
    old = builders.a_flow(time=now - timedelta(days=3))
    builders.a_flow(time=now)
    until = (now - timedelta(days=2, hours=12)).isoformat().replace("+00:00", "Z")
    found = cast.api("viewer").get(f"/api/v1/flows/?until={until}").json()["results"]
    assert [flow["id"] for flow in found] == [old.flow_id]


def test_order_is_by_what_was_asked(cast, now):
    small = builders.a_flow(time=now, bytes_to_client=1)
    large = builders.a_live_flow(time=now - timedelta(minutes=1), bytes_to_client=10**9)
    found = cast.api("viewer").get("/api/v1/flows/?ordering=-bytes").json()["results"]
    assert [flow["id"] for flow in found] == [large.flow_id, small.flow_id]


def test_an_unknown_flow_is_404(cast):
    assert cast.api("viewer").get("/api/v1/flows/1234567/").status_code == 404


def test_a_long_page_takes_no_more_queries(cast, now, django_assert_max_num_queries):
    api = cast.api("admin")
    api.get("/api/v1/flows/")
    for _ in range(20):
        builders.a_flow(time=now, detail={"server_name": "x"}), builders.a_live_flow(time=now)
    with django_assert_max_num_queries(8):  # four set the time limit
        assert len(api.get("/api/v1/flows/").json()["results"]) == 40
