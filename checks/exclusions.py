"""When a check says nothing: criteria as expressions, put to the rows that checks have picked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import time
from functools import reduce
from ipaddress import ip_address
from operator import and_
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from capture_agent.schema import pack
from checks.addresses import inside, is_text_inside
from checks.conditions import is_application
from checks.frames import FRAMES
from checks.language import ConditionError, parse, to_polars
from checks.language.columns import event_time
from checks.language.literals import zones
from checks.picking import Numbers, Single, pick


class ExclusionError(ValueError):
    """Criteria that cannot be asked; ``field`` names the one to blame."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@dataclass(frozen=True)
class Criteria:
    """What an exclusion asks of a finding's check and row; None does not narrow."""

    check_key: str | None = None
    client: str | None = None
    server: str | None = None
    host: str | None = None
    network: str | None = None
    port: int | None = None
    application: str | None = None
    domain: str | None = None
    certificate: str | None = None
    interface_id: int | None = None
    hours_from: time | None = None
    hours_until: time | None = None
    zone: str | None = None
    condition: str | None = None
    frame: str | None = None

    def speaks_of(self, check_key: str) -> bool:
        """Return whether it is about this check."""
        return self.check_key is None or self.check_key == check_key

    def expression(self, frame: str) -> pl.Expr | None:
        """Return whether a row is excluded, never null; None where the frame cannot be asked."""
        asked = [_ASKS[name](self, frame) for name in _ASKS if getattr(self, name) is not None]
        if any(each is None for each in asked):
            return None
        known = [each for each in asked if each is not None]
        return reduce(and_, known, pl.lit(True)).fill_null(False)

    def validate(self) -> None:
        """Raise ExclusionError for criteria that ask nothing, or what cannot be asked."""
        if not any(getattr(self, name) is not None for name in ("check_key", *_ASKS)):
            raise ExclusionError("check_key", "give at least one criterion")
        if (self.hours_from is None) != (self.hours_until is None):
            raise ExclusionError("hours_until", "give both ends of the hours")
        if self.hours_from is not None and (self.zone or "UTC") not in zones():
            raise ExclusionError("zone", f"{self.zone!r} is no time zone")
        if self.condition is not None:
            _validate_condition(self.condition, self.frame or "flow")

    def describe(self) -> str:
        """Return it in words: "client 10.0.0.7, port 443"."""
        said = [
            f"{entry.name.removesuffix('_key').removesuffix('_id')} {getattr(self, entry.name)}"
            for entry in fields(self)
            if getattr(self, entry.name) is not None and entry.name not in _NOT_SAID
        ]
        if self.hours_from and self.hours_until:
            said.append(f"{self.hours_from:%H:%M}–{self.hours_until:%H:%M} {self.zone or 'UTC'}")
        return ", ".join(said) or "nothing"


_Ask = Callable[[Criteria, str], pl.Expr | None]
_NOT_SAID: Final = ("hours_from", "hours_until", "zone", "frame")
#: Where frames without packed addresses (:mod:`checks.derived`) have them, as text.
_TEXTS: Final = ("client", "server", "address")


def _validate_condition(text: str, frame: str) -> None:
    if frame not in FRAMES:
        raise ExclusionError("frame", f"there is no frame {frame!r}")
    try:
        parse(text, frame)
    except ConditionError as error:
        raise ExclusionError("condition", error.pointed(text)) from error


def roles(frame: str) -> list[str]:
    """Return the addresses that a row of the frame has: "client" and "server" of a flow."""
    return [name.removesuffix("_high") for name in FRAMES[frame] if name.endswith("_high")]


def text_roles(frame: str) -> list[str]:
    """Return the columns with addresses as text of a frame that has them in no other form."""
    return [] if roles(frame) else [name for name in _TEXTS if name in FRAMES[frame]]


def lies_in(frame: str, network: str) -> list[pl.Expr]:
    """Return for each address of a row whether it lies in the network."""
    packed = [inside(role, [network]) for role in roles(frame)]
    return packed + [is_text_inside(name, [network]) for name in text_roles(frame)]


def _is_address(role: str, text: str) -> pl.Expr:
    high, low = (pl.lit(half, dtype=pl.UInt64) for half in pack(text))
    return (pl.col(f"{role}_high") == high) & (pl.col(f"{role}_low") == low)


def _is_text(name: str, text: str) -> pl.Expr:
    return pl.col(name) == str(ip_address(text))


def _side(name: str) -> _Ask:
    def ask(criteria: Criteria, frame: str) -> pl.Expr | None:
        if name in text_roles(frame):
            return _is_text(name, getattr(criteria, name))
        return _is_address(name, getattr(criteria, name)) if name in roles(frame) else None

    return ask


def _host(criteria: Criteria, frame: str) -> pl.Expr | None:
    tests = [_is_address(role, criteria.host or "") for role in roles(frame)]
    tests += [_is_text(name, criteria.host or "") for name in text_roles(frame)]
    return pl.any_horizontal(tests) if tests else None


def _network(criteria: Criteria, frame: str) -> pl.Expr | None:
    tests = lies_in(frame, criteria.network or "")
    return pl.any_horizontal(tests) if tests else None


def _has(frame: str, *names: str) -> list[str]:
    return [name for name in names if name in FRAMES[frame]]


def _port(criteria: Criteria, frame: str) -> pl.Expr | None:
    return pl.col("server_port") == criteria.port if _has(frame, "server_port") else None


def _application(criteria: Criteria, frame: str) -> pl.Expr | None:
    return is_application(criteria.application or "") if _has(frame, "application") else None


def _domain(criteria: Criteria, frame: str) -> pl.Expr | None:
    domain = (criteria.domain or "").lower().strip(".")
    columns = _has(frame, "server_name", "dns_query", "domain")
    named = [pl.col(name).str.to_lowercase() for name in columns]
    tests = [(name == domain) | name.str.ends_with(f".{domain}") for name in named]
    return pl.any_horizontal([test.fill_null(False) for test in tests]) if tests else None


def _certificate(criteria: Criteria, frame: str) -> pl.Expr | None:
    text = criteria.certificate or ""
    if not _has(frame, "tls_sha1"):
        return None
    digest = text.replace(":", "").lower()
    tests = [pl.col("tls_sha1").str.replace_all(":", "", literal=True).str.to_lowercase() == digest]
    tests += [
        pl.col(f"tls_{dn}_dn").str.contains(text, literal=True) for dn in ("issuer", "subject")
    ]
    return pl.any_horizontal([test.fill_null(False) for test in tests])


def _interface(criteria: Criteria, frame: str) -> pl.Expr | None:
    return pl.col("interface_id") == criteria.interface_id if _has(frame, "interface_id") else None


def _hours(criteria: Criteria, frame: str) -> pl.Expr | None:
    """Return whether the row's own time lies in the hours, which may go past midnight."""
    name, start, end = event_time(frame), criteria.hours_from, criteria.hours_until
    if name is None or start is None or end is None:
        return None
    local = pl.col(name).dt.convert_time_zone(criteria.zone or "UTC").dt.time()
    if start <= end:
        return (local >= start) & (local < end)
    return (local >= start) | (local < end)


def _condition(criteria: Criteria, frame: str) -> pl.Expr | None:
    if frame != (criteria.frame or "flow"):
        return None
    return to_polars(parse(criteria.condition or "", frame))


_ASKS: Final = {
    "client": _side("client"),
    "server": _side("server"),
    "host": _host,
    "network": _network,
    "port": _port,
    "application": _application,
    "domain": _domain,
    "certificate": _certificate,
    "interface_id": _interface,
    "hours_from": _hours,
    "condition": _condition,
}


class Exclusion(NamedTuple):
    """Criteria in force, with their number."""

    id: int
    criteria: Criteria


class Exclusions:
    """The exclusions in force, for a runner."""

    def __init__(self, exclusions: Iterable[Exclusion] = ()) -> None:
        self.all = tuple(exclusions)

    def of_frame(self, frame: str, checks: Sequence[str]) -> Excluder:
        """Return those that may hide a finding of these rules of a frame."""
        return Excluder(frame, self.all, checks)


class Excluder:
    """The exclusions of one frame against its rules, prepared."""

    def __init__(self, frame: str, exclusions: Iterable[Exclusion], checks: Sequence[str]) -> None:
        """``checks`` are the keys of the rules, by their numbers."""
        self._ids: list[int] = []
        self._conditions: list[Single] = []
        self._speaks: list[Numbers] = []
        self.broken: list[tuple[int, str]] = []
        for exclusion in exclusions:
            self._add(frame, exclusion, checks)

    def _add(self, frame: str, exclusion: Exclusion, checks: Sequence[str]) -> None:
        speaks = np.array([exclusion.criteria.speaks_of(key) for key in checks], dtype=bool)
        if not speaks.any():
            return
        try:
            expression = exclusion.criteria.expression(frame)
        except ValueError as error:  # a stored condition that the language refuses by now
            self.broken.append((exclusion.id, str(error)))
            return
        if expression is not None:
            self._conditions.append(Single(len(self._ids), expression))
            self._ids.append(exclusion.id)
            self._speaks.append(speaks)

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the frame that they read."""
        return frozenset(n for c in self._conditions for n in c.when.meta.root_names())

    def find(
        self, table: pl.DataFrame, rules: Numbers, rows: Numbers, failures: list[tuple[int, str]]
    ) -> Numbers:
        """Return for each picked (rule, row) the exclusion that hides it, 0 for none.

        An exclusion that fails hides nothing and goes to ``failures`` as (number, error).
        """
        failures += self.broken
        hidden_by = np.zeros(len(rules), dtype=np.int64)
        wanted = [c for c in self._conditions if self._speaks[c.number][rules].any()]
        if not wanted or not len(rules):
            return hidden_by
        unique, place = np.unique(rows, return_inverse=True)
        needed = {name for c in wanted for name in c.when.meta.root_names()} or {table.columns[0]}
        failed: dict[int, str] = {}
        for numbers, hits in pick(table.select(sorted(needed))[unique], wanted, failed):
            number, matches = int(numbers[0]), np.zeros(len(unique), dtype=bool)
            matches[hits] = True
            hides = matches[place] & self._speaks[number][rules] & (hidden_by == 0)
            hidden_by[hides] = self._ids[number]
        failures += [(self._ids[number], error) for number, error in failed.items()]
        return hidden_by
