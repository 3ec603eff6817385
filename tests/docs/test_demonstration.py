"""docs/demonstration.md tells what the demonstration does."""

from __future__ import annotations

from capture_agent.demonstration.cast import MACHINES
from capture_agent.demonstration.misbehaviour import KINDS
from capture_agent.demonstration.packets import Endpoint
from tests.docs.pages import page, rows

NAMES = {machine.at(v).address: machine.name for machine in MACHINES.values() for v in (4, 6)}


def name(end: Endpoint | list[Endpoint]) -> str:
    if isinstance(end, list):
        return f"{len(end)} addresses"
    return NAMES.get(end.address, end.address)


def test_every_misbehaviour_stands_in_the_order_of_time() -> None:
    expected = [
        [
            f"{kind.at} s",
            kind.title,
            name(kind.client),
            name(kind.server),
            ", ".join(f"`{key}`" for key in kind.raises) or "for the checks of behaviour",
        ]
        for kind in sorted(KINDS, key=lambda kind: kind.at)
    ]
    assert [row for row in rows(page("demonstration.md")) if len(row) == 5] == expected
