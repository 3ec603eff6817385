"""What a check fires on, as pages say it: values with their units, never a parameter's name."""

from __future__ import annotations

from typing import Any

import pytest

from checks.models import CheckSetting, sync_settings
from checks.parameters import parameters_of
from checks.registry import discover
from checks.views.rows import described


@pytest.mark.parametrize(
    ("key", "changed", "text"),
    [
        ("syn_flood", {}, "more than 256 TCP SYN in one second"),
        ("syn_flood", {"threshold": 1024}, "more than 1,024 TCP SYN in one second"),
        ("beaconing", {}, "12 flows within an hour, at a period of 5 seconds or more;"),
        ("arp_scan", {"targets": 9}, "more than 9 addresses within a minute"),
        ("brute_force", {}, "More than 15 sessions in five minutes"),
        ("dhcp_storm", {}, "more than 120 times a minute"),
        ("host_black_hole_contacts", {}, "with 80 per cent of the flows"),
        ("host_black_hole_contacts", {}, "at least 10 of them"),
        ("not_purged", {}, "nothing came for 15 minutes still"),
        ("unexpected_dns", {}, "not in “Allowed servers”."),
        ("unexpected_dns", {"items": ["10.0.0.1"]}, "not in 10.0.0.1."),
        ("unexpected_dns", {"items": ["2001:db8::1"]}, "not in 2001:db8::1."),
        ("unexpected_dns", {"items": ["10.0.0.1", "2001:db8::/64", "10.0.0.2", "fe80::1"]},
         "not in “Allowed servers”."),
        ("external_alert_check", {}, "post events to /api/v1/events/ with"),
    ],
)  # fmt: skip
def test_values_stand_where_the_docstring_names_a_parameter(
    key: str, changed: dict[str, Any], text: str
) -> None:
    assert text in described(discover()[key], changed)


@pytest.mark.parametrize("key", sorted(discover()))
def test_no_description_shows_a_name_of_the_code(key: str) -> None:
    kind = discover()[key]
    text = described(kind, {})
    assert text and "`" not in text
    words = set(text.replace(".", " ").replace(",", " ").split())
    assert not {name for name in parameters_of(kind) if "_" in name} & words


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/checks/?search=syn_flood", "/checks/syn_flood/"])
def test_pages_show_the_values_that_are_set(cast: Any, url: str) -> None:
    sync_settings()
    CheckSetting.objects.filter(key="syn_flood").update(parameters={"threshold": 4321})
    assert "more than 4,321 TCP SYN in one second" in cast.client("viewer").get(url).text
    assert "more than 4,321 TCP SYN" in cast.client("admin").get("/search/?q=syn_flood").text
