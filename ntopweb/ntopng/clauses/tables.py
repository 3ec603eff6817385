"""What a clause may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(Enum):
    """What a column's values are, by PostgreSQL's name of the type."""

    NUMBER = "numeric"
    TEXT = "text"
    ADDRESS = "inet"


@dataclass(frozen=True)
class Column:
    """A column: its SQL, and the SQL to compare with where an index needs another."""

    sql: str
    kind: Kind = Kind.NUMBER
    compared: str = ""

    @property
    def shown(self) -> str:
        """The SQL of its value as an answer has it."""
        return f"host({self.sql})" if self.kind is Kind.ADDRESS else self.sql


@dataclass(frozen=True)
class Table:
    """Columns over ``source``, SQL after FROM with ``values`` for its places.

    ``order`` is what rows come by unless a clause says otherwise. Names are compared without case.
    """

    name: str
    source: str
    columns: Mapping[str, Column]
    order: str
    values: tuple[Any, ...] = ()
    #: Other names of columns.
    synonyms: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str) -> tuple[str, Column] | None:
        """Return the column's own name and what it is, None for a name that is none."""
        for known in (name, name.upper(), name.lower()):
            own = self.synonyms.get(known, known)
            if own in self.columns:
                return own, self.columns[own]
        return None


def number(sql: str, compared: str = "") -> Column:
    """Return a column of numbers."""
    return Column(sql, Kind.NUMBER, compared)


def text(sql: str) -> Column:
    """Return a column of texts."""
    return Column(sql, Kind.TEXT)


def address(sql: str, compared: str = "") -> Column:
    """Return a column of addresses."""
    return Column(sql, Kind.ADDRESS, compared)


def epoch(sql: str) -> Column:
    """Return a column of times as seconds since 1970."""
    return Column(f"extract(epoch FROM {sql})::bigint")
