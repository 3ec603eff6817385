"""The dashboard, and how the demonstration is removed from it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitoring.models import Agent, FlowLive, Host, Interface
from tests.monitoring import builders


@pytest.fixture
def demonstration(db):
    agent = builders.an_agent("demonstration")
    return builders.an_interface("demonstration", kind="demonstration", agent=agent)


def test_it_shows_talkers_applications_and_agents(cast):
    bucket = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=5)
    builders.some_traffic("host", "10.0.0.1", bucket=bucket, bytes_sent=2048)
    builders.some_traffic("application", "TLS.Shop", bucket=bucket, bytes_sent=2048)
    text = cast.client("viewer").get("/admin/").content.decode()
    for part in ("10.0.0.1", "TLS.Shop", "probe", "never seen", "No alert is engaged"):
        assert part in text


def test_it_takes_a_fixed_number_of_queries(cast, django_assert_max_num_queries):
    client = cast.client("viewer")
    bucket = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=5)
    for place in range(20):
        builders.a_host(f"10.0.0.{place + 1}", interface=builders.an_interface(f"eth{place}"))
        builders.some_traffic("host", f"10.0.0.{place + 1}", bucket=bucket, bytes_sent=place)
    with django_assert_max_num_queries(18):
        client.get("/admin/")


def test_the_demonstration_goes_with_one_click_and_all_it_showed(cast, demonstration):
    now = timezone.now()
    builders.a_live_flow(time=now, interface=demonstration)
    builders.a_flow(time=now, interface=demonstration)
    builders.a_host("10.0.0.1", interface=demonstration)
    builders.some_traffic(bucket=now, interface=demonstration, bytes_sent=1)
    kept = builders.a_host("10.0.0.2", interface=builders.an_interface("eth0"))
    client = cast.client("admin")
    assert "Remove it" in client.get("/admin/").content.decode()
    assert client.post("/demonstration/remove/").status_code == 302
    assert "Remove it" not in client.get("/admin/").content.decode()
    assert list(Interface.objects.values_list("name", flat=True)) == ["eth0"]
    assert list(Host.objects.all()) == [kept]
    assert not FlowLive.objects.exists()
    assert client.get("/api/v1/flows/").json()["results"] == []
    assert client.get("/api/v1/traffic/?resolution=10s").json()["results"] == []
    assert not Agent.objects.get(name="demonstration").is_enabled


@pytest.mark.parametrize("who", ["operator", "viewer", "stranger"])
def test_only_the_admin_removes_it(cast, demonstration, who):
    client = cast.client(who)
    assert client.post("/demonstration/remove/").status_code == 403
    assert Interface.objects.exists()


def test_looking_at_it_does_not_remove_it(cast, demonstration):
    assert cast.client("admin").get("/demonstration/remove/").status_code == 405
