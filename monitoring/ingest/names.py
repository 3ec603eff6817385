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
    wanted = {name: name[:80].replace("\0", "") for name in names.unique().to_list()}
    with _lock:
        known = _known[model]
        if missing := sorted(set(wanted.values()) - known.keys()):
            model.objects.bulk_create([model(name=n) for n in missing], ignore_conflicts=True)
            found = model.objects.filter(name__in=missing).values_list("name", "id")
            known.update(found)
    mapping = {name: known[short] for name, short in wanted.items()}
    return names.replace_strict(mapping, return_dtype=pl.Int16)


def forget() -> None:
    """Remember nothing, as after another database was chosen."""
    for known in _known.values():
        known.clear()
