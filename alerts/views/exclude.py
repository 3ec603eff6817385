"""From an alert to an exclusion in two clicks, with what it would have hidden."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from alerts.evidence import title_of
from alerts.exclusion_preview import Proposal, proposals
from alerts.models import Alert, FalseAlarm
from checks.models import Exclusion
from checks.settings_store import forget_runner
from monitoring.views.shell import page, show

#: How long an exclusion may hold: (name, words, time; None for ever).
TERMS: Final[tuple[tuple[str, str, timedelta | None], ...]] = (
    ("1d", "for a day", timedelta(days=1)),
    ("7d", "for a week", timedelta(days=7)),
    ("30d", "for 30 days", timedelta(days=30)),
    ("90d", "for 90 days", timedelta(days=90)),
    ("", "for ever", None),
)
_USUAL_TERM: Final = "90d"


@page("alerts.view_alert")
def exclude(request: HttpRequest, pk: int) -> HttpResponse:
    """Return what may be excluded of an alert; a POST excludes it."""
    if not request.user.has_perm("checks.add_exclusion"):
        raise PermissionDenied
    alert, now = get_object_or_404(Alert.objects.select_related("interface"), pk=pk), timezone.now()
    offers = proposals(alert, now)
    problem = ""
    if request.method == "POST":
        problem = _exclude(request, alert, offers, now)
        if not problem:
            return redirect("alert", pk=pk)
    return show(
        request,
        "alerts/exclude.html",
        f"Exclude: {title_of(alert.check_key)}",
        alert=alert,
        offers=[(offer, _admin_url(offer)) for offer in offers],
        terms=[(name, words) for name, words, _ in TERMS],
        chosen=_chosen(request, offers),
        usual_term=_USUAL_TERM,
        problem=problem,
    )


def _chosen(request: HttpRequest, offers: list[Proposal]) -> str:
    """Return the offer that is ticked: what was posted, else the narrowest that hides the alert."""
    names = [offer.name for offer in offers if offer.hides_it] or [offer.name for offer in offers]
    return request.POST.get("what") or next(iter(names), "")


def _exclude(request: HttpRequest, alert: Alert, offers: list[Proposal], now: datetime) -> str:
    """Make the chosen exclusion; return why not, "" when it was made."""
    chosen = next((o for o in offers if o.name == request.POST.get("what")), None)
    if chosen is None:
        return "Choose what to exclude."
    exclusion = Exclusion(
        **chosen.query,
        reason=request.POST.get("reason", "").strip() or f"False alarm {alert.pk}",
        owner=_user(request),
        expires_at=_expiry(request.POST.get("term", _USUAL_TERM), now),
    )
    try:
        exclusion.keep(by=request.user)
    except ValidationError as error:
        return " ".join(error.messages)
    if "is_false" in request.POST:
        FalseAlarm.objects.get_or_create(alert=alert, defaults={"by": _user(request)})
    forget_runner()
    messages.success(request, f"Excluded: {chosen.title}. In force within seconds.")
    return ""


def _user(request: HttpRequest) -> Any:
    return request.user


def _expiry(term: str, now: datetime) -> datetime | None:
    span = next((span for name, _, span in TERMS if name == term), TERMS[-2][2])
    return now + span if span else None


def _admin_url(offer: Proposal) -> str:
    """Return the whole form, filled with the offer."""
    fields = {name.removesuffix("_id"): value for name, value in offer.query.items()}
    return f"{reverse('admin:checks_exclusion_add')}?{urlencode(fields)}"
