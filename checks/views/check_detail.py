"""One check: what it fires on, its switch, parameters and score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from checks.parameters import Items, Parameter, ParameterError, Switch, parameters_of
from checks.views.rows import Row, row_of
from monitoring.views.shell import page, show


@dataclass(frozen=True)
class Field:
    """A parameter in the form: its description, what stands in it, and why that is refused."""

    name: str
    about: dict[str, Any]
    text: str
    is_changed: bool
    reason: str = ""


@page("checks.view_checksetting")
def check_detail(request: HttpRequest, key: str) -> HttpResponse:
    """Return the page of one check; a POST saves it, or resets it to the check's own values."""
    if (row := row_of(key)) is None:
        raise Http404(f"There is no check {key!r}.")
    reasons: dict[str, str] = {}
    if request.method == "POST":
        reasons = _save(request, row)
        if not reasons:
            return redirect("check", key=key)
    return show(
        request,
        "checks/check.html",
        row.kind.title,
        row=row,
        fields=_fields(request, row, reasons),
        score=request.POST.get("score", row.setting.score or ""),
        reasons=reasons,
        may_change=request.user.has_perm("checks.change_checksetting"),
    )


def _save(request: HttpRequest, row: Row) -> dict[str, str]:
    """Save what was posted; return why not, by field ("" for what concerns none)."""
    if not request.user.has_perm("checks.change_checksetting"):
        raise PermissionDenied
    try:
        if request.POST.get("action") == "reset":
            row.setting.reset(by=request.user)
            messages.success(request, f"“{row.kind.title}” has its own values again.")
            return {}
        values = _posted(request, row)
        row.kind.of(values)
        row.setting.change(
            by=request.user,
            is_enabled="is_enabled" in request.POST,
            parameters=_differing(row, values),
            score=_score(request),
        )
    except ParameterError as error:
        return error.reasons
    except ValidationError as error:
        return {name: " ".join(found) for name, found in error.message_dict.items()}
    messages.success(request, f"“{row.kind.title}” is saved and in force within seconds.")
    return {}


def _posted(request: HttpRequest, row: Row) -> dict[str, Any]:
    """Return the form's parameters; a switch that is off is not sent."""
    return {
        name: request.POST.get(name, "off" if isinstance(parameter, Switch) else "")
        for name, parameter in parameters_of(row.kind).items()
    }


def _differing(row: Row, values: dict[str, Any]) -> dict[str, Any]:
    """Return the typed values as JSON; None, which resets, where one is the check's own."""
    parameters = parameters_of(row.kind)
    typed = {name: parameter.parse(values[name]) for name, parameter in parameters.items()}
    return {
        name: None if typed[name] == parameter.default else parameter.dump(typed[name])
        for name, parameter in parameters.items()
    }


def _score(request: HttpRequest) -> int | None:
    """Return the posted score, None for the check's own; raises ValidationError."""
    text = request.POST.get("score", "").strip()
    if text and not text.isdecimal():
        raise ValidationError({"score": "must be a whole number from 1 to 250"})
    return int(text) if text else None


def _fields(request: HttpRequest, row: Row, reasons: dict[str, str]) -> list[Field]:
    fields = []
    for name, parameter in parameters_of(row.kind).items():
        value = row.value_of(name, parameter)
        text = request.POST.get(name) if reasons else None
        shown = _plain(parameter, value) if text is None else text
        is_changed = name in row.changed
        fields.append(Field(name, parameter.describe(), shown, is_changed, reasons.get(name, "")))
    return fields


def _plain(parameter: Parameter, value: Any) -> str:
    """Return a value as the form has it: lists a member a line."""
    if isinstance(parameter, Items):
        return "\n".join(value)
    return "on" if value is True else "" if value is False else str(value)
