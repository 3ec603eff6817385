"""nDPI's numbers of applications and categories, as nDPI 5.0 gives them."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

_FOLDER: Final = Path(__file__).parent


class Application(NamedTuple):
    """One of nDPI's protocols."""

    id: int
    name: str
    category: int
    breed: str


@cache
def applications() -> dict[str, Application]:
    """Return nDPI's applications by name."""
    rows = _rows("applications.csv")
    found = (Application(int(r["id"]), r["name"], int(r["category"]), r["breed"]) for r in rows)
    return {one.name: one for one in found}


@cache
def categories() -> dict[str, int]:
    """Return nDPI's categories by name."""
    return {row["name"]: int(row["id"]) for row in _rows("categories.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open() as file:
        return list(csv.DictReader(file))


def numbers_of(name: str) -> tuple[int, int]:
    """Return the numbers of master and application of a name as "TLS.Google"; 0 for unknown.

    A name of one part is master and application alike.
    """
    master, _, application = name.partition(".")
    known = applications()
    first = known[master].id if master in known else 0
    return first, known[application].id if application in known else first


def breed_of(name: str) -> str:
    """Return nDPI's breed of an application's name, "Unrated" for an unknown one."""
    master, _, application = name.partition(".")
    known = applications().get(application or master) or applications().get(master)
    return known.breed if known else "Unrated"


def category_of(name: str) -> str:
    """Return the name of an application's category by nDPI, "Unspecified" for an unknown one."""
    master, _, application = name.partition(".")
    known = applications().get(application or master) or applications().get(master)
    number = known.category if known else 0
    return next((one for one, own in categories().items() if own == number), "Unspecified")
