"""The editor: a script's source, values, examples, versions and cost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from checks.lua.costs import costs_of
from checks.lua.declared import DeclarationError, Declared, declared
from checks.lua.engine import process
from checks.lua.examples import prove
from checks.lua.methods import BOTH, FLOW, HOST, Method
from checks.lua.models import Example, Script, check_source
from checks.lua.starters import starters
from checks.views.back_tests import SPANS
from monitoring.models import HostPool
from monitoring.views.shell import page, show

_FIELDS: Final = ("name", "description", "target", "state")
#: What a new script says.
_BLANK: Final = "-- What this script looks for.\n\nreturn 0\n"


@dataclass(frozen=True)
class Draft:
    """What stands in the form."""

    name: str = ""
    description: str = ""
    target: str = str(Script.Target.FLOW_DETECTED)
    state: str = str(Script.State.OFF)
    source: str = _BLANK
    examples: str = "[]"


@page("lua.view_script")
def new_script(request: HttpRequest) -> HttpResponse:
    """Return an empty editor, or one with a starter; a POST makes the script."""
    chosen = next((one for one in starters() if one.key == request.GET.get("from")), None)
    draft = Draft(chosen.title, "", chosen.target, source=chosen.source) if chosen else Draft()
    return _editor(request, Script(), draft)


@page("lua.view_script")
def edit_script(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the editor of a script; a POST saves it."""
    script = get_object_or_404(Script, pk=pk)
    examples = [{"name": e.name, "row": e.row, "alerts": e.is_alert} for e in script.examples.all()]
    draft = Draft(
        **{name: getattr(script, name) for name in _FIELDS},
        source=script.source,
        examples=json.dumps(examples, indent=2, ensure_ascii=False),
    )
    return _editor(request, script, draft)


def _editor(request: HttpRequest, script: Script, draft: Draft) -> HttpResponse:
    reasons: dict[str, str] = {}
    if request.method == "POST":
        draft = _posted(request)
        reasons = _save(request, script, draft)
        if not reasons:
            messages.success(request, f"“{script}” is saved and in force within seconds.")
            return redirect("script", pk=script.pk)
    return show(
        request,
        "checks/lua/editor.html",
        script.name or "New script",
        script=script,
        draft=draft,
        reasons=reasons,
        note=request.POST.get("note", ""),
        parameters=_parameters(request, script, draft.source),
        pools=[(pool, pool.pk in _pools(request, script)) for pool in HostPool.objects.all()],
        targets=Script.Target.choices,
        states=Script.State.choices,
        methods={"flow": FLOW, "host": HOST, "both": BOTH},
        completions=[_completion(method) for method in (*FLOW, *HOST, *BOTH)],
        cost=costs_of(timedelta(hours=1)).get(script.pk or 0),
        runs=script.runs.all()[:10] if script.pk else [],
        failed=script.runs.exclude(error="")[:10] if script.pk else [],
        versions=script.versions.select_related("author")[:20] if script.pk else [],
        starters=() if script.pk else starters(),
        spans=[(name, words) for name, words, _ in SPANS],
        may_change=request.user.has_perm("lua.change_script"),
    )


def _posted(request: HttpRequest) -> Draft:
    said = {name: request.POST.get(name, "") for name in (*_FIELDS, "source", "examples")}
    return Draft(**{n: v.replace("\r\n", "\n") for n, v in said.items()})


def _pools(request: HttpRequest, script: Script) -> set[int]:
    if request.method == "POST":
        return {int(pk) for pk in request.POST.getlist("pools") if pk.isdecimal()}
    return {pool.pk for pool in script.pools.all()} if script.pk else set()


def _values(request: HttpRequest, source: str) -> dict[str, Any]:
    """Return the posted values that differ from those declared; raises DeclarationError."""
    found = {}
    for parameter in declared(source):
        posted = request.POST.get(f"value_{parameter.name}")
        if posted is None and parameter.kind == "boolean":
            posted = "" if request.POST.get("has_values") else str(parameter.default)
        value = parameter.parse(parameter.default if posted is None else posted)
        if value != parameter.default:
            found[parameter.name] = value
    return found


def _parameters(request: HttpRequest, script: Script, source: str) -> list[tuple[Declared, Any]]:
    """Return the declared parameters with what stands in their fields."""
    try:
        known = declared(source)
        chosen = _values(request, source) if request.method == "POST" else script.parameters
    except DeclarationError:
        return []
    return [(parameter, chosen.get(parameter.name, parameter.default)) for parameter in known]


def _save(request: HttpRequest, script: Script, draft: Draft) -> dict[str, str]:
    """Save what was posted; return why not, by field."""
    if not request.user.has_perm("lua.change_script" if script.pk else "lua.add_script"):
        raise PermissionDenied
    try:
        check_source(draft.source)
        values, examples = _values(request, draft.source), _examples(draft.examples)
        rows = [(one["name"], one["row"], one["is_alert"]) for one in examples]
        prove(process(), draft.target, draft.source, values, rows)
        for name in _FIELDS:
            setattr(script, name, getattr(draft, name))
        script.parameters = values
        script.full_clean()
        with transaction.atomic():
            script.save()
            script.pools.set(_pools(request, script))
            script.write(draft.source, by=request.user, note=request.POST.get("note", "")[:200])
            script.examples.all().delete()
            Example.objects.bulk_create(Example(script=script, **example) for example in examples)
    except DeclarationError as error:
        return {"source": str(error)}
    except ValidationError as error:
        return {name: "\n".join(found) for name, found in error.message_dict.items()}
    except IntegrityError:
        return {"name": "There is a script of this name."}
    return {}


def _examples(text: str) -> list[dict[str, Any]]:
    """Return the examples as the model has them; raises ValidationError."""
    try:
        said = json.loads(text or "[]")
    except ValueError as error:
        raise ValidationError({"examples": f"no JSON: {error}"}) from error
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise ValidationError({"examples": "must be a list of objects: name, row, alerts"})
    if not all(isinstance(one.get("row"), dict) for one in said):
        raise ValidationError({"examples": "each needs a row: an object of columns"})
    return [
        {
            "name": str(one.get("name", f"example {number}"))[:100],
            "row": one["row"],
            "is_alert": bool(one.get("alerts", True)),
        }
        for number, one in enumerate(said, 1)
    ]


def _completion(method: Method) -> dict[str, str]:
    return {"call": method.call, "returns": method.returns, "text": method.text}


@page("lua.change_script")
@require_POST
def roll_back(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Make an old version the newest, if it still does with the examples as told."""
    script = get_object_or_404(Script, pk=pk)
    version = get_object_or_404(script.versions, number=number)
    rows = [(one.name, one.row, one.is_alert) for one in script.examples.all()]
    try:
        prove(process(), script.target, version.source, script.parameters, rows)
    except ValidationError as error:
        reason = "; ".join(error.messages)
        messages.error(request, f"Version {number} is not brought back. {reason}")
        return redirect("script", pk=pk)
    script.write(version.source, by=request.user, note=f"Back to version {number}")
    messages.success(request, f"“{script}” is what it was in version {number}.")
    return redirect("script", pk=pk)
