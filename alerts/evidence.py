"""An alert's evidence in words: what was compared, what the check is, what ATT&CK says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from alerts.models import Alert
from checks.base import Check
from checks.names import kind_of
from checks.parameters import parameters_of
from monitoring.templatetags.units import bits_per_second, bytes_text, count, duration

#: What names of compared values end in, and how such a value reads.
_READINGS: Final = (
    ("bits_per_second", bits_per_second),
    ("bytes", bytes_text),
    ("duration", duration),
    ("seconds", duration),
)
#: Values that are drawn, not told.
_DRAWN: Final = ("series",)
#: What an alert about a band keeps.
_BAND: Final = {"value", "expected", "lower", "upper", "width"}
#: What is compared with, rather than measured.
_LIMITS: Final = ("threshold", "limit", "minimum", "maximum")


@dataclass(frozen=True)
class Compared:
    """One of the values that a check compared. ``share`` is its part of the limit in per cent."""

    label: str
    text: str
    is_limit: bool
    share: float | None = None

    @property
    def filled(self) -> float:
        """Return how much of a gauge that ends at the greater of value and limit is filled."""
        return min(self.share or 0.0, 100.0)

    @property
    def limit_at(self) -> float:
        """Return where on that gauge the limit stands, in per cent."""
        return 100.0 if not self.share or self.share <= 100 else 10_000 / self.share


def check_of(key: str) -> type[Check] | None:
    """Return the check of a key; None for the platform's own, as "check_quarantined"."""
    return kind_of(key)


def title_of(key: str) -> str:
    """Return a check's title; for one that is not known, its key in words."""
    check = check_of(key)
    return check.title if check and check.title else in_words(key)


def in_words(name: str) -> str:
    """Return "syn_sent_per_second" as "Syn sent per second"."""
    return name.replace("_", " ").strip().capitalize()


def compared(alert: Alert) -> list[Compared]:
    """Return what was compared: the measured values first, then the limits."""
    values = alert.values if isinstance(alert.values, Mapping) else {}
    if values.keys() >= _BAND:
        return list(_of_band(values, getattr(check_of(alert.check_key), "measure", "")))
    units = _units(check_of(alert.check_key))
    limits = [v for name, v in values.items() if name in _LIMITS and _is_positive(v)]
    limit = float(limits[0]) if len(limits) == 1 else None
    found = [
        _compared(name, value, units, limit) for name, value in values.items() if name not in _DRAWN
    ]
    return sorted(found, key=lambda one: one.is_limit)


def _of_band(values: Mapping[str, Any], measure: str) -> Iterator[Compared]:
    """Yield a measure and the band that it left, in the measure's unit."""
    read = bytes_text if measure == "bytes" else count
    yield Compared("Measured", read(values["value"]), is_limit=False)
    yield Compared("Expected", read(values["expected"]), is_limit=False)
    band = f"{read(values['lower'])} – {read(values['upper'])}"
    yield Compared("Band", band, is_limit=True)
    width = f"{values['width']:g} standard deviations of past errors to each side"
    yield Compared("Width of the band", width, is_limit=True)


def _compared(name: str, value: Any, units: Mapping[str, str], limit: float | None) -> Compared:
    is_limit = name in _LIMITS
    share = None
    if limit is not None and not is_limit and _is_positive(value):
        share = 100 * float(value) / limit
    unit = units.get(name, "")
    return Compared(in_words(name), f"{_read(name, value)} {unit}".strip(), is_limit, share)


def _units(check: type[Check] | None) -> dict[str, str]:
    """Return the units of those values that are the check's parameters."""
    declared = parameters_of(check) if check else {}
    return {name: one.unit for name, one in declared.items()}


def _read(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        for ending, reading in _READINGS:
            if name.endswith(ending):
                return str(reading(value))
        return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "–" if value is None else str(value)


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def attack_url(attack: str) -> str:
    """Return the page of an ATT&CK technique or tactic; "" for what is neither."""
    if attack.startswith("TA"):
        return f"https://attack.mitre.org/tactics/{attack}/"
    if attack.startswith("T"):
        return f"https://attack.mitre.org/techniques/{attack.replace('.', '/')}/"
    return ""
