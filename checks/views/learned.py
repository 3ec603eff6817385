"""What was learned of the network: allow it, deny it, forget it; when learning began, and anew."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from checks.learning.memory import KEPT
from checks.models import Kind, Learned, Learning, Verdict
from monitoring.views.shell import page, show

_PER_PAGE: Final = 50
#: What may be said of a thing; "forget" takes it away, so that it is new when it is seen again.
_FORGET: Final = "forget"
_MAY: Final = "checks.change_learned"


@page("checks.view_learned")
def learned(request: HttpRequest) -> HttpResponse:
    """Return the things of one kind, the latest first."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in Kind.values else str(Kind.SERVICE)
    verdict, search = request.GET.get("verdict", "any"), request.GET.get("search", "")
    things = Learned.objects.filter(kind=kind).select_related("interface", "decided_by")
    if verdict in Verdict.values:
        things = things.filter(verdict=verdict)
    if search:
        things = things.filter(name__icontains=search)
    return show(
        request,
        "checks/learned.html",
        "What was learned",
        things=Paginator(things, _PER_PAGE).get_page(request.GET.get("page")),
        kinds=_kinds(),
        chosen={"kind": kind, "verdict": verdict, "search": search},
        verdicts=[("any", "Any verdict"), *Verdict.choices],
        periods=Learning.objects.filter(kind=kind).select_related("interface"),
        may_change=request.user.has_perm(_MAY),
        days_kept=KEPT.days,
    )


def _kinds() -> list[tuple[str, str, int]]:
    """Return (name in the URL, label, number of things) of the tabs."""
    counted = Learned.objects.order_by().values_list("kind").annotate(Count("id"))
    numbers = dict(counted)
    return [(value, str(label), numbers.get(value, 0)) for value, label in Kind.choices]


@require_POST
@page("checks.view_learned")
def decide(request: HttpRequest) -> HttpResponse:
    """Set the verdict of the chosen things, or forget them."""
    _refuse_who_may_not(request)
    said = request.POST.get("verdict", "")
    chosen = Learned.objects.filter(pk__in=[pk for pk in _chosen(request) if pk.isdecimal()])
    if not _chosen(request):
        messages.error(request, "Nothing was ticked: tick the rows first.")
    elif said == _FORGET:
        count, _ = chosen.delete()
        messages.success(request, f"{count} forgotten.")
    elif said in Verdict.values:
        told: dict[str, Any] = {"decided_at": timezone.now(), "decided_by": request.user}
        count = chosen.update(verdict=said, **told)
        messages.success(request, f"{count} {Verdict(said).label.lower()}.")
    else:
        messages.error(request, f"verdict: {said!r} is none.")
    return redirect(_back(request))


@require_POST
@page("checks.view_learned")
def learn_anew(request: HttpRequest) -> HttpResponse:
    """Begin the learning of a kind anew: what is seen from now on is learned, verdicts stay."""
    _refuse_who_may_not(request)
    kind = request.POST.get("kind", "")
    if kind in Kind.values:
        Learning.objects.filter(kind=kind).delete()
        Learned.objects.filter(kind=kind, verdict=Verdict.UNSAID).delete()
        messages.success(request, f"{Kind(kind).label}: learning begins anew.")
    return redirect(_back(request))


def _chosen(request: HttpRequest) -> list[str]:
    return request.POST.getlist("thing")[:1_000]


def _refuse_who_may_not(request: HttpRequest) -> None:
    if not request.user.has_perm(_MAY):
        raise PermissionDenied


def _back(request: HttpRequest) -> str:
    kind = request.POST.get("kind", "")
    return f"{reverse('learned')}?kind={kind}" if kind in Kind.values else reverse("learned")
