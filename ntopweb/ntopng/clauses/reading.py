"""From the texts of the clauses to a tree of what is known; the rest is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser
from sqlglot.tokens import Tokenizer

from ntopweb.ntopng.clauses.tables import Column, Kind, Table
from ntopweb.ntopng.envelope import INVALID_ARGUMENTS, Refused

_LONGEST: Final = 4000
_DEEPEST: Final = 30
_SIGNS: Final[dict[type[Any], str]] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_AGGREGATES: Final = ("SUM", "COUNT", "MIN", "MAX", "AVG")
#: The end of ntopng's names of columns that are shown as text.
_SHOWN: Final = "_FORMATTED"


class _Parser(Parser):
    """Knows no function: there are only the aggregates above."""

    FUNCTIONS = {}
    FUNCTION_PARSERS = {}
    NO_PAREN_FUNCTIONS = {}
    NO_PAREN_FUNCTION_PARSERS = {}


class _Tokenizer(Tokenizer):
    """Both quotes are of texts: ntopng's own clauses write ("text")."""

    QUOTES = ["'", '"']
    IDENTIFIERS = ["`"]


class _Language(Dialect):
    Parser = _Parser
    Tokenizer = _Tokenizer


@dataclass(frozen=True)
class Selected:
    """A column, an aggregate of one, or COUNT of all rows (no column), under a label."""

    label: str
    column: Column | None
    aggregate: str = ""


@dataclass(frozen=True)
class Condition:
    """A comparison (``sign`` with ``column`` and ``value``), or AND or OR of ``parts``."""

    sign: str
    column: Column | None = None
    value: Any = None
    parts: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Clauses:
    """What is asked for. ``order`` are labels or columns, and whether the greatest comes first."""

    select: Sequence[Selected]
    where: Condition | None = None
    group: Sequence[Column] = ()
    order: Sequence[tuple[Selected | Column, bool]] = field(default_factory=tuple)


def read(
    table: Table, select: str = "*", where: str = "", group: str = "", order: str = ""
) -> Clauses:
    """Return the clauses; raises Refused with INVALID_ARGUMENTS for what is not known.

    A column to order by that there is not is passed over: ntopng's client sends one.
    """
    reader = _Reader(table)
    chosen = reader.selected(select or "*")
    grouped = reader.grouped(group)
    found = Clauses(
        chosen, reader.condition(where), grouped, tuple(reader.ordered(order, chosen, grouped))
    )
    _check_groups(found)
    return found


def _check_groups(found: Clauses) -> None:
    """Refuse a plain column beside an aggregate that is not grouped by."""
    if not found.group and not any(one.aggregate for one in found.select):
        return
    for one in found.select:
        if not one.aggregate and one.column not in found.group:
            raise _refused("select", f"{one.label} is neither grouped by nor aggregated")


def _refused(clause: str, reason: str) -> Refused:
    return Refused(INVALID_ARGUMENTS, f"{clause} clause: {reason}")


def _parse(clause: str, text: str, before: str, known: Sequence[str]) -> Any:
    """Return the tree of one SELECT that has nothing but the known parts."""
    if len(text) > _LONGEST:
        raise _refused(clause, f"is longer than {_LONGEST} characters")
    language = _Language()
    try:
        found = language.parser().parse(language.tokenize(before + text), before + text)
    except (SqlglotError, ValueError, RecursionError):
        raise _refused(clause, "cannot be read") from None
    tree = found[0] if len(found) == 1 else None
    if not isinstance(tree, exp.Select) or any(
        value and name not in known for name, value in tree.args.items()
    ):
        raise _refused(clause, "has more than belongs there")
    return tree


class _Reader:
    """Reads clauses over one table."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def selected(self, text: str) -> list[Selected]:
        """Return what is selected."""
        tree = _parse("select", text, "SELECT ", ("expressions",))
        return [one for part in tree.expressions for one in self._selected(part)]

    def _selected(self, tree: Any) -> list[Selected]:
        if isinstance(tree, exp.Star):
            return [Selected(name, column) for name, column in self.table.columns.items()]
        label = tree.alias if isinstance(tree, exp.Alias) else ""
        inner = tree.this if isinstance(tree, exp.Alias) else tree
        if isinstance(inner, exp.Anonymous):
            return [self._aggregate(inner, label)]
        return [Selected(label or inner.name, self._column("select", inner))]

    def _aggregate(self, tree: Any, label: str) -> Selected:
        name = str(tree.this).upper()
        if name not in _AGGREGATES or len(tree.expressions) != 1:
            raise _refused("select", f"{name} is none of {', '.join(_AGGREGATES)} of one column")
        inner = tree.expressions[0]
        if name == "COUNT" and isinstance(inner, exp.Star):
            return Selected(label or "COUNT(*)", None, name)
        column = self._column("select", inner)
        if name in ("SUM", "AVG") and column.kind is not Kind.NUMBER:
            raise _refused("select", f"{name} of {inner.name}, which is no number")
        return Selected(label or f"{name}({inner.name})", column, name)

    def _column(self, clause: str, tree: Any) -> Column:
        found = self.table.named(tree.name) if _is_name(tree) else None
        if found is None:
            known = tree.name if _is_name(tree) else "this"
            raise _refused(clause, f"{known!r} is no column of {self.table.name}")
        return found[1]

    def grouped(self, text: str) -> list[Column]:
        """Return the columns to group by; ``X_FORMATTED`` is X."""
        if not text:
            return []
        tree = _parse("group by", text, "SELECT 1 GROUP BY ", ("expressions", "group"))
        group = tree.args["group"]
        if any(value and name != "expressions" for name, value in group.args.items()):
            raise _refused("group by", "has more than columns")
        return [self._group(part) for part in group.expressions]

    def _group(self, tree: Any) -> Column:
        if _is_name(tree) and self.table.named(tree.name) is None:
            plain = tree.name.upper().removesuffix(_SHOWN)
            if known := self.table.named(plain):
                return known[1]
        return self._column("group by", tree)

    def ordered(
        self, text: str, chosen: Sequence[Selected], grouped: Sequence[Column]
    ) -> list[tuple[Selected | Column, bool]]:
        """Return what to order by, those passed over that cannot be."""
        if not text:
            return []
        tree = _parse("order by", text, "SELECT 1 ORDER BY ", ("expressions", "order"))
        parts = tree.args["order"].expressions
        labels = {one.label.lower(): one for one in chosen}
        is_grouped = bool(grouped) or any(one.aggregate for one in chosen)
        found: list[tuple[Selected | Column, bool]] = []
        for part in parts:
            name = part.this.name if _is_name(part.this) else ""
            known = self.table.named(name)
            if label := labels.get(name.lower()):
                found.append((label, bool(part.args.get("desc"))))
            elif known and (not is_grouped or known[1] in grouped):
                found.append((known[1], bool(part.args.get("desc"))))
        return found

    def condition(self, text: str) -> Condition | None:
        """Return the condition; None for an empty text."""
        if not text.strip():
            return None
        tree = _parse("where", text, "SELECT 1 WHERE ", ("expressions", "where"))
        return self._condition(tree.args["where"].this, 0)

    def _condition(self, tree: Any, depth: int) -> Condition:
        if depth > _DEEPEST:
            raise _refused("where", f"is nested more than {_DEEPEST} deep")
        if isinstance(tree, exp.Paren):
            return self._condition(tree.this, depth + 1)
        if isinstance(tree, exp.And | exp.Or):
            word = "AND" if isinstance(tree, exp.And) else "OR"
            parts = tuple(self._condition(part, depth + 1) for part in tree.flatten(unnest=False))
            return Condition(word, parts=parts)
        sign = _SIGNS.get(type(tree))
        if sign is None:
            raise _refused("where", f"{tree.key.upper()} is not known here")
        column = self._column("where", tree.this)
        return Condition(sign, column, _value(tree.expression, column))


def _is_name(tree: Any) -> bool:
    return isinstance(tree, exp.Column) and not any(
        value and name != "this" for name, value in tree.args.items()
    )


def _value(tree: Any, column: Column) -> Any:
    """Return a literal as the column's kind; quotes do not matter: ntopng writes ("443")."""
    while isinstance(tree, exp.Paren):
        tree = tree.this
    sign = ""
    if isinstance(tree, exp.Neg):
        sign, tree = "-", tree.this
    if not isinstance(tree, exp.Literal):
        raise _refused("where", "a column is compared with a number or a text only")
    try:
        return _READERS[column.kind](sign + str(tree.this))
    except (ValueError, InvalidOperation):
        wanted = column.kind.name.lower()
        raise _refused("where", f"{str(tree.this)!r} is no {wanted}") from None


def _number(text: str) -> Decimal:
    value = Decimal(text.strip())
    if not value.is_finite() or abs(value) > 10**30:
        raise ValueError(text)
    return value


def _address(text: str) -> str:
    """Return an address written as such, or as the number that ntopng stores of IPv4."""
    value = ip_address(int(text) if text.isdecimal() else text.strip())
    mapped = value.ipv4_mapped if isinstance(value, IPv6Address) else None
    return str(mapped or value)


def _text(text: str) -> str:
    if "\0" in text:
        raise ValueError(text)
    return text


_READERS: Final[dict[Kind, Callable[[str], Any]]] = {
    Kind.NUMBER: _number,
    Kind.ADDRESS: _address,
    Kind.TEXT: _text,
}
