"""From the tree to rows: SQL made of a table's constants, with parameters for all values."""

from __future__ import annotations

from typing import Any

from django.db import DataError, connection

from monitoring.patience import patiently
from ntopweb.ntopng.clauses.reading import Clauses, Condition, Selected
from ntopweb.ntopng.clauses.tables import Column, Table
from ntopweb.ntopng.envelope import INVALID_ARGUMENTS, Refused


def rows(
    table: Table, clauses: Clauses, within: str, values: list[Any], limit: int
) -> list[dict[str, Any]]:
    """Return the first rows as the clauses have them, by label.

    ``within`` is SQL of ours that every row fulfils (time, interface), ``values`` fill its places.
    """
    sql, parameters = statement(table, clauses, within, values, limit)
    try:
        with patiently(), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            found = cursor.fetchall()
    except DataError as error:
        raise Refused(INVALID_ARGUMENTS, "a number overflows") from error
    labels = [one.label for one in clauses.select]
    return [dict(zip(labels, row, strict=True)) for row in found]


def statement(
    table: Table, clauses: Clauses, within: str, values: list[Any], limit: int
) -> tuple[str, list[Any]]:
    """Return the SQL and its parameters."""
    selected = ", ".join(_selected(one) for one in clauses.select)
    parameters = [*table.values, *values]
    where = within
    if clauses.where is not None:
        where = f"{within} AND {_condition(clauses.where, parameters)}"
    sql = f"SELECT {selected} FROM {table.source} WHERE {where}"  # noqa: S608 (constants)
    if clauses.group:
        sql += f" GROUP BY {', '.join(dict.fromkeys(one.sql for one in clauses.group))}"
    return f"{sql} ORDER BY {_order(table, clauses)} LIMIT %s", [*parameters, limit]


def _selected(one: Selected) -> str:
    if one.column is None:
        return "count(*)"
    if not one.aggregate:
        return one.column.shown
    shown = f"{one.aggregate.lower()}({one.column.sql})"
    return f"host({shown})" if one.column.shown != one.column.sql and _keeps(one) else shown


def _keeps(one: Selected) -> bool:
    """Return whether an aggregate is of its column's kind."""
    return one.aggregate in ("MIN", "MAX")


def _condition(node: Condition, parameters: list[Any]) -> str:
    if node.column is None:
        parts = [_condition(part, parameters) for part in node.parts]
        return f"({f' {node.sign} '.join(parts)})"
    parameters.append(node.value)
    column = node.column.compared or node.column.sql
    return f"({column} {node.sign} %s::{node.column.kind.value})"


def _order(table: Table, clauses: Clauses) -> str:
    """Return what to order by; at last by all that is selected, so that rows have one order."""
    said = [
        f"{_place(one, clauses)} {'DESC' if is_down else 'ASC'} NULLS LAST"
        for one, is_down in clauses.order
    ]
    is_plain = not clauses.group and not any(one.aggregate for one in clauses.select)
    if is_plain:
        return ", ".join([*said, table.order])
    return ", ".join([*said, *(str(place + 1) for place in range(len(clauses.select)))])


def _place(one: Selected | Column, clauses: Clauses) -> str:
    if isinstance(one, Selected):
        return str(list(clauses.select).index(one) + 1)
    return one.sql
