"""Behavioural checks: tabs by family, a switch each, their values and cost, many at once."""

from __future__ import annotations

from collections import Counter
from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from checks import exchange
from checks.base import Category
from checks.models import CheckSetting
from checks.settings_store import forget_runner
from checks.views.rows import Row, all_rows, row_of
from monitoring.views.shell import page, show

STATES: Final = {
    "": "All",
    "enabled": "Enabled",
    "disabled": "Disabled",
    "quarantined": "Quarantined",
}
#: Reasons that the refusal of a file names.
_TOLD: Final = 10
#: The tabs, as operators know them: a family, or what checks of a later source will stand under.
TABS: Final = {
    "": "All",
    "flow": "Flow",
    "host": "Host",
    "interface": "Interface",
    "network": "Network",
    "snmp": "SNMP",
    "system": "System",
    "syslog": "Syslog",
    "active_monitoring": "Active monitoring",
}


@page("checks.view_checksetting")
def check_list(request: HttpRequest) -> HttpResponse:
    """Return the checks that the URL's filter leaves."""
    rows = all_rows()
    asked = {name: request.GET.get(name, "") for name in ("family", "state", "category", "search")}
    in_tab = [row for row in rows if asked["family"] in ("", row.kind.family)]
    states = Counter(row.state for row in in_tab)
    return show(
        request,
        "checks/checks.html",
        "Behavioural checks",
        rows=[row for row in rows if _fits(row, asked)],
        chosen=asked,
        families=_families(rows),
        states=[
            (key, label, states[key] if key else len(in_tab))
            for key, label in STATES.items()
            if key != "quarantined" or states[key]
        ],
        categories=list(Category),
        may_change=request.user.has_perm("checks.change_checksetting"),
    )


def _fits(row: Row, asked: dict[str, str]) -> bool:
    return (
        asked["family"] in ("", row.kind.family)
        and asked["state"] in ("", row.state)
        and asked["category"] in ("", row.kind.category)
        and row.mentions(asked["search"])
    )


def _families(rows: list[Row]) -> list[tuple[str, str, int]]:
    """Return (name in the URL, label, number of checks) of the tabs."""
    numbers = Counter(str(row.kind.family) for row in rows)
    return [(tab, label, numbers[tab] if tab else len(rows)) for tab, label in TABS.items()]


def _require_change(request: HttpRequest) -> None:
    if not request.user.has_perm("checks.change_checksetting"):
        raise PermissionDenied


@require_POST
@page("checks.view_checksetting")
def switch(request: HttpRequest, key: str) -> HttpResponse:
    """Turn a check on or off, and return its row."""
    _require_change(request)
    if (row := row_of(key)) is None:
        raise Http404(f"There is no check {key!r}.")
    problem = ""
    try:
        row.setting.change(by=request.user, is_enabled=request.POST.get("is_enabled") == "on")
    except ValidationError as error:
        row.setting.refresh_from_db()
        problem = "; ".join(error.messages)
    forget_runner()
    context = {"row": row, "may_change": True, "problem": problem}
    return TemplateResponse(request, "checks/_row.html", context)


@require_POST
@page("checks.view_checksetting")
def switch_many(request: HttpRequest) -> HttpResponse:
    """Turn the chosen checks on or off, and return to the list."""
    _require_change(request)
    is_enabled = request.POST.get("action") == "enable"
    chosen = CheckSetting.objects.filter(key__in=request.POST.getlist("key"))
    refused = []
    for setting in chosen:
        try:
            setting.change(by=request.user, is_enabled=is_enabled)
        except ValidationError as error:
            refused.append(f"{setting}: {'; '.join(error.messages)}")
    forget_runner()
    done = f"{len(chosen) - len(refused)} checks {'enabled' if is_enabled else 'disabled'}."
    messages.success(request, f"{done} In force within seconds.")
    for reason in refused:
        messages.error(request, reason)
    return redirect(f"{request.POST.get('back') or '/checks/'}" if _is_ours(request) else "checks")


def _is_ours(request: HttpRequest) -> bool:
    """Return whether the page to return to is the list itself."""
    return request.POST.get("back", "").startswith("/checks/?")


@page("checks.view_checksetting")
def export(request: HttpRequest) -> HttpResponse:
    """Return settings, overrides and rules as a YAML file."""
    answer = HttpResponse(exchange.dump(), content_type="application/yaml; charset=utf-8")
    name = f"ntopweb-checks-{timezone.now():%Y-%m-%d}.yaml"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_POST
@page("checks.view_checksetting")
def load(request: HttpRequest) -> HttpResponse:
    """Apply an uploaded YAML file as a whole, or say what is wrong with it."""
    needed = ("checks.change_checksetting", "checks.change_userrule", "checks.change_override")
    if not request.user.has_perms(needed):
        raise PermissionDenied
    upload = request.FILES.get("file")
    try:
        text = upload.read().decode() if upload else ""
        count = exchange.load(text, request.user)
        messages.success(request, f"{count} entries applied; in force within seconds.")
    except exchange.ExchangeError as error:
        told, more = error.reasons[:_TOLD], len(error.reasons) - _TOLD
        messages.error(
            request, "Nothing was changed: the file is applied as a whole or not at all."
        )
        for reason in [*told, *([f"and {more} more"] if more > 0 else [])]:
            messages.error(request, reason)
    except UnicodeDecodeError:
        messages.error(request, "Nothing was changed. The file is no text in UTF-8.")
    forget_runner()
    return redirect("checks")
