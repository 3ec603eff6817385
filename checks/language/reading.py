"""From sqlglot's tree to the typed one: the allow-lists here say what the syntax may mean.

Whatever is not named here is refused, with the place of the word where one is to blame.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlglot import exp

from checks.language import functions
from checks.language.columns import columns_of
from checks.language.errors import ConditionError
from checks.language.literals import READERS, to_number
from checks.language.tree import Column, Kind, Node

_DEEPEST: Final = 40


class Reader:
    """Reads sqlglot's tree for one frame."""

    def __init__(self, frame: str) -> None:
        self.frame = frame
        self.columns = columns_of(frame)
        self._depth = 0

    def read(self, tree: Any, wanted: Kind | None = None) -> Node:
        """Return the node of an expression; ``wanted`` is how a literal in quotes is read."""
        rule = _RULES.get(type(tree))
        if rule is None:
            raise _refuse(tree, "is not part of the condition language")
        read, known = rule
        for name, value in tree.args.items():
            if value and name not in known:
                raise _refuse(tree, "is not part of the condition language")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ConditionError(f"is nested more than {_DEEPEST} deep")
        node = read(self, tree, wanted)
        self._depth -= 1
        return node

    def yes_no(self, tree: Any) -> Node:
        """Return the node of what must be a yes or no."""
        node = self.read(tree)
        if node.kind is not Kind.YES_NO:
            raise ConditionError(f"must be a yes or no, is a {node.kind}", node.start, node.end)
        return node

    def pair(self, left: Any, right: Any) -> tuple[Node, Node]:
        """Return two operands of one kind; a literal is read as the kind of the other."""
        if _is_quoted(left) and not _is_quoted(right):
            second = self.read(right)
            return self.read(left, second.kind), second
        first = self.read(left)
        second = self.read(right, first.kind)
        if first.kind is not second.kind:
            reason = f"is a {second.kind}, compared with a {first.kind}"
            raise ConditionError(reason, second.start, second.end)
        self._check_words(first, second)
        self._check_words(second, first)
        return first, second

    def _check_words(self, column: Node, other: Node) -> None:
        if column.op != "column" or column.kind is not Kind.WORD:
            return
        if other.op == "literal":
            check_word(column.value, other)
        elif other.value.words != column.value.words:
            raise ConditionError("the two have no word in common", column.start, other.end)

    def number(self, tree: Any) -> Node:
        """Return the node of what must be a number."""
        node = self.read(tree)
        if node.kind is not Kind.NUMBER:
            raise ConditionError(f"must be a number, is a {node.kind}", node.start, node.end)
        return node


def check_word(column: Column, literal: Node) -> None:
    """Refuse a word that the column never is."""
    if literal.value not in column.words:
        known = ", ".join(repr(word) for word in column.words)
        raise ConditionError(f"is none of {known}", literal.start, literal.end)


def place(tree: Any) -> tuple[int | None, int | None]:
    """Return where an expression's words stand: from the first to the last that has a place."""
    marks = [node.meta for node in tree.walk() if "start" in node.meta]
    if not marks:
        return None, None
    return min(m["start"] for m in marks), max(m["end"] for m in marks) + 1


def _refuse(tree: Any, reason: str) -> ConditionError:
    name = tree.key.upper() if isinstance(tree, exp.Expression) else str(tree)[:20]
    return ConditionError(f"{name} {reason}", *place(tree))


def _is_quoted(tree: Any) -> bool:
    return isinstance(tree, exp.Literal) and bool(tree.is_string)


def _column(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
    name, (start, end) = tree.name, place(tree)
    column = reader.columns.get(name) or reader.columns.get(name.lower())
    if column is None:
        raise ConditionError(f"{name!r} is no column of the {reader.frame} frame", start, end)
    return Node("column", column.kind, value=column, start=start, end=end)


def _literal(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
    start, end = place(tree)
    kind = (wanted if wanted in READERS else Kind.TEXT) if tree.is_string else Kind.NUMBER
    read = READERS[kind] if kind is not None and tree.is_string else to_number
    try:
        return Node("literal", kind or Kind.TEXT, value=read(tree.this), start=start, end=end)
    except ValueError as error:
        raise ConditionError(str(error), start, end) from None


def _boolean(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
    return Node("literal", Kind.YES_NO, value=bool(tree.this))


def _paren(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
    return reader.read(tree.this, wanted)


def _joined(op: str) -> _Rule:
    def read(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
        parts = tuple(reader.yes_no(part) for part in tree.flatten(unnest=False))
        return Node(op, Kind.YES_NO, parts, start=parts[0].start, end=parts[-1].end)

    return read


def _not(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
    return _negated(reader.yes_no(tree.this))


def _negated(node: Node) -> Node:
    return Node("not", Kind.YES_NO, (node,), start=node.start, end=node.end)


#: Kinds that have an order.
_ORDERED: Final = (Kind.NUMBER, Kind.TEXT, Kind.TIME)


def _compared(op: str) -> _Rule:
    def read(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
        return _compare(op, *reader.pair(tree.this, tree.expression))

    return read


def _compare(op: str, left: Node, right: Node) -> Node:
    if op not in ("eq", "ne") and left.kind not in _ORDERED:
        raise ConditionError(f"a {left.kind} has no order", left.start, right.end)
    return Node(op, Kind.YES_NO, (left, right), start=left.start, end=right.end)


def _between(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
    low = _compare("ge", *reader.pair(tree.this, tree.args["low"]))
    high = _compare("le", *reader.pair(tree.this, tree.args["high"]))
    return Node("and", Kind.YES_NO, (low, high), start=low.start, end=high.end)


def _in(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
    value = reader.read(tree.this)
    if not tree.expressions:
        raise ConditionError("the list is empty", value.start, value.end)
    members = [_member(reader, each, value) for each in tree.expressions]
    ends = value.start, members[-1].end
    known = tuple(dict.fromkeys(member.value for member in members))
    return Node("in", Kind.YES_NO, (value,), known, *ends)


def _member(reader: Reader, tree: Any, value: Node) -> Node:
    is_negative = isinstance(tree, exp.Neg) and isinstance(tree.this, exp.Literal)
    node = reader.read(tree.this if is_negative else tree, value.kind)
    if node.op != "literal" or node.kind is not value.kind:
        raise ConditionError(f"must be a {value.kind} as a literal", node.start, node.end)
    if is_negative:
        return Node("literal", node.kind, value=-node.value, start=node.start, end=node.end)
    if value.op == "column" and value.kind is Kind.WORD:
        check_word(value.value, node)
    return node


def _like(ignores_case: bool) -> _Rule:
    def read(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
        value, pattern = reader.pair(tree.this, tree.expression)
        if value.kind is not Kind.TEXT or pattern.op != "literal":
            raise ConditionError("LIKE compares a text with a pattern in quotes", *place(tree))
        if _ends_in_escape(pattern.value):
            raise ConditionError("ends in a backslash", pattern.start, pattern.end)
        told = (pattern.value, ignores_case)
        node = Node("like", Kind.YES_NO, (value,), told, value.start, pattern.end)
        return _negated(node) if tree.args.get("negate") else node

    return read


def _ends_in_escape(pattern: str) -> bool:
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1


def _is(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
    if not isinstance(tree.expression, exp.Null):
        raise ConditionError("only IS NULL and IS NOT NULL are known", *place(tree))
    value = reader.read(tree.this)
    node = Node("is_null", Kind.YES_NO, (value,), start=value.start, end=value.end)
    return _negated(node) if tree.args.get("negate") else node


def _arithmetic(op: str) -> _Rule:
    def read(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
        left, right = reader.number(tree.this), reader.number(tree.expression)
        return Node(op, Kind.NUMBER, (left, right), start=left.start, end=right.end)

    return read


def _minus(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
    value = reader.number(tree.this)
    return Node("neg", Kind.NUMBER, (value,), start=value.start, end=value.end)


def _call(reader: Reader, tree: Any, wanted: Kind | None) -> Node:
    name, (start, end) = str(tree.this).lower(), place(tree)
    found = functions.FUNCTIONS.get(name)
    if found is None:
        known = ", ".join(functions.FUNCTIONS)
        word = tree.meta.get("start", start), tree.meta["end"] + 1 if "end" in tree.meta else end
        raise ConditionError(f"there is no function {name!r}; there are: {known}", *word)
    return found.read(reader, tree.expressions, start, end)


_Rule = Callable[[Reader, Any, Kind | None], Node]
_BOTH: Final = ("this", "expression")

#: What of sqlglot's syntax is known, and the arguments of it that are.
_RULES: Final[dict[type[Any], tuple[_Rule, tuple[str, ...]]]] = {
    exp.Column: (_column, ("this",)),
    exp.Literal: (_literal, ("this", "is_string")),
    exp.Boolean: (_boolean, ("this",)),
    exp.Paren: (_paren, ("this",)),
    exp.And: (_joined("and"), _BOTH),
    exp.Or: (_joined("or"), _BOTH),
    exp.Not: (_not, ("this",)),
    exp.EQ: (_compared("eq"), _BOTH),
    exp.NEQ: (_compared("ne"), _BOTH),
    exp.LT: (_compared("lt"), _BOTH),
    exp.LTE: (_compared("le"), _BOTH),
    exp.GT: (_compared("gt"), _BOTH),
    exp.GTE: (_compared("ge"), _BOTH),
    exp.Between: (_between, ("this", "low", "high")),
    exp.In: (_in, ("this", "expressions")),
    exp.Like: (_like(False), (*_BOTH, "negate")),
    exp.ILike: (_like(True), (*_BOTH, "negate")),
    exp.Is: (_is, (*_BOTH, "negate")),
    exp.Add: (_arithmetic("add"), _BOTH),
    exp.Sub: (_arithmetic("sub"), _BOTH),
    exp.Mul: (_arithmetic("mul"), _BOTH),
    exp.Div: (_arithmetic("div"), _BOTH),
    exp.Neg: (_minus, ("this",)),
    exp.Anonymous: (_call, ("this", "expressions")),
}
