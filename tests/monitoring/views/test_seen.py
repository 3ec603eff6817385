"""Each page with something on it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitoring.models import Overflow
from tests.monitoring import builders


@pytest.fixture
def now():
    return timezone.now()


def _text(client, url, **headers):
    answer = client.get(url, **headers)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("client", "server"), [("192.168.1.10", "203.0.113.5"), ("2001:db8::10", "2001:db8:1::5")]
)
def test_flows_show_ends_application_and_score(cast, now, client, server):
    builders.a_flow(
        time=now, client=client, server=server, application="TLS.Shop", score=150,
        detail={"server_name": "shop.example"},
    )  # fmt: skip
    text = _text(cast.client("viewer"), "/flows/")
    for part in (client, server, "TLS.Shop", "150", "shop.example"):
        assert part in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=192.168.1.10", True), ("search=192.168.1.11", False), ("search=:443", True),
        ("search=shop", True), ("application=TLS.Shop", True), ("application=DNS", False),
        ("state=ended", True), ("state=active", False), ("span=15m", True),
    ],
)  # fmt: skip
def test_flows_are_narrowed(cast, now, query, found):
    builders.a_flow(time=now, application="TLS.Shop", detail={"server_name": "shop.example"})
    text = _text(cast.client("viewer"), f"/flows/?{query}", HTTP_HX_REQUEST="true")
    assert ("203.0.113.5" in text) == found


def test_a_search_that_is_not_understood_is_named(cast):
    builders.an_interface()
    assert "give a number up to 65,535" in _text(cast.client("viewer"), "/flows/?search=:70000")


def test_a_flow_shows_all_groups(cast, now):
    flow = builders.a_flow(
        time=now, risk=1 << 36, client_mac=0x001B638445E6, vlan=9, breed=2, confidence=7,
        detail={"tls_version": "TLSv1.3", "http_url": "x.example/a", "dns_query": "d.example",
                "dns_query_type": 28, "dns_rcode": 3, "ssh_client": "OpenSSH", "entropy": 7.5,
                "tls_not_after": "2026-01-01T00:00:00+00:00"},
    )  # fmt: skip
    text = _text(cast.client("viewer"), f"/flows/{flow.flow_id}/")
    for part in (
        *("Acceptable", "DPI"),
        *("Clear-text credentials", "TLSv1.3", "x.example/a", "AAAA", "NXDOMAIN", "OpenSSH"),
        *("7.50", "00:1b:63:84:45:e6", "Established and closed", "2026-01-01 00:00:00", "1:"),
    ):
        assert part in text


def test_what_a_packet_says_is_never_markup(cast, now):
    evil = "<script>alert(1)</script>"
    flow = builders.a_flow(time=now, detail={"http_url": evil, "server_name": evil})
    builders.a_host("10.0.0.1", name=evil, seen=now)
    client = cast.client("viewer")
    for url in ("/flows/", f"/flows/{flow.flow_id}/", "/hosts/"):
        assert evil not in _text(client, url)


def test_an_unknown_flow_is_404(cast):
    assert cast.client("viewer").get("/flows/1234567/").status_code == 404


@pytest.mark.parametrize("address", ["192.168.1.10", "2001:db8::10"])
def test_a_host_shows_its_applications_peers_and_flows(cast, now, address):
    host = builders.a_host(address, name="nas", seen=now, mac_vendor="Apple, Inc.")
    peer = "203.0.113.9" if "." in address else "2001:db8:1::9"
    builders.a_flow(time=now, client=peer, server=address, application="SSH")
    builders.a_flow(time=now, client="192.0.2.1", server="192.0.2.2", application="Foreign")
    text = _text(cast.client("viewer"), f"/hosts/{host.pk}/")
    for part in ("nas", "Apple, Inc.", "SSH", peer):
        assert part in text
    assert "Foreign" not in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=10.0.0.0/8", ["10.0.0.1"]), ("search=2001:db8::/64", ["2001:db8::1"]),
        ("search=NAS", ["10.0.0.1"]), ("place=local", ["10.0.0.1"]),
        ("place=remote", ["2001:db8::1"]), ("search=nothing", []),
    ],
)  # fmt: skip
def test_hosts_are_narrowed(cast, now, query, found):
    builders.a_host("10.0.0.1", name="nas", is_local=True, seen=now)
    builders.a_host("2001:db8::1", seen=now)
    answer = cast.client("viewer").get(f"/hosts/?{query}")
    assert [host.address for host in answer.context["page"].rows] == found


@pytest.mark.parametrize("number", [1, 30])
@pytest.mark.parametrize(
    ("url", "queries"), [("/flows/", 13), ("/hosts/", 9), ("/ledger/", 11), ("/interfaces/", 10)]
)
def test_a_longer_page_takes_no_more_queries(
    cast, now, django_assert_max_num_queries, url, queries, number
):
    client = cast.client("viewer")
    for place in range(number):
        interface = builders.an_interface(f"eth{place}")
        builders.a_host(f"10.0.0.{place + 1}", interface=interface, seen=now)
        builders.a_flow(time=now, interface=interface, detail={"server_name": "x"})
        builders.a_line(interface=interface, received_at=now)
    with django_assert_max_num_queries(queries):
        client.get(url)


def test_agents_show_their_counters_and_health(cast, now):
    builders.an_agent("here", last_seen_at=now, counters={"received": 12_345, "spool_drops": 1})
    builders.an_agent("gone", last_seen_at=now - timedelta(hours=1))
    text = _text(cast.client("viewer"), "/agents/")
    for part in ("12,345", "the spool was full", "silent"):
        assert part in text


def test_the_ledger_adds_up_what_is_shown(cast, now):
    builders.a_line(received_at=now, rows=5, stored=3, refused=2, refused_by_reason={"too old": 2})
    builders.a_line(received_at=now, rows=7, stored=7, frame="host")
    builders.a_line(received_at=now - timedelta(days=2), rows=100, stored=100)
    answer = cast.client("viewer").get("/ledger/")
    totals = answer.context["totals"]
    assert (totals.batches, totals.rows, totals.stored, totals.refused) == (2, 12, 10, 2)
    assert "too old: 2" in answer.content.decode()
    narrowed = cast.client("viewer").get("/ledger/?refused=1").context["totals"]
    assert (narrowed.batches, narrowed.rows) == (1, 5)


def test_the_ledger_says_what_was_over_the_bounds(cast, now):
    for count in (40, 2):
        Overflow.objects.create(interface=builders.an_interface(), bound="hosts: x", count=count)
    assert list(cast.client("viewer").get("/ledger/").context["over"]) == [("hosts: x", 42)]


def test_an_interface_shows_who_and_what_passed(cast, now):
    interface = builders.an_interface("eth0", last_seen=now)
    builders.a_host("2001:db8::1", name="nas", interface=interface, seen=now)
    bucket = now.replace(second=0, microsecond=0) - timedelta(minutes=5)
    builders.some_traffic("host", "2001:db8::1", bucket=bucket, bytes_sent=2048)
    builders.some_traffic("application", "TLS.Shop", bucket=bucket, bytes_sent=4096)
    text = _text(cast.client("viewer"), f"/interfaces/{interface.pk}/")
    for part in ("nas", "2.0 KB", "TLS.Shop", "4.0 KB"):
        assert part in text


def test_charts_are_rates_of_the_chosen_time(cast, now):
    bucket = now.replace(second=0, microsecond=0) - timedelta(minutes=5)
    builders.some_traffic("application", "TLS", bucket=bucket, bytes_sent=1000)
    answer = cast.client("viewer").get("/charts/application/?span=15m").json()
    assert answer["seconds"] == 10
    assert [(line["name"], max(line["values"])) for line in answer["lines"]] == [("TLS", 800)]
    assert answer["times"] == sorted(answer["times"])


def test_a_chart_of_an_unknown_dimension_is_404(cast):
    assert cast.client("viewer").get("/charts/colour/").status_code == 404
