"""The functions of the language: how many arguments, of which kind, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlglot import exp

from checks.language.columns import event_time
from checks.language.errors import ConditionError
from checks.language.literals import to_network, to_zone
from checks.language.tree import Column, Kind, Node
from monitoring.risks import NAMES

Place = tuple[int | None, int | None]


class Reads(Protocol):
    """What functions need of the reader."""

    frame: str
    columns: Mapping[str, Column]

    def read(self, tree: Any, wanted: Kind | None = None) -> Node:
        """Return the node of an expression."""


@dataclass(frozen=True)
class Function:
    """A function: what a page says of it, and how its arguments are read."""

    usage: str
    about: str
    build: Callable[[Reads, Sequence[Any], Place], Node]

    def read(self, reader: Reads, args: Sequence[Any], start: int | None, end: int | None) -> Node:
        """Return the node of a call; raises ConditionError."""
        try:
            return self.build(reader, args, (start, end))
        except _WrongArgumentsError:
            raise ConditionError(f"is used as {self.usage}", start, end) from None


class _WrongArgumentsError(Exception):
    """The number or the kinds of the arguments are not the function's."""


def _exactly(args: Sequence[Any], *kinds: Kind, reader: Reads) -> list[Node]:
    if len(args) != len(kinds):
        raise _WrongArgumentsError
    nodes = [reader.read(arg, kind) for arg, kind in zip(args, kinds, strict=True)]
    if any(node.kind is not kind for node, kind in zip(nodes, kinds, strict=True)):
        raise _WrongArgumentsError
    return nodes


def _plain(op: str, of: Kind, result: Kind) -> Callable[[Reads, Sequence[Any], Place], Node]:
    """Return the reader of a function of one value."""

    def build(reader: Reads, args: Sequence[Any], place: Place) -> Node:
        (value,) = _exactly(args, of, reader=reader)
        return Node(op, result, (value,), None, *place)

    return build


def _coalesce(reader: Reads, args: Sequence[Any], place: Place) -> Node:
    if len(args) < 2:
        raise _WrongArgumentsError
    first = reader.read(args[0])
    rest = [reader.read(arg, first.kind) for arg in args[1:]]
    known = (Kind.NUMBER, Kind.TEXT, Kind.TIME, Kind.YES_NO)
    if first.kind not in known or any(node.kind is not first.kind for node in rest):
        raise _WrongArgumentsError
    return Node("coalesce", first.kind, (first, *rest), None, *place)


def _clock(op: str) -> Callable[[Reads, Sequence[Any], Place], Node]:
    def build(reader: Reads, args: Sequence[Any], place: Place) -> Node:
        *of, zone = args if args else [None]
        if len(of) > 1 or (zone is not None and not _is_text(zone)):
            raise _WrongArgumentsError
        time = reader.read(of[0]) if of else _event_time(reader, place)
        if time.kind is not Kind.TIME:
            raise _WrongArgumentsError
        name = "UTC" if zone is None else _said(to_zone, zone)
        return Node(op, Kind.NUMBER, (time,), name, *place)

    return build


def _event_time(reader: Reads, place: Place) -> Node:
    name = event_time(reader.frame)
    if name is None:
        raise ConditionError(f"{reader.frame} has no time", *place)
    return Node("column", Kind.TIME, value=reader.columns[name], start=place[0], end=place[1])


def _in_network(reader: Reads, args: Sequence[Any], place: Place) -> Node:
    if len(args) < 2 or not all(map(_is_text, args[1:])):
        raise _WrongArgumentsError
    address = reader.read(args[0])
    if address.kind is not Kind.ADDRESS or address.op != "column":
        raise _WrongArgumentsError
    networks = tuple(_said(to_network, arg) for arg in args[1:])
    return Node("in_network", Kind.YES_NO, (address,), networks, *place)


def _is_local(reader: Reads, args: Sequence[Any], place: Place) -> Node:
    (address,) = _exactly(args, Kind.ADDRESS, reader=reader)
    names = (f"{address.value.name}_is_local", "is_local") if address.op == "column" else ()
    column = next((reader.columns[name] for name in names if name in reader.columns), None)
    if column is None:
        raise _WrongArgumentsError
    return Node("column", Kind.YES_NO, value=column, start=place[0], end=place[1])


def _has_risk(reader: Reads, args: Sequence[Any], place: Place) -> Node:
    if len(args) != 1 or not isinstance(args[0], exp.Literal) or reader.frame != "flow":
        raise _WrongArgumentsError
    return Node("has_risk", Kind.YES_NO, (), _said(_risk, args[0]), *place)


def _risk(text: str) -> int:
    """Return the bit of a risk's name or number."""
    lower = [name.lower() for name in NAMES]
    if text.isdecimal() and 1 <= int(text) <= 63:
        return int(text)
    if text.lower() in lower[1:]:
        return lower.index(text.lower())
    raise ValueError("is no risk of nDPI: neither a name nor a number from 1 to 63")


def _is_text(tree: Any) -> bool:
    return isinstance(tree, exp.Literal) and bool(tree.is_string)


def _said(read: Callable[[str], Any], tree: Any) -> Any:
    """Return what a literal says, with its place where it is refused."""
    try:
        return read(tree.this)
    except ValueError as error:
        start, end = tree.meta.get("start"), tree.meta.get("end")
        raise ConditionError(str(error), start, None if end is None else end + 1) from None


#: By name, in the order in which pages list them.
FUNCTIONS: Final[Mapping[str, Function]] = {
    "in_network": Function(
        "in_network(client, '10.0.0.0/8', '2001:db8::/32')",
        "Whether an address lies in one of the networks.",
        _in_network,
    ),
    "is_local": Function(
        "is_local(client)", "Whether an address lies in a local network.", _is_local
    ),
    "has_risk": Function(
        "has_risk('Self-signed certificate')", "Whether nDPI saw that risk.", _has_risk
    ),
    "hour": Function(
        "hour('Europe/Berlin')", "Hour of the row's time in that zone, 0 to 23.", _clock("hour")
    ),
    "weekday": Function(
        "weekday('Europe/Berlin')",
        "Day of the row's time in that zone, 1 (Monday) to 7.",
        _clock("weekday"),
    ),
    "lower": Function(
        "lower(server_name)", "The text with A to Z made small.", _plain("lower", *[Kind.TEXT] * 2)
    ),
    "length": Function(
        "length(dns_query)", "Number of characters.", _plain("length", Kind.TEXT, Kind.NUMBER)
    ),
    "abs": Function(
        "abs(bytes_to_server - bytes_to_client)",
        "The number without its sign.",
        _plain("abs", *[Kind.NUMBER] * 2),
    ),
    "coalesce": Function(
        "coalesce(server_name, dns_query)", "The first that is not NULL.", _coalesce
    ),
}
