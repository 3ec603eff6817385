"""One check: what it fires on, its values, where they differ, its trial in shadow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Max, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from checks.backtests.subjects import why_not
from checks.base import HIGHEST_SCORE
from checks.models import Override, ShadowFinding, Trial
from checks.parameters import Items, Parameter, ParameterError, Switch, parameters_of
from checks.settings_store import forget_runner
from checks.views.back_tests import begin
from checks.views.rows import Row, in_words, row_of
from monitoring.views.shell import page, show

_SHADOW_SPAN: Final = timedelta(days=1)
#: Of a score.
_DIGITS: Final = 3


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
    """Return the page of one check, for htmx its form; a POST does what its button says."""
    if (row := row_of(key)) is None:
        raise Http404(f"There is no check {key!r}.")
    reasons: dict[str, str] = {}
    if request.method == "POST":
        reasons, answer = _act(request, row)
        if answer is not None:
            return answer
    trial = Trial.objects.filter(check_key=key).first()
    return show(
        request,
        "checks/check.html",
        row.kind.title,
        part="checks/_form.html",
        row=row,
        fields=_fields(request, row, reasons),
        is_enabled="is_enabled" in request.POST if reasons else row.setting.is_enabled,
        score=request.POST.get("score", row.setting.score or ""),
        reasons=reasons,
        may_change=request.user.has_perm("checks.change_checksetting"),
        why_no_back_test=why_not(row.kind),
        places=[_place(row, override) for override in row.overrides],
        trial=trial,
        tried=_tried(row, trial) if trial else [],
        shadow=_shadow(key) if trial else None,
        is_dialog=bool(getattr(request, "htmx", False)),
    )


def _act(request: HttpRequest, row: Row) -> tuple[dict[str, str], HttpResponse | None]:
    """Do what the form's button says; return why not, by field, or where to go then."""
    if not request.user.has_perm("checks.change_checksetting"):
        raise PermissionDenied
    action = _ACTIONS.get(request.POST.get("action", "save"), _save)
    try:
        answer = action(request, row)
    except ParameterError as error:
        return error.reasons, None
    except ValidationError as error:
        return {name: " ".join(found) for name, found in _by_field(error).items()}, None
    forget_runner()
    return {}, answer


def _by_field(error: ValidationError) -> dict[str, list[str]]:
    return error.message_dict if hasattr(error, "error_dict") else {"parameters": error.messages}


def _to(request: HttpRequest, row: Row) -> HttpResponse:
    """Return to the page; a dialog closes by loading its page anew."""
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect("check", key=row.kind.key)


def _save(request: HttpRequest, row: Row) -> HttpResponse:
    values = _posted(request, row)
    row.kind.of(values)
    row.setting.change(
        by=request.user,
        is_enabled="is_enabled" in request.POST,
        parameters=_differing(row, values),
        score=_score(request),
    )
    messages.success(request, f"“{row.kind.title}” is saved and in force within seconds.")
    return _to(request, row)


def _reset(request: HttpRequest, row: Row) -> HttpResponse:
    row.setting.reset(by=request.user)
    messages.success(request, f"“{row.kind.title}” has its own values again.")
    return _to(request, row)


def _set_values(request: HttpRequest, row: Row) -> dict[str, Any]:
    """Return the posted parameters that differ from the check's own, as JSON."""
    values = _posted(request, row)
    row.kind.of(values)
    return {name: v for name, v in _differing(row, values).items() if v is not None}


def _try_in_shadow(request: HttpRequest, row: Row) -> HttpResponse:
    trial = Trial.objects.filter(check_key=row.kind.key).first() or Trial(check_key=row.kind.key)
    trial.parameters, trial.score = _set_values(request, row), _score(request)
    trial.keep(by=request.user)
    messages.success(request, "Tried in shadow: evaluated and shown here, told to nobody.")
    return _to(request, row)


def _promote(request: HttpRequest, row: Row) -> HttpResponse:
    if (trial := Trial.objects.filter(check_key=row.kind.key).first()) is None:
        messages.error(request, "Nothing is tried in shadow any more.")
    else:
        trial.promote(request.user)
        messages.success(request, "What was tried is in force within seconds.")
    return _to(request, row)


def _end_trial(request: HttpRequest, row: Row) -> HttpResponse:
    Trial.objects.filter(check_key=row.kind.key).delete()
    messages.success(request, "The trial has ended.")
    return _to(request, row)


def _back_test(request: HttpRequest, row: Row) -> HttpResponse:
    subject: dict[str, Any] = {"check": row.kind.key, "parameters": _set_values(request, row)}
    if (score := _score(request)) is not None:
        subject["score"] = score
    return begin(request, subject, row.kind.title)


_ACTIONS: Final = {
    "save": _save,
    "reset": _reset,
    "shadow": _try_in_shadow,
    "promote": _promote,
    "end-trial": _end_trial,
    "back-test": _back_test,
}


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
    if not text:
        return None
    if not (text.isdecimal() and len(text) <= _DIGITS and 1 <= int(text) <= HIGHEST_SCORE):
        raise ValidationError({"score": f"must be a whole number from 1 to {HIGHEST_SCORE}"})
    return int(text)


def _fields(request: HttpRequest, row: Row, reasons: dict[str, str]) -> list[Field]:
    fields = []
    for name, parameter in parameters_of(row.kind).items():
        value = row.value_of(name, parameter)
        shown = request.POST.get(name, "") if reasons else _plain(parameter, value)
        is_changed = name in row.changed
        own = _plain(parameter, parameter.dump(parameter.default))
        about = {**parameter.describe(), "own": own, "help": _sentence(parameter.help)}
        fields.append(Field(name, about, shown, is_changed, reasons.get(name, "")))
    return fields


def _sentence(words: str) -> str:
    """Return what is said of a parameter with a full stop; "" for nothing."""
    return words if not words or words.endswith((".", "?", "!")) else f"{words}."


def _plain(parameter: Parameter, value: Any) -> str:
    """Return a value as the form has it: lists a member a line."""
    if isinstance(parameter, Items):
        return "\n".join(value)
    return "on" if value is True else "" if value is False else str(value)


def _place(row: Row, override: Override) -> dict[str, Any]:
    """Return an override with every value, and whether it is its own or inherited."""
    is_on = row.setting.is_enabled if override.is_enabled is None else override.is_enabled
    own = {**row.changed, **override.parameters}
    values = [
        (p.title, in_words(p, own.get(name, p.dump(p.default))), name in override.parameters)
        for name, p in parameters_of(row.kind).items()
    ]
    score = (override.score or row.setting.effective_score, override.score is not None)
    return {
        "override": override,
        "state": ("on" if is_on else "off", override.is_enabled is not None),
        "values": values,
        "score": score,
    }


def _tried(row: Row, trial: Trial) -> list[tuple[str, str]]:
    """Return (title, value) of what a trial sets."""
    return [
        (p.title, in_words(p, trial.parameters[name]))
        for name, p in parameters_of(row.kind).items()
        if name in trial.parameters
    ]


def _shadow(key: str) -> dict[str, Any]:
    """Return what a check in shadow would have said in the last day."""
    found = ShadowFinding.objects.filter(
        check_key=key, created_at__gte=timezone.now() - _SHADOW_SPAN
    )
    sums = found.aggregate(
        findings=Sum("count"), same=Count("identity", distinct=True), last=Max("created_at")
    )
    return {**sums, "latest": found.order_by("-id")[:10]}
