"""All scripts: state, what they picked and cost, import."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from checks.lua.costs import costs_of, last_errors_of
from checks.lua.exchange import create, from_file, to_file
from checks.lua.models import LONGEST_SOURCE, Script
from checks.lua.starters import starters
from monitoring.views.shell import page, show

_DAY = timedelta(days=1)


@page("lua.view_script")
def script_list(request: HttpRequest) -> HttpResponse:
    """Return the scripts with the sums of their last day."""
    costs, failed = costs_of(_DAY), last_errors_of(_DAY)
    return show(
        request,
        "checks/lua/scripts.html",
        "Lua scripts",
        rows=[
            (script, costs.get(script.pk, {}), failed.get(script.pk))
            for script in Script.objects.all()
        ],
        starters=starters(),
        may_change=request.user.has_perm("lua.change_script"),
    )


@page("lua.add_script")
@require_POST
def import_script(request: HttpRequest) -> HttpResponse:
    """Make a script of an uploaded file, switched off, and open it."""
    file = request.FILES.get("file")
    if file is None or not file.name or (file.size or 0) > 4 * LONGEST_SOURCE:
        messages.error(request, "Choose a Lua file of at most 256 KiB.")
        return redirect("scripts")
    try:
        text = file.read().decode("utf-8")
        script = create(from_file(text), file.name.removesuffix(".lua")[:100], by=request.user)
    except UnicodeDecodeError:
        messages.error(request, f"{file.name} is not UTF-8 text.")
        return redirect("scripts")
    except ValidationError as error:
        messages.error(request, f"{file.name}: {' '.join(error.messages)}")
        return redirect("scripts")
    messages.success(request, f"“{script}” is imported and off.")
    return redirect("script", pk=script.pk)


@page("lua.view_script")
def export_script(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the script as one file."""
    script = get_object_or_404(Script, pk=pk)
    answer = HttpResponse(to_file(script), content_type="text/plain; charset=utf-8")
    name = "".join(c if c.isalnum() else "_" for c in script.name)
    answer["Content-Disposition"] = f'attachment; filename="{name}.lua"'
    return answer


@page("lua.change_script")
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Enable, shadow or switch off; re-enable after a quarantine; delete."""
    script = get_object_or_404(Script, pk=pk)
    action = request.POST.get("action", "")
    if action in Script.State.values:
        script.state = action
        script.save(update_fields=["state", "updated_at"])
        messages.success(request, f"“{script}”: {script.get_state_display().lower()}.")
    elif action == "forgive":
        script.forgive()
        messages.success(request, f"“{script}” runs again.")
    elif action == "delete" and request.user.has_perm("lua.delete_script"):
        script.delete()
        messages.success(request, f"“{script}” is deleted.")
    elif action == "delete":
        raise PermissionDenied
    is_there = script.pk and request.POST.get("next") == "script"
    return redirect("script", pk=script.pk) if is_there else redirect("scripts")
