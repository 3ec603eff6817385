"""The typed tree that both translations read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a value is. Kinds are never converted into each other."""

    NUMBER = "number"
    TEXT = "text"
    YES_NO = "yes or no"
    TIME = "time"
    ADDRESS = "address"
    MAC = "MAC address"
    WORD = "word"


@dataclass(frozen=True)
class Column:
    """A column that conditions may name; ``words`` are those that a WORD may be."""

    name: str
    kind: Kind
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """An operation on ``args``; ``value`` is what it needs beside them.

    ========================  =====================================================
    ``column``                value: :class:`Column`
    ``literal``               value: float, str, bool, aware datetime, address, int (MAC)
    ``and``, ``or``, ``not``  yes or no
    ``eq ne lt le gt ge``     two args of one kind
    ``in``                    value: tuple of literals of the arg's kind
    ``like``                  value: (pattern, whether case is ignored)
    ``is_null``
    ``add sub mul div``       numbers; ``neg``, ``abs`` one
    ``lower``, ``length``     of a text
    ``coalesce``              args of one kind
    ``hour``, ``weekday``     of a time; value: zone; weekday 1 (Monday) … 7
    ``in_network``            of an address; value: tuple of networks
    ``has_risk``              value: position of nDPI's bit
    ========================  =====================================================
    """

    op: str
    kind: Kind
    args: tuple[Node, ...] = ()
    value: Any = None
    start: int | None = None
    end: int | None = None

    def walk(self) -> Iterator[Node]:
        """Yield the node and all below it."""
        yield self
        for arg in self.args:
            yield from arg.walk()

    @property
    def columns(self) -> frozenset[str]:
        """The names of the columns it reads."""
        names = {node.value.name for node in self.walk() if node.op == "column"}
        return frozenset(names | {"risk" for node in self.walk() if node.op == "has_risk"})
