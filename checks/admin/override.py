"""Overrides in the admin: other settings of a check for a pool, a network, an interface."""

from __future__ import annotations

import json
from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest

from checks.admin.authored import AuthoredAdmin
from checks.admin.fields import checks_by_title, choose
from checks.models import Override
from checks.parameters import parameters_of
from checks.registry import discover

_ASKS: Final = (
    "As JSON, what differs only; the check's own page leads to a form that says what there is."
)
#: What the switch's values are called here.
_SWITCH: Final = [("unknown", "Inherited"), ("true", "On"), ("false", "Off")]


@admin.register(Override)
class OverrideAdmin(AuthoredAdmin):
    """What differs where; the check's own page shows what is inherited."""

    when_empty = (
        "An override gives a check other values, or switches it off, for a pool of hosts, a "
        "network or an interface."
    )
    list_display = ("check_key", "where", "is_enabled", "parameters", "score", "state")
    list_filter = ("check_key",)
    search_fields = ("check_key", "network", "pool__name", "interface__name")
    list_select_related = ("pool", "interface")
    fieldsets = (
        (None, {"fields": ("check_key",)}),
        ("Where: one of", {"fields": ("pool", "network", "interface")}),
        ("What differs", {"fields": (("is_enabled", "score"), "parameters")}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the checks by their titles."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "check_key":
            choose(field, [("", "–"), *checks_by_title(own=False)])
        return field

    def get_form(
        self, request: HttpRequest, obj: Override | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Say what the switch's values mean, and which parameters the check has."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        fields = form.base_fields
        if "is_enabled" in fields:
            fields["is_enabled"].label = "Switch"
            fields["is_enabled"].help_text = ""
            fields["is_enabled"].widget.choices = _SWITCH
            fields["parameters"].help_text = _told(obj.check_key if obj else _asked(request))
        return form

    @admin.display(description="Where")
    def where(self, override: Override) -> str:
        """Return the scope in words."""
        return override.scope_name

    def running(self, obj: Override) -> str:
        """Return nothing: its switch has a column of its own."""
        return "in force"


def _asked(request: HttpRequest) -> str:
    """Return the check that the form is about."""
    return request.POST.get("check_key") or request.GET.get("check_key", "")


def _told(key: str) -> str:
    """Return what may stand in the parameters of a check."""
    kind = discover().get(key)
    known = parameters_of(kind) if kind else {}
    if not known:
        return _ASKS if kind is None else "This check has none."
    names = "; ".join(
        f"{name} ({one.title}{', in ' * bool(one.unit)}{one.unit}, own value {one.default})"
        for name, one in known.items()
    )
    first, one = next(iter(known.items()))
    example = json.dumps({first: one.dump(one.default)})
    return f"As JSON, what differs only, as {example}. There are: {names}."
