"""A check's parameters: typed fields of its dataclass, with bounds.

Forms, stored JSON, REST and docs come from them. A field is declared by one of the functions below.
Values come as JSON (stored, REST) or as text (a form); both go through :func:`parse`, the one place
where they are judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, fields
from ipaddress import ip_network
from typing import Any

from checks.parameter_kinds import Choice, Items, Number, Parameter, Switch, Text, plain

__all__ = [
    "Choice",
    "Items",
    "Number",
    "Parameter",
    "ParameterError",
    "Switch",
    "Text",
    "addresses",
    "choice",
    "countries",
    "dump",
    "names",
    "number",
    "parameters_of",
    "parse",
    "switch",
    "text",
    "vlans",
]


class ParameterError(ValueError):
    """Values that a check refuses; ``reasons`` maps each field to why."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in self.reasons.items()))


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
    return plain(text, 100)


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
