import pytest

from alerts.issues import Issue, Issues, issues_of_flow
from alerts.lifecycle import process_round
from tests.alerts.builders import NOON, a_flow, said


def test_the_predominant_is_the_highest_scored_and_the_rest_are_other_issues():
    found = Issues.of([Issue("b", 50), Issue("a", 120), Issue("c", 50)])
    assert found.predominant == Issue("a", 120)
    assert [issue.check for issue in found.others] == ["b", "c"]
    assert (found.total, found.severity) == (220, "critical")


@pytest.mark.parametrize(("scores", "total"), [([125, 125], 250), ([125, 126], 250), ([249], 249)])
def test_the_total_is_limited(scores, total):
    assert Issues.of(Issue("a", score) for score in scores).total == total


def test_a_flow_without_issues_has_no_predominant():
    found = Issues.of_sample({"flow_id": 1})
    assert (found.predominant, found.total, found.severity) == (None, 0, "none")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("client", "server"), [("10.0.0.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::2")]
)
def test_a_stored_flows_issues_come_with_their_alerts(interface, put, client, server):
    told = [said(0), said(0, "elephant_flows", check_id=9, score=20)]
    put("flow", [a_flow(client, server, interface_id=interface.pk)], told)
    process_round(NOON)
    found = issues_of_flow([7, 9, 11], client, server, interface.pk)
    assert [issue.check for issue in found.all] == ["blacklisted", "elephant_flows"]
    assert all(issue.alert for issue in found.all)
    assert not issues_of_flow([7], server, client, interface.pk).all
