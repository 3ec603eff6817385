"""A call's parameters: of the query string, of a form, or of a JSON object, which wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final

from ntopweb.ntopng.envelope import INVALID_ARGUMENTS, Refused

_YES: Final = ("true", "1", "yes")
_NO: Final = ("false", "0", "no")
#: The last second that a time here can have.
_END_OF_TIME: Final = 253_402_300_799
_OPERATORS: Final = ("eq", "neq", "lt", "gt", "gte", "lte", "in", "nin")


@dataclass(frozen=True)
class Condition:
    """One ``value;op`` of a filter."""

    operator: str
    value: str


@dataclass(frozen=True)
class Parameters:
    """Typed reading; what is wrong is refused with INVALID_ARGUMENTS, naming the parameter.

    An empty text counts as absent. Unknown parameters are ignored: ntopng's clients send many.
    """

    given: Mapping[str, Any]

    def __contains__(self, name: str) -> bool:
        return self.value(name) is not None

    def value(self, name: str) -> Any:
        """Return what stands there as it came, None for nothing."""
        found = self.given.get(name)
        return None if found is None or found == "" else found

    def text(self, name: str, default: str = "") -> str:
        """Return a text."""
        found = self.value(name)
        text = default if found is None else str(found).strip()
        if "\0" in text:
            raise Refused(INVALID_ARGUMENTS, f"{name} has a NUL character")
        return text

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        if not (found := self.text(name)):
            raise Refused(INVALID_ARGUMENTS, f"{name} is missing")
        return found

    def number(self, name: str, default: int = 0, *, least: int = 0, most: int = 2**31 - 1) -> int:
        """Return a whole number within bounds."""
        found = self.value(name)
        if found is None:
            return default
        try:
            number = int(str(found).strip())
        except ValueError:
            raise Refused(INVALID_ARGUMENTS, f"{name} is no whole number") from None
        if not least <= number <= most:
            raise Refused(INVALID_ARGUMENTS, f"{name} is not within {least} and {most}")
        return number

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a yes or no, in any case: Python's clients send True."""
        word = self.text(name).lower()
        if not word:
            return default
        if word not in (*_YES, *_NO):
            raise Refused(INVALID_ARGUMENTS, f"{name} is neither true nor false")
        return word in _YES

    def epoch(self, *names: str) -> datetime | None:
        """Return the first of these times that is given, as an aware time; None for none."""
        for name in names:
            if name in self:
                whole, _, part = self.text(name).partition(".")  # Python's time.time() has one
                wanted = whole if part.isdecimal() else self.text(name)
                seconds = Parameters({name: wanted}).number(name, most=_END_OF_TIME)
                return datetime.fromtimestamp(seconds, UTC)
        return None

    def span(self, now: datetime, default_seconds: int | None = None) -> tuple[datetime, datetime]:
        """Return begin and end; without ``default_seconds`` both must be given."""
        begin = self.epoch("epoch_begin", "begin_time_clause")
        end = self.epoch("epoch_end", "end_time_clause")
        if begin is None or end is None:
            if default_seconds is None:
                raise Refused(INVALID_ARGUMENTS, "epoch_begin or epoch_end is missing")
            end = end or now
            begin = begin or datetime.fromtimestamp(
                max(0.0, end.timestamp() - default_seconds), UTC
            )
        if begin > end:
            raise Refused(INVALID_ARGUMENTS, "epoch_begin is after epoch_end")
        return begin, end

    def host(self, name: str = "host") -> tuple[str, int | None]:
        """Return address and VLAN of ``IP`` or ``IP@VLAN``; the parameter ``vlan`` counts too."""
        text, _, tagged = self.required(name).partition("@")
        try:
            address = ip_address(text)
        except ValueError as error:
            raise Refused(INVALID_ARGUMENTS, str(error)) from error
        vlan = self.number("vlan", most=4095) if "vlan" in self else None
        if tagged:
            vlan = Parameters({"vlan": tagged}).number("vlan", most=4095)
        return str(getattr(address, "ipv4_mapped", None) or address), vlan

    def conditions(self, name: str) -> list[Condition]:
        """Return the conditions of a filter: ``value;op``, several separated by commas."""
        return [_condition(name, part) for part in self.text(name).split(",") if part.strip()]


def _condition(name: str, text: str) -> Condition:
    value, _, operator = text.strip().partition(";")
    if (operator or "eq") not in _OPERATORS:
        known = ", ".join(_OPERATORS)
        raise Refused(INVALID_ARGUMENTS, f"{name}: {operator!r} is none of {known}")
    return Condition(operator or "eq", value.strip())
