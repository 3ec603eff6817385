"""From the tree to a condition on stored flows: SQL made of constants, and parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from checks.language import stored
from checks.language.errors import ConditionError
from checks.language.tree import Kind, Node


@dataclass(frozen=True)
class Sql:
    """A condition on :data:`checks.language.stored.TABLES`; ``parameters`` fill its ``%s``."""

    text: str
    parameters: list[Any]


def to_sql(node: Node) -> Sql:
    """Return the condition; raises ConditionError for a column that is not stored."""
    writer = _Writer()
    return Sql(writer.write(node), writer.parameters)


_TYPES: Final = {
    Kind.NUMBER: "float8",
    Kind.TEXT: "text",
    Kind.TIME: "timestamptz",
    Kind.ADDRESS: "inet",
    Kind.MAC: "bigint",
    Kind.YES_NO: "boolean",
}


@dataclass
class _Writer:
    """Writes text and collects parameters in the order of their places."""

    parameters: list[Any] = field(default_factory=list)
    #: The column that stands for a name where its table of names is looked through.
    named: str | None = None

    def write(self, node: Node) -> str:
        """Return the SQL of a node."""
        name = _looked_up(node) if self.named is None else None
        if name is None:
            return _OPERATIONS[node.op](self, node)
        number, table = stored.NAMED[name]
        self.named = name
        inner = _OPERATIONS[node.op](self, node)
        self.named = None
        return f"({number} IN (SELECT n.id FROM {table} n WHERE {inner}))"  # noqa: S608

    def parameter(self, value: Any, kind: Kind) -> str:
        """Note a parameter and return its place."""
        is_address = kind is Kind.ADDRESS
        self.parameters.append(str(value) if is_address else value)
        return f"%s::{_TYPES[kind]}"

    def all_of(self, node: Node) -> list[str]:
        """Return the SQL of the args."""
        return [self.write(arg) for arg in node.args]


#: Conditions on one named column are put to the few names rather than to every flow.
_PUT_TO_NAMES: Final = ("eq", "ne", "lt", "le", "gt", "ge", "in", "like")


def _looked_up(node: Node) -> str | None:
    """Return the one named column that a condition is about, if it is about nothing else."""
    if node.op not in _PUT_TO_NAMES or len(node.columns) != 1:
        return None
    (name,) = node.columns
    return name if name in stored.NAMED else None


def _column(writer: _Writer, node: Node) -> str:
    name = node.value.name
    if name == writer.named:
        return 'n.name COLLATE "C"'
    if name in stored.NAMED:
        number, table = stored.NAMED[name]
        return f'((SELECT n.name FROM {table} n WHERE n.id = {number}) COLLATE "C")'  # noqa: S608
    if name not in stored.COLUMNS:
        raise ConditionError(f"{name!r} is not stored with flows", node.start, node.end)
    return f"({stored.COLUMNS[name]})"


def _literal(writer: _Writer, node: Node) -> str:
    return writer.parameter(node.value, node.kind)


def _joined(word: str) -> Callable[[_Writer, Node], str]:
    return lambda writer, node: f"({f' {word} '.join(writer.all_of(node))})"


def _compared(sign: str) -> Callable[[_Writer, Node], str]:
    def write(writer: _Writer, node: Node) -> str:
        left, right = _positions(node) or node.args
        return f"({writer.write(left)} {sign} {writer.write(right)})"

    return write


def _positions(node: Node) -> tuple[Node, ...] | None:
    """Return a comparison of words as one of their positions, where they are stored so."""
    if node.args[0].kind is not Kind.WORD:
        return None
    words = next((arg.value.words for arg in node.args if arg.op == "column"), ())
    return tuple(_position(arg, words) if arg.op == "literal" else arg for arg in node.args)


def _position(node: Node, words: tuple[str, ...]) -> Node:
    return Node("literal", Kind.NUMBER, value=float(words.index(node.value)))


def _in(writer: _Writer, node: Node) -> str:
    (value,) = node.args
    if value.kind is Kind.WORD and value.op == "column":
        words = value.value.words
        return _member(writer, value, [float(words.index(w)) for w in node.value], Kind.NUMBER)
    return _member(writer, value, list(node.value), value.kind)


def _member(writer: _Writer, value: Node, members: list[Any], kind: Kind) -> str:
    text = writer.write(value)
    if kind is Kind.ADDRESS:
        members = [str(member) for member in members]
    writer.parameters.append(members)
    return f"({text} = ANY(%s::{_TYPES[kind]}[]))"


def _like(writer: _Writer, node: Node) -> str:
    pattern, ignores_case = node.value
    text = writer.write(node.args[0])
    place = writer.parameter(pattern, Kind.TEXT)
    if ignores_case:
        text, place = f"lower({text})", f'lower({place} COLLATE "C")'
    return f"({text} LIKE {place})"


def _called(form: str) -> Callable[[_Writer, Node], str]:
    return lambda writer, node: form.format(*writer.all_of(node))


def _clock(part: str) -> Callable[[_Writer, Node], str]:
    def write(writer: _Writer, node: Node) -> str:
        time = writer.write(node.args[0])
        zone = writer.parameter(node.value, Kind.TEXT)
        return f"extract({part} FROM {time} AT TIME ZONE {zone})::float8"

    return write


def _coalesce(writer: _Writer, node: Node) -> str:
    return f"coalesce({', '.join(writer.all_of(node))})"


def _in_network(writer: _Writer, node: Node) -> str:
    address = writer.write(node.args[0])
    tests = [f"{address} <<= {writer.parameter(net, Kind.ADDRESS)}" for net in node.value]
    return f"({' OR '.join(tests)})"


def _has_risk(writer: _Writer, node: Node) -> str:
    writer.parameters.append(node.value)
    return f"(({stored.COLUMNS['risk']} >> %s::int) & 1 = 1)"


_OPERATIONS: Final[dict[str, Callable[[_Writer, Node], str]]] = {
    "column": _column,
    "literal": _literal,
    "and": _joined("AND"),
    "or": _joined("OR"),
    "not": _called("(NOT {})"),
    "eq": _compared("="),
    "ne": _compared("<>"),
    "lt": _compared("<"),
    "le": _compared("<="),
    "gt": _compared(">"),
    "ge": _compared(">="),
    "in": _in,
    "like": _like,
    "is_null": _called("({} IS NULL)"),
    "add": _called("({} + {})"),
    "sub": _called("({} - {})"),
    "mul": _called("({} * {})"),
    "div": _called("({} / nullif({}, 0))"),
    "neg": _called("(- {})"),
    "abs": _called("abs({})"),
    "lower": _called("lower({})"),
    "length": _called("char_length({})::float8"),
    "coalesce": _coalesce,
    "hour": _clock("hour"),
    "weekday": _clock("isodow"),
    "in_network": _in_network,
    "has_risk": _has_risk,
}
