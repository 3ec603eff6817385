"""The small numbers that stand for applications and categories in ``flow``."""

from __future__ import annotations

import threading
from typing import Any

import polars as pl

from monitoring.models import Application, Category

_known: dict[type[Any], dict[str, int]] = {Application: {}, Category: {}}
_lock = threading.Lock()


def numbers(names: pl.Series, model: Any) -> pl.Series:
    """Return each name's number, making those that are new; names are cut at 80 characters.

    Call it outside the rows' transaction: a number that a process remembers is never rolled back.
    """
    short = names.str.slice(0, 80).str.replace_all("\0", "", literal=True)
    wanted = short.unique().to_list()
    with _lock:
        known = _known[model]
        if missing := sorted(set(wanted) - known.keys()):
            model.objects.bulk_create([model(name=n) for n in missing], ignore_conflicts=True)
            found = model.objects.filter(name__in=missing).values_list("name", "id")
            known.update(found)
    mapping = {name: known[name] for name in wanted}
    return short.replace_strict(mapping, return_dtype=pl.Int16)


def forget() -> None:
    """Remember nothing, as after another database was chosen."""
    for known in _known.values():
        known.clear()
