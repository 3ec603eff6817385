"""The one search box: hosts, MACs, applications, alerts, checks, interfaces, agents and pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from alerts.chosen import AlertFilter
from alerts.evidence import title_of
from alerts.models import Alert
from checks.models import CheckSetting
from checks.registry import discover
from checks.views.rows import described
from monitoring.history.addresses import parse_place, within
from monitoring.models import Agent, Application, Host, Interface
from monitoring.views.shell import show
from ntopweb.navigation import sidebar

#: Hits of a kind in the list below the box, and on the page of its own.
_FEW, _MANY = 5, 25
_LONGEST: Final = 100


class Hit(NamedTuple):
    """Something that was found: its name, what is to be said of it, and where it is."""

    title: str
    about: str
    url: str


class Group(NamedTuple):
    """Hits of a kind."""

    title: str
    icon: str
    hits: list[Hit]


def search(request: HttpRequest) -> HttpResponse:
    """Return what was found; for htmx the list below the box, else a page of its own."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:_LONGEST]
    below = bool(getattr(request, "htmx", False))
    groups = find(text, request, _FEW if below else _MANY) if text else []
    context: dict[str, Any] = {"text": text, "groups": groups}
    if below:
        return TemplateResponse(request, "ntopweb/found.html", context)
    return show(request, "ntopweb/search.html", "Search", **context)


def find(text: str, request: HttpRequest, limit: int) -> list[Group]:
    """Return what the user may see of all that the text names, most likely kinds first."""
    found = []
    for title, icon, permission, seek in _KINDS:
        if request.user.has_perm(permission) and (hits := list(seek(text, limit))):
            found.append(Group(title, icon, hits))
    pages = [hit for hit in _pages(request) if text.lower() in hit.title.lower()]
    return [*found, Group("Pages", "web", pages[:limit])] if pages else found


def _hosts(text: str, limit: int) -> Iterable[Hit]:
    hosts = Host.objects.filter(_about_host(text)).select_related("interface")
    for host in hosts.order_by("-last_seen")[:limit]:
        about = [host.address if host.name else "", host.mac_vendor or host.mac]
        yield Hit(
            host.name or str(host),
            " · ".join(filter(None, [*about, host.interface.name])),
            reverse("host", args=[host.pk]),
        )


def _about_host(text: str) -> Q:
    try:
        return within("address", text)
    except ValueError:
        named = Q(name__icontains=text) | Q(mac__icontains=text) | Q(mac_vendor__icontains=text)
        # Part of an address, as it is typed.
        return named | Q(address__startswith=text) if _may_be_address(text) else named


def _may_be_address(text: str) -> bool:
    return all(sign in "0123456789abcdefABCDEF.:" for sign in text)


def _flows(text: str, limit: int) -> Iterable[Hit]:
    try:
        place = str(parse_place(text))
    except ValueError:
        return
    query = urlencode({"search": place})
    yield Hit(f"Flows of {place}", "live and recent", f"{reverse('flows')}?{query}")


def _applications(text: str, limit: int) -> Iterable[Hit]:
    names = Application.objects.filter(name__icontains=text).order_by("name")
    for name in names.values_list("name", flat=True)[:limit]:
        query = urlencode({"application": name})
        yield Hit(name, "flows of this application", f"{reverse('flows')}?{query}")


def _alerts(text: str, limit: int) -> Iterable[Hit]:
    alerts = AlertFilter(search=text).narrow(Alert.objects.all())
    for alert in alerts.order_by("state", "-id")[:limit]:
        about = f"{alert.state} · {alert.message}"
        yield Hit(title_of(alert.check_key), about, reverse("alert", args=[alert.pk]))


def _checks(text: str, limit: int) -> Iterable[Hit]:
    word = text.lower()
    kinds = sorted(discover().values(), key=lambda kind: kind.title)
    named = [kind for kind in kinds if word in f"{kind.title} {kind.key} {kind.attack}".lower()]
    changed = dict(CheckSetting.objects.values_list("key", "parameters"))
    for kind in named[:limit]:
        yield Hit(
            kind.title,
            described(kind, changed.get(kind.key, {})),
            reverse("check", args=[kind.key]),
        )


def _interfaces(text: str, limit: int) -> Iterable[Hit]:
    for one in Interface.objects.filter(name__icontains=text).select_related("agent")[:limit]:
        yield Hit(one.name, f"{one.kind} · {one.agent.name}", reverse("interface", args=[one.pk]))


def _agents(text: str, limit: int) -> Iterable[Hit]:
    for one in Agent.objects.filter(name__icontains=text)[:limit]:
        yield Hit(one.name, "agent", reverse("agents"))


def _pages(request: HttpRequest) -> Iterable[Hit]:
    for group in sidebar(request):
        for item in group["items"]:
            yield Hit(item["title"], group["title"], item["link"])


_Seek = Callable[[str, int], Iterable[Hit]]
#: Title, icon, the permission that it takes, and what finds it.
_KINDS: Final[tuple[tuple[str, str, str, _Seek], ...]] = (
    ("Hosts", "devices", "monitoring.view_host", _hosts),
    ("Flows", "sync_alt", "monitoring.view_flow", _flows),
    ("Applications", "apps", "monitoring.view_flow", _applications),
    ("Checks", "rule", "checks.view_checksetting", _checks),
    ("Alerts", "notifications_active", "alerts.view_alert", _alerts),
    ("Interfaces", "settings_ethernet", "monitoring.view_interface", _interfaces),
    ("Agents", "sensors", "monitoring.view_agent", _agents),
)

#: For every user of the pages; what they find is what they may see.
page: Any = admin.site.admin_view(search)
