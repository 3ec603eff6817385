"""A check with its setting, as pages show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from checks.base import Check
from checks.models import CheckCost, CheckSetting, Override, Trial, sync_settings
from checks.parameters import Items, Parameter, parameters_of
from checks.registry import discover


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
    def changed(self) -> dict[str, Any]:
        """Return the parameters that differ from the check's own."""
        parameters: dict[str, Any] = self.setting.parameters
        return parameters

    def value_of(self, name: str, parameter: Parameter) -> Any:
        """Return a parameter's present value as JSON."""
        return self.changed.get(name, parameter.dump(parameter.default))

    def mentions(self, text: str) -> bool:
        """Return whether title, key, description or ATT&CK id contain the text."""
        about = (self.kind.title, self.kind.key, self.kind.describe(), self.kind.attack)
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
