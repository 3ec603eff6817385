"""A user rule as a check: its condition and its words become expressions like any other check's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Final

import polars as pl

from checks.base import Category, Check, Family, FlowCheck, HostCheck, InterfaceCheck
from checks.language import ConditionError, Node, parse, to_polars
from checks.language.columns import columns_of
from checks.language.tree import Column, Kind


class RuleError(ValueError):
    """A rule that cannot be; ``field`` is what is wrong with it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@dataclass(frozen=True)
class Definition:
    """What an operator says of a rule; see :class:`checks.models.UserRule`."""

    key: str
    title: str
    condition: str
    frame: str = "flow"
    description: str = ""
    message: str = ""
    score: int = 50
    category: str = str(Category.SECURITY)
    cooldown: float = 300.0
    identity: str = ""
    events: tuple[str, ...] = ()
    attack: str = ""
    attacker: str = ""
    victim: str = ""


#: What each frame's rules are besides their own; ``parties`` are whom they may name.
_BASES: Final[Mapping[str, type[Check]]] = {
    "flow": FlowCheck,
    "host": HostCheck,
    "interface": InterfaceCheck,
    "application": InterfaceCheck,
    "l2": Check,
}
_FAMILIES: Final = {"l2": Family.NETWORK}
_IDENTITIES: Final = {"application": "interface_id, application", "l2": "interface_id, sender_mac"}
_PARTIES: Final = {"flow": ("", "client", "server"), "host": ("", "host")}


def build(definition: Definition) -> Check:
    """Return the rule as a check of its own class; raises RuleError."""
    base = _BASES.get(definition.frame)
    if base is None:
        raise RuleError("frame", f"must be one of {', '.join(_BASES)}")
    tree = _condition(definition)
    named = definition.identity or _IDENTITIES.get(definition.frame, "")
    told: dict[str, Any] = {
        "when": to_polars(tree),
        "message": _message(definition),
        "values": _values(tree),
        **({"identity": _identity(named, definition.frame)} if named else {}),
    }
    methods = {name: _constantly(value) for name, value in told.items()}
    rule: Check = type("UserRuleCheck", (base,), {**_facts(definition, base), **methods})()
    return rule


def _constantly(value: Any) -> Any:
    return lambda self: value


def _facts(definition: Definition, base: type[Check]) -> dict[str, Any]:
    allowed = _PARTIES.get(definition.frame, ("",))
    for side in ("attacker", "victim"):
        if getattr(definition, side) not in allowed:
            raise RuleError(side, f"must be one of {', '.join(map(repr, allowed))}")
    if not 1 <= definition.cooldown <= 86_400:
        raise RuleError("cooldown", "must be from 1 to 86400 seconds")
    names = ("key", "title", "frame", "score", "cooldown", "attack", "attacker", "victim")
    return {
        **{name: getattr(definition, name) for name in names},
        "__doc__": definition.description or definition.condition,
        "category": Category(definition.category),
        "family": _FAMILIES.get(definition.frame) or base.family,
        "events": definition.events or base.events,
    }


def _condition(definition: Definition) -> Node:
    try:
        return parse(definition.condition, definition.frame)
    except ConditionError as error:
        raise RuleError("condition", error.pointed(definition.condition)) from error


def _values(tree: Node) -> dict[str, pl.Expr]:
    """Return the numbers that the condition compares, for the evidence."""
    columns = [node.value for node in tree.walk() if node.op == "column"]
    numbers = dict.fromkeys(column.name for column in columns if column.kind is Kind.NUMBER)
    return {name: pl.col(name) for name in list(numbers)[:6]}


def _identity(named: str, frame: str) -> pl.Expr:
    columns = [_column("identity", name.strip(), frame) for name in named.split(",")]
    return pl.concat_str([_text(column, frame) for column in columns], separator="|")


def _message(definition: Definition) -> pl.Expr:
    """Return the template's text: words between the columns that it names in braces."""
    if not definition.message.strip():
        return pl.lit(definition.title)
    try:
        parts = list(Formatter().parse(definition.message))
    except ValueError as error:
        raise RuleError("message", str(error)) from None
    said: list[pl.Expr] = []
    for words, name, how, conversion in parts:
        if words:
            said.append(pl.lit(words))
        if name is not None:
            if how or conversion:
                raise RuleError("message", f"{{{name}}} takes no format")
            said.append(_text(_column("message", name, definition.frame), definition.frame))
    return pl.concat_str(said)


def _column(field: str, name: str, frame: str) -> Column:
    column = columns_of(frame).get(name)
    if column is None:
        raise RuleError(field, f"{name!r} is no column of the {frame} frame")
    return column


def _text(column: Column, frame: str) -> pl.Expr:
    """Return a column as text; "–" for null."""
    expression = pl.col("address" if frame == "host" and column.name == "host" else column.name)
    if column.kind is Kind.MAC:
        expression = mac_text(expression)
    elif column.kind is Kind.TIME:
        expression = expression.dt.strftime("%Y-%m-%d %H:%M:%S UTC")
    elif column.name in ("bits_per_second", "duration"):
        expression = expression.round(1)
    return expression.cast(pl.String).fill_null("–")


def mac_text(number: pl.Expr) -> pl.Expr:
    """Return MAC addresses, colons between the octets."""
    octets = [(number // 256**place) % 256 for place in range(5, -1, -1)]
    written = {value: f"{value:02x}" for value in range(256)}
    texts = [octet.replace_strict(written, return_dtype=pl.String) for octet in octets]
    return pl.concat_str(texts, separator=":")
