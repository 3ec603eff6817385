"""What a box for a condition asks: the words of the language, and what is wrong with a text."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse

from checks.language import ConditionError, parse, to_sql
from checks.language.columns import columns_of
from checks.language.functions import FUNCTIONS
from checks.language.stored import COLUMNS
from checks.language.tree import Kind
from monitoring.views.shell import page

#: Conditions on flows that show what the language can do, each with what it asks.
EXAMPLES: Final = (
    ("Fast BitTorrent", "application = 'BitTorrent' AND bits_per_second > 1e7"),
    ("From a network to the outside", "in_network(client, '10.0.0.0/8') AND NOT is_local(server)"),
    ("Certificates of an issuer", "tls_issuer_dn ILIKE '%Let''s Encrypt%'"),
    ("At night", "hour('UTC') NOT BETWEEN 7 AND 19 AND bytes_to_server > 1e8"),
    ("Long names asked for", "length(dns_query) > 60"),
    ("Refused or unanswered", "connection_state IN ('S0', 'REJ', 'RSTOS0')"),
    ("Twice as much out as in", "bytes_to_server > 2 * bytes_to_client AND bytes_to_server > 1e7"),
)
_WORDS: Final = ("AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "ILIKE", "IS NULL", "IS NOT NULL")


@page("monitoring.view_flow")
def condition_words(request: HttpRequest) -> HttpResponse:
    """Return the columns of stored flows, the functions and the words of the language."""
    columns = [_column(column) for column in columns_of("flow").values() if _is_stored(column)]
    functions = [
        {"name": f"{name}(", "about": f"{one.usage} · {one.about}"}
        for name, one in FUNCTIONS.items()
    ]
    words = [{"name": word, "about": ""} for word in _WORDS]
    return JsonResponse({"words": [*columns, *functions, *words]})


def _is_stored(column: Any) -> bool:
    return column.name in COLUMNS


def _column(column: Any) -> dict[str, str]:
    values = ", ".join(word for word in column.words if word)
    about = values if column.kind is Kind.WORD else str(column.kind)
    return {"name": column.name, "about": about[:120]}


@page("monitoring.view_flow")
def condition_examples(request: HttpRequest) -> HttpResponse:
    """Return the examples as lines to choose from, and what can be made of the text in the URL."""
    text = request.GET.get("q", "")
    made = {"condition": text, "frame": "flow"}
    context = {
        "examples": EXAMPLES,
        "query": urlencode({**made, "reason": "From the flow explorer"}) if text.strip() else "",
    }
    return TemplateResponse(request, "checks/condition_examples.html", context)


@page("monitoring.view_flow")
def condition_check(request: HttpRequest) -> HttpResponse:
    """Return whether a text is a condition on stored flows, else why not and where in it."""
    text = request.GET.get("q", "")
    try:
        to_sql(parse(text, "flow"))
    except ConditionError as error:
        told = {"reason": error.pointed(text), "start": error.start, "end": error.end}
        return JsonResponse({"ok": False, **told})
    return JsonResponse({"ok": True})
