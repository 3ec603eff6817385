"""One alert: evidence, timeline, sample flows, and what is done about it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from alerts import actions
from alerts.chosen import AlertFilter, with_comments
from alerts.evidence import check_of, compared, title_of
from alerts.models import Alert, Watermark
from alerts.plan import CLOCK_FRAMES
from alerts.views.alert_band import has_band
from checks.models import CheckSetting
from checks.views.rows import described
from monitoring.views.shell import page, show

#: The timeline shows so many of its newest lines.
_LINES = 100
#: A live interface is heard of every five seconds; after so long it counts as silent.
_SILENCE = timedelta(minutes=1)


@page("alerts.view_alert")
def alert_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the page of one alert."""
    alert = get_object_or_404(with_comments(Alert.objects.all()), pk=pk)
    return show(
        request,
        "alerts/alert.html",
        title_of(alert.check_key),
        part="alerts/alert_body.html",
        alert=alert,
        check=check_of(alert.check_key),
        looks_for=_looks_for(alert.check_key),
        compared=compared(alert),
        has_band=has_band(alert),
        timeline=alert.events.select_related("user").order_by("-id")[:_LINES],
        silent_since=_silent_since(alert, timezone.now()),
        others=_others(alert),
        may_act=request.user.has_perm(actions.PERMISSION),
    )


def _looks_for(key: str) -> str:
    """Return what a check fires on, with its present values; "" for one that is not known."""
    if (kind := check_of(key)) is None:
        return ""
    setting = CheckSetting.objects.filter(key=key).first()
    return described(kind, setting.parameters if setting else {})


def _silent_since(alert: Alert, now: datetime) -> datetime | None:
    """Return since when an engaged alert's interface says nothing: then nothing releases it."""
    mark = Watermark.objects.filter(interface=alert.interface_id).first()
    if not alert.is_engaged or alert.frame in CLOCK_FRAMES or mark is None:
        return None
    return mark.heard_at if now - mark.heard_at > _SILENCE else None


def _others(alert: Alert) -> list[Alert]:
    """Return engaged alerts about the same host, or about the same thing that is none."""
    hosts = [host for host in (alert.attacker, alert.client) if host]
    others = Alert.objects.exclude(pk=alert.pk)
    if not hosts:
        others = others.filter(entity=alert.entity, interface=alert.interface)
    found = AlertFilter(state="engaged", host=hosts[0] if hosts else "").narrow(others)
    return list(found.order_by("-score", "-id")[:6])


@require_POST
@page(actions.PERMISSION)
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Acknowledge, comment or release, and return to the alert."""
    alert = get_object_or_404(Alert, pk=pk)
    now, said = timezone.now(), request.POST.get("comment", "")
    action = request.POST.get("action", "")
    try:
        if action == "acknowledge":
            actions.acknowledge(request.user, [alert.pk], now, said)
        elif action == "release":
            if said.strip():
                actions.comment(request.user, [alert.pk], now, said)
            actions.release(request.user, [alert.pk], now)
        else:
            actions.comment(request.user, [alert.pk], now, said)
    except ValueError as error:
        messages.error(request, str(error).capitalize())
    return redirect("alert", pk=pk)
