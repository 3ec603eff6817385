"""Form fields of typed parameters: services' and addressees' forms come from their dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from checks.parameters import Choice, Items, Number, Parameter, Switch, parameters_of
from recipients.parameters import Headers, Secret


def fields_of(configured: Any, prefix: str, secrets_set: frozenset[str]) -> dict[str, forms.Field]:
    """Return a form field for each parameter, by prefixed name.

    They are not judged here: the parameters' own ``parse`` does that, with its reasons.
    """
    return {
        f"{prefix}{name}": _field(parameter, name in secrets_set)
        for name, parameter in parameters_of(configured).items()
    }


def _field(parameter: Parameter, is_set: bool) -> forms.Field:
    label = f"{parameter.title}, {parameter.unit}" if parameter.unit else parameter.title
    is_required = getattr(parameter, "is_required", False)
    said: dict[str, Any] = {
        "label": label,
        "required": False,
        "help_text": _help(parameter, is_set),
    }
    if is_required:
        said["label"] = f"{label} *"
    if isinstance(parameter, Switch):
        return forms.BooleanField(**said, widget=UnfoldBooleanSwitchWidget())
    if isinstance(parameter, Choice):
        options = [(option, option) for option in parameter.options]
        return forms.ChoiceField(**said, choices=options, widget=UnfoldAdminSelectWidget())
    return forms.CharField(**said, widget=_widget(parameter, is_set), strip=False)


def _widget(parameter: Parameter, is_set: bool) -> Any:
    if isinstance(parameter, Secret):
        shown = {"placeholder": "set; empty keeps it" if is_set else ""}
        return UnfoldAdminPasswordWidget(attrs={**shown, "autocomplete": "new-password"})
    if isinstance(parameter, Items | Headers):
        return UnfoldAdminTextareaWidget(attrs={"rows": 3})
    if isinstance(parameter, Number):
        return UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"})
    return UnfoldAdminTextInputWidget()


def _help(parameter: Parameter, is_set: bool) -> str:
    if isinstance(parameter, Secret):
        stored = "It is stored encrypted and never shown again."
        return f"{parameter.help} {stored}".strip()
    if isinstance(parameter, Items):
        return f"{parameter.help} One a line.".strip()
    return parameter.help


def initial_of(configured: Any, prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands in the fields: the values, and defaults where there are none."""
    found = {}
    for name, parameter in parameters_of(configured).items():
        value = values.get(name, parameter.dump(parameter.default))
        if isinstance(value, list):
            value = "\n".join(value)
        found[f"{prefix}{name}"] = "" if isinstance(parameter, Secret) else _plain(value)
    return found


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value == int(value) else value


def values_of(configured: Any, prefix: str, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was sent, by the parameters' names."""
    return {name: cleaned.get(f"{prefix}{name}", "") for name in parameters_of(configured)}
