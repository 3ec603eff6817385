"""Attacks, one script each: ``python -m tests.traffic.attacks.port_scan FILE --count 500``.

A module has ``packets``, a pure function of the family (4 or 6) and its own parameters, and
``EXPECTED``: the keys of the checks that its capture raises when all are on, no more and no less
(``EXPECTED_4`` more over IPv4). ``BELOW`` are parameters under a threshold, ``EXPECTED_BELOW`` what
these raise, nothing where it is not given. ``FAMILIES`` is there where not both make sense.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from capture_agent.demonstration.conversation import Packet
from tests.traffic.script import Make

#: Modules of this folder that are no attacks.
_OTHER = {"stage"}


@dataclass(frozen=True)
class Attack:
    """One capture and the checks it raises."""

    name: str
    make: Make
    family: int
    parameters: Mapping[str, Any]
    expected: frozenset[str]

    def packets(self) -> list[Packet]:
        """Return the attack's packets."""
        return self.make(family=self.family, **self.parameters)

    def __str__(self) -> str:
        given = ",".join(f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.name}/{self.family}" + (f"[{given}]" if given else "")


def attacks() -> list[Attack]:
    """Return every attack, over each family, above and below its threshold."""
    names = [entry.name for entry in pkgutil.iter_modules(__path__)]
    modules = {name: import_module(f"{__name__}.{name}") for name in names if _is_attack(name)}
    return [attack for name, module in modules.items() for attack in _of(name, module)]


def _is_attack(name: str) -> bool:
    return name not in _OTHER and not name.startswith("test_")


def _of(name: str, module: Any) -> list[Attack]:
    found = []
    for family in getattr(module, "FAMILIES", (4, 6)):
        more = getattr(module, f"EXPECTED_{family}", frozenset())
        found.append(Attack(name, module.packets, family, {}, module.EXPECTED | more))
        if hasattr(module, "BELOW"):
            expected = getattr(module, "EXPECTED_BELOW", frozenset())
            found.append(Attack(name, module.packets, family, module.BELOW, expected))
    return found
