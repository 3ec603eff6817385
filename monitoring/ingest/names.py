"""The small numbers that stand for applications and categories in ``flow``.

The numbers are of 16 bits and names come from agents, so that there is a bound on them: beyond it a
new name is numbered as :data:`OTHERS`. The row is stored all the same, under that name.
"""

from __future__ import annotations

import logging
import threading
from typing import Any, Final

import polars as pl
from django.db import connection, transaction

from monitoring.models import Application, Category

log = logging.getLogger(__name__)

#: The highest number that a new name gets; PostgreSQL's smallint ends at 32,767.
MOST: Final = 32_000
#: What stands for all names beyond them.
OTHERS: Final = "(too many names)"

_known: dict[type[Any], dict[str, int]] = {Application: {}, Category: {}}
_lock = threading.Lock()


def numbers(names: pl.Series, model: Any) -> pl.Series:
    """Return each name's number, making those that are new; names are cut at 80 characters.

    A name for which no number is left has that of ``OTHERS``.
    Call it outside the rows' transaction: a number that a process remembers is never rolled back.
    """
    wanted = {name: name[:80].replace("\0", "") for name in names.unique().to_list()}
    with _lock:
        known = _known[model]
        if missing := sorted(set(wanted.values()) - known.keys()):
            known.update(_found(model, missing))
        if missing := [name for name in missing if name not in known]:
            known.update(_made(model, missing))
        mapping = {name: known.get(short, known.get(OTHERS)) for name, short in wanted.items()}
    return names.replace_strict(mapping, return_dtype=pl.Int16)


def _found(model: Any, names: list[str]) -> dict[str, int]:
    return dict(model.objects.filter(name__in=names).values_list("name", "id"))


def _made(model: Any, names: list[str]) -> dict[str, int]:
    """Make as many names as there is room for, one process at a time; return their numbers.

    A row that is refused as a duplicate would use up a number, so none is tried.
    """
    table = model._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"ntopweb.names.{table}"])
        found = _found(model, [*names, OTHERS])  # another process may have been first
        new = [name for name in names if name not in found]
        chosen = new[: _room(cursor, table)]
        if len(chosen) < len(new):
            log.warning("%s: no number is left for %d new names", table, len(new) - len(chosen))
            chosen += [] if OTHERS in found else [OTHERS]
        model.objects.bulk_create([model(name=name) for name in chosen])
        return found | _found(model, chosen)


def _room(cursor: Any, table: str) -> int:
    sequence = "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass)"
    cursor.execute(sequence, [table])
    return max(0, MOST - int(cursor.fetchone()[0] or 0))


def forget() -> None:
    """Remember nothing, as after another database was chosen."""
    for known in _known.values():
        known.clear()
