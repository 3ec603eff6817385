"""A script as one file: Lua, with what belongs to it in comments, so that it stays readable."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple

from django.core.exceptions import ValidationError

from checks.lua.engine import process
from checks.lua.examples import prove
from checks.lua.models import Example, Script, check_source

_FIELD: Final = re.compile(r"^-- @(name|target|description|values|example)\s+(.*)$")


class Exchanged(NamedTuple):
    """What a file says."""

    name: str
    target: str
    description: str
    values: dict[str, Any]
    examples: list[dict[str, Any]]
    source: str


def to_file(script: Script) -> str:
    """Return the script with its name, target, values and examples."""
    head = [f"-- @name {script.name}", f"-- @target {script.target}"]
    if script.description:
        head.append(f"-- @description {' '.join(script.description.split())}")
    if script.parameters:
        head.append(f"-- @values {json.dumps(script.parameters, ensure_ascii=False)}")
    for example in script.examples.all():
        said = {"name": example.name, "row": example.row, "alerts": example.is_alert}
        head.append(f"-- @example {json.dumps(said, ensure_ascii=False)}")
    return "\n".join([*head, script.source, ""])


def from_file(text: str) -> Exchanged:
    """Return what a file says; one of ntopng's, without our comments, is a source alone.

    Raises ValidationError that names the line's field.
    """
    said: dict[str, list[str]] = {}
    rest = []
    for line in text.replace("\r\n", "\n").splitlines():
        if match := _FIELD.match(line):
            said.setdefault(match[1], []).append(match[2].strip())
        else:
            rest.append(line)
    target = _one(said, "target") or Script.Target.FLOW_DETECTED
    if target not in Script.Target.values:
        raise ValidationError({"target": f"{target[:40]!r} is none of {Script.Target.values}"})
    source = "\n".join(rest).strip("\n")
    check_source(source)
    return Exchanged(
        name=_one(said, "name"),
        target=target,
        description=_one(said, "description"),
        values=_json("values", _one(said, "values") or "{}"),
        examples=[_example(line) for line in said.get("example", [])],
        source=source,
    )


def create(exchanged: Exchanged, name: str, *, by: Any) -> Script:
    """Make a script of it, switched off.

    Raises ValidationError, for one that does not do with its examples as told, too.
    """
    rows = [(one["name"], one["row"], one["alerts"]) for one in exchanged.examples]
    prove(process(), exchanged.target, exchanged.source, exchanged.values, rows)
    script = Script(
        name=exchanged.name or name,
        target=exchanged.target,
        description=exchanged.description,
        parameters=exchanged.values,
        state=Script.State.OFF,
    )
    script.full_clean()
    script.save()
    script.write(exchanged.source, by=by, note="Imported")
    Example.objects.bulk_create(
        Example(script=script, name=name, row=row, is_alert=is_alert)
        for name, row, is_alert in rows
    )
    return script


def _one(said: dict[str, list[str]], field: str) -> str:
    return said.get(field, [""])[-1]


def _example(line: str) -> dict[str, Any]:
    said = _json("example", line)
    if not isinstance(row := said.get("row", {}), dict):
        raise ValidationError({"example": "its row must be an object of columns"})
    name = str(said.get("name", "example"))[:100]
    return {"name": name, "row": row, "alerts": bool(said.get("alerts", True))}


def _json(field: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ValidationError({field: f"no JSON: {error}"}) from error
    if not isinstance(value, dict):
        raise ValidationError({field: "must be a JSON object"})
    return value
