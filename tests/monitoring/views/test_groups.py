"""Groups and navigation: what each of the cast may do and is shown."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import RequestFactory

from ntopweb.groups import make_groups
from ntopweb.navigation import sidebar


def _titles(user):
    request = RequestFactory().get("/flows/")
    request.user = user
    return [item["title"] for group in sidebar(request) for item in group["items"]]


@pytest.mark.parametrize(
    ("who", "shown", "hidden"),
    [
        ("admin", {"Flows", "Agents", "Users", "API tokens"}, set()),
        ("operator", {"Flows", "Agents", "Host pools"}, {"Users", "API tokens"}),
        ("viewer", {"Flows", "Hosts", "Ledger"}, {"Users", "API tokens", "Periodic tasks"}),
        ("stranger", set(), {"Flows", "Hosts", "Users"}),
    ],
)
def test_the_navigation_shows_what_one_may_see(cast, who, shown, hidden):
    titles = set(_titles(getattr(cast, who)))
    assert shown <= titles
    assert not hidden & titles


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/flows/7/", "Flows"),
        ("/admin/", "Dashboard"),
        ("/alerts/", "Alerts"),
        ("/alerts/7/", "Alerts"),
        ("/alerts/noise/", "Noise report"),
        ("/admin/recipients/recipient/3/change/", "Recipients"),
    ],
)
def test_the_page_one_is_on_is_marked_and_no_other(cast, path, title):
    request = RequestFactory().get(path)
    request.user = cast.admin
    active = [
        item["title"] for group in sidebar(request) for item in group["items"] if item["active"]
    ]
    assert active == [title]


@pytest.mark.parametrize(
    ("who", "permission", "may"),
    [
        ("viewer", "monitoring.view_flow", True),
        ("viewer", "monitoring.change_host", False),
        ("viewer", "monitoring.view_apitoken", False),
        ("operator", "monitoring.change_host", True),
        ("operator", "monitoring.change_agent", False),
        ("operator", "alerts.change_alert", True),
        ("operator", "lua.change_script", True),
        ("viewer", "lua.change_script", False),
        ("viewer", "lua.view_script", True),
        ("operator", "auth.change_user", False),
    ],
)
def test_what_the_groups_may(cast, who, permission, may):
    assert getattr(cast, who).has_perm(permission) == may


def test_a_migration_restores_the_groups(cast):
    group = Group.objects.get(name="viewer")
    expected = set(group.permissions.all())
    group.permissions.set(Permission.objects.filter(codename="add_user"))
    make_groups()
    assert set(group.permissions.all()) == expected
