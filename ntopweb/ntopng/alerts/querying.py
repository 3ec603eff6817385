"""Alerts by ntopng's SQL-like clauses."""

from __future__ import annotations

from typing import Any, Final

from ntopweb.ntopng.asking import SYSTEM_INTERFACE, Asked, Endpoint, reads
from ntopweb.ntopng.clauses import reading, writing
from ntopweb.ntopng.clauses.alert_table import alert_table
from ntopweb.ntopng.clauses.tables import Table
from ntopweb.ntopng.families import family_of

#: Rows unless the caller says how many, and at most.
_ROWS: Final = 10
_MOST_ROWS: Final = 10_000


def rows_asked(asked: Asked) -> int:
    """Return how many rows ``maxhits_clause`` wants."""
    return asked.parameters.number("maxhits_clause", _ROWS, least=1, most=_MOST_ROWS)


def clauses_of(asked: Asked, table: Table) -> reading.Clauses:
    """Return the call's clauses; ``group_by`` and ``group_by_clause`` are the same."""
    parameters = asked.parameters
    return reading.read(
        table,
        parameters.text("select_clause", "*"),
        parameters.text("where_clause"),
        parameters.text("group_by_clause") or parameters.text("group_by"),
        parameters.text("order_by_clause") or parameters.text("order_by"),
    )


def queried(asked: Asked) -> list[dict[str, str]]:
    """Return the rows of a family as ntopng's database has them: all values text, NULL left out."""
    begin, end = asked.parameters.span(asked.now)
    family = family_of(asked.parameters.required("alert_family"))
    table = alert_table(family)
    where, values = _of_interface(asked, family)
    within = f"{where} AND a.last_seen >= %s AND a.first_seen <= %s"
    clauses = clauses_of(asked, table)
    found = writing.rows(table, clauses, within, [*values, begin, end], rows_asked(asked))
    return [{name: str(v) for name, v in row.items() if v is not None} for row in found]


def _of_interface(asked: Asked, family: str) -> tuple[str, list[Any]]:
    is_everything = asked.allowed is None
    if asked.parameters.text("ifid") == str(SYSTEM_INTERFACE) and is_everything:
        return "a.interface_id IS NULL", []
    of_platform = family in ("system", "user") and is_everything
    also = " OR a.interface_id IS NULL" if of_platform else ""
    return f"(a.interface_id = %s{also})", [asked.interface().pk]


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "get/alert/list/alerts": reads(queried, "alerts.view_alert"),
}
