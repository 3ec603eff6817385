"""A check with its setting, as pages show it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from checks.base import Check
from checks.models import CheckCost, CheckSetting, Override, Trial, sync_settings
from checks.parameters import Items, Parameter, parameters_of
from checks.registry import discover

#: A value needs its unit where its clause ends, or where one of these words follows.
_NEEDS_UNIT: Final = re.compile(
    r"\s*($|[.,:;]|(?:of|in|or|and|within|without|is|are|it|still|together)\b(?! them\b))"
)
#: The text around a rate's number says the time itself: "more than 256 flows in one second".
_PER_TIME: Final = re.compile(r"(/(s|min|h)|^per minute)$")
#: Longer lists are named, not written out.
_LISTED: Final = 3


@dataclass(frozen=True)
class Row:
    """A setting and the check's class; what it costs, where it differs, whether it is tried."""

    setting: CheckSetting
    kind: type[Check]
    cost: CheckCost | None = None
    overrides: list[Override] = field(default_factory=list)
    is_tried: bool = False

    @property
    def state(self) -> str:
        """Return "quarantined", "enabled" or "disabled"."""
        if self.setting.quarantined_at:
            return "quarantined"
        return "enabled" if self.setting.is_enabled else "disabled"

    @property
    def values(self) -> list[tuple[str, str, bool]]:
        """Return (title, value with unit, whether it was changed) of each parameter."""
        return [
            (
                parameter.title,
                in_words(parameter, self.value_of(name, parameter)),
                name in self.changed,
            )
            for name, parameter in parameters_of(self.kind).items()
        ]

    @property
    def description(self) -> str:
        """Return what the check fires on, with its present values."""
        return described(self.kind, self.changed)

    @property
    def changed(self) -> dict[str, Any]:
        """Return the parameters that differ from the check's own."""
        parameters: dict[str, Any] = self.setting.parameters
        return parameters

    def value_of(self, name: str, parameter: Parameter) -> Any:
        """Return a parameter's present value as JSON."""
        return self.changed.get(name, parameter.dump(parameter.default))

    def mentions(self, text: str) -> bool:
        """Return whether title, key, description or ATT&CK id contain the text."""
        about = (self.kind.title, self.kind.key, self.description, self.kind.attack)
        return text.lower() in " ".join(about).lower()


def all_rows() -> list[Row]:
    """Return every check with its setting, by title; settings that are missing are made."""
    kinds = discover()
    settings = {setting.key: setting for setting in CheckSetting.objects.all()}
    if kinds.keys() - settings.keys():
        sync_settings()
        settings = {setting.key: setting for setting in CheckSetting.objects.all()}
    costs = CheckCost.objects.in_bulk()
    overrides: dict[str, list[Override]] = {}
    for override in Override.objects.select_related("pool", "interface"):
        overrides.setdefault(override.check_key, []).append(override)
    tried = set(Trial.objects.values_list("check_key", flat=True))
    rows = [
        Row(settings[key], kind, costs.get(key), overrides.get(key, []), key in tried)
        for key, kind in kinds.items()
    ]
    return sorted(rows, key=lambda row: row.kind.title.lower())


def row_of(key: str) -> Row | None:
    """Return one check with its setting; None for a key that no check has."""
    return next((row for row in all_rows() if row.kind.key == key), None)


def in_words(parameter: Parameter, value: Any) -> str:
    """Return a value in words, with its unit."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(parameter, Items):
        return f"{len(value)} {parameter.unit or 'members'}" if len(value) > 3 else ", ".join(value)
    number = f"{value:,}" if isinstance(value, int | float) else str(value)
    return f"{number} {parameter.unit}".strip()


def described(kind: type[Check], changed: Mapping[str, Any]) -> str:
    """Return what a check fires on, with its parameters' values (``changed`` or its own) and units.

    A list that is empty or long stands there by its title.
    """
    parameters = parameters_of(kind)

    def told(named: re.Match[str]) -> str:
        if (parameter := parameters.get(named[1])) is None:
            return named[1]
        value = changed.get(named[1], parameter.dump(parameter.default))
        return _within(parameter, value, named.string[named.end() :])

    return kind.describe(told)


def _within(parameter: Parameter, value: Any, rest: str) -> str:
    """Return a value as it stands in a sentence that goes on with ``rest``."""
    if value in ("", [], None) or (isinstance(parameter, Items) and len(value) > _LISTED):
        return f"“{parameter.title}”"
    if isinstance(parameter, Items):
        return ", ".join(value)
    words = in_words(parameter, value)
    unit = _PER_TIME.sub("", parameter.unit)
    following = " ".join(rest.split()[:4])
    if not unit or unit in following or not _NEEDS_UNIT.match(rest):
        return words.removesuffix(f" {parameter.unit}")
    return words.removesuffix(parameter.unit) + unit
