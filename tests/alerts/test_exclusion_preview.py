"""What an exclusion would have hidden, and excluding from an alert."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.exclusion_preview import preview, proposals
from alerts.models import Alert, FalseAlarm
from alerts.noise import report, suggestions, totals
from checks.exclusions import Criteria
from checks.models import ExcludedCount, Exclusion
from monitoring.models import Agent, Interface

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def browse(cast, client):
    """Return the browser of one of the cast."""

    def browse(who):
        client.force_login(cast[who], "django.contrib.auth.backends.ModelBackend")
        return client

    return browse


@pytest.fixture
def interface():
    return Interface.objects.create(agent=Agent.objects.create(name="a"), name="eth0", kind="live")


def an_alert(interface, client="10.0.0.7", server="198.51.100.9", check="syn_scan", **said):
    flow = {"flow_id": 1, "client": client, "server": server, "server_port": 443}
    flow |= {"application": "TLS", "server_name": "www.example.com", **said.pop("flow", {})}
    fixed = dict(
        check_key=check, check_id=7, family="flow", frame="flow", interface=interface,
        identity=f"{client}{server}{Alert.objects.count()}", entity="x", client=client,
        server=server, server_port=443, score=50, severity="warning", count=3, first_seen=NOW,
        last_seen=NOW, cooldown=60, quiet_at=NOW, engaged_at=NOW, noted_at=NOW, message="m",
        flows=[flow],
    )  # fmt: skip
    return Alert.objects.create(**fixed | said)


HIDING = [
    ({"client": "10.0.0.7"}, 1),
    ({"client": "2001:db8::7"}, 1),
    ({"host": "198.51.100.9"}, 2),
    ({"network": "2001:db8::/32"}, 1),
    ({"network": "0.0.0.0/0"}, 2),
    ({"application": "TLS"}, 3),
    ({"domain": "example.com"}, 2),
    ({"port": 443}, 3),
    ({"condition": "server_port = 443 AND application = 'TLS'"}, 3),
    ({"condition": "bits_per_second > 0"}, 0),
    ({"check_key": "other"}, 0),
]


@pytest.mark.parametrize(("said", "hidden"), HIDING)
def test_a_preview_counts_the_alerts_that_would_have_been_hidden(interface, said, hidden):
    an_alert(interface)
    an_alert(interface, client="10.0.0.8")
    an_alert(interface, "2001:db8::7", "2001:db8:f::9", flow={"server_name": "example.org"})
    an_alert(interface, last_seen=NOW - timedelta(days=8))
    found = preview(Criteria(**said), NOW)
    assert (found.hidden, len(found.examples)) == (hidden, hidden)
    assert found.looked_at == (0 if "check_key" in said else 3)


def test_an_alert_is_hidden_only_when_all_its_samples_are(interface):
    alert = an_alert(interface)
    alert.flows += [{**alert.flows[0], "application": "DNS"}]
    alert.save()
    assert preview(Criteria(application="TLS"), NOW).hidden == 0
    assert preview(Criteria(client="10.0.0.7"), NOW).hidden == 1


@pytest.mark.parametrize("host", ["10.0.0.7", "2001:db8::7"])
def test_hosts_alerts_are_excluded_by_host(interface, host):
    alert = an_alert(interface, client=host, server=None, frame="host", flows=[], family="host")
    offers = {offer.name: offer for offer in proposals(alert, NOW)}
    assert offers["host"].criteria == Criteria(check_key="syn_scan", host=host)
    assert offers["host"].preview.hidden == offers["interface"].preview.hidden == 1


@pytest.mark.parametrize("host", ["10.0.0.7", "2001:db8::7"])
def test_alerts_of_windows_are_excluded_by_host(interface, host):
    said = {"frame": "host_window", "flows": [], "family": "host", "check": "slow_scan"}
    alert = an_alert(interface, client=host, server=None, **said)
    an_alert(interface, client="10.0.0.8", server=None, **said)
    first = proposals(alert, NOW)[0]
    assert first.criteria == Criteria(check_key="slow_scan", host=host)
    assert (first.preview.hidden, first.preview.looked_at, first.hides_it) == (1, 2, True)


def test_alerts_of_pairs_in_windows_are_excluded_by_either_end(interface):
    said = {"frame": "pair_window", "flows": [], "check": "large_upload"}
    alert = an_alert(interface, **said)
    an_alert(interface, client="10.0.0.8", **said)
    offers = [(o.name, o.preview.hidden, o.hides_it) for o in proposals(alert, NOW)]
    assert offers == [("pair", 1, True), ("client", 1, True), ("service", 2, True),
                      ("interface", 2, True)]  # fmt: skip


def test_what_has_no_address_is_excluded_by_its_name(interface):
    said = {"frame": "platform", "flows": [], "check": "list_download_failed", "client": None,
            "server": None, "interface": None, "entity": "Ben's list"}  # fmt: skip
    alert = an_alert(**said | {"interface": None})
    an_alert(**said | {"entity": "Another"})
    (offer,) = proposals(alert, NOW)
    assert (offer.preview.hidden, offer.preview.looked_at, offer.hides_it) == (1, 2, True)
    offer.criteria.validate()


def test_the_narrowest_that_hides_the_alert_is_ticked(browse, interface):
    alert = an_alert(interface)
    alert.flows += [{**alert.flows[0], "server": "198.51.100.10"}]
    alert.save()
    page = browse("operator").get(f"/alerts/{alert.pk}/exclude/")
    assert page.context["chosen"] == "client"
    assert "not all of this one" in page.content.decode()


def test_an_alert_from_outside_says_that_nothing_can_be_excluded(browse, interface):
    alert = an_alert(interface, frame="system", check="external")
    page = browse("operator").get(f"/alerts/{alert.pk}/exclude/").content.decode()
    assert "Nothing in this alert can be excluded" in page and 'name="what"' not in page


def test_two_clicks_exclude_the_pair_and_mark_the_alert(browse, interface):
    alert = an_alert(interface)
    an_alert(interface, client="10.0.0.8")
    client = browse("operator")
    page = client.get(f"/alerts/{alert.pk}/exclude/")
    shown = [(offer.name, offer.preview.hidden) for offer, _ in page.context["offers"]]
    assert shown == [("pair", 1), ("client", 1), ("service", 2), ("domain", 2), ("application", 2),
                     ("interface", 2)]  # fmt: skip
    answer = client.post(f"/alerts/{alert.pk}/exclude/", {"what": "pair", "is_false": "on"})
    assert answer.status_code == 302
    (made,) = Exclusion.objects.all()
    assert (made.check_key, made.client, made.server) == ("syn_scan", "10.0.0.7", "198.51.100.9")
    assert made.owner.username == "operator" and made.reason == f"False alarm {alert.pk}"
    assert made.expires_at - NOW > timedelta(days=89)
    assert FalseAlarm.objects.get().alert == alert


def test_what_is_not_offered_is_refused(browse, interface):
    alert = an_alert(interface)
    page = browse("operator").post(f"/alerts/{alert.pk}/exclude/", {"what": "everything"})
    assert page.context["problem"] == "Choose what to exclude."
    assert not Exclusion.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("admin", 200), ("operator", 200), ("viewer", 403),
                                             ("stranger", 403)])  # fmt: skip
def test_who_may_exclude(browse, interface, who, status):
    alert = an_alert(interface)
    assert browse(who).get(f"/alerts/{alert.pk}/exclude/").status_code == status


def test_the_noise_report_counts_by_check(interface):
    alerts = [an_alert(interface), an_alert(interface), an_alert(interface, check="other")]
    an_alert(interface, engaged_at=NOW - timedelta(days=2))
    alerts[0].acknowledged_at = NOW + timedelta(seconds=10)
    alerts[1].acknowledged_at = NOW + timedelta(seconds=30)
    Alert.objects.bulk_update(alerts, ["acknowledged_at"])
    FalseAlarm.objects.create(alert=alerts[0])
    for hours, hits in ((1, 9), (30, 100)):
        hour = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)
        ExcludedCount.objects.create(check_key="quiet", hour=hour, hits=hits)
    rows = report(timedelta(days=1), NOW + timedelta(minutes=1))
    told = [
        (r.check, r.fired, r.findings, r.acknowledged, r.false_alarms, r.excluded) for r in rows
    ]
    assert told == [("syn_scan", 2, 6, 2, 1, 0), ("other", 1, 3, 0, 0, 0), ("quiet", 0, 0, 0, 0, 9)]
    assert [row.median_to_acknowledge for row in rows] == [20.0, None, None]
    assert totals(rows) == {"fired": 3, "acknowledged": 2, "false_alarms": 1, "excluded": 9}


def test_a_pair_that_makes_most_of_a_checks_alerts_is_suggested(interface):
    for _ in range(5):
        an_alert(interface, "2001:db8::7", "2001:db8:f::9")
        an_alert(interface, check="spread", client=f"10.0.0.{Alert.objects.count()}")
    an_alert(interface)
    (one,) = suggestions(timedelta(days=1), NOW + timedelta(minutes=1))
    assert (one.check, one.alerts, one.of, one.client) == ("syn_scan", 5, 6, "2001:db8::7")
    assert one.criteria.server == "2001:db8:f::9"


@pytest.mark.parametrize(("who", "status"), [("viewer", 200), ("stranger", 403)])
def test_the_noise_page(browse, interface, who, status):
    for _ in range(5):
        an_alert(interface)
    page = browse(who).get("/alerts/noise/?span=24h")
    assert page.status_code == status
    if status == 200:
        assert "Suggested exclusions" in page.content.decode()
        assert "“Fired” counts alerts" in page.content.decode()


def test_the_noise_page_shows_the_noisiest_and_all_when_asked(browse, interface):
    for number in range(27):
        an_alert(interface, check=f"check_{number}")
    client = browse("viewer")
    page = client.get("/alerts/noise/?span=24h").content.decode()
    assert page.count("al-check") == 25 and "The 25 noisiest of 27 checks" in page
    assert client.get("/alerts/noise/?span=24h&all=1").content.decode().count("al-check") == 27
