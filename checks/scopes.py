"""Where other settings of a check hold: a host pool, a network, an interface.

Each scope is a variant of the check of its own, which looks only at rows that lie in the scope and
in none that counts more. All variants are evaluated in the runner's one select.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from ipaddress import ip_network
from operator import or_
from typing import TypeVar

import polars as pl

from checks.exclusions import lies_in
from checks.frames import FRAMES

_T = TypeVar("_T")


@dataclass(frozen=True)
class Scope:
    """One of a pool's number, a network and an interface's number; the others are empty."""

    pool: int | None = None
    network: str = ""
    interface: int | None = None

    @property
    def kind(self) -> str:
        """Return "pool", "network" or "interface"."""
        return "pool" if self.pool else "network" if self.network else "interface"

    @property
    def rank(self) -> tuple[int, int]:
        """Return what orders scopes: that which counts more is greater."""
        if self.pool:
            return 2, 0
        if not self.network:
            return 0, 0
        network = ip_network(self.network, strict=False)
        return 1, network.prefixlen + (96 if network.version == 4 else 0)

    def fits(self, frame: str) -> bool:
        """Return whether rows of the frame can be asked."""
        return self.expression(frame) is not None

    def expression(self, frame: str) -> pl.Expr | None:
        """Return whether either end of a row is in the scope; None where it cannot be asked."""
        schema = FRAMES[frame]
        if self.pool:
            names = [n for n in ("client_pool", "server_pool", "pool") if n in schema]
            tests = [pl.col(name) == self.pool for name in names]
        elif self.network:
            tests = lies_in(frame, self.network)
        else:
            tests = [pl.col("interface_id") == self.interface] if "interface_id" in schema else []
        return pl.any_horizontal(tests).fill_null(False) if tests else None


def partition(
    frame: str, scoped: Sequence[tuple[Scope, _T]]
) -> tuple[list[tuple[pl.Expr, _T]], pl.Expr | None]:
    """Return each value with where it holds, and where none of them does (None: everywhere).

    The parts have no row in common and have all rows together.
    """
    taken: list[pl.Expr] = []
    parts = []
    for scope, value in sorted(scoped, key=lambda each: each[0].rank, reverse=True):
        inside_it = scope.expression(frame)
        if inside_it is not None:
            free = inside_it & ~reduce(or_, taken) if taken else inside_it
            parts.append((free, value))
            taken.append(inside_it)
    return parts, ~reduce(or_, taken) if taken else None
