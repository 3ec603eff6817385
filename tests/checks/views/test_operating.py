"""What operators do on the pages of checks, rules and back-tests."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from checks.base import Category
from checks.models import (
    BackTest,
    CheckCost,
    CheckSetting,
    Exclusion,
    Override,
    ShadowFinding,
    ThresholdRule,
    Trial,
    UserRule,
    sync_settings,
)
from checks.views import back_tests
from monitoring.models import HostPool


@pytest.fixture(autouse=True)
def _settings(db, monkeypatch):
    sync_settings()
    monkeypatch.setattr(back_tests.run_back_test, "delay", lambda pk: None)


def setting(key="syn_flood"):
    return CheckSetting.objects.get(key=key)


def test_the_tabs_count_each_family_and_name_those_of_later_sources(cast):
    tabs = cast.client("viewer").get("/checks/").context["families"]
    labels = [label for _, label, _ in tabs]
    assert labels == ["All", "Flow", "Host", "Interface", "Network", "SNMP", "System", "Syslog",
                      "Active monitoring"]  # fmt: skip
    numbers = {key: number for key, _, number in tabs}
    assert numbers[""] == sum(n for key, n in numbers.items() if key) and numbers["flow"] > 50


def test_many_are_switched_at_once(cast):
    client = cast.client("operator")
    back = "/checks/?family=host"
    said = {"key": ["syn_flood", "dns_flood"], "action": "disable", "back": back}
    answer = client.post("/checks/many/", said)
    assert (answer.status_code, answer["Location"]) == (302, back)
    assert not setting().is_enabled and not setting("dns_flood").is_enabled
    client.post("/checks/many/", said | {"action": "enable", "back": "https://evil.example/"})
    assert setting().is_enabled and setting("dns_flood").is_enabled


def test_it_does_not_lead_elsewhere(cast):
    said = {"key": [], "action": "enable", "back": "//evil.example/checks/?"}
    answer = cast.client("operator").post("/checks/many/", said)
    assert answer["Location"] == "/checks/"


@pytest.mark.parametrize("url", ["/checks/many/", "/checks/import/", "/back-tests/1/cancel/"])
def test_a_viewer_changes_nothing(cast, url):
    assert cast.client("viewer").post(url).status_code == 403


def test_settings_go_out_and_come_in_as_a_file(cast):
    from django.core.files.uploadedfile import SimpleUploadedFile

    setting().change(is_enabled=True, parameters={"threshold": 9})
    client = cast.client("operator")
    answer = client.get("/checks/export/")
    assert "attachment" in answer["Content-Disposition"]
    setting().reset()
    client.post("/checks/import/", {"file": SimpleUploadedFile("x.yaml", answer.content)})
    assert setting().parameters == {"threshold": 9}
    page = client.post("/checks/import/", {"file": SimpleUploadedFile("x", b"\xff")}, follow=True)
    assert "Nothing was changed" in page.content.decode()


def test_the_dialog_is_the_form_alone_and_saves(cast):
    client = cast.client("operator")
    page = client.get("/checks/syn_flood/", headers={"HX-Request": "true"})
    text = page.content.decode()
    assert "<html" not in text and "From 1 to 65,535" in text and 'data-own="256"' in text
    said = {"is_enabled": "on", "threshold": "12", "score": "", "action": "save"}
    answer = client.post("/checks/syn_flood/", said, headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true" and setting().parameters == {"threshold": 12}
    answer = client.post("/checks/syn_flood/", said | {"threshold": "0"},
                         headers={"HX-Request": "true"})  # fmt: skip
    assert "Must be from 1 to 65535" in answer.content.decode()


def test_values_are_tried_in_shadow_and_put_in_force(cast):
    client = cast.client("operator")
    said = {"threshold": "12", "score": "9", "action": "shadow"}
    client.post("/checks/syn_flood/", said)
    trial = Trial.objects.get()
    assert (trial.check_key, trial.parameters, trial.score) == ("syn_flood", {"threshold": 12}, 9)
    ShadowFinding.objects.create(
        check_key="syn_flood", identity="a", message="10.0.0.7 floods", score=9, count=3
    )
    page = client.get("/checks/syn_flood/").content.decode()
    assert "10.0.0.7 floods" in page and "In shadow" in page
    client.post("/checks/syn_flood/", {"action": "promote"})
    assert setting().parameters == {"threshold": 12} and setting().score == 9
    assert not Trial.objects.exists()


def test_a_trial_that_another_ended_is_not_put_in_force(cast):
    page = cast.client("operator").post("/checks/syn_flood/", {"action": "promote"}, follow=True)
    assert "Nothing is tried in shadow any more" in page.content.decode()


def test_a_refused_form_keeps_its_switches(cast):
    setting().change(is_enabled=True)
    client, said = cast.client("operator"), {"threshold": "0", "action": "save"}
    page = client.post("/checks/syn_flood/", said)
    assert page.context["is_enabled"] is False and setting().is_enabled
    page = client.post("/checks/syn_flood/", said | {"is_enabled": "on"})
    assert page.context["is_enabled"] is True


@pytest.mark.parametrize("score", ["0", "251", "9" * 5000, "²", "-1"])
@pytest.mark.parametrize("action", ["save", "shadow", "back-test"])
def test_a_score_out_of_bounds_is_refused(cast, action, score):
    said = {"action": action, "score": score, "span": "1h"}
    page = cast.client("operator").post("/checks/tls_certificate_selfsigned/", said)
    assert page.context["reasons"] == {"score": "must be a whole number from 1 to 250"}
    assert not BackTest.objects.exists() and not Trial.objects.exists()


def test_overrides_stand_on_the_checks_page_with_what_they_inherit(cast):
    setting().change(parameters={"threshold": 12})
    pool = HostPool.objects.create(name="Servers")
    Override(check_key="syn_flood", pool=pool, score=9).keep()
    page = cast.client("viewer").get("/checks/syn_flood/")
    (place,) = page.context["places"]
    assert place["score"] == (9, True) and place["state"][1] is False
    assert place["values"] == [(place["values"][0][0], "12 packets/s", False)] or (
        place["values"][0][1].startswith("12") and place["values"][0][2] is False
    )
    assert "pool Servers" in page.content.decode().replace("Pool", "pool")


def test_a_change_is_back_tested(cast):
    client = cast.client("operator")
    key = "tls_certificate_selfsigned"
    answer = client.post(f"/checks/{key}/", {"action": "back-test", "span": "7d", "score": "9"})
    test = BackTest.objects.get()
    assert answer["Location"] == f"/back-tests/{test.pk}/"
    assert test.subject["score"] == 9 and test.until - test.since == timedelta(days=7)
    page = client.get(f"/back-tests/{test.pk}/").content.decode()
    assert 'hx-trigger="every 1s"' in page and "waits for a worker" in page
    client.post(f"/back-tests/{test.pk}/cancel/")
    test.refresh_from_db()
    assert test.state == "cancelled"
    assert "every 1s" not in client.get(f"/back-tests/{test.pk}/").content.decode()


def test_a_check_whose_input_is_not_stored_says_so(cast):
    client = cast.client("operator")
    page = client.get("/checks/syn_flood/").content.decode()
    assert "only sums are kept" in page
    page = client.post("/back-tests/new/", {"check": "syn_flood"}, follow=True).content.decode()
    assert "only sums are kept" in page and not BackTest.objects.exists()


def test_a_result_shows_timeline_examples_and_difference(cast):
    side = {
        "findings": 3, "hosts": 2, "alerts": 1, "by_check": {"x": 3},
        "timeline": [{"at": "2026-11-24T00:00:00+00:00", "findings": n} for n in (0, 3)],
        "examples": [{"at": "2026-11-24T00:00:00Z", "check": "x", "flow_id": 5, "client": "::1",
                      "server": "10.0.0.7", "message": "it would", "score": 9}],
    }  # fmt: skip
    now = timezone.now()
    result = {"rows": 9, "proposed": side, "present": side, "only_proposed": 2, "only_present": 1,
              "notes": ["A note."], "failures": {}}  # fmt: skip
    test = BackTest.objects.create(
        subject={}, title="T", since=now, until=now, state="done", result=result, started_at=now,
        finished_at=now + timedelta(seconds=7), pinned={"at": now.isoformat()},
    )  # fmt: skip
    page = cast.client("viewer").get(f"/back-tests/{test.pk}/").content.decode()
    for text in (
        "it would",
        "A note.",
        "−1",
        "height: 100.0%",
        "At present",
        "/flows/5/",
        "took 7 s",
    ):
        assert text in page, text
    assert "T" in cast.client("viewer").get("/back-tests/").content.decode()


def test_cost_and_alerts_have_columns(cast):
    CheckCost.objects.create(check_key="syn_flood", frame="host", microseconds=0.0123, share=0.5,
                             rows=9, measured_at=timezone.now())  # fmt: skip
    page = cast.client("viewer").get("/checks/?search=syn_flood").content.decode()
    assert "0.012 µs" in page and "50 % of the host checks" in page
    assert 'data-alerts-of="syn_flood"' in page
    assert cast.client("admin").get("/alerts/counts/").json() == {}


RULE = {
    "title": "Big", "mode": "shadow", "frame": "flow", "condition": "bytes_to_server > 9",
    "message": "{client}", "score": 50, "category": str(Category.SECURITY), "cooldown": 300,
    "events": ["end"],
    "identity": "", "attack": "", "attacker": "", "victim": "", "description": "",
}  # fmt: skip


def test_a_rule_is_written_in_the_admin_and_errors_point_at_the_word(cast):
    client = cast.client("operator")
    url = "/admin/checks/userrule/add/"
    page = client.post(url, RULE | {"condition": "bytes > 9"}).content.decode()
    assert "at character 1: “bytes”" in page and not UserRule.objects.exists()
    assert client.post(url, RULE).status_code == 302
    rule = UserRule.objects.get()
    assert rule.events == ["end"]
    assert (rule.key, rule.mode, rule.updated_by.username) == ("own_big", "shadow", "operator")
    page = client.get(f"/admin/checks/userrule/{rule.pk}/change/").content.decode()
    assert "in_network(client" in page and "TLS 1.3 hides the certificate" in page
    client.post("/admin/checks/userrule/", {"action": "enable", "_selected_action": [rule.pk]})
    rule.refresh_from_db()
    assert rule.mode == "enabled"


def test_exclusions_limits_and_overrides_are_written_in_the_admin(cast):
    client = cast.client("operator")
    page = client.post("/admin/checks/exclusion/add/", {"reason": "x", "zone": "UTC"})
    assert "at least one criterion" in page.content.decode()
    said = {
        "reason": "x",
        "zone": "UTC",
        "host": "2001:db8::7",
        "frame": "flow",
        "is_enabled": "on",
    }
    assert client.post("/admin/checks/exclusion/add/", said).status_code == 302
    assert Exclusion.objects.get().host == "2001:db8::7"
    limit = {"title": "L", "subject": "host", "metric": "bytes", "direction": "both", "score": 50,
             "operator": ">", "threshold": 9, "period": 300, "is_enabled": "on"}  # fmt: skip
    assert client.post("/admin/checks/thresholdrule/add/", limit).status_code == 302
    assert ThresholdRule.objects.get().target == ""
    own = {"check_key": "syn_flood", "network": "10.0.0.0/8", "score": 9, "parameters": "{}",
           "is_enabled": "unknown"}  # fmt: skip
    assert client.post("/admin/checks/override/add/", own).status_code == 302
    for model in ("userrule", "exclusion", "thresholdrule", "override"):
        assert client.get(f"/admin/checks/{model}/").status_code == 200


def test_a_limits_target_is_kept_as_sums_name_it_and_its_limit_has_a_unit(cast):
    client = cast.client("operator")
    limit = {"title": "L", "subject": "host", "metric": "bits_per_second", "direction": "both",
             "operator": ">", "threshold": "2e9", "period": 300, "score": 50}  # fmt: skip
    client.post("/admin/checks/thresholdrule/add/", {**limit, "target": "2001:DB8:0::7"})
    assert ThresholdRule.objects.get().target == "2001:db8::7"
    page = client.get("/admin/checks/thresholdrule/").content.decode()
    assert "host 2001:db8::7: over 2.0 Gbit/s in 5 min" in page
    for subject in ("pool", "interface"):
        said = {**limit, "subject": subject, "target": "none"}
        page = client.post("/admin/checks/thresholdrule/add/", said).content.decode()
        assert f"there is no {subject} &#x27;none&#x27;" in page


def test_forms_offer_checks_by_title_and_whom_a_rule_is_about_by_name(cast):
    client = cast.client("operator")
    page = client.get("/admin/checks/exclusion/add/?check_key=gone").content.decode()
    assert "All checks" in page and "SYN Flood (syn_flood)" in page
    assert '<option value="gone" selected>' in page
    page = client.get("/admin/checks/override/add/?check_key=syn_flood").content.decode()
    assert '<option value="syn_flood" selected>' in page and '{"threshold": 256' in page
    assert "The client (of a flow)" in client.get("/admin/checks/userrule/add/").content.decode()


def test_the_form_of_an_override_says_what_the_check_has(cast):
    url = "/admin/checks/override/add/?check_key=syn_flood"
    page = cast.client("operator").get(url).content.decode()
    assert "There are: threshold (" in page and "own value 256" in page
    assert ">Inherited<" in "".join(page.split()) and ">Unknown<" not in "".join(page.split())
    assert cast.client("viewer").get("/admin/checks/override/").status_code == 200
