"""The ledger: what was received and what became of it, with totals."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from monitoring import overflow
from monitoring.history.keyset import BadCursor, Keyset, Page, read_page, rows_of
from monitoring.history.ledger import totals
from monitoring.models import LedgerLine, Overflow
from monitoring.views.shell import Looking, page, show

_ROWS = 50
_KINDS = {"": "All frames", "flow": "Flows", "host": "Hosts", "interface": "Interfaces"}


@page("monitoring.view_ledgerline")
def ledger(request: HttpRequest) -> HttpResponse:
    """Return the lines of the chosen time, newest first, and their sums."""
    looking = Looking.of(request)
    lines = _chosen(request, looking)
    keyset = Keyset("-id", ("id",))
    try:
        found = read_page(rows_of(lines), keyset, _ROWS, request.GET.get("cursor", ""))
    except BadCursor:
        found = Page([], None, None)
    return show(
        request,
        "monitoring/ledger.html",
        "Ledger",
        part="monitoring/ledger_table.html",
        looking=looking,
        page=found,
        totals=totals(lines),
        over=overflow.by_bound(_over(looking)),
        frames=_KINDS
        | {"application": "Applications", "l2": "L2", "industrial": "Industrial messages"},
        frame=request.GET.get("frame", ""),
        refused=request.GET.get("refused", ""),
        is_first="cursor" not in request.GET,
        is_live=looking.is_live and "cursor" not in request.GET,
    )


def _chosen(request: HttpRequest, looking: Looking) -> QuerySet[LedgerLine]:
    lines = LedgerLine.objects.select_related("agent", "interface")
    lines = lines.filter(received_at__gte=looking.window.since)
    if not looking.is_live:
        lines = lines.filter(received_at__lte=looking.window.until)
    if looking.interface:
        lines = lines.filter(interface=looking.interface)
    if frame := request.GET.get("frame"):
        lines = lines.filter(frame=frame)
    return lines.filter(refused__gt=0) if request.GET.get("refused") else lines


def _over(looking: Looking) -> QuerySet[Overflow]:
    """Return what found no place within the bounds, in the chosen time."""
    until = None if looking.is_live else looking.window.until
    found = overflow.noted(looking.window.since, until)
    return found.filter(interface=looking.interface) if looking.interface else found
