"""The kinds of parameters: what each accepts, and how it is described."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


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
        return plain(value.strip(), self.longest)


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


def plain(text: str, longest: int) -> str:
    """Return a text that is short enough and printable; raises ValueError with the reason."""
    if len(text) > longest:
        raise ValueError(f"is longer than {longest} characters")
    if not text.isprintable():
        raise ValueError("has control characters")
    return text
