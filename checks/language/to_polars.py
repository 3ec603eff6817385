"""From the tree to a polars expression over a frame."""

from __future__ import annotations

import operator
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import Any, Final

import polars as pl

from capture_agent.schema import pack
from checks.addresses import inside
from checks.language.tree import Column, Kind, Node
from monitoring.ingest.store import BREEDS, CONFIDENCES

_VOCABULARIES: Final = {"breed": BREEDS, "confidence": CONFIDENCES}


def to_polars(node: Node) -> pl.Expr:
    """Return the expression; NULL is null, and a condition that is null picks nothing."""
    return _OPERATIONS[node.op](node)


def _column(node: Node) -> pl.Expr:
    column: Column = node.value
    expression = pl.col(column.name)
    if column.kind is Kind.NUMBER:
        return expression.cast(pl.Float64)
    if column.kind is Kind.WORD:
        return _word(column, expression)
    return expression


def _word(column: Column, expression: pl.Expr) -> pl.Expr:
    """Return a word as text; one that is not of the vocabulary counts as none, as when stored."""
    if column.name not in _VOCABULARIES:
        return expression.cast(pl.String)
    return pl.when(expression.is_in(column.words)).then(expression).otherwise(pl.lit(""))


def _literal(node: Node) -> pl.Expr:
    return pl.lit(node.value, dtype=pl.UInt64 if node.kind is Kind.MAC else None)


def _folded(fold: Callable[..., pl.Expr]) -> Callable[[Node], pl.Expr]:
    return lambda node: fold([to_polars(arg) for arg in node.args])


def _compared(compare: Callable[[Any, Any], Any]) -> Callable[[Node], pl.Expr]:
    def translate(node: Node) -> pl.Expr:
        left, right = node.args
        if left.kind is Kind.ADDRESS:
            same = _same_address(left, right)
            return same if compare is operator.eq else ~same
        expression: pl.Expr = compare(to_polars(left), to_polars(right))
        return expression

    return translate


def _same_address(left: Node, right: Node) -> pl.Expr:
    pairs = zip(_halves(left), _halves(right), strict=True)
    high, low = (one == other for one, other in pairs)
    return high & low


def _halves(node: Node) -> tuple[pl.Expr, pl.Expr]:
    """Return an address as its two integers."""
    if node.op == "column":
        return pl.col(f"{node.value.name}_high"), pl.col(f"{node.value.name}_low")
    high, low = (pl.lit(half, dtype=pl.UInt64) for half in pack(node.value))
    return high, low


def _in(node: Node) -> pl.Expr:
    (value,) = node.args
    if value.kind is Kind.ADDRESS:
        literals = [Node("literal", Kind.ADDRESS, value=each) for each in node.value]
        return pl.any_horizontal([_same_address(value, each) for each in literals])
    dtype = pl.UInt64 if value.kind is Kind.MAC else None
    return to_polars(value).is_in(pl.Series(list(node.value), dtype=dtype).implode())


def _is_null(node: Node) -> pl.Expr:
    (value,) = node.args
    return (_halves(value)[0] if value.kind is Kind.ADDRESS else to_polars(value)).is_null()


def _like(node: Node) -> pl.Expr:
    pattern, ignores_case = node.value
    return to_polars(node.args[0]).str.contains(to_regex(pattern, ignores_case))


def to_regex(pattern: str, ignores_case: bool) -> str:
    r"""Return LIKE's pattern as a regular expression: ``%`` any text, ``_`` any character.

    A backslash takes the next character as it is. Only A to Z are folded, as ``lower`` does.
    """
    parts, characters = [], iter(pattern)
    for character in characters:
        if character == "%":
            parts.append(".*")
        elif character == "_":
            parts.append(".")
        else:
            literal = next(characters) if character == "\\" else character
            parts.append(_regex_of(literal, ignores_case))
    return f"(?s)^{''.join(parts)}$"


def _regex_of(character: str, ignores_case: bool) -> str:
    if ignores_case and character in ascii_letters:
        return f"[{character.lower()}{character.upper()}]"
    return character if character in ascii_letters + digits else f"\\x{{{ord(character):x}}}"


def _divide(node: Node) -> pl.Expr:
    left, right = map(to_polars, node.args)
    return left / pl.when(right != 0).then(right)


def _arithmetic(combine: Callable[[Any, Any], Any]) -> Callable[[Node], pl.Expr]:
    def translate(node: Node) -> pl.Expr:
        expression: pl.Expr = combine(*map(to_polars, node.args))
        return expression

    return translate


def _clock(read: Callable[[pl.Expr], pl.Expr]) -> Callable[[Node], pl.Expr]:
    def translate(node: Node) -> pl.Expr:
        local = to_polars(node.args[0]).dt.convert_time_zone(node.value)
        return read(local).cast(pl.Float64)

    return translate


def _lower(node: Node) -> pl.Expr:
    text = to_polars(node.args[0])
    return text.str.replace_many(list(ascii_uppercase), list(ascii_lowercase))


def _in_network(node: Node) -> pl.Expr:
    name = node.args[0].value.name
    return pl.any_horizontal([_inside(name, network) for network in node.value])


def _inside(role: str, network: IPv4Network | IPv6Network) -> pl.Expr:
    """Return whether an address is inside; an IPv4 address is in no IPv6 network."""
    is_inside = inside(role, [str(network)])
    if network.version == 6 and network.supernet_of(_MAPPED):
        is_inside = is_inside & ~inside(role, ["0.0.0.0/0"])
    return pl.when(pl.col(f"{role}_high").is_not_null()).then(is_inside)


_MAPPED: Final = IPv6Network("::ffff:0:0/96")


def _has_risk(node: Node) -> pl.Expr:
    return pl.col("risk") & pl.lit(1 << node.value, dtype=pl.UInt64) != 0


_OPERATIONS: Final[dict[str, Callable[[Node], pl.Expr]]] = {
    "column": _column,
    "literal": _literal,
    "and": _folded(pl.all_horizontal),
    "or": _folded(pl.any_horizontal),
    "not": lambda node: ~to_polars(node.args[0]),
    "eq": _compared(operator.eq),
    "ne": _compared(operator.ne),
    "lt": _compared(operator.lt),
    "le": _compared(operator.le),
    "gt": _compared(operator.gt),
    "ge": _compared(operator.ge),
    "in": _in,
    "like": _like,
    "is_null": _is_null,
    "add": _arithmetic(operator.add),
    "sub": _arithmetic(operator.sub),
    "mul": _arithmetic(operator.mul),
    "div": _divide,
    "neg": lambda node: -to_polars(node.args[0]),
    "abs": lambda node: to_polars(node.args[0]).abs(),
    "lower": _lower,
    "length": lambda node: to_polars(node.args[0]).str.len_chars().cast(pl.Float64),
    "coalesce": _folded(pl.coalesce),
    "hour": _clock(lambda time: time.dt.hour()),
    "weekday": _clock(lambda time: time.dt.weekday()),
    "in_network": _in_network,
    "has_risk": _has_risk,
}
