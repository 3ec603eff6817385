"""Alerts as they are now: the list, which renews itself, and what is done to several at once."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from alerts import actions
from alerts.chosen import STATES, AlertFilter, with_comments
from alerts.evidence import title_of
from alerts.live.messages import last_event
from alerts.models import Alert, State
from alerts.severity import Severity
from checks.base import Family
from monitoring.history.keyset import BadCursor, Keyset, Page, read_page, rows_of
from monitoring.views.csv import csv_of, wants_csv
from monitoring.views.shell import Looking, page, show

_ROWS: Final = 50
_STATES: Final = {
    "open": "Open",
    "engaged": "Engaged",
    "acknowledged": "Acknowledged",
    "released": "Released",
    "all": "All",
}
_ORDERINGS: Final = {
    "-id": ("Newest", ("id",)),
    "-score": ("Score", ("score", "id")),
    "-count": ("Count", ("count", "id")),
    "-last_seen": ("Last seen", ("last_seen", "id")),
}
#: Columns of the CSV file, and where they are.
_CSV: Final = {
    "id": "id",
    "check": "check_key",
    "family": "family",
    "severity": "severity",
    "score": "score",
    "state": "state",
    "entity": "entity",
    "message": "message",
    "client": "client",
    "server": "server",
    "server_port": "server_port",
    "vlan": "vlan",
    "attacker": "attacker",
    "victim": "victim",
    "attack": "attack",
    "count": "count",
    "first_seen": "first_seen",
    "last_seen": "last_seen",
    "engaged_at": "engaged_at",
    "released_at": "released_at",
    "acknowledged_at": "acknowledged_at",
}
_SEVERITIES: Final = [str(severity) for severity in reversed(Severity) if severity.rank]


@page("alerts.view_alert")
def alert_list(request: HttpRequest) -> HttpResponse:
    """Return the alerts that the URL's filter leaves."""
    looking = Looking.of(request)
    chosen = _choice(request)
    wanted = AlertFilter(
        check=chosen["check"],
        family=chosen["family"],
        state=chosen["state"] if chosen["state"] in STATES else "",
        severity=chosen["severity"],
        search=chosen["search"],
        interfaces=looking.interface_ids,
    )
    if wants_csv(request):
        ordered = wanted.narrow(Alert.objects.all()).order_by(chosen["ordering"], "-id")
        return csv_of("alerts", ordered.iterator(), _CSV)
    return show(
        request,
        "alerts/alerts.html",
        "Alerts",
        part="alerts/alerts_part.html",
        looking=looking,
        page=_found(request, wanted, chosen["ordering"]),
        chosen=chosen,
        states=_STATES,
        orderings={name: label for name, (label, _) in _ORDERINGS.items()},
        severities=_SEVERITIES,
        checks=_engaged_checks(),
        last=last_event(),
        is_first="cursor" not in request.GET,
        is_narrowed=any(chosen[name] for name in ("family", "severity", "check", "search")),
        may_act=request.user.has_perm(actions.PERMISSION),
        **_counts(looking),
    )


def _choice(request: HttpRequest) -> dict[str, str]:
    """Return what the URL asks for; a wrong value is as none."""
    families = [str(family) for family in Family]
    asked = request.GET
    return {
        "state": _one_of(asked.get("state", "open"), _STATES, "open"),
        "family": _one_of(asked.get("family", ""), families, ""),
        "severity": _one_of(asked.get("severity", ""), _SEVERITIES, ""),
        "check": asked.get("check", "")[:100].replace("\0", ""),
        "search": asked.get("search", "")[:200].replace("\0", ""),
        "ordering": _one_of(asked.get("ordering", ""), _ORDERINGS, "-id"),
    }


def _one_of(value: str, known: Any, default: str) -> str:
    return value if value in known else default


def _found(request: HttpRequest, wanted: AlertFilter, ordering: str) -> Page[Alert]:
    rows = rows_of(wanted.narrow(with_comments(Alert.objects.all())))
    keyset = Keyset(ordering, _ORDERINGS[ordering][1])
    try:
        return read_page(rows, keyset, _ROWS, request.GET.get("cursor", ""))
    except BadCursor:
        return Page([], None, None)


def _counts(looking: Looking) -> dict[str, Any]:
    """Return how many alerts are open, by severity and by family."""
    rows = Alert.objects.filter(state=State.ENGAGED)
    if looking.interface:
        rows = rows.filter(interface=looking.interface)
    is_open = Count("id", filter=Q(acknowledged_at__isnull=True))
    counted = list(rows.values("severity", "family").annotate(total=Count("id"), open=is_open))
    by_severity = dict.fromkeys(_SEVERITIES, 0)
    by_family: dict[str, int] = {str(family): 0 for family in Family}
    for row in counted:
        by_severity[row["severity"]] = by_severity.get(row["severity"], 0) + row["total"]
        by_family[row["family"]] = by_family.get(row["family"], 0) + row["total"]
    return {
        "engaged": sum(row["total"] for row in counted),
        "open": sum(row["open"] for row in counted),
        "by_severity": by_severity,
        "by_family": by_family,
    }


def _engaged_checks() -> list[tuple[str, str]]:
    """Return key and title of the checks that have engaged alerts, by title."""
    keys = Alert.objects.filter(state=State.ENGAGED).values_list("check_key", flat=True).distinct()
    return sorted(((key, title_of(key)) for key in keys), key=lambda pair: pair[1].lower())


@require_POST
@page(actions.PERMISSION)
def act_on_many(request: HttpRequest) -> HttpResponse:
    """Acknowledge or release the alerts that are ticked, and return to the list."""
    ids = [int(value) for value in request.POST.getlist("alert") if value.isdecimal()][:1000]
    now = timezone.now()
    if request.POST.get("action") == "release":
        changed, verb = actions.release(request.user, ids, now), "released"
    else:
        changed, verb = actions.acknowledge(request.user, ids, now), "acknowledged"
    noun = "alert is" if len(changed) == 1 else "alerts are"
    messages.success(request, f"{len(changed)} {noun} {verb}.")
    return redirect(safe_next(request))


def safe_next(request: HttpRequest) -> str:
    """Return the page of ours that the form came from, or the list."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if is_ours else "alerts"
