"""Countries beyond the border: a map, and what was exchanged with each."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from monitoring.history.conversations import countries
from monitoring.views.shell import Looking, page, show


@page("monitoring.view_interface")
def country_list(request: HttpRequest) -> HttpResponse:
    """Return the countries of the chosen time, most traffic first."""
    looking = Looking.of(request)
    rows = countries(looking.window)
    return show(
        request,
        "monitoring/countries.html",
        "Countries",
        part="monitoring/countries_table.html",
        looking=looking,
        rows=rows,
        most=rows[0].sums.bytes if rows else 0,
    )
