"""A script's parameters, declared in comments at its top, so that they cost nothing per row.

``-- @param limit number 1000000 [bit/s] The highest rate``: name, type (number, string, boolean),
default, unit in brackets where it has one, and what it means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_MARK: Final = re.compile(r"^\s*--+\s*@param\b(.*)$")
_LINE: Final = re.compile(
    r"""\s+(?P<name>[A-Za-z_]\w*)\s+(?P<kind>\w+)\s+(?P<default>"[^"]*"|\S+)"""
    r"""(?:\s+\[(?P<unit>[^\]]*)\])?(?:\s+(?P<help>.*))?$"""
)


class DeclarationError(ValueError):
    """A declaration or a value that cannot be; the text names the line or the parameter."""


@dataclass(frozen=True)
class Declared:
    """One parameter of a script."""

    name: str
    kind: str
    default: Any
    unit: str = ""
    help: str = ""

    def parse(self, value: object) -> Any:
        """Return the typed value; raises DeclarationError with the reason."""
        return _PARSERS[self.kind](self.name, value)


def declared(source: str) -> list[Declared]:
    """Return the parameters in the order of the script; raises DeclarationError."""
    found: dict[str, Declared] = {}
    for number, line in enumerate(source.splitlines(), 1):
        if mark := _MARK.match(line):
            parameter = _parse(number, mark.group(1).rstrip())
            if parameter.name in found:
                raise DeclarationError(f"line {number}: {parameter.name} is declared twice")
            found[parameter.name] = parameter
    return list(found.values())


def values(source: str, chosen: Mapping[str, object]) -> dict[str, Any]:
    """Return every parameter's value, defaults filled in; raises DeclarationError.

    A chosen value of a parameter that the script has no longer is left out.
    """
    return {p.name: p.parse(chosen.get(p.name, p.default)) for p in declared(source)}


def _parse(number: int, text: str) -> Declared:
    match = _LINE.match(text)
    if match is None:
        raise DeclarationError(
            f"line {number}: write -- @param name number|string|boolean default [unit] help"
        )
    kind, default = match["kind"], match["default"].strip('"')
    if kind not in _PARSERS:
        raise DeclarationError(f"line {number}: {kind} is none of {', '.join(_PARSERS)}")
    try:
        typed = _PARSERS[kind](match["name"], default)
    except DeclarationError as error:
        raise DeclarationError(f"line {number}: {error}") from None
    return Declared(match["name"], kind, typed, match["unit"] or "", (match["help"] or "").strip())


def _number(name: str, value: object) -> float:
    try:
        number = float(str(value))
    except ValueError:
        raise DeclarationError(f"{name}: must be a number, is {str(value)[:40]!r}") from None
    if not abs(number) < 1e300:
        raise DeclarationError(f"{name}: must be finite")
    return int(number) if number == int(number) else number


def _string(_name: str, value: object) -> str:
    return str(value)


def _boolean(name: str, value: object) -> bool:
    words = {
        "true": True,
        "on": True,
        "1": True,
        "false": False,
        "off": False,
        "0": False,
        "": False,
    }
    word = str(value).lower()
    if word not in words:
        raise DeclarationError(f"{name}: must be true or false, is {word[:40]!r}")
    return words[word]


_PARSERS: Final = {"number": _number, "string": _string, "boolean": _boolean}
