"""Conditions on an alert's labels: of silences, windows and inhibition rules.

A line is “label op value”; all lines must hold. ``=`` and ``!=`` compare, ``~`` and ``!~`` take a
pattern with ``*``, ``in`` and ``not in`` a network or a list with commas. A label with several
values (the hosts of a flow) fits when one of them does; a negation holds when none does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import Final

from django.core.exceptions import ValidationError

from alerts.severity import Severity
from recipients.occurrence import LABELS, Labels

_LINE: Final = re.compile(r"\s*([a-z]+)\s*(!=|!~|=|~|not in\b|in\b)\s*(.*\S)\s*")
#: Labels that hold addresses.
_PLACES: Final = frozenset({"host", "client", "server", "attacker", "victim"})
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition."""

    label: str
    op: str
    value: str

    @classmethod
    def parse(cls, line: str) -> Matcher:
        """Return the condition of a line; raises ValueError naming what is wrong."""
        found = _LINE.fullmatch(line)
        if not found or len(line) > _LONGEST:
            raise ValueError(f"{line.strip()[:60]!r} is no condition, as “check = syn_scan”")
        label, op, value = found.groups()
        if label not in LABELS:
            raise ValueError(f"{label!r} is none of {', '.join(LABELS)}")
        matcher = cls(label, op, value)
        matcher._check()
        return matcher

    def _check(self) -> None:
        is_exact = self.op in ("=", "!=")
        if self.label == "severity" and is_exact and self.value not in list(Severity):
            raise ValueError(f"{self.value!r} is none of {', '.join(Severity)}")
        if self.label in _PLACES and self.op in ("in", "not in", "=", "!="):
            for part in self._parts():
                _network(part)

    def _parts(self) -> list[str]:
        return [part.strip() for part in self.value.split(",") if part.strip()]

    def holds(self, labels: Labels) -> bool:
        """Return whether an alert with these labels fits."""
        values = labels.get(self.label, ())
        if self.op in ("!=", "!~", "not in"):
            return not any(self._fits(value) for value in values)
        return any(self._fits(value) for value in values)

    def _fits(self, value: str) -> bool:
        if self.op.endswith("~"):
            return fnmatchcase(value, self.value)
        if self.label in _PLACES:
            return any(_is_within(value, part) for part in self._parts())
        if self.op.endswith("in"):
            return value in self._parts()
        return value == self.value

    def __str__(self) -> str:
        return f"{self.label} {self.op} {self.value}"


def _network(text: str) -> object:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text[:50]!r} is no address or network") from None


def _is_within(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """Return the conditions of a text; raises ValueError naming the line that is wrong."""
    return tuple(Matcher.parse(line) for line in text.splitlines() if line.strip())


def hold(matchers: Sequence[Matcher], labels: Labels) -> bool:
    """Return whether all of them hold; without any, all do."""
    return all(matcher.holds(labels) for matcher in matchers)


def validate_matchers(text: str) -> None:
    """Refuse what cannot be read, as a validator of forms and REST."""
    try:
        parse_matchers(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error
