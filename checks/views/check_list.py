"""Behavioural checks: tabs by family, a switch each, their values, search."""

from __future__ import annotations

from collections import Counter
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from checks.base import Category, Family
from checks.views.rows import Row, all_rows, row_of
from monitoring.views.shell import page, show

STATES: Final = {
    "": "Any state",
    "enabled": "Enabled",
    "disabled": "Disabled",
    "quarantined": "Quarantined",
}


@page("checks.view_checksetting")
def check_list(request: HttpRequest) -> HttpResponse:
    """Return the checks that the URL's filter leaves."""
    rows = all_rows()
    asked = {name: request.GET.get(name, "") for name in ("family", "state", "category", "search")}
    return show(
        request,
        "checks/checks.html",
        "Behavioural checks",
        rows=[row for row in rows if _fits(row, asked)],
        chosen=asked,
        families=_families(rows),
        states=STATES,
        categories=list(Category),
        counts=Counter(row.state for row in rows),
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
    tabs = [(str(family), f"{family.capitalize()}s", numbers[str(family)]) for family in Family]
    return [("", "All", len(rows)), *(tab for tab in tabs if tab[2])]


@require_POST
@page("checks.view_checksetting")
def switch(request: HttpRequest, key: str) -> HttpResponse:
    """Turn a check on or off, and return its row."""
    if not request.user.has_perm("checks.change_checksetting"):
        raise PermissionDenied
    if (row := row_of(key)) is None:
        raise Http404(f"There is no check {key!r}.")
    problem = ""
    try:
        row.setting.change(by=request.user, is_enabled=request.POST.get("is_enabled") == "on")
    except ValidationError as error:
        row.setting.refresh_from_db()
        problem = "; ".join(error.messages)
    context = {"row": row, "may_change": True, "problem": problem}
    return TemplateResponse(request, "checks/_row.html", context)
