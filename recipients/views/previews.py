"""What a template makes, and what a silence hides, while one writes it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from alerts.models import Alert, AlertEvent, State
from monitoring.views.shell import page
from recipients import facts
from recipients.matchers import hold, parse_matchers
from recipients.rendering import sample_item, write
from recipients.snapshot import item_of
from recipients.windows import zone_of

#: So many of the newest engaged alerts are looked at, and so many shown.
_LOOKED_AT, _SHOWN = 2000, 8
_LONGEST = 20_000


@require_POST
@page("recipients.view_recipient")
def preview(request: HttpRequest) -> HttpResponse:
    """Return what a template makes of the newest alert, or why it makes nothing."""
    subject, body = (request.POST.get(f"{name}_template", "") for name in ("subject", "body"))
    zone = request.POST.get("zone", "") or "UTC"
    try:
        if len(subject) + len(body) > _LONGEST:
            raise ValueError(f"longer than {_LONGEST} characters")
        zone_of(zone)
        message = _message(subject, body, zone)
    except ValueError as error:
        return TemplateResponse(request, "recipients/preview.html", {"reason": str(error)})
    return TemplateResponse(request, "recipients/preview.html", {"message": message})


def _message(subject: str, body: str, zone: str) -> object:
    newest = AlertEvent.objects.filter(kind="engaged").order_by("-id")
    event = newest.select_related("alert__interface").first()
    now = timezone.now().isoformat()
    item = item_of(event, with_ntopng=False) if event else sample_item(first_seen=now, at=now)
    return write(
        [item],
        key="preview",
        reason="news",
        total=1,
        severity=item.severity,
        created_at=now,
        subject=subject,
        body=body,
        zone=zone,
    )


@require_POST
@page("recipients.view_silence")
def hidden(request: HttpRequest) -> HttpResponse:
    """Return which engaged alerts the conditions of a silence hide."""
    try:
        matchers = parse_matchers(request.POST.get("matchers", "")[:_LONGEST])
    except ValueError as error:
        return TemplateResponse(request, "recipients/hidden.html", {"reason": str(error)})
    engaged = Alert.objects.filter(state=State.ENGAGED).order_by("-id")
    looked_at = list(engaged.select_related("interface").defer("flows", "values")[:_LOOKED_AT])
    found = [
        alert
        for alert, labels in zip(looked_at, facts.labels_of_all(looked_at), strict=True)
        if hold(matchers, labels)
    ]
    context = {
        "alerts": found[:_SHOWN],
        "total": len(found),
        "engaged": len(looked_at),
        "is_partial": len(looked_at) == _LOOKED_AT,
    }
    return TemplateResponse(request, "recipients/hidden.html", context)
