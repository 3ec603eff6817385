"""A check's parameters: typed fields of its dataclass, with bounds.

Forms, stored JSON, REST and docs come from them. A field is declared by one of the functions below.
Values come as JSON (stored, REST) or as text (a form); both go through :func:`parse`, the one place
where they are judged.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from typing import Any, ClassVar


class ParameterError(ValueError):
    """Values that a check refuses; ``reasons`` maps each field to why."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in self.reasons.items()))


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """What is common to every kind: what the operator reads, and the value without a setting."""

    kind: ClassVar[str] = ""
    title: str
    default: Any
    unit: str = ""
    help: str = ""

    def parse(self, value: object) -> Any:
        """Return the typed value; raises ValueError with the reason."""
        raise NotImplementedError

    def dump(self, value: Any) -> Any:
        """Return the value as JSON."""
        return value

    def describe(self) -> dict[str, Any]:
        """Return what a form or a page of documentation shows, as JSON."""
        return {
            "kind": self.kind,
            "title": self.title,
            "default": self.dump(self.default),
            "unit": self.unit,
            "help": self.help,
        }


@dataclass(frozen=True, kw_only=True)
class Number(Parameter):
    """A number within bounds, both included."""

    kind = "number"
    minimum: float
    maximum: float
    is_integer: bool = False

    def parse(self, value: object) -> float:
        """Accept a number or its text; refuse what is not finite or outside the bounds."""
        number = self._to_number(value)
        if not self.minimum <= number <= self.maximum:
            raise ValueError(f"must be from {self.minimum:g} to {self.maximum:g}, is {number:g}")
        return int(number) if number == int(number) else number

    def _to_number(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError("must be a number")
        try:
            number = float(value)
        except (ValueError, OverflowError):
            raise ValueError(f"must be a number, is {str(value)[:40]!r}") from None
        if not math.isfinite(number):
            raise ValueError("must be finite")
        if self.is_integer and number != int(number):
            raise ValueError(f"must be a whole number, is {number:g}")
        return number

    def describe(self) -> dict[str, Any]:
        """Add the bounds."""
        bounds = {"minimum": self.minimum, "maximum": self.maximum, "is_integer": self.is_integer}
        return super().describe() | bounds


@dataclass(frozen=True, kw_only=True)
class Switch(Parameter):
    """Yes or no."""

    kind = "switch"

    def parse(self, value: object) -> bool:
        """Accept JSON's booleans and what a checkbox sends."""
        meanings = {"true": True, "on": True, "1": True, "false": False, "off": False, "": False}
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in meanings:
            return meanings[value.lower()]
        raise ValueError("must be true or false")


@dataclass(frozen=True, kw_only=True)
class Choice(Parameter):
    """One of several words."""

    kind = "choice"
    options: tuple[str, ...]

    def parse(self, value: object) -> str:
        """Accept one of the options as it stands."""
        if value not in self.options:
            raise ValueError(f"must be one of {', '.join(self.options)}")
        return str(value)

    def describe(self) -> dict[str, Any]:
        """Add the options."""
        return super().describe() | {"options": list(self.options)}


@dataclass(frozen=True, kw_only=True)
class Text(Parameter):
    """A line of text, at most ``longest`` characters."""

    kind = "text"
    longest: int = 200

    def parse(self, value: object) -> str:
        """Accept text that is not too long and has no control characters."""
        if not isinstance(value, str):
            raise ValueError("must be text")
        return _plain(value.strip(), self.longest)


@dataclass(frozen=True, kw_only=True)
class Items(Parameter):
    """A list; ``item`` judges each member. A form sends it as text: one per line, or commas."""

    kind = "list"
    item: Callable[[str], str]
    most: int = 1_000

    def parse(self, value: object) -> tuple[str, ...]:
        """Return the members, each once, in their order."""
        if isinstance(value, str):
            value = [part for part in re.split(r"[,\n]", value) if part.strip()]
        if not isinstance(value, Sequence):
            raise ValueError("must be a list")
        members = tuple(dict.fromkeys(self._parse_item(member) for member in value))
        if len(members) > self.most:
            raise ValueError(f"has {len(members)} members, more than {self.most}")
        return members

    def _parse_item(self, member: object) -> str:
        if isinstance(member, bool) or not isinstance(member, str | int):
            raise ValueError(f"has a member that is no text: {str(member)[:40]!r}")
        return self.item(str(member).strip())

    def dump(self, value: Iterable[str]) -> list[str]:
        """Return a JSON list."""
        return list(value)


def _plain(text: str, longest: int) -> str:
    if len(text) > longest:
        raise ValueError(f"is longer than {longest} characters")
    if not text.isprintable():
        raise ValueError("has control characters")
    return text


def _to_network(text: str) -> str:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text[:50]!r} is no address or network") from None
    is_one = network.prefixlen == network.max_prefixlen
    return str(network.network_address if is_one else network)


def _to_country(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", text):
        raise ValueError(f"{text[:20]!r} is no ISO 3166 code of two letters")
    return text.upper()


def _to_name(text: str) -> str:
    if not text:
        raise ValueError("has an empty member")
    return _plain(text, 100)


def _to_vlan(text: str) -> str:
    if not text.isdecimal() or not 0 <= int(text) <= 4095:
        raise ValueError(f"{text[:20]!r} is no VLAN id from 0 to 4095")
    return str(int(text))


def _field(parameter: Parameter) -> Any:
    return field(default=parameter.default, metadata={"parameter": parameter})


def number(
    title: str,
    default: float,
    *,
    unit: str = "",
    minimum: float = 0,
    maximum: float = 2**53,
    is_integer: bool = False,
    help: str = "",
) -> Any:
    """Declare a number."""
    return _field(
        Number(
            title=title,
            default=default,
            unit=unit,
            minimum=minimum,
            maximum=maximum,
            is_integer=is_integer,
            help=help,
        )
    )


def switch(title: str, default: bool, *, help: str = "") -> Any:
    """Declare a yes or no."""
    return _field(Switch(title=title, default=default, help=help))


def text(title: str, default: str = "", *, help: str = "") -> Any:
    """Declare a line of text."""
    return _field(Text(title=title, default=default, help=help))


def choice(title: str, default: str, options: Iterable[str], *, help: str = "") -> Any:
    """Declare one of several words."""
    return _field(Choice(title=title, default=default, options=tuple(options), help=help))


def addresses(title: str, default: Iterable[str] = (), *, help: str = "") -> Any:
    """Declare a list of addresses and networks, IPv4 and IPv6."""
    return _items(title, default, "addresses or networks", _to_network, help)


def countries(title: str, default: Iterable[str] = (), *, help: str = "") -> Any:
    """Declare a list of countries."""
    return _items(title, default, "ISO 3166 codes", _to_country, help)


def names(title: str, default: Iterable[str] = (), *, unit: str = "", help: str = "") -> Any:
    """Declare a list of words, as nDPI's names of applications or categories."""
    return _items(title, default, unit, _to_name, help)


def vlans(title: str, default: Iterable[str] = (), *, help: str = "") -> Any:
    """Declare a list of VLAN ids."""
    return _items(title, default, "VLAN ids", _to_vlan, help)


def _items(
    title: str, default: Iterable[str], unit: str, item: Callable[[str], str], help: str
) -> Any:
    return _field(Items(title=title, default=tuple(default), unit=unit, item=item, help=help))


def parameters_of(check: Any) -> dict[str, Parameter]:
    """Return the parameters of a check's class or instance, by field, in their order."""
    return {
        entry.name: entry.metadata["parameter"]
        for entry in fields(check)
        if "parameter" in entry.metadata
    }


def parse(check: Any, values: Mapping[str, object]) -> dict[str, Any]:
    """Return the typed parameters of a check's class, defaults filled in.

    Raises :class:`ParameterError` naming each field that is unknown or refused, and why.
    """
    known = parameters_of(check)
    reasons = {str(name): "is no parameter of this check" for name in values if name not in known}
    typed = {}
    for name, parameter in known.items():
        try:
            typed[name] = parameter.parse(values[name]) if name in values else parameter.default
        except ValueError as error:
            reasons[name] = str(error)
    if reasons:
        raise ParameterError(reasons)
    return typed


def dump(check: Any) -> dict[str, Any]:
    """Return an instance's parameters as JSON."""
    return {
        name: parameter.dump(getattr(check, name))
        for name, parameter in parameters_of(check).items()
    }
